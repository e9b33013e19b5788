# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown] id="title"
# # More than one device
#
# One model, trained by several processes at once: the same loop, the same result, and a bill for the talking
# between them that you can work out beforehand.
#
# **25 minutes**
#
# **Before you start**: notebooks 02 and 04: batches, and the loop. Notebook 08 helps with resuming.
#
# **You will**
#
# - *show* that averaged gradients of parts are the gradient of the whole batch, and when they are not
# - *run* `train_model` in two processes and compare it with one
# - *kill* one of them and go on
# - *predict* when a second process makes training faster, and when slower

# %% id="setup"
from course_lib import notebook

notebook.setup(seed=0)

# %% id="imports"
import inspect
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import torch
from torch.nn import functional as F
from torch.utils.data import BatchSampler, DistributedSampler, SequentialSampler

import course_lib
from course_lib import plots, widgets
from course_lib.distributed import example
from course_lib.distributed.shares import SharedBatches
from course_lib.measurements import measurement

# %% [markdown] id="halves"
# ## Two halves of a batch
#
# Two copies of a network stand on two devices. A batch has 32 images: each copy takes 16 of them and computes its
# own gradient.
#
# **Predict**: the mean of the two gradients, compared with the gradient of the whole batch, is (a) the same,
# (b) similar, (c) noisier?

# %% id="halves-run"
images, labels = course_lib.scale_images(course_lib.fashion_mnist().train)[:32]
model = course_lib.MLP()


def gradient(part):
    """The gradient of the mean loss over some of the 32 images, as one vector."""
    loss = F.cross_entropy(model(images[part]), labels[part])
    return torch.cat([g.flatten() for g in torch.autograd.grad(loss, list(model.parameters()))])


whole = gradient(slice(0, 32))
mean = (gradient(slice(0, 16)) + gradient(slice(16, 32))) / 2
print(f"{len(whole):,} numbers, equal up to rounding: {torch.allclose(mean, whole, atol=1e-6)}")
assert torch.allclose(mean, whole, atol=1e-6)

# %% [markdown] id="halves-why"
# (a). The loss of a batch is a mean over its samples, so its gradient is one too, and a mean may be taken in parts.
#
# That is all of *data parallel* training. Each process holds a copy of the model; its number is its *rank*, their count the *world size* W. In every
# iteration each takes its part of the batch, the gradients are averaged (an *all-reduce*), and all take the same
# step. Copies that begin equal stay equal: weights are never sent.
#
# **Predict**: now the parts have 20 and 12 images. Is the mean of the two gradients still right?

# %% id="unequal-run"
large, small = gradient(slice(0, 20)), gradient(slice(20, 32))
plain, weighted = (large + small) / 2, (20 * large + 12 * small) / 32
for name, vector in {"plain mean": plain, "weighted mean": weighted}.items():
    print(f"{name:13} equal to the whole batch: {torch.allclose(vector, whole, atol=1e-6)}")
assert torch.allclose(weighted, whole, atol=1e-6) and not torch.allclose(plain, whole, atol=1e-4)

# %% [markdown] id="unequal-why"
# No: it is the mean of batch means again (notebook 04). PyTorch's `DistributedDataParallel` takes the plain mean over the processes.
# `train_model` therefore multiplies each process's loss by *its samples × W / all samples* before `backward()`, and the plain
# mean comes out right.

# %% [markdown] id="samples"
# ## Who takes which samples?
#
# PyTorch's `DistributedSampler` deals the samples of a data set to the ranks.
#
# **Predict**: 10 samples for 4 ranks, each rank gets equally many. How many samples are drawn in an epoch?

# %% id="sampler-run"
for drop_last in (False, True):
    dealt = [
        list(DistributedSampler(range(10), 4, rank, shuffle=False, drop_last=drop_last))
        for rank in range(4)
    ]
    drawn = [sample for own in dealt for sample in own]
    print(f"drop_last={drop_last}: {dealt}: {len(drawn)} drawn, {len(set(drawn))} different")
assert len(drawn) == 8

# %% [markdown] id="sampler-why"
# 12, two of them twice; or 8, and two are missing. In a long epoch that matters little. In a *metric* it is wrong: some
# samples count double.
#
# **Predict**: this sampler shuffles by default. Does it give another order in the next epoch?

