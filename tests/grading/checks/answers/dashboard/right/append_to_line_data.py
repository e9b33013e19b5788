import matplotlib.pyplot as plt
import numpy as np
from IPython import display as ipd


class Curve:
    def __init__(self, axes, label, **style):
        (self.line,) = axes.plot([], [], label=label, **style)

    def add(self, x, y):
        xs, ys = self.line.get_data()
        self.line.set_data(np.append(xs, x), np.append(ys, y))


class TrainingDashboard:
    def __init__(self, num_epochs):
        with plt.ioff():
            self.figure = plt.figure(layout="constrained")
        ax = self.ax = self.figure.add_subplot()
        self.curves = (
            Curve(ax, "train loss", color="C0"),
            Curve(ax, "validation loss", color="C1", ls="--"),
        )
        ax.set(xlabel="Epoch", ylabel="Loss", xlim=(0.5, num_epochs + 0.5))
        ax.legend()

    def update(self, epoch, *losses):
        for curve, loss in zip(self.curves, losses):
            curve.add(epoch, loss)
        self.ax.relim()
        self.ax.autoscale(axis="y")
        ipd.clear_output(wait=True)
        ipd.display(self.figure)
        plt.close(self.figure)
