# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown] id="title"
# # The four-step loop
#
# Nearly every neural network is trained by the same four steps, repeated. After this notebook you can write
# them from memory and say what each one does to the numbers.
#
# **60 minutes**
#
# **Before you start**: notebook 00, a little Python, and what a derivative and a matrix product are.
#
# **You will**
#
# - *compute* a loss and a gradient by hand, and check both against PyTorch
# - *predict* what a wrong sign, a missing line and a misplaced softmax do
# - *write* the loop of forward, loss, backward, update
# - *correct* six statements that are often printed about it

# %% id="setup"
from course_lib import notebook

notebook.setup(seed=0)

# %% id="imports"
from itertools import islice

import torch
from torch import nn
from torch.nn import functional as F

import course_lib
from course_lib import plots, widgets

# %% [markdown] id="search"
# ## Training is a search
#
# Forty points lie near a line. Our *model* is a formula with numbers that we may turn: $\hat y = w x + b$.
# These numbers are its *parameters*, together called $\theta$; here $\theta = (w, b)$. The *loss* $L(\theta)$ is one
# number that says how wrong the model is on the data. Ours is the mean of the squared errors.
#
# *Training* is the search for parameters that make the loss on the training data small.
#
# **Predict**: the points were drawn around $y = 2x - 1$. Will the loss of $(2, -1)$ be zero?

# %% id="guesses"
x, y = course_lib.noisy_line(40).tensors
for w, b in [(0, 0), (2, 0), (2, -1)]:
    loss = ((w * x + b - y) ** 2).mean()
    print(f"w = {w}, b = {b:2d}: loss {loss:.5f}")

# %% [markdown] id="formula"
# Small, not zero: the points are noisy. And perhaps another line fits these forty still better.
#
# For a line we need no search to know. Setting the derivatives of the loss to zero gives linear equations, and
# *least squares* solves them in one go.

# %% id="least-squares"
columns = torch.cat([x, torch.ones_like(x)], dim=1)
best_w, best_b = torch.linalg.lstsq(columns, y).solution.flatten().tolist()
best_loss = ((best_w * x + best_b - y) ** 2).mean().item()
assert best_loss < loss
print(f"least squares: w = {best_w:.3f}, b = {best_b:.3f}, loss {best_loss:.5f}")

# %% [markdown] id="update-rule"
# The formula found a better line than the one that the points were drawn around: 0.00747 against 0.00754.
#
# ### The update rule
# A search does not know the answer. It starts anywhere and repeats one line:
#
# $$\theta_{t+1} = \theta_t - \eta\,\nabla_\theta L(\theta_t)$$
#
# | symbol | name | here |
# | --- | --- | --- |
# | $\theta_t$ | all parameters after $t$ steps | $w$ and $b$ |
# | $\eta$ | *learning rate*: scales each step | 0.1 |
# | $L$ | loss | mean squared error |
# | $\nabla_\theta L$ | *gradient*: the direction in which $L$ rises fastest | $2\,\mathrm{mean}(e\,x)$ and $2\,\mathrm{mean}(e)$, with the errors $e = \hat y - y$ |

# %% [markdown] id="minus-sign"
# The gradient points uphill and we want to go down: hence the minus sign.
#
# **Predict**: from $w = b = 0$, 300 steps reach the least-squares answer (a) roughly, (b) to four digits, (c) not at all?


# %% id="search-function"
def search(sign, steps, eta=0.1):
    """The rows (w, b, loss) that the update rule visits, from w = b = 0."""
    w, b, path = torch.tensor(0.0), torch.tensor(0.0), []
    for _ in range(steps):
        error = w * x + b - y
        path.append((w.item(), b.item(), (error**2).mean().item()))
        w = w + sign * eta * 2 * (error * x).mean()
        b = b + sign * eta * 2 * error.mean()
    return torch.tensor(path)


# %% id="search-down"
down = search(sign=-1, steps=300)
w, b, loss = down[-1].tolist()
print(f"the search:    w = {w:.3f}, b = {b:.3f}, loss {loss:.4f}")
torch.testing.assert_close([w, b], [best_w, best_b], rtol=1e-4, atol=0)

# %% [markdown] id="same-answer"
# (b): the same line as least squares gave. Two roads, one answer; the assertion compares the two to four digits.
#
# ### Turn the sign
# **Predict**: with a *plus* in the update rule, does the loss (a) settle at a maximum, (b) grow without end,
# (c) fall, only more slowly?

# %% id="search-up"
up = search(sign=+1, steps=30)
for step in (0, 1, 2, 10, 29):
    print(f"step {step:2d}:  minus {down[step][2]:7.4f}   plus {up[step][2]:9.4g}")
assert (up[:, 2].diff() > 0).all() and (down[:30, 2].diff() < 0).all()

# %% id="figure-search"
fig = plots.plot_search({"minus": down, "plus": up}, x, y)
notebook.show(
    fig,
    alt="Contours of the loss over w and b. The path with the minus sign runs into the lowest "
    "point; the path with the plus sign runs away from it, out of the picture.",
)

# %% [markdown] id="plus-why"
# (b): squared errors have no maximum to settle at. With plus every step goes straight uphill, and the further up, the steeper.
#
# ### Why not always solve?
# The loss of a line is *convex*: halfway between any two settings of the parameters it is never above the mean
# of their two losses. It is a single bowl; and as it is quadratic, too, a formula finds its lowest point.
#
# Now a network with one *hidden unit*, a number between input and output: $\hat y = v\,\tanh(w x)$.
#
# **Predict**: $(w, v) = (2, 1)$ and $(-2, -1)$ give the same predictions. Say both are perfect. Is the loss
# *halfway* between them zero too, or larger?


