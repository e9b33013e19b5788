# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown] id="title"
# # Reading the curves
#
# Two lines tell you whether a run is healthy and, if it is not, what to change. Here every illness is a real run that
# you cause, recognise and cure.
#
# **70 minutes**
#
# **Before you start**: notebooks 01 to 04: the loop, batches, the three sets, `train_model`.
#
# **You will**
#
# - *recognise* overfitting, underfitting, a wrong learning rate, a bug and a numerical breakdown by their curves
# - *apply* the remedy for each and *measure* what it does
# - *compute* a gap, a confusion matrix and an F1 score by hand
# - *explain* three curves that mislead
# - *choose* a learning rate with a range test
# - *diagnose* runs whose cause you have not seen

# %% id="setup"
from course_lib import notebook

notebook.setup(seed=0)

# %% id="imports"
from itertools import islice, pairwise

import torch
from torch import nn
from torch.utils.data import Subset, TensorDataset

import course_lib
from course_lib import plots, widgets

torch.set_num_threads(1)  # networks this small gain nothing from a second thread
torch.set_printoptions(precision=2, sci_mode=False)
cpu, loss_fn = torch.device("cpu"), nn.CrossEntropyLoss()

# %% [markdown] id="two-lines"
# ## Two lines and a gap
#
# After each epoch we know two losses: the *training loss*, on the images that the network learns from, and the *validation loss*,
# on images that it never learns from. The *gap* is validation minus training.
#
# One run may be luck. So we make every run three times: with other weights to begin with, another order, other images.
# We say only what all three show. (The tests of this course run the same cells for five further seeds.)
#
# First the data, split as before; a last part stays aside, as a test set would. The pixels are *standardised*: mean 0 and standard
# deviation 1, by the statistics of the part that we train on.

# %% id="data"
data = course_lib.fashion_mnist()
images, labels = course_lib.scale_images(data.train).tensors
parts = course_lib.split_dataset(TensorDataset(images, labels), [8000, 1000, 1000])
seen = images[parts[0].indices]
standard = TensorDataset((images - seen.mean()) / seen.std(), labels)
pool, val, _ = (Subset(standard, part.indices) for part in parts)
val_loader = list(course_lib.make_loader(val, batch_size=1000))  # one batch, fetched once
print(f"{len(pool):,} images to draw from, {len(val):,} for validation")

# %% [markdown] id="train-note"
# `train` draws some images by its seed and trains one hidden layer on them. `several` does it for three seeds.


# %% id="train"
def train(
    num_images, width, epochs, rate, optimizer=torch.optim.Adam, *, seed=0, batch_size=64,
    dropout=0.0, weight_decay=0.0, source=pool, judge=val_loader, **options,
):  # fmt: skip
    """One run: its history, and the model that it left."""
    drawn, _ = course_lib.split_dataset(source, [num_images, len(source) - num_images], seed=seed)
    torch.manual_seed(seed)
    model = course_lib.MLP(hidden=width, dropout=dropout)
    chosen = {"lr": rate, "weight_decay": weight_decay, "fused": True}
    options["optimizer"] = optimizer(model.parameters(), **chosen)
    loader = course_lib.make_loader(drawn, batch_size, shuffle=True)
    options |= {"device": cpu, "progress": False}
    return course_lib.train_model(model, loader, judge, epochs, **options), model


SEEDS = range(3)


def several(*settings, **options):
    """The histories and the models of one run for each seed."""
    return zip(*[train(*settings, seed=seed, **options) for seed in SEEDS], strict=True)


# %% id="one-history"
history, _ = train(300, 16, 3, 0.001)
print(f"{history.epochs} epochs of", ", ".join(history))

# %% [markdown] id="columns-note"
# A history has one entry for each epoch. From three histories we want a row of three numbers:


# %% id="columns"
def last(runs, key="val_loss"):
    """The last value of each run."""
    return torch.tensor([run[key][-1] for run in runs])


def lowest(runs):
    """The lowest validation loss of each run."""
    return torch.tensor([min(run["val_loss"]) for run in runs])


# %% id="gap"
def gap(runs):
    """Validation minus training, at the end of each run."""
    return last(runs, "val_loss") - last(runs, "train_loss")


# %% id="first-epochs"
def first(runs, epochs):
    """The runs as they were after so many epochs."""
    return [{key: values[:epochs] for key, values in run.items()} for run in runs]


# %% [markdown] id="healthy-question"
# ## A healthy run
#
# 3,000 images, 64 hidden units, Adam, 8 epochs. Guessing among ten classes costs $\ln 10 = 2.30$.
#
# **Predict**: draw the two lines, with numbers at both ends. How far apart do they end?

# %% id="healthy" tags=["nbval-ignore-output"] nbval-reason="the last digits of a trained loss depend on the machine"
healthy, healthy_models = several(3000, 64, 8, 0.0005)
print("train     ", last(healthy, "train_loss"))
print("validation", last(healthy))
print("gap       ", gap(healthy))
assert (last(healthy) < 0.55).all() and (gap(healthy) < 0.2).all()

# %% id="figure-healthy"
fig = plots.plot_runs({"three healthy runs": healthy}, title="Both fall, and flatten together")
notebook.show(
    fig,
    alt="Three pairs of curves over 8 epochs, nearly on top of each other. Training loss falls from "
    "about 1.2 to 0.4, validation loss from about 0.8 to 0.5; both fall fast, then slowly.",
)

# %% id="healthy-marks"
for run in healthy:
    early, late = run["val_loss"][0] - run["val_loss"][3], run["val_loss"][4] - run["val_loss"][7]
    assert early > 0.2 and late < 0.1
print("validation falls by more than 0.2 in epochs 1 to 4, by less than 0.1 in epochs 5 to 8")

# %% [markdown] id="healthy-why"
# Three marks of health: **both lines fall**, **the gap stays small** (below 0.2 here, where guessing costs 2.30), and **they flatten
# together**: validation falls by more than 0.2 in the first half, by less than 0.1 in the second. Some gap is normal: what has been practised goes better.
#
# In the first epochs validation is the lower one. No mistake; we come back to it.

