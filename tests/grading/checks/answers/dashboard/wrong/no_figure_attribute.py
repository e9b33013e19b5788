MISTAKE = "calls the figure fig"
LOSES = ["lines"]
MESSAGE = "attribute figure"

import matplotlib.pyplot as plt
from IPython.display import display


class TrainingDashboard:
    def __init__(self, num_epochs):
        self.num_epochs = num_epochs
        self.epochs, self.train_losses, self.val_losses = [], [], []
        self.fig, self.axes = plt.subplots()
        (self.train_line,) = self.axes.plot([], [], "o-", label="train")
        (self.val_line,) = self.axes.plot([], [], "o-", label="validation")
        self.axes.set_xlabel("Epoch")
        self.axes.set_ylabel("Loss")
        self.axes.legend()
        plt.close(self.fig)
        self.handle = display(self.fig, display_id=True)

    def update(self, epoch, train_loss, val_loss):
        self.epochs.append(epoch)
        self.train_losses.append(train_loss)
        self.val_losses.append(val_loss)
        self.train_line.set_data(self.epochs, self.train_losses)
        self.val_line.set_data(self.epochs, self.val_losses)
        self.axes.relim()
        self.axes.autoscale_view()
        self.handle.update(self.fig)
