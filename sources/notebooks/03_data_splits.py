# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown] id="title"
# # Train, validation and test
#
# A score is worth as much as the samples that it was measured on. After this notebook you can divide your data so that the
# numbers you report come true.
#
# **50 minutes**
#
# **Before you start**: notebooks 00 and 01. What a mean and a standard deviation are.
#
# **You will**
#
# - *divide* data into three sets, the same ones every day
# - *compute* the error bar of an accuracy, and test that it keeps its promise
# - *predict* how good a thousand useless models look
# - *run* k-fold cross-validation, and spoil it once
# - *find* leaks, and measure which of them matter

# %% id="setup"
from course_lib import notebook

notebook.setup(seed=0)

# %% id="imports"
import math

import torch
from torch import nn
from torch.utils.data import TensorDataset, random_split

import course_lib
from course_lib import plots, widgets

# %% [markdown] id="world"
# ## Three scores for one network
#
# We play a game that real life does not allow. Of the 10,000 images we own only 1,000. The other 9,000 are the *world*:
# images that nobody has taken yet. They will tell us the truth, which you never get to see elsewhere.
#
# We divide our 1,000 into three parts.

# %% id="three-parts"
data = course_lib.fashion_mnist()
samples = course_lib.scale_images(data.train)
owned, world = course_lib.split_dataset(samples, [1000, 9000])
train, val, test = course_lib.split_dataset(owned, [0.7, 0.15, 0.15])
print(f"{len(samples):,} images; {len(owned):,} are ours, {len(world):,} are the world")
print(f"ours: train {len(train)}, validation {len(val)}, test {len(test)}")

# %% id="disjoint"
parts = [set(part.indices) for part in (train, val, test)]
assert sum(map(len, parts)) == len(set.union(*parts)) == 1000
print("no image is in two parts, and none is lost")


# %% [markdown] id="tools"
# Two tools for the whole notebook: `fit` trains a small network, `score` is the share of images that it gets right.


# %% id="fit"
def fit(dataset, seed=0, model=None, epochs=20, learning_rate=0.002):
    """Train a new small network on a data set, or go on training ``model``."""
    torch.manual_seed(seed)
    model = course_lib.MLP(hidden=64) if model is None else model
    optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate)
    order = torch.Generator().manual_seed(seed)
    loader = course_lib.make_loader(dataset, 32, shuffle=True, generator=order)
    for _ in range(epochs):
        course_lib.train_one_epoch(model, loader, nn.CrossEntropyLoss(), optimizer, "cpu")
    return model.eval()


# %% id="score"
def rights(model, dataset):
    """For each sample, whether the model gets it right."""
    images, labels = next(iter(course_lib.make_loader(dataset, len(dataset))))
    with torch.no_grad():
        return model(images).argmax(dim=1) == labels


def score(model, dataset):
    return rights(model, dataset).float().mean().item()


# %% [markdown] id="scores-question"
# **Predict**: we train on the 700 and take three scores: on train, on test, and on the world. Which two lie close together?

# %% id="three-scores" tags=["nbval-ignore-output"] nbval-reason="the last digits of a trained score depend on the machine"
model = fit(train, epochs=30)
truth = score(model, world)
print(f"train {score(model, train):.1%}   test {score(model, test):.1%}   truth {truth:.1%}")
assert 100 * (score(model, train) - truth) > 10  # points
assert abs(score(model, test) - truth) < 0.12

# %% [markdown] id="scores-why"
# Test and truth, roughly (*how* roughly, we ask below). The score on train is far above both: more than 10 points too good. The network has practised on these
# images, and partly knows them by heart.
#
# So we need images that it did not learn from. Why two such sets, and not one?

# %% [markdown] id="three-sets"
# | set | what for | when | does it affect the model? |
# | --- | --- | --- | --- |
# | *training set* | learn the weights | in every iteration | yes, directly: its gradients move the weights |
# | *validation set* | choose: learning rate, size, when to stop | after every epoch, in every experiment | yes, indirectly: through your choices |
# | *test set* | report one number | once, when all choices are made | never |
#
# The last column is the whole matter. Whatever has affected the model can no longer judge it. The rest of this notebook
# shows that, column by column.

