"""The numbers beside the network: the step's own arithmetic, and one slope in three ways.

Pure data, drawn by :mod:`panel` and printed by :mod:`rendering`.
"""

from __future__ import annotations

from dataclasses import dataclass

from course_lib.widgets.stepper import chain_rule
from course_lib.widgets.stepper.chain_rule import subscript
from course_lib.widgets.stepper.microscope import Slope
from course_lib.widgets.stepper.model import Stepper
from course_lib.widgets.svg import number, scientific

DIGITS = 6


@dataclass(frozen=True)
class Row:
    """A line of the panel: words, a number, and whether it is the one to look at."""

    words: str
    value: str
    strong: bool = False


@dataclass(frozen=True)
class Sheet:
    """What the panel says in one state.

    Attributes:
        title, rows: the arithmetic of the step for the highlighted weight.
        question: whose value is found in three ways below.
        ways: those three, side by side.
        verdict: how well they agree.
    """

    title: str
    rows: tuple[Row, ...]
    question: str
    ways: tuple[Row, Row, Row]
    verdict: str


def sheet(stepper: Stepper) -> Sheet:
    """The sheet of the current step."""
    makers = {"forward": _forward, "loss": _loss, "backward": _backward, "update": _update}
    return makers[stepper.step_name](stepper) if stepper.step_name else _start(stepper)


def _start(stepper: Stepper) -> Sheet:
    recording = stepper.recording
    rows = (
        Row("weights", str(len(recording.weights))),
        Row("images in the batch", str(len(recording.batch.labels))),
        Row("learning rate η", f"{recording.learning_rate:g}"),
        Row("recorded iterations", str(len(recording.iterations))),
        Row(f"w: {stepper.weight.route}", number(carried_now(stepper), DIGITS), strong=True),
    )
    blank = (Row("by hand", "·"), Row("autograd", "·"), Row("finite difference", "·"))
    return Sheet("before the first step", rows, "slopes of w, three ways", blank, "")


def carried_now(stepper: Stepper) -> float:
    """The highlighted weight as the current step finds it."""
    return stepper.iteration.weight(stepper.weight)


def _forward(stepper: Stepper) -> Sheet:
    now, which, recording = stepper.iteration, stepper.weight, stepper.recording
    done = now.by_hand(recording.features, recording.label)
    second = which.layer == 2
    arriving = done.hidden if second else recording.features
    row = now.weights[which.layer - 1][which.target]
    letter = "h" if second else "x"
    products = tuple(
        Row(
            f"{letter}{subscript(j)} · w",
            f"{number(v, 3):>6} × {number(w, 3):>6} = {number(v * w, 3):>6}",
            strong=j == which.source,
        )
        for j, (v, w) in enumerate(zip(arriving, row, strict=True))
    )
    unit = ("ŷ" if second else "h") + subscript(which.target)
    if second:
        total = Row(f"sum = {unit}", number(done.logits[which.target], 3))
    else:
        z = number(done.sums[which.target], 3)
        total = Row(f"{unit} = tanh({z})", number(done.hidden[which.target], 3))
    slope = now.slopes[which].output
    factor = (
        f"h{subscript(which.source)}" if second else f"(1 − {unit}²)·x{subscript(which.source)}"
    )
    return Sheet(
        f"{unit} of this image",
        (*products, total),
        f"∂{unit}/∂w, three ways",
        _three(slope, f"by hand: {factor}"),
        _agreement(slope),
    )


def _loss(stepper: Stepper) -> Sheet:
    now, recording = stepper.iteration, stepper.recording
    done = now.by_hand(recording.features, recording.label)
    names = recording.batch.class_names
    chances = tuple(
        Row(f"p of {name}", number(p, 3), strong=k == recording.label)
        for k, (name, p) in enumerate(zip(names, done.probabilities, strict=True))
    )
    rows = (
        *chances,
        Row(f"this image: ℓ = −ln {number(done.probabilities[recording.label], 3)}",
            number(done.loss, 3)),
        Row(f"L = mean of {len(now.image_losses)} images", number(now.loss, 3)),
    )  # fmt: skip
    slope = now.slopes[stepper.weight].image_loss
    question = "∂ℓ/∂w, three ways"
    return Sheet("softmax, then −ln", rows, question, _three(slope), _agreement(slope))


def _backward(stepper: Stepper) -> Sheet:
    now, which, recording = stepper.iteration, stepper.weight, stepper.recording
    done = now.by_hand(recording.features, recording.label)
    target, source = subscript(which.target), subscript(which.source)
    if which.layer == 2:
        error = chain_rule.logit_gradient(done, recording.label)[which.target]
        factors = [
            Row(f"p{target} − y{target}", number(error, 4)),
            Row(f"× h{source}", number(done.hidden[which.source], 4)),
        ]
    else:
        arriving = chain_rule.hidden_gradient(done, now.weights[1], recording.label)
        bend = 1 - done.hidden[which.target] ** 2
        factors = [
            Row("Σₖ (pₖ − yₖ) · wₖ", number(arriving[which.target], 4)),
            Row(f"× (1 − h{target}²)", number(bend, 4)),
            Row(f"× x{source}", number(recording.features[which.source], 4)),
        ]
    slopes = now.slopes[which]
    rows = (
        *factors,
        Row("= ∂ℓ/∂w of this image", number(slopes.image_loss.by_hand, 4)),
        Row(f"mean of {len(now.image_losses)} images: ∂L/∂w",
            number(slopes.loss.by_hand, 4), strong=True),
    )  # fmt: skip
    question = "∂L/∂w, three ways"
    return Sheet("the chain rule", rows, question, _three(slopes.loss), _agreement(slopes.loss))


def update_three_ways(stepper: Stepper) -> Slope:
    """w − η·g by hand, by the optimizer, and with the finite difference as g."""
    now, which, eta = stepper.iteration, stepper.weight, stepper.recording.learning_rate
    old = now.weight(which)
    return Slope(
        by_hand=old - eta * now.gradient(which),
        autograd=now.weight(which, after=True),
        finite_difference=old - eta * now.slopes[which].loss.finite_difference,
    )


def _update(stepper: Stepper) -> Sheet:
    now, which, eta = stepper.iteration, stepper.weight, stepper.recording.learning_rate
    old, slope = now.weight(which), now.gradient(which)
    new = update_three_ways(stepper)
    rows = (
        Row("w before", number(old, DIGITS)),
        Row("g = w.grad", number(slope, DIGITS)),
        Row("η, the learning rate", f"{eta:g}"),
        Row("− η · g", number(-eta * slope, DIGITS)),
        Row("w after", number(new.autograd, DIGITS), strong=True),
    )
    ways = (
        Row("w − η·g by hand", number(new.by_hand, DIGITS)),
        Row("optimizer.step()", number(new.autograd, DIGITS)),
        Row("g by finite difference", number(new.finite_difference, DIGITS)),
    )
    if new.by_hand == new.autograd:
        verdict = "the first two are equal, bit for bit"
    else:
        gap = scientific(abs(new.by_hand - new.autograd))
        verdict = f"the first two differ by rounding: {gap}"
    return Sheet("w ← w − η · g", rows, "new w, three ways", ways, verdict)


def _three(slope: Slope, hand: str = "by hand (chain rule)") -> tuple[Row, Row, Row]:
    return (
        Row(hand, number(slope.by_hand, DIGITS)),
        Row("autograd", number(slope.autograd, DIGITS)),
        Row("finite difference", number(slope.finite_difference, DIGITS)),
    )


def _agreement(slope: Slope) -> str:
    return f"largest difference {scientific(slope.disagreement)}"