# %% [markdown] id="metrics"
# ## Other numbers
#
# The loss is what training can follow. What people want to know is another number, the task's own: the *accuracy* (share of right
# answers), or, where classes matter differently, more. The *confusion matrix* counts every pair: rows are what it is, columns what the
# model says. For one class:
#
# - *precision*: of those called so, the share that are so,
# - *recall*: of those that are so, the share that was called so,
# - *F1*: $2PR/(P+R)$, their harmonic mean: high only if both are.
#
# **Predict**: six animals, three cats, two dogs, a bird. A model says cat, cat, dog; dog, cat; dog. What is its F1 for dogs?

# %% id="f1-by-hand"
is_ = torch.tensor([0, 0, 0, 1, 1, 2])  # 0 cat, 1 dog, 2 bird
says = torch.tensor([0, 0, 1, 1, 0, 1])
matrix = course_lib.confusion_matrix(says, is_, num_classes=3)
precision, recall = 1 / 3, 1 / 2  # 3 were called dog, 1 of them is; of 2 dogs 1 was found
by_hand = 2 * precision * recall / (precision + recall)
print(matrix)
print(f"dogs: F1 {by_hand:.2f} by hand, {course_lib.f1_scores(matrix)[1]:.2f} by the library")
assert matrix.tolist() == [[2, 1, 0], [1, 1, 0], [0, 1, 0]]
assert torch.allclose(course_lib.f1_scores(matrix), torch.tensor([2 / 3, by_hand, 0]))

# %% [markdown] id="confusion-question"
# 0.40. Now the first healthy model on its 1,000 validation images.
#
# **Predict**: which class has the lowest F1, and what is it taken for?

# %% id="predicted" tags=["nbval-ignore-output"] nbval-reason="the last digits depend on the machine"
val_images, val_labels = next(iter(val_loader))
with torch.no_grad():
    predicted = healthy_models[0].eval()(val_images).argmax(dim=1)
matrix = course_lib.confusion_matrix(predicted, val_labels, num_classes=10)
print(f"right: {matrix.trace()} of {matrix.sum()}")
assert abs(matrix.trace() / 1000 - healthy[0]["val_accuracy"][-1]) < 1e-6

# %% id="confusion" tags=["nbval-ignore-output"] nbval-reason="the last digits depend on the machine"
f1 = course_lib.f1_scores(matrix)
for score, name in sorted(zip(f1.tolist(), data.classes, strict=True)):
    print(f"{name:12} F1 {score:.2f}")
assert data.classes[f1.argmin()] == "Shirt" and f1.min() < 0.65

# %% id="figure-confusion"
fig = plots.plot_confusion(matrix, data.classes, title="Shirts are taken for three other classes")
assert matrix[6, [0, 2, 4]].sum() > 2 / 3 * (matrix[6].sum() - matrix[6, 6])
notebook.show(
    fig,
    alt="Confusion matrix of ten classes with 100 images each. Most counts stand on the diagonal. The "
    "row of shirts is the most spread out: T-shirt, pullover and coat get most of what shirts lose.",
)

# %% [markdown] id="confusion-why"
# The diagonal divided by 1,000 is the accuracy. The rest of the table is what an accuracy hides: shirts, with an F1 below 0.65, go mostly to
# T-shirts, pullovers and coats.
#
# **Predict**: a "shirt detector" that always says *no*. What are its accuracy and its F1?

# %% id="accuracy-trap"
is_shirt = (val_labels == 6).long()
never = torch.zeros_like(is_shirt)
detector = course_lib.confusion_matrix(never, is_shirt, num_classes=2)
right = detector.trace() / detector.sum()
print(f"accuracy {right:.0%}, F1 for shirts {course_lib.f1_scores(detector)[1]:.2f}")

# %% [markdown] id="accuracy-trap-why"
# 90 % right and worth nothing. Where classes are unequal, read F1 or the matrix beside the accuracy.

# %% [markdown] id="warning-signs"
# ## The warning signs
#
# | you see | it says | what helps |
# | --- | --- | --- |
# | validation rises while training falls | *overfitting* | more data, regularisation, early stopping |
# | both flatten, and high | *underfitting* | bigger model, longer training; check the data |
# | the loss jumps, or is thrown up and sticks | rate too high | lower it |
# | the loss hardly falls | rate too low | raise it |
# | the loss does not move | a bug | check gradients and step |
# | NaN | numbers break down | check inputs and loss; clip, lower the rate |
#
# You now cause every row.

# %% [markdown] id="overfitting-question"
# ## Overfitting
#
# 300 images, 128 hidden units, 40 epochs.
#
# **Predict**: the training loss goes to nearly 0. And the validation loss: (a) follows, only later, (b) falls and stays,
# (c) falls, then rises?

# %% id="overfitting" tags=["nbval-ignore-output"] nbval-reason="the last digits of a trained loss depend on the machine"
overfit, overfit_models = several(300, 128, 40, 0.002, batch_size=32)
print("train                ", last(overfit, "train_loss"))
print("validation, at the end", last(overfit))
print("validation, at best   ", lowest(overfit))
assert (last(overfit, "train_loss") < 0.02).all()
rise = last(overfit) / lowest(overfit)
assert (rise > 1.1).all() and rise.median() > 1.2 and (gap(overfit) > 0.6).all()
assert all(run.best_epoch < 15 for run in overfit)

# %% id="figure-overfitting"
fig = plots.plot_runs(
    {"300 images": overfit}, title="Training falls to nothing, validation turns up", top=2
)
notebook.show(
    fig,
    alt="Three pairs of curves over 40 epochs. Training loss falls to almost 0. Validation loss falls "
    "to about 0.7 within the first ten epochs or so, then climbs to about 1.",
)

# %% [markdown] id="overfitting-why"
# (c). Before epoch 15 validation is at its best; at the end it is more than a tenth higher, mostly more than a fifth, while training is
# below 0.02. The network has learned these 300 images by heart, and what it learns by heart does not carry over. That is *overfitting*.

# %% [markdown] id="overfitting-remedies"
# ### Three remedies
#
# - **More data**: 3,000 images, for 3 epochs.
# - **Regularisation**: what makes learning by heart harder. Here *dropout* (half of the hidden units are switched off at random in training)
#   and *weight decay* (every step pulls the weights towards 0).
# - **Early stopping**: end when 5 epochs brought nothing better, and take the best epoch's weights back.
#
# **Predict**: which ends lowest? Which gives nothing that the sick run did not have?

