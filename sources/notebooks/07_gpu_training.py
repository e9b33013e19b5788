# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown] id="title"
# # Training on a GPU
#
# What training gains on a GPU, what fills its memory and what makes it wait: you can work it out beforehand, also without one.
#
# **55 minutes**
#
# **Before you start**: notebooks 01 to 04. No GPU is needed: a cell that needs one says what it would show.
#
# **You will**
#
# - *write* a loop that runs on any device, and *read* the error when it does not
# - *predict* the memory of training by arithmetic, and *count* it
# - *choose* a cure when memory runs out, and *measure* what it saves
# - *explain* why float16 needs a scaled loss and bfloat16 does not
# - *find* what makes a GPU wait

# %% id="setup"
from course_lib import notebook

notebook.setup(seed=0)

# %% id="imports"
import pickle
import subprocess
import sys
import warnings
from importlib.util import find_spec
from statistics import median
from time import perf_counter

import torch
from torch import nn
from torch.multiprocessing.reductions import StorageWeakRef
from torch.nn import functional as F
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.checkpoint import checkpoint
from torch.utils.data import DataLoader, Dataset, TensorDataset
from torch.utils.flop_counter import FlopCounterMode

import course_lib
from course_lib import plots, widgets
from course_lib.measurements import Table, measurement

torch.set_num_threads(1)
data = course_lib.scale_images(course_lib.fashion_mnist().train)
images, labels = data.tensors

# %% [markdown] id="what-is-there-note"
# ## What is there?
#
# *CUDA* is how PyTorch speaks to NVIDIA's GPUs (and, under the same name, to AMD's), *MPS* to Apple's. An *accelerator* is any of them, and others.

# %% id="what-is-there" tags=["nbval-ignore-output"] nbval-reason="the devices are the machine's"
print("CUDA devices:", torch.cuda.device_count())
for index in range(torch.cuda.device_count()):
    current = "(current)" * (index == torch.cuda.current_device())
    print(f"  {index}: {torch.cuda.get_device_name(index)} {current}")
print("Apple's MPS:", "yes" if torch.backends.mps.is_available() else "no")
print("any accelerator:", torch.accelerator.current_accelerator(check_available=True) or "none")

# %% id="get-device" tags=["nbval-ignore-output"] nbval-reason="the device is the machine's"
device = course_lib.get_device()
print(f"We train on: {course_lib.describe_device(device)}")


# %% id="no-gpu"
def no_gpu(would_show):
    """True, and a plain word, where there is no CUDA GPU."""
    if not torch.cuda.is_available():
        print(f"No CUDA GPU here. On one, this cell shows {would_show}")
    return not torch.cuda.is_available()


# %% [markdown] id="moves-question"
# `get_device()` takes CUDA, else MPS, else the CPU. That line, and `.to(device)` for model and batch, make a loop *device-agnostic*.
#
# We try `.to` without a GPU, on the device `meta`: its tensors have shapes and no numbers.
#
# **Predict**: we call `batch.to("meta")` and `model.to("meta")` and keep neither result. Where are `batch` and `model` now?

# %% id="moves"
batch, model = images[:32], course_lib.MLP()
batch.to("meta")
model.to("meta")
print("batch on", batch.device, "· model on", next(model.parameters()).device)
assert batch.device.type == "cpu" and next(model.parameters()).device.type == "meta"

# %% [markdown] id="moves-why"
# `model.to` moves the model itself. `batch.to` leaves the tensor where it is and *returns* another one: write `batch = batch.to(device)`. Here the batch was forgotten.
# What does the forward pass say?

# %% id="mismatch" tags=["nbval-ignore-output"] nbval-reason="the words of the error depend on torch's version and on the device"
elsewhere = "cuda" if torch.cuda.is_available() else "meta"
try:
    course_lib.MLP().to(elsewhere)(batch)
    raise AssertionError("they met, and nothing happened")
except RuntimeError as error:
    print(type(error).__name__, "·", str(error).splitlines()[0])

# %% [markdown] id="mismatch-why"
# A *device mismatch*. Read it as: two tensors met, one on each device. The one on `cpu` is nearly always a batch that was not moved, or a tensor made in the loop without
# `device=device`. Our loop moves every batch, so there only the model can be elsewhere, and it looks before it begins:

# %% id="mismatch-library"
model = course_lib.MLP().to("meta")
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
try:
    batches = [(images[:32], labels[:32])]
    course_lib.train_one_epoch(model, batches, F.cross_entropy, optimizer, "cpu")
except ValueError as error:
    print(error)

# %% [markdown] id="faster-question"
# ## How much faster?
#
# "10 to 100 times", people say. A GPU has thousands of small arithmetic units. But Python hands it every operation one by one, and this handing over takes some
# microseconds, however small the operation.
#
# So count, for one iteration (forward, loss, backward): how many operations, and how much arithmetic in each? `meta` tensors do it without computing. A *FLOP*
# is one addition or multiplication.
#
# **Predict**: from batch 32 to batch 1,024, how do the two counts grow?


# %% id="calls"
class Calls(TorchDispatchMode):
    """Counts the operations that torch carries out inside a ``with`` block."""

    count = 0

    def __torch_dispatch__(self, operation, types, args=(), kwargs=None):
        self.count += 1
        return operation(*args, **(kwargs or {}))


# %% id="work"
def work(model, batch_size):
    """Operations and FLOPs of one iteration, without the optimizer's step."""
    inputs = torch.empty(batch_size, 28, 28, device="meta")
    targets = torch.empty(batch_size, dtype=torch.int64, device="meta")
    with FlopCounterMode(display=False) as flops, Calls() as calls:
        F.cross_entropy(model.to("meta")(inputs), targets).backward()
    return calls.count, flops.get_total_flops()


# %% id="networks"
NETWORKS = {
    "MLP": course_lib.MLP,
    "small CNN": course_lib.SmallCNN,
    "large CNN": lambda: course_lib.SmallCNN(width=128),
}

