from IPython.display import DisplayHandle
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure


class TrainingDashboard:
    def __init__(self, num_epochs, size=(5, 3)):
        self.figure = Figure(figsize=size)
        FigureCanvasAgg(self.figure)
        self.ax = self.figure.add_subplot(111)
        self.ax.set_xlabel("epoch")
        self.ax.set_ylabel("mean loss")
        self.ax.set_xlim(0, num_epochs + 1)
        self.lines = {
            "train": self.ax.plot([], [], label="train")[0],
            "validation": self.ax.plot([], [], "--", label="validation")[0],
        }
        self.figure.legend()
        self.values = {"train": [], "validation": []}
        self.display = DisplayHandle()
        self.display.display(self.figure)

    def update(self, epoch, train_loss, val_loss):
        for name, loss in (("train", train_loss), ("validation", val_loss)):
            self.values[name].append(loss)
            x = range(1, len(self.values[name]) + 1)
            self.lines[name].set_xdata(x)
            self.lines[name].set_ydata(self.values[name])
        finite = [v for values in self.values.values() for v in values if v == v]
        if finite:
            self.ax.set_ylim(0, max(finite) * 1.1)
        self.display.update(self.figure)