# %% id="non-convex"
def unit_loss(w, v):
    """Loss of one hidden unit where (2, 1) is perfect."""
    return ((v * torch.tanh(w * x) - torch.tanh(2 * x)) ** 2).mean().item()


for w, v in [(2, 1), (-2, -1), (0, 0)]:
    print(f"w = {w:2d}, v = {v:2d}: loss {unit_loss(w, v):.3f}")
assert max(unit_loss(2, 1), unit_loss(-2, -1)) < 1e-9 < unit_loss(0, 0)


# %% id="convex"
def line_loss(w, b):
    return ((w * x + b - y) ** 2).mean(dim=0)


(w1, w2), (b1, b2) = torch.randn(2, 2, 1000)
halfway = line_loss((w1 + w2) / 2, (b1 + b2) / 2)
mean_of_ends = (line_loss(w1, b1) + line_loss(w2, b2)) / 2
worse = int((halfway > mean_of_ends).sum())
print(f"line: halfway is worse in {worse} of 1000 random pairs")
assert worse == 0

# %% id="figure-valleys"
fig = plots.plot_valleys(unit_loss)
notebook.show(
    fig,
    alt="Left: contours of the loss of one hidden unit over w and v, with two separate valleys. "
    "Right: the loss on the straight way from one to the other rises to a ridge in the middle.",
)

# %% [markdown] id="valleys-why"
# Larger: two perfect valleys, and a ridge between them. None of 1000 pairs did that to the line. One hidden
# unit is enough to make the loss *non-convex*. The network that we train next has 128, and their order is free:

# %% id="many-dimensions"
network, reordered = course_lib.MLP(), course_lib.MLP()  # 784 pixels → 128 → 10
order = torch.randperm(128)
with torch.no_grad():
    reordered[1].weight.copy_(network[1].weight[order])
    reordered[1].bias.copy_(network[1].bias[order])
    reordered[3].weight.copy_(network[3].weight[:, order])
    reordered[3].bias.copy_(network[3].bias)
pixels = torch.rand(5, 28, 28)
same = torch.allclose(network(pixels), reordered(pixels), atol=1e-6)
print(f"parameters: {course_lib.count_parameters(network):,}; same outputs: {same}")
assert same and not torch.equal(network[1].weight, reordered[1].weight)

# %% [markdown] id="step-by-step"
# 101,770 dimensions, and every order of the hidden units is another place with the same loss. No formula is known that
# finds the lowest. So we do what worked without one: improve step by step.
#
# One step of the search needs a prediction, its loss, the gradient, and the update. These are the
# *four steps*. We take them one at a time, now with real images.

# %% [markdown] id="forward"
# ## Step 1: forward
#
# Fashion-MNIST holds grey images of clothing, 28×28 pixels, in 10 classes. A *batch* is the handful of samples
# that one step looks at, here 32. We put 2,000 images aside to judge by (*validation*; why, is the matter of notebook 03).

# %% id="data"
data = course_lib.fashion_mnist()
samples = course_lib.scale_images(data.train)
train_set, val_set = course_lib.split_dataset(samples, [0.8, 0.2])
loader = course_lib.make_loader(
    train_set, 32, shuffle=True, generator=torch.Generator().manual_seed(0)
)
images, labels = next(iter(loader))
print(f"{len(train_set):,} images to train on; images of a batch: {tuple(images.shape)}")

# %% id="figure-batch"
names = [data.classes[label] for label in labels]
fig = plots.plot_images(images[:8], names[:8], title="One batch mixes the classes")
notebook.show(fig, alt="Eight small grey images of clothing, each under its class's name.")

# %% [markdown] id="forward-predict"
# In the *forward pass* the data flow through the layers: $x \to$ layer 1 $\to h_1 \to$ layer 2 $\to \hat y$. Our ten
# outputs per image are called *logits*: one score for each class, any real number; the highest wins.
#
# **Predict**: which shapes have $h_1$ and the logits for this batch?

# %% id="forward-by-hand"
model = course_lib.MLP()
flat = images.flatten(1)
h1 = torch.relu(flat @ model[1].weight.T + model[1].bias)
by_hand = h1 @ model[3].weight.T + model[3].bias
print("x", tuple(flat.shape), " h1", tuple(h1.shape), " logits", tuple(by_hand.shape))

logits = model(images)
assert torch.allclose(logits, by_hand, atol=1e-5)

# %% [markdown] id="grad-fn"
# One row per image: 128 hidden numbers, then 10 logits. `model(images)` is this arithmetic and no more.
#
# One thing happens beside it. Each operation leaves a note of how to go back through it, in its result's
# `grad_fn`. The notes are linked; together they are the *graph* of the computation. PyTorch's engine for this is called
# *autograd*.
#
# **Predict**: we walk the graph backwards from the logits. Where does it end?

# %% id="walk"
parameter_names = {id(p): name for name, p in model.named_parameters()}


def walk(node, depth=0):
    """Print a node of the graph and, indented below it, what it came from."""
    end = parameter_names[id(node.variable)] if hasattr(node, "variable") else ""
    print("   " * depth + type(node).__name__, end)
    for before, _ in node.next_functions:
        if before is not None:
            walk(before, depth + 1)


