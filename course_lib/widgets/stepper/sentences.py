"""Everything the stepper says in words, in one place. ``<b>`` marks the word that matters."""

from __future__ import annotations

import re

from course_lib.widgets.stepper.chain_rule import subscript
from course_lib.widgets.stepper.model import STEPS, Stepper
from course_lib.widgets.svg import number

CODE = {
    "forward": "logits = model(x)",
    "loss": "loss = loss_fn(logits, y)",
    "backward": "loss.backward()",
    "update": "optimizer.step()",
}

CAPTION = (
    "Run this notebook to use it: Step and Back walk through the four steps of a recorded "
    "training, Play runs through it, − and + choose the weight to look at."
)


def state(stepper: Stepper) -> str:
    """Where we are, in one line."""
    rounds = len(stepper.recording.iterations)
    name = stepper.step_name
    step = f"step {STEPS.index(name) + 1} of 4: {name}" if name else "before the first step"
    return f"iteration {stepper.iteration_number} of {rounds} · {step}"


def what_to_see(stepper: Stepper) -> str:
    """One or two sentences that say, with the current numbers, what is to be seen."""
    name = stepper.step_name
    if name is None:
        return _start(stepper)
    return {"forward": _forward, "loss": _loss, "backward": _backward, "update": _update}[name](
        stepper
    )


def _start(stepper: Stepper) -> str:
    recording = stepper.recording
    return (
        f"A real network with {len(recording.weights)} random weights and a batch of "
        f"{len(recording.batch.labels)} real images. Nothing is computed yet: press <b>Step</b>."
    )


def _forward(stepper: Stepper) -> str:
    now, recording = stepper.iteration, stepper.recording
    guess = max(range(len(now.logits)), key=now.logits.__getitem__)
    verdict = "right" if guess == recording.label else "wrong"
    return (
        f"The image flows through the weights. The largest of its outputs is "
        f"ŷ{subscript(guess)} = {number(now.logits[guess])}, so the network says "
        f"“{recording.batch.class_names[guess]}”: <b>{verdict}</b>."
    )


def _loss(stepper: Stepper) -> str:
    now, recording = stepper.iteration, stepper.recording
    p = number(now.probabilities[recording.label], 3)
    return (
        f"The true class has a probability of {p}, so this image costs −ln {p} = "
        f"<b>{number(now.image_loss, 3)}</b>. The loss is the mean over the batch's "
        f"{len(now.image_losses)} images: <b>{number(now.loss, 3)}</b>."
    )


def _backward(stepper: Stepper) -> str:
    slope = stepper.iteration.gradient(stepper.weight)
    if slope == 0:
        return "The gradient of the highlighted weight is <b>0</b>: the update will leave it alone."
    turn, change = ("fall", "up") if slope < 0 else ("rise", "down")
    return (
        "Old gradients are cleared, then the loss flows back. At this slope it would "
        f"<b>{turn}</b> by {number(abs(slope), 3)} for each unit that the highlighted weight "
        f"grows, so the update will move the weight <b>{change}</b>."
    )


def _update(stepper: Stepper) -> str:
    now = stepper.iteration
    old, new = now.weight(stepper.weight), now.weight(stepper.weight, after=True)
    difference = now.loss_after - now.loss
    outcome = "less" if difference < 0 else "more"
    return (
        f"Each weight moves against its gradient, this one from {number(old, 3)} to "
        f"{number(new, 3)}. The same batch now costs {number(now.loss_after, 3)}: "
        f"<b>{number(abs(difference), 3)} {outcome}</b> than before."
    )


def longest(stepper: Stepper) -> str:
    """The longest sentence of the whole record: the room that every other one needs at most."""
    tour = Stepper(stepper.recording)
    found = [what_to_see(tour)]
    while tour.step():
        for weight in tour.recording.weights:
            tour.select(weight)
            found.append(what_to_see(tour))
    return max(found, key=lambda sentence: len(plain(sentence)))


def plain(sentence: str) -> str:
    """``sentence`` without its marks."""
    return re.sub(r"</?b>", "", sentence)