# %% id="work-table" tags=["nbval-ignore-output"] nbval-reason="how many operations torch needs depends on its version"
per_operation = {}
for name, new in NETWORKS.items():
    for size in (32, 1024):
        operations, flops = work(new(), size)
        per_operation[name, size] = flops / operations
        print(f"{name:9} batch {size:4}: {operations:3} operations, {flops / 1e6:9,.0f} MFLOP")
    assert 31 < per_operation[name, 1024] / per_operation[name, 32] < 33

# %% id="work-ratio" tags=["nbval-ignore-output"] nbval-reason="how many operations torch needs depends on its version"
ratio = per_operation["large CNN", 1024] / per_operation["MLP", 32]
print(f"arithmetic in an operation, last row against first: {ratio:,.0f} times")
assert ratio > 1000

# %% [markdown] id="work-why"
# The number of operations stays; the arithmetic in each grows 32 times, with the batch. Between the first row and the last there are more than 1,000 times as much arithmetic for each
# operation. In the first row a GPU does hardly anything but wait for orders; in the last it works. So *how much faster* has no single answer: the speed-up is a table.
#
# Next your machine's column, or two of them, for a full iteration with Adam. Mind the clock: a GPU works off a queue, so stop it only when the queue is empty (`synchronize`); else you time the handing over.


# %% id="milliseconds"
def milliseconds(step, device, repeats=3):
    """Median time of ``step()``, the device's queue worked off before and after."""
    finish = torch.accelerator.synchronize if device.type != "cpu" else lambda: None
    step(), finish()  # the first call also prepares things
    times = []
    for _ in range(repeats):
        start = perf_counter()
        step(), finish()
        times.append(1000 * (perf_counter() - start))
    return median(times)


