# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown] id="title"
# # Review
#
# The whole course once more: its words, a loop written from memory and put on trial, its calls on one page, and a
# dozen questions that do not say where they are from.
#
# **24 minutes**
#
# **Before you start**: notebooks 00 to 09. Whatever you have left out, the tables here say where it is.
#
# **You will**
#
# - *explain* the words of the course, each in one sentence
# - *write* a training loop from memory, and *prove* that it is the library's
# - *predict* which forgotten line nobody would notice
# - *find* the headings that you should read again

# %% id="setup"
from course_lib import notebook

notebook.setup(seed=0)

# %% id="imports"
import ast
import inspect
import textwrap
from copy import deepcopy

import torch
from torch import nn

import course_lib
from course_lib import widgets
from course_lib.review import cheat_sheet, concepts

# %% [markdown] id="say-it"
# ## Say it first
#
# What you read twice feels known. What you can *say* is known. So no table yet: here are only the words.
#
# **Predict**: how many of them can you explain, in one sentence each? Count as you go, aloud or on paper. Do not stop at the ones that
# you only recognise.

# %% id="words"
words = concepts().terms
print(textwrap.fill(" · ".join(words), 100))
print(len(words), "words")

# %% [markdown] id="tables"
# ## The words
#
# Now compare. A link opens the notebook; its heading is named beside it. First one iteration, and what goes through it:

# %% id="concepts-loop"
concepts("00", "01", "02")

# %% [markdown] id="tables-run"
# Then the whole run, and what to make of it:

# %% id="concepts-run"
concepts("03", "04", "05", "06")

# %% [markdown] id="tables-machine"
# And the machines that it runs on, the files that it leaves:

# %% id="concepts-machine"
concepts("07", "08", "09")

# %% [markdown] id="from-memory"
# ## The loop, from memory
#
# The next cell but one holds a loop that works. **Delete the body of `my_run`** before you read it, and write your own:
#
# - train `model` on every batch of `train_loader`, `num_epochs` times; after each epoch measure on `val_loader`
# - keep `history`: a dict of lists `train_loss`, `val_loss`, `val_accuracy`; the losses are means over samples
# - return `history`, and the weights of the epoch with the lowest validation loss
#
# The cells below it judge whatever stands there. (Scrolled too far? Write it anyway: reading is not writing.)
#
# **Predict**: which line will you forget at first?

# %% id="data"
loss_fn = nn.CrossEntropyLoss()
train, val = course_lib.split_dataset(
    course_lib.scale_images(course_lib.fashion_mnist().train), [0.8, 0.2]
)
train, _ = course_lib.split_dataset(train, [300, 7700])
val, _ = course_lib.split_dataset(val, [230, 1770])
device = torch.device("cpu")  # small enough, and the same on every machine


# %% id="my-run"
def my_run(model, train_loader, val_loader, optimizer, num_epochs):
    history, best = {"train_loss": [], "val_loss": [], "val_accuracy": []}, None
    model.to(device)
    for _ in range(num_epochs):
        model.train()
        total = right = 0
        for images, labels in train_loader:
            loss = loss_fn(model(images.to(device)), labels.to(device))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.detach() * len(labels)
        history["train_loss"].append(float(total) / len(train_loader.dataset))
        model.eval()
        total = 0
        with torch.no_grad():
            for images, labels in val_loader:
                logits = model(images.to(device))
                total += loss_fn(logits, labels.to(device)).item() * len(labels)
                right += (logits.argmax(dim=1).cpu() == labels).sum()
        history["val_loss"].append(float(total) / len(val_loader.dataset))
        history["val_accuracy"].append(float(right) / len(val_loader.dataset))
        if min(history["val_loss"]) == history["val_loss"][-1]:
            best = deepcopy(model.state_dict())
    return history, best


# %% [markdown] id="trial-question"
# Three epochs, 300 images, batches of 32: the last one holds 12. Dropout is on, so that modes matter.


# %% id="trial"
def trial(run):
    """What a run leaves: its trace, its history, its best weights and its last ones."""
    torch.manual_seed(0)
    model = course_lib.MLP(dropout=0.3)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.2, momentum=0.9)
    order = torch.Generator().manual_seed(0)
    train_loader = course_lib.make_loader(train, 32, shuffle=True, generator=order)
    val_loader = course_lib.make_loader(val, 100)
    with course_lib.record(train=train_loader, val=val_loader) as trace:
        history, best = run(model, train_loader, val_loader, optimizer, 3)
    return trace, history, best, model.state_dict()


