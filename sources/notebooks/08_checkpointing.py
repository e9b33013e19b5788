# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown] id="title"
# # Saving, loading, resuming
#
# A killed run goes on as if nothing had been, to the last bit; a stranger's file does no harm; a model leaves Python and
# still gives the same answers.
#
# **55 minutes**
#
# **Before you start**: notebook 04 (the loop, `state_dict()`, the best model).
#
# **You will**
#
# - *save* weights and *load* them into a fresh model
# - *kill* a training process and *prove* that the resumed run is the same run
# - *predict* what goes wrong when one item is missing in a checkpoint, and when it shows
# - *refuse* a file that would run foreign code
# - *choose* what to save for which use, up to a model that runs without PyTorch

# %% id="setup"
from course_lib import notebook

notebook.setup(seed=0)

# %% id="imports"
import copy
import importlib.util
import json
import logging
import math
import os
import pickle
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path
from unittest import mock

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F
from torch.optim import lr_scheduler
from torch.utils.data import Subset, TensorDataset

import course_lib
from course_lib import plots, widgets
from course_lib.seeding import random_states

# %% id="data"
temporary = tempfile.TemporaryDirectory()  # everything of this notebook goes there
folder = Path(temporary.name)
cpu = torch.device("cpu")
pool, val = course_lib.split_dataset(
    course_lib.scale_images(course_lib.fashion_mnist().train), [0.8, 0.2]
)
train_loader = course_lib.make_loader(Subset(pool, range(2000)), 50, shuffle=True)
val_loader = course_lib.make_loader(val, 500)

# %% [markdown] id="weights-question"
# ## Weights only
#
# A trained model is its code and its numbers. The code is in a file already; the numbers are in `state_dict()`, a dict of
# names and tensors.
#
# **Predict**: `SmallCNN` has two convolutions, two batch norms and one linear layer, 8 learnable tensors. How many entries has its
# `state_dict()`?

# %% id="train-cnn"
model = course_lib.SmallCNN()
optimizer = torch.optim.Adam(model.parameters(), lr=0.003)
for _ in range(2):
    course_lib.train_one_epoch(model, train_loader, nn.CrossEntropyLoss(), optimizer, cpu)

# %% id="state-dict"
parameters = dict(model.named_parameters())
print(f"{len(parameters)} learnable tensors, {len(model.state_dict())} entries; the others:")
for name, value in model.state_dict().items():
    if name not in parameters:
        print(f"  {name:32}{tuple(value.shape)}")
assert len(parameters) == 8 and len(model.state_dict()) == 14

# %% [markdown] id="buffers-note"
# 14. Six are *buffers*: tensors that belong to the model and that no optimizer moves. Batch norm writes its running mean, its running
# variance and a count there.
#
# **Correction.** "A `state_dict` holds the learnable parameters." It holds the persistent buffers too, and needs them:
# we leave them out and measure. **Predict**: what becomes of the validation loss?

# %% id="load-weights"
torch.save(model.state_dict(), folder / "weights.pt")
fresh = course_lib.SmallCNN()
fresh.load_state_dict(torch.load(folder / "weights.pt"))
fresh.eval()
images, labels = next(iter(val_loader))
with torch.no_grad():
    same = torch.equal(fresh(images), model.eval()(images))
print("the fresh model gives the same logits:", same)
assert same

# %% id="without-buffers" tags=["nbval-ignore-output"] nbval-reason="the last digits of a trained accuracy depend on the machine"
bare = course_lib.SmallCNN()
left = bare.load_state_dict(parameters, strict=False)
measured = {}
for name, judged in {"all entries": fresh, "without buffers": bare}.items():
    measured[name] = course_lib.validate(judged, val_loader, nn.CrossEntropyLoss(), cpu)
    print(f"{name:16}loss {measured[name][0]:.2f}, {measured[name][1]:.0%} right")
print("running means missing:", "features.1.running_mean" in left.missing_keys, "· no error")
assert measured["without buffers"][0] > 2 * measured["all entries"][0]

# %% [markdown] id="weights-why"
# Same logits with all entries; more than 2 times the loss without the buffers, though every weight is right. So load with `strict=True`, the default: it compares the names.
#
# Three lines, then: build the same model, `load_state_dict`, `eval()`. A fresh model is in training mode; whoever forgets
# `eval()` measures with dropout and batch statistics (notebook 06).
#
# The ending `.pt` or `.pth` is a convention ([PyTorch's notes](https://docs.pytorch.org/docs/stable/notes/serialization.html)): the file is a zip
# archive with a pickle inside, and loads under another name as well.

