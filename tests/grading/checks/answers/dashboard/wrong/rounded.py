MISTAKE = "rounds the losses to two digits"
LOSES = ["losses"]
MESSAGE = "rounded"

import matplotlib.pyplot as plt
from IPython.display import display


class TrainingDashboard:
    def __init__(self, num_epochs):
        self.num_epochs = num_epochs
        self.epochs, self.train_losses, self.val_losses = [], [], []
        self.figure, self.axes = plt.subplots()
        (self.train_line,) = self.axes.plot([], [], "o-", label="train")
        (self.val_line,) = self.axes.plot([], [], "o-", label="validation")
        self.axes.set_xlabel("Epoch")
        self.axes.set_ylabel("Loss")
        self.axes.legend()
        plt.close(self.figure)
        self.handle = display(self.figure, display_id=True)

    def update(self, epoch, train_loss, val_loss):
        self.epochs.append(epoch)
        self.train_losses.append(round(train_loss, 2))
        self.val_losses.append(round(val_loss, 2))
        self.train_line.set_data(self.epochs, self.train_losses)
        self.val_line.set_data(self.epochs, self.val_losses)
        self.axes.relim()
        self.axes.autoscale_view()
        self.handle.update(self.figure)