# %% id="one-iteration"
def iteration(new, size, device):
    """A function that trains one batch which lies on the device already."""
    model, inputs, targets = new().to(device), images[:size].to(device), labels[:size].to(device)
    optimizer = torch.optim.Adam(model.parameters())

    def step():
        loss = F.cross_entropy(model(inputs), targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    return step


# %% id="speed-here" tags=["nbval-ignore-output"] nbval-reason="times depend on the machine"
cpu = torch.device("cpu")
for name, size in [("MLP", 32), ("MLP", 1024), ("small CNN", 32), ("small CNN", 256)]:
    by_cpu = milliseconds(iteration(NETWORKS[name], size, cpu), cpu)
    line = f"{name:9} batch {size:4}: CPU {by_cpu:6.1f} ms"
    if device != cpu:
        by_gpu = milliseconds(iteration(NETWORKS[name], size, device), device)
        line += f", {device.type} {by_gpu:6.2f} ms, {by_cpu / by_gpu:5.1f} times as fast"
    print(line)

# %% [markdown] id="shipped-note"
# For readers without a GPU the course ships figures from a data-centre GPU, with the script that made them. As long as nobody has run it on one,
# it says so: we invent no figure.


# %% id="shipped"
def show_shipped(name, would_show):
    """The shipped table of this name, or the plain word that there is none yet."""
    shipped = measurement("gpu")
    if shipped.get(name) is None:
        print(f"Not yet measured: {would_show}.")
        print(f"On a GPU, in a clone of the course: python -m {shipped['script']} --only {name}")
        return None
    print(f"{shipped['device']}, torch {shipped['versions']['torch']}, {shipped['date']}")
    return Table(shipped[name])


# %% id="speed-shipped"
show_shipped("speed_up", "an iteration on CPU and GPU, for four networks and three batch sizes")

# %% [markdown] id="speed-why"
# **Correction 1.** "A GPU is 10 to 100 times faster." *Which* GPU than *which* CPU, on which model, with which batch? What you can say without a measurement: the
# speed-up grows with the arithmetic for each operation, and for a small network with small batches it can be below 1. Then measure.

# %% [markdown] id="waiting-note"
# ## What makes it wait
#
# The queue is what makes a GPU fast: Python is always some operations ahead. Whatever needs a number *in Python* ends that:
#
# - `loss.item()`, `.tolist()`, `print(loss)`, `if loss > 1:`, `.cpu()`, `.numpy()`;
# - what has a size that depends on values: `x[mask]`, `nonzero()`.
#
# Notebook 04 counted them: once a batch in the textbook's loop, once an epoch in ours. What that costs is a matter of the GPU:

# %% id="waiting-shipped"
show_shipped("reading_the_loss", "an epoch with .item() in each batch, and once at its end")

# %% id="find-waits" tags=["nbval-ignore-output"] nbval-reason="needs a GPU"
if not no_gpu("each line that makes the GPU wait, found by torch's own warning"):
    loss = torch.rand((), device="cuda")
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        torch.cuda.set_sync_debug_mode("warn")
        loss * 2  # only handed over
        loss.item()
        torch.cuda.set_sync_debug_mode("default")
    found = [str(one.message) for one in said if "called a synchronizing" in str(one.message)]
    print(f"{len(found)} wait:", found)

# %% [markdown] id="memory-question"
# ## Where the memory goes
#
# A network of $P$ parameter bytes is trained with Adam. In memory there are
#
# - the *parameters*: $P$
# - their *gradients*: $P$
# - what Adam remembers, two moving averages for each parameter: $2P$
# - the *activations* that backward needs: they grow with the batch.
#
# **Predict** for an MLP of 784 → 1,024 → 1,024 → 10 and a batch of 256: how many MB are the first three, and how many the activations? Which is larger?
#
# Then we count. The meter below remembers every tensor that torch makes, and knows which of them are still in memory.


# %% id="meter"
class Meter(TorchDispatchMode):
    """Bytes of the tensors made inside a ``with`` block that are still in memory."""

    def __init__(self, *given):
        super().__init__()
        self.given = {tensor.untyped_storage()._cdata for tensor in given}
        self.alive, self.peak = {}, 0

    @property
    def allocated(self):
        self.alive = {ref: size for ref, size in self.alive.items() if not ref.expired()}
        return sum(self.alive.values())

    def __torch_dispatch__(self, operation, types, args=(), kwargs=None):
        result = operation(*args, **(kwargs or {}))
        for tensor in [leaf for leaf in tree_leaves(result) if isinstance(leaf, torch.Tensor)]:
            storage = tensor.untyped_storage()
            if storage._cdata not in self.given:
                self.alive[StorageWeakRef(storage)] = storage.nbytes()
        self.peak = max(self.peak, self.allocated)
        return result


# %% id="stages-network"
model, inputs, targets = course_lib.MLP(hidden=(1024, 1024)), images[:256], labels[:256]
optimizer = torch.optim.Adam(model.parameters(), fused=True)
P = sum(parameter.nbytes for parameter in model.parameters())
print(f"P = {P:,} bytes of parameters")

# %% id="stages"
with Meter(inputs, targets, *model.parameters()) as meter:
    loss = F.cross_entropy(model(inputs), targets)
    print(f"beside them, after forward {meter.allocated / P:.3f} P")
    activations = meter.allocated
    loss.backward()
    print(f"            after backward {meter.allocated / P:.3f} P")
    optimizer.step()
    print(f"            after step     {meter.allocated / P:.3f} P")

# %% id="stages-sum"
in_all = P + meter.allocated
print(f"{in_all / 1e6:.1f} MB in all, and activations of {activations / 1e6:.1f} MB for a while")
assert abs(in_all / P - 4) < 1e-4

# %% [markdown] id="stages-why"
# $P + P + 2P$: 29.8 MB, four times the parameters, to within a few bytes (Adam also counts its steps). The activations, 2.1 MB, came with forward and were gone after backward.
#
# By pencil: backward needs the two hidden layers and the log-probabilities, that is $1{,}024 + 1{,}024 + 10$ numbers for each image.

# %% id="activations-by-pencil"
by_pencil = 256 * (1024 + 1024 + 10) * 4
print(f"by pencil {by_pencil:,}, counted {activations:,} bytes")
assert 0 <= activations - by_pencil <= 16  # the loss itself, and a sum of weights

# %% [markdown] id="predict-note"
# So the memory of a training run can be predicted from shapes alone. For layers that are more tedious than linear ones we let autograd say what it keeps, on `meta`, where nothing is computed
# and nothing is stored.


# %% id="predicted"
def predicted(new, batch_size):
    """Bytes of training with Adam in float32, by part, from shapes alone."""
    model, kept = new().to("meta"), {}
    inputs = torch.empty(batch_size, 28, 28, device="meta")
    given = {t.untyped_storage()._cdata for t in (inputs, *model.parameters(), *model.buffers())}

    def keep(tensor):
        kept[tensor.untyped_storage()._cdata] = tensor.untyped_storage()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        logits = model(inputs)
        F.log_softmax(logits, dim=1)
    P = sum(parameter.nbytes for parameter in model.parameters())
    activations = sum(s.nbytes() for cdata, s in kept.items() if cdata not in given)
    return {"parameters": P, "gradients": P, "Adam": 2 * P, "activations": activations}


# %% id="wide-cnn"
def wide_cnn():
    return course_lib.SmallCNN(width=32)


# %% id="predicted-run"
for size in (1, 64, 1024):
    parts = predicted(wide_cnn, size)
    share = parts["activations"] / sum(parts.values())
    print(f"batch {size:4}: {sum(parts.values()) / 1e6:6.1f} MB, activations {share:.0%} of it")
assert share > 0.99

# %% [markdown] id="predicted-check-question"
# For a convolutional network activations are nearly everything. Is the prediction true? One full iteration of the same network, batch 64, counted. (The optimizer has stepped before, so that its
# averages are there.)

# %% id="predicted-check-network"
model, inputs, targets = wide_cnn(), images[:64], labels[:64]
optimizer = torch.optim.Adam(model.parameters(), fused=True)
parts = predicted(wide_cnn, 64)

# %% id="predicted-check" tags=["nbval-ignore-output"] nbval-reason="the scratch memory of convolutions depends on the processor"
with Meter(inputs, targets, *model.parameters(), *model.buffers()) as meter:
    for _ in range(2):
        F.cross_entropy(model(inputs), targets).backward()
        optimizer.step()
counted = parts["parameters"] + meter.peak
print(f"predicted {sum(parts.values()) / 1e6:.1f} MB, counted at the peak {counted / 1e6:.1f} MB")
assert 0.9 < counted / sum(parts.values()) < 1.4

# %% [markdown] id="predicted-check-why"
# Close. What is above the prediction is scratch memory: for a moment backward holds the gradients of large activations beside them. So leave some room.


# %% id="two-networks"
def wide_mlp():
    return course_lib.MLP(hidden=(1024, 1024))


two = {"MLP, two layers of 1,024": wide_mlp, "CNN, width 32": wide_cnn}
bytes_of = {name: {B: predicted(new, B) for B in (1, 4, 16, 64, 256, 1024)} for name, new in two.items()}  # fmt: skip

# %% id="figure-memory"
fig = plots.plot_memory(
    bytes_of, title="An MLP is filled by its parameters, a CNN by its activations"
)
notebook.show(
    fig,
    alt="Two panels of bars against batch size, in MB, each divided into parameters, gradients, Adam and "
    "activations. In the MLP the first three make up nearly all until batch 256. In the CNN "
    "activations are all that can be seen, and grow with the batch.",
)

# %% [markdown] id="gigabytes-question"
# Units: 1 GB is $10^9$ bytes, 1 GiB is $2^{30}$. Tools mix them; torch's messages are in GiB.
#
# **Predict**: on a card of 80 GB, how many parameters at most can be trained with Adam in float32, before a single activation?

# %% id="gigabytes"
print(f"1 GiB = {2**30 / 1e9:.3f} GB; 80 GB = {80e9 / 2**30:.1f} GiB")
print(f"16 bytes for each parameter: {80e9 / 16 / 1e9:.0f} billion parameters")

# %% [markdown] id="allocator-note"
# ## Allocated, reserved, peak
#
# Asking the driver for memory is slow, so torch keeps what a deleted tensor leaves and gives it to the next one: a *caching allocator*. Hence three numbers:
#
# - *allocated*: what living tensors use
# - *reserved*: what torch holds from the driver. It *includes* allocated; `nvidia-smi` shows this one (and the driver's own).
# - *peak*: the most that was ever allocated
#
# Here is a model of it, in MB, that leaves out fragmentation.


# %% id="allocator"
class CachingAllocator:
    """A model of torch's allocator: new tensors first take room that is reserved already."""

    def __init__(self):
        self.allocated = self.reserved = self.peak = 0

    def new(self, size):
        free = self.reserved - self.allocated
        self.reserved += max(0, size - free)  # ask the driver for what is missing
        self.allocated += size
        self.peak = max(self.peak, self.allocated)

    def delete(self, size):
        self.allocated -= size  # its room stays reserved

    def empty_cache(self):
        self.reserved = self.allocated


# %% [markdown] id="allocator-question"
# **Predict**: we delete 100 MB of 150, and then call `empty_cache()`. Does a new tensor of 80 MB have more room after the call than before it?

# %% id="allocator-run"
memory = CachingAllocator()
for name, *size in [
    ("new", 100), ("new", 50), ("delete", 100), ("new", 80), ("delete", 80),
    ("empty_cache",), ("new", 80),
]:  # fmt: skip
    getattr(memory, name)(*size)
    numbers = f"allocated {memory.allocated:3}  reserved {memory.reserved:3}  peak {memory.peak:3}"
    print(f"{name:11} {size[0] if size else '':3}  {numbers}")

# %% [markdown] id="allocator-why"
# **Correction 2.** "Out of memory? Call `empty_cache()`." The deleted 100 MB were free for this program's tensors all along: the first 80 MB cost no new reservation. After `empty_cache()` the same 80 MB
# had to be asked for again. It gives room to *other* programs. (Against fragmentation, which the model leaves out, it can help; but before torch gives up it empties its cache itself.) What helps you is to let go of every name that holds a tensor.
#
# The same steps on the real one:

# %% id="allocator-gpu" tags=["nbval-ignore-output"] nbval-reason="needs a GPU"
if not no_gpu("allocated and reserved after the same steps"):
    torch.cuda.empty_cache()
    held = [torch.empty(n * 10**6, dtype=torch.uint8, device="cuda") for n in (100, 50)]
    for step in ("two tensors", "one deleted", "cache emptied"):
        if step == "one deleted":
            del held[0]
        elif step == "cache emptied":
            before = torch.cuda.memory_allocated(), torch.cuda.memory_reserved()
            torch.cuda.empty_cache()
            assert torch.cuda.memory_allocated() == before[0]
            assert torch.cuda.memory_reserved() < before[1]
        numbers = torch.cuda.memory_allocated(), torch.cuda.memory_reserved()
        print(f"{step:14}", *(f"{number / 1e6:8.1f} MB" for number in numbers))
        assert numbers[0] <= numbers[1]
    del held

# %% id="memory-gpu" tags=["nbval-ignore-output"] nbval-reason="needs a GPU"
if not no_gpu("the CNN's predicted bytes beside torch's own count"):
    torch.cuda.reset_peak_memory_stats()
    before = torch.cuda.memory_allocated()
    step = iteration(wide_cnn, 1024, torch.device("cuda"))
    step(), step()
    peak = torch.cuda.max_memory_allocated() - before
    foreseen = sum(predicted(wide_cnn, 1024).values())
    print(f"predicted {foreseen / 1e6:.0f} MB, peak {peak / 1e6:.0f} MB")

# %% id="memory-shipped"
show_shipped("memory", "predicted bytes by part beside allocated, peak and reserved")

# %% [markdown] id="out-of-memory-note"
# ## Out of memory
#
# What does it look like? We ask for $10^{15}$ numbers. (On a GPU the error is `torch.OutOfMemoryError`, and names what is allocated and what is reserved but unused.)

# %% id="out-of-memory" tags=["nbval-ignore-output"] nbval-reason="the words of the error depend on the machine"
try:
    torch.empty(10**15, device=device)
    raise AssertionError("that fitted")
except RuntimeError as error:
    print(type(error).__name__, "·", str(error).partition("DefaultCPUAllocator: ")[2] or error)
assert issubclass(torch.OutOfMemoryError, RuntimeError)

# %% [markdown] id="cures-question"
# Four cures for activations that are too large. A network of twelve blocks, a batch of 1,024, and the peak counted beside the parameters:
#
# 1. a *smaller batch*, a quarter. Other steps, so another run.
# 2. *accumulation*: four quarters, one step. The big batch's gradient.
# 3. *activation checkpointing*: keep only what goes into each block, and compute the rest once more in backward.
# 4. *mixed precision*: activations in 16 bits.
#
# **Predict**: which saves most? Which changes the gradient?


# %% id="cures-network"
torch.manual_seed(0)
blocks = nn.Sequential(
    *(nn.Sequential(nn.Linear(128, 128), nn.ReLU(), nn.Linear(128, 128), nn.ReLU()) for _ in range(12))
)  # fmt: skip
network = nn.Sequential(nn.Flatten(), nn.Linear(784, 128), blocks, nn.Linear(128, 10))
inputs, targets = images[:1024], labels[:1024]


# %% id="cures-forward"
def plain(inputs):
    return network(inputs)


def checkpointed(inputs):
    hidden = network[1](network[0](inputs))
    for block in blocks:
        hidden = checkpoint(block, hidden, use_reentrant=False)
    return network[3](hidden)


# %% id="cures-count"
def gradient_and_memory(forward, parts=1, batch=slice(0, 1024), autocast=None):
    """The gradient of a batch, taken in so many parts, and the most bytes on the way."""
    network.zero_grad()
    x, y = inputs[batch], targets[batch]
    with Meter(inputs, targets, *network.parameters()) as meter:
        for some, answers in zip(x.chunk(parts), y.chunk(parts), strict=True):
            with torch.autocast("cpu", autocast or torch.bfloat16, enabled=autocast is not None):
                loss = F.cross_entropy(forward(some), answers) * len(answers) / len(y)
            loss.backward()
            del loss
    return torch.cat([p.grad.flatten() for p in network.parameters()]), meter.peak


# %% id="cures"
whole, most = gradient_and_memory(plain)
found = {
    "smaller batch": gradient_and_memory(plain, batch=slice(0, 256)),
    "accumulation": gradient_and_memory(plain, parts=4),
    "checkpointing": gradient_and_memory(checkpointed),
    "bfloat16": gradient_and_memory(plain, autocast=torch.bfloat16),
}

# %% id="cures-table"
print(f"{'as it is':14} {most / 1e6:.2f} MB")
for cure, (gradient, peak) in found.items():
    off = (gradient - whole).norm() / whole.norm()
    print(f"{cure:14} {peak / 1e6:.2f} MB, gradient {'the same' if off < 1e-4 else 'another'}")

# %% id="cures-hold"
off = {cure: ((g - whole).norm() / whole.norm()).item() for cure, (g, _) in found.items()}
saved = {cure: peak / most for cure, (_, peak) in found.items()}
assert max(off["accumulation"], off["checkpointing"]) < 1e-4 < min(off["bfloat16"], 0.1)
assert off["bfloat16"] < 0.1 < off["smaller batch"]
assert max(saved.values()) < 0.75

# %% [markdown] id="cures-why"
# All of them save. Accumulation and checkpointing leave the gradient as it was, up to rounding; bfloat16 rounds it by less than 10 %; a smaller batch follows another gradient altogether.
#
# What they cost: accumulation, smaller operations (see the table above). Checkpointing, a second forward pass: count the arithmetic.

# %% id="checkpoint-flops"
flops = {}
for forward in (plain, checkpointed):
    with FlopCounterMode(display=False) as counter:
        F.cross_entropy(forward(inputs), targets).backward()
    flops[forward] = counter.get_total_flops()

# %% id="checkpoint-cost"
more = flops[checkpointed] / flops[plain]
print(f"with checkpointing {more:.2f} times the arithmetic")
assert 1.1 < more < 1.4

# %% [markdown] id="growing-question"
# ## Memory that grows
#
# A run is fine for some batches and then out of memory. The usual suspect: `losses.append(loss)`. A loss tensor holds the graph that it came from; `loss.item()` is a plain number.
#
# **Predict**: we keep 20 losses, first in training (after `backward()`), then in a validation without `no_grad()`. How many bytes stay in each?


# %% id="growing"
def kept(batches, keep, backward):
    """Bytes that stay in memory after so many batches when ``keep(loss)`` is stored."""
    model, held = course_lib.MLP(), []
    with Meter(images, labels, *model.parameters()) as meter:
        for some, answers in zip(images.split(64)[:batches], labels.split(64), strict=False):
            loss = F.cross_entropy(model(some), answers)
            if backward:
                loss.backward()
            held.append(keep(loss))
        model.zero_grad()
        return meter.allocated


# %% id="growing-run"
def as_it_is(loss):
    return loss


for name, backward in [("training", True), ("validation without no_grad", False)]:
    sizes = [kept(20, keep, backward) for keep in (as_it_is, torch.Tensor.item)]
    print(f"{name:26}: loss {sizes[0]:9,} bytes, loss.item() {sizes[1]:6,} bytes")

# %% id="growing-holds"
assert kept(20, as_it_is, True) < 1000
assert kept(20, as_it_is, False) > 19 * kept(1, as_it_is, False)
assert kept(20, torch.Tensor.item, False) < 2 * kept(1, as_it_is, False)

# %% [markdown] id="growing-why"
# A surprise: after `backward()` the activations are freed although the loss is kept; what stays is small. Without `backward()`, as in a validation that forgot `no_grad()`, every batch keeps *all*
# its activations.
#
# Small is not nothing: the graph's nodes stay, in ordinary memory, and a running `total += loss` strings them into one graph that grows with every batch.


# %% id="growing-graph"
def nodes(tensor):
    """How many nodes hang on a tensor's graph."""
    seen, todo = set(), [tensor.grad_fn]
    while todo:
        node = todo.pop()
        if node is not None and node not in seen:
            seen.add(node)
            todo += [following for following, _ in node.next_functions]
    return len(seen)


# %% id="growing-nodes"
model, total, counts = course_lib.MLP(), 0, []
for some, answers in zip(images.split(64)[:20], labels.split(64), strict=False):
    loss = F.cross_entropy(model(some), answers)
    loss.backward()
    total += loss
    counts.append(nodes(total))
print("nodes after 1, 2, 10 and 20 batches:", [counts[i] for i in (0, 1, 9, 19)])
assert counts[19] > 5 * counts[1]

# %% [markdown] id="formats-note"
# ## Fewer bits
#
# GPUs multiply 16-bit numbers much faster than 32-bit ones, and such numbers take half the memory. There are two kinds. Compare range and precision:

# %% id="formats"
for dtype in (torch.float32, torch.float16, torch.bfloat16):
    kind = torch.finfo(dtype)
    reach = f"{kind.smallest_normal:.1e} to {kind.max:g}"
    print(f"{str(dtype)[6:]:8} {kind.bits} bits: {reach}, after 1 comes {1 + kind.eps:.7f}")

# %% [markdown] id="formats-question"
# **Predict** each in float16 and in bfloat16: $256 + 1$, $2 \times 60{,}000$, $0.00000001$.

# %% id="formats-sums"
for dtype in (torch.float16, torch.bfloat16):
    a, b, c = (torch.tensor(value, dtype=dtype) for value in (256.0, 60_000.0, 1e-8))
    print(f"{str(dtype)[6:]:8} {(a + 1).item():g}  {(b * 2).item():g}  {c.item():.1g}")

# %% [markdown] id="formats-why"
# *bfloat16* has float32's range and few digits: 256 + 1 is lost. *float16* has more digits and a narrow range: above 65,504 comes infinity, and far below one comes zero.
#
# And *TF32* is no format to store: on NVIDIA's GPUs, matrix products and convolutions of float32 tensors may round what they multiply to ten bits behind the point, which is much faster.
#
# **Predict**: you ask for nothing. Does torch do that?

# %% id="tf32"
print("TF32 allowed in matrix products:", torch.backends.cuda.matmul.allow_tf32)
print("TF32 allowed in convolutions:   ", torch.backends.cudnn.allow_tf32)

# %% [markdown] id="lost-question"
# In convolutions, yes; matrix products wait to be told (`torch.set_float32_matmul_precision("high")`). So a CNN "in float32" may be less exact on a GPU than on a CPU.
#
# Few digits have a consequence. **Predict**: a weight of 1, a hundred updates of 0.001 each. Where does it end in bfloat16?

# %% id="lost-updates"
for dtype in (torch.float32, torch.bfloat16):
    weight = torch.ones((), dtype=dtype)
    for _ in range(100):
        weight -= 0.001
    print(f"{str(dtype)[6:]:8} {weight.item():.3f}")

# %% [markdown] id="autocast-question"
# It never moves: each update is smaller than half the distance to the next number. So weights stay in float32, and only the arithmetic that gains is done in 16 bits: *mixed* precision. `torch.autocast` does it operation by
# operation.
#
# **Predict**: under autocast, which are bfloat16: weights, logits, loss, gradients?

# %% id="autocast-run"
model = course_lib.MLP().to(device)
with torch.autocast(device.type, dtype=torch.bfloat16):
    logits = model(images[:64].to(device))
    loss = F.cross_entropy(logits, labels[:64].to(device))
loss.backward()

# %% id="autocast"
weight = model[1].weight
for name, tensor in {"weight": weight, "logits": logits, "loss": loss, "gradient": weight.grad}.items():  # fmt: skip
    print(f"{name:8} {str(tensor.dtype)[6:]}")

# %% [markdown] id="autocast-why"
# Only the matrix products. Cross-entropy, which sums exponentials, is lifted back to float32; gradients have their parameters' type. Mind that only forward and loss stand inside the `with`: backward follows the types that forward took.
#
# ### Gradients that vanish
# Inside the network gradients *are* in 16 bits. How small are real ones? We train a little, then look at the gradient of the loss by the logits, for 1,000 images.
#
# **Predict**: which share of them is too small for float16, and becomes 0?

# %% id="small-gradients-train"
torch.manual_seed(0)
model = course_lib.MLP()
loader = course_lib.make_loader(data, 64, shuffle=True)
optimizer = torch.optim.Adam(model.parameters(), fused=True)
for _ in range(3):
    course_lib.train_one_epoch(model, loader, nn.CrossEntropyLoss(), optimizer, "cpu")

# %% id="small-gradients-taken"
logits = model(images[:1000])
loss = F.cross_entropy(logits, labels[:1000])
(gradient,) = torch.autograd.grad(loss, logits)
gradient = gradient[gradient != 0]
scaled = gradient * 2**16

# %% id="small-gradients" tags=["nbval-ignore-output"] nbval-reason="the last digits of trained numbers depend on the machine"
for name, values in {"as they are": gradient, "times 65,536": scaled}.items():
    for dtype in (torch.float16, torch.bfloat16):
        lost = (values.to(dtype) == 0).float().mean().item()
        print(f"{name:12} {str(dtype)[6:]:8} {lost:6.1%} become 0")

# %% id="small-gradients-hold"
assert (gradient.half() == 0).float().mean() > 0.1
assert (scaled.half() == 0).float().mean() < 0.05 and scaled.half().isfinite().all()
assert (gradient.bfloat16() == 0).float().mean() < 0.001

# %% id="figure-gradients"
fig = plots.plot_gradient_range(gradient, scale=2**16, title="Scaled by 65,536, nearly all fit")
notebook.show(
    fig,
    alt="Histogram of the sizes of real gradients on a logarithmic axis, twice: as they are, with a long tail to the "
    "left of the smallest number that float16 can hold, and multiplied by 65,536, nearly all to the right of it and "
    "left of the largest.",
)

# %% [markdown] id="scaling-note"
# More than a tenth is lost in float16, hardly any in bfloat16: it has the range. Hence *loss scaling*: multiply the loss by a large number, so every gradient is multiplied too; before the update,
# divide again. Now fewer than 5 % vanish.
#
# How large a number? `GradScaler` finds out: it begins at 65,536. When a gradient overflows, it leaves that update out and halves the scale; after many good updates (2,000; here 3) it doubles it.
#
# **Predict** the scale after each of these gradients, the third far too large:

# %% id="scaler-made"
scaler = torch.amp.GradScaler("cpu", growth_interval=3)
weight = nn.Parameter(torch.ones(()))
optimizer = torch.optim.SGD([weight], lr=0.1)
assert torch.amp.GradScaler("cpu").get_growth_interval() == 2000  # when nothing is said

# %% id="scaler"
for slope in (0.001, 1.0, 1e35, 0.001, 0.001, 0.001):
    before = weight.item()
    optimizer.zero_grad()
    scaler.scale(weight * slope).backward()
    scaler.step(optimizer)
    scaler.update()
    moved = before - weight.item()
    print(f"gradient {slope:g}: moved by {moved:.4f}, scale {scaler.get_scale():,.0f}")

# %% [markdown] id="amp-note"
# The third update was left out, and nobody was hurt. With clipping, `scaler.unscale_(optimizer)` comes before it.
#
# With bfloat16 none of this is needed: prefer it where the GPU has it. In the library both are one argument, `amp=torch.bfloat16` or `amp=torch.float16`; `amp=True` chooses.
#
# **Predict**: two epochs with `amp=torch.bfloat16`. Does the accuracy suffer?

# %% id="split"
train_set, val_set = course_lib.split_dataset(data, [0.8, 0.2])
val_loader = course_lib.make_loader(val_set, 500)

# %% id="train-amp" tags=["nbval-ignore-output"] nbval-reason="the last digits of a trained accuracy depend on the machine"
accuracies = {}
for amp in (False, torch.bfloat16):
    torch.manual_seed(0)
    history = course_lib.train_model(
        course_lib.MLP(), course_lib.make_loader(train_set, 64, shuffle=True), val_loader, 2, amp=amp, progress=False,
    )  # fmt: skip
    accuracies[amp] = history["val_accuracy"][-1]
    print(f"amp={amp!s:15} accuracy {accuracies[amp]:.3f}")
assert abs(accuracies[False] - accuracies[torch.bfloat16]) < 0.03

# %% [markdown] id="compile-question"
# ## Fewer, larger operations
#
# *Compiling* takes up the problem from the other side: `torch.compile` records the operations of a call as a *graph*, and a backend may fuse several into one. The graph is made for the shapes that it
# saw.
#
# We give it a backend that fuses nothing and only counts the graphs.
#
# **Predict**: batches of 32, 32, 16, 8 and 5 images. How many graphs?

# %% id="only-count"
graphs = []


def only_count(graph, example_inputs):
    graphs.append(graph)
    return graph.forward


# %% id="compile"
torch.compiler.reset()
model = course_lib.MLP()
compiled = torch.compile(model, backend=only_count)
for size in (32, 32, 16, 8, 5):
    same = torch.allclose(compiled(images[:size]), model(images[:size]), atol=1e-6)
    print(f"batch of {size:2}: {len(graphs)} graph(s) so far, same result: {same}")
assert len(graphs) == 2

# %% [markdown] id="compile-why"
# Two. The first is for 32 images exactly. At another size torch makes one for *any* size, and that one stays. So a smaller last batch costs one more compilation, which takes seconds to minutes with a
# real backend: compile when the run is long, and leave a ragged last training batch out (`drop_last=True`).
#
# The default backend, *inductor*, needs a C++ compiler on a CPU and Triton on a GPU.
#
# ### Channels last
# Images are stored colour by colour (N, C, H, W). Many convolution kernels prefer all colours of a pixel side by side. The shape stays, the order in memory changes:

# %% id="channels-last"
pictures = torch.rand(8, 16, 28, 28)
turned = pictures.to(memory_format=torch.channels_last)
print("strides", pictures.stride(), "→", turned.stride(), "for", tuple(turned.shape))

# %% id="channels-last-same"
convolution = nn.Conv2d(16, 32, 3)
before = convolution(pictures)
after = convolution.to(memory_format=torch.channels_last)(turned)
assert torch.equal(pictures, turned) and torch.allclose(before, after, atol=1e-5)

# %% [markdown] id="modes-question"
# Same numbers, same shape. **Predict**, for the device that you have: which saves time on the small CNN, bfloat16, float16 or channels last?

# %% id="modes-networks"
size = 1024 if device.type == "cuda" else 16  # a CPU is slow in 16 bits
few, answers = images[:size].unsqueeze(1).to(device), labels[:size].to(device)
cnn = course_lib.SmallCNN(width=32).to(device)
turned_cnn = course_lib.SmallCNN(width=32).to(device, memory_format=torch.channels_last)
half_scaler = torch.amp.GradScaler(device.type)  # float16 needs it


# %% id="modes-one"
def one(model, inputs, amp=None):
    with torch.autocast(device.type, amp or torch.bfloat16, enabled=amp is not None):
        loss = F.cross_entropy(model(inputs), answers)
    (half_scaler.scale(loss) if amp is torch.float16 else loss).backward()


# %% id="modes" tags=["nbval-ignore-output"] nbval-reason="times depend on the machine"
modes = {
    "float32": lambda: one(cnn, few),
    "bfloat16": lambda: one(cnn, few, torch.bfloat16),
    "float16, scaled": lambda: one(cnn, few, torch.float16),
    "channels last": lambda: one(turned_cnn, few.to(memory_format=torch.channels_last)),
}
if not no_gpu("the compiled network as well, where Triton is installed") and find_spec("triton"):
    fused = torch.compile(cnn)
    modes["compiled"] = lambda: one(fused, few)
for name, step in modes.items():
    print(f"{name:15} {milliseconds(step, device):6.2f} ms")

# %% id="modes-shipped"
show_shipped("precision", "float32, TF32, bfloat16, float16, channels last and compiled")

# %% [markdown] id="loading-question"
# ## A GPU that starves
#
# If the loader needs longer for a batch than the GPU, the GPU waits: *low utilisation*. See it by timing the loader alone.
#
# `DataLoader` asks for samples one by one and stacks them. Data that is in memory can be fetched by index, a whole batch in one operation; `make_loader` does that.
#
# **Predict**: one pass over 10,000 images in batches of 64. How many times as fast?

# %% id="loaders"
loaders = {
    "one by one": DataLoader(data, 64, shuffle=True),
    "whole batches": course_lib.make_loader(data, 64, shuffle=True),
}

# %% id="loading" tags=["nbval-ignore-output"] nbval-reason="times depend on the machine"
passes = {}
for name, loader in loaders.items():
    passes[name] = milliseconds(lambda loader=loader: list(loader), cpu)
    print(f"{name:14} {passes[name]:6.1f} ms for {len(data):,} images")
times_as_fast = passes["one by one"] / passes["whole batches"]
print(f"{times_as_fast:.1f} times as fast")
assert times_as_fast > 1.5

# %% [markdown] id="loading-why"
# Same batches, at least 1.5 times as fast (the cell would fail if not), mostly several times. What else helps:
#
# | setting | what it does |
# | --- | --- |
# | `num_workers=4` | four processes load ahead |
# | `prefetch_factor=2` | batches that each worker prepares ahead |
# | `persistent_workers=True` | workers live on after the epoch |
# | `pin_memory=True` | batches in memory that the GPU can fetch by itself |
# | `.to(device, non_blocking=True)` | hand the copy over and go on |
#
# Each has its trap.

# %% id="prefetch-trap"
for make in (DataLoader, course_lib.make_loader):
    try:
        make(data, 64, prefetch_factor=2)
    except ValueError as error:
        print(error, end="\n\n")

# %% [markdown] id="spawn-question"
# **Correction 3.** `prefetch_factor` without workers is no setting without effect but an error.
#
# **Correction 4.** "Give the loader workers." A worker is a new process. On Windows and macOS (and on Linux from Python 3.14 on) it starts empty and must *import* the class of your data set. Yours is defined in a notebook.
#
# **Predict**: what is in the parcel that a worker is sent: the class's code, or only its name?


# %% id="spawn-parcel"
class Squares(Dataset):
    """Defined here, in a notebook: no file holds it."""

    def __len__(self):
        return 8

    def __getitem__(self, i):
        return i * i


# %% id="spawn-sent"
parcel = pickle.dumps(Squares())  # what a new worker is sent
print(f"a parcel of {len(parcel)} bytes:", parcel)

# %% id="spawn" tags=["nbval-ignore-output"] nbval-reason="the words of the error depend on Python's version"
worker = "import pickle, sys; pickle.load(sys.stdin.buffer)"  # how it begins
ran = subprocess.run([sys.executable, "-c", worker], input=parcel, capture_output=True)
print(ran.stderr.decode().strip().splitlines()[-1])
assert ran.returncode == 1 and b"get attribute 'Squares'" in ran.stderr

# %% [markdown] id="spawn-why"
# Only a name, and no such name where the worker looks. It dies of this; what you see is `DataLoader worker (pid(s) …) exited unexpectedly`, and the reason far above. Cure: put the class into a `.py` file and import it. A `TensorDataset` is in torch already, and needs no worker at all.
#
# **Correction 5.** "`pin_memory=True` makes the copy asynchronous." No: `.to(device)` still waits for its end. Only both together, pinned *and* `non_blocking=True`, let the copy run beside the computation. (Ours moves every batch with
# `non_blocking=True`.)

# %% id="pinned" tags=["nbval-ignore-output"] nbval-reason="needs a GPU"
if not no_gpu("how long .to() takes to return, for pinned and ordinary memory, with and without non_blocking"):  # fmt: skip
    ordinary = torch.rand(64, 3, 256, 256)
    for name, batch in {"ordinary": ordinary, "pinned": ordinary.pin_memory()}.items():
        for non_blocking in (False, True):
            returned = []
            for _ in range(10):
                torch.cuda.synchronize()
                start = perf_counter()
                batch.to("cuda", non_blocking=non_blocking)
                returned.append(1000 * (perf_counter() - start))
            print(f"{name:8} non_blocking={non_blocking!s:5} {median(returned):6.3f} ms")
    torch.cuda.synchronize()

# %% [markdown] id="resident-note"
# ### No loading at all
#
# The best copy is the one that is not made. Fashion-MNIST in full is 60,000 × 784 numbers of 4 bytes:

# %% id="resident-size"
print(f"{60_000 * 784 * 4 / 1e9:.2f} GB")

# %% id="resident"
resident = TensorDataset(images.to(device), labels.to(device))
order = torch.Generator().manual_seed(0)  # on the CPU: the same order on every device
loader = course_lib.make_loader(resident, 256, shuffle=True, generator=order)
some, answers = next(iter(loader))
print("a batch lies where we train:", some.device.type == device.type)
assert some.device.type == device.type

# %% id="resident-train" tags=["nbval-ignore-output"] nbval-reason="the last digits of a trained loss depend on the machine"
history = course_lib.train_model(
    course_lib.MLP(), loader, val_loader, 2, device=device, progress=False
)
print(f"validation loss {history['val_loss'][-1]:.2f}")
assert history["val_loss"][-1] < 1

# %% [markdown] id="resident-why"
# 0.19 GB: put it on the GPU once, and no batch is ever copied. Each is fetched by index there. What the ways of loading cost, side by side:

# %% id="loading-shipped"
show_shipped("loading", "an epoch with each of eight ways of loading")

# %% [markdown] id="train-model-note"
# ## And `train_model`?
#
# It follows this notebook: every batch is moved with `non_blocking=True` and fetched whole where it can be; losses stay on the device until the epoch ends; nothing inside an epoch asks for a number; Adam is *fused* (one operation for
# all parameters). A test of the course counts its reads: there are as many in an epoch of many batches as in one of few. Against the fastest loop that plain PyTorch allows:

# %% id="train-model-shipped"
show_shipped("train_model", "an epoch of the fastest loop, of train_model and of the textbook")

# %% [markdown] id="quick-check"
# ## Quick check

# %% id="quiz" tags=["interactive"]
widgets.quiz("gpu-training")

# %% [markdown] id="recap"
# ## Recap
# - `device = get_device()`; `model.to(device)` moves, `batch = batch.to(device)` returns.
# - A GPU gains where each operation holds much arithmetic: large layers, large batches. Measure, with `synchronize`.
# - Memory: four times the parameters with Adam, plus activations, which grow with the batch. Too much: accumulate, checkpoint, bfloat16.
# - float16 needs a scaled loss, bfloat16 does not; weights stay float32.
# - Waits: `.item()` in the loop, loading sample by sample, a copy that is not pinned *and* non-blocking.
# - Used here: `course_lib/device.py`, `weight_update.py`, `running_mean.py`, `data/batch_fetching.py`; figures by `benchmarks/gpu.py`.
# - Next, in notebook 08: [Saving, loading, resuming](08_checkpointing.ipynb).
