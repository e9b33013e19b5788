# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown] id="title"
# # Patterns that every loop needs
#
# Around the four steps stand a dozen lines that decide whether a run works. Here you see what each does, what forgetting it
# costs, and how that is found out.
#
# **55 minutes**
#
# **Before you start**: notebooks 01, 04 and 05: the four steps, `train_model`, curves.
#
# **You will**
#
# - *measure* what a forgotten `eval()` costs
# - *save* a run that explodes by clipping, and *show* what clipping cannot save
# - *read back* the rates of four schedules, and *place* `scheduler.step()` for each
# - *count* iterations and updates under accumulation
# - *write* a run to a logger and read it back
# - *plant* ten classic mistakes in a working loop, *recognise* each and *repair* it

# %% id="setup"
from course_lib import notebook

notebook.setup(seed=0)

# %% id="imports"
import math
import os
import sys
import tempfile
from copy import deepcopy
from functools import partial
from statistics import median

import torch
from torch import nn
from torch.optim import SGD
from torch.optim import lr_scheduler as schedulers
from tqdm import tqdm

import course_lib
from course_lib import plots, widgets
from course_lib.weight_update import WeightUpdate

torch.set_num_threads(1)  # networks this small gain nothing from a second thread
cpu, loss_fn = torch.device("cpu"), nn.CrossEntropyLoss()
pixels = course_lib.scale_images(course_lib.fashion_mnist().train)
SEEDS = range(5)

# %% [markdown] id="modes-question"
# ## Two modes
#
# Most layers compute the same thing always. Two kinds do not: *dropout* and *batch norm* ask in which mode they are.
#
# **Predict**: a thousand ones go through `Dropout(0.5)`. Which values come out in training mode? In eval mode?

# %% id="dropout"
dropout, ones = nn.Dropout(0.5), torch.ones(1000)
print("train:", dropout(ones).unique().tolist())
print("eval: ", dropout.eval()(ones).unique().tolist())

# %% [markdown] id="batch-norm-question"
# Zeros and *twos*: half is dropped, the rest is doubled, so that the mean stays. In eval mode nothing happens.
#
# Batch norm subtracts a mean and divides by a standard deviation. **Predict**: whose mean, in each mode? The batch holds 1 and 3.

# %% id="batch-norm"
norm, pair = nn.BatchNorm1d(1), torch.tensor([[1.0], [3.0]])
print("train:", [f"{x:.2f}" for x in norm(pair).flatten().tolist()])
print(f"running mean {norm.running_mean.item():.1f}, variance {norm.running_var.item():.1f}")
print("eval: ", [f"{x:.2f}" for x in norm.eval()(pair).flatten().tolist()])
assert torch.allclose(norm(pair), (pair - 0.2) / math.sqrt(1.1), atol=1e-3)

# %% [markdown] id="batch-norm-why"
# In training mode: the batch's own, so 1 and 3 become −1 and 1. Meanwhile it keeps *running* statistics, a tenth of the way towards each batch:
# from 0 to 0.2. In eval mode it uses those.
#
# So in training mode **a prediction depends on who else is in the batch**. Hold on to that.
#
# ## What does a forgotten `eval()` cost?
#
# A network with both kinds, 1,000 images, four epochs; five seeds.


# %% id="network"
def network():
    """One hidden layer with batch norm and dropout."""
    layers = nn.Linear(784, 64), nn.BatchNorm1d(64), nn.ReLU(), nn.Dropout(0.5)
    return nn.Sequential(nn.Flatten(), *layers, nn.Linear(64, 10))


# %% id="train"
def train(seed, make=network, num_images=1000, epochs=4, **options):
    """A trained network, its 500 validation images, and the history."""
    counts = [num_images, 500, len(pixels) - num_images - 500]
    images, val, _ = course_lib.split_dataset(pixels, counts, seed=seed)
    torch.manual_seed(seed)
    model, loader = make(), course_lib.make_loader(images, 32, shuffle=True)
    options = {"device": cpu, "progress": False, **options}
    if "optimizer" in options:
        options["optimizer"] = options["optimizer"](model.parameters())
    val_loader = course_lib.make_loader(val, 500)
    history = course_lib.train_model(model, loader, val_loader, epochs, **options)
    return model, val, history


# %% id="trained"
trained = [train(seed)[:2] for seed in SEEDS]


# %% id="accuracy"
@torch.no_grad()
def accuracy(model, data, batch_size):
    """The share of right answers, in whatever mode the model is."""
    loader = course_lib.make_loader(data, batch_size)
    right = sum((model(x).argmax(dim=1) == y).sum().item() for x, y in loader)
    return right / len(data)