# %% id="set-epoch-run"
sampler = DistributedSampler(range(8), num_replicas=2, rank=0)
first, again = list(sampler), list(sampler)
sampler.set_epoch(1)
print(f"epoch 0: {first}   once more: {again}   after set_epoch(1): {list(sampler)}")
assert first == again != list(sampler)

# %% [markdown] id="shares"
# Only if it is told: forgetting `set_epoch` is a classic mistake. `train_model` calls it.
#
# It also accepts your ordinary shuffled loader. Each rank then takes its part of W batches at a time: what *one* process would
# take with batches W times as large. Nothing is left out or counted twice:

# %% id="shares-run"
batches = BatchSampler(SequentialSampler(range(10)), batch_size=2, drop_last=False)
for rank in range(4):
    shared = SharedBatches(batches, rank, 4, lambda states: states, complete=False, padded=False)
    print(f"rank {rank}: {list(shared)}   of whole batches of {[s.total for s in shared.shares]}")

# %% [markdown] id="shares-why"
# Eight samples, then the two that are left. A rank without a sample (here 2 and 3 at the end) takes part in the last update with
# weight zero, so that all make equally many steps.

# %% [markdown] id="launch"
# ## Nothing but the launcher changes
#
# This is a whole program. It names no rank and no device:

# %% id="program"
print(inspect.getsource(example.main).split("    print(", 1)[1].split("\n", 1)[1])

# %% [markdown] id="launch-question"
# `torchrun` starts it twice and tells each its rank. `train_model` finds that out, and shares the work.
#
# **Predict**: two processes with batches of 32 against one with batches of 64. Their weights after two epochs are (a) equal
# bit for bit, (b) equal up to rounding, (c) different: each saw other images?

# %% id="launch-function"
folder = Path(tempfile.mkdtemp())
PROGRAM = ["-m", "course_lib.distributed.example", "--device=cpu", "--batch-size=32"]