# %% id="endings"
torch.save(model.state_dict(), folder / "weights.anything")
with open(folder / "weights.anything", "rb") as file:
    print("begins with", file.read(2), "and loads:", len(torch.load(folder / "weights.anything")))

# %% [markdown] id="full-question"
# ## A checkpoint: all that decides what comes next
#
# Weights are enough to *use* a model. To go on *training* you need whatever the next iteration depends on. **Predict**: make a
# list before you look. Then: how many times as large as the weights is a checkpoint of a run with Adam?

# %% id="full-run"
course_lib.seed_everything(0)
history = course_lib.train_model(
    course_lib.MLP(), train_loader, val_loader, 2, device=cpu, progress=False,
    checkpoint_dir=folder / "run", checkpoint_every=15, keep_last=3,
    scheduler=lambda optimizer: lr_scheduler.StepLR(optimizer, 30, 0.1),
)  # fmt: skip
names = sorted(path.name for path in (folder / "run").iterdir())
print(*names, sep="\n")
assert len(names) == 4

# %% [markdown] id="periodic-note"
# `epoch-0001-batch-000030.pt` was written after 1 epoch and 30 batches. *Periodic* checkpoints are for going on: a few
# are enough, here `keep_last=3`, the older ones are deleted. Why more than one? The newest may be damaged.
#
# The *best* checkpoint, `best.pt`, is for keeping: it stays however long training goes on (notebook 04).

# %% id="what-it-holds"
content = torch.load(folder / "run" / "epoch-0001-batch-000030.pt", weights_only=True)
for name, value in content.items():
    inner = f"with {', '.join(map(str, list(value)[:4]))}" if isinstance(value, dict) else value
    print(f"{name:16}{'a number' if isinstance(value, float) else inner}")

# %% id="random-held"
print("now:        ", *content["loader"]["now"])
print("epoch_start:", *content["loader"]["epoch_start"])
full = (folder / "run" / "epoch-0002-batch-000000.pt").stat().st_size
best = (folder / "run" / "best.pt").stat().st_size
print(f"{full / best:.1f} times the size of the weights")
assert 2.9 < full / best < 3.3

# %% [markdown] id="full-why"
# - **model**, **optimizer** (Adam keeps two numbers for each weight: hence 3 times the size), **scheduler**
# - **epoch** and **batch**: where we are; **mean_loss**: the epoch's loss so far
# - **best_val_loss**, **early_stopping**, **history**
# - **loader**: the random states of Python, NumPy, torch (on a GPU CUDA too) and of the loader's own generator, twice: *now*, and at the *start of the
#   epoch*. From the latter the order of this epoch is drawn again, and the batches that are done are passed over.
#
# The last line is what most texts leave out.

# %% [markdown] id="kill-question"
# ## Kill it
#
# `course_lib/checkpoint/example.py` is a program of its own. Chance has a hand in everything: the order, dropout, mirrored images (Python's
# random numbers), brightness (NumPy's). The rate changes at every update. It saves every 10 batches.
#
# First it runs undisturbed and saves nothing. Then we start it again and send it SIGKILL in the middle of epoch 2: no last
# words, no `finally`, as when a machine loses power.
#
# **Predict**: resumed in a third process, its weights agree (a) to three digits, (b) to rounding, (c) in every bit?


# %% id="start"
def start(*options):
    """The example as a child process, running."""
    return subprocess.Popen(
        [sys.executable, "-m", "course_lib.checkpoint.example", *map(str, options)],
        stdout=subprocess.PIPE, text=True, env={**os.environ, "OMP_NUM_THREADS": "1"},
    )  # fmt: skip


# %% id="undisturbed"
whole = start("--out", folder / "whole")
lines = whole.communicate()[0].splitlines()
print("first:", lines[0], "· last:", lines[-1], "· in all:", len(lines))
assert whole.returncode == 0

# %% id="killed" tags=["nbval-ignore-output"] nbval-reason="the signal comes a few batches earlier or later"
kept = folder / "killed"
child = start("--out", folder / "resumed", "--checkpoints", kept, "--pause", 0.05)
for line in child.stdout:
    if line.startswith("epoch 2, batch 12"):
        child.kill()  # SIGKILL; on Windows its like
        break
child.stdout.close()
print("exit code", child.wait(), "· newest:", max(path.name for path in kept.glob("epoch*")))
assert child.returncode != 0 and not (folder / "resumed").exists()
assert not list(kept.glob("epoch-0002-batch-000000.pt"))  # killed in the middle

