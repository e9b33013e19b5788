import io

import matplotlib.pyplot as plt
from IPython.display import Image, display, update_display


class TrainingDashboard:
    count = 0

    def __init__(self, num_epochs):
        TrainingDashboard.count += 1
        self.id = f"dashboard-{TrainingDashboard.count}"
        self.figure, self.ax = plt.subplots()
        self.rows = []

    def _png(self):
        buffer = io.BytesIO()
        self.figure.savefig(buffer, format="png", dpi=40)
        return Image(buffer.getvalue())

    def update(self, epoch, train_loss, val_loss):
        self.rows.append([epoch, train_loss, val_loss])
        ax = self.ax
        ax.clear()
        for column, label in ((1, "Training (train)"), (2, "Validation")):
            ax.plot([row[0] for row in self.rows], [row[column] for row in self.rows], label=label)
        ax.set_xlabel("Epoch")
        ax.set_ylabel("Loss")
        ax.legend()
        if len(self.rows) == 1:
            display(self._png(), display_id=self.id)
        else:
            update_display(self._png(), display_id=self.id)
