MISTAKE = "a figure for each curve"
LOSES = ["lines", "one_figure"]
MESSAGE = "two figures"

import matplotlib.pyplot as plt
from IPython.display import clear_output, display


class TrainingDashboard:
    def __init__(self, num_epochs):
        self.num_epochs = num_epochs
        self.figure, self.ax = plt.subplots(figsize=(6, 4))
        self.other, self.bx = plt.subplots()
        self.history = []

    def update(self, epoch, train_loss, val_loss):
        self.history.append((epoch, train_loss, val_loss))
        epochs, train, val = zip(*self.history)
        self.ax.cla()
        self.ax.plot(epochs, train, marker=".", label="train loss")
        self.bx.cla()
        self.bx.plot(epochs, val, marker=".", label="validation loss")
        self.bx.set(xlabel="epoch", ylabel="loss")
        self.bx.legend()
        self.ax.set(xlabel="epoch", ylabel="loss", title=f"Epoch {epoch}/{self.num_epochs}")
        self.ax.legend(loc="upper right")
        self.ax.grid(True)
        self.figure.tight_layout()
        clear_output(wait=True)
        display(self.figure, self.other)
