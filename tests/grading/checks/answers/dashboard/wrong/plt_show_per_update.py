MISTAKE = "plt.show() of a new figure at each update"
LOSES = ["one_figure"]
MESSAGE = "pictures"

import matplotlib.pyplot as plt
from IPython.display import clear_output, display


class TrainingDashboard:
    def __init__(self, num_epochs):
        self.num_epochs = num_epochs
        self.history = []

    def update(self, epoch, train_loss, val_loss):
        self.history.append((epoch, train_loss, val_loss))
        epochs, train, val = zip(*self.history)
        self.figure, self.ax = plt.subplots()
        self.ax.plot(epochs, train, marker=".", label="train loss")
        self.ax.plot(epochs, val, marker=".", label="validation loss")
        self.ax.set(xlabel="epoch", ylabel="loss", title=f"Epoch {epoch}/{self.num_epochs}")
        self.ax.legend(loc="upper right")
        self.ax.grid(True)
        self.figure.tight_layout()
        plt.show()