walk(logits.grad_fn)

# %% [markdown] id="graph-why"
# It ends in the four parameters; the `AccumulateGrad` at each will put its gradient there. `Addmm` is matrix
# product plus bias, `Relu` sets negative numbers to 0, `T` a transpose. The images are no end: nobody asked for their gradient.
#
# Where no gradient is wanted at all we say so, and no graph is made:

# %% id="no-graph"
with torch.no_grad():
    print("grad_fn under no_grad:", model(images).grad_fn)

# %% [markdown] id="loss"
# ## Step 2: loss
#
# The loss turns predictions and targets into one number. Five forms, for one sample each; PyTorch averages them:

# %% [markdown] id="loss-table"
# | loss | formula | predicts | in `torch.nn` |
# | --- | --- | --- | --- |
# | squared error (MSE) | $(\hat y - y)^2$ | a number | `MSELoss` |
# | half of it | $\tfrac12(\hat y - y)^2$ | a number | `0.5 * MSELoss` |
# | binary cross-entropy | $-y\log p - (1-y)\log(1-p)$ | yes or no | `BCELoss`: takes $p$; `BCEWithLogitsLoss`: takes $z$, $p=\sigma(z)$ |
# | negative log-likelihood | $-\log p_y$ | one of $C$ classes | `NLLLoss`: takes $\log p$ |
# | cross-entropy | $-z_y + \log\sum_c e^{z_c}$ | one of $C$ classes | `CrossEntropyLoss`: takes $z$ and the index $y$ |

# %% [markdown] id="loss-letters"
# $z$: logits; $p$: probabilities. For yes or no $p=\sigma(z)=1/(1+e^{-z})$, the *sigmoid*; for classes
# $p_c=e^{z_c}/\sum_k e^{z_k}$, the *softmax*: all positive, with sum 1. We check every row.

# %% id="loss-mse"
y_hat = torch.tensor([2.0, -1.0, 0.5], requires_grad=True)
target = torch.tensor([1.0, -1.0, 2.0])
mse = nn.MSELoss()(y_hat, target)
assert torch.isclose(mse, ((y_hat - target) ** 2).mean())
(slope,) = torch.autograd.grad(mse, y_hat)
half = 0.5 * nn.MSELoss()(y_hat, target)
assert torch.isclose(half, (0.5 * (y_hat - target) ** 2).mean())
(slope_of_half,) = torch.autograd.grad(half, y_hat)
print("error / 3:        ", [f"{s:6.3f}" for s in (y_hat - target) / 3])
print("slope of half MSE:", [f"{s:6.3f}" for s in slope_of_half])
print("slope of MSELoss: ", [f"{s:6.3f}" for s in slope])
assert torch.allclose(slope, 2 * slope_of_half)

# %% [markdown] id="half-note"
# **Correction 1.** Many texts print MSE with ½, so that its slope is the plain error. PyTorch's `MSELoss` has *no* ½: its
# slopes in the last line are twice as large. With `MSELoss` a given learning rate steps twice as far.

# %% id="loss-binary"
z, yes = torch.tensor([1.5, -0.3, 0.8]), torch.tensor([1.0, 0.0, 0.0])
p = torch.sigmoid(z)
binary = (-yes * p.log() - (1 - yes) * (1 - p).log()).mean()
print(f"binary cross-entropy {binary:.4f}")
assert torch.isclose(nn.BCELoss()(p, yes), binary)
assert torch.isclose(nn.BCEWithLogitsLoss()(z, yes), binary)

# %% id="loss-multiclass"
z, classes = torch.tensor([[2.0, 0.5, -1.0], [0.1, 0.2, 3.0]]), torch.tensor([0, 1])
z_of_class = z[[0, 1], classes]
cross_entropy = (-z_of_class + z.exp().sum(dim=1).log()).mean()
p = z.softmax(dim=1)
nll = -p[[0, 1], classes].log().mean()
print(f"cross-entropy {cross_entropy:.4f}, negative log-likelihood {nll:.4f}")
assert torch.isclose(nn.CrossEntropyLoss()(z, classes), cross_entropy)
assert torch.isclose(nn.NLLLoss()(z.log_softmax(dim=1), classes), nll)
assert torch.isclose(nll, cross_entropy)

# %% id="two-formulas"
binary_formula = nn.BCELoss()(p, F.one_hot(classes, 3).float())
print(f"the binary formula on the same three classes {binary_formula:.4f}")
assert not torch.isclose(binary_formula, cross_entropy)

# %% [markdown] id="two-formulas-note"
# `CrossEntropyLoss` is log-softmax and `NLLLoss` in one.
#
# **Correction 2.** What is often printed as "the cross-entropy", $-y\log p-(1-y)\log(1-p)$, is the *binary* one. On
# three classes it gives another number, the last one above. They are two formulas for two tasks.
#
# ### What should the first loss be?
# **Predict**: our network has 10 classes and has learned nothing yet. Is its loss near (a) 0, (b) 1, (c) 2.3, (d) 10?

# %% id="first-loss"
loss_fn = nn.CrossEntropyLoss()
loss = loss_fn(logits, labels)
print(f"loss {loss:.2f}; log(10) = {torch.tensor(10).log():.2f}")
assert abs(loss - torch.tensor(10).log()) < 0.3