# %% id="more-data" tags=["nbval-ignore-output"] nbval-reason="the last digits of a trained loss depend on the machine"
more_data, _ = several(3000, 128, 3, 0.002, batch_size=32)
print("more data     ", last(more_data), "at best", lowest(more_data))
assert (last(more_data) < lowest(overfit)).all()
assert (lowest(more_data) < 0.9 * lowest(overfit)).all()

# %% id="regularised" tags=["nbval-ignore-output"] nbval-reason="the last digits of a trained loss depend on the machine"
regularised, _ = several(
    300, 128, 40, 0.002, torch.optim.AdamW, batch_size=32, dropout=0.5, weight_decay=1.0
)  # fmt: skip
print("regularisation", last(regularised), "at best", lowest(regularised))
assert (last(regularised) < last(overfit) - 0.1).all()
assert (last(regularised) - lowest(regularised) < last(overfit) - lowest(overfit)).all()

# %% id="early-stopping" tags=["nbval-ignore-output"] nbval-reason="the last digits of a trained loss depend on the machine"
stopped, stopped_models = several(
    300, 128, 40, 0.002, batch_size=32, early_stopping=course_lib.EarlyStopping(patience=5)
)
kept = [course_lib.validate(model, val_loader, loss_fn, cpu)[0] for model in stopped_models]
print("early stopping", torch.tensor(kept), "after", [run.epochs for run in stopped], "epochs")
assert torch.allclose(torch.tensor(kept), lowest(stopped))
assert all(run.epochs < 40 for run in stopped) and (lowest(stopped) < last(overfit) - 0.1).all()

# %% id="figure-remedies"
fig = plots.plot_runs(
    {"more data": more_data, "regularised": regularised, "stopped early": stopped},
    title="More data lowers the floor; stopping early does not", top=2,
)  # fmt: skip
notebook.show(
    fig,
    alt="Three panels of three runs. More data: validation ends near 0.5 after 3 epochs. Regularised: it "
    "ends near 0.7. Stopped early: the curves end after ten epochs or so, near their lowest point.",
)

# %% [markdown] id="remedies-why"
# - **More data**: even its end lies below the best that 300 images ever reached, its own best at least 10 % below. The strongest remedy, and the dearest.
# - **Regularisation** takes at least 0.1 off the end and makes the rise smaller.
# - **Early stopping** invents nothing: it hands back an epoch of the sick run, the best until it stopped, in less time, for free. So use it always.
#
# (The epoch was chosen *on* the validation set; its loss flatters a little, as notebook 03 showed. The test set knows.)

# %% [markdown] id="underfitting-question"
# ## Underfitting
#
# 1,000 images, and only 2 hidden units for ten classes. We look at the first 20 of 30 epochs.
#
# **Predict**: which line is high now: validation, training, or both? Is the gap large?

# %% id="underfitting" tags=["nbval-ignore-output"] nbval-reason="the last digits of a trained loss depend on the machine"
longer, _ = several(1000, 2, 30, 0.005, batch_size=32)
underfit = first(longer, 20)
print("train     ", last(underfit, "train_loss"))
print("validation", last(underfit))
assert (last(underfit, "train_loss") > 0.7).all() and (last(underfit) > 0.9).all()

# %% [markdown] id="underfitting-remedies"
# Both: the *training* images are not learned either. That is *underfitting*, and no gap shows it.
#
# **Predict**: what helps more: 30 epochs instead of 20, or 8 hidden units instead of 2, with 10 epochs?

# %% id="longer" tags=["nbval-ignore-output"] nbval-reason="the last digits of a trained loss depend on the machine"
print("20 epochs: lowest validation loss", lowest(underfit))
print("30 epochs: lowest validation loss", lowest(longer))

# %% id="bigger" tags=["nbval-ignore-output"] nbval-reason="the last digits of a trained loss depend on the machine"
bigger, _ = several(1000, 8, 10, 0.005, batch_size=32)
print("8 units:   lowest validation loss", lowest(bigger))
assert (last(bigger, "train_loss") < last(underfit, "train_loss") - 0.2).all()
assert (lowest(underfit) - lowest(bigger) > 0.2).all()
assert (lowest(underfit) - lowest(bigger) > 2 * (lowest(underfit) - lowest(longer))).all()

# %% id="figure-underfitting"
fig = plots.plot_runs(
    {"2 units": underfit, "2 units, longer": longer, "8 units": bigger},
    title="Two units stay high, longer or not; eight do not", top=2.4,
)  # fmt: skip
notebook.show(
    fig,
    alt="Three panels of three runs. 2 units: both lines end high, between 0.8 and 1.5. 2 units for 30 "
    "epochs: validation hardly lower, and a gap opens. 8 units: both fall much further, validation "
    "to about 0.7.",
)

# %% [markdown] id="underfitting-why"
# The bigger model, in every run: in half the epochs more than twice what the longer run brings. For a longer run, look at the *end* of the validation line.
# Ours had almost flattened. Here is one that had not, the healthy run cut off early:

# %% id="cut-off" tags=["nbval-ignore-output"] nbval-reason="the last digits of a trained loss depend on the machine"
cut = first(healthy, 2)
print("healthy, after 2 epochs", last(cut))
print("healthy, after 8 epochs", last(healthy))
assert (last(cut) - last(healthy) > 0.1).all()

# %% [markdown] id="cut-off-why"
# Six more epochs take more than 0.1 off, in all three runs. Still falling: train longer. Flat and high: another model, or better data.
#
# ### The same picture, another cause
# Now the healthy setting again, for 4 epochs, but somebody has mixed up labels: about every second one, in training and validation,
# is drawn anew at random.
#
# **Predict**: what do the curves look like, and does a network four times as wide help?


# %% id="mix-up"
def mixed_up(part, generator):
    """The same images; half of the labels are drawn anew."""
    x, y = (tensor[part.indices] for tensor in standard.tensors)
    drawn = torch.randint(10, y.shape, generator=generator)
    return TensorDataset(x, torch.where(torch.rand(len(y), generator=generator) < 0.5, drawn, y))


# %% id="dirty-data"
generator = torch.Generator().manual_seed(0)
dirty_pool, dirty_val = mixed_up(pool, generator), mixed_up(val, generator)
dirty = {"source": dirty_pool, "judge": list(course_lib.make_loader(dirty_val, 1000))}

# %% id="dirty" tags=["nbval-ignore-output"] nbval-reason="the last digits of a trained loss depend on the machine"
dirty_runs, _ = several(3000, 64, 4, 0.0005, **dirty)
print("validation, mixed up", last(dirty_runs))
print("validation, healthy ", last(first(healthy, 4)))
assert (last(dirty_runs, "train_loss") > 1.4).all() and (last(dirty_runs) > 1.7).all()