# %% [markdown] id="seed-question"
# ## The same split tomorrow
#
# A split is a shuffled list, cut in three. The order comes from a *generator* with a *seed*.
#
# **Predict**: yesterday you split without a fixed seed, trained, and saved the model. Today the notebook splits anew. How many of today's 150
# test images did yesterday's model train on: (a) none, (b) about 15, (c) about 105?


# %% id="split-by-hand"
def split_by_hand(counts, seed):
    """Positions 0, 1, …, shuffled by the seed and cut into parts."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randperm(sum(counts), generator=generator).split(counts)


yesterday = split_by_hand([700, 150, 150], seed=1)
today = split_by_hand([700, 150, 150], seed=2)
known = set(today[2].tolist()) & set(yesterday[0].tolist())
print(f"{len(known)} of today's 150 test images were training images yesterday")

# %% id="split-score" tags=["nbval-ignore-output"] nbval-reason="the last digits of a trained score depend on the machine"
images, labels = next(iter(course_lib.make_loader(owned, 1000)))
old_train, new_test = (TensorDataset(images[i], labels[i]) for i in (yesterday[0], today[2]))
old_model = fit(old_train, epochs=30)
print(f"yesterday's model, today's test: {score(old_model, new_test):.1%}")
print(f"the truth:                       {score(old_model, world):.1%}")
assert 100 * (score(old_model, new_test) - score(old_model, world)) > 5  # points

# %% [markdown] id="seed-why"
# (c): about 70 % of them, as chance would have it. No error, no warning, and a score that is more than 5 points too good.
#
# The cure is a seeded generator of the split's own. Whatever else draws random numbers then cannot disturb it.

# %% id="same-seed"
torch.rand(7)  # something else draws random numbers
again = split_by_hand([700, 150, 150], seed=1)
assert all(torch.equal(a, b) for a, b in zip(again, yesterday, strict=True))

# %% id="random-split"
generator = torch.Generator().manual_seed(1)
by_torch = random_split(range(1000), [700, 150, 150], generator=generator)
assert [list(part.indices) for part in by_torch] == [part.tolist() for part in yesterday]

# %% id="library-split"
first, second = (course_lib.split_dataset(owned, [0.7, 0.15, 0.15], seed=1) for _ in range(2))
assert all(a.indices == b.indices for a, b in zip(first, second, strict=True))
print("same seed, same split: by hand, by torch and by the library")

# %% [markdown] id="spread-question"
# PyTorch's own `random_split` is our three lines, number for number. The library's `split_dataset` always
# has a seed, and does one thing more; we come to it.
#
# ## How sure is a score?
#
# Our test set is one draw of 150 from a large world. Other draws would have given other scores, to the same network.
#
# **Predict**: we judge our network on 1,000 different test sets of 150 images. How far does the score stray from the truth,
# up and down: 1, 2 or 6 points?

# %% id="many-test-sets" tags=["nbval-ignore-output"] nbval-reason="the last digits of a trained score depend on the machine"
is_right = rights(model, world).float()
draws = torch.stack([torch.randperm(9000)[:150] for _ in range(1000)])
scores = is_right[draws].mean(dim=1)
low, high = scores.quantile(torch.tensor([0.025, 0.975]))
print(f"truth {truth:.1%}; 95 of 100 test sets say {low:.1%} to {high:.1%}")
print(f"worst {scores.min():.1%}, best {scores.max():.1%}")
assert abs(100 * (high - low) / 2 - 6) < 3  # points
assert 100 * (scores.max() - scores.min()) > 15

# %% [markdown] id="interval"
# About 6. And between the luckiest and the unluckiest test set lie more than 15 points: one network, all images fresh.
#
# With one test set you see one of these scores. Its *error bar* says where the truth can be. For a share $\hat p$ of $n$
# answers, Wilson's interval is
#
# $$\frac{\hat p + \frac{z^2}{2n} \pm z\sqrt{\frac{\hat p(1-\hat p)}{n} + \frac{z^2}{4n^2}}}{1 + \frac{z^2}{n}}, \qquad z = 1.96 \text{ for 95 \%}.$$
#
# For large $n$ it is nearly $\hat p \pm z\sqrt{\hat p(1-\hat p)/n}$, the formula of many textbooks.


# %% id="wilson"
def wilson(p, n, z=1.96):
    """From where to where the true share plausibly lies, if p of n answers are right."""
    middle, reach = p + z**2 / (2 * n), z * math.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    return (middle - reach) / (1 + z**2 / n), (middle + reach) / (1 + z**2 / n)


def textbook(p, n, z=1.96):
    reach = z * math.sqrt(p * (1 - p) / n)
    return p - reach, p + reach


low, high = wilson(0.80, 150)
print(f"80 % right on 150 images; 95 % interval: {low:.1%} to {high:.1%}")

# %% [markdown] id="coverage-question"
# "95 %" is a promise: draw many test sets, and 95 % of their intervals hold the truth. We can check it, because here we know
# the truth: once for the network above, and once for an imagined model that is right in 97 % of all cases, judged on 30.
#
# **Predict**: which formula breaks its promise, and how badly?


# %% id="kept"
def kept(interval, scores, n, truth):
    """How often the interval around a score holds the truth."""
    bounds = [interval(score, n) for score in scores.tolist()]
    return sum(low <= truth <= high for low, high in bounds) / len(bounds)


# %% id="coverage-network" tags=["nbval-ignore-output"] nbval-reason="the last digits of a trained score depend on the machine"
share = kept(wilson, scores, 150, truth)
print(f"our network: Wilson's interval holds the truth in {share:.1%} of 1,000 test sets")
low, high = wilson(score(model, test), 150)
print(f"our own test set says {low:.1%} to {high:.1%}; the truth is {truth:.1%}")
assert 0.92 < share < 0.985

# %% id="coverage-simulated"
answers = torch.rand(10_000, 30, generator=torch.Generator().manual_seed(0)) < 0.97
simulated = answers.double().mean(dim=1)
for interval in (wilson, textbook):
    share = kept(interval, simulated, 30, truth=0.97)
    print(f"{interval.__name__:9s} holds the truth in {share:.0%} of 10,000 test sets")
assert kept(wilson, simulated, 30, 0.97) > 0.9 > 0.7 > kept(textbook, simulated, 30, 0.97)

# %% [markdown] id="coverage-why"
# Wilson's promise holds for our network (the assertion demands 92 % to 98.5 %), and nearly so in the hard case. The textbook's keeps it in 60 %: with
# few samples and a score near 1, often all 30 answers are right, and then its error bar has no width at all.
#
# The library has Wilson's interval as `accuracy_interval`:

# %% id="library-interval"
from course_lib.metrics import accuracy_interval

for p, n in [(0.80, 150), (0.97, 30), (1.0, 30)]:
    low, high = accuracy_interval(p, n)
    print(f"{p:.0%} on {n}: {low:.1%} to {high:.1%}")
    assert max(abs(low - wilson(p, n)[0]), abs(high - wilson(p, n)[1])) < 1e-4

# %% [markdown] id="ratios-question"
# ### Which ratio?
# 70/15/15, 80/10/10 and 60/20/20 are common; for large data you also meet 98/1/1.
#
# **Predict**: a test set of 1 %. Is that careless? For 1,000 samples, and for a million?

# %% id="ratios"
print("samples      ratio       test   85 % right means   points wide")
for size in (1_000, 100_000, 1_000_000):
    for ratio in ("60/20/20", "70/15/15", "80/10/10", "98/1/1"):
        num_test = size * int(ratio.split("/")[2]) // 100
        low, high = accuracy_interval(0.85, num_test)
        width = 100 * (high - low)
        print(f"{size:9,}   {ratio:8}  {num_test:7,}   {low:.1%} to {high:.1%}   {width:11.1f}")

# %% id="figure-error-bars"
sizes = {
    "1 % of 1,000": 10,
    "15 % of 1,000": 150,
    "2 % of 100,000": 2000,
    "1 % of 1,000,000": 10_000,
}
fig = plots.plot_error_bars(
    sizes, accuracy=0.85, title="The number of test samples counts, not the percentage"
)
notebook.show(
    fig,
    alt="Error bar of an accuracy of 85 % against the size of the test set, from 10 to 10,000 "
    "samples: a funnel that narrows from 54.1 to 96.5 % down to 84.3 to 85.7 %.",
)

# %% [markdown] id="ratios-why"
# One per cent of 1,000 is 10 images, and 85 % on them (were that possible) means anything from 54.1 % to 96.5 %. One per cent of a million
# is 10,000, and the bar is 1.4 points wide: far sharper than 20 % of 1,000, and 98 % are left to learn from.
#
# So do not ask for a percentage. Ask how small a difference you must be able to see. To pin 85 % down to one point each way, then to half a point:

# %% id="samples-needed"
for highest in (0.86, 0.855):
    needed = next(n for n in range(100, 40_000, 100) if accuracy_interval(0.85, n)[1] < highest)
    low, high = accuracy_interval(0.85, needed)
    print(f"{needed:6,} test samples: {low:.1%} to {high:.1%}")

# %% [markdown] id="sharper"
# Half the width costs about four times the samples: that is the square root in the formula.
#
# ## Who is in the small sets?
#
# Our 1,000 images hold 100 of each class. We take 30 of them for validation, by chance alone.
#
# **Predict**: how often is at least one of the ten classes missing among the 30: in 1 of 100 splits, in 1 of 10, or in 4 of 10?


# %% id="missing-classes"
def classes_in(part):
    return torch.bincount(labels[list(part.indices)], minlength=10)


for stratify in (False, True):
    missing = 0
    for seed in range(500):
        small, _ = course_lib.split_dataset(owned, [30, 970], seed=seed, stratify=stratify)
        missing += int((classes_in(small) == 0).any())
    print(f"stratify={stratify!s:5}: a class is missing in {missing} of 500 splits")

# %% id="figure-classes"
both = {}
for name, stratify in (("by chance", False), ("stratified", True)):
    small, _ = course_lib.split_dataset(owned, [30, 970], seed=9, stratify=stratify)
    both[name] = classes_in(small).tolist()
assert min(both["by chance"]) == 0 and set(both["stratified"]) == {3}
fig = plots.plot_class_counts(
    both, data.classes, title="By chance, a class can be missing altogether"
)
notebook.show(
    fig,
    alt=f"Images of each class among 30. By chance: from {min(both['by chance'])} to "
    f"{max(both['by chance'])} of a class. Stratified: 3 of every class.",
)

# %% [markdown] id="stratified-why"
# In 199 of 500, although all classes are equally large. A *stratified* split shuffles and cuts each class by itself, so that each part gets every
# class in proportion. `split_dataset` does so unless told `stratify=False`. For a rare class it is a must.

# %% [markdown] id="explorer"
# ### Try it
# The explorer divides real labels with the real `split_dataset`. Move a share: the others make room.
#
# **Predict, then try**:
#
# - 98/1/1 of 1,000 samples, **Plain**: press **+ seed** ten times. With how many seeds is no class missing in validation?
# - After a new seed, read how many test samples were training samples before.
# - Go from 1,000 to 10,000 samples. Which ratio gives the error bar that you had before?

# %% id="split-explorer" tags=["interactive"]
widgets.split_explorer()

# %% id="explorer-counted"
complete = 0
for seed in range(10):
    _, small, _ = course_lib.split_dataset(owned, [0.98, 0.01, 0.01], seed=seed, stratify=False)
    complete += int((classes_in(small) > 0).all())
print(f"all ten classes among 10 validation images: {complete} of 10 seeds")
assert accuracy_interval(0.85, 10_000 * 1 // 100) == accuracy_interval(0.85, 1000 * 10 // 100)

# %% [markdown] id="explorer-why"
# None of the ten seeds that we tried: ten images, all of ten classes, is a rare hand. And 1 % of 10,000 has the error bar of 10 % of 1,000.

# %% [markdown] id="peek-question"
# ## Never peek
#
# Now the column "when: once". Why not look at the test score a little more often?
#
# We take the worst models there are. Each tosses a coin for every image: pullover or coat? A thousand of them, judged on
# the same 150 test images of pullovers and coats. We keep the best.
#
# **Predict**: what does the best one score on the test set? And what on fresh images?

# %% id="coins"
is_coat_or_pullover = (samples.tensors[1] == 2) | (samples.tensors[1] == 4)
is_coat = (samples.tensors[1][is_coat_or_pullover] == 4).long()
generator = torch.Generator().manual_seed(0)
is_coat = is_coat[torch.randperm(2000, generator=generator)]
guesses = torch.randint(0, 2, (1000, 2000), generator=generator)
hits = (guesses == is_coat).double()
test_scores, fresh_scores = hits[:, :150].mean(dim=1), hits[:, 150:].mean(dim=1)

# %% id="best-coin"
best = int(test_scores.argmax())
low, high = accuracy_interval(test_scores[best].item(), 150)
print(f"best of 1,000 coins on 150 test images: {test_scores[best]:.1%}")
print(f"its error bar:                          {low:.1%} to {high:.1%}")
print(f"the same coin on 1,850 fresh images:    {fresh_scores[best]:.1%}")
assert low > 0.5 and abs(fresh_scores[best] - 0.5) < 0.04

# %% id="figure-best-of-many"
leaders = [int(test_scores[:tried].argmax()) for tried in range(1, 1001)]
fig = plots.plot_best_of_many(
    test_scores[leaders].tolist(),
    fresh_scores[leaders].tolist(),
    title="The more we try, the better the test score, and nothing else",
)
notebook.show(
    fig,
    alt="Accuracy of the best coin so far against the number of coins tried. On the test set it "
    "climbs in steps to over 60 %; on fresh images it stays near 50 %.",
)

# %% [markdown] id="peek-why"
# A coin that knows nothing reports more than 60 %, and even its error bar swears that this is no chance: 0.5 lies outside. The interval holds for *one* model, judged
# *once*. Of a thousand tries we kept the luckiest, and luck does not come again.
#
# No training took place. *Choosing* was enough to fit the test set. Whoever tries forty settings and reports the best test score does the same, on a
# smaller scale.

# %% [markdown] id="validation-question"
# ## Choosing on validation fits validation
#
# But choose we must: that is what the validation set is for. So what does choosing do to it?
#
# We train 20 real networks on 200 images, with different learning rates, widths and seeds. Then 500 times: draw 100 validation images and 100 test
# images from the world, and take the network that is best on validation.
#
# **Predict**: the winner's validation score is, on average, (a) right, (b) too high, (c) too low? And its test score?


# %% id="candidates"
scarce, _ = course_lib.split_dataset(owned, [200, 800])
candidates = []
for number in range(20):
    torch.manual_seed(number)
    network = course_lib.MLP(hidden=[16, 32, 64, 128][number % 4])
    learning_rate = [0.0007, 0.001, 0.002][number % 3]
    network = fit(scarce, number, network, epochs=8, learning_rate=learning_rate)
    candidates.append(rights(network, world))
candidates = torch.stack(candidates).double()

# %% id="choose" tags=["nbval-ignore-output"] nbval-reason="the last digits of a trained score depend on the machine"
outcomes = []
for _ in range(500):
    order = torch.randperm(9000)
    on_val, on_test = (candidates[:, draw].mean(dim=1) for draw in order[:200].split(100))
    winner = on_val.argmax()
    outcomes.append([on_val[winner], on_test[winner], candidates[winner].mean()])
on_val, on_test, truly = torch.tensor(outcomes).mean(dim=0)
print(f"a candidate, on average    {candidates.mean():.1%}")
print(f"the winner: validation     {on_val:.1%}   test {on_test:.1%}   truth {truly:.1%}")
assert truly > candidates.mean() + 0.01
assert 1 < 100 * (on_val - truly) < 8  # points
assert abs(on_test - truly) < 0.008

# %% [markdown] id="validation-why"
# Choosing works: the winner truly is better than the average candidate. But (b): its validation score is a little too high, between
# 1 and 8 points here. It won partly by merit and partly by luck, and only merit comes along. The test score chose
# nothing: on average it is right.
#
# Hence three sets. Validation may be looked at as often as you like, if nobody believes its best number. One set is left to believe.

# %% [markdown] id="fold-question"
# ## When data are scarce: k-fold
#
# With 200 images, a fifth of them for validation has a huge error bar, and we cannot spare more. *k-fold cross-validation* lets every image do both: cut
# the data into $k$ folds; $k$ times, train on all but one fold and validate on that one.
#
# The important word is *fresh*: a new model for every fold. **Predict**: somebody saves a line and goes on training the same model. What does it
# score in the fifth fold?


# %% id="cross-validate"
def cross_validate(dataset, k, fresh_model=True):
    """The score of each fold; with one model for all folds if told so."""
    scores, model = [], None
    for train_part, val_part in course_lib.k_fold(dataset, k):
        model = fit(train_part, seed=0, model=None if fresh_model else model)
        scores.append(score(model, val_part))
    return torch.tensor(scores)


# %% id="k-fold" tags=["nbval-ignore-output"] nbval-reason="the last digits of a trained score depend on the machine"
fresh, reused = cross_validate(scarce, 5), cross_validate(scarce, 5, fresh_model=False)
truth = score(fit(scarce), world)
for name, folds in (("fresh models", fresh), ("one model", reused)):
    each = "  ".join(f"{fold:.2f}" for fold in folds)
    print(f"{name:12}  {each}   mean {folds.mean():.2f} ± {folds.std():.2f}")
print(f"the truth, for a model trained on all 200: {truth:.2f}")
assert reused[-1] > 0.95 and abs(fresh.mean() - truth) < 0.1
assert fresh.max() - fresh.min() > 0.02

# %% id="figure-folds"
fig = plots.plot_losses(
    {"fresh models": fresh.tolist(), "one model": reused.tolist()},
    title="One model for all folds has seen the answers",
    xlabel="fold",
    ylabel="validation accuracy",
)
notebook.show(
    fig,
    alt="Validation accuracy of five folds. With a fresh model each they go up and down around one "
    "level. With one model for all they climb to nearly 1.",
)

# %% [markdown] id="fold-why"
# Nearly everything right: by the fifth fold the model has trained on every image that it is asked about. Fresh models tell the truth, within the error bar of 200
# images.
#
# Report the mean and the spread (±, the standard deviation of the folds): the spread is what one single split might have told you, by luck. The price is $k$ trainings. And
# the folds choose, so they stand in for *validation*: a test set is still kept aside. When the choice is made, train once more, on all the folds.

# %% id="fold-once"
positions = [i for _, val_part in course_lib.k_fold(scarce, 5) for i in val_part.indices]
print(f"validated: {len(positions)} images, each once: {len(set(positions)) == 200}")
assert sorted(positions) == list(range(200))

# %% [markdown] id="leak-question"
# ## Leaks: copies
#
# A *leak* is any way by which the answers of validation or test reach the training. The plainest one: copies.
#
# Somebody had 300 images, wanted more, copied each twice, and then split the 900.
#
# **Predict**: the truth for 300 images is near 75 %. What does validation say?

# %% id="copies-made"
few, _ = course_lib.split_dataset(owned, [300, 700])
images, labels = next(iter(course_lib.make_loader(few, 300)))
copied = TensorDataset(images.repeat(3, 1, 1), labels.repeat(3))
assert len(copied) == 900

# %% id="copies" tags=["nbval-ignore-output"] nbval-reason="the last digits of a trained score depend on the machine"
train_part, val_part = course_lib.split_dataset(copied, [0.8, 0.2])
network = fit(train_part)
leaky, truth = score(network, val_part), score(network, world)
print(f"split after copying:  validation {leaky:.1%}, truth {truth:.1%}")
assert 100 * (leaky - truth) > 12  # points

# %% id="copies-mended" tags=["nbval-ignore-output"] nbval-reason="the last digits of a trained score depend on the machine"
train_part, val_part = course_lib.split_dataset(few, [0.8, 0.2])
images, labels = next(iter(course_lib.make_loader(train_part, 240)))
network = fit(TensorDataset(images.repeat(3, 1, 1), labels.repeat(3)))
print(f"split before copying: validation {score(network, val_part):.1%},", end=" ")
print(f"truth {score(network, world):.1%}")
assert abs(score(network, val_part) - score(network, world)) < 0.15

# %% id="copies-found"
different = len(torch.unique(copied.tensors[0].flatten(1), dim=0))
print(f"{len(copied)} images, {different} different ones")
in_course = torch.cat([data.train.tensors[0], data.test.tensors[0]]).flatten(1)
print(f"the course's: {len(in_course):,}, different {len(torch.unique(in_course, dim=0)):,}")

# %% [markdown] id="copies-why"
# Split after copying, validation promises more than 12 points too much: most of its images were in training as well. Split first, copy (or augment) afterwards,
# and only in train. Then it still strays, but only as so few images do.
#
# Look for copies before you split: one line finds exact ones, 300 different images among 900. Near copies are harder: ten photos of one shoe, several visits of
# one patient. Split by shoe and by patient, so that a whole group goes to one side. And
# what comes in the order of time is split in the order of time: train on the past, test on what came later.

# %% [markdown] id="statistics-question"
# ## Leaks: statistics of all the data
#
# Before training we often *normalise*: subtract each pixel's mean and divide by its standard deviation. The rule: take both from the training
# set only. In practice many take them from all the data, test included.
#
# **Predict**: how many points does that add to the test score with 1,000 training images? And with 20?


# %% id="normalise"
def normalised(part, reference):
    """The images of a part, every pixel scaled by mean and spread of the reference images."""
    images, labels = part
    mean, std = reference.mean(dim=0), reference.std(dim=0)
    return TensorDataset((images - mean) / std.where(std > 0, 1.0), labels)


# %% id="leak-of-statistics"
def leak_of_statistics(num_train, seed, epochs=20):
    """Test score with statistics of train alone, of all the data, and the latter's truth."""
    order = torch.randperm(10_000, generator=torch.Generator().manual_seed(seed))
    cuts = order[:num_train], order[num_train : num_train + 1000], order[-1500:]
    train, test, world = ([tensor[cut] for tensor in samples.tensors] for cut in cuts)
    honest = fit(normalised(train, train[0]), seed, epochs=epochs)
    everything = torch.cat([train[0], test[0]])
    leaky = fit(normalised(train, everything), seed, epochs=epochs)
    return (
        score(honest, normalised(test, train[0])),
        score(leaky, normalised(test, everything)),
        score(leaky, normalised(world, everything)),
    )


