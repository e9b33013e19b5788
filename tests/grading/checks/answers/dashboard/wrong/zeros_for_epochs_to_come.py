MISTAKE = "zeros for the epochs to come"
LOSES = ["live"]
MESSAGE = "epochs to come"

from IPython.display import clear_output, display
from matplotlib import pyplot as plt


class TrainingDashboard:
    def __init__(self, num_epochs):
        self.figure, self.axes = plt.subplots(figsize=(6, 4))
        (self.train_line,) = self.axes.plot([], [], label="train")
        (self.val_line,) = self.axes.plot([], [], label="validation")
        self.axes.set_xlabel("epoch")
        self.axes.set_ylabel("loss")
        self.axes.legend()
        self.epochs = list(range(1, num_epochs + 1))
        self.train = [0.0] * num_epochs
        self.val = [0.0] * num_epochs
        self.handle = display(self.figure, display_id=True)
        plt.close(self.figure)

    def update(self, epoch, train_loss, val_loss):
        self.train[epoch - 1] = train_loss
        self.val[epoch - 1] = val_loss
        self.train_line.set_data(self.epochs, self.train)
        self.val_line.set_data(self.epochs, self.val)
        self.axes.relim()
        self.axes.autoscale_view()
        self.handle.update(self.figure)