# %% [markdown] id="softmax-question"
# (c): without knowledge each class gets a probability near 1/10, and $-\log\tfrac1{10} = 2.30$. Look for this number
# at the start of your own runs.
#
# ### Logits, not probabilities
# `CrossEntropyLoss` applies softmax itself. Ending the network with a softmax of our own is tempting, and no
# error tells.
#
# **Predict**: the network is certain and *right*. With a second softmax in front, is its loss still 0? And when it is
# certain and *wrong*: how steep is the slope that should correct it?

# %% id="softmax-before"
for case, label in [("right", 3), ("wrong", 7)]:
    for front in (nn.Identity(), nn.Softmax(dim=1)):
        z = torch.zeros(1, 10)
        z[0, 3] = 20.0  # certain of class 3
        z.requires_grad_()
        loss = loss_fn(front(z), torch.tensor([label]))
        loss.backward()
        print(
            f"{case}, {type(front).__name__:8s}: loss {loss:7.4f},"
            f" steepest slope {z.grad.abs().max():.6f}"
        )
print(f"log(e + 9) - 1 = {torch.tensor(torch.e + 9).log() - 1:.4f}")

# %% [markdown] id="softmax-why"
# With softmax in front a perfect answer costs 1.4612, and no answer can cost less: the loss takes
# probabilities, between 0 and 1, for logits. Worse is the last case. Certain and wrong has most to learn, and
# its slope is 0.000000. Further down we measure what this does to a real run.

# %% [markdown] id="backward"
# ## Step 3: backward
#
# `loss.backward()` walks the graph from the loss to its ends. For each parameter it puts the derivative of the loss
# into `.grad`.
#
# **Predict**: the shape of `.grad` for a weight of shape (10, 128). And what has a layer in its `.grad` that took
# no part in the prediction?

# %% id="grad-shapes"
parts = nn.ModuleDict({"used": model, "unused": nn.Linear(3, 2)})
parts.zero_grad()  # for a cell that is run twice; "One more line", below, says why
loss = loss_fn(parts["used"](images), labels)
loss.backward()
for name, p in parts.named_parameters():
    grad = None if p.grad is None else tuple(p.grad.shape)
    print(f"{name:14s} {tuple(p.shape)!s:11s} grad {grad}")
assert all(p.grad.shape == p.shape for p in model.parameters())
assert all(p.grad is None for p in parts["unused"].parameters())

# %% [markdown] id="grad-none"
# Each gradient has its parameter's own shape: one slope for each number.
#
# **Correction 3.** "After `backward()` every parameter has a gradient" is true of those that *took part*. The unused
# layer still has `None`.
#
# ### By hand
# For cross-entropy the slope at the logits is short: probability minus truth (*one-hot*: 1 at the true class, 0 elsewhere), divided by the batch size. The chain
# rule takes it one layer back: times $h_1$.

# %% id="grad-by-hand"
slope_at_logits = (logits.softmax(dim=1) - F.one_hot(labels, 10)) / len(labels)
by_hand = slope_at_logits.T @ h1
for row, column in [(2, 40), (6, 40), (9, 100)]:
    one, other = by_hand[row, column], model[3].weight.grad[row, column]
    print(f"weight[{row}, {column}]: by hand {one:8.5f}, autograd {other:8.5f}")
assert torch.allclose(by_hand, model[3].weight.grad, atol=1e-6)

# %% [markdown] id="microscope"
# The assertion compares all 1,280.
#
# ### The microscope
# A third witness needs no calculus. Move one number by a little $\varepsilon$ to both sides and see how the result moves:
# $\big(f(a+\varepsilon)-f(a-\varepsilon)\big) / 2\varepsilon$, the *finite difference*.
#
# We put every link of a small chain under it: $z = w x$, $h = \tanh z$, $\hat y = v h$, $L = (\hat y - y)^2$. By
# the *chain rule* the slope of the whole is the product of the slopes of its links.
#
# **Predict**: if two of the four links have negative slopes, is $\partial L/\partial w$ positive or negative?


# %% id="three-witnesses"
def three_witnesses(function, at, by_hand, eps=1e-5):
    """One slope three times: by hand, by autograd, by finite difference."""
    at = at.detach().requires_grad_()
    (by_autograd,) = torch.autograd.grad(function(at), at)
    with torch.no_grad():
        by_difference = (function(at + eps) - function(at - eps)) / (2 * eps)
    assert abs(by_hand - by_autograd) < 1e-6 and abs(by_difference - by_autograd) < 1e-6
    return f"{by_hand:10.5f} {by_autograd:10.5f} {by_difference:10.5f}"


# %% id="chain"
x1, y1, v = 1.5, 0.5, -1.2  # one input, its target, the second weight


def chain(w):
    return (v * torch.tanh(w * x1) - y1) ** 2


def chain_slope(w):
    h = torch.tanh(w * x1)
    return x1 * (1 - h**2) * v * 2 * (v * h - y1)


# %% id="microscope-links"
w = torch.tensor(0.8, dtype=torch.float64)
z = w * x1
h = torch.tanh(z)
print("          by hand   autograd difference")
print("∂z/∂w ", three_witnesses(lambda a: a * x1, at=w, by_hand=x1))
print("∂h/∂z ", three_witnesses(torch.tanh, at=z, by_hand=1 - h**2))
print("∂ŷ/∂h ", three_witnesses(lambda a: v * a, at=h, by_hand=v))
error = v * h - y1
print("∂L/∂ŷ ", three_witnesses(lambda a: (a - y1) ** 2, at=v * h, by_hand=2 * error))
print("∂L/∂w ", three_witnesses(chain, at=w, by_hand=chain_slope(w)))