# %% [markdown] id="cost-question"
# Now we leave single layers in training mode and measure. "Sorted" means that the images come class by class, as files in folders often do.
#
# **Predict** the order, from harmless to worst: dropout left on; batch norm left on with batches of 500; of 2; of 50, sorted.


# %% id="forget"
def forget(model, data, kinds, batch_size):
    """The accuracy when layers of these kinds were left in training mode."""
    forgetful = deepcopy(model).eval()
    for layer in forgetful:
        layer.train(isinstance(layer, kinds))
    return accuracy(forgetful, data, batch_size)


# %% id="sorted-by-class"
def by_class(data):
    """The same images, class by class."""
    order = torch.stack([label for _, label in data]).argsort()
    return torch.utils.data.Subset(data, order.tolist())


# %% id="cost" tags=["nbval-ignore-output"] nbval-reason="the last digits of a trained network's accuracy depend on the machine"
D, B = nn.Dropout, nn.BatchNorm1d
costs = {
    "eval() called": [forget(m, val, (), 500) for m, val in trained],
    "batch norm on, batches of 500": [forget(m, val, B, 500) for m, val in trained],
    "dropout on": [forget(m, val, D, 500) for m, val in trained],
    "batch norm on, batches of 2": [forget(m, val, B, 2) for m, val in trained],
    "both on, batches of 2": [forget(m, val, (B, D), 2) for m, val in trained],
    "batch norm on, 50, sorted": [forget(m, by_class(val), B, 50) for m, val in trained],
}
for name, shares in costs.items():
    print(f"{name:30} {median(shares):.1%}")

# %% id="cost-holds"
right, large, dropped, pairs, both, ordered = costs.values()
assert all(abs(a - b) < 0.05 for a, b in zip(right, large, strict=True))
assert all(0 < a - b < 0.15 for a, b in zip(right, dropped, strict=True))
assert all(a - b > 0.15 for a, b in zip(right, pairs, strict=True))
assert all(share < 0.35 for share in ordered)

# %% id="figure-cost"
fig = plots.plot_shares(costs, title="A forgotten eval() costs nothing, or nearly everything")
notebook.show(
    fig,
    alt="Six bars of accuracy, five dots each. With eval() called and with batch norm on in batches of 500 about "
    "80 %; dropout on a few points less; batch norm with batches of 2 far less; sorted by class about 20 %.",
)

# %% [markdown] id="cost-why"
# Nothing of the network differs between these bars. Dropout costs some points, always fewer than 15. Batch norm costs nothing to speak of with 500 images a batch, more than
# 15 points with two, and with sorted images accuracy falls below 35 %: in a batch of nothing but shirts, "subtract the mean" takes away what makes a shirt a shirt.
#
# So a forgotten `eval()` may pass unseen in your tests (large, mixed batches) and ruin the deployed model (one image at a time).
#
# **Predict**: we measure in training mode, under `no_grad`. Has the model changed afterwards?

# %% id="measuring-changes"
model, val = trained[0]
before = deepcopy(model.state_dict())
accuracy(model.train(), by_class(val), 50)
after = model.state_dict()
print("changed:", [name for name in before if not torch.equal(before[name], after[name])])

# %% [markdown] id="measuring-changes-why"
# The running statistics learned from the validation images, without any gradient. `no_grad()` does not stop that; only `eval()` does.
#
# ## Clipping
#
# A *recurrent* network reads an image row by row and carries a state from row to row. Its gradient is a product over all 28 rows: it
# shrinks or grows like a power.


# %% id="rows"
class Rows(nn.Module):
    """Reads an image row by row; its state begins by carrying everything on."""

    def __init__(self, hidden=32):
        super().__init__()
        self.rnn = nn.RNN(28, hidden, nonlinearity="relu", batch_first=True)
        self.head = nn.Linear(hidden, 10)
        nn.init.eye_(self.rnn.weight_hh_l0)

    def forward(self, images):
        return self.head(self.rnn(images)[0][:, -1])


# %% id="train-rows"
def train_rows(limit, seed=0, updates=40):
    """Norm before clipping and loss at each update; SGD at 0.05 on batches of 50."""
    torch.manual_seed(seed)
    model = Rows()
    optimizer, norms, losses = SGD(model.parameters(), lr=0.05), [], []
    images, labels = pixels.tensors
    for _ in range(updates):
        i = torch.randint(1000, (50,))
        loss = loss_fn(model(images[i]), labels[i])
        optimizer.zero_grad()
        loss.backward()
        norms.append(nn.utils.clip_grad_norm_(model.parameters(), limit).item())
        optimizer.step()
        losses.append(loss.item())
    return norms, losses


