MISTAKE = "the figure in the body of the class"
LOSES = ["lines"]
MESSAGE = "second dashboard"

from IPython.display import clear_output, display
from matplotlib import pyplot as plt


class TrainingDashboard:
    figure, axes = plt.subplots()

    def __init__(self, num_epochs):
        (self.train_line,) = self.axes.plot([], [], label="train")
        (self.val_line,) = self.axes.plot([], [], label="validation")
        self.axes.set_xlabel("epoch")
        self.axes.set_ylabel("loss")
        self.axes.legend()
        self.epochs, self.train, self.val = [], [], []
        self.handle = display(self.figure, display_id=True)
        plt.close(self.figure)

    def update(self, epoch, train_loss, val_loss):
        self.epochs.append(epoch)
        self.train.append(train_loss)
        self.val.append(val_loss)
        self.train_line.set_data(self.epochs, self.train)
        self.val_line.set_data(self.epochs, self.val)
        self.axes.relim()
        self.axes.autoscale_view()
        self.handle.update(self.figure)
