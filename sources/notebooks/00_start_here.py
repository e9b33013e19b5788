# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown] id="title"
# # Start here
#
# A few minutes from now you will have trained a neural network on real images, watched it learn, and seen what it
# still gets wrong.
#
# **20 minutes**
#
# **Before you start**: a little Python. Nothing about neural networks.
#
# **You will**
#
# - *check* that this computer is ready for the course
# - *predict* what comes out of a cell before you run it
# - *train* a network, and pause, continue and stop it
# - *read* a run: two losses, a gap, an accuracy
# - *find* the images that the network takes for something else

# %% id="setup"
from course_lib import notebook

notebook.setup(seed=0)

# %% [markdown] id="rhythm"
# ## How this course works
#
# Run a cell with Shift+Enter, from the top, in order. Every section has the same rhythm:
#
# 1. a **question**,
# 2. **Predict**: commit to an answer, best on paper,
# 3. run the cell and compare,
# 4. read why.
#
# The outputs of an earlier run give the answers away: choose *Edit → Clear Outputs of All Cells* in each notebook.
#
# Do not skip step 2. An output that differs from your prediction shows you what to think about again.
#
# Cells also check what the text claims: an `assert` line fails if the claim is false on your machine.
# Pictures with buttons work while the notebook runs; on GitHub you see a still picture instead.

# %% [markdown] id="ready"
# ## Is this computer ready?
#
# The course examines Python, its packages, the data and the device that will compute. Only what you should know is
# printed, with what to do about it.

# %% id="doctor" tags=["nbval-ignore-output"] nbval-reason="reports what is installed on this machine"
from course_lib import doctor

findings = doctor.examine()
for finding in findings:
    if finding.status != "OK":
        print(f"{finding.status}  {finding.about}: {finding.says} {finding.remedy}")
ready = doctor.is_ready(findings)
print(f"{len(findings)} things examined.", "Ready." if ready else "Mend what is marked FIX.")

# %% [markdown] id="help"
# A line marked NOTE is good to know and stops nothing. In a terminal, in the course's folder, `.venv/bin/course doctor` (Windows:
# `.venv\Scripts\course doctor`) prints the full list: the first thing
# to try when something does not work, and the first thing to send to whoever helps you.
#
# When a notebook behaves strangely, choose *Kernel → Restart Kernel and Run All Cells*.
#
# The code that you will see explained lives in one package, `course_lib`, and is meant to be read.
# Put two question marks behind a name to read it here: `course_lib.train_one_epoch??`.

# %% id="imports"
from itertools import pairwise

import torch

import course_lib
from course_lib import plots, widgets

# %% [markdown] id="images"
# ## The pictures
#
# *Fashion-MNIST* holds photographs of clothes, shoes and bags. A sample of it comes with the course, so nothing is downloaded.
#
# **Predict**: an image has 28×28 pixels, one grey value each. How many numbers does the network get to see for one image?

# %% id="one-image"
data = course_lib.fashion_mnist()
images, labels = data.train.tensors
print(
    f"{len(images):,} images of {images[0].numel()} numbers, from {images.min()} to {images.max()}"
)
print(f"the first is labelled {labels[0]}, which stands for {data.classes[labels[0]]!r}")

# %% id="twelve-images"
names = [data.classes[label] for label in labels[:12]]
fig = plots.plot_images(images[:12] / 255, names, title="Twelve of 10,000 images with their labels")
notebook.show(fig, alt="Two rows of six small grey images of clothes, each under its label.")

# %% [markdown] id="split"
# 784 numbers and one *label*, an integer from 0 to 9. The network shall give the label for an image that it has never seen.
#
# So we keep 2,000 images aside. From the other 8,000, the *training set*, the network learns. The 2,000, the *validation
# set*, only tell us how well it does. (There is a third set, the *test set*. It stays untouched till the very
# end of a project; why, is the matter of notebook 03.)

# %% id="splitting"
train, val = course_lib.split_dataset(course_lib.scale_images(data.train), [0.8, 0.2])
val_loader = course_lib.make_loader(val, batch_size=500)
print(f"{len(train):,} to learn from, {len(val):,} to judge by")

# %% [markdown] id="knows-nothing"
# ## A network that knows nothing
#
# `MLP()` makes a small network. All that it will ever know is in its *parameters*, and now they are random.
#
# **Predict**: it has ten labels to choose from. What share of the 2,000 will it get right?

# %% id="untrained" tags=["nbval-ignore-output"] nbval-reason="the last digits depend on the machine"
device = course_lib.get_device()
model = course_lib.MLP().to(device)
loss, accuracy = course_lib.validate(model, val_loader, torch.nn.CrossEntropyLoss(), device)
print(
    f"{course_lib.count_parameters(model):,} random parameters: {accuracy:.1%} right, loss {loss:.2f}"
)
assert accuracy < 0.3 and 2.1 < loss < 2.5

# %% [markdown] id="untrained-why"
# No better than guessing. Guesses get a tenth on average; one random network may land well above or below.
#
# The *loss* is the second way to keep score, and the one that training works with. It says how wrong the network is, and
# it also counts how sure it was: 0 is perfect. With ten labels it is near 2.30 when the network holds all of
# them for about equally likely.

