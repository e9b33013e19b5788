# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown] id="title"
# # A complete training loop
#
# You write a training loop by hand, find what it gets wrong, and end with the one that the library runs,
# every line of it explained.
#
# **50 minutes**
#
# **Before you start**: notebooks 01 to 03: the four steps, batches, the validation set.
#
# **You will**
#
# - *write* the loop of the textbooks and show that it is the library's
# - *compute* a mean loss that does not depend on how the data were cut into batches
# - *measure* without changing what you measure
# - *keep* the best model of a run, and not a mirage of it
# - *read* what a loop really did, event by event

# %% id="setup"
from course_lib import notebook

notebook.setup(seed=0)

# %% id="imports"
import tempfile
from collections import Counter
from copy import deepcopy
from time import perf_counter

import torch
from torch import nn
from torch.nn import functional as F
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.data import DataLoader, Subset

import course_lib
from course_lib import plots, widgets

# %% [markdown] id="by-hand"
# ## The loop, by hand
#
# Notebook 01 wrote the four steps. A function around them trains for one epoch and reports the mean loss. This is
# how textbooks often print it. Read it line by line: you know each of them.
#
# **Predict**: it runs, and the network learns. Is every line right? If not, which is wrong?

# %% id="data"
data = course_lib.fashion_mnist()
train, val = course_lib.split_dataset(course_lib.scale_images(data.train), [0.8, 0.2])
small, _ = course_lib.split_dataset(train, [1000, 7000])
val_loader = course_lib.make_loader(val, batch_size=500)
loss_fn = nn.CrossEntropyLoss()
cpu = torch.device("cpu")