# %% id="resumed" tags=["nbval-ignore-output"] nbval-reason="it goes on where the signal came"
child = start("--out", folder / "resumed", "--checkpoints", kept)
lines = child.communicate()[0].splitlines()
print("first:", lines[0], "· last:", lines[-1], "· in all:", len(lines))
assert child.returncode == 0 and lines[0].startswith("epoch 2, batch")

# %% id="bit-for-bit"
one, other = (course_lib.MLP(hidden=64, dropout=0.3) for _ in range(2))
course_lib.load_weights(folder / "whole", one)
course_lib.load_weights(folder / "resumed", other)
for name, value in one.state_dict().items():
    print(f"{name:10} the same bits: {torch.equal(value, other.state_dict()[name])}")
    assert torch.equal(value, other.state_dict()[name])
histories = [(folder / f"{name}.json").read_bytes() for name in ("whole", "resumed")]
print("histories, byte for byte:", histories[0] == histories[1])
assert histories[0] == histories[1]

# %% [markdown] id="kill-why"
# (c). Weights and history, in every bit. This is one moment; the course's tests kill such runs at many others, while a file is
# being written too.
#
# (On one machine, on the CPU. Another CPU rounds otherwise, and on a GPU some operations add in an order that is not fixed.)
#
# In your program it is two arguments: `checkpoint_dir=…, resume=True`. With an empty folder it begins; with a full one it goes on.
# So the same command starts and resumes.

# %% [markdown] id="leave-out"
# ## Leave one item out
#
# Now a run in miniature, in this process. All that decides its next iteration stands here; look for the six items.


# %% id="small-run"
class SmallRun:
    """Batch norm, dropout, momentum, a rate that falls every 10 iterations, an order."""

    def __init__(self, seed=0):
        torch.manual_seed(seed)
        layers = nn.Linear(784, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Dropout(0.5)
        self.model = nn.Sequential(nn.Flatten(), *layers, nn.Linear(32, 10))
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=0.1, momentum=0.9)
        self.scheduler = lr_scheduler.StepLR(self.optimizer, 10, gamma=0.5)
        self.shuffle = torch.Generator().manual_seed(seed)
        self.order, self.done = torch.empty(0, dtype=torch.long), 0

    def iteration(self):
        if self.done == len(self.order):  # a new epoch: 20 batches of 25
            self.order, self.done = torch.randperm(500, generator=self.shuffle), 0
        inputs, targets = pool[self.order[self.done : self.done + 25].tolist()]
        self.done += 25
        loss = F.cross_entropy(self.model.train()(inputs), targets)
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        self.scheduler.step()
        return loss.item()


# %% id="save-small"
def everything(run):
    return {
        "weights": dict(run.model.named_parameters()),
        "buffers": dict(run.model.named_buffers()),
        "optimizer": run.optimizer.state_dict(),
        "scheduler": run.scheduler.state_dict(),
        "random": torch.get_rng_state(),
        "position": (run.order, run.done, run.shuffle.get_state()),
    }


def restore(run, content):
    for entries in ("weights", "buffers"):
        run.model.load_state_dict(content.get(entries, {}), strict=False)
    for part in ("optimizer", "scheduler"):
        if part in content:
            getattr(run, part).load_state_dict(content[part])
    if "position" in content:
        run.order, run.done, state = content["position"]
        run.shuffle.set_state(state)
    torch.set_rng_state(content.get("random", torch.get_rng_state()))


# %% [markdown] id="leave-out-how"
# The run is saved after iteration 25, in the middle of its second epoch, and goes on to 50. Then a fresh `SmallRun` reads the file,
# with one item left out, and goes on from there too. We subtract the losses.

# %% id="interrupted"
whole_run = SmallRun()
losses = [whole_run.iteration() for _ in range(25)]
torch.save(everything(whole_run), folder / "small.pt")
losses += [whole_run.iteration() for _ in range(25)]


def resumed_without(item):
    """The run that goes on at iteration 26, and its losses minus the true ones."""
    content = torch.load(folder / "small.pt")
    content.pop(item, None)
    run = SmallRun()
    restore(run, content)
    return run, [run.iteration() - loss for loss in losses[25:]]


def parting(differences):
    """The first iteration whose loss differs; None if there is none."""
    return next((at for at, d in enumerate(differences, 26) if d != 0), None)


# %% id="nothing-left-out"
_, differences = resumed_without("nothing")
print("with all six items, the runs part at iteration:", parting(differences))
assert parting(differences) is None

# %% [markdown] id="choose"
# Exactly zero, 25 times. **Your turn**: put another name in for `"scheduler"`: `"weights"`, `"buffers"`, `"optimizer"`, `"random"`, `"position"`.
#
# **Predict** before each: at which iteration is the loss wrong for the first time? One does not show at once; one shows much later;
# one never.

