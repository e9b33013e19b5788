# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown] id="title"
# # Exercise 04: A live dashboard
#
# You draw the two loss curves while a network trains: one figure that grows, epoch by epoch.
#
# **40 minutes**, **Difficulty**: medium
#
# **Before you start**: notebooks 00 and 05; a first acquaintance with matplotlib.
#
# **You will**
#
# - *update* one figure on the screen instead of showing many
# - *draw* all points so far, labelled and in view, NaN included
# - *watch* a real run with your own dashboard

# %% id="setup"
from course_lib import notebook

notebook.setup(seed=0)

# %% id="imports"
import torch
from IPython.display import clear_output, display
from matplotlib import pyplot as plt
from torch import nn

import course_lib
from course_lib import train_one_epoch, validate
from course_lib.grading.check import check, hint

# %% [markdown] id="what-you-build"
# ## What you build, and why
#
# A run of an hour can be lost in its second minute: a rate too high, a label too few, a NaN. Whoever watches the two curves grow
# sees it then. Notebook 00 had such a picture; now you build one, in some fifteen lines.
#
# The finished class, at the end of a real run in which the loss of one epoch was set to NaN on purpose:
#
# ![Two falling curves over the epochs, train and validation, with labelled axes and a legend. The validation curve has a gap at one epoch.](attachment:finished.png)

# %% [markdown] id="contract"
# ## The contract
#
# `class TrainingDashboard`, made by `TrainingDashboard(num_epochs)`:
#
# - `update(epoch, train_loss, val_loss)` is called after each epoch; the first has number one.
# - `figure` is a matplotlib figure. One axes holds two lines, labelled "train" and "validation" (a label may say more): along x the
#   epochs so far, along y the losses so far. Both axes are labelled, a legend is shown, every point is in view.
# - After each update the screen shows all points so far. However many updates: the cell shows **one** figure, and **one** is open.
# - A NaN loss leaves a gap and breaks nothing.

# %% [markdown] id="your-solution"
# ## Your solution
#
# All that your solution needs stands in this one cell. The imports above are there for you, too; you need not use them all.


# %% id="dashboard-solution" tags=["solution"]
class TrainingDashboard:
    """Two loss curves that grow while a network trains."""

    def __init__(self, num_epochs):
        ### BEGIN SOLUTION
        self.epochs, self.losses = [], {"train": [], "validation": []}
        self.figure, self.axes = plt.subplots(figsize=(6.4, 3.4))
        self.lines = {name: self.axes.plot([], [], "o-", label=name)[0] for name in self.losses}
        self.axes.set(xlabel="epoch", ylabel="loss", xlim=(0.5, num_epochs + 0.5))
        self.axes.legend()
        plt.close(self.figure)
        self.handle = display(self.figure, display_id=True)
        ### END SOLUTION

    def update(self, epoch, train_loss, val_loss):
        """Take in one epoch's losses and show all so far."""
        ### BEGIN SOLUTION
        self.epochs.append(epoch)
        for name, loss in (("train", train_loss), ("validation", val_loss)):
            self.losses[name].append(loss)
            self.lines[name].set_data(self.epochs, self.losses[name])
        self.axes.relim()
        self.axes.autoscale_view(scalex=False)
        self.handle.update(self.figure)
        ### END SOLUTION


# %% [markdown] id="check-heading"
# ## The check
#
# It feeds your dashboard with made-up losses and looks at the figure and at a screen that keeps outputs as a notebook does. It
# prints a line for each thing that was asked, and says what to look at where something is wrong.

# %% id="dashboard-check" tags=["check"]
check("dashboard", TrainingDashboard)

# %% [markdown] id="hints" tags=["exercise-only"]
# **Stuck?** Take away the `#` below and run the cell: it prints a hint. Run it again for the next one. After the last hint, the
# [solution](../solutions/04_live_dashboard.ipynb) tells all.

# %% id="hint" tags=["exercise-only"]
# hint("dashboard")

# %% [markdown] id="how-it-works" tags=["solution-only"]
# ## How it works
#
# Figure, axes and lines are made once. `set_data` gives a line all its points anew; `relim` and `autoscale_view` let the axes look at
# them again. Along x the limits are known from the start, so the curves grow into the free space.
#
# `display(…, display_id=True)` puts the figure on the screen and returns a handle; `handle.update` replaces *that* output. `plt.close` takes the figure out of
# pyplot's list, or the notebook would show it once more at the end of the cell. The figure itself stays usable.
#
# A NaN stays in the list: matplotlib draws no point for it and joins nothing across it.

# %% [markdown] id="use-it"
# ## Watch a real run

# %% id="real-data"
data = course_lib.fashion_mnist()
train, val, _ = course_lib.split_dataset(course_lib.scale_images(data.train), [1000, 1000, 8000])
train_loader = course_lib.make_loader(train, batch_size=25, shuffle=True)
val_loader = course_lib.make_loader(val, batch_size=500)

# %% id="real-model"
model, loss_fn, cpu = course_lib.MLP(), nn.CrossEntropyLoss(), torch.device("cpu")
sgd = torch.optim.SGD(model.parameters(), lr=0.1)