# %% id="textbook-epoch"
def textbook_epoch(model, loader, loss_fn, optimizer, device):
    model.train()
    total = 0.0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        loss = loss_fn(model(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item()
    return total / len(loader)


# %% [markdown] id="same-question"
# The library has `course_lib.train_one_epoch`, with the same five arguments. We train two networks from the same start,
# on the same 1,000 images in the same order, in batches of 64: one with each function.
#
# **Predict**: after two epochs, do the two agree (a) in weights and reported loss, (b) in the weights only, (c) in neither?


# %% id="fresh"
def fresh(seed=0):
    """A network, its optimizer, and batches of 64 in an order that the seed decides."""
    torch.manual_seed(seed)
    model = course_lib.MLP()
    order = torch.Generator().manual_seed(seed)
    loader = course_lib.make_loader(small, 64, shuffle=True, generator=order)
    return model, loader, torch.optim.SGD(model.parameters(), lr=0.1)


# %% id="same-parameters"
def same_parameters(one, other):
    """Whether two networks agree in every bit of every parameter."""
    pairs = zip(one.parameters(), other.parameters(), strict=True)
    return all(torch.equal(p, q) for p, q in pairs)


# %% id="two-functions" tags=["nbval-ignore-output"] nbval-reason="the last digits of a trained loss depend on the machine"
ends = []
for one_epoch in (textbook_epoch, course_lib.train_one_epoch):
    model, loader, optimizer = fresh()
    reports = [one_epoch(model, loader, loss_fn, optimizer, cpu) for _ in range(2)]
    print(f"{one_epoch.__name__:16} reports {reports[0]:.5f}, then {reports[1]:.5f}")
    ends.append((model, reports))

# %% id="same-weights"
(ours, by_hand), (theirs, by_library) = ends
print("bit for bit the same weights:", same_parameters(ours, theirs))
print("the same reports:            ", by_hand == by_library)
assert same_parameters(ours, theirs)
assert all(abs(a - b) > 1e-5 for a, b in zip(by_hand, by_library, strict=True))

# %% [markdown] id="same-why"
# (b). The weights agree in every bit: it *is* the same loop. The reports do not agree, and that is no rounding, which would
# show in the last of some sixteen digits, not among the first five.
#
# Two functions look at the same losses and report two means. One of them is wrong.

# %% [markdown] id="mean-question"
# ## Which mean?
#
# Ten samples in batches of 4: the last batch holds two. Eight samples have a loss of 1, the last two have 9.
#
# **Predict**: what is the mean loss of the ten? And the mean of the three batches' means?

# %% id="two-means"
losses = torch.tensor([1.0] * 8 + [9.0] * 2)
batches = losses.split(4)
means = [batch.mean().item() for batch in batches]
print("batches of", [len(batch) for batch in batches], "with the means", means)
print(f"mean of the means:     {sum(means) / len(means):.3f}")
print(f"mean over the samples: {losses.mean():.3f}")

# %% [markdown] id="mean-note"
# **Correction 1.** Many texts add up the batch losses and divide by the number of batches. When the last batch is smaller, that is not the
# mean loss: 3.667 instead of 2.6. In the small batch each sample counts twice as much as elsewhere.
#
# A mean may not be added to a mean of another size; sums may. So multiply each batch's mean by its samples, add, and
# divide by all samples at the end.

# %% id="weighted"
total = sum(mean * len(batch) for mean, batch in zip(means, batches, strict=True))
weighted = total / sum(len(batch) for batch in batches)
print(f"weighted by samples:   {weighted:.3f}")
assert abs(weighted - losses.mean()) < 1e-6

# %% [markdown] id="worst-question"
# ### How wrong can it get?
#
# Above, the reports differed little: the last 40 of 1,000 images were much like the others. Now we measure the trained network on
# 1,001 validation images in batches of 250, with the image that it finds hardest as the last.
#
# **Predict**: by how much can one image in a thousand raise the reported loss?

# %% id="hardest"
images, labels = next(iter(course_lib.make_loader(val, batch_size=2000)))
with torch.no_grad():
    each = F.cross_entropy(ours(images), labels, reduction="none")
hardest = each.argmax()
others = each[torch.arange(2000) != hardest][:1000]
each = torch.cat([others, each[hardest : hardest + 1]])

# %% id="worst-last" tags=["nbval-ignore-output"] nbval-reason="the last digits of a trained loss depend on the machine"
mean_of_means = torch.stack([batch.mean() for batch in each.split(250)]).mean()
print(f"loss of the hardest image {each[-1]:.2f}")
print(f"mean over 1,001 images    {each.mean():.3f}")
print(f"mean of five means        {mean_of_means:.3f}")
assert mean_of_means > 1.3 * each.mean()

# %% [markdown] id="worst-why"
# One image, alone in its batch, counts as much as 250 others, and the reported loss is more than 1.3 times the true one. We
# put it there on purpose. In a validation set that is not shuffled, it may stand there by chance, in every epoch.
#
# Training is not touched by this: the gradients are those of the batches. What is wrong is the number that you read,
# compare between runs, and choose the best model by.

# %% [markdown] id="empty-question"
# ### And with no batch at all?
#
# Ten images, batches of 64, `drop_last=True`: the only batch is not full and is dropped. It happens with small test sets.
#
# **Predict**: what do the two functions say?

# %% id="empty-loader"
empty = DataLoader(Subset(train, range(10)), batch_size=64, drop_last=True)
for one_epoch in (textbook_epoch, course_lib.train_one_epoch):
    try:
        one_epoch(model, empty, loss_fn, optimizer, cpu)
    except ZeroDivisionError as error:
        print(type(error).__name__)
    except ValueError as error:
        print(f"{type(error).__name__}: {error}")

# %% [markdown] id="empty-note"
# **Correction 2.** The textbook's function divides by zero, a message about arithmetic. What is wrong is the loader, so
# the library says that, and what to look at.
#
# ## What `.item()` costs
#
# A GPU works off a queue: Python asks for an operation and goes on before it is done
# ([PyTorch's notes](https://docs.pytorch.org/docs/stable/notes/cuda.html#asynchronous-execution)). `loss.item()` needs the number *now*: Python
# waits until the queue has been worked off, and then the GPU waits for Python.
#
# **Predict**: 16 batches. How often does the textbook's epoch ask for a number?


# %% id="patient-epoch"
def patient_epoch(model, loader, loss_fn, optimizer, device):
    model.train()
    total, samples = torch.zeros((), device=device), 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        loss = loss_fn(model(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.detach() * len(labels)  # stays on the device
        samples += len(labels)
    return (total / samples).item()  # the one place that waits


# %% id="read-counter"
class Reads(TorchDispatchMode):
    """Counts how often a number is fetched from a tensor, inside a ``with`` block."""

    count = 0

    def __torch_dispatch__(self, operation, types, args=(), kwargs=None):
        self.count += operation is torch.ops.aten._local_scalar_dense.default
        return operation(*args, **(kwargs or {}))


# %% id="count-reads"
for one_epoch in (textbook_epoch, patient_epoch):
    model, loader, optimizer = fresh()
    batches = list(loader)
    with Reads() as reads:
        one_epoch(model, batches, loss_fn, optimizer, cpu)
    print(f"{one_epoch.__name__:15} {len(batches)} batches, {reads.count:2} reads")

# %% [markdown] id="reads-why"
# Once for each batch, against once an epoch. And `detach()` matters: `total += loss * len(labels)` would keep the graph of
# every batch alive until the end of the epoch.
#
# **Predict**: on the device that you have, is the patient epoch faster?

# %% id="on-your-device"
device = course_lib.get_device()
model, loader, _ = fresh()
model.to(device)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
batches = [(images.to(device), labels.to(device)) for images, labels in loader]

# %% id="read-times" tags=["nbval-ignore-output"] nbval-reason="a time, which depends on the machine"
seconds = {textbook_epoch: [], patient_epoch: []}
for _ in range(20):
    for one_epoch, times in seconds.items():
        start = perf_counter()
        one_epoch(model, batches, loss_fn, optimizer, device)
        times.append(perf_counter() - start)
hasty, patient = (sorted(times)[len(times) // 2] for times in seconds.values())
print(f"{course_lib.describe_device(device)}: {hasty / patient:.2f} times as long with .item()")

# %% [markdown] id="time-why"
# On a CPU expect about the same: it has computed the loss before the next line runs, so nobody waits. On a GPU every
# wait costs; how much, on which network, is measured in notebook 07.
#
# The library does both: it leaves the losses on a GPU and fetches them in one go, and reads them at once on a CPU. Now
# you can read all of it.

# %% [markdown] id="tour-training-intro"
# ### The code tour
#
# This is the function itself, read from the library's file, not a copy. Press **Next note**, choose a note from the list, or
# press a number beside a line. With the keyboard: Tab and Enter. Lines without a note explain themselves, or are the same duty
# as their neighbour.
#
# **Try**: find the place where the loss is weighted. It is not in this function.

# %% id="tour-training" tags=["interactive"]
widgets.code_tour("train_one_epoch")

# %% [markdown] id="validate-question"
# ## Measuring without learning
#
# After each epoch the network is judged on images that it never learns from. Of the four steps two are needed, forward and
# loss, and two switches: *evaluation mode* (dropout off) and `no_grad` (no graph).


# %% id="textbook-validate"
def textbook_validate(model, loader, loss_fn, device):
    model.eval()
    total, right, samples = 0.0, 0, 0
    with torch.no_grad():
        for images, labels in loader:
            images, labels = images.to(device), labels.to(device)
            logits = model(images)
            total += loss_fn(logits, labels).item() * len(labels)
            right += (logits.argmax(dim=1) == labels).sum().item()
            samples += len(labels)
    return total / samples, right / samples


# %% [markdown] id="argmax-question"
# `argmax(dim=1)` turns logits into answers. **Predict** its result for these three rows, and how many are right.

# %% id="argmax"
logits = torch.tensor([[2.0, -1.0, 0.5], [0.1, 0.3, 0.2], [-3.0, -2.0, -1.0]])
labels = torch.tensor([0, 1, 0])
answers = logits.argmax(dim=1)
print("answers", answers.tolist(), "right", (answers == labels).tolist())
print("right in all:", (answers == labels).sum().item())
assert torch.equal(answers, logits.softmax(dim=1).argmax(dim=1))

# %% [markdown] id="validate-compare"
# Two of three: the column of the largest logit is the answer. Softmax keeps the order, so it would change nothing.
#
# A network with dropout, trained for five epochs, measured by both functions. **Predict**: the same two numbers this time?

# %% id="with-dropout"
torch.manual_seed(0)
model = course_lib.MLP(dropout=0.5)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
_, loader, _ = fresh()
for _ in range(5):
    course_lib.train_one_epoch(model, loader, loss_fn, optimizer, cpu)

# %% id="validate-both" tags=["nbval-ignore-output"] nbval-reason="the last digits of a trained loss depend on the machine"
both = []
for measure in (textbook_validate, course_lib.validate):
    both.append(measure(model, val_loader, loss_fn, cpu))
    print(f"{measure.__name__:18} loss {both[-1][0]:.5f}, {both[-1][1]:.1%} right")
torch.testing.assert_close(both[0], both[1])

# %% [markdown] id="forgotten-eval-question"
# The same. Now we leave one switch out at a time.
#
# **Predict**: without `eval()`, three measurements of the same network: what do you see?

# %% id="forgotten-eval" tags=["nbval-ignore-output"] nbval-reason="dropout draws random numbers, and the last digits depend on the machine"
images, labels = next(iter(val_loader))
model.eval()
with torch.no_grad():
    clean = loss_fn(model(images), labels)
    model.train()  # as if eval() had been forgotten
    forgot = [loss_fn(model(images), labels).item() for _ in range(3)]
print(f"with eval() {clean:.3f}; without", ", ".join(f"{loss:.3f}" for loss in forgot))
assert len(set(forgot)) == 3 and min(forgot) > clean

# %% [markdown] id="forgotten-graph-question"
# Worse, and another number at each call: the network is measured with holes in it.
#
# **Predict**: and without `no_grad()`?

# %% id="forgotten-graph"
model.eval()
with_graph = loss_fn(model(images), labels)
print("the same number:", torch.allclose(with_graph, clean))
print("a graph hangs on it:", with_graph.grad_fn is not None)
assert torch.allclose(with_graph, clean) and clean.grad_fn is None

# %% [markdown] id="forgotten-why"
# The number is the same, and a graph is built for nobody: memory and time.
#
# Two switches, two duties. Neither does the other's work. What a forgotten one costs a whole run is the matter of notebook 06.
#
# ### Give it back as you found it
#
# You want to look at the validation loss in the *middle* of an epoch, and then train on.
#
# **Predict**: in which mode is the model after each function?

# %% id="mode-restored"
for measure in (textbook_validate, course_lib.validate):
    model.train()
    measure(model, val_loader, loss_fn, cpu)
    print(f"{measure.__name__:18} training mode afterwards: {model.training}")

# %% [markdown] id="mode-why"
# The textbook's function leaves evaluation mode behind: the rest of that epoch would train without dropout. Would a
# `model.train()` at its end mend it?
#
# In *fine-tuning*, training a trained network further, some layers stay in evaluation mode on purpose. **Predict**: what becomes of a batch
# norm that we have frozen that way?

# %% id="mode-frozen"
cnn = course_lib.SmallCNN()
first_norm = cnn.features[1]
few_images = course_lib.make_loader(Subset(val, range(20)), batch_size=20)
cnn.train()
first_norm.eval()  # frozen
course_lib.validate(cnn, few_images, loss_fn, cpu)
print("after the library's validate:          training =", first_norm.training)
textbook_validate(cnn, few_images, loss_fn, cpu)
cnn.train()  # the repair
print("after the textbook's and model.train(): training =", first_norm.training)
assert cnn.training

# %% [markdown] id="mode-note"
# **Correction 3.** A function that measures should change nothing. `model.train()` afterwards is a guess about what was there
# before; the library notes the mode of *every* module, and gives each its own back, even if the loss function fails on the way.
#
# Now the tour of that function. **Try**: the two switches stand in one line. Which of them has to give something back, and where
# does it do so?

# %% id="tour-validation" tags=["interactive"]
widgets.code_tour("validate")

# %% [markdown] id="fit-question"
# ## The whole run
#
# Three more duties make it a run: choose a device and move the model there, make an optimizer, and write down how each epoch
# went. We choose *Adam*: it adapts each parameter's step, and its usual rate of 0.001 is a fair start.


# %% id="fit"
def fit(model, train_loader, val_loader, num_epochs, learning_rate=0.001):
    device = course_lib.get_device()
    model.to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate)
    history = {"train_loss": [], "val_loss": [], "val_accuracy": []}
    for _ in range(num_epochs):
        loss = course_lib.train_one_epoch(model, train_loader, loss_fn, optimizer, device)
        val_loss, accuracy = course_lib.validate(model, val_loader, loss_fn, device)
        history["train_loss"].append(loss)
        history["val_loss"].append(val_loss)
        history["val_accuracy"].append(accuracy)
    return history


# %% [markdown] id="fit-compare"
# `course_lib.train_model` has the same arguments. It wants to know nothing else, and offers much: here a function that is
# called after every epoch, which shows the progress. (Left alone, it draws a progress bar.)
#
# **Predict**: three epochs of each. Do the histories agree?


# %% id="show-progress"
def show(history):
    """One line for the newest epoch."""
    train_loss, val_loss = history["train_loss"][-1], history["val_loss"][-1]
    share = history["val_accuracy"][-1]
    print(f"epoch {history.epochs}: train {train_loss:.3f}, val {val_loss:.3f}, {share:.1%} right")


# %% id="train-model" tags=["nbval-ignore-output"] nbval-reason="the last digits of a trained loss depend on the machine"
model, loader, _ = fresh()
by_hand = fit(model, loader, val_loader, num_epochs=3)
twin, loader, _ = fresh()
history = course_lib.train_model(
    twin, loader, val_loader, num_epochs=3, progress=False, on_epoch=show
)
print("keys of its history:", ", ".join(history))
for key, values in by_hand.items():
    torch.testing.assert_close(history[key], values, rtol=1e-3, atol=2e-3)

# %% [markdown] id="history-why"
# The same history, to well below a hundredth. (Not to the bit: the library's Adam is the *fused* one of notebook 01, which rounds
# otherwise.) `lr` comes along: with a schedule it changes.
#
# The *history* is the record of a run: a dict of lists, one entry an epoch. All that reads a run from here on, curves,
# dashboard, diagnosis, reads this.
#
# ## Which epoch's model do you keep?
#
# 300 images only, a learning rate of 0.002, and 40 epochs: far more than good.
#
# **Predict**: is the last epoch's model the best one?

# %% id="long-run"
torch.manual_seed(0)
few, _ = course_lib.split_dataset(small, [300, 700])
few_loader = course_lib.make_loader(few, 32, shuffle=True)
model = course_lib.MLP()

# %% id="long-run-trained"
folder = tempfile.TemporaryDirectory()
history = course_lib.train_model(
    model, few_loader, val_loader, 40, 0.002, checkpoint_dir=folder.name, progress=False
)

# %% id="figure-history"
best, last = min(history["val_loss"]), history["val_loss"][-1]
assert history.best_epoch < 36 and last > 1.05 * best and history["train_loss"][-1] < 0.2
fig = plots.plot_history(history)
notebook.show(
    fig,
    alt="Left: over 40 epochs the training loss falls towards zero; the validation loss falls, is "
    "lowest well before the end, and is higher again at the end. Right: the validation accuracy "
    "rises and then stays level.",
)

# %% [markdown] id="best-question"
# By the validation loss, the best model was there, and training went on over it. So remember it: whenever the
# validation loss is lower than ever, keep the `state_dict()`, the dict of all parameters and buffers.
#
# **Predict**: we keep it like below and train one more epoch. What does `kept` hold then?

# %% id="live-references"
kept = model.state_dict()
copied = deepcopy(model.state_dict())
course_lib.train_model(model, few_loader, val_loader, 1, 0.002, progress=False)
now = model.state_dict()
print("kept equals the model of now:  ", torch.equal(kept["1.weight"], now["1.weight"]))
print("copied equals the model of now:", torch.equal(copied["1.weight"], now["1.weight"]))

# %% [markdown] id="best-note"
# The model of *now*. `state_dict()` copies nothing: its tensors are the model's own. Whoever writes `best = model.state_dict()` holds the
# final model at the end, and no error tells. A copy is needed, or a file.
#
# The library writes a file: with `checkpoint_dir`, `best.pt` is the best epoch's model.
#
# **Predict**: we load it back and validate. Which number of the history comes out?

# %% id="best-loaded" tags=["nbval-ignore-output"] nbval-reason="the last digits of a trained loss depend on the machine"
device = course_lib.get_device()
best_model = course_lib.MLP().to(device)
extra = course_lib.load_checkpoint(f"{folder.name}/best.pt", best_model)
val_loss, accuracy = course_lib.validate(best_model, val_loader, loss_fn, device)
print(f"best.pt is of epoch {extra['epoch']}: loss {val_loss:.4f}, {accuracy:.1%} right")
print(f"the run went on to epoch {history.epochs}: loss {last:.4f}")
assert extra["epoch"] == history.best_epoch and abs(val_loss - best) < 1e-5

# %% [markdown] id="selection-note"
# The lowest one, digit for digit.
#
# **Correction 4.** Some texts call this *early stopping*. It is not: nothing stopped, all 40 epochs were run. Keeping the best is *model
# selection*; `model` itself ended with the last epoch's weights, and the best must be loaded back. Early stopping, which ends the run, is exercise 01.
#
# One warning: the best of 40 validation losses is a little too good, because we chose it. Notebook 03 showed why a third set
# gives the final number.

# %% [markdown] id="tour-pipeline-intro"
# ### The tour of the pipeline
#
# `train_model` does more than `fit`: it checks its arguments, can resume, clip, schedule. It still reads like `fit`, because each
# of these has an object of its own. The tour begins with its preparation.
#
# **Try**: find the line that keeps the best model, and then what "best" means to it when a loss is NaN.

# %% id="tour-pipeline" tags=["interactive"]
widgets.code_tour("train_model")

# %% [markdown] id="trace-question"
# ## What did the loop really do?
#
# You have read what the code says. `course_lib.record` writes down what it *does*, call by call, without a change to the loop.
#
# One epoch on 80 images in batches of 32, then validation on 40 images in one batch. **Predict** how often each of the five is recorded:
# forward, loss, zero_grad, backward, step.

# %% id="record"
eighty = course_lib.make_loader(Subset(small, range(80)), 32)
forty = course_lib.make_loader(Subset(val, range(40)), 40)
torch.manual_seed(0)
model = course_lib.MLP()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

# %% id="recorded"
with course_lib.record(train=eighty, val=forty) as trace:
    course_lib.train_one_epoch(model, eighty, loss_fn, optimizer, cpu)
    course_lib.validate(model, forty, loss_fn, cpu)

# %% id="count-events"
counts = Counter(event.kind for event in trace)
for kind in ("forward", "loss", "zero_grad", "backward", "step"):
    print(f"{kind:10}{counts[kind]}")

# %% [markdown] id="count-why"
# Four forward passes and four losses; three of the rest. The fourth batch is validation's: measured, nothing learned.
#
# Now the whole record, one line an event. **Read** it: in which line does the last, smaller batch come? Which line shows that nothing
# was there to be cleared the first time? Where are the two switches of validation?

# %% id="trace-table" tags=["nbval-ignore-output"] nbval-reason="the last digits of a loss depend on the machine"
print(trace)
samples = [event.numbers["samples"] for event in trace.of_kind("batch")]
assert samples == [32, 32, 16, 40]
assert trace.of_kind("zero_grad")[0].numbers["cleared"] == 0

# %% [markdown] id="trace-why"
# The last training batch holds 16 samples, so it must count half as much as the others: you have seen how. The first
# `zero_grad` cleared 0 gradients: there were none. Before the last forward pass stand `mode eval` and
# `grad_enabled off`.
#
# From such a record the course finds mistakes in loops, yours too. That is the matter of notebook 06.

# %% [markdown] id="quick-check"
# ## Quick check
# Answer before you look back. Every choice has its reason.

# %% id="quiz" tags=["interactive"]
widgets.quiz("complete-loop")

# %% [markdown] id="recap"
# ## Recap
# - One epoch: `train()`, then for each batch move, forward, loss, zero, backward, step.
# - Weight the mean loss by samples; read it off a GPU once an epoch; no batches is an error worth a sentence.
# - To measure: `eval()` and `no_grad()`, and give the model back in the mode it was in.
# - A run: device, model, optimizer, epochs, history. Keep the best by validation loss, as a copy or a file, and load it back.
# - Doubt a loop? `course_lib.record` shows what it did.
# - The code: `course_lib/loop.py`, `running_mean.py`, `evaluation_mode.py`, `run.py`.
# - Next, in notebook 05: [Reading the curves](05_monitoring.ipynb) that a history draws.