# %% id="one-left-out" tags=["nbval-ignore-output"] nbval-reason="the reader changes it"
left_out = "scheduler"
_, differences = resumed_without(left_out)
print(f"without {left_out}: part at iteration {parting(differences)}")
print("differences at 26 to 35:", *(f"{d:.3f}" for d in differences[:10]))

# %% id="all-left-out"
results = {item: resumed_without(item) for item in everything(whole_run)}
partings = {item: parting(differences) for item, (_, differences) in results.items()}
for item, at in partings.items():
    print(f"without {item:10} part at {at}")
assert all(partings[item] == 26 for item in ("weights", "random", "position"))
assert partings["optimizer"] == 27 and partings["scheduler"] == 32
assert partings["buffers"] is None

# %% id="figure-partings"
fig = plots.plot_partings(
    {item: differences for item, (_, differences) in results.items()},
    first=26,
    title="What is missing decides when the runs part: at once, later, or never in this loss",
)
notebook.show(
    fig,
    alt="Six panels, one for each item left out: the difference of the losses over iterations 26 to 50. "
    "Weights, random states and position: different from iteration 26 on. Optimizer: from 27 on. "
    "Scheduler: exactly zero until 31. Buffers: exactly zero throughout.",
)

# %% [markdown] id="partings-why"
# - **Weights, random states, position**: at once. Other weights, another dropout mask, other images.
# - **Optimizer**: the first loss, 26, is right, because it is computed before the first step. Without momentum that step is another one: 27.
# - **Scheduler**: the rate is in the optimizer's state and still right. The fresh scheduler counts from 0, so it misses the fall after
#   iteration 30: loss 31 is still right, its update is not, and 32 differs. Six silent iterations here; with a fall every 30 epochs, days.
# - **Buffers**: never, in *this* loss: in training mode batch norm uses the batch's own statistics.
#
# **Predict**: where does it show that buffers are missing?

# %% id="buffers-left-out" tags=["nbval-ignore-output"] nbval-reason="the last digits of a trained loss depend on the machine"
true_loss, _ = course_lib.validate(whole_run.model, val_loader, nn.CrossEntropyLoss(), cpu)
without, _ = course_lib.validate(
    results["buffers"][0].model, val_loader, nn.CrossEntropyLoss(), cpu
)
print(f"validation loss {true_loss:.4f}; resumed without buffers {without:.4f}")
assert true_loss != without

# %% [markdown] id="silent-note"
# In validation, which the training loss never tells you.
#
# **Correction.** "A checkpoint is model, optimizer and epoch." That resumes *a* run, not *the* run, and no error says so. None of the six
# raised anything.
#
# Random states have a trap of their own. **Predict**: NumPy's `get_state()` gives a tuple with an array. Does `torch.load` give it back?

# %% id="numpy-state"
torch.save({"numpy": np.random.get_state()}, folder / "numpy.pt")
try:
    torch.load(folder / "numpy.pt")
except pickle.UnpicklingError:
    print("refused: NumPy's state is more than tensors and plain data")

# %% id="numpy-plain"
torch.save(random_states(), folder / "plain.pt")
states = torch.load(folder / "plain.pt")
print({name: type(value).__name__ for name, value in states["numpy"].items()})

# %% [markdown] id="numpy-why"
# Refused, when you want to resume, weeks after it was saved. So the library stores tensors and plain numbers, and refuses while *saving* what it could not load.
#
# ## In which order?
#
# Construct model, optimizer and scheduler; move the model to its device; *then* load their states. **Predict**: what goes wrong if the
# scheduler is constructed after the optimizer's state was loaded?


# %% id="order-parts"
def parts():
    model = nn.Linear(3, 2)
    return model, torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)


def schedule(optimizer):
    return lr_scheduler.OneCycleLR(optimizer, max_lr=0.1, total_steps=20)


model, optimizer = parts()
scheduler = schedule(optimizer)
for _ in range(7):
    model(torch.ones(1, 3)).sum().backward()
    optimizer.step()
    scheduler.step()
saved = copy.deepcopy((optimizer.state_dict(), scheduler.state_dict()))
print(f"rate of the next update: {scheduler.get_last_lr()[0]:.3f}")

# %% id="order"
for late in (False, True):
    model, optimizer = parts()
    scheduler = None if late else schedule(optimizer)
    optimizer.load_state_dict(saved[0])
    if late:
        scheduler = schedule(optimizer)
    scheduler.load_state_dict(saved[1])
    print(f"scheduler made {'late ' if late else 'first'}: {optimizer.param_groups[0]['lr']:.3f}")

