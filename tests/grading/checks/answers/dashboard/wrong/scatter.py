MISTAKE = "points without lines"
LOSES = ["lines"]
MESSAGE = "without a line"

import matplotlib.pyplot as plt
from IPython.display import clear_output, display


class TrainingDashboard:
    def __init__(self, num_epochs):
        self.num_epochs = num_epochs
        self.figure, self.ax = plt.subplots(figsize=(6, 4))
        self.history = []

    def update(self, epoch, train_loss, val_loss):
        self.history.append((epoch, train_loss, val_loss))
        epochs, train, val = zip(*self.history)
        self.ax.cla()
        self.ax.scatter(epochs, train, label="train loss")
        self.ax.scatter(epochs, val, label="validation loss")
        self.ax.set(xlabel="epoch", ylabel="loss", title=f"Epoch {epoch}/{self.num_epochs}")
        self.ax.legend(loc="upper right")
        self.ax.grid(True)
        self.figure.tight_layout()
        clear_output(wait=True)
        display(self.figure)
