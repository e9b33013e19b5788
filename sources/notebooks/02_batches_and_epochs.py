# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown] id="title"
# # Batches, iterations, epochs
#
# Every training run begins with two choices: how many samples a step looks at, and how often it passes over the data.
# After this notebook you can count what they cost and say what they change.
#
# **40 minutes**
#
# **Before you start**: notebook 01, the four-step loop.
#
# **You will**
#
# - *compute* iterations, passes and the size of the last batch, and check them against a real loader
# - *measure* how noisy the gradient of a batch is, and how many images a second your machine trains on
# - *predict* what memory runs out of first
# - *judge* what a small batch gains and what it costs

# %% id="setup"
from course_lib import notebook

notebook.setup(seed=0)

# %% id="imports"
import math
import time

import torch
from torch import nn
from torch.utils.data import TensorDataset

import course_lib
from course_lib import plots, widgets

# %% [markdown] id="terms"
# ## Three words
#
# | word | meaning | example |
# | --- | --- | --- |
# | *batch* | the samples that one step looks at; their number is the *batch size* $B$ | 32 images |
# | *iteration* | one cycle of forward, loss, backward, update | what one batch goes through |
# | *epoch* | one pass over the training set of $N$ samples | all 50,000 images |
#
# A `DataLoader` cuts the data into batches. We give it 50,000 numbers in place of images: counting needs no pixels.
#
# **Predict**: 50,000 / 32 = 1562.5. How many iterations has an epoch: 1,562 or 1,563? And how many samples has the last batch?

# %% id="count-iterations"
numbers = TensorDataset(torch.arange(50_000))
loader = course_lib.make_loader(numbers, batch_size=32)
sizes = [len(samples) for (samples,) in loader]
print(f"{len(sizes):,} iterations; the first batch has {sizes[0]} samples, the last {sizes[-1]}")
assert len(sizes) == len(loader) == math.ceil(50_000 / 32)
assert sizes[-1] == 50_000 - 1_562 * 32 and set(sizes[:-1]) == {32}

# %% [markdown] id="ceil"
# 1,563: after 1,562 full batches 16 samples are left over, and they make a smaller last batch. So
#
# $$\text{iterations per epoch} = \lceil N/B \rceil \qquad \text{iterations in all} = \text{epochs} \cdot \lceil N/B \rceil$$
#
# The half brackets $\lceil\ \rceil$ mean *round up*.
#
# **Predict**: with 10 epochs, is the total 15,625 or 15,630?

# %% id="total"
in_all = sum(1 for epoch in range(10) for batch in loader)
print(f"10 epochs: {in_all:,} iterations; 10 × 50,000 / 32 = {10 * 50_000 / 32:,.0f}")
assert in_all == 10 * course_lib.iterations_per_epoch(50_000, 32) == 15_630

# %% [markdown] id="drop-last-question"
# 15,630: round up first, then multiply. The loader starts afresh in every epoch; no batch reaches from one into the next.
#
# A last batch of 16 is awkward: its noisier gradient moves the weights as far as that of a full batch.
# `drop_last=True` leaves it out.
#
# **Predict**: how many iterations now? And after ten shuffled epochs: how many of the 50,000 samples were never used: 0, 16 or 160?


# %% id="drop-last"
def times_used(loader, epochs):
    """How often each of the 50,000 samples comes out of the loader."""
    batches = [samples for epoch in range(epochs) for (samples,) in loader]
    return torch.cat(batches).bincount(minlength=50_000)


# %% id="never-used"
for shuffle in (True, False):
    loader = course_lib.make_loader(numbers, 32, shuffle=shuffle, drop_last=True)
    never = int((times_used(loader, epochs=10) == 0).sum())
    print(f"shuffle={shuffle!s:5}  {len(loader):,} iterations an epoch, {never} samples never used")
    assert len(loader) == math.floor(50_000 / 32) and never == (0 if shuffle else 16)

# %% [markdown] id="drop-last-why"
# 1,562: with `drop_last=True` we round *down*, $\lfloor N/B \rfloor$.
#
# Shuffled, other samples are left out in each epoch, so none is lost for good. Without shuffling the *same* 16 are
# left out for ever. Drop the last batch only where the order changes, and never when you measure: then every sample counts.

