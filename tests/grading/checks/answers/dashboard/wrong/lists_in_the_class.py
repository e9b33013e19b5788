MISTAKE = "lists in the body of the class"
LOSES = ["losses"]
MESSAGE = "shared"

from IPython.display import clear_output, display
from matplotlib import pyplot as plt


class TrainingDashboard:
    x, t, v = [], [], []

    def __init__(self, num_epochs):
        self.num_epochs = num_epochs
        self.figure, self.ax = plt.subplots()
        plt.close(self.figure)

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
        clear_output(wait=True)
        display(self.figure)
