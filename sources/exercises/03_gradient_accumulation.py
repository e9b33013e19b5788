# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown] id="title"
# # Exercise 03: Gradient accumulation
#
# You train as if with large batches, although only small ones fit into memory, and get the same weights.
#
# **45 minutes**, **Difficulty**: harder
#
# **Before you start**: notebooks 01 to 04 and 06.
#
# **You will**
#
# - *accumulate* the gradients of several batches before one update
# - *weight* them so that the update is that of one large batch, whatever the sizes
# - *prove* it: the parameters agree

# %% id="setup"
from course_lib import notebook

notebook.setup(seed=0)

# %% id="imports"
import torch
from torch import nn

import course_lib
from course_lib.grading.check import check, hint

# %% [markdown] id="what-you-build"
# ## What you build, and why
#
# A batch of 128 does not fit into memory, a batch of 32 does. Since `backward()` *adds* to `.grad`, four small batches can fill one gradient
# before the optimizer makes one step: memory for 32 samples, a step of 128.
#
# This is the finished function against training with large batches, on data that do not divide evenly:
#
# ![Training loss over epochs: large batches and accumulated small ones lie on each other. Below, the largest difference between the parameters: tiny for the finished function, many times larger for one that divides by K.](attachment:finished.png)

# %% [markdown] id="contract"
# ## The contract
#
# `train_one_epoch_accumulated(model, dataloader, loss_fn, optimizer, device, accumulation_steps)` returns the mean loss over all samples.
#
# - One optimizer step for every `accumulation_steps` batches, and one for the group that is left over at the end.
# - Each step uses the gradient of the mean loss over *all samples of its group*. So the parameters afterwards are those of ordinary
#   training with the group as one batch, also where the last group has fewer batches or the last batch fewer samples.
# - Gradients that the model carried before the call do not count. The model trains in training mode.
# - `loss_fn` averages over the batch that it is given. `accumulation_steps < 1` raises `ValueError`.

# %% [markdown] id="predict"
# **Predict**, before you write: 5 batches of 4, 4, 4, 4 and 2 samples, and `accumulation_steps` of 2. How many steps does the optimizer make? With
# which weight does each batch's mean loss count in its step?
#
# ## Your solution
#
# All that your solution needs stands in this one cell: if you import something more, do it here.


# %% id="accumulation-solution" tags=["solution"]
def train_one_epoch_accumulated(model, dataloader, loss_fn, optimizer, device, accumulation_steps):
    """Train for one epoch with one update for each group of batches; return the mean loss."""
    ### BEGIN SOLUTION
    if accumulation_steps < 1:
        raise ValueError(f"accumulation_steps is {accumulation_steps}; it must be at least 1")
    model.train()
    optimizer.zero_grad()
    total, samples, in_group = 0.0, 0, 0
    for number, (inputs, targets) in enumerate(dataloader, start=1):
        loss = loss_fn(model(inputs.to(device)), targets.to(device))
        (loss * len(targets)).backward()
        total += loss.item() * len(targets)
        samples += len(targets)
        in_group += len(targets)
        if number % accumulation_steps == 0 or number == len(dataloader):
            for parameter in model.parameters():
                if parameter.grad is not None:
                    parameter.grad /= in_group
            optimizer.step()
            optimizer.zero_grad()
            in_group = 0
    return total / samples
    ### END SOLUTION


# %% [markdown] id="check-heading"
# ## The check
#
# It compares your parameters with those of training with each group as one batch, for groups and batches of all sizes, prints a
# line for each thing that was asked, and says what to look at where something is wrong.

# %% id="accumulation-check" tags=["check"]
check("accumulation", train_one_epoch_accumulated)

# %% [markdown] id="hints" tags=["exercise-only"]
# **Stuck?** Take away the `#` below and run the cell: it prints a hint. Run it again for the next one. After the last hint, the
# [solution](../solutions/03_gradient_accumulation.ipynb) tells all.

# %% id="hint" tags=["exercise-only"]
# hint("accumulation")