# %% id="dirty-wider" tags=["nbval-ignore-output"] nbval-reason="the last digits of a trained loss depend on the machine"
wider, _ = train(3000, 256, 4, 0.0005, **dirty)
print(f"four times as wide: {min(wider['val_loss']):.2f} at best")
assert abs(min(wider["val_loss"]) - min(dirty_runs[0]["val_loss"])) < 0.1

# %% id="figure-dirty"
x, y = dirty_pool.tensors
fig = plots.plot_images(
    images[pool.indices][:12], [data.classes[k] for k in y[:12]],
    title="What a look at the data shows at once",
)  # fmt: skip
notebook.show(
    fig,
    alt="Twelve images under their labels. Several labels are plainly wrong for the picture.",
)

# %% [markdown] id="dirty-why"
# Both lines high again, above 1.4 and 1.7. But the wider network changes validation by less than 0.1: this time the model is not at
# fault. Cleaned labels are the remedy: with them, these settings are the healthy run.
#
# The lesson goes beyond labels: one picture can have several causes. **A remedy that works tells you the cause.** And
# twelve images, looked at, are the cheapest experiment of all.

# %% [markdown] id="rates"
# ## The learning rate
#
# 1,000 images, 64 units, 15 epochs, plain SGD with batches of 64. Only the rate differs: 1.0, 0.1, 0.0001.
#
# **Predict**: the training loss of each, at the end. Where is guessing?

# %% id="rates-run" tags=["nbval-ignore-output"] nbval-reason="the last digits of a trained loss depend on the machine"
by_rate, sgd_models = {}, {}
for rate in (1.0, 0.1, 0.0001):
    by_rate[rate], sgd_models[rate] = several(1000, 64, 15, rate, torch.optim.SGD)
    print(f"rate {rate:6}: train", last(by_rate[rate], "train_loss"))
assert (last(by_rate[1.0], "train_loss") > 1.5).all()
assert (last(by_rate[0.1], "train_loss") < 0.4).all()
assert (last(by_rate[0.0001], "train_loss") > 2.0).all()

# %% id="figure-rates"
fig = plots.plot_runs(
    {f"SGD {rate}": runs for rate, runs in by_rate.items()},
    title="Too high sticks, too low crawls: both end near guessing", top=3,
)  # fmt: skip
notebook.show(
    fig,
    alt="Three panels of three runs. SGD 1.0: losses begin above the frame and stick near 2.2; at times "
    "validation leaves the frame. SGD 0.1: training falls to about 0.3, validation to about 0.6. SGD 0.0001: two lines fall very slowly "
    "and evenly from 2.3 to 2.2.",
)

# %% [markdown] id="rates-why"
# Two of the three end above 1.5, near guessing (2.30), and for opposite reasons. Look at the *shape*. Too low: smooth, even, still falling;
# given time it would arrive. Too high: thrown up at once, then stuck.
#
# The remedy is the middle panel: below 0.4 for all three seeds, with nothing else changed.
#
# **Predict**: why stuck? A hidden unit with ReLU passes 0 or more. What if the first great steps push it below 0 for every image?

# %% id="dead-units" tags=["nbval-ignore-output"] nbval-reason="the last digits depend on the machine"
for rate, models in sgd_models.items():
    with torch.no_grad():
        hidden = [nn.Sequential(*list(model)[:3])(val_images) for model in models]
    silent = [(units == 0).all(dim=0).float().mean() for units in hidden]
    print(f"rate {rate:6}: share of silent units", torch.stack(silent))
    assert min(silent) > 0.1 if rate == 1.0 else max(silent) < 0.1

# %% id="dead-slope" tags=["nbval-ignore-output"] nbval-reason="the last digits depend on the machine"
model = sgd_models[1.0][0]
model.zero_grad()
loss_fn(model(val_images), val_labels).backward()
without_slope = (model[1].weight.grad == 0).all(dim=1).float().mean()
print(f"first run at 1.0: no slope at all for {without_slope:.2f} of the units")
assert without_slope > 0.1

# %% [markdown] id="dead-why"
# At 1.0 more than a tenth of the units, often a third or more, are silent for all 1,000 validation images; at the other rates hardly any. Where the output is 0, so is the slope, as the last line shows: no gradient comes through, and such a unit hardly ever returns.
# Waiting does not help; a fresh start at a lower rate does.
#
# ### The jumpy kind
# In one step, Adam moves a weight not much further than its rate, whatever the gradient. **Predict**: Adam at 0.1, a hundred times the usual
# 0.001: stuck as well?


# %% id="climbed"
def climbed(runs):
    """What the validation loss rises from one epoch to the next, added up."""
    return torch.tensor(
        [sum(max(0, b - a) for a, b in pairwise(run["val_loss"])) for run in runs]
    )  # fmt: skip


# %% id="jumpy" tags=["nbval-ignore-output"] nbval-reason="the last digits of a trained loss depend on the machine"
jumpy, _ = several(1000, 64, 15, 0.1)
calm, _ = several(1000, 64, 15, 0.001)
for name, runs in {"0.1  ": jumpy, "0.001": calm}.items():
    print(name, "all rises of validation", climbed(runs), "training ends", last(runs, "train_loss"))
assert (climbed(jumpy) > 0.3).sum() >= len(SEEDS) - 1 and (climbed(calm) < 0.2).all()
assert (last(jumpy, "train_loss") > 2 * last(calm, "train_loss")).all()
assert (last(calm, "train_loss") < 0.3).all()

# %% id="figure-jumpy"
fig = plots.plot_runs(
    {"Adam 0.1": jumpy, "Adam 0.001": calm}, title="A rate too high for Adam: up and down", top=4
)
notebook.show(
    fig,
    alt="Two panels of three runs. Adam 0.1: the first epochs lie above the frame, then the lines go up "
    "and down between 1 and 3. Adam 0.001: training falls to about 0.25, validation to about 0.5.",
)

# %% [markdown] id="jumpy-why"
# It lives, but its steps overshoot: in nearly every run the rises of the validation loss add up to more than 0.3, at a hundredth of the rate
# to less than 0.2. There the training loss ends below 0.3; here at more than twice that.
#
# ### Too low, or a bug?
# A loss that does not fall has two explanations: steps that are too small, or no steps at all. Below, a loop in which `step()` was
# forgotten.
#
# **Predict**: which experiment, of one line, tells the two apart?