# %% [markdown] id="explorer-question"
# ## See it
#
# The explorer shows what a real loader hands out, batch after batch. Press **Step** a few times, then **Finish epoch**.
#
# **Predict, then try**: 20 samples, batches of 4, shuffled, 5 epochs. A shuffle is luck. At the end, have some samples been used more
# often than others? Then set $B$ to 6 and `drop_last` to on. The same answer?

# %% id="explorer" tags=["interactive"]
widgets.batch_explorer()

# %% id="explorer-counted"
for batch_size, drop_last in [(4, False), (6, False), (6, True)]:
    record = widgets.record_batches(20, batch_size, epochs=5, drop_last=drop_last)
    used = record.times_used()
    print(f"B = {batch_size}, drop_last={drop_last!s:5}  used {min(used)} to {max(used)} times")
    assert drop_last or set(used) == {5}
assert sum(used) == 5 * 18

# %% [markdown] id="explorer-why"
# Exactly five times each: an epoch draws *without* putting back. The shuffle decides with whom a sample shares its batch,
# not how often it comes. Only `drop_last` makes luck matter: two samples sit out in each epoch.
#
# In this notebook every batch brings one update. Notebook 01 showed *gradient accumulation*, where several iterations
# share one.

# %% [markdown] id="memory-question"
# ## Why batches? Memory
#
# Why not all images at once? The usual answer: they do not fit into memory. Let us count. The images of CIFAR-10, another
# data set, have 3 colours and 32×32 pixels.
#
# **Predict**: 50,000 of them as `float32`, 4 bytes a number: 0.06 GB, 0.6 GB, 6 GB or 60 GB? (1 GB is $10^9$ bytes.)

# %% id="data-set-memory"
cifar_size = torch.empty(50_000, 3, 32, 32, device="meta")  # a shape without memory
print(f"{cifar_size.nbytes:,} bytes = {cifar_size.nbytes / 1e9:.2f} GB")
assert cifar_size.nbytes == 50_000 * 3 * 32 * 32 * 4

# %% [markdown] id="activations-question"
# 0.61 GB: that fits into any laptop. So what does not?
#
# `backward()` needs what `forward` computed on its way, the *activations*: autograd keeps them till the gradients
# are done. We let it report how many bytes it keeps, for the small convolutional network of this course.
#
# **Predict**: one image of 28×28 numbers is 3,136 bytes. Does training keep about as much per image, ten times as
# much, or more than fifty times?


# %% id="kept-bytes"
def kept_bytes(model, batch_size):
    """Bytes that autograd keeps for backward, without the model's own numbers."""
    images, own, kept = torch.rand(batch_size, 28, 28), set(), {}
    for tensor in (*model.parameters(), *model.buffers(), images):
        own.add(tensor.untyped_storage().data_ptr())

    def keep(tensor):
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in own:
            kept[storage.data_ptr()] = storage.nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        model(images)
    return sum(kept.values())


# %% id="activations"
cnn = course_lib.SmallCNN()
per_image = {B: kept_bytes(cnn, B) / B for B in (1, 8, 64)}
for B, size in per_image.items():
    print(f"batch of {B:2}: {size / 1000:.0f} kB kept for each image")
print(f"that is {per_image[64] / 3_136:.0f} times the image itself")
print(f"all 50,000 at once: {50_000 * per_image[64] / 1e9:.0f} GB")
assert per_image[64] > 50 * 3_136 and abs(per_image[1] / per_image[64] - 1) < 0.05

# %% [markdown] id="memory-note"
# **Correction 1.** "The data set does not fit into memory." Often it does: 50,000 colour images of 32×32 are 0.61 GB.
# What fills the memory is *activations*. They grow with the batch: 207 kB for each image, 66 times the image itself,
# in a network that is tiny. All 50,000 small grey images at once would need 10 GB.
#
# Weights and their gradients, in contrast, take the same memory for any batch.