# %% id="gain-of-leak"
def gain_of_leak(num_train, repeats, epochs):
    """How much the leak adds to the test score, on average over repeats."""
    results = [leak_of_statistics(num_train, seed, epochs) for seed in range(repeats)]
    honest, leaky, truly = torch.tensor(results).T
    gains = leaky - honest
    print(f"{num_train} images: test {honest.mean():.1%}, with the leak {leaky.mean():.1%}")
    error = 100 * gains.std() / math.sqrt(repeats)
    print(f"gain {100 * gains.mean():+.1f} ± {error:.1f} points", end="; ")
    print(f"the leaky network in the world: {truly.mean():.1%}")
    return gains.mean().item()


# %% id="statistics-many" tags=["nbval-ignore-output"] nbval-reason="the last digits of a trained score depend on the machine"
gain = gain_of_leak(1000, repeats=4, epochs=6)
assert abs(100 * gain) < 1.5  # points

# %% id="statistics-few" tags=["nbval-ignore-output"] nbval-reason="the last digits of a trained score depend on the machine"
gain = gain_of_leak(20, repeats=12, epochs=20)
assert 100 * gain > 2  # points

# %% [markdown] id="statistics-why"
# With 1,000 images: no gain that stands out from its ± (the assertion allows 1.5 points). This leak does no harm
# here: the statistics of 1,000 images hardly change when others join.
#
# With 20 it adds more than 2 points. And yet the last number nearly agrees: better statistics made a better network. What is wrong is
# its label: 1,000 more images had a part in it. Whoever has only 20 gets the lower score.

