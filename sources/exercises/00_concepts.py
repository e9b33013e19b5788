# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown] id="title"
# # Exercise 00: Concepts
#
# You find out what has stayed of notebooks 01 to 05: in numbers, in choices, and in your own words.
#
# **25 minutes**, **Difficulty**: easy
#
# **Before you start**: notebooks 01 to 05.
#
# **You will**
#
# - *count* iterations and weight updates
# - *decide* what happens without `zero_grad()`, and which layers depend on the mode
# - *explain* in your own words, and judge your answers by a rubric

# %% id="setup"
from course_lib import notebook

notebook.setup(seed=0)

# %% id="imports"
from math import ceil

import torch
from torch import nn

from course_lib.grading.check import check, hint

# %% [markdown] id="what-you-build"
# ## What you do, and why
#
# Whoever can explain a thing without code has understood it, and whoever can count with it has noticed where the catch is. Six answers are checked
# by code; three are read by you alone.
#
# This is what the check prints when all six are right:
#
# ![A text: the exercise's name with all its points, and below it six lines, one for each question, each beginning with the word right.](attachment:finished.png)

# %% [markdown] id="question-numbers"
# ## Six answers
#
# **Counting.** A training set has 45,000 samples. You train with batches of 128 for 3 epochs; the last, smaller batch of each epoch is used. What are
#
# - `iterations_per_epoch`,
# - `total_iterations` of the whole run, and
# - `weight_updates` of the whole run, without accumulation?

# %% [markdown] id="question-zero-grad"
# **Zeroing.** Three batches have gone through forward and `backward()` since the gradients were last zeroed. What do the parameters' `.grad` hold before the next
# step? `missing_zero_grad` is one of
#
# - **A**: The gradient of the third batch: each `backward()` replaces what was there.
# - **B**: The mean of the three batches' gradients.
# - **C**: The sum of the three batches' gradients, each taken at the parameters as they were then.
# - **D**: Exactly three times the gradient of the third batch.

# %% [markdown] id="question-modes"
# **Modes.** Which of these layers act differently after `model.eval()`? `mode_dependent_layers` is a set of names from this list:
#
# Linear, Conv2d, ReLU, Dropout, BatchNorm2d, LayerNorm, MaxPool2d, Softmax

# %% [markdown] id="question-stopping"
# **The test set.** Somebody stops training at the epoch with the best test score and reports that score. What is wrong? `stopping_on_test` is one of
#
# - **A**: Nothing: no update uses the test data, so the score is fair.
# - **B**: The stopping epoch was chosen on the test data, so the score is too good as an estimate for new data.
# - **C**: The score is too low, because training could have gone on.
# - **D**: It takes longer, because the test set is larger than the validation set.

# %% [markdown] id="contract"
# Put each answer in the place of its three dots. Numbers may be computed; a choice is a letter such as `"A"`; the layers are a set such
# as `{"Linear", "ReLU"}`.

# %% id="concepts-solution" tags=["solution"]
iterations_per_epoch = ...
total_iterations = ...
weight_updates = ...
missing_zero_grad = ...
mode_dependent_layers = ...
stopping_on_test = ...
### BEGIN SOLUTION
iterations_per_epoch = ceil(45_000 / 128)
total_iterations = 3 * iterations_per_epoch
weight_updates = total_iterations
missing_zero_grad = "C"
mode_dependent_layers = {"Dropout", "BatchNorm2d"}
stopping_on_test = "B"
### END SOLUTION

# %% id="concepts-check" tags=["check"]
check(
    "concepts",
    iterations_per_epoch=iterations_per_epoch,
    total_iterations=total_iterations,
    weight_updates=weight_updates,
    missing_zero_grad=missing_zero_grad,
    mode_dependent_layers=mode_dependent_layers,
    stopping_on_test=stopping_on_test,
)

# %% [markdown] id="hints" tags=["exercise-only"]
# **Stuck?** Take away the `#` below and run the cell: it prints a hint. Run it again for the next one. After the last hint, the
# [solution](../solutions/00_concepts.ipynb) tells all.

# %% id="hint" tags=["exercise-only"]
# hint("concepts")