# %% [markdown] id="noise-question"
# ## A batch guesses the gradient
#
# The gradient that we want is that of *all* training samples. A batch gives a guess of it: the mean over a few samples, and by chance
# others than the last time.
#
# How far off is the guess? We hold the weights still, draw 100 random batches of each size, and take the mean squared distance between a batch's gradient and the
# gradient of all 8,000 images. That is its *variance*, summed over the parameters.
#
# **Predict**: a batch 4 times as large. Is the variance 2, 4 or 16 times smaller?

# %% id="data"
data = course_lib.fashion_mnist()
train_set, val_set = course_lib.split_dataset(course_lib.scale_images(data.train), [0.8, 0.2])
images, labels = next(iter(course_lib.make_loader(train_set, len(train_set))))
loss_fn = nn.CrossEntropyLoss()
print(f"{len(images):,} images to train on")

# %% id="one-thread"
threads = torch.get_num_threads()
torch.set_num_threads(1)  # networks as small as these train faster on one


# %% id="gradient-of"
def gradient_of(model, rows):
    """The gradient of the mean loss over some training samples, as one vector."""
    loss = loss_fn(model(images[rows]), labels[rows])
    return torch.cat([g.flatten() for g in torch.autograd.grad(loss, list(model.parameters()))])


# %% id="variance"
def variance(model, batch_size, whole, draws=100):
    """Mean squared distance of random batches' gradients from the whole one."""
    batches = (torch.randperm(len(images))[:batch_size] for _ in range(draws))
    return sum(((gradient_of(model, rows) - whole) ** 2).sum().item() for rows in batches) / draws


# %% id="measure-noise" tags=["nbval-ignore-output"] nbval-reason="the last digits depend on the machine"
model = course_lib.MLP()
whole = gradient_of(model, torch.arange(len(images)))
noise = {B: variance(model, B, whole) for B in (1, 4, 16, 64, 256)}
for B, measured in noise.items():
    print(f"B = {B:3}: variance {measured:7.3f}, times B {B * measured:5.1f}")
assert all(2.5 < noise[B] / noise[4 * B] < 6.5 for B in (1, 4, 16, 64))
assert abs(math.log(noise[1] / noise[256]) / math.log(256) - 1) < 0.1

# %% id="figure-noise"
fig = plots.plot_gradient_noise(noise, title="Four times the batch, a quarter of the variance")
notebook.show(
    fig,
    alt="Variance of the gradient against batch size from 1 to 256, both axes logarithmic. The five "
    "measured points lie on a falling straight line, drawn as proportional to 1/B.",
)

# %% [markdown] id="noise-why"
# 4 times: the variance falls like $1/B$, as for every mean of independent draws. The last column, variance times $B$, stays nearly the same.
#
# Mind what this costs: the *typical* distance is the square root of the variance. To halve it takes four times the
# images, and four times the computing.
#
# **Predict**: noisy, yes. But is the guess also *biased*: do small batches point elsewhere on average? One
# epoch has 250 batches of 32. What is the mean of their gradients?

# %% id="unbiased" tags=["nbval-ignore-output"] nbval-reason="rounding and the last digits depend on the machine"
batches = torch.randperm(len(images)).split(32)
each = [gradient_of(model, rows) for rows in batches]
mean = sum(each) / len(each)
distance = sum((g - whole).norm().item() for g in each) / len(each)
print(f"length of the whole gradient            {whole.norm():.3f}")
print(f"one batch of 32 is off by, on average   {distance:.3f}")
print(f"the mean of all 250 batches is off by   {(mean - whole).norm():.6f}")
assert distance > whole.norm() and (mean - whole).norm() < 1e-4

# %% [markdown] id="noise-note"
# The mean *is* the whole gradient, up to rounding: each image is in one batch, and none is preferred. A batch's gradient is *unbiased*. A single one is off by more than the whole gradient is long,
# yet its errors cancel over an epoch.
#
# **Correction 2.** "Small batches give better gradients." No: noisier ones, right on average. If small batches train
# better, the reason must be another. Here is the first candidate.