# %% [markdown] id="selection-question"
# ### When labels take part
# Normalising never looks at labels. Now a step that does: *selecting features*.
#
# 60 patients, half of them ill, and 5,000 measurements each, all of them pure noise. We keep the 20 measurements that differ most between ill and healthy,
# train on 40 patients and test on 20.
#
# **Predict**: the truth is 50 %. What does the test say if we select on all 60 before we split? And if we select on the 40?


# %% id="selection"
def test_on_noise(select_on_all, seed):
    """Test score of the nearest-mean rule on selected noise."""
    generator = torch.Generator().manual_seed(seed)
    noise = torch.randn(60, 5000, generator=generator)
    ill = torch.arange(60) % 2 == 0
    seen = slice(60) if select_on_all else slice(40)
    gap = noise[seen][ill[seen]].mean(dim=0) - noise[seen][~ill[seen]].mean(dim=0)
    noise = noise[:, gap.abs().topk(20).indices]
    centres = [noise[:40][group[:40]].mean(dim=0) for group in (ill, ~ill)]
    to_ill, to_healthy = ((noise[40:] - centre).norm(dim=1) for centre in centres)
    return ((to_ill < to_healthy) == ill[40:]).double().mean()


# %% id="selection-scores" tags=["nbval-ignore-output"] nbval-reason="the last digits of sums depend on the machine"
before, after = (
    torch.stack([test_on_noise(on_all, seed) for seed in range(50)]).mean().item()
    for on_all in (True, False)
)
print(f"selected on all 60, then split: {before:.0%}")
print(f"split, then selected on 40:     {after:.0%}")
assert before > 0.9 and 0.44 < after < 0.56

# %% [markdown] id="selection-why"
# Noise, and more than 90 % right. Among 5,000 columns some agree with 60 labels by chance, with the labels of the test patients too. It is the
# thousand coins again: choosing was enough.
#
# One rule covers all leaks. **Split first. Whatever is computed from data (a mean, a choice, a copy) is computed from train, and
# only applied to the rest.** In k-fold: anew in every fold.

# %% [markdown] id="quick-check"
# ## Quick check
# Answer before you look back. Every choice has its reason.

# %% id="quiz" tags=["interactive"]
widgets.quiz("data-splits")

# %% [markdown] id="recap"
# ## Recap
# - Train moves the weights, validation makes the choices, test reports once. What affected the model cannot judge it.
# - A score has an error bar. The number of test samples sets it, not the percentage.
# - Split with a seed, stratified, and by groups where samples belong together.
# - The best of many tries looks better than it is: coins, settings, selected features.
# - k-fold: a fresh model for every fold; report mean ± spread.
# - Used here: `course_lib/data/splits.py`, `course_lib/metrics.py`, `course_lib/widgets/splits/`.
# - Next, in notebook 04: [A complete training loop](04_complete_loop.ipynb).
