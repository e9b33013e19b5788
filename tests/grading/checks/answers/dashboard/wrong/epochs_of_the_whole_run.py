MISTAKE = "numbers the epochs back from the end of the run"
LOSES = ["epochs"]
MESSAGE = "at the end only"

import matplotlib.pyplot as plt
from IPython.display import clear_output, display


class TrainingDashboard:
    def __init__(self, num_epochs):
        self.num_epochs = num_epochs
        self.figure, self.ax = plt.subplots(figsize=(6, 4))
        self.history = []

    def update(self, epoch, train_loss, val_loss):
        self.history.append((epoch, train_loss, val_loss))
        _, train, val = zip(*self.history)
        epochs = [self.num_epochs - len(train) + i for i in range(1, len(train) + 1)]
        self.ax.cla()
        self.ax.plot(epochs, train, marker=".", label="train loss")
        self.ax.plot(epochs, val, marker=".", label="validation loss")
        self.ax.set(xlabel="epoch", ylabel="loss", title=f"Epoch {epoch}/{self.num_epochs}")
        self.ax.legend(loc="upper right")
        self.ax.grid(True)
        self.figure.tight_layout()
        clear_output(wait=True)
        display(self.figure)