# %% [markdown] id="train"
# ## Train it
#
# *Training* changes the parameters, little by little, so that the loss on the training images falls. The images come
# in *batches* of 32. One pass over all 8,000 is an *epoch*; we make ten.
#
# **Predict**: what share will be right after ten epochs: 30 %, 60 % or 85 %?
#
# While it runs, press **Pause** in the middle of an epoch, then **Continue**. Run the cell again for a fresh network and press
# **Stop** early. Then let a third run finish.

# %% id="live" tags=["interactive", "nbval-ignore-output"] nbval-reason="the last digits depend on the machine"
course_lib.seed_everything(0)
model = course_lib.MLP()
train_loader = course_lib.make_loader(train, batch_size=32, shuffle=True)
run = widgets.train_live(model, train_loader, val_loader, num_epochs=10)
run

# %% [markdown] id="live-seen"
# The thin line is the loss of single batches: it jumps, because every batch holds other images. The thick lines have one
# point for each epoch, and are what we read. Losses above the frame, mostly of the first batches, are not drawn.
#
# Pausing changed nothing in what was learned: *Continue* took up the very next batch. Stopping ends the run for
# good; the epochs that were finished stay in its record, the *history*.

# %% [markdown] id="reading"
# ## What the run says
#
# The next cell waits till the run is over and takes its history.
#
# **Read** it off the dashboard first: between which two epochs did the training loss fall most?

# %% id="history" tags=["nbval-ignore-output"] nbval-reason="the last digits depend on the machine"
history = run.wait()
assert history.epochs == 10, "Run the training cell once more and let it finish."

train_loss, val_loss = history["train_loss"], history["val_loss"]
falls = [before - after for before, after in pairwise(train_loss)]
print(f"training loss   {train_loss[0]:.2f} → {train_loss[1]:.2f} → … → {train_loss[-1]:.2f}")
print(f"validation loss {val_loss[0]:.2f} → {val_loss[1]:.2f} → … → {val_loss[-1]:.2f}")
print(f"right on {history['val_accuracy'][-1]:.1%} of the validation images")
assert falls[0] == max(falls)
assert history["val_accuracy"][-1] > 0.8 and val_loss[-1] > train_loss[-1]

# %% [markdown] id="reading-why"
# From guessing to more than four fifths. Three things to read in every run:
#
# - **Training loss** falls most at first, here from epoch 1 to 2, then ever more slowly.
# - **Validation loss** is the one that counts: these images were never learned from.
# - **The gap** between them. At the end validation is worse: what a network has practised, it does better. (In the first
#   epochs validation can be the lower one: the training loss is a mean over the epoch, the validation loss is taken at its end.)
#
# When a gap is a warning, and what helps, is the matter of notebook 05.

# %% [markdown] id="mistakes"
# ## Right and wrong
#
# An accuracy hides *which* images fail. We let the network label all 2,000.
#
# **Predict**: which kind of clothes does it recognise most surely, and which least?

# %% id="predict-all"
images, labels = next(iter(course_lib.make_loader(val, batch_size=2000)))
model.eval()
with torch.no_grad():
    predicted = model(images.to(device)).argmax(dim=1).cpu()
right = predicted == labels
assert right.float().mean() > 0.8

# %% id="by-class" tags=["nbval-ignore-output"] nbval-reason="the last digits depend on the machine"
shares = [right[labels == k].float().mean().item() for k in range(10)]
ranking = sorted(zip(shares, data.classes, strict=True), reverse=True)
for share, name in ranking:
    print(f"{name:12}{share:5.0%} ", "█" * round(30 * share))
assert ranking[-1][1] in {"T-shirt/top", "Pullover", "Dress", "Coat", "Shirt"}

# %% id="six-and-six"
some = torch.cat([right.nonzero()[:6], (~right).nonzero()[:6]]).flatten()
names = [
    data.classes[truth] + ("\nrecognised" if guess == truth else f"\nsays {data.classes[guess]}")
    for truth, guess in zip(labels[some], predicted[some], strict=True)
]
fig = plots.plot_images(images[some], names, title="Six images it recognised, six that it did not")
notebook.show(
    fig,
    alt="Two rows of six clothes under their labels. Upper row: recognised. Lower row: not "
    "recognised, with the wrong label that the network gave instead.",
)

# %% [markdown] id="mistakes-why"
# The network stumbles over what you might stumble over: clothes for the upper body share one outline, and at 28×28
# pixels a pullover can pass for a coat. Trousers look like nothing else.
#
# Looking at mistakes is a cheap tool. It finds wrong labels, too: is there an image in the lower row for which
# you side with the network?

# %% [markdown] id="quick-check"
# ## Quick check

# %% id="quiz" tags=["interactive"]
widgets.quiz("start-here")

# %% [markdown] id="recap"
# ## Recap
#
# - Question, predict, run, why: the rhythm of every section.
# - Training lowers the loss on the training set; the validation set judges.
# - A live run can be paused, continued and stopped; its record is the history.
# - The doctor, `.venv/bin/course doctor`, is the first thing to try when something fails.
# - Used here: `course_lib/data/`, `models.py`, `loop.py`, `widgets/live_training/`.
# - Next: [The four-step loop](01_four_step_loop.ipynb), what happened inside each of those batches.