# %% [markdown] id="updates-question"
# ## More updates for the same images
#
# 8,000 images, three epochs. With $B = 32$ that makes 750 updates, with $B = 512$ only 48.
#
# We train with $B$ = 32, 128 and 512, the same learning rate for all, and measure the validation loss on the way.
#
# **Predict** two things. After three epochs, is $B = 32$ or $B = 512$ ahead? And if both get 48 *updates*, who is ahead?


# %% id="train-with"
val_loader = course_lib.make_loader(val_set, 2000)
moments = {1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 96, 189, 375, 750}


def train_with(batch_size, seed=0, epochs=3, rate=0.1):
    """Pairs (updates made, validation loss then) of one run."""
    torch.manual_seed(seed)
    model, curve = course_lib.MLP(), []
    optimizer = torch.optim.SGD(model.parameters(), lr=rate)
    loader = course_lib.make_loader(train_set, batch_size, shuffle=True)
    batches = (batch for epoch in range(epochs) for batch in loader)
    for updates, (inputs, targets) in enumerate(batches, start=1):
        optimizer.zero_grad()
        loss_fn(model(inputs), targets).backward()
        optimizer.step()
        if updates in moments:
            curve.append((updates, course_lib.validate(model, val_loader, loss_fn, "cpu")[0]))
    return curve


# %% id="updates-counted"
made = {B: 3 * course_lib.iterations_per_epoch(8_000, B) for B in (32, 128, 512)}
print(f"updates in three epochs: {made}; {made[32]} / {made[512]} = {made[32] / made[512]:.0f}")

# %% id="more-updates" tags=["nbval-ignore-output"] nbval-reason="the last digits of a trained loss depend on the machine"
runs = {B: train_with(B) for B in made}
for B, curve in runs.items():
    at_48, (updates, at_end) = dict(curve)[48], curve[-1]
    print(
        f"B = {B:3}: after 48 updates {at_48:.2f};  after 3 epochs, {updates:4} updates, {at_end:.2f}"
    )
assert made == {B: curve[-1][0] for B, curve in runs.items()}
end = {B: curve[-1][1] for B, curve in runs.items()}
assert max(end[32], end[128]) < 0.9 * end[512]
assert dict(runs[32])[48] > dict(runs[512])[48]

# %% id="figure-updates"
fig = plots.plot_passes_and_updates(
    runs, title="Image for image the small batches lead; update for update the large one"
)
notebook.show(
    fig,
    alt="Validation loss of three runs, twice. Against images seen, the run with batches of 32 "
    "falls first and the one with 512 last. Against updates made, the three fall close together.",
)

# %% [markdown] id="updates-why"
# Both answers hold: for the same *images* 32 is ahead of 512, for the same *updates* it is a little behind. So the small batch did not win
# by better gradients; each of its updates is worth *less*. It won by making 16 times as many.
#
# Was that fair? A large batch knows its direction better, so it might take longer steps. **Predict**: $B = 512$ at four times the rate: does
# it end lower or higher?

# %% id="rate-and-size" tags=["nbval-ignore-output"] nbval-reason="the last digits of a trained loss depend on the machine"
_, bold = train_with(512, rate=0.3)[-1]
print(f"B = 512: rate 0.1 ends at {end[512]:.2f}, rate 0.3 at {bold:.2f}")
assert bold < end[512]

# %% [markdown] id="rate-and-size-why"
# Lower. "The same rate for all" was a choice, and it did not favour the large batch. The learning rate belongs to the batch size: change one,
# try the other again, and compare batch sizes only when each has a rate of its own.
#
# Yet noise eats up part of what the updates bring. How?

# %% [markdown] id="noise-hurts-question"
# ## Is noise good or bad?
#
# Back to the line through forty points, from notebook 01. We know its lowest loss. We search with batches of 1, 4, 16 and all 40 points, at the same learning rate, for 2,000
# updates, and look at the last half: how far above the lowest loss, in per cent?
#
# **Predict**: who arrives, and who never does?


# %% id="line-search"
x, y = course_lib.noisy_line(40).tensors
columns = torch.cat([x, torch.ones_like(x)], dim=1)