# %% [markdown] id="order-why"
# 0.004 instead of 0.095: a scheduler's constructor writes its first rate into the optimizer, over the one that was loaded.
#
# And the device? `optimizer.load_state_dict` puts its tensors where the parameters are *then*. Whoever moves the model afterwards leaves
# them behind. Without a GPU the same is seen with the number type, which `.to()` changes too:

# %% id="order-device"
for late in (False, True):
    model, optimizer = parts()
    if not late:
        model.to(torch.float64)
    optimizer.load_state_dict(saved[0])
    model.to(torch.float64)
    momentum = optimizer.state[model.weight]["momentum_buffer"]
    print(f"moved {'late ' if late else 'first'}: {model.weight.dtype}, momentum {momentum.dtype}")
assert momentum.dtype == torch.float32 != model.weight.dtype

# %% [markdown] id="finished-question"
# ## Three small traps
#
# A program saves `epoch` at the end of each epoch and resumes with `range(epoch, 4)`. **Predict**: it is killed after epoch 2 was saved.
# Which epochs are run in all?

# %% id="finished-naive"
first_life = [0, 1, 2]  # epoch 2 is finished and saved, then the machine dies
second_life = list(range(first_life[-1], 4))
print("epochs run:", first_life + second_life)
assert (first_life + second_life).count(2) == 2

# %% id="finished-epoch"
seen = []
model = course_lib.MLP(hidden=16)
for num_epochs in (2, 4):
    record = course_lib.train_model(
        model, train_loader, val_loader, num_epochs, device=cpu, progress=False,
        checkpoint_dir=folder / "twice", resume=True,
        on_batch=lambda at: seen.append((at.epoch, at.batch)),
    )  # fmt: skip
    print("resumed run ends with", record.epochs, "epochs; batches seen so far:", len(seen))
assert len(seen) == len(set(seen)) == 4 * 40

# %% [markdown] id="finished-why"
# Epoch 2 is trained twice. A finished epoch resumes at the *next* one: 160 batches in 4 epochs of 40, none twice. The library stores *how many* epochs and batches are
# done, not the index of the last.
#
# The second trap is `best_val_loss`. A fresh start with infinity takes the first epoch after the resume for the best ever, and overwrites a
# better `best.pt`. The library saves and restores it:

# %% id="best-restored"
newest = max((folder / "twice").glob("epoch*"))
kept_best = torch.load(newest)["best_val_loss"]
print("best of both lives:", kept_best == min(record["val_loss"]))
assert kept_best == min(record["val_loss"])

# %% [markdown] id="nan-question"
# The third: a program saves only if `val_loss < best_val_loss`. One validation image is broken, so that the validation loss is NaN
# from the start. **Predict**: which checkpoints does it write?

# %% id="nan"
broken = torch.stack([image for image, _ in Subset(val, range(100))])
broken[7, 0, 0] = math.nan
broken_loader = course_lib.make_loader(TensorDataset(broken, labels[:100]), 100)
record = course_lib.train_model(
    course_lib.MLP(hidden=16), train_loader, broken_loader, 2, device=cpu, progress=False,
    checkpoint_dir=folder / "nan",
)  # fmt: skip
print("validation loss:", record["val_loss"], "· lower than infinity:", math.nan < math.inf)
print(*sorted(path.name for path in (folder / "nan").iterdir()), sep="\n")

# %% [markdown] id="nan-why"
# None: no comparison with NaN is true. A night's training is lost to one broken image. The library writes the periodic checkpoints
# whatever validation says; only `best.pt` needs a best.
#
# ## Killed while writing
#
# Writing takes time, and the power may fail in the middle. A child process replaces a checkpoint in two ways, and kills itself half-way.
#
# **Predict**: what is left of the *old* checkpoint each time?

# %% id="write-in-place"
IN_PLACE = """
import os, sys
path, new = sys.argv[1], open(sys.argv[2], "rb").read()
with open(path, "wb") as file:
    file.write(new[: len(new) // 2])
    file.flush()
    os.kill(os.getpid(), 9)
"""

# %% id="write-atomically"
ATOMICALLY = """
import os, sys
from pathlib import Path
from course_lib.atomic_file import write_atomically
new = open(sys.argv[2], "rb").read()
os.fsync = lambda file: os.kill(os.getpid(), 9)  # killed when all is written, and not yet in place
write_atomically(Path(sys.argv[1]), new)
"""


# %% id="says"
def says(action, *arguments, **keywords):
    """What an action answers: its result's type, or the error in its own words."""
    try:
        return f"fine: {type(action(*arguments, **keywords)).__name__}"
    except Exception as error:
        words = str(error).replace(str(folder) + os.sep, "")
        return f"{type(error).__name__}: {words}"