# %% [markdown] id="microscope-why"
# Three witnesses agree in every row, and the last row is the product of the four above it: positive, since
# two minus signs cancel. So a larger $w$ means a larger loss, and the update will make $w$ smaller.
#
# ### How little is little?
# **Predict**: $\varepsilon$ was $10^{-5}$. With $10^{-12}$, is the finite difference closer to the truth?


# %% id="epsilon" tags=["nbval-ignore-output"] nbval-reason="rounding errors depend on the machine"
def difference_error(eps, dtype):
    """Relative error of the finite difference, measured against the slope by hand."""
    a = w.to(dtype)
    difference = (chain(a + eps) - chain(a - eps)) / (2 * eps)
    return abs(difference.item() / chain_slope(w).item() - 1)


steps = [10.0**-k for k in range(1, 14)]
errors = {
    "float32": [difference_error(eps, torch.float32) for eps in steps],
    "float64": [difference_error(eps, torch.float64) for eps in steps],
}
for k in (1, 5, 12):
    print(f"float64, step 1e-{k:02d}: relative error {errors['float64'][k - 1]:.0e}")
assert errors["float64"][4] < min(errors["float64"][0], errors["float64"][11])
assert min(errors["float64"]) < 0.01 * min(errors["float32"])

# %% id="figure-epsilon"
fig = plots.plot_difference_error(steps, errors)
notebook.show(
    fig,
    alt="Relative error of the finite difference against the step, both axes logarithmic. Each of "
    "two lines falls and rises again towards small steps; float64 reaches far lower than float32.",
)

# %% [markdown] id="epsilon-why"
# No: both lines turn up again. With a large step the curve's bend spoils the slope. With a tiny one we subtract two
# numbers that agree in nearly all their digits, and rounding is what remains. In float32, the precision that networks use, even the
# best step is poor: check gradients in float64.

# %% [markdown] id="update"
# ## Step 4: update
#
# Now the update rule, for all parameters at once. An *optimizer* does this; `torch.optim.SGD` is the rule as we
# wrote it. (SGD: *stochastic gradient descent*, the gradient of a random batch.)
#
# **Predict**: we do one update by hand and one with the optimizer. Do 101,770 numbers agree (a) to three digits, (b) to six, (c) bit for bit?


# %% id="same-parameters"
def same_parameters(one, other):
    """Whether two networks hold the same numbers, bit for bit."""
    pairs = zip(one.parameters(), other.parameters(), strict=True)
    return all(torch.equal(p, q) for p, q in pairs)


# %% id="two-copies"
first, second = course_lib.MLP(), course_lib.MLP()
for copy in (first, second):
    copy.load_state_dict(model.state_dict())
    loss_before = loss_fn(copy(images), labels)
    loss_before.backward()

# %% id="update-by-hand"
with torch.no_grad():
    for p in first.parameters():
        p.add_(p.grad, alpha=-0.1)  # θ ← θ − η ∇L, in place

torch.optim.SGD(second.parameters(), lr=0.1).step()
print("bit for bit the same:", same_parameters(first, second))
print("loss fell:", bool(loss_fn(first(images), labels) < loss_before))
assert same_parameters(first, second)

# %% [markdown] id="update-why"
# (c): with plain SGD, `optimizer.step()` is this line and no more. (Written `p -= 0.1 * p.grad`, the product is rounded on
# its own, and a last bit may differ.)
#
# ### Why `no_grad`?
# **Predict**: the same update *without* `no_grad`: (a) the same, (b) slower, (c) an error?

# %% id="update-without-no-grad"
try:
    for p in first.parameters():
        p.add_(p.grad, alpha=-0.1)
except RuntimeError as error:
    print("RuntimeError:", error)

# %% [markdown] id="data-question"
# Autograd refuses: an update is not part of the prediction, and must not be recorded in its graph.
#
# Old code avoids this with `p.data`, a view of the same numbers that autograd does not watch. Here is why not to.
#
# **Predict**: the slope of $w^2$ at $w = 3$ is 6. Between forward and backward someone adds 1 to `w.data`. Is the gradient
# (a) 6, (b) 8, (c) an error?

# %% id="data-wrong"
w = torch.tensor(3.0, requires_grad=True)
square = w**2
w.data += 1
square.backward()
print("gradient of w² at w = 3, after a change through .data:", w.grad.item())
assert w.grad == 8

# %% id="no-grad-right"
w = torch.tensor(3.0, requires_grad=True)
square = w**2
with torch.no_grad():
    w += 1
try:
    square.backward()
except RuntimeError as error:
    print("RuntimeError:", str(error).split(":")[0])

# %% [markdown] id="data-why"
# (b): 8, wrong, and nobody said so. Backward needs the old $w$ and found the new one. Autograd counts the changes of
# a tensor, under `no_grad` too: the second cell's was seen, and refused. Changes through `.data` are not counted.
#
# **Correction 4.** Update under `torch.no_grad()`, not through `.data`.
#
# ### The microscope on a run
# Five updates of our small chain, with $\eta = 0.1$. **Predict**: do the three witnesses still agree when $w$ moves?

# %% id="microscope-run"
w = torch.tensor(0.8, dtype=torch.float64)
print("step        w     loss    by hand   autograd difference")
for step in range(5):
    slopes = three_witnesses(chain, at=w, by_hand=chain_slope(w))
    print(f"{step:4d} {w:8.4f} {chain(w):8.4f} {slopes}")
    new_w = w - 0.1 * chain_slope(w)
    assert chain(new_w) < chain(w)
    w = new_w

