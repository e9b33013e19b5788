MISTAKE = "limits by min and max, which a NaN in the first place spoils"
LOSES = ["nan"]
MESSAGE = "limits"

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
        self.epochs, self.train, self.val = [], [], []
        self.handle = display(self.figure, display_id=True)
        plt.close(self.figure)

    def update(self, epoch, train_loss, val_loss):
        self.epochs.append(epoch)
        self.train.append(train_loss)
        self.val.append(val_loss)
        self.train_line.set_data(self.epochs, self.train)
        self.val_line.set_data(self.epochs, self.val)
        self.axes.set_xlim(0, epoch + 1)
        ys = self.train + self.val
        self.axes.set_ylim(min(ys) - 0.1, max(ys) + 0.1)
        self.handle.update(self.figure)