# %% id="by-library"
def library_run(model, train_loader, val_loader, optimizer, num_epochs):
    kept = []  # the weights after each epoch
    history = course_lib.train_model(
        model, train_loader, val_loader, num_epochs, optimizer=optimizer, device=device,
        progress=False, on_epoch=lambda history: kept.append(deepcopy(model.state_dict())),
    )  # fmt: skip
    return history, kept[history.best_epoch - 1]


# %% id="trials"
mine, theirs = trial(my_run), trial(library_run)

# %% id="audited"
for finding in course_lib.audit(mine[0]):
    print(finding)
print("findings of the audit:", len(course_lib.audit(mine[0])))
assert course_lib.audit(mine[0]) == []


# %% id="close"
def close(one, other):
    one, other = torch.as_tensor(one), torch.as_tensor(other)
    return one.shape == other.shape and torch.allclose(one, other, rtol=1e-4, atol=1e-4)


# %% id="agree"
def agree(one, other):
    """Whether two runs have the same history, the same best and the same last weights."""
    return all(
        close((mine or {}).get(name, []), theirs[name])
        for mine, theirs in zip(one[1:], other[1:], strict=True)
        for name in theirs
        if name != "lr"  # train_model's history has it too
    )


# %% id="compared"
print("my loop and train_model agree:", agree(mine, theirs))
assert agree(mine, theirs)

# %% [markdown] id="agree-why"
# History, best weights and last weights are the library's, and the audit has nothing to say. A loop of your own that passes both cells
# is a loop that you can trust.
#
# ## Who would notice?
#
# One more trial. We leave out one statement of *your* loop at a time and run what is left. Three may notice: Python (an error), the numbers
# (they differ from the library's), the audit (a finding).
#
# **Predict**: which statement can be missing, and nobody notices?


# %% id="leave-out"
class LeaveOut(ast.NodeTransformer):
    """Takes the statement on one line out; of a ``with`` only its first line."""

    def __init__(self, line):
        self.line, self.gone = line, None

    def generic_visit(self, node):
        if isinstance(node, ast.stmt) and node.lineno == self.line:
            if isinstance(node, ast.With):
                self.gone = ast.unparse(node).splitlines()[0]
                return node.body
            if not isinstance(node, ast.FunctionDef | ast.For | ast.If | ast.Return):
                self.gone = ast.unparse(node)
                return ast.Pass()
        return super().generic_visit(node)


# %% id="noticed"
def noticed(code):
    """Who notices that something is wrong with a loop, written as ``code``."""
    names = dict(globals())
    try:
        exec(compile(code, "<a line left out>", "exec"), names)
        result = trial(names["my_run"])
        numbers = [] if agree(result, theirs) else ["numbers"]
    except Exception as error:
        return [type(error).__name__]
    return numbers + [finding.code for finding in course_lib.audit(result[0])]


# %% id="one-at-a-time"
source = inspect.getsource(my_run)
for line in range(1, len(source.splitlines()) + 1):
    changer = LeaveOut(line)
    changed = ast.unparse(ast.fix_missing_locations(changer.visit(ast.parse(source))))
    if changer.gone:
        who = ", ".join(noticed(changed)) or "NOBODY"
        print(f"{changer.gone:.48}".ljust(50), who)

# %% [markdown] id="noticed-why"
# If you ran our version, read these three lines of the table again:
#
# - `model.to(device)`: **nobody**. Everything is on the CPU already, so nothing was missing *here*. On a GPU this line's absence is an
#   error in the first iteration. A test proves something for the machine that it ran on.
# - `torch.no_grad()`: every number is still the library's. Only the audit, which looks at what *happened*, sees the graphs.
# - `total = 0`: no error, and the last weights are those of the library. The validation loss is wrong, and by it the best epoch is chosen.
#
# Errors are the kind mistakes. The others need a reference to compare with, and a record to look at.

# %% [markdown] id="sheet-intro"
# ## The calls on one page
#
# Every line runs, in this order, in one session; a test of the course runs them. The words behind `#` are the reason for the line.
#
# To print it: `docs/cheat_sheet.html`, one sheet of A4.

# %% id="sheet"
cheat_sheet()

# %% [markdown] id="quick-check"
# ## Quick check
#
# Twelve questions from ten notebooks, in no order. Answer without looking back. A wrong choice names the place to read again, and the last
# line collects these places.

# %% id="quiz" tags=["interactive"]
widgets.quiz("review")

# %% [markdown] id="recap"
# ## Recap
# - Say it before you look it up: what you can say is known.
# - A loop is right when its numbers are those of a reference *and* its record shows no mistake. Neither alone is enough.
# - A test speaks for the machine that it ran on.
# - The course in four lines: forward, loss, backward, update. The rest decides whether you may believe the result.
# - The words, the sheet and their places: `course_lib/review/`.
# - Next: the exercises, and your own data. Begin with one batch, a record, and an audit.