# %% [markdown] id="stepper"
# They agree at every step, and the loss falls each time.
#
# ## All four, step by step
# A small real network (28 weights) on one batch of real images. Press **Step** and follow one number: forward, into the
# loss, back as a gradient, into the update. **−** and **+** choose another weight.
#
# **Predict, then try**: the first update lowers the loss. Is then *every* weight's gradient smaller in iteration 2 than in
# iteration 1?

# %% id="loop-stepper" tags=["interactive", "nbval-ignore-output"] nbval-reason="names a rounding error, which depends on the machine"
widgets.loop_stepper()

# %% id="stepper-counted"
before, after = widgets.record_steps(iterations=2).iterations
sizes = [
    torch.cat([torch.tensor(layer).flatten() for layer in now.gradients]).abs()
    for now in (before, after)
]
grown = int((sizes[1] > sizes[0]).sum())
print(f"loss {before.loss:.3f} → {after.loss:.3f}; {grown} of 28 gradients grew")
assert after.loss < before.loss and grown > 0

# %% [markdown] id="stepper-why"
# No: the loss fell, and 8 of 28 gradients grew. An update moves all weights at once, and each changes the slope that
# the others see. That is why the gradient must be computed afresh for every step.

# %% [markdown] id="zeroing"
# ## One more line: zeroing
#
# The gradient of step 3 stays in `.grad` after step 4. Nobody has cleared it.
#
# **Predict**: we call `backward()` twice on the same batch and clear nothing in between. Is the gradient then (a) the same,
# (b) doubled, (c) the mean of the two?

# %% id="backward-once"
model.zero_grad()
loss_fn(model(images), labels).backward()
once = model[1].weight.grad.clone()

# %% id="backward-twice"
loss_fn(model(images), labels).backward()
twice = model[1].weight.grad
print(f"largest slope: once {once.abs().max():.5f}, twice {twice.abs().max():.5f}")
assert torch.allclose(twice, 2 * once)

# %% [markdown] id="sum-question"
# (b): `backward()` *adds* to `.grad`.
#
# Now ten *different* batches, never zeroed, with the weights held still.
#
# **Predict**: is the gradient ten times the first one?


# %% id="gradient-of"
def gradient_of(images, labels):
    """The gradient of one batch's loss, all parameters in one vector."""
    loss = loss_fn(model(images), labels)
    gradients = torch.autograd.grad(loss, list(model.parameters()))
    return torch.cat([gradient.flatten() for gradient in gradients])


# %% id="sum-of-batches"
batches = list(islice(loader, 10))
single = torch.stack([gradient_of(*batch) for batch in batches])

model.zero_grad()
for batch_images, batch_labels in batches:
    loss_fn(model(batch_images), batch_labels).backward()
left = torch.cat([p.grad.flatten() for p in model.parameters()])

# %% id="sum-not-multiple"
is_sum = torch.allclose(left, single.sum(dim=0), atol=1e-5)
cosine = F.cosine_similarity(left, single[0], dim=0)
print("the sum of the ten:      ", is_sum)
print(f"length:                   {left.norm() / single[0].norm():.1f} times the first")
print(f"cosine with the first:    {cosine:.2f}")
assert is_sum and left.norm() < 9 * single[0].norm() and cosine < 0.95

# %% [markdown] id="sum-note"
# **Correction 5.** "Without zeroing, after $N$ batches the gradient is $N$ times too large." No: it is the *sum* of $N$
# different gradients. Ten times too large would need ten equal ones; ours is shorter, and it points elsewhere (the
# cosine is not 1). In a run, the old gradients even belong to parameters that have since moved.
#
# ### Is adding up a fault, then?
# No, a tool. **Predict**: four batches of 8, each loss divided by 4, no zeroing between. Does the sum equal the gradient of all 32 at once?

# %% id="accumulate"
model.zero_grad()
for part in range(0, 32, 8):
    loss = loss_fn(model(images[part : part + 8]), labels[part : part + 8])
    (loss / 4).backward()
accumulated = torch.cat([p.grad.flatten() for p in model.parameters()])
same = torch.allclose(accumulated, gradient_of(images, labels), atol=1e-6)
print("same as one batch of 32:", same)
assert same

# %% [markdown] id="accumulate-note"
# Yes. This is *gradient accumulation*: four iterations, one update, and a large batch where only a small one fits into
# memory.
#
# **Correction 6.** "Zero before every `backward()`" is wrong as a rule: here it would throw three quarters away. The
# rule is **zero once for every update**: after it, and before the next one's first `backward()`.
#
# **Predict**: after `optimizer.zero_grad()`, is `.grad` full of zeros?

# %% id="set-to-none"
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
optimizer.zero_grad(set_to_none=False)
print("set_to_none=False:", model[3].bias.grad)
optimizer.zero_grad()
print("the default:      ", model[3].bias.grad)
assert model[3].bias.grad is None

# %% [markdown] id="none-question"
# `None`: the default is `set_to_none=True`, which saves the memory. The two differ when a parameter takes no part in a batch.
#
# **Predict**: an optimizer with weight decay (every step pulls weights a little towards 0) meets a gradient of `None`, and one of zeros. Which weight moves?