def mean_squared_error(theta):
    return ((columns @ theta - y) ** 2).mean()


lowest = mean_squared_error(torch.linalg.lstsq(columns, y).solution)


# %% id="excess"
def excess(batch_size, updates=2000):
    """How far above the lowest loss the second half of a search stays, as a share of it."""
    theta, losses = torch.zeros(2, 1), []
    for _ in range(updates):
        rows = torch.randperm(40)[:batch_size]
        error = columns[rows] @ theta - y[rows]
        theta = theta - 0.1 * 2 * columns[rows].T @ error / batch_size
        losses.append(mean_squared_error(theta))
    return (sum(losses[updates // 2 :]) / (updates // 2) / lowest - 1).item()


# %% id="noise-hurts" tags=["nbval-ignore-output"] nbval-reason="the last digits depend on the machine"
above = {B: excess(B) for B in (1, 4, 16, 40)}
for B, share in above.items():
    print(f"B = {B:2}: {abs(share):5.1%} above the lowest loss")
assert above[1] > 0.1 > above[4] > 0.02 > above[16] > 0.002 > abs(above[40])

# %% [markdown] id="noise-hurts-why"
# Only all 40 arrive. The others dance around the lowest point for ever: the smaller the batch, the wider. (A falling
# learning rate calms the dance: notebook 06.)
#
# Here noise only costs. But a line has one valley. Now a loss with many: we fit $\hat y = \sin(w x)$ to forty points of $\sin(3x)$ and
# start at $w = 5.5$, in a shallow valley beside the deep one at $w = 3$.
#
# **Predict**: 200 searches each with all 40 points, with batches of 4, and of 1. How many reach the deep valley?


# %% id="tone-search"
t = torch.linspace(-3, 3, 40)
wave = torch.sin(3 * t)


# %% id="where-they-end"
def where_they_end(batch_size, searches=200, updates=1000):
    """Many searches side by side, each with batches of its own."""
    w = torch.full((searches, 1), 5.5)
    for _ in range(updates):
        rows = torch.rand(searches, 40).topk(batch_size).indices
        error = torch.sin(w * t[rows]) - wave[rows]
        w = w - 0.05 * 2 * (error * torch.cos(w * t[rows]) * t[rows]).mean(dim=1, keepdim=True)
    return w.flatten()


# %% id="noise-helps" tags=["nbval-ignore-output"] nbval-reason="the exact counts depend on the machine"
ends = {B: where_they_end(B) for B in (40, 4, 1)}
reached = {B: int(((w - 3).abs() < 0.5).sum()) for B, w in ends.items()}
print("searches of 200 that reach the deep valley:", reached)
assert reached[40] == reached[4] == 0 and 30 < reached[1] < 110

# %% id="figure-escapes"
curve = {
    w: ((torch.sin(w * t) - wave) ** 2).mean().item() for w in torch.arange(0, 12, 0.02).tolist()
}
fig = plots.plot_escapes(
    curve,
    start=5.5,
    ends={f"B = {B}": w.tolist() for B, w in ends.items()},
    title="Only the noisiest searches leave the shallow valley, some for a worse one",
)
notebook.show(
    fig,
    alt="A loss over one weight w with a deep valley at 3 and shallow ones around it. Searches start "
    "in a shallow one at 5.5. With all 40 points and with batches of 4 they end there; with "
    "batches of 1 some end in the deep valley, some stay, some end in other places.",
)

# %% [markdown] id="noise-verdict"
# With batches of 1 some reach it: noise carried them over the ridge. Others stayed, or were carried into other shallow valleys.
# With batches of 4 the noise was too small to help at all.
#
# A fair word, then: noise *can* help to leave a bad place, and it always costs near a good one. Whether it also makes
# networks do better on new data is disputed: [Keskar et al. (2017)](https://arxiv.org/abs/1609.04836) saw large batches do worse;
# [Shallue et al. (2019)](https://arxiv.org/abs/1811.03600) found no evidence of it, and explain most of the disagreement by how the settings were tuned, and how much was computed, for each batch size.

# %% [markdown] id="speed-question"
# ## Hardware likes batches
#
# The last reason is speed. A processor works on many samples side by side, and each call has a fixed cost, whatever its size.
#
# **Predict** for your machine: an iteration with 32 images takes how many times as long as one with a single image: 1, 2, 5, 32?


# %% id="seconds-of"
device = course_lib.get_device()
torch.set_num_threads(threads)  # again all that this machine has


def seconds_of_iteration(model, batch_size, at_least=0.1):
    """Time of one iteration, the median of many: forward, loss, backward, update."""
    model.to(device)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    inputs, targets = images[:batch_size].to(device), labels[:batch_size].to(device)
    times = []
    while len(times) < 5 or sum(times) < at_least:
        start = time.perf_counter()
        optimizer.zero_grad()
        loss = loss_fn(model(inputs), targets)
        loss.backward()
        optimizer.step()
        loss.item()  # a GPU works on its own; reading the loss waits for it
        times.append(time.perf_counter() - start)
    return sorted(times)[len(times) // 2]  # a first, slow one does not count


# %% id="speed" tags=["nbval-ignore-output"] nbval-reason="times depend on the machine"
networks = {"MLP": course_lib.MLP(), "SmallCNN": course_lib.SmallCNN()}
speeds = {}
for name, network in networks.items():
    seconds = {B: seconds_of_iteration(network, B) for B in (1, 4, 16, 32, 64, 256)}
    speeds[name] = {B: B / took for B, took in seconds.items()}
    print(
        f"{name:8}  32 images take {seconds[32] / seconds[1]:4.1f} times as long as one;", end=" "
    )
    print(
        f"images a second: {speeds[name][1]:,.0f} with B = 1, {speeds[name][64]:,.0f} with B = 64"
    )
assert speeds["MLP"][64] > 3 * speeds["MLP"][1]

# %% id="figure-speed"
gain = speeds["MLP"][64] / speeds["MLP"][1]
fig = plots.plot_throughput(
    speeds, title=f"Batches of 64 train the MLP on {gain:.0f} times as many images a second"
)
notebook.show(
    fig,
    alt="Images trained on each second against batch size from 1 to 256, measured on the machine "
    "that ran this notebook, for a fully connected and a convolutional network.",
)

# %% [markdown] id="speed-why"
# Your numbers, not ours. The fully connected network gained at least threefold from $B = 1$ to $B = 64$; the assertion checked it. Where the curves turn flat the
# processor is busy, and a larger batch only takes longer. The two networks need not agree.
#
# **Correction 3.** "A batch of 32 is barely slower than one of 1", "GPUs are 10–100 times faster": such sentences hold for one
# network on one machine. *Measure*; it takes a second. The GPU has notebook 07 to itself.

# %% [markdown] id="choosing"
# ## Choosing the batch size
#
# | a larger batch | |
# | --- | --- |
# | less noise in each gradient | variance $\propto 1/B$ |
# | fewer updates an epoch | $\lceil N/B \rceil$ |
# | more memory for activations | $\propto B$ |
# | more samples a second | until the processor is busy |
#
# So: large enough to keep the processor busy, small enough for memory and for enough updates. And look for the learning rate
# anew whenever you change it.

# %% [markdown] id="quick-check"
# ## Quick check
# Answer before you look back. Every choice has its reason.

# %% id="quiz" tags=["interactive"]
widgets.quiz("batches")

# %% [markdown] id="recap"
# ## Recap
# - A batch makes an iteration; $\lceil N/B \rceil$ iterations make an epoch, and $\lfloor N/B \rfloor$ with `drop_last=True`.
# - An epoch uses every sample once; shuffling decides with whom.
# - Activations fill the memory, not the data set.
# - A batch's gradient is unbiased; its variance falls like $1/B$.
# - Small batches win by more updates, not by better gradients. Noise can help, and it costs.
# - The loader is in `course_lib/data/loaders.py`, the explorer in `course_lib/widgets/batches/`.
# - Next, in notebook 03: [Train, validation and test](03_data_splits.ipynb), which samples to learn from and which to keep aside.