def torchrun(*options):
    """Start the program in two processes; return it running."""
    launcher = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    return subprocess.Popen(
        [*launcher, *PROGRAM, *map(str, options)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )


# %% id="ranks-of"
def ranks_of(run):
    """Wait until both processes have said who they are; their process numbers, by rank."""
    found = {}
    for line in run.stdout:
        if line.startswith("rank"):  # as in "rank 0 is process 1234"
            _, rank, *_, process = line.split()
            found[int(rank)] = int(process)
        if len(found) == 2:
            break
    return dict(sorted(found.items()))


# %% id="two-started" tags=["nbval-ignore-output"] nbval-reason="process numbers change"
run = torchrun("--out", folder / "two")
print("process numbers by rank:", ranks_of(run))  # they train while this process goes on

# %% id="one-process" tags=["nbval-ignore-output"] nbval-reason="process numbers, and the last digits of losses, change"
example.main(["--device=cpu", "--batch-size=64", "--out", str(folder / "one")])

# %% id="two-processes" tags=["nbval-ignore-output"] nbval-reason="process numbers, and the last digits of losses, change"
print(run.stdout.read())
assert run.wait() == 0


# %% id="compare"
def weights(name):
    """The weights that a run left, as one vector."""
    model = course_lib.MLP()
    course_lib.load_weights(folder / name, model)
    return torch.cat([p.detach().flatten() for p in model.parameters()])


difference = (weights("one") - weights("two")).abs().max()
print(f"equal to 4 decimals: {bool(difference < 5e-5)}; bit for bit: {bool(difference == 0)}")
assert 0 < difference < 5e-5

# %% [markdown] id="compare-why"
# (b). The two add the same numbers in another order, and rounding differs. (Batch norm would make a real difference: each rank
# takes the statistics of its own part.)
#
# Rank 0 alone printed and wrote the file. In your own program `course_lib.is_main_process()` says who that is.
#
# Mind what `batch_size` means here: of *each process*. Left at 64, two processes make batches of 128 and half as many updates.

# %% [markdown] id="death"
# ## One of them dies
#
# A machine fails, or a job is cut short. We kill rank 1 after its first epoch.
#
# **Predict**: rank 0 then (a) goes on alone, (b) waits for ever, (c) ends too?

# %% id="victim"
run = torchrun("--checkpoints", folder / "kept", "--out", folder / "resumed")
victim = ranks_of(run)[1]

# %% id="kill" tags=["nbval-ignore-output"] nbval-reason="process numbers, and the last digits of losses, change"
KILL = getattr(signal, "SIGKILL", signal.SIGTERM)  # Windows has no SIGKILL
for line in run.stdout:
    if line.startswith("epoch 1"):
        os.kill(victim, KILL)
        break
words = run.stdout.read()
print(next((line for line in words.splitlines() if "LostProcessError:" in line), words))
assert run.wait() != 0 and "LostProcessError" in words

# %% [markdown] id="kill-why"
# (c): alone it could not know the other half of the gradient. And it must not wait: by itself PyTorch waits 10 minutes (NCCL) or 30
# (gloo) for a process that hangs ([init_process_group](https://docs.pytorch.org/docs/stable/distributed.html)); `train_model` waits 10, or
# as long as `COURSE_RANK_SECONDS` says.
#
# The checkpoints are there, written by rank 0. The same command again, with the same folder:

# %% id="started-again" tags=["nbval-ignore-output"] nbval-reason="process numbers change"
run = torchrun("--checkpoints", folder / "kept", "--out", folder / "resumed")
print("process numbers by rank:", ranks_of(run))

# %% id="resume" tags=["nbval-ignore-output"] nbval-reason="process numbers, and the last digits of losses, change"
print(run.stdout.read())
assert run.wait() == 0

# %% id="resumed-equal"
same = torch.equal(weights("resumed"), weights("two"))
print(f"killed and resumed = never interrupted, bit for bit: {same}")
assert same

# %% [markdown] id="resume-why"
# Bit for bit this time: the same two processes added the same numbers in the same order. Between two epochs another number of
# processes may go on; inside an epoch `train_model` refuses, because the position would be no whole number of their batches.
#
# With `torchrun --max-restarts 3` the launcher does the restarting for you.

# %% [markdown] id="bill"
# ## The bill
#
# In every iteration the ranks add up one number for each parameter. A *ring* is the usual way: each rank sends to the
# next one only, a piece at a time. First sums travel round, then results.
#
# **Predict**: with twice as many ranks, how much more does each of them have to send?


# %% id="ring"
def ring_all_reduce(vectors):
    """Add vectors as ranks in a ring do; return the sums and how many numbers each rank sent."""
    world, sent = len(vectors), 0
    pieces = [list(vector.tensor_split(world)) for vector in vectors]
    for step in range(2 * (world - 1)):
        moving = [pieces[rank][(rank - step) % world] for rank in range(world)]
        for rank in range(world):
            place, arrived = (rank - 1 - step) % world, moving[rank - 1]
            summing = step < world - 1
            pieces[rank][place] = pieces[rank][place] + arrived if summing else arrived
        sent += len(moving[0])
    return [torch.cat(own) for own in pieces], sent


# %% id="ring-run"
for world in (2, 4, 8, 64):
    vectors = list(torch.randint(0, 100, (world, 6400)))
    sums, sent = ring_all_reduce(vectors)
    assert all(torch.equal(own, sum(vectors)) for own in sums)
    print(f"{world:2} ranks: each sends {sent / 6400:.2f} times the gradient")
    assert sent == 2 * (world - 1) * 6400 / world

# %% [markdown] id="ring-why"
# Hardly more: $2(W-1)/W$ times the gradient, never more than 2. What grows is the number of rounds, and each has its delay.
#
# So an iteration takes about
#
# $$T(W) = \text{compute}(B / W) + \text{exchange}(\text{parameters})$$
#
# Only the first term gets smaller. **Predict**: for which does a second process pay: a small network with small batches, a
# wide one with small batches, or a convolutional one with large batches?

# %% id="measured"
shipped = measurement("distributed")
print(f"{shipped['device']}, torch {shipped['versions']['torch']}, {shipped['date']}")
print("milliseconds:    parameters  batch    alone  together  speed-up  by the model")
for row in shipped["rows"]:
    alone, half, together, exchange = (
        1000 * row[f"{kind}_seconds"] for kind in ("alone", "half", "together", "exchange")
    )
    print(
        f"{row['model']:17}{row['parameters']:10,}{row['batch_size']:7}{alone:9.1f}{together:10.1f}"
        f"{alone / together:10.2f}{alone / (half + exchange):14.2f}"
    )

# %% id="figure-scaling"
fig = plots.plot_scaling(
    shipped["rows"], title="A second process pays where there is enough to compute"
)
notebook.show(
    fig,
    alt="Speed-up by a second process against the size of the whole batch, for three models, each "
    "with the cost model's prediction as a thin line. All lines rise with the batch: that "
    "of the small MLP stays below 1. With batches of 2,048 the wide MLP reaches 1.5, the CNN 2.2.",
)

# %% [markdown] id="scaling-why"
# Shipped figures, made by `benchmarks/distributed.py` on two CPU cores that other programs used too: trust the shape, not the last
# digit. (A speed-up above 2 does not come from sharing; half a batch also fits a processor's cache better.)
#
# The small network with batches of 32 has a speed-up of 0.19: it got *slower*. 25,450 parameters are soon
# computed, and the exchange has its delay whatever it carries. The convolutional network has still fewer parameters and much
# more to compute for each: from batches of 128 on it pays.
#
# The model is too hopeful for small batches. It leaves out what `DistributedDataParallel` itself does in every iteration.

# %% id="gpu-figures"
print("two GPUs:", shipped["gpu"] or "not yet measured")

# %% [markdown] id="machines"
# ## More machines
#
# The file stays the same; the launcher learns where to meet. On each of two machines with eight GPUs:
#
# ```
# torchrun --nnodes 2 --nproc-per-node 8 --rdzv-backend c10d --rdzv-id lesson \
#     --rdzv-endpoint FIRST_MACHINE:29500 -m course_lib.distributed.example
# ```
#
# Slurm starts that line once on each machine:
#
# ```
# #SBATCH --nodes=2 --ntasks-per-node=1 --gpus-per-node=8
# FIRST_MACHINE=$(scontrol show hostnames "$SLURM_JOB_NODELIST" | head -n 1)
# srun torchrun --nnodes "$SLURM_NNODES" --nproc-per-node 8 --rdzv-backend c10d \
#     --rdzv-id "$SLURM_JOB_ID" --rdzv-endpoint "$FIRST_MACHINE:29500" train.py
# ```

# %% [markdown] id="kubernetes"
# On Kubernetes an *indexed Job* gives every pod a number, and a headless service gives it a name. All meet at the pod with number 0:
#
# ```yaml
# apiVersion: v1
# kind: Service
# metadata: {name: lesson}
# spec: {clusterIP: None, selector: {job-name: lesson}}
# ---
# apiVersion: batch/v1
# kind: Job
# metadata: {name: lesson}
# spec:
#   completionMode: Indexed
#   completions: 2
#   parallelism: 2
#   template:
#     spec:
#       subdomain: lesson
#       restartPolicy: OnFailure
#       containers:
#         - name: train
#           image: YOUR_IMAGE
#           resources: {limits: {nvidia.com/gpu: 8}}
#           command: [torchrun, --nnodes=2, --nproc-per-node=8, --rdzv-backend=c10d,
#             --rdzv-id=lesson, "--rdzv-endpoint=lesson-0.lesson:29500", train.py]
# ```

# %% [markdown] id="machines-resume"
# Wherever it runs: put `checkpoint_dir` on a disk that all machines see, and give `resume=True`. Whatever restarts the job then goes on.
#
# On GPUs the gradients travel by NCCL, on CPUs by gloo; `train_model` chooses. A model that does not fit on one device needs
# another kind of sharing (`torch.distributed.fsdp`), which this course leaves out.

# %% [markdown] id="quick-check"
# ## Quick check
# Answer before you look back. Every choice has its reason.

# %% id="quiz" tags=["interactive"]
widgets.quiz("more-devices")

# %% [markdown] id="recap"
# ## Recap
# - The gradient of a batch is the mean over its samples: parts may be computed apart, if they are weighted by their size.
# - Each rank holds a copy, takes a share, averages gradients, and makes the same step. Rank 0 prints and writes.
# - `batch_size` is that of each process. `DistributedSampler` repeats samples and needs `set_epoch`.
# - A lost rank ends the run; the same command with `resume=True` goes on.
# - A second process pays when computing half the batch saves more than the exchange costs.
# - Used here: `course_lib/distributed/`, `course_lib/loop.py`, `benchmarks/distributed.py`.
# - Next, in notebook 10: the [Review](10_review.ipynb).
