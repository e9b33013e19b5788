import ipywidgets as widgets
import matplotlib.pyplot as plt
from IPython.display import clear_output, display


class TrainingDashboard:
    def __init__(self, num_epochs: int, title: str = "Training"):
        self.out = widgets.Output()
        display(self.out)
        self.figure, self.ax = plt.subplots()
        plt.close(self.figure)
        self.points = []

    def update(self, epoch: int, train_loss: float, val_loss: float) -> None:
        self.points.append((epoch, train_loss, val_loss))
        self.ax.cla()
        columns = list(zip(*self.points))
        self.ax.plot(columns[0], columns[1], label="train")
        self.ax.plot(columns[0], columns[2], label="validation")
        self.ax.set_xlabel("epoch")
        self.ax.set_ylabel("loss")
        self.ax.legend()
        with self.out:
            clear_output(wait=True)
            display(self.figure)