# %% [markdown] id="explode-question"
# `clip_grad_norm_` returns the norm that it found. With `limit = inf` it only measures.
#
# **Predict**: how does a run that explodes begin: slowly over many updates, or at once?

# %% id="explode" tags=["nbval-ignore-output"] nbval-reason="numbers that explode depend on the last digits"
wild = [train_rows(math.inf, seed) for seed in SEEDS]
tame = [train_rows(1.0, seed) for seed in SEEDS]
for norms, _ in wild[:2]:
    print("not clipped:", ", ".join(f"{norm:.3g}" for norm in norms[:6]))
for name, runs in {"not clipped": wild, "clipped": tame}.items():
    print(f"{name:12}", [f"{sum(losses[-10:]) / 10:.2f}" for _, losses in runs])

# %% id="explode-holds"
ends = [[sum(losses[-10:]) / 10 for _, losses in runs] for runs in (wild, tame)]
assert all(max(norms[:6]) > 100 or not all(map(math.isfinite, norms[:6])) for norms, _ in wild)
assert all(not loss < 2 for loss in ends[0]) and all(loss < 1.7 for loss in ends[1])

# %% id="figure-norms"
fig = plots.plot_norms(
    {"not clipped": wild[1][0], "clipped": tame[1][0]}, limit=1.0,
    title="Without clipping a few updates are enough",
)  # fmt: skip
notebook.show(
    fig,
    alt="Norm of the gradient over 40 updates on a logarithmic axis. Not clipped, it shoots up by orders "
    "of magnitude within the first few updates. Clipped, the norm found stays between about 5 and "
    "100, above the limit of 1.",
)

# %% [markdown] id="explode-why"
# At once: within 6 updates the norm passes 100. One long step lands where the loss is steeper still, and the next step is longer. In all five runs the
# loss ends at 2 or above, where guessing is, or as no number; with the limit all five end below 1.7.
#
# ### What clipping does
#
# **Predict**: a gradient (3, 4), limit 1. What is left?

# %% id="clip-by-hand"
weights = nn.Parameter(torch.zeros(2))
weights.grad = torch.tensor([3.0, 4.0])
found = nn.utils.clip_grad_norm_([weights], 1.0)
print(f"norm {found:.1f}, clipped to", [f"{x:.1f}" for x in weights.grad.tolist()])
assert torch.allclose(weights.grad, torch.tensor([3.0, 4.0]) / 5.0)

# %% [markdown] id="clip-where-question"
# The length becomes the limit, the direction stays. A gradient below the limit is left alone. So the place is fixed: **after** `backward()`, which
# makes the gradient, **before** `step()`, which uses it.
#
# **Predict**: and *after* `step()`? What does the audit of notebook 04's `record` say?