# %% id="no-step"
def by_hand(rate, step, seed=0):
    """Three epochs of a hand-written loop: its model and its history."""
    torch.manual_seed(seed)
    drawn, _ = course_lib.split_dataset(pool, [1000, 7000], seed=seed)
    loader = course_lib.make_loader(drawn, 64, shuffle=True)
    model, history = course_lib.MLP(hidden=64), course_lib.History()
    optimizer = torch.optim.SGD(model.parameters(), lr=rate)
    for _ in range(3):
        for batch_images, batch_labels in loader:
            optimizer.zero_grad()
            loss_fn(model(batch_images), batch_labels).backward()
            if step:
                optimizer.step()
        train_loss, _ = course_lib.validate(model, loader, loss_fn, cpu)
        val_loss, score = course_lib.validate(model, val_loader, loss_fn, cpu)
        history.append(train_loss=train_loss, val_loss=val_loss, val_accuracy=score)
    return model, history


# %% id="no-step-runs" tags=["nbval-ignore-output"] nbval-reason="the last digits of a trained loss depend on the machine"
loops = {}
for rate in (0.0001, 0.1):
    for step in (False, True):
        runs = loops[rate, step] = [by_hand(rate, step, seed)[1] for seed in SEEDS]
        losses = [f"{loss:.5f}" for loss in runs[0]["val_loss"]]
        print(f"rate {rate:6}, {'step' if step else 'no step':7}", *losses)
        assert all((len(set(run["val_loss"])) == 1) == (not step) for run in runs)
assert (lowest(loops[0.1, True]) < 1).all()

# %% [markdown] id="no-step-why"
# Raise the rate a thousandfold. A crawling run races off, below 1 within three epochs; without `step()` the loss stays the same **to the last digit**.
# So it is in all three runs, of which the first is shown. Such a flat line is never a matter of tuning.
#
# Then look one floor down: is there a gradient, and do the parameters move?

# %% id="check-gradients"
model, _ = by_hand(0.1, step=False)
before = model[1].weight.detach().clone()
norm = torch.cat([p.grad.flatten() for p in model.parameters()]).norm()
torch.optim.SGD(model.parameters(), lr=0.1).step()
print("a gradient:", bool(norm > 0), "· moved by a step:", not torch.equal(before, model[1].weight))
assert norm > 0 and not torch.equal(before, model[1].weight)

# %% id="one-batch"
print(course_lib.overfit_one_batch(model, (val_images[:32], val_labels[:32])).passed)

# %% [markdown] id="check-gradients-why"
# The gradient is there, and a step would move the weights: so the step is what is missing. The last line is the check to make before
# every long run: can this model learn one batch by heart (`overfit_one_batch`)? It uses its own loop. Passed here and flat there:
# the fault is in *your* loop.

# %% [markdown] id="nan-question"
# ## NaN
#
# `nan`, *not a number*, is what $0 \cdot \infty$ or $\infty - \infty$ give. One of them in the loss, and the next update writes it into the weights.
#
# The pixels as they are stored, 0 to 255, and a cross-entropy written by hand: softmax, then log. SGD, rate 0.01.
#
# **Predict**: how many batches till it breaks? And does PyTorch's own `cross_entropy` break as well?


# %% id="raw-data"
raw = TensorDataset(data.train.tensors[0].float(), labels)
raw_pool, raw_val = Subset(raw, pool.indices), Subset(raw, val.indices)
raw_data = {"source": raw_pool, "judge": list(course_lib.make_loader(raw_val, 1000))}
print(f"pixels from {raw.tensors[0].min():.0f} to {raw.tensors[0].max():.0f}")


# %% id="hand-loss"
def log_of_softmax(logits, targets):
    """Cross-entropy as the textbook has it."""
    probabilities = logits.softmax(dim=1)
    return -probabilities[range(len(targets)), targets].log().mean()


# %% id="same-formula"
logits = torch.randn(4, 10)
targets = torch.tensor([3, 1, 4, 1])
assert torch.allclose(log_of_softmax(logits, targets), loss_fn(logits, targets))  # the same formula

# %% id="nan" tags=["nbval-ignore-output"] nbval-reason="the batch in which it breaks depends on the machine"
try:
    train(1000, 64, 3, 0.01, torch.optim.SGD, loss_fn=log_of_softmax, **raw_data)
    broke = None
except course_lib.NonFiniteLossError as error:
    broke = error
    print(error)
assert broke and broke.epoch == 1 and broke.batch <= 3

# %% [markdown] id="nan-why"
# Within the first 3 batches: `train_model` stops there and says so. A plain loop goes on:

# %% id="nan-spreads" tags=["nbval-ignore-output"] nbval-reason="the batch in which it breaks depends on the machine"
torch.manual_seed(0)
model = course_lib.MLP(hidden=64)
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
for inputs, targets in islice(course_lib.make_loader(raw_pool, 64), 6):
    optimizer.zero_grad()
    loss = log_of_softmax(model(inputs), targets)
    loss.backward()
    optimizer.step()
    print(f"loss {loss:5.1f}, NaN in the last layer: {model[3].weight.isnan().float().mean():.0%}")
    assert loss.isfinite() or model[3].weight.isnan().all()
assert loss.isnan()

# %% [markdown] id="nan-spreads-why"
# Once the loss is infinite, one update is enough: it spoils every weight of the last layer, and with them each later loss. What happened? Two logits that lie 200 apart:

# %% id="rounded-to-zero"
apart = torch.tensor([0.0, 200.0])
print("softmax         ", apart.softmax(dim=0))
print("its log         ", apart.softmax(dim=0).log())
print("log_softmax     ", apart.log_softmax(dim=0))

# %% [markdown] id="nan-remedies-question"
# The small probability, $e^{-200}$, is rounded to 0, and $\log 0 = -\infty$. With pixels up to 255 logits do lie so far apart.
#
# Four remedies are named for NaN. **Predict**: which of them cure this run: clipping the gradient, a rate a
# hundred times smaller, scaled pixels, `cross_entropy`?