# %% id="check-as-text" tags=["solution-only"]
from contextlib import redirect_stdout
from io import StringIO

answers = [iterations_per_epoch, total_iterations, weight_updates]
answers += [missing_zero_grad, mode_dependent_layers, stopping_on_test]
names = ["iterations_per_epoch", "total_iterations", "weight_updates"]
names += ["missing_zero_grad", "mode_dependent_layers", "stopping_on_test"]
with redirect_stdout(StringIO()) as printed:
    check("concepts", dict(zip(names, answers, strict=True)))

# %% id="finished-picture" tags=["solution-only"]
from matplotlib import pyplot as plt

fig = plt.figure(figsize=(6.4, 2.0))
fig.text(0.02, 0.95, printed.getvalue(), family="monospace", fontsize=10, va="top", linespacing=1.5)
notebook.show(
    fig, alt="The text of the check: 10 of 10 points, and six lines that begin with right."
)

# %% [markdown] id="numbers-why" tags=["after-solving"]
# ## About the numbers
#
# 45,000 is not a multiple of 128: 351 full batches leave some samples over, and they make one more, smaller batch. So an epoch has 352
# iterations, and three epochs have 1,056.
#
# Round up first, then multiply: each epoch ends with its own smaller batch. Rounding once at the end gives 1,055.
#
# Without accumulation each iteration makes one update, so there are 1,056 of these, too.

# %% id="numbers-computed" tags=["solution-only"]
full, left = divmod(45_000, 128)
print(f"{full} full batches and one of {left}: {iterations_per_epoch} iterations")
print(f"three epochs: {total_iterations:,}; rounded too late: {ceil(3 * 45_000 / 128):,}")
assert (iterations_per_epoch, total_iterations, weight_updates) == (352, 1056, 1056)

# %% [markdown] id="second-way" tags=["solution-only"]
# ## A second way: ask PyTorch
#
# What was computed and decided above can also be observed. The numbers come from a real loader and a loop that counts, the set of layers from
# trying each layer twice in both modes.

# %% id="second-count" tags=["solution-only"]
samples = torch.utils.data.TensorDataset(torch.zeros(45_000, 1))
loader = torch.utils.data.DataLoader(samples, batch_size=128)
counted = {"iterations": 0, "updates": 0}
parameter = nn.Parameter(torch.zeros(1))
sgd = torch.optim.SGD([parameter], lr=0.1)

# %% id="second-epochs" tags=["solution-only"]
sgd.register_step_post_hook(lambda *_: counted.update(updates=counted["updates"] + 1))
for _ in range(3):
    for (batch,) in loader:
        sgd.zero_grad()
        (parameter * batch).mean().backward()
        sgd.step()
        counted["iterations"] += 1
print(f"{len(loader)} batches in the loader, {counted}")

# %% id="second-gradients" tags=["solution-only"]
torch.manual_seed(0)
model, batches = nn.Linear(4, 1), torch.randn(3, 8, 4)
single = [torch.autograd.grad(model(x).square().mean(), model.weight)[0] for x in batches]
for x in batches:
    model(x).square().mean().backward()

# %% id="second-choice" tags=["solution-only"]
candidates = {"A": single[-1], "B": sum(single) / 3, "C": sum(single), "D": 3 * single[-1]}
observed = [k for k, value in candidates.items() if torch.allclose(model.weight.grad, value)]
print("what .grad holds:", observed)

# %% id="second-layers" tags=["solution-only"]
torch.manual_seed(0)
images = torch.randn(4, 3, 8, 8)
layers = [nn.Linear(8, 8), nn.Conv2d(3, 3, 3), nn.ReLU(), nn.Dropout(), nn.BatchNorm2d(3)]
layers += [nn.LayerNorm(8), nn.MaxPool2d(2), nn.Softmax(dim=-1)]

# %% id="second-modes" tags=["solution-only"]
different = {
    type(layer).__name__
    for layer in layers
    if not torch.equal(layer.train()(images), layer.eval()(images))
}
print("different after eval():", sorted(different))

# %% [markdown] id="second-stopping" tags=["solution-only"]
# And the test score: a hundred "epochs" of a model that learns nothing, each right on a sample of the test set by the toss of a coin. The best of
# them is reported.