# %% id="none-or-zeros"
for gradient in (None, torch.zeros(1)):
    weight = nn.Parameter(torch.ones(1))
    weight.grad = gradient
    torch.optim.SGD([weight], lr=0.1, weight_decay=0.5).step()
    print("gradient", gradient, "→ weight", weight.detach())
    assert (weight == 1) == (gradient is None)

# %% [markdown] id="loop"
# `None` is skipped; zeros are a gradient like any other, and the step is made.
#
# ## The loop
# Four steps and one line of zeroing, for every batch, three times through the 8,000 images (three *epochs*).
#
# Before you look: write the five lines of the loop's body on paper, in order.
#
# **Predict**: the loss starts near 2.3. Where is it after 750 updates: about 2, about 1, or about 0.5?


# %% id="shuffled-loader"
def shuffled_loader(seed):
    """The training batches, in an order that the seed decides."""
    generator = torch.Generator().manual_seed(seed)
    return course_lib.make_loader(train_set, 32, shuffle=True, generator=generator)


# %% id="the-loop" tags=["nbval-ignore-output"] nbval-reason="the last digits of a trained loss depend on the machine"
torch.manual_seed(0)
model = course_lib.MLP()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
loader, losses = shuffled_loader(seed=0), []
for epoch in range(3):
    for images, labels in loader:
        logits = model(images)  # 1 forward
        loss = loss_fn(logits, labels)  # 2 loss
        optimizer.zero_grad()
        loss.backward()  # 3 backward
        optimizer.step()  # 4 update
        losses.append(loss.item())
    print(f"epoch {epoch + 1}: mean loss {sum(losses[-250:]) / 250:.4f}")
assert 2 < losses[0] < 2.6 and sum(losses[-250:]) / 250 < 0.8

# %% id="figure-loss"
fig = plots.plot_batch_losses(losses, title="The four steps, 750 times: the loss falls")
notebook.show(
    fig,
    alt="Training loss against update: from about 2.3 down to between 0.4 and 0.7, fast at first, "
    "then slowly, with the unrest of single batches.",
)

# %% [markdown] id="loop-why"
# About 0.5, and with unrest: every batch is another question. Does it recognise clothes it has never seen?

# %% id="validate" tags=["nbval-ignore-output"] nbval-reason="the last digits of a trained loss depend on the machine"
cpu = torch.device("cpu")
val_loader = course_lib.make_loader(val_set, 500)
val_loss, accuracy = course_lib.validate(model, val_loader, loss_fn, cpu)
print(f"2,000 images aside: loss {val_loss:.2f}, {accuracy:.0%} right (guessing: 10%)")
assert accuracy > 0.7

# %% [markdown] id="library"
# ### The same loop, from the library
# `course_lib.train_one_epoch` is these lines with a name. **Predict**: three epochs of it from the same start, in the
# same order. The same parameters, bit for bit?

# %% id="same-as-library" tags=["nbval-ignore-output"] nbval-reason="the last digits of a trained loss depend on the machine"
torch.manual_seed(0)
twin = course_lib.MLP()
optimizer = torch.optim.SGD(twin.parameters(), lr=0.1)
loader = shuffled_loader(seed=0)
for epoch in range(3):
    mean_loss = course_lib.train_one_epoch(twin, loader, loss_fn, optimizer, cpu)
    print(f"epoch {epoch + 1}: mean loss {mean_loss:.4f}")
print("bit for bit the same parameters:", same_parameters(model, twin))
assert same_parameters(model, twin)

# %% [markdown] id="fused-note"
# Yes, and the means agree to every digit shown. What the library adds stands around the five lines, not in them.
#
# `course_lib.train_model` goes further and brings an optimizer, *Adam*: it divides each
# parameter's step by the size of its recent gradients. On a CPU and on CUDA it takes the *fused* Adam, the same mathematics in one pass over the
# memory.
#
# **Predict**: Adam fused and not fused, one epoch from the same start. Bit for bit the same again?

# %% id="fused-adam" tags=["nbval-ignore-output"] nbval-reason="how two kernels round depends on the machine"
ends = []
for fused in (False, True):
    torch.manual_seed(0)
    network = course_lib.MLP()
    optimizer = torch.optim.Adam(network.parameters(), lr=0.001, fused=fused)
    loader = shuffled_loader(seed=0)
    course_lib.train_one_epoch(network, loader, loss_fn, optimizer, cpu)
    ends.append(torch.cat([p.detach().flatten() for p in network.parameters()]))
largest = (ends[0] - ends[1]).abs().max()
print(f"largest difference {largest:.1e}; the learning rate is 1e-03")
assert torch.allclose(ends[0], ends[1], atol=1e-4)

# %% [markdown] id="experiments"
# The difference is far below the learning rate: rounding, not mathematics. Expect the same bits only from the same
# operations in the same order.
#
# ## What a wrong line costs
# Now we break the loop on purpose: 100 updates each, three seeds, judged on the 2,000 images aside.


# %% id="experiment"
def experiment(make_optimizer, seed, zero=True, factor=1, softmax_first=False, losses=None):
    """100 updates with a changed line; validation loss and accuracy."""
    losses = [] if losses is None else losses
    torch.manual_seed(seed)
    model = course_lib.MLP()
    optimizer = make_optimizer(model.parameters())
    for images, labels in islice(shuffled_loader(seed), 100):
        outputs = model(images).softmax(dim=1) if softmax_first else model(images)
        loss = factor * loss_fn(outputs, labels)
        if zero:
            optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return course_lib.validate(model, val_loader, loss_fn, cpu)