# %% [markdown] id="how-it-works" tags=["solution-only"]
# ## How it works
#
# A mean may not be added to a mean of another size; sums may. `loss * len(targets)` is the *sum* of the losses in the batch, so `.grad` holds the
# gradient of the sum over the group. Dividing by the samples of the group, which are known at its end, gives the gradient of the mean.
#
# A group ends after every `accumulation_steps` batches, or with the last batch. `zero_grad()` stands before the first batch, so that old gradients
# do not count, and after each step.

# %% [markdown] id="use-it"
# ## Use it on real images
#
# 1,000 images in batches of 32, three to a group: the last batch has fewer images, and the last group fewer batches.

# %% id="real-data"
data = course_lib.fashion_mnist()
images, _ = course_lib.split_dataset(course_lib.scale_images(data.train), [1000, 9000])
loss_fn, cpu = nn.CrossEntropyLoss(), torch.device("cpu")


# %% id="trained"
def trained(one_epoch, batch_size, *more, epochs=3):
    """Parameters and losses after some epochs, always from the same start."""
    course_lib.seed_everything(0)
    model = course_lib.MLP()
    sgd = torch.optim.SGD(model.parameters(), lr=0.1)
    loader = course_lib.make_loader(images, batch_size)
    losses = [one_epoch(model, loader, loss_fn, sgd, cpu, *more) for _ in range(epochs)]
    return nn.utils.parameters_to_vector(model.parameters()).detach(), losses


# %% id="compare" tags=["when-solved"]
large, large_losses = trained(course_lib.train_one_epoch, 96)
small, small_losses = trained(train_one_epoch_accumulated, 32, 3)
# Rounding alone: mostly below 1e-7, but 1e-4 where it moves a ReLU's input across zero.
print("the same parameters:", torch.allclose(large, small, atol=1e-3))
assert torch.allclose(large, small, atol=1e-3)

# %% [markdown] id="mistakes" tags=["after-solving"]
# ## The usual mistakes
#
# - **`loss / accumulation_steps`**, the recipe of most texts, is right only while all groups are full and all batches equal. A
#   smaller last group then takes too small a step, and the samples of a smaller batch count too much.
# - **No scaling**: the step grows with the batches in the group.
# - **`if i % accumulation_steps == 0`** with `i` from 0 steps after the first batch.
# - **The last group dropped**: what is left over needs its own step.
# - **`zero_grad()` in every batch** throws away what was accumulated.
# - **The mean of scaled losses** is too small: add up the loss before it is scaled.

# %% [markdown] id="dividing-question" tags=["solution-only"]
# ### Dividing by K, measured
#
# Most texts divide each loss by the number of accumulation steps, K. We do that here, with the last group stepped too.
#
# **Predict**: after three epochs, is the difference to large batches larger than rounding?


# %% id="textbook" tags=["solution-only"]
def textbook_accumulated(model, loader, loss_fn, optimizer, device, accumulation_steps):
    model.train()
    optimizer.zero_grad()
    for number, (inputs, targets) in enumerate(loader, start=1):
        loss = loss_fn(model(inputs), targets)
        (loss / accumulation_steps).backward()
        if number % accumulation_steps == 0 or number == len(loader):
            optimizer.step()
            optimizer.zero_grad()
    return loss.item()


# %% id="dividing-by-k" tags=["solution-only"]
divided, _ = trained(textbook_accumulated, 32, 3)
rounding, error = (large - small).abs().max(), (large - divided).abs().max()
print("dividing by K gives other parameters:", not torch.allclose(large, divided, atol=1e-3))
print("the difference is more than 10 times that of rounding:", bool(error > 10 * rounding))
assert error > 10 * rounding and error > 5e-3

# %% [markdown] id="dividing-why" tags=["solution-only"]
# Here 1,000 images make 32 batches; three to a group leave a last group of two, the second with 8 images. Divided by K, the mean of these 40 images
# gets the weights of a third each, instead of 32 and 8 of 40 parts. One wrong step in eleven is no rounding, and no accuracy would show it.