# %% id="second-test-score" tags=["solution-only"]
torch.manual_seed(0)
scores = torch.randint(0, 2, (100, 500)).float().mean(dim=1)
print(f"true accuracy 50 %, best test score above 53 %: {bool(scores.max() > 0.53)}")
chosen = "B" if scores.max() > 0.53 else "A"

# %% id="second-check" tags=["solution-only"]
check(
    "concepts",
    iterations_per_epoch=len(loader),
    total_iterations=counted["iterations"],
    weight_updates=counted["updates"],
    missing_zero_grad=observed[0],
    mode_dependent_layers=different,
    stopping_on_test=chosen,
)

# %% [markdown] id="own-words"
# ## In your own words
#
# Three questions that no code can grade. Write two to four sentences each, *then* open the rubric below your answer and give yourself a point
# for each thing that your answer says.
#
# **1.** Why does a training loop call `zero_grad()`, and what goes wrong after several batches without it?

# %% [markdown] id="answer-zero-grad" tags=["free-text"]
# `backward()` adds to `.grad` instead of replacing it. Without zeroing, each step follows the sum of the gradients of all batches so far: the new
# batch counts less and less, old gradients belong to parameters that are no more, and the steps grow, until the run oscillates or diverges.
# Where it is meant, as in gradient accumulation, the sum is used on purpose.

# %% [markdown] id="rubric-zero-grad" tags=["after-solving"]
# ## Rubric 1
#
# - `backward()` *adds* to `.grad`.
# - After several batches the step uses the *sum* of their gradients (not "the same gradient, N times": they differ).
# - What follows: steps that are too large and stale, so that the loss oscillates or diverges. (Adam hides the size, not the staleness.)
# - A bonus point: sometimes it is meant: gradient accumulation.

# %% [markdown] id="question-modes-words"
# **2.** What do `model.train()` and `model.eval()` change, and what do they not change?

# %% [markdown] id="answer-modes" tags=["free-text"]
# They set a flag that some layers look at. Dropout drops in training mode only. Batch norm uses the batch's own statistics in training mode and
# updates its running ones; in evaluation mode it uses the running ones. Neither call switches gradients on or off: that is
# `torch.no_grad()`'s part. Forgetting `eval()` makes a measurement noisy and lets the validation data into the statistics.

# %% [markdown] id="rubric-modes" tags=["after-solving"]
# ## Rubric 2
#
# - Only layers that look at the mode change: dropout, and batch norm with its running statistics.
# - What each of the two does in either mode.
# - Gradients are *not* switched: that is `torch.no_grad()`.
# - A bonus point: `eval()` for validation, and back to `train()` before the next epoch.

# %% [markdown] id="question-test-words"
# **3.** A friend stops training when the test accuracy is highest and reports it. What would you advise, and why?

# %% [markdown] id="answer-test" tags=["free-text"]
# Choose the epoch by a validation set, and look at the test set once, at the very end. The best of many test scores was picked because it suits
# these test samples, partly by luck, so it promises more than new data will give. Whatever is used to choose something cannot judge that choice.

# %% [markdown] id="rubric-test" tags=["after-solving"]
# ## Rubric 3
#
# - Choosing the epoch *uses* the test set, although no gradient comes from it.
# - The reported score is too good: the best of many is partly luck.
# - The cure: choose on validation data, touch the test set once.
# - A bonus point: the more epochs (or models) one chooses among, the larger the error.

# %% [markdown] id="where-you-stand" tags=["exercise-only"]
# ## Where you stand
#
# Your points are noted in a small file on this computer, which is never sent anywhere. In a terminal: `course progress`.
#
# The [solution](../solutions/00_concepts.ipynb) has model answers and finds the six a second time, by asking PyTorch. Next:
# [Exercise 01: Early stopping](01_early_stopping.ipynb).

# %% id="progress" tags=["exercise-only", "nbval-ignore-output"] nbval-reason="tells what this reader has solved so far"
from course_lib.cli.progress_command import report
from course_lib.grading import progress

print(report(progress.read()))
