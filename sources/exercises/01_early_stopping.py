# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown] id="title"
# # Exercise 01: Early stopping
#
# You write a training run that ends by itself when more epochs no longer help, and that hands back its best model.
#
# **45 minutes**, **Difficulty**: medium
#
# **Before you start**: notebooks 01 to 05.
#
# **You will**
#
# - *count* epochs without improvement, and stop when patience is used up
# - *keep* a model as it was in its best epoch, parameters and buffers
# - *record* what the run did, epoch by epoch

# %% id="setup"
from course_lib import notebook

notebook.setup(seed=0)

# %% id="imports"
import copy

import torch
from torch import nn

import course_lib
from course_lib import train_one_epoch, validate
from course_lib.grading.check import check, hint

# %% [markdown] id="what-you-build"
# ## What you build, and why
#
# After too few epochs the model has not learned what it could; after too many it has learned the training images by
# heart. Nobody knows the right number beforehand, so let the validation loss decide: stop when it has not improved for some
# epochs in a row, and go back to the epoch in which it was lowest.
#
# This is a run of the finished function. It was allowed many more epochs:
#
# ![Two curves over epochs. The training loss falls all the way. The validation loss falls, then turns up; a vertical line marks the epoch with its lowest value, whose model is returned, and the curves end a few epochs later.](attachment:finished.png)

# %% [markdown] id="contract"
# ## The contract
#
# `train_with_early_stopping(model, train_loader, val_loader, loss_fn, optimizer, device, max_epochs, patience)` returns `(model, history)`.
#
# - Each epoch trains exactly as `train_one_epoch` and then validates exactly as `validate` does. You may call both.
# - Stop as soon as `patience` epochs in a row have brought no *strictly* lower validation loss than the best so far, or after
#   `max_epochs`. A NaN is no improvement.
# - The model comes back with the parameters **and buffers** of the epoch with the lowest validation loss.
# - `history` is a dictionary with the lists `train_loss`, `val_loss` and `val_accuracy`: one entry for each epoch that ran.
# - `patience < 1` raises `ValueError`.

# %% [markdown] id="contract-example"
# An example for the counting: with `patience=3` and the validation losses `[1, 0.9, 0.95, 0.96, 0.97, 0.98]`, training ends after epoch 5, and the
# model of epoch 2 comes back.
#
# ## Your solution
#
# All that your solution needs stands in this one cell: if you import something more or write another function, do it here.


# %% id="early-stopping-solution" tags=["solution"]
def train_with_early_stopping(
    model, train_loader, val_loader, loss_fn, optimizer, device, max_epochs, patience
):
    """Train until `patience` epochs in a row bring no lower validation loss."""
    ### BEGIN SOLUTION
    if patience < 1:
        raise ValueError(f"patience is {patience}; it must be at least 1")
    history = {"train_loss": [], "val_loss": [], "val_accuracy": []}
    best_loss, best_state = float("inf"), copy.deepcopy(model.state_dict())
    waited = 0
    for _ in range(max_epochs):
        train_loss = train_one_epoch(model, train_loader, loss_fn, optimizer, device)
        val_loss, val_accuracy = validate(model, val_loader, loss_fn, device)
        for name, value in zip(history, (train_loss, val_loss, val_accuracy), strict=True):
            history[name].append(value)
        if val_loss < best_loss:
            best_loss, waited = val_loss, 0
            best_state = copy.deepcopy(model.state_dict())
        else:
            waited += 1
        if waited >= patience:
            break
    model.load_state_dict(best_state)
    return model, history
    ### END SOLUTION


# %% [markdown] id="check-heading"
# ## The check
#
# It tries your function on small made-up runs, prints a line for each thing that was asked, and says what to look at where
# something is wrong. Run it as often as you like.

# %% id="early-stopping-check" tags=["check"]
check("early_stopping", train_with_early_stopping)

# %% [markdown] id="hints" tags=["exercise-only"]
# **Stuck?** Take away the `#` below and run the cell: it prints a hint. Run it again for the next one. After the last hint, the
# [solution](../solutions/01_early_stopping.ipynb) tells all.

# %% id="hint" tags=["exercise-only"]
# hint("early_stopping")

# %% [markdown] id="how-it-works" tags=["solution-only"]
# ## How it works
#
# Three things are remembered from epoch to epoch: the best loss so far, a *copy* of the state that had it, and how many epochs
# have gone by since.
#
# The best loss begins at infinity, so the first epoch beats it, unless its loss is NaN. `val_loss < best_loss` is the one
# question: for an equal loss and for a NaN the answer is no, and `else` counts every no.
#
# `break` leaves the loop; the state is loaded behind it, so it is loaded however the loop ended.