# %% id="nan-remedies"
def three_epochs(rate=0.01, **options):
    """For each seed the accuracy after three epochs, or NaN if the loss broke down."""
    found = []
    for seed in SEEDS:
        try:
            history, _ = train(1000, 64, 3, rate, torch.optim.SGD, seed=seed, **options)
            found.append(history["val_accuracy"][-1])
        except course_lib.NonFiniteLossError:
            found.append(float("nan"))
    return torch.tensor(found)


# %% id="nan-by-hand" tags=["nbval-ignore-output"] nbval-reason="the last digits depend on the machine"
hand = {"loss_fn": log_of_softmax} | raw_data
broken, scaled = three_epochs(**hand), three_epochs(loss_fn=log_of_softmax)
clipped, slower = three_epochs(max_grad_norm=1.0, **hand), three_epochs(rate=0.0001, **hand)
rows = {"as it is": broken, "clipped": clipped, "slower": slower, "scaled": scaled}
for name, accuracies in rows.items():
    print(f"log of softmax, {name:8}", accuracies)
assert broken.isnan().all() and (scaled > 0.5).all()
assert all(tried.isnan().sum() > len(SEEDS) / 2 for tried in (clipped, slower))

# %% id="nan-cross-entropy" tags=["nbval-ignore-output"] nbval-reason="the last digits depend on the machine"
plain, clipped = three_epochs(**raw_data), three_epochs(max_grad_norm=1.0, **raw_data)
slower = three_epochs(rate=0.0001, **raw_data)
for name, accuracies in {"as it is": plain, "clipped": clipped, "slower": slower}.items():
    print(f"cross_entropy,  {name:8}", accuracies)
assert (plain < 0.3).all() and (clipped > 0.3).all() and (slower > 0.3).all()

# %% [markdown] id="nan-lessons"
# - **Clipping and a smaller rate** leave most runs broken: they act on the *step*, and the loss is broken before it.
# - **Scaled inputs** cured all three: more than half right.
# - **`cross_entropy`** takes `log_softmax`, which never forms the probability. No NaN. But
#   look at its accuracy: below 30 %. The first step threw the weights away: finite is not healthy. *There* clipping
#   and a smaller rate do help.
#
# So, in this order: inputs, loss, rate, clipping.

# %% [markdown] id="val-below-question"
# ## Three curves that mislead
#
# ### Validation below training
# The healthy run once more, with dropout 0.5, for 3 epochs.
#
# **Predict**: can the validation loss stay *below* the training loss through the whole run? What would that mean?

# %% id="val-below" tags=["nbval-ignore-output"] nbval-reason="the last digits of a trained loss depend on the machine"
dropped, _ = several(3000, 64, 3, 0.0005, dropout=0.5)
print("train     ", last(dropped, "train_loss"))
print("validation", last(dropped))
assert all(
    v < t for run in dropped for t, v in zip(run["train_loss"], run["val_loss"], strict=True)
)

# %% [markdown] id="val-below-why"
# In all three, in every epoch. Are images that were never learned from easier? No: the two numbers are measured differently.
#
# The training loss is a mean *over the epoch*, while the weights still change, and with half of the units switched off. The validation loss is taken
# *after* the epoch, with all units on. To compare, we train for all 8 epochs and measure the training images again after each, with `validate`.

# %% id="measured-again" tags=["nbval-ignore-output"] nbval-reason="the last digits of a trained loss depend on the machine"
drawn, _ = course_lib.split_dataset(pool, [3000, 5000], seed=0)
drawn_loader, again = list(course_lib.make_loader(drawn, 3000)), []
model = course_lib.MLP(hidden=64, dropout=0.5)
history = course_lib.train_model(
    model, course_lib.make_loader(drawn, 64, shuffle=True), val_loader, 8, 0.0005, device=cpu,
    progress=False,
    on_epoch=lambda _: again.append(course_lib.validate(model, drawn_loader, loss_fn, cpu)[0]),
)  # fmt: skip
print("train, during the epoch", torch.tensor(history["train_loss"]))
print("train, measured again  ", torch.tensor(again))
print("validation             ", torch.tensor(history["val_loss"]))
assert history["train_loss"][-1] > history["val_loss"][-1] > again[-1]

# %% id="figure-val-below"
fig = plots.plot_train_measured_twice(
    history, again, title="Measured alike, training is the lower line again"
)
notebook.show(
    fig,
    alt="Three lines over 8 epochs. Highest: training loss measured during the epoch. In the middle: "
    "validation. Lowest: the training images measured again after the epoch, without dropout.",
)

# %% id="two-reasons" tags=["nbval-ignore-output"] nbval-reason="the last digits of a trained loss depend on the machine"
model.train()  # dropout on, weights at rest
with torch.no_grad():
    inputs, targets = next(iter(drawn_loader))
    with_dropout = torch.stack([loss_fn(model(inputs), targets) for _ in range(10)]).mean().item()
print(f"changing weights: {history['train_loss'][-1] - with_dropout:.3f}")
print(f"dropout:          {with_dropout - again[-1]:.3f}")
assert with_dropout - again[-1] > history["train_loss"][-1] - with_dropout > 0

# %% [markdown] id="two-reasons-why"
# Two reasons, measured apart: at the end, dropout makes the larger part, the changing weights the smaller. In the first epochs, when the weights
# change fast, the second alone is enough: that is why the healthy runs began with validation below training.
#
# **Correction 1.** "Validation below training means a bug, or leakage." Not by itself: the training loss is a running mean over changing weights in
# training mode. Measure both alike before you worry.

# %% [markdown] id="loss-accuracy-question"
# ### Loss and accuracy disagree
# Back to the overfit runs: the validation loss rises, mostly by more than a fifth.
#
# **Predict**: meanwhile, does the network get fewer validation images right?


# %% id="loss-and-accuracy" tags=["nbval-ignore-output"] nbval-reason="the last digits depend on the machine"
def around(run, epoch):
    """The mean accuracy of five epochs around this one: single epochs are noisy."""
    shares = run["val_accuracy"][max(0, epoch - 3) : epoch + 2]
    return sum(shares) / len(shares)


at_best = torch.tensor([around(run, run.best_epoch) for run in overfit])
at_end = torch.tensor([around(run, 38) for run in overfit])
torch.set_printoptions(precision=3)
print("accuracy around the lowest loss", at_best)
print("accuracy in the last five epochs", at_end)
torch.set_printoptions(precision=2)
assert (at_end > at_best).sum() >= len(SEEDS) - 1 and (at_end > at_best - 0.01).all()