# %% id="clip-late"
def clips_late(model, loader, optimizer):
    for images, labels in loader:
        loss = loss_fn(model(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)


# %% id="clip-late-audit"
few, _ = course_lib.split_dataset(pixels, [500, len(pixels) - 500])
loader, model = course_lib.make_loader(few, 50, shuffle=True), course_lib.MLP()
with course_lib.record(train=loader) as trace:
    clips_late(model, loader, SGD(model.parameters(), lr=0.1))
for finding in course_lib.audit(trace):
    print(finding.code, "-", finding.why)

# %% [markdown] id="nan-question"
# ### Two things that it cannot do
#
# "Clip, and NaN is no danger." **Predict**: of three gradients one holds a NaN. We clip. How many are spoilt?

# %% id="nan-spoils"
parts = [nn.Parameter(torch.zeros(2)) for _ in range(3)]
for part in parts:
    part.grad = torch.ones(2)
parts[0].grad[0] = math.nan
found = nn.utils.clip_grad_norm_(parts, 1.0)
print("norm", found.item())
print("gradients with NaN:", sum(part.grad.isnan().any().item() for part in parts), "of 3")

# %% id="nan-refused"
parts[0].grad = torch.tensor([math.nan, 1.0])
try:
    nn.utils.clip_grad_norm_(parts, 1.0, error_if_nonfinite=True)
except RuntimeError as error:
    print(str(error).split(",")[0])

# %% [markdown] id="nan-note"
# **Correction.** Clipping does not cure NaN, it spreads it: the norm is NaN, and every gradient is multiplied by limit / NaN. It can *prevent* the long
# step that leads to NaN. To be told, ask for `error_if_nonfinite=True`.
#
# The second: *mixed precision* with float16 (notebook 07) multiplies the loss by a large factor, here 65,536, so that small gradients are not rounded to 0. The
# scaler divides again, in `scaler.step`. **Predict**: we clip to 1 before that. How long is the step, at a rate of 0.1?


# %% id="scaled-step"
def scaled_step(unscale_first):
    """Length of one SGD step with a loss scaler, clipped to 1, at a rate of 0.1."""
    torch.manual_seed(0)
    model = nn.Linear(4, 1)
    optimizer, scaler = (
        SGD(model.parameters(), lr=0.1),
        torch.amp.GradScaler("cpu", init_scale=65_536),
    )
    before = nn.utils.parameters_to_vector(model.parameters()).clone()
    scaler.scale((model(torch.full((8, 4), 5.0)) - 9).square().mean()).backward()
    if unscale_first:
        scaler.unscale_(optimizer)
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    scaler.step(optimizer)
    return (nn.utils.parameters_to_vector(model.parameters()) - before).norm().item()


# %% id="unscale-first"
wrong, right_way = scaled_step(unscale_first=False), scaled_step(unscale_first=True)
print(f"clip, then unscale: {wrong:.1e}")
print(f"unscale, then clip: {right_way:.1e}")
assert abs(right_way - 0.1) < 1e-4 and wrong < 1e-5

# %% [markdown] id="unscale-note"
# **Correction.** With a scaler, call `scaler.unscale_(optimizer)` before you clip. Else the limit is applied to a gradient 65,536 times too long, and a step
# of 0.1 becomes one of about a millionth: a run that seems not to learn. `train_model(max_grad_norm=1.0)` does it in the right order.
#
# ## Learning-rate schedules
#
# Far away, long steps help; near the goal they only jump around it. A *scheduler* changes the optimizer's rate as the run goes on. We read the rate back from a real
# optimizer.


# %% id="rates"
def rates(make, steps, losses=None):
    """The rate of each step, read from the optimizer; ``losses`` are given to the scheduler."""
    optimizer = SGD([nn.Parameter(torch.zeros(1))], lr=1.0)
    scheduler, found = make(optimizer), []
    for k in range(steps):
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step(*[] if losses is None else [losses[k]])
    return found


# %% [markdown] id="step-lr-question"
# **Predict**: `StepLR(optimizer, 30, 0.1)`, from 1.0. The rate in epoch 30, and in epoch 31? In epoch 100?

# %% id="step-lr"
stairs = rates(lambda optimizer: schedulers.StepLR(optimizer, 30, 0.1), 100)
for epoch in (1, 30, 31, 60, 61, 100):
    print(f"epoch {epoch:3}: {stairs[epoch - 1]:.3f}")

# %% [markdown] id="four-question"
# 30 epochs at each rate, then a tenth of it. Three more, each with its idea:
#
# - *warm-up + cosine*: begin gently, while the weights are still random; then down, slower and slower,
# - *OneCycle*: up to a high rate and down to nearly 0, once,
# - *ReduceLROnPlateau*: look at the validation loss, and lower the rate when it no longer falls.
#
# **Predict**: the loss of the last is 1.0, 0.8, 0.7, and 0.7 ever after, `patience=3`. In which epoch does the rate fall?


# %% id="warm-up"
def warm_up_cosine(optimizer):
    """10 steps up from a tenth, 90 down along half a cosine."""
    up = schedulers.LinearLR(optimizer, start_factor=0.1, total_iters=10)
    down = schedulers.CosineAnnealingLR(optimizer, T_max=90)
    return schedulers.SequentialLR(optimizer, [up, down], milestones=[10])


# %% id="four-schedules"
val_losses = [1.0, 0.8, *[0.7] * 10]
curves = {
    "StepLR(30, 0.1)": stairs,
    "warm-up + cosine": rates(warm_up_cosine, 100),
    "OneCycleLR": rates(partial(schedulers.OneCycleLR, max_lr=1.0, total_steps=100), 100),
    "ReduceLROnPlateau": rates(
        partial(schedulers.ReduceLROnPlateau, factor=0.1, patience=3), 12, val_losses
    ),
}
plateau = curves["ReduceLROnPlateau"]
print("plateau:", [round(rate, 2) for rate in plateau])
print("first lower rate in epoch", next(k for k, rate in enumerate(plateau, 1) if rate < 1))
print(f"warm-up begins at {curves['warm-up + cosine'][0]:.1f}, is at 1.0 in step 11")
assert curves["warm-up + cosine"][10] == max(curves["warm-up + cosine"]) == 1.0

# %% id="figure-schedules"
fig = plots.plot_schedules(
    curves,
    title="Three schedules follow a plan, the fourth follows the validation loss",
    xlabel="step",
    metric=val_losses,
)
notebook.show(
    fig,
    alt="Learning rate against step, four panels. StepLR: stairs at 1, 0.1, 0.01. Warm-up and cosine: up in "
    "10 steps, then a half cosine to 0. OneCycle: up to 1 at step 30, down to 0. ReduceLROnPlateau: "
    "1 until the validation loss has been flat for 4 epochs, then a tenth.",
)

# %% [markdown] id="where-step"
# Epoch 8: 0.7 came in epoch 3, three more epochs are its patience, one more *exceeds* it, and the next has the new rate.
#
# | schedule | `scheduler.step()` |
# | --- | --- |
# | `StepLR`, `CosineAnnealingLR` counted in epochs | once an epoch, after its updates |
# | warm-up, cosine, `OneCycleLR` counted in updates | after **every** `optimizer.step()` |
# | `ReduceLROnPlateau` | once an epoch, after validation: `step(val_loss)` |
#
# Always after the optimizer's step. The class does not know what you count in: the number you gave it decides.
#
# **Predict**: 20 updates an epoch, 5 epochs, `OneCycleLR` with `total_steps=100`, but stepped once an *epoch*. Which rate is reached?

# %% id="wrong-place"
cycle = curves["OneCycleLR"]
print(f"OneCycle, stepped each update: reaches {max(cycle):.2f}")
print(f"OneCycle, stepped each epoch:  reaches {max(cycle[:5]):.2f}")
print(f"StepLR(30, 0.1), stepped each update: {stairs[99]:.3f} after 5 epochs")
try:
    rates(partial(schedulers.OneCycleLR, max_lr=1.0, total_steps=5), 100)
except ValueError as error:
    print(error)

# %% id="plateau-needs-loss"
try:
    rates(schedulers.ReduceLROnPlateau, 1)
except TypeError as error:
    print(str(error).split(".")[-1])

# %% [markdown] id="wrong-place-why"
# OneCycle creeps at 0.08 at most, never near 1; stairs that were meant for epochs are over before the fifth one ends. Neither says a word. Too *many* steps, and a plateau
# scheduler without its loss, do raise. **Read the rate back**: `scheduler.get_last_lr()`, or `history["lr"]`.
#
# **Predict**: does it pay? SGD at 0.5, six epochs on 1,000 images: constant, or down along a cosine?

# %% id="does-it-pay" tags=["nbval-ignore-output"] nbval-reason="the last digits of a trained loss depend on the machine"
plain = {"make": partial(course_lib.MLP, hidden=64), "epochs": 6, "optimizer": partial(SGD, lr=0.5)}
cosine = {"scheduler": partial(schedulers.CosineAnnealingLR, T_max=32 * 6)}
cosine["scheduler_interval"] = "batch"  # 32 updates an epoch
constant = [train(seed, **plain)[2] for seed in SEEDS]
annealed = [train(seed, **plain, **cosine)[2] for seed in SEEDS]
for name, runs in {"constant": constant, "cosine": annealed}.items():
    print(f"{name:9}", [f"{run['val_loss'][-1]:.2f}" for run in runs])
pairs = zip(annealed, constant, strict=True)
assert all(a["val_loss"][-1] < 0.85 * c["val_loss"][-1] for a, c in pairs)

# %% [markdown] id="does-it-pay-why"
# In all five the cosine ends lower, by more than 15 %: 0.5 is a rate that is too high to end with, and no problem to begin with. (At a rate that was low enough to end
# with, expect less.)
#
# ## Accumulation, early stopping, progress
#
# These three you build yourself, in exercises 01 to 03. Here is what they look like in use.
#
# *Accumulation*: the batch that you want does not fit in memory. Let several small ones add up in `.grad`, and step once for the group.
#
# **Predict**: 500 images in batches of 20, `accumulation_steps=4`. How many backwards, how many updates, in one epoch?


# %% id="one-epoch"
def one_epoch(batch_size, accumulation_steps=1):
    """A network after one epoch without shuffling, and the trace."""
    torch.manual_seed(0)
    model, loader = course_lib.MLP(), course_lib.make_loader(few, batch_size)
    optimizer = SGD(model.parameters(), lr=0.1)
    update = WeightUpdate(optimizer, accumulation_steps=accumulation_steps)
    with course_lib.record() as trace:
        course_lib.train_one_epoch(model, loader, loss_fn, update, cpu)
    return model, trace


# %% id="accumulated"
small, trace = one_epoch(20, accumulation_steps=4)
for kind in ("forward", "backward", "step"):
    print(f"{kind:9} {len(trace.of_kind(kind))}")

# %% [markdown] id="accumulated-why"
# **Correction.** Iterations are not weight updates: 25 iterations, 7 updates: six groups of four, and a seventh of the one that was left over. A schedule counted in
# updates must count 7.
#
# **Predict**: another network gets the same images in batches of 80. Do the two agree?

# %% id="same-as-large"
large, _ = one_epoch(80)
pairs = list(zip(small.parameters(), large.parameters(), strict=True))
print("equal to rounding:", all(torch.allclose(p, q, atol=1e-5) for p, q in pairs))

# %% [markdown] id="early-question"
# They do (batch norm would make a difference: it sees batches of 20). What the library takes care of: a mean over the *samples* of the group, also in the last, smaller one.
#
# *Early stopping* ends a run when the validation loss has brought nothing better for `patience` epochs, and takes the best weights back. A *progress bar* says
# that the run is alive.

# %% id="early-stopping" tags=["nbval-ignore-output"] nbval-reason="the epoch at which a run stops depends on the last digits"
stop = course_lib.EarlyStopping(patience=3)
overfit = {"make": course_lib.MLP, "num_images": 300, "epochs": 40, "learning_rate": 0.003}
model, val, history = train(0, **overfit, early_stopping=stop)
best = history["val_loss"][history.best_epoch - 1]
kept, _ = course_lib.validate(model, course_lib.make_loader(val, 500), loss_fn, cpu)
print(f"{history.epochs} of 40 epochs; best was {history.best_epoch}: {best:.4f}, kept {kept:.4f}")
assert history.epochs == history.best_epoch + 3 < 40 and abs(best - kept) < 1e-5

# %% id="progress" tags=["nbval-ignore-output"] nbval-reason="a progress bar shows times"
bar = tqdm(course_lib.make_loader(few, 20), desc="Epoch 1", file=sys.stdout, ncols=72)
model, losses = course_lib.MLP(), []
optimizer = SGD(model.parameters(), lr=0.1)
for images, labels in bar:
    loss = loss_fn(model(images), labels)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    losses.append(loss.item())  # a number, not the tensor: why, the clinic shows
    bar.set_postfix(loss=f"{losses[-1]:.3f}", refresh=False)

# %% [markdown] id="logging-intro"
# ## Logging
#
# A history in memory is gone with the kernel. A *logger* writes each number to disk as it comes, for looking at it while the run goes on, and for comparing runs weeks
# later. All loggers need the same three things: a name, a number, a step.
#
# *TensorBoard* comes as a package of its own: `pip install "training-loop-course[logging]"`. The cells below say so where it is missing.

# %% id="logged-run"
folder = tempfile.TemporaryDirectory()
*_, history = train(0, epochs=3)
print("to be logged:", ", ".join(history))

# %% id="tensorboard-write" tags=["nbval-ignore-output"] nbval-reason="says something else where the optional package tensorboard is missing"
try:
    from torch.utils.tensorboard import SummaryWriter
except ImportError:
    SummaryWriter = None
    print('TensorBoard is not installed: pip install "training-loop-course[logging]"')
if SummaryWriter:
    with SummaryWriter(f"{folder.name}/first-run") as writer:
        for name, values in history.items():
            for epoch, value in enumerate(values, start=1):
                writer.add_scalar(name, value, epoch)
    print("wrote", os.listdir(f"{folder.name}/first-run")[0].split(".")[0], "…")

# %% [markdown] id="tensorboard-read-question"
# To look at it: `tensorboard --logdir FOLDER` in a terminal, or in a notebook `%load_ext tensorboard` and `%tensorboard --logdir FOLDER`. But a log that nobody
# can read back is no record. **Predict**: do we get the same numbers, to the last digit?

# %% id="tensorboard-read" tags=["nbval-ignore-output"] nbval-reason="says something else where the optional package tensorboard is missing"
if SummaryWriter:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    log = EventAccumulator(f"{folder.name}/first-run").Reload()
    for name, values in history.items():
        read = [event.value for event in log.Scalars(name)]
        print(f"{name:12} equal as float32, bit for bit:", read == torch.tensor(values).tolist())
        assert [event.step for event in log.Scalars(name)] == [1, 2, 3]
        assert read == torch.tensor(values).tolist()
else:
    print("Here each curve would be read back and compared with the history.")

# %% [markdown] id="mlflow-intro"
# To float32, which TensorBoard stores: equal. (Python's floats have twice the digits.)
#
# *MLflow* keeps settings and results of many runs in one store, so that you can ask "which rate was best?". Here the store is a folder; today's versions would rather have a
# database (`sqlite:///mlflow.db`, with the full `mlflow` package) and want to be told that the folder is meant.

# %% id="mlflow" tags=["nbval-ignore-output"] nbval-reason="says something else where the optional package mlflow is missing"
os.environ |= {"MLFLOW_ALLOW_FILE_STORE": "true", "MLFLOW_DISABLE_TELEMETRY": "true"}
try:
    import mlflow
except ImportError:
    mlflow = None
    print('MLflow is not installed: pip install "training-loop-course[logging]"')
if mlflow:
    mlflow.set_tracking_uri(f"file://{folder.name}/mlruns")
    with mlflow.start_run() as run:
        mlflow.log_params({"learning_rate": 0.001, "batch_size": 32})
        for epoch, value in enumerate(history["val_loss"], start=1):
            mlflow.log_metric("val_loss", value, step=epoch)
    read = mlflow.MlflowClient().get_metric_history(run.info.run_id, "val_loss")
    print("equal to the last digit:", [point.value for point in read] == history["val_loss"])
    assert [point.value for point in read] == history["val_loss"]

# %% [markdown] id="wandb"
# *Weights & Biases* logs to its own server, or, offline, to a folder that you may upload later. It is not run here; the lines are these:
#
# ```python
# import wandb
#
# with wandb.init(project="fashion", mode="offline", config={"lr": 0.001}) as run:
#     for epoch in range(history.epochs):
#         run.log({name: values[epoch] for name, values in history.items()}, step=epoch + 1)
# ```
#
# To log *while* a run goes on, put the line into a function and give it to `train_model(on_epoch=…)`.

# %% [markdown] id="clinic-intro"
# ## The bug clinic
#
# Here is a loop that works. Batch norm and dropout, a schedule, validation each epoch, the test set once at the end: everything that you have met so far, in fewer
# than 40 lines. We run it under `course_lib.record` and hand the trace to `course_lib.audit`.
#
# **Predict**: what does the audit find?

# %% id="working-loop" tags=["nbval-ignore-output"] nbval-reason="the last digits of a trained loss depend on the machine"
working = widgets.plant_bug(None)
print(working.text)
print(f"validation {working.history['val_loss'][-1]:.2f}, findings: {working.findings}")
assert working.findings == [] and len(working.text.splitlines()) < 40

# %% [markdown] id="clinic-question"
# Nothing, as it should. Now you break it. Choose a mistake from the menu: its line is marked. **Predict** what the curves will show and which reading of the trace will differ.
# Press **Run**: the loop, as it stands there, really runs. Read the audit's finding. Then **Repair and run**, and see it heal.
#
# **Try**: find the mistakes that leave *both curves unchanged to the last digit*. There are two, and they are the reason for having a trace. And one makes the curve look *better*.

# %% id="bug-clinic" tags=["interactive", "nbval-ignore-output"] nbval-reason="the last digits of trained losses depend on the machine"
widgets.bug_clinic()

# %% [markdown] id="all-ten-question"
# ### All ten, measured
#
# The same ten runs in a table. **Predict**: how many does the audit find, and with how many false alarms?


# %% id="planted"
def planted(names):
    """Runs with these mistakes, one line each."""
    runs = {name: widgets.plant_bug(name) for name in names}
    for name, run in runs.items():
        train_loss, val_loss = run.history["train_loss"][-1], run.history["val_loss"][-1]
        print(
            f"{name or 'the working loop':38} train {train_loss:.2f}  val {val_loss:.2f}", end="  "
        )
        print(f"test {run.test_accuracy:.0%}")
    return runs


# %% id="first-five" tags=["nbval-ignore-output"] nbval-reason="the last digits of trained losses depend on the machine"
sick = planted(widgets.bug_names()[:5])

# %% id="other-five" tags=["nbval-ignore-output"] nbval-reason="the last digits of trained losses depend on the machine"
sick |= planted(widgets.bug_names()[5:])

# %% id="ten-findings"
for name, run in sick.items():
    (finding,) = run.findings  # exactly one, or this line fails
    print(f"{name:38} {finding.code}, line {run.lines[0]}")

# %% id="ten-symptoms"
end = {name: run.history["train_loss"][-1] for name, run in sick.items()}
healthy = working.history["train_loss"][-1]
assert end["no zero_grad"] > healthy + 0.5
assert end["zero_grad after backward"] > 2.2
assert end["parameters missing from the optimizer"] > healthy + 0.2
floor = -math.log(math.e / (math.e + 9))  # softmax says 1 for the right class, 0 for nine
assert end["softmax before CrossEntropyLoss"] > floor > 1.46
assert end["never back to train()"] < healthy
assert sick["no eval()"].history["val_loss"][-1] > working.history["val_loss"][-1]
for name in ("no no_grad", "losses.append(loss)"):
    assert sick[name].history["val_loss"] == working.history["val_loss"]
leak = sick["test data in training"]
assert leak.test_accuracy > leak.history["val_accuracy"][-1] + 0.05
(warning,) = sick["scheduler before optimizer"].warnings
print("PyTorch itself warns of one:", warning.split(". ")[0])

# %% [markdown] id="ten-why"
# Ten of ten, each at the line where it shows, and no false alarm. Of the ten, PyTorch itself warns of one. The rest is silent:
#
# - Two change no curve at all (`no_grad`, kept graphs). They cost memory, and on a larger run the run itself.
# - Two make a number *better*: training in eval mode lowers the training loss, test data in training raises the test score. Be wary of good news.
# - Softmax before `CrossEntropyLoss` leaves a floor: even ten out of ten would cost 1.46.
# - The others raise a loss, and you would blame the rate or the model.

# %% [markdown] id="graphs-question"
# How can one line, `losses.append(loss)`, fill a memory? **Predict**: after 20 batches, how many graphs are alive: in the working loop, and in the sick one?

# %% id="graphs-alive"
for name in (None, "losses.append(loss)"):
    run = working if name is None else sick[name]
    alive = [event.numbers["graphs_alive"] for event in run.trace.of_kind("backward")]
    print(f"{name or 'the working loop':20} {alive[:8]} … {max(alive)}")

# %% [markdown] id="own-intro"
# ## Your own loop
#
# The audit knows nothing of our loop. It judges what *happened*: forward, loss, backward, step, in which order, with which data, in which mode. So paste yours, between the two lines that
# do not change. Give `record` your data, if you want to hear about leaks.
#
# This one is bad on purpose. **Predict**: how many of the ten mistakes does it make?

# %% id="own-loop"
train_loader = course_lib.make_loader(few, 50, shuffle=True)
val_loader = course_lib.make_loader(val, 50)
with course_lib.record(train=train_loader, val=val_loader) as trace:
    # ---- your loop from here ----
    model = network()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.001)
    for _ in range(2):
        model.train()
        for images, labels in train_loader:
            loss = loss_fn(model(images).softmax(dim=1), labels)
            loss.backward()
            optimizer.step()
        for images, labels in val_loader:
            right = (model(images).argmax(dim=1) == labels).sum()
    # ---- to here ----