# %% [markdown] id="use-it"
# ## Use it on real images
#
# Few images and many epochs: an invitation to learn by heart.

# %% id="real-data"
data = course_lib.fashion_mnist()
train, val, _ = course_lib.split_dataset(course_lib.scale_images(data.train), [500, 1000, 8500])
train_loader = course_lib.make_loader(train, batch_size=25, shuffle=True)
val_loader = course_lib.make_loader(val, batch_size=500)
loss_fn, cpu = nn.CrossEntropyLoss(), torch.device("cpu")


# %% id="real-setting"
def run(patience, max_epochs=40):
    """One run, always from the same start and in the same order."""
    course_lib.seed_everything(0)
    model = course_lib.MLP()
    adam = torch.optim.Adam(model.parameters(), lr=0.002)
    return train_with_early_stopping(
        model, train_loader, val_loader, loss_fn, adam, cpu, max_epochs, patience
    )


# %% id="real-run" tags=["when-solved", "nbval-ignore-output"] nbval-reason="trained losses depend on the machine in their last digits"
model, history = run(patience=4)
print(f"ended after epoch {len(history['val_loss'])} of 40")
print(f"validation loss: lowest {min(history['val_loss']):.3f}, last {history['val_loss'][-1]:.3f}")

# %% id="drawing" tags=["solution-only"]
from matplotlib import pyplot as plt


def drawn(history, best):
    """Both curves, and a line at the epoch whose model comes back."""
    fig, axes = plt.subplots(figsize=(6.4, 3.4))
    epochs = range(1, len(history["val_loss"]) + 1)
    axes.plot(epochs, history["train_loss"], "o-", label="training")
    axes.plot(epochs, history["val_loss"], "s-", label="validation")
    axes.axvline(best, linestyle="--", color="grey")
    axes.text(best - 0.3, 1.0, "this model comes back", ha="right")
    axes.set(xlabel="epoch", ylabel="loss", ylim=(0, None))
    axes.set_title(f"Stopped after epoch {epochs[-1]}; epoch {best} was the best")
    axes.legend(loc="upper center")
    return fig


# %% id="finished-picture" tags=["solution-only", "nbval-ignore-output"] nbval-reason="the alt text names epochs that depend on the machine"
losses = history["val_loss"]
best = 1 + losses.index(min(losses))
notebook.show(
    drawn(history, best),
    alt=f"Training loss falls throughout; validation loss is lowest in epoch {best}, which is "
    f"marked, and higher when the run ends after epoch {len(losses)}.",
)

# %% id="best-comes-back" tags=["solution-only"]
val_loss, _ = validate(model, val_loader, loss_fn, cpu)
print("the model that came back has the lowest loss:", val_loss == min(losses))
print("the run was cut short:", len(losses) < 40)
print("by 4 epochs of patience:", len(losses) == best + 4)
assert val_loss == min(losses) < losses[-1] and len(losses) == best + 4 < 40

# %% [markdown] id="mistakes-copy" tags=["after-solving"]
# ## The usual mistakes: the state
#
# - **`best = model.state_dict()`** keeps live references. Training goes on inside what you kept, and by the end it is the final
#   model. Copy each tensor: `copy.deepcopy(model.state_dict())`. A shallow copy, `dict(…)` or `.copy()`, holds the same tensors.
# - **`best_model = model`** is no copy at all, but a second name.
# - **Parameters only**: `model.parameters()` leaves out buffers, such as the running statistics of batch norm. The weights of the best epoch with
#   the statistics of the last belong to no model that you validated.
# - **Never loaded back**, or only when the loop was left by `break`: a run that reaches `max_epochs` has a best epoch, too.

# %% [markdown] id="live-question" tags=["solution-only"]
# See the first one happen. We keep a state in two ways, then add 1 to the weight, as training might.

# %% id="live-references" tags=["solution-only"]
layer = nn.Linear(1, 1)
kept, copied = layer.state_dict(), copy.deepcopy(layer.state_dict())
with torch.no_grad():
    layer.weight += 1

# %% id="live-compared" tags=["solution-only"]
print("state_dict() has changed with the layer:", torch.equal(kept["weight"], layer.weight))
print("the deep copy has not:", not torch.equal(copied["weight"], layer.weight))
assert torch.equal(kept["weight"], layer.weight)
assert torch.allclose(copied["weight"] + 1, layer.weight)

