import matplotlib.pyplot as plt
from IPython.display import display


class TrainingDashboard:
    def __init__(self, num_epochs):
        self.figure, self.axes = plt.subplots(1, 2, figsize=(9, 3), layout="constrained")
        plt.close(self.figure)
        self.num_epochs = num_epochs
        self.seen = []
        self.handle = display(self.figure, display_id=True)

    def update(self, epoch, train_loss, val_loss):
        self.seen.append((epoch, train_loss, val_loss))
        epochs, train, val = zip(*self.seen, strict=True)
        left, right = self.axes
        left.cla()
        right.cla()
        left.plot(epochs, train, "o-", label="train")
        left.plot(epochs, val, "s--", label="validation")
        left.set_title(f"{epoch}/{self.num_epochs}")
        left.set_xlabel("epoch")
        left.set_ylabel("loss")
        left.legend()
        left.grid(alpha=0.3)
        right.bar(epochs, [v - t for _, t, v in self.seen])
        self.handle.update(self.figure)
