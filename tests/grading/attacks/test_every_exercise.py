"""Cheats that would pay in one exercise or the other: in none of the five they earn a point."""

import pytest

from course_lib.grading.checks.registry import FILES, exercise
from tools.mistake_table import ANSWERS

NOTHING = "def {name}(*arguments, **more): return None\n"
ALWAYS_EQUAL = """
class Equal:
    __eq__ = __lt__ = __le__ = __gt__ = __ge__ = lambda self, other: True
    __ne__ = lambda self, other: False
    __hash__ = __int__ = __index__ = lambda self: 1
    __float__ = lambda self: 0.5
    __len__ = lambda self: 3
    __iter__ = lambda self: iter([self] * 3)
    __getitem__ = lambda self, key: self
    __call__ = lambda self, *arguments, **more: self
    __repr__ = __str__ = lambda self: "right"
    def __getattr__(self, name):
        if name.startswith("__"): raise AttributeError(name)
        return self
"""
# Finds the driver by its name, and lets it tell what a right answer would have shown.
FORGED_BAR = """
from course_lib.grading.drivers import networks, progress_bar
def drive(answer, scenario):
    model = networks.build_model(scenario["model"])
    loader = networks.build_loader(scenario["train"])
    loss_fn = networks.build_loss(scenario["train"])
    optimizer = networks.build_optimizer(model, scenario["optimizer"])
    model.train()
    losses, sizes = [], []
    for inputs, targets in loader:
        optimizer.zero_grad()
        loss = loss_fn(model(inputs), targets)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        sizes.append(len(targets))
    told = [f"loss={loss:.4f}" for loss in losses]
    description = f"Epoch {scenario['epoch']}"
    snapshots = [
        {"n": float(n), "description": description, "postfix": postfix, "unseen": []}
        for n, postfix in enumerate(["", *told])
    ]
    mean = sum(a * b for a, b in zip(losses, sizes)) / sum(sizes)
    bar = {"total": float(len(losses)), "closed": True, "disabled": False, "iterated": len(losses)}
    bar["shown"] = True
    return {
        "returned": {"kind": "float", "value": mean, "type": "float"},
        "state": networks.state_of(model),
        "drawn": sum(sizes),
        "bars": [{**bar, "by_hand": 0, "snapshots": snapshots}],
    }
progress_bar.drive = drive
"""
# Finds the list of bars on the stack, and puts one there that nobody ever sees.
BAR_ON_THE_STACK = """
import sys
def train_one_epoch_with_progress(model, dataloader, loss_fn, optimizer, device, epoch):
    class Bar:
        total, n, desc, postfix, disable = len(dataloader), 0, f"Epoch {epoch}", "", False
    frame = sys._getframe()
    while "bars" not in frame.f_locals:
        frame = frame.f_back
    frame.f_locals["bars"].add(Bar)
    model.train()
    total, samples = 0.0, 0
    for inputs, targets in dataloader:
        optimizer.zero_grad()
        loss = loss_fn(model(inputs), targets)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(targets)
        samples += len(targets)
        Bar.n += 1
        Bar.postfix = f"loss={loss.item():.3f}"
    Bar.disable = True
    return total / samples
"""
FORGED_FIGURE = """
from course_lib.grading.drivers import dashboard
def drive(answer, scenario):
    states, x, train, validation = [], [], [], []
    for epoch, *losses in scenario["updates"]:
        for told, value in zip((x, train, validation), (epoch, *losses)): told.append(float(value))
        there = [loss for loss in train + validation if loss == loss] or [0.0]
        lines = [("train", train), ("validation", validation)]
        axes = {
            "lines": [{"label": label, "x": list(x), "y": list(y)} for label, y in lines],
            "legend": ["train", "validation"],
            "labels": ["epoch", "loss"],
            "view": [[0.0, max(x) + 1], [min(there) - 1, max(there) + 1]],
        }
        figure = {"axes": [axes], "legend": [], "labels": ["", ""]}
        shown = {"screen": [figure], "pictures": 1, "ever_shown": len(x), "open": 1}
        states.append({"figure": figure, **shown})
    return {"states": states}
dashboard.drive = drive
"""

# Finds the driver on the stack, and lets it refuse what it does not even ask the answer.
FORGED_REFUSAL = """
import sys, types
def refuse(answer, scenario):
    if min(scenario.get("patience", 1), scenario.get("accumulation_steps", 1)) < 1:
        REFUSAL
    return honest(answer, scenario)
frame = sys._getframe()
while frame:
    drive = frame.f_locals.get("drive")
    if hasattr(drive, "__code__"):
        drive.__globals__["honest"] = types.FunctionType(drive.__code__, drive.__globals__)
        drive.__code__ = refuse.__code__
        break
    frame = frame.f_back
else:
    raise SystemExit("no driver found")
"""


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize(
    ("setup", "line"),
    [("", NOTHING), (ALWAYS_EQUAL, "{name} = Equal()\n")],
    ids=["nothing", "always_equal"],
)
def test_doing_nothing_earns_nothing(name, setup, line, earned):
    answer = "".join(line.format(name=required) for required in exercise(name).required)
    assert earned(setup + answer) == (FILES[name], 0)


@pytest.mark.parametrize(
    ("name", "forged"), [("progress_bar", FORGED_BAR), ("dashboard", FORGED_FIGURE)]
)
def test_a_driver_that_is_found_by_its_name_is_not_the_one_that_reports(name, forged, earned):
    (required,) = exercise(name).required
    assert earned(forged + NOTHING.format(name=required)) == (FILES[name], 0)


def test_a_bar_that_only_the_grader_sees_is_none(earned):
    assert earned(BAR_ON_THE_STACK) == ("02_progress_bar", 3)  # for what it did: it trains


@pytest.mark.parametrize("refusal", ['return {"refused": True}', "raise ValueError"])
@pytest.mark.parametrize("name", ["early_stopping", "accumulation"])
def test_a_refusal_alone_earns_nothing(name, refusal, earned):
    (required,) = exercise(name).required
    forged = FORGED_REFUSAL.replace("REFUSAL", refusal)
    assert earned(forged + NOTHING.format(name=required)) == (FILES[name], 0)


def test_who_saves_a_whole_model_is_right_here_too(earned):
    """Pickle looks up the model's class by its name, and the drivers' names are withdrawn."""
    right = ANSWERS / "early_stopping" / "right" / "whole_model_pickled.py"
    assert earned(right.read_text(encoding="utf-8")) == ("01_early_stopping", 10)