# %% [markdown] id="mistakes-count" tags=["after-solving"]
# ## The usual mistakes: the count
#
# - **Off by one**: `waited > patience` runs an epoch too long: stop when the count *reaches* patience.
# - **Never reset**: only epochs *in a row* count; an improvement sets the count to 0.
# - **Compared with the last epoch**: a loss that falls again may still lie above the best.
# - **`<=`**: an equal loss is no improvement, or a loss that stands still trains on.
# - **NaN**: comparisons with NaN are false. So `if val_loss >= best: waited += 1` does not count it, and `not val_loss >= best`
#   takes it for an improvement.
# - **The wrong curve**: training loss falls on while new images go worse.

# %% [markdown] id="patience-note" tags=["solution-only"]
# ### When is patience used up?
#
# Libraries differ, so read before you compare runs. Keras, Lightning and Ignite stop when the count *reaches* patience, as we do. PyTorch's own
# `ReduceLROnPlateau`, which lowers the learning rate instead of stopping, acts when the count *exceeds* it. The same losses,
# the same patience of 3:

# %% id="patience-count" tags=["solution-only"]
losses = [1, 0.9, 0.95, 0.96, 0.97, 0.98]
stopper = course_lib.EarlyStopping(patience=3)
optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=1.0)
plateau = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, patience=3)

# %% id="patience-compared" tags=["solution-only"]
stops, acts = [], []
for epoch, loss in enumerate(losses, start=1):
    plateau.step(loss)
    stops += [epoch] * stopper.step(loss)
    acts += [epoch] * (optimizer.param_groups[0]["lr"] < 1)
print(f"early stopping ends the run after epoch {stops[0]}")
print(f"ReduceLROnPlateau acts after epoch {acts[0]}")
assert (stops[0], acts[0]) == (5, 6)

# %% [markdown] id="selection-note" tags=["solution-only"]
# ### Keeping the best is not stopping
#
# Saving the best model is *model selection*: it chooses among epochs that were all paid for. *Early stopping* also saves the
# epochs. With a patience as long as the run, the same function only selects:

# %% id="selection-only" tags=["solution-only"]
_, all_epochs = run(patience=40)
print(f"selection alone runs {len(all_epochs['val_loss'])} epochs")
print("early stopping ran fewer:", len(history["val_loss"]) < len(all_epochs["val_loss"]))
assert len(history["val_loss"]) < len(all_epochs["val_loss"]) == 40

# %% [markdown] id="second-way" tags=["solution-only"]
# ## A second way
#
# Counting and copying are always the same, so a library keeps them in an object, and the loop only asks it. `EarlyStopping`
# checks its patience itself, and `step` tells whether to stop. Compare it with yours: `course_lib.EarlyStopping??`


# %% id="second-solution" tags=["solution-only"]
def train_with_a_stopper(
    model, train_loader, val_loader, loss_fn, optimizer, device, max_epochs, patience
):
    """The same with the library's own parts."""
    stopper = course_lib.EarlyStopping(patience)
    history = {"train_loss": [], "val_loss": [], "val_accuracy": []}
    while len(history["val_loss"]) < max_epochs and not stopper.should_stop:
        train_loss = train_one_epoch(model, train_loader, loss_fn, optimizer, device)
        val_loss, val_accuracy = validate(model, val_loader, loss_fn, device)
        history["train_loss"].append(train_loss)
        history["val_loss"].append(val_loss)
        history["val_accuracy"].append(val_accuracy)
        stopper.step(val_loss, model)
    stopper.load_best(model)
    return model, history


# %% id="second-check" tags=["solution-only"]
check("early_stopping", train_with_a_stopper)

# %% [markdown] id="second-why" tags=["solution-only"]
# The condition of `while` now says in one line when a run goes on. What is gained is not fewer lines: the object can be tested by
# itself, with losses written down by hand, and its state can be saved in a checkpoint, so that a resumed run stops where it
# would have stopped.

# %% [markdown] id="where-you-stand" tags=["exercise-only"]
# ## Where you stand
#
# Your points are noted in a small file on this computer, which is never sent anywhere. In a terminal: `course progress`.
#
# Then compare with the [solution](../solutions/01_early_stopping.ipynb): it explains itself and solves the exercise a second time in another
# way. Next: [Exercise 02: A progress bar](02_progress_bar.ipynb).

# %% id="progress" tags=["exercise-only", "nbval-ignore-output"] nbval-reason="tells what this reader has solved so far"
from course_lib.cli.progress_command import report
from course_lib.grading import progress

print(report(progress.read()))