# %% id="own-audit" tags=["nbval-ignore-output"] nbval-reason="findings name the number of the cell"
findings = course_lib.audit(trace)
for finding in findings:
    print(finding, "\n")

# %% id="own-codes"
print(*sorted(finding.code for finding in findings), sep="\n")

# %% [markdown] id="own-why"
# Four: no `zero_grad`, softmax before the loss, and a validation with neither `eval()` nor `no_grad()`. Mend it there and run both cells again, until nothing is printed. In a terminal, `course audit SCRIPT.py` does the
# same with a script or a notebook.
#
# An empty list means that no mistake was *seen*. It is not a proof.

# %% [markdown] id="quick-check"
# ## Quick check

# %% id="quiz" tags=["interactive"]
widgets.quiz("training-patterns")

# %% [markdown] id="recap"
# ## Recap
# - `train()` before training, `eval()` before measuring, each time. Batch norm's mistakes grow as batches shrink or get sorted.
# - Clip between `backward()` and `step()`; unscale first; NaN is not cured.
# - A scheduler counts calls of `step()`. Read the rate back.
# - Accumulation: iterations are not updates.
# - Log a name, a number, a step; read it back once.
# - Used here: `course_lib/weight_update.py`, `trace/`, `auditing/`, `widgets/bugs/`.
# - Next, in notebook 07: [Training on a GPU](07_gpu_training.ipynb).
