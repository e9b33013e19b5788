import matplotlib.pyplot as plt
from IPython.display import clear_output, display


class TrainingDashboard:
    def __init__(self, num_epochs):
        self.num_epochs = num_epochs
        self.figure, self.ax = plt.subplots(figsize=(6, 4))
        self.epochs, self.train, self.val = [], [], []

    def update(self, epoch, train_loss, val_loss):
        self.epochs.append(epoch)
        self.train.append(train_loss)
        self.val.append(val_loss)
        self.ax.clear()
        self.ax.plot(self.epochs, self.train, label="train loss")
        self.ax.plot(self.epochs, self.val, label="validation loss")
        self.ax.set(xlabel="epoch", ylabel="loss")
        self.ax.legend(loc="center left", bbox_to_anchor=(1.1, 0.5))
        self.ax.set_yscale("log")
        clear_output(wait=True)
        display(self.figure)