# %% id="figure-loss-accuracy"
fig = plots.plot_loss_and_accuracy(overfit, title="The loss climbs; the accuracy does not fall")
notebook.show(
    fig,
    alt="Three runs over 40 epochs. Left, the validation loss falls to about 0.7 and climbs to about "
    "1. Right, the validation accuracy rises to just under 80 % and stays there.",
)

# %% [markdown] id="loss-accuracy-why"
# It gets slightly *more* right, in at least two of the three, and in none fewer by 0.01. Accuracy asks only which score is highest; the loss also asks how sure the network was. We
# compare the model of the best epoch (early stopping kept it) with the one of the end.

# %% id="sure-and-wrong" tags=["nbval-ignore-output"] nbval-reason="the last digits depend on the machine"
for name, models in {"best epoch": stopped_models, "last epoch": overfit_models}.items():
    with torch.no_grad():
        logits = models[0].eval()(val_images)
    each = nn.functional.cross_entropy(logits, val_labels, reduction="none")
    wrong = logits.argmax(dim=1) != val_labels
    print(
        f"{name}: loss where right {each[~wrong].mean():.2f}, where wrong {each[wrong].mean():.2f}"
    )
    assert each[wrong].mean() > 10 * each[~wrong].mean() or name == "best epoch"

# %% [markdown] id="sure-and-wrong-why"
# The right answers became surer, the wrong ones too, and a wrong answer given with certainty is dear: in the last epoch it costs more than 10 times as
# much as a right one. A few such images lift the mean.
#
# **Correction 2.** "The validation loss rises, so the model gets worse." Worse at saying how sure it is; its answers may be no worse. If only the
# accuracy counts for you, watch the accuracy.

# %% [markdown] id="rate-overfit-question"
# ### Is it the rate?
# A text may tell you: "Validation rises: the learning rate is too high." **Predict**: the overfit setting with a quarter of the
# rate. Is the rise gone?

# %% id="rate-overfit" tags=["nbval-ignore-output"] nbval-reason="the last digits of a trained loss depend on the machine"
gentle, _ = several(300, 128, 40, 0.0005, batch_size=32)
print("a quarter of the rate, at best", lowest(gentle), "at the end", last(gentle))
curves = torch.tensor([[run["train_loss"], run["val_loss"]] for run in by_rate[1.0]])
gaps = (curves[:, 1] - curves[:, 0])[:, -5:].median(dim=1).values  # one epoch may lie far off
print("SGD 1.0, gap in the last five epochs", gaps)
assert (last(gentle) > 1.03 * lowest(gentle)).all() and (gap(gentle) > 0.5).all()
assert all(slow.best_epoch > run.best_epoch for slow, run in zip(gentle, overfit, strict=True))
assert (lowest(gentle) > 0.85 * lowest(overfit)).all()
assert gaps.median() < 0.4

# %% id="figure-rate-overfit"
fig = plots.plot_runs(
    {"300 images, 0.0005": gentle, "1,000 images, SGD 1.0": by_rate[1.0]},
    title="A lower rate overfits later; a high one does not overfit at all", top=3,
)  # fmt: skip
notebook.show(
    fig,
    alt="Two panels of three runs. 300 images at 0.0005: validation turns up, if later than at 0.002, and "
    "a wide gap opens. 1,000 images with SGD at 1.0: but for some peaks of validation both lines lie "
    "together, high, near 2.2.",
)

# %% [markdown] id="rate-overfit-why"
# Not gone, only later: the gap still passes 0.5, and the best validation loss is no more than 15 % lower. And the runs whose rate *is* too
# high have hardly a gap, in the middle below 0.4: they learn neither set.
#
# **Correction 3.** A rate that is too high makes the loss jump, stick or diverge. It is not what causes overfitting; too few data for
# too large a model are.

# %% [markdown] id="range-question"
# ## Choosing a rate: the range test
#
# Instead of guessing: train for 100 updates while the rate grows from tiny to huge, and watch the loss. It lies flat, falls, and
# blows up. Begin a little below where it is lowest. `lr_range_test` does that and puts everything back as it was.
#
# **Predict**: SGD and Adam, same network. Do they want the same rate?


# %% id="range-test"
def range_test(optimizer, seed=0):
    """The range test of a fresh network on 1,000 images."""
    drawn, _ = course_lib.split_dataset(pool, [1000, 7000], seed=seed)
    torch.manual_seed(seed)
    model, loader = course_lib.MLP(hidden=64), course_lib.make_loader(drawn, 64, shuffle=True)
    made = optimizer(model.parameters(), lr=0.001)
    return course_lib.lr_range_test(model, loader, optimizer=made, steps=100, device=cpu)


# %% id="range-tests" tags=["nbval-ignore-output"] nbval-reason="the last digits depend on the machine"
ranges = {name: range_test(getattr(torch.optim, name)) for name in ("SGD", "Adam")}
for name, found in ranges.items():
    print(f"{name:4}", found)
assert ranges["SGD"].suggestion > 3 * ranges["Adam"].suggestion

# %% id="figure-range"
fig = plots.plot_lr_range(ranges["SGD"], title="SGD: the loss falls, then blows up")
notebook.show(
    fig,
    alt="Training loss of the batch against the learning rate, on a logarithmic axis. It lies at 2.3 for "
    "small rates, falls, and shoots up at large ones. A dotted line marks the suggested rate.",
)

# %% [markdown] id="range-check-question"
# SGD wants more than 3 times Adam's rate. But is the suggestion good? We train with it, with a hundredth of it and with thirty times.

# %% id="range-check" tags=["nbval-ignore-output"] nbval-reason="the last digits of a trained loss depend on the machine"
tried = {}
for factor in (0.01, 1, 30):
    rate = factor * ranges["SGD"].suggestion
    tried[factor], _ = train(1000, 64, 15, rate, torch.optim.SGD)
    print(f"{factor:5} × suggestion: training loss {tried[factor]['train_loss'][-1]:.2f}")
assert tried[1]["train_loss"][-1] < 0.6
assert all(tried[k]["train_loss"][-1] > tried[1]["train_loss"][-1] + 0.3 for k in (0.01, 30))

# %% [markdown] id="range-check-why"
# The suggestion ends below 0.6 and at least 0.3 below both others. It is a place to begin, not the best possible rate: the test sees
# 100 updates only. And it belongs to this model, this optimizer, this batch size: change one and test again.