# %% id="killed-writing" tags=["nbval-ignore-output"] nbval-reason="the temporary file has a random name"
old, new = folder / "run" / "best.pt", folder / "run" / "epoch-0002-batch-000000.pt"
for name, program in {"in place": IN_PLACE, "atomically": ATOMICALLY}.items():
    place = folder / name
    place.mkdir()
    path = place / "last.pt"
    path.write_bytes(old.read_bytes())
    writer = subprocess.run([sys.executable, "-c", program, path, new])
    print(f"{name}: {[(file.name, file.stat().st_size) for file in sorted(place.iterdir())]}")
    print("  ", says(course_lib.load_checkpoint, path))
    whole_file = path.read_bytes() == old.read_bytes()
    assert writer.returncode != 0 and whole_file == (name == "atomically")

# %% [markdown] id="atomic-why"
# In place, the old one is gone and the new one is half: nothing is left. `torch.save(…, path)` writes in place.
#
# *Atomically*, the bytes go to another file beside it; when they are safe on the disk (`fsync`), one `os.replace` gives that file
# the name. At every moment the name stands for a whole file, the old or the new. The half-written leftover is removed at the next start.
#
# `save_checkpoint`, `save_weights` and `train_model` write so.

# %% [markdown] id="map-question"
# ## From a GPU to your laptop
#
# In the file, every tensor is labelled with its device. We write a file labelled as a machine with a GPU would label it.
#
# **Predict**: what does `torch.load` say where there is no GPU?

# %% id="map-saved"
model = course_lib.MLP()
with mock.patch("torch.serialization.location_tag", return_value="cuda:0"):
    torch.save(model.state_dict(), folder / "from-gpu.pt")

# %% id="map-plain" tags=["nbval-ignore-output"] nbval-reason="where there is a GPU, it loads"
print(says(torch.load, folder / "from-gpu.pt"))

# %% id="map-location"
state = torch.load(folder / "from-gpu.pt", map_location="cpu")
print(sorted({str(tensor.device) for tensor in state.values()}))
course_lib.MLP().load_state_dict(state)
assert torch.equal(state["1.weight"], model.state_dict()["1.weight"])

# %% [markdown] id="map-why"
# Without a GPU it refuses, and names the cure: `map_location`. Write `map_location="cpu"` always, then `load_state_dict`: it copies the numbers to wherever the
# model is. (`load_checkpoint` does that.) It also spares the GPU a second copy of everything.

# %% [markdown] id="stranger"
# ## A file from a stranger
#
# `torch.load` unpickles, and a pickle is a small program: it may name any function and have it called. We make a file that calls
# `os.makedirs`. It is harmless; it could be anything.
#
# **Predict**: what happens at `torch.load`? By now you have called it a dozen times.


# %% id="malicious"
class Surprise:
    """Pickled as a call of os.makedirs."""

    def __reduce__(self):
        return os.makedirs, (str(folder / "you-have-been-visited"),)


torch.save({"weights": torch.ones(3), "extra": Surprise()}, folder / "gift.pt")
print(
    "functions named in it:",
    torch.serialization.get_unsafe_globals_in_checkpoint(folder / "gift.pt"),
)

# %% id="refused" tags=["nbval-ignore-output"] nbval-reason="the wording is PyTorch's and depends on its version"
try:
    torch.load(folder / "gift.pt", weights_only=True)  # the default
except pickle.UnpicklingError as error:
    print(next(line.strip() for line in str(error).splitlines() if "GLOBAL" in line)[:85])
print("visited:", (folder / "you-have-been-visited").exists())
assert not (folder / "you-have-been-visited").exists()

# %% [markdown] id="refused-why"
# Refused, and nothing was called. Now what the file would have done. In a child process, with the safety off:

# %% id="visited"
LOAD = "import sys, torch; print(list(torch.load(sys.argv[1], weights_only=False)))"
child = subprocess.run(
    [sys.executable, "-c", LOAD, folder / "gift.pt"], capture_output=True, text=True
)
print("the child read:", child.stdout.strip())
print("visited:", (folder / "you-have-been-visited").exists())
assert child.returncode == 0 and (folder / "you-have-been-visited").is_dir()

# %% [markdown] id="security-why"
# The weights came out as they should; meanwhile the folder was made. Nobody would have noticed.
#
# **Correction.** `weights_only` exists since PyTorch 1.13 and is the default since 2.6. It is a wall, not a promise: it had holes,
# [CVE-2025-32434](https://nvd.nist.gov/vuln/detail/CVE-2025-32434) before 2.6 and
# [CVE-2026-24747](https://nvd.nist.gov/vuln/detail/CVE-2026-24747) before 2.10. So: a current PyTorch (this course asks for 2.10), `weights_only=False` for nobody's file,
# and trust the source.
#
# The same wall stops `torch.save(model)`, the whole object: **predict** why.

