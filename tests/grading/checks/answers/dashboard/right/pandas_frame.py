import matplotlib.pyplot as plt
import pandas as pd
from IPython.display import display


class TrainingDashboard:
    def __init__(self, num_epochs):
        self.table = pd.DataFrame(columns=["train", "validation"], dtype=float)
        self.figure, self.axes = plt.subplots()
        plt.close(self.figure)
        self.handle = None

    def update(self, epoch, train_loss, val_loss):
        self.table.loc[epoch] = [train_loss, val_loss]
        self.axes.clear()
        self.table.plot(ax=self.axes, xlabel="epoch", ylabel="loss", marker="o")
        if self.handle is None:
            self.handle = display(self.figure, display_id=True)
        else:
            self.handle.update(self.figure)
