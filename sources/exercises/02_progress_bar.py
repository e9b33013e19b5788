# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown] id="title"
# # Exercise 02: A progress bar
#
# You give an epoch a bar that shows how far it is and what the loss is now, and that leaves the training itself as it was.
#
# **25 minutes**, **Difficulty**: easy
#
# **Before you start**: notebooks 01 to 04.
#
# **You will**
#
# - *wrap* a loader in a bar that knows its total
# - *show* the current loss as a number, batch by batch
# - *keep* the training exactly as it is without a bar

# %% id="setup"
from course_lib import notebook

notebook.setup(seed=0)

# %% id="imports"
import torch
from torch import nn
from tqdm.auto import tqdm

import course_lib
from course_lib.grading.check import check, hint

# %% [markdown] id="what-you-build"
# ## What you build, and why
#
# A long epoch that prints nothing leaves you guessing: is it slow, or does it hang? Has the loss become NaN an hour ago? A bar
# answers while there is still time to stop.
#
# This is the bar of the finished function at three moments of an epoch, as text. In a notebook `tqdm.auto` draws it in colour, and adds
# how much time has gone by and how much is left:
#
# ![Three lines of text. Each begins with the epoch, a share in percent, a bar that is partly, mostly and wholly full, and the number of batches done out of all; each ends with the loss of the current batch.](attachment:finished.png)

# %% [markdown] id="contract"
# ## The contract
#
# `train_one_epoch_with_progress(model, dataloader, loss_fn, optimizer, device, epoch)` returns the mean loss, a float.
#
# - *One* tqdm bar over the batches; its total is the number of batches, its description `Epoch {epoch}`.
# - After every batch its postfix shows the loss of that batch, as a number.
# - It moves by one with every batch, and ends full and closed.
# - The training is exactly that of `course_lib.train_one_epoch`: training mode, the four steps, the mean over *samples*.
# - Each batch is drawn once from the loader.
#
# ## Your solution
#
# All that your solution needs stands in this one cell. The imports above are there for you, too.