# %% id="whole-model"
torch.save(course_lib.MLP(), folder / "object.pt")
print(says(course_lib.load_checkpoint, folder / "object.pt"))

# %% [markdown] id="whole-model-why"
# It pickles your *class*: by name, to be imported when loaded. Rename a module, and even you cannot read it. Save the `state_dict()`.
#
# ### A format without programs
#
# `safetensors` holds names, shapes, types and bytes; there is no place for code. Share weights so. The format is so plain that we read its
# header by hand: a length, then JSON.

# %% id="safetensors"
course_lib.save_weights(folder / "model.safetensors", model, {"course": "08"})
raw = (folder / "model.safetensors").read_bytes()
length = int.from_bytes(raw[:8], "little")
for name, entry in json.loads(raw[8 : 8 + length]).items():
    print(f"{name:14}{entry}")

# %% id="safetensors-loaded"
fresh = course_lib.MLP()
course_lib.load_weights(folder / "model.safetensors", fresh)
print(all(torch.equal(p, q) for p, q in zip(fresh.parameters(), model.parameters(), strict=True)))

# %% [markdown] id="failures"
# ## When a file does not fit
#
# Four ways to fail. First PyTorch's own behaviour. **Predict**: a network with another width: `load_state_dict` raises an error. Is the
# network unchanged then?

# %% id="half-loaded"
path = course_lib.save_checkpoint(folder / "fits.pt", course_lib.MLP(hidden=(64, 64)), epoch=3)
narrow = course_lib.MLP(hidden=(64, 32))
before = copy.deepcopy(narrow.state_dict())
try:
    narrow.load_state_dict(torch.load(path)["model"])
except RuntimeError as error:
    print("lines of the message:", len(str(error).splitlines()))
for name, value in narrow.state_dict().items():
    print(f"{name:10}", "unchanged" if torch.equal(value, before[name]) else "CHANGED")

# %% [markdown] id="half-loaded-why"
# Half-loaded: what fitted was copied before it complained. Whoever catches that error goes on with a patchwork.
#
# `load_checkpoint` looks first and changes nothing unless all fits. Its errors are one sentence each: what is wrong, and what to do.

# %% id="fail-keys"
print(says(course_lib.load_checkpoint, path, course_lib.MLP(hidden=64)))

# %% id="fail-shapes"
print(says(course_lib.load_checkpoint, path, course_lib.MLP(hidden=(64, 32))))

# %% id="fail-truncated"
(folder / "truncated.pt").write_bytes(path.read_bytes()[:-1000])
print(says(course_lib.load_checkpoint, folder / "truncated.pt"))

# %% id="fail-version"
torch.save({**torch.load(path), "version": 2}, folder / "newer.pt")
print(says(course_lib.load_checkpoint, folder / "newer.pt"))

# %% id="fail-more"
print(says(course_lib.load_checkpoint, folder / "nothing-there.pt"))
print(says(course_lib.load_checkpoint, folder / "gift.pt"))
print(says(course_lib.load_checkpoint, folder / "weights.pt"))

# %% [markdown] id="flip-question"
# The worst failure is silent. One bit of the file tips over, in the middle of a weight.
#
# **Predict**: which of the two notices, `torch.load` or `load_checkpoint`?