def three_seeds(make_optimizer, **changes):
    """Losses and accuracies of three runs: two vectors."""
    results = [experiment(make_optimizer, seed, **changes) for seed in range(3)]
    return torch.tensor(results).T


# %% id="optimizers"
def sgd(parameters):
    return torch.optim.SGD(parameters, lr=0.1)


def adam(parameters):
    return torch.optim.Adam(parameters, lr=0.001)


# %% [markdown] id="factor-question"
# First, a gradient that *is* ten times too large: we multiply the loss by 10.
#
# **Predict**: whom does it hurt: SGD, Adam, both, neither?

# %% id="constant-factor-sgd" tags=["nbval-ignore-output"] nbval-reason="the last digits of a trained loss depend on the machine"
sgd_loss, sgd_accuracy = three_seeds(sgd)
sgd_times_ten, _ = three_seeds(sgd, factor=10)
print("SGD      ", sgd_loss, "\nSGD  × 10", sgd_times_ten)
assert (sgd_times_ten > 1.5 * sgd_loss).all()

# %% id="constant-factor-adam" tags=["nbval-ignore-output"] nbval-reason="the last digits of a trained loss depend on the machine"
adam_loss, _ = three_seeds(adam)
adam_times_ten, _ = three_seeds(adam, factor=10)
print("Adam     ", adam_loss, "\nAdam × 10", adam_times_ten)
assert ((adam_times_ten - adam_loss).abs() < 0.05 * adam_loss).all()

# %% [markdown] id="factor-why"
# SGD steps ten times too far, and is ruined. Adam divides by the size of recent gradients: a constant factor
# cancels, and Adam hides it almost wholly.
#
# So if a forgotten `zero_grad()` were only a factor, Adam would hide that too.
#
# **Predict**: without zeroing, do SGD and Adam (a) train as well as before, (b) clearly worse?

# %% id="no-zeroing" tags=["nbval-ignore-output"] nbval-reason="the last digits of a trained loss depend on the machine"
sgd_forgot, _ = three_seeds(sgd, zero=False)
adam_forgot, _ = three_seeds(adam, zero=False)
print("SGD  zeroed", sgd_loss, "\n     forgot", sgd_forgot)
print("Adam zeroed", adam_loss, "\n     forgot", adam_forgot)
assert (sgd_forgot > 1.5 * sgd_loss).all()
assert (adam_forgot > 1.5 * adam_loss).all()

# %% id="figure-no-zeroing"
runs = {"zeroed": [], "forgot": []}
for name, losses in runs.items():
    experiment(sgd, seed=0, zero=name == "zeroed", losses=losses)
late = {name: sum(losses[50:]) / 50 for name, losses in runs.items()}
assert late["forgot"] > 1.3 * late["zeroed"]
fig = plots.plot_losses(runs, title="Without zeroing the loss swings, and stays high")
notebook.show(
    fig,
    alt="Training loss of 100 updates with SGD. Zeroed, it falls from 2.3 to about 1 or less. "
    "Not zeroed, it begins alike, then swings up and down and ends far higher.",
)

# %% [markdown] id="zeroing-why"
# (b), for both. The sum of all past gradients is no constant factor: it remembers where the loss was steep long ago, so
# the search can overshoot. No line fails, no error comes; the run is only bad. Guessing would have a
# loss of 2.30.
#
# **Predict**: and the second softmax in front of `CrossEntropyLoss`: does the network learn nothing, less, or the same?

# %% id="softmax-run" tags=["nbval-ignore-output"] nbval-reason="the last digits of a trained loss depend on the machine"
losses = []  # of all three runs, one after another
_, softmax_accuracy = three_seeds(sgd, softmax_first=True, losses=losses)
print("right, with logits:       ", sgd_accuracy)
print("right, with softmax first:", softmax_accuracy)
print(f"softmax first: losses from {losses[0]:.2f} down to {min(losses):.2f}")
assert abs(losses[0] - 2.30) < 0.1 and min(losses) > 1.4611
assert (softmax_accuracy < sgd_accuracy).all() and (softmax_accuracy > 0.2).all()

# %% [markdown] id="softmax-run-why"
# Less: more than guessing's 10%, and fewer right than with logits in every run. It trains, and that is why this
# mistake lives long. Its first loss, 2.30, is as it should be. The sign comes later: no loss ever falls below 1.46.

# %% [markdown] id="quick-check"
# ## Quick check
# Answer before you look back. Every choice has its reason.

# %% id="quiz" tags=["interactive"]
widgets.quiz("four-steps")

# %% [markdown] id="recap"
# ## Recap
# - Training is a search: $\theta_{t+1} = \theta_t - \eta\,\nabla_\theta L(\theta_t)$. No formula is known for a network's best parameters; its loss is not even convex.
# - *Forward* records a graph; the *loss* makes one number of logits and targets; `backward()` *adds* to `.grad`; `step()` updates.
# - Zero once for every update. What is left over is a sum of different gradients, not a factor.
# - Logits go into `CrossEntropyLoss`; the first loss of 10 classes is near 2.30.
# - Update under `no_grad`. Doubt a gradient? Take a finite difference, in float64.
# - The library's loop is in `course_lib/loop.py`, the stepper in `course_lib/widgets/stepper/`.
# - Next, in notebook 02: [Batches, iterations, epochs](02_batches_and_epochs.ipynb).