# %% id="progress-bar-solution" tags=["solution"]
def train_one_epoch_with_progress(model, dataloader, loss_fn, optimizer, device, epoch):
    """Train for one epoch under a progress bar; return the mean loss over samples."""
    ### BEGIN SOLUTION
    model.train()
    total, samples = 0.0, 0
    bar = tqdm(dataloader, desc=f"Epoch {epoch}")
    for inputs, targets in bar:
        inputs, targets = inputs.to(device), targets.to(device)
        loss = loss_fn(model(inputs), targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        batch_loss = loss.item()
        total += batch_loss * len(targets)
        samples += len(targets)
        bar.set_postfix(loss=batch_loss)
    return total / samples
    ### END SOLUTION


# %% [markdown] id="check-heading"
# ## The check
#
# It watches the bar while your function trains a small network, prints a line for each thing that was asked, and says what to look
# at where something is wrong. Run it as often as you like.

# %% id="progress-bar-check" tags=["check"]
check("progress_bar", train_one_epoch_with_progress)

# %% [markdown] id="hints" tags=["exercise-only"]
# **Stuck?** Take away the `#` below and run the cell: it prints a hint. Run it again for the next one. After the last hint, the
# [solution](../solutions/02_progress_bar.ipynb) tells all.

# %% id="hint" tags=["exercise-only"]
# hint("progress_bar")

# %% [markdown] id="how-it-works" tags=["solution-only"]
# ## How it works
#
# `tqdm(dataloader)` is the loader with a bar around it: looping over it yields the same batches, moves the bar after each, and closes it
# after the last. The total it finds by `len(dataloader)`.
#
# `loss.item()` is read once and used twice, for the postfix and for the mean. It is also the one thing that the bar costs on a
# GPU: the number has to be fetched in every batch, as notebook 04 measured.

# %% [markdown] id="use-it" tags=["exercise-only"]
# ## Use it on real images

# %% id="real-run" tags=["exercise-only", "when-solved", "nbval-ignore-output"] nbval-reason="a bar shows seconds"
data = course_lib.fashion_mnist()
train, _ = course_lib.split_dataset(course_lib.scale_images(data.train), [0.8, 0.2])
loader = course_lib.make_loader(train, batch_size=32, shuffle=True)
model, cpu = course_lib.MLP(), torch.device("cpu")
sgd = torch.optim.SGD(model.parameters(), lr=0.1)
for epoch in range(1, 6):
    train_one_epoch_with_progress(model, loader, nn.CrossEntropyLoss(), sgd, cpu, epoch)

# %% [markdown] id="as-text" tags=["solution-only"]
# ## The bar, as text
#
# tqdm has several front ends. `tqdm.auto` chooses the one for notebooks here; `tqdm.std` writes text. The function asks for the
# name `tqdm` when it is called, so we can give it the other one and keep what it writes.

# %% id="text-imports" tags=["solution-only"]
from contextlib import redirect_stderr
from functools import partial
from io import StringIO

from tqdm import std

# %% id="text-data" tags=["solution-only"]
data = course_lib.fashion_mnist()
train, _ = course_lib.split_dataset(course_lib.scale_images(data.train), [0.2, 0.8])
loader = course_lib.make_loader(train, batch_size=32, shuffle=True)
model, cpu, loss_fn = course_lib.MLP(), torch.device("cpu"), nn.CrossEntropyLoss()
sgd = torch.optim.SGD(model.parameters(), lr=0.1)

# %% id="real-run-as-text" tags=["solution-only"]
# mininterval=0 draws every batch, not every tenth of a second
tqdm = partial(std.tqdm, mininterval=0, ascii=False)
with redirect_stderr(StringIO()) as drawn:
    mean_loss = train_one_epoch_with_progress(model, loader, loss_fn, sgd, cpu, epoch=1)
print(f"{len(loader)} batches in the bar")
assert f"{len(loader)}/{len(loader)}" in drawn.getvalue() and mean_loss < 2.3

# %% id="three-moments" tags=["solution-only"]
import re

without_times = re.sub(r"\[[^\]]*?(?=loss=)", "[", drawn.getvalue())
found = re.findall(r"(Epoch 1:.*?(\d+)/63 \[loss=.*?\])", without_times)
states = {int(number): line for line, number in found}
assert {20, 47, 63} <= set(states) and len(states) >= 63  # the bar was drawn anew after every batch

# %% id="finished-picture" tags=["solution-only"]
from matplotlib import pyplot as plt

fig = plt.figure(figsize=(6.4, 1.1))
for row, batch in enumerate((20, 47, 63)):
    fig.text(0.02, 0.78 - 0.33 * row, states[batch], family="monospace", fontsize=11)
notebook.show(
    fig,
    alt="Three lines of text: the bar of epoch 1, a third full, three quarters full, and full, "
    "with the number of batches done and the loss of the current batch.",
)

# %% [markdown] id="mistakes" tags=["after-solving"]
# ## The usual mistakes
#
# - **`set_postfix(loss=loss)`** shows a tensor, with its graph, and keeps that graph alive. Give `loss.item()`.
# - **`tqdm(enumerate(loader))`** has no total: an `enumerate` does not know its length. Write `enumerate(tqdm(loader))`, or give `total=len(loader)`.
# - **`total=len(loader.dataset)`** counts samples, and the bar ends nearly empty.
# - **`bar.update()` inside `for batch in bar`** counts each batch twice: looping over the bar already moves it.
# - **`list(loader)` first** fills the bar before the training begins, and holds all data in memory.
# - **The running mean in the postfix**: useful, and not what was asked. A mean hides the batch in which the loss became NaN.

# %% [markdown] id="no-total-question" tags=["solution-only"]
# The second one is worth a look: the same seven batches, wrapped in two orders.

# %% id="no-total" tags=["solution-only"]
batches = ["batch"] * 7
for wrapped in (tqdm(enumerate(batches), disable=True), tqdm(batches, disable=True)):
    print("total:", getattr(wrapped, "total", None) or "unknown")

# %% [markdown] id="second-way" tags=["solution-only"]
# ## A second way
#
# A bar need not be looped over. Made with a total, inside `with`, it is moved by `update()` and closed at the end of the block, also
# when an error leaves it: no half bar stays behind. This form is needed when what counts is not what is looped over: tokens, bytes,
# or weight updates under accumulation.

# %% id="second-solution" tags=["solution-only"]
from tqdm import auto


def train_under_a_hand_moved_bar(model, dataloader, loss_fn, optimizer, device, epoch):
    """The same, with a bar that is moved by hand and a loss that stays on the device."""
    model.train()
    total, samples = torch.zeros((), device=device), 0
    with auto.tqdm(total=len(dataloader), desc=f"Epoch {epoch}", unit="batch") as bar:
        for inputs, targets in dataloader:
            loss = loss_fn(model(inputs.to(device)), targets.to(device))
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()
            total += loss.detach() * len(targets)
            samples += len(targets)
            bar.set_postfix_str(f"loss={loss:.3f}")
            bar.update()
    return (total / samples).item()


# %% id="second-check" tags=["solution-only"]
check("progress_bar", train_under_a_hand_moved_bar)

# %% [markdown] id="where-you-stand" tags=["exercise-only"]
# ## Where you stand
#
# Your points are noted in a small file on this computer, which is never sent anywhere. In a terminal: `course progress`.
#
# Then compare with the [solution](../solutions/02_progress_bar.ipynb): it explains itself and solves the exercise a second time in another
# way. Next: [Exercise 03: Gradient accumulation](03_gradient_accumulation.ipynb).

# %% id="progress" tags=["exercise-only", "nbval-ignore-output"] nbval-reason="tells what this reader has solved so far"
from course_lib.cli.progress_command import report
from course_lib.grading import progress

print(report(progress.read()))