# %% id="last-group" tags=["solution-only"]
sizes = [len(labels) for _, labels in course_lib.make_loader(images, 32)]
groups = [sizes[start : start + 3] for start in range(0, len(sizes), 3)]
print(f"{len(groups)} groups; in the last batches of {groups[-1]}, {sum(groups[-1])} images")
print("weights when divided by K:   ", [round(1 / 3, 2)] * len(groups[-1]))
print("weights of a mean of samples:", [size / sum(groups[-1]) for size in groups[-1]])
assert (len(groups), groups[-1]) == (11, [32, 8])

# %% id="per-update" tags=["solution-only"]
gaps = {"the finished function": [], "loss divided by K": []}
functions = (train_one_epoch_accumulated, textbook_accumulated)
for epochs in range(1, 6):
    wanted, _ = trained(course_lib.train_one_epoch, 96, epochs=epochs)
    for name, function in zip(gaps, functions, strict=True):
        got, _ = trained(function, 32, 3, epochs=epochs)
        gaps[name].append((wanted - got).abs().max().item())

# %% id="five-epochs" tags=["solution-only"]
_, large_losses = trained(course_lib.train_one_epoch, 96, epochs=5)
_, small_losses = trained(train_one_epoch_accumulated, 32, 3, epochs=5)

# %% id="finished-picture" tags=["solution-only"]
from matplotlib import pyplot as plt

fig, (above, below) = plt.subplots(2, 1, figsize=(6.4, 4.6), sharex=True, layout="constrained")
epochs = range(1, 6)
above.plot(epochs, large_losses, label="batches of 96")
above.plot(epochs, small_losses, "o", label="3 batches of 32, accumulated")
above.set(ylabel="training loss", title="Accumulated small batches train as large ones do")
above.legend()
for (name, values), marker in zip(gaps.items(), "os", strict=True):
    below.semilogy(epochs, values, f"{marker}-", label=name)
below.set(xlabel="epoch", ylabel="largest difference", xticks=epochs)
below.legend(loc="center right")
notebook.show(
    fig,
    alt="Above: the training losses of large and of accumulated small batches lie on each other. "
    "Below, on a scale of powers of ten: the largest difference between their parameters stays "
    "near rounding, and is far larger when the loss is divided by K.",
)

# %% [markdown] id="second-way" tags=["solution-only"]
# ## A second way
#
# Whoever knows the size of a group beforehand can scale each loss before its `backward()`, and need not touch `.grad`. So this one takes a
# whole group from the loader first: its data wait in memory, its activations do not.

# %% id="second-solution" tags=["solution-only"]
from itertools import islice


def train_group_by_group(model, dataloader, loss_fn, optimizer, device, accumulation_steps):
    """The same, with each group taken from the loader as a list."""
    if accumulation_steps < 1:
        raise ValueError(f"accumulation_steps is {accumulation_steps}; it must be at least 1")
    model.train()
    batches, total, samples = iter(dataloader), 0.0, 0
    while group := list(islice(batches, accumulation_steps)):
        in_group = sum(len(targets) for _, targets in group)
        optimizer.zero_grad()
        for inputs, targets in group:
            loss = loss_fn(model(inputs.to(device)), targets.to(device))
            (loss * len(targets) / in_group).backward()
            total += loss.item() * len(targets)
        optimizer.step()
        samples += in_group
    return total / samples


# %% id="second-check" tags=["solution-only"]
check("accumulation", train_group_by_group)

# %% [markdown] id="second-why" tags=["solution-only"]
# `islice` gives fewer batches at the end, and an empty list when nothing is left: the last group needs no case of its own, and
# the function does not ask for `len(dataloader)`, which a stream of data does not have.
#
# In the library: `course_lib/weight_update.py`, which is what `train_model(…, accumulation_steps=…)` uses.

# %% [markdown] id="where-you-stand" tags=["exercise-only"]
# ## Where you stand
#
# Your points are noted in a small file on this computer, which is never sent anywhere. In a terminal: `course progress`.
#
# Then compare with the [solution](../solutions/03_gradient_accumulation.ipynb): it explains itself and solves the exercise a second time in another
# way. Next: [Exercise 04: A live dashboard](04_live_dashboard.ipynb).

# %% id="progress" tags=["exercise-only", "nbval-ignore-output"] nbval-reason="tells what this reader has solved so far"
from course_lib.cli.progress_command import report
from course_lib.grading import progress

print(report(progress.read()))
