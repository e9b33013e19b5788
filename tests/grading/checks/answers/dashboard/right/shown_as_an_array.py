import matplotlib.pyplot as plt
import numpy as np
from IPython.display import clear_output, display
from PIL import Image


class TrainingDashboard:
    def __init__(self, num_epochs):
        self.num_epochs = num_epochs
        self.figure, self.ax = plt.subplots(figsize=(6, 4))
        self.rows = []

    def update(self, epoch, train_loss, val_loss):
        self.rows.append((epoch, train_loss, val_loss))
        epochs, train, val = np.array(self.rows, dtype=float).T
        self.ax.clear()
        self.ax.plot(epochs, train, "o-", label="train")
        self.ax.plot(epochs, val, "s-", label="validation")
        self.ax.set(xlabel="epoch", ylabel="loss")
        self.ax.legend()
        self.figure.canvas.draw()
        clear_output(wait=True)
        display(Image.fromarray(np.asarray(self.figure.canvas.buffer_rgba())))