# %% [markdown] id="diagnose-question"
# ## A second opinion
#
# `course_lib.diagnose(history)` reads curves as you did. It was fitted to small runs whose illness is known, because the remedy was tried.
#
# **Predict**: six signs, three runs each. Which sign will it *not* name?

# %% id="diagnose" tags=["nbval-ignore-output"] nbval-reason="the last digits depend on the machine"
print(course_lib.diagnose(overfit[0], num_classes=10))

# %% id="all-signs"
signs = {
    "healthy": healthy, "overfitting": overfit, "underfitting": underfit,
    "lr_too_high": by_rate[1.0], "lr_too_low": by_rate[0.0001],
    "not_learning": loops[0.1, False],
}  # fmt: skip

# %% id="diagnose-all" tags=["nbval-ignore-output"] nbval-reason="the confidence depends on the last digits of losses"
named, known, misled = {}, {}, 0
for truth, runs in signs.items():
    found = [course_lib.diagnose(run, num_classes=10) for run in runs]
    named[truth] = sum(d.label == truth for d in found)
    known[truth] = sum(d.label == truth and d.sure for d in found)
    misled += sum(d.label != truth and d.sure for d in found)
    print(f"{truth:13} named {named[truth]} of {len(runs)}, and sure of it {known[truth]}")
print(f"sure, and wrong: {misled} of {len(SEEDS) * len(signs)}")
assert all(named[truth] == len(SEEDS) for truth in ("overfitting", "lr_too_low", "not_learning"))
assert known["underfitting"] < len(SEEDS)

# %% [markdown] id="diagnose-why"
# The loud signs it names every time. Underfitting it does not name for sure, and should not be able to: *both lines flatten* looks alike for a
# model that is too small, labels that are mixed up, and a problem that is hard. The curves do not hold the answer, so it can even be sure, and wrong: the last line counts how often.
#
# So it says how `sure` it is, and which `next_experiment` would settle the matter. An experiment is a run that *must* come out differently
# if the diagnosis is right. `diagnose_by_experiment` makes these runs.


# %% id="make-run"
def make_run(lr_factor=1.0, more_capacity=False):
    """The underfit run again, with another rate or a bigger model."""
    width, rate = 16 if more_capacity else 2, 0.005 * lr_factor
    return train(1000, width, 20, rate, batch_size=32, seed=SEEDS[-1])[0]


# %% id="by-experiment" tags=["nbval-ignore-output"] nbval-reason="the last digits of a trained loss depend on the machine"
guess = course_lib.diagnose(underfit[-1], num_classes=10)
print(guess.label, "· sure:", guess.sure, "· next:", guess.next_experiment)
settled = course_lib.diagnose_by_experiment(make_run, underfit[-1], num_classes=10)
for sentence in settled.experiments:
    print("-", sentence)
print(settled.label, "· sure:", settled.sure)
assert settled.label == "underfitting" and settled.sure

# %% [markdown] id="by-experiment-why"
# Other rates make it worse, more capacity makes it much better: now it *is* sure, as you would be. Do as it does: when curves leave you in doubt, do not
# argue, make the run that decides.

# %% [markdown] id="lab"
# ## The curve lab
#
# Your turn. Choose a rate, a width, the number of images, dropout, epochs; press **Train** and watch a real network learn. Earlier runs stay as faint
# lines.
#
# **Predict, then try**: the lab opens with the settings of the stuck run, SGD at 1.0. Which single setting cures it? Then make it overfit, and cure that without touching the
# number of images.

# %% id="curve-lab" tags=["interactive", "nbval-ignore-output"] nbval-reason="the last digits of a trained loss depend on the machine"
widgets.curve_lab()

# %% [markdown] id="clinic"
# ## The clinic
#
# Curves of real runs; nobody tells you how they were made. Look, decide, then see the cause, and the *counterfactual*: the same run with
# that one thing changed.
#
# **Predict**: how many will you get right?

# %% id="curve-clinic" tags=["interactive", "nbval-ignore-output"] nbval-reason="the last digits of trained losses depend on the machine"
widgets.curve_clinic()

# %% [markdown] id="what-it-brought"
# ## What the remedies brought
#
# The table of warning signs once more, now in numbers: the median validation loss of three runs, before and after. (NaN is no number to
# compare with; its remedies were measured by their accuracy.)

# %% id="remedy-table" tags=["nbval-ignore-output"] nbval-reason="the last digits of a trained loss depend on the machine"
remedies = [
    ("overfitting", last(overfit), "more data", last(more_data)),
    ("overfitting", last(overfit), "regularisation", last(regularised)),
    ("overfitting", last(overfit), "early stopping", lowest(stopped)),
    ("underfitting", last(underfit), "bigger model", last(bigger)),
    ("cut off early", last(cut), "longer training", last(healthy)),
    ("wrong labels", last(dirty_runs), "clean labels", last(first(healthy, 4))),
    ("rate too high", last(by_rate[1.0]), "a tenth of it", last(by_rate[0.1])),
    ("rate too high", last(jumpy), "a hundredth of it", last(calm)),
    ("rate too low", last(by_rate[0.0001]), "a thousand times it", last(by_rate[0.1])),
    ("a bug: no step", last(loops[0.1, False]), "step() called", last(loops[0.1, True])),
]
for sign, before, remedy, after in remedies:
    print(f"{sign:14} {before.median():.2f} → {after.median():.2f}  {remedy}")
    assert (after < before).all()

# %% [markdown] id="quick-check"
# ## Quick check

# %% id="quiz" tags=["interactive"]
widgets.quiz("reading-curves")

# %% [markdown] id="recap"
# ## Recap
# - Healthy: both lines fall, the gap stays small, they flatten together.
# - Validation up, training down: overfitting. Both high: underfitting, or bad data. Jumpy or stuck: rate too high. Crawling: too low. Flat to the last digit: a bug. NaN: inputs and loss first.
# - A remedy that works tells you the cause; in doubt, make the run that decides.
# - The training loss is measured during the epoch, in training mode: compare with care.
# - Loss and accuracy answer different questions; F1 and the confusion matrix a third.
# - Used here: `course_lib/diagnosis/`, `lr_range.py`, `metrics.py`, `widgets/lab/`, `widgets/clinic/`.
# - Next, in notebook 06: [Patterns that every loop needs](06_training_patterns.ipynb).