# %% id="finished-picture" tags=["when-solved", "nbval-ignore-output"] nbval-reason="nbval does not implement updates of a display" alt="Two curves over the epochs, train and validation, with labelled axes and a legend. The validation curve has a gap in epoch 5."
dashboard = TrainingDashboard(num_epochs=12)
for epoch in range(1, 13):
    train_loss = train_one_epoch(model, train_loader, loss_fn, sgd, cpu)
    val_loss, _ = validate(model, val_loader, loss_fn, cpu)
    dashboard.update(epoch, train_loss, float("nan") if epoch == 5 else val_loss)

# %% [markdown] id="state-check" tags=["solution-only"]
# A picture may look right and hold the wrong numbers, so we ask the figure.

# %% id="what-it-holds" tags=["solution-only"]
for line in dashboard.figure.axes[0].get_lines():
    missing = [epoch for epoch, loss in zip(*line.get_data(), strict=True) if loss != loss]
    print(f"{line.get_label()}: {len(line.get_xdata())} points, NaN in epochs {missing}")
print("figures left open:", len(plt.get_fignums()))
assert not plt.get_fignums()

# %% [markdown] id="mistakes" tags=["after-solving"]
# ## The usual mistakes
#
# - **A new figure in each update**: matplotlib keeps every one open and warns after twenty; the cell fills with pictures.
# - **`plt.show()` in each update**: one more picture below the last.
# - **`clear_output()` after the display** wipes it; without `wait=True` the picture flickers, since the screen is empty in between.
# - **`axes.clear()`** takes labels and legend along: set them again.
# - **`set_data` alone** leaves the old limits: new points lie outside.
# - **`min(losses)` for the limits**: with a NaN in the list the result depends on the order.
# - **NaN left out** joins its neighbours as if that epoch had been fine.

# %% [markdown] id="interactive-note" tags=["solution-only"]
# ### `plt.ion()` and `plt.pause()`
#
# Many texts draw live with them. They belong to windows on a desktop. In a notebook, figures are drawn by the *inline* backend,
# which has no window to refresh. We collect what four updates put on the screen.
#
# **Predict**: how many of the four states are shown?

# %% id="interactive-mode" tags=["solution-only"]
from IPython.utils.capture import capture_output

with capture_output() as screen, plt.ion():
    figure, axes = plt.subplots()
    (line,) = axes.plot([], [])
    for epoch in range(1, 5):
        line.set_data(range(epoch), range(epoch))
        plt.draw()
        plt.pause(0.01)
plt.close(figure)
pictures = sum("image/png" in output.data for output in screen.outputs)
print(f"states drawn: 4, pictures shown: {pictures}")
assert pictures == 1

# %% [markdown] id="interactive-why" tags=["solution-only"]
# The first state is shown and nothing after it: once shown, the inline backend closes a figure, and the next `plt.draw()` finds none
# and makes an empty one. So: keep the figure in your own hands, and update its display.

# %% [markdown] id="second-way" tags=["solution-only"]
# ## A second way
#
# Redraw everything: clear the axes, plot the lists, clear the cell's output, show the figure. It is easier to remember, needs no
# limits and no line objects, and wipes whatever else the cell had printed. `wait=True` keeps the old picture until the new one is there.


# %% id="second-solution" tags=["solution-only"]
class RedrawnDashboard:
    """The same, drawn from the beginning in every update."""

    def __init__(self, num_epochs):
        self.num_epochs, self.rows = num_epochs, []
        self.figure, self.axes = plt.subplots(figsize=(6.4, 3.4))
        plt.close(self.figure)

    def update(self, epoch, train_loss, val_loss):
        self.rows.append((epoch, train_loss, val_loss))
        epochs, *losses = zip(*self.rows, strict=True)
        self.axes.clear()
        for values, name in zip(losses, ("train", "validation"), strict=True):
            self.axes.plot(epochs, values, "o-", label=f"{name}, last {values[-1]:.3f}")
        self.axes.set(xlabel="epoch", ylabel="loss", title=f"{epoch} of {self.num_epochs}")
        self.axes.legend()
        clear_output(wait=True)
        display(self.figure)


# %% id="second-check" tags=["solution-only"]
check("dashboard", RedrawnDashboard)

# %% [markdown] id="second-why" tags=["solution-only"]
# Redrawing costs more with every epoch, which nobody notices at a hundred points. The library's `widgets.train_live` goes the first way,
# and draws at most some frames a second, however fast the batches come.

# %% [markdown] id="where-you-stand" tags=["exercise-only"]
# ## Where you stand
#
# Your points are noted in a small file on this computer, which is never sent anywhere. In a terminal: `course progress`.
#
# Then compare with the [solution](../solutions/04_live_dashboard.ipynb): it explains itself and solves the exercise a second time in another
# way.

# %% id="progress" tags=["exercise-only", "nbval-ignore-output"] nbval-reason="tells what this reader has solved so far"
from course_lib.cli.progress_command import report
from course_lib.grading import progress

print(report(progress.read()))
