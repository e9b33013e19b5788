MISTAKE = "displays only after the last epoch"
LOSES = ["live"]
MESSAGE = "from the first update on"

from IPython.display import clear_output, display
from matplotlib import pyplot as plt


class TrainingDashboard:
    def __init__(self, num_epochs):
        self.num_epochs = num_epochs
        self.figure, self.ax = plt.subplots()
        plt.close(self.figure)
        self.x, self.t, self.v = [], [], []

    def update(self, epoch, train_loss, val_loss):
        self.x.append(epoch)
        self.t.append(train_loss)
        self.v.append(val_loss)
        self.ax.clear()
        self.ax.plot(self.x, self.t, "o-", label="train")
        self.ax.plot(self.x, self.v, "o-", label="validation")
        self.ax.set_xlabel("Epoch")
        self.ax.set_ylabel("Loss")
        self.ax.legend()
        if epoch == self.num_epochs:
            display(self.figure)
