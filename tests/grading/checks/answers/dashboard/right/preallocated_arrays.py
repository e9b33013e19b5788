import matplotlib.pyplot as plt
import numpy as np
from IPython import get_ipython
from IPython.display import display


class TrainingDashboard:
    def __init__(self, num_epochs):
        self.x = np.arange(1, num_epochs + 1)
        self.losses = np.full((2, num_epochs), np.nan)
        with plt.ioff():
            self.figure, self.ax = plt.subplots()
        self.handle = None

    def update(self, epoch, train_loss, val_loss):
        self.losses[:, epoch - 1] = train_loss, val_loss
        self.ax.clear()
        lines = self.ax.plot(self.x, np.ma.masked_invalid(self.losses).T, marker="o")
        for line, label in zip(lines, ("train", "validation")):
            line.set_label(label)
        self.ax.legend()
        self.ax.set_xlabel("epoch")
        self.ax.set_ylabel("loss")
        best = np.nanmin(self.losses[1])
        self.ax.axhline(best, color="grey", lw=0.5)
        if get_ipython() is None:
            return
        if self.handle is None:
            self.handle = display(self.figure, display_id=True)
        else:
            self.handle.update(self.figure)