# %% id="bit-flip"
flipped = bytearray(path.read_bytes())
flipped[len(flipped) // 2] ^= 1
(folder / "flipped.pt").write_bytes(flipped)
print("torch.load      ", says(torch.load, folder / "flipped.pt"))
print("load_checkpoint ", says(course_lib.load_checkpoint, folder / "flipped.pt")[:60])

# %% [markdown] id="flip-why"
# The file carries checksums; `torch.load` does not look at them.

# %% [markdown] id="what-to-save"
# ## What to save for which use
#
# | use | save | how |
# | --- | --- | --- |
# | use it yourself | weights | `state_dict()`, load, `eval()` |
# | resume | everything | `train_model(checkpoint_dir=…, resume=True)` |
# | give weights away | weights | `safetensors` |
# | transfer to another task | weights of the part that stays | load that part, fresh last layer |
# | compare runs | best weights, history, settings, versions | `best.pt`, `history.to_json(…)` |
# | run where your code is not | the computation with its weights | `torch.export`, ONNX |
#
# Transfer is a `state_dict` with some names left out, and `strict=False` says which:

# %% id="transfer"
ten = course_lib.SmallCNN()
body = {k: v for k, v in ten.state_dict().items() if not k.startswith("classifier")}
three = course_lib.SmallCNN(num_classes=3)
left = three.load_state_dict(body, strict=False)
print("fresh:", left.missing_keys, "· unexpected:", left.unexpected_keys)
assert torch.equal(three.features[0].weight, ten.features[0].weight)

# %% [markdown] id="export-question"
# ## Without your code
#
# A `state_dict` needs the class that made it. `torch.export` follows the model through one example and writes down the *computation*: operations and
# weights. One size is marked as free, the batch.
#
# **Predict**: exported from a batch of 4. Does it take a batch of 9, and are the logits the same?

# %% id="export"
torch.manual_seed(0)
model = course_lib.SmallCNN().eval()  # the mode is written down too
example = torch.randn(4, 1, 28, 28)
batch = torch.export.Dim("batch")
program = torch.export.export(model, (example,), dynamic_shapes=({0: batch},))
torch.export.save(program, folder / "model.pt2")

# %% id="export-loaded" tags=["nbval-ignore-output"] nbval-reason="the names of the operations depend on PyTorch's version"
loaded = torch.export.load(folder / "model.pt2").module()
nine = torch.randn(9, 1, 28, 28)
with torch.no_grad():
    print("same logits:", torch.allclose(loaded(nine), model(nine), atol=1e-5))
operations = [str(node.target) for node in program.graph.nodes if node.op == "call_function"]
print(*operations, sep="\n")
assert torch.allclose(loaded(nine), model(nine), atol=1e-5)

# %% [markdown] id="export-why"
# Yes to both. The class `SmallCNN` is not needed to load the file: these operations are in it.
#
# **Correction.** Many texts recommend TorchScript for this. It is deprecated; PyTorch itself says so:

# %% id="torchscript" tags=["nbval-ignore-output"] nbval-reason="the wording is PyTorch's and depends on its version"
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    torch.jit.script(course_lib.MLP())
print(caught[0].category.__name__, "·", caught[0].message)

# %% [markdown] id="onnx-question"
# ### Without PyTorch
#
# *ONNX* is a format for computations that many runtimes read. `torch.onnx.export` goes by `torch.export` by default since PyTorch 2.9 and needs the packages `onnx` and
# `onnxscript`; `onnxruntime` runs the file.
#
# **Predict**: another program, other kernels: are the logits the same, to the bit or to rounding?


# %% id="onnx-export"
def export_onnx(path):
    """Write the model as ONNX, without the exporter's remarks."""
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        options = {"dynamic_shapes": ({0: batch},), "external_data": False, "verbose": False}
        torch.onnx.export(model, (example,), path, dynamo=True, **options)


# %% id="onnx" tags=["nbval-ignore-output"] nbval-reason="the packages may be missing, and rounding depends on the machine"
missing = [m for m in ("onnx", "onnxscript", "onnxruntime") if not importlib.util.find_spec(m)]
if missing:
    print("Not run: install", ", ".join(missing), "with: pip install onnx onnxscript onnxruntime")
    print("It would export the model, run it with onnxruntime and compare the logits.")
else:
    import onnxruntime

    export_onnx(folder / "model.onnx")
    session = onnxruntime.InferenceSession(folder / "model.onnx")
    (logits,) = session.run(None, {session.get_inputs()[0].name: nine.numpy()})
    difference = np.abs(logits - model(nine).detach().numpy()).max()
    print(f"largest difference of a logit: {difference:.1e}")
    assert logits.shape == (9, 10) and difference < 1e-4

# %% [markdown] id="onnx-why"
# To rounding: the same sums in another order. Compare outputs after every export, on real inputs.

# %% [markdown] id="quick-check"
# ## Quick check

# %% id="quiz" tags=["interactive"]
widgets.quiz("saving")

# %% [markdown] id="recap"
# ## Recap
# - To use: `state_dict()` (parameters *and* buffers), a fresh model, `load_state_dict`, `eval()`.
# - To resume: everything that decides the next iteration; compare with a run never interrupted. What is missing stays silent.
# - Write atomically, keep the last few and the best; construct, move, *then* load.
# - Never unpickle a stranger's file: `weights_only=True`, a current PyTorch, `safetensors` to share.
# - Deploy with `torch.export` or ONNX, and compare outputs.
# - The code: `course_lib/checkpoint/`, `atomic_file.py`, `seeding.py`, `resumable_loader.py`, `run.py`.
# - Next, in notebook 09: [More than one device](09_beyond_one_device.ipynb).
