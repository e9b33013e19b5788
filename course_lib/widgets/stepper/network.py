"""The network of the stepper as a picture: what flows through it in the current step.

Circles carry the numbers of *one* image, lines those of the weights, whose gradient is the mean
over the *whole batch*; the line under the picture says so.
"""

from __future__ import annotations

import math

from course_lib.widgets.stepper.chain_rule import Weight, subscript
from course_lib.widgets.stepper.model import Stepper
from course_lib.widgets.stepper.thumbnail import thumbnail
from course_lib.widgets.svg import (
    Picture,
    arrow,
    circle,
    line,
    number,
    rect,
    text,
)  # fmt: skip

WIDTH, HEIGHT = 460, 350
RADIUS = 21
COLUMNS = {"x": 112.0, "h": 232.0, "ŷ": 352.0}
TOP, GAP = 46.0, 72.0
THUMB, THUMB_TOP = 72.0, 118.0


def network(stepper: Stepper, *, moving: bool = False) -> Picture:
    """The network in the current state; ``moving`` adds the pulse of a step just done."""
    body = _image(stepper) + _lines(stepper)
    if moving and stepper.step_name in ("forward", "backward"):
        body += _pulses(stepper)
    body += _highlighted(stepper) + _circles(stepper) + _classes(stepper) + _foot(stepper)
    return Picture(WIDTH, HEIGHT, body, _described(stepper))


def _place(layer: int, index: int, stepper: Stepper) -> tuple[float, float]:
    """Centre of a unit: layer 0 inputs, 1 hidden values, 2 outputs."""
    now = stepper.iteration
    counts = (len(stepper.recording.features), len(now.hidden), len(now.logits))
    top = TOP + GAP * (4 - counts[layer]) / 2
    return list(COLUMNS.values())[layer], top + GAP * index


def _ends(weight: Weight, stepper: Stepper) -> tuple[float, float, float, float]:
    """The weight's line, from the rim of one circle to the rim of the other."""
    x1, y1 = _place(weight.layer - 1, weight.source, stepper)
    x2, y2 = _place(weight.layer, weight.target, stepper)
    length = ((x2 - x1) ** 2 + (y2 - y1) ** 2) ** 0.5
    dx, dy = (x2 - x1) / length * (RADIUS + 1), (y2 - y1) / length * (RADIUS + 1)
    return x1 + dx, y1 + dy, x2 - dx, y2 - dy


def carried(stepper: Stepper, weight: Weight) -> float:
    """The number that a weight's line shows in the current step."""
    now, step = stepper.iteration, stepper.step_name
    if step == "backward":
        return now.gradient(weight)
    if step == "update":
        return now.weight(weight, after=True) - now.weight(weight)
    return now.weight(weight)


def _role(stepper: Stepper) -> str | None:
    return None if stepper.step_name in (None, "loss") else stepper.step_name


def _lines(stepper: Stepper) -> str:
    values = {weight: carried(stepper, weight) for weight in stepper.recording.weights}
    largest = max(map(abs, values.values())) or 1.0
    role = _role(stepper)
    drawn = ""
    for weight, value in values.items():
        if weight == stepper.weight:
            continue  # drawn on top of all others
        share = abs(value) / largest
        ends = _ends(weight, stepper)
        classes = (f"l-{role}" if role else "quiet") + (" neg" if value < 0 else "")
        drawn += line(*ends, classes, width=0.6 + 2.8 * share, opacity=0.2 + 0.45 * share)
    return drawn


def _pulses(stepper: Stepper) -> str:
    """A short dash that runs along every line once, layer by layer, in the flow's direction."""
    backward = stepper.step_name == "backward"
    drawn = ""
    for layer in (1, 2):
        paths = ""
        for weight in stepper.recording.weights:
            if weight.layer == layer:
                x1, y1, x2, y2 = _ends(weight, stepper)
                if backward:
                    x1, y1, x2, y2 = x2, y2, x1, y1
                paths += f'<path pathLength="9" d="M{x1:.0f} {y1:.0f}L{x2:.0f} {y2:.0f}"/>'
        later = " later" if (layer == 1) == backward else ""
        drawn += f'<g class="pulse l-{stepper.step_name}{later}">{paths}</g>'
    return drawn


def _highlighted(stepper: Stepper) -> str:
    x1, y1, x2, y2 = _ends(stepper.weight, stepper)
    role = _role(stepper)
    negative = " neg" if carried(stepper, stepper.weight) < 0 else ""
    if role == "backward":
        drawn = arrow(x2, y2, x1, y1, role + negative, width=4, head=14)
    elif role:
        drawn = arrow(x1, y1, x2, y2, role + negative, width=4, head=14)
    else:
        drawn = line(x1, y1, x2, y2, "quiet" + negative, width=4)
    label = number(carried(stepper, stepper.weight), 3, sign=role == "update")
    half, length = 3 + 3.9 * len(label), math.hypot(x2 - x1, y2 - y1)
    # beside the line and clear of it: a short line would vanish under its own number
    up, right = (x2 - x1) / length, (y2 - y1) / length
    away = half * abs(right) + 8 * up + 4
    x, y = (x1 + x2) / 2 + away * right, (y1 + y2) / 2 - away * up
    drawn += rect(x - half, y - 9, 2 * half, 18, "ground", radius=4, opacity=0.85)
    return drawn + text(x, y + 4.5, label, "n b mid" + (f" x-{role}" if role else ""))


def _circles(stepper: Stepper) -> str:
    now, step = stepper.iteration, stepper.step_name
    known = stepper.has_done("forward")
    backward = step == "backward"
    columns = (
        (stepper.recording.features, "", "x"),
        (now.hidden_gradient if backward else now.hidden, step, "h"),
        (now.logit_gradient if backward else now.logits, step, "ŷ"),
    )
    drawn = ""
    for layer, (values, role, letter) in enumerate(columns):
        lit = role in ("forward", "backward") or (role == "loss" and letter == "ŷ")
        ring = f"ground l-{role}" if lit else "ground quiet"
        hue = f" x-{role}" if backward and letter != "x" else ""
        for index, value in enumerate(values):
            x, y = _place(layer, index, stepper)
            shown = value if known or letter == "x" else None
            drawn += circle(x, y, RADIUS, ring, stroke=2 if lit else 1.2)
            drawn += text(x, y + 4.5, number(shown), f"n mid sm{hue}")
            drawn += text(x, y - RADIUS - 5, f"{letter}{subscript(index)}", "t sm mid m")
    return drawn


def _classes(stepper: Stepper) -> str:
    now, recording = stepper.iteration, stepper.recording
    drawn = ""
    for index, name in enumerate(recording.batch.class_names):
        x, y = _place(2, index, stepper)
        true = index == recording.label
        shift = -3 if stepper.has_done("loss") or true else 4
        drawn += text(x + RADIUS + 8, y + shift, name, "t sm b" if true else "t sm")
        p = f"p {number(now.probabilities[index])}" if stepper.has_done("loss") else ""
        words = " · ".join(filter(None, (p, "true" if true else "")))
        drawn += text(x + RADIUS + 8, y + 13, words, "t sm m") if words else ""
    return drawn


def _image(stepper: Stepper) -> str:
    recording = stepper.recording
    middle = THUMB_TOP + THUMB / 2
    data = thumbnail(bytes(recording.batch.images[recording.image].flatten().tolist()))
    drawn = (
        f'<image x="0" y="{THUMB_TOP:.0f}" width="{THUMB:.0f}" height="{THUMB:.0f}" '
        f'href="data:image/png;base64,{data}" style="image-rendering:pixelated"/>'
    )
    half = THUMB / 2
    drawn += (
        f'<rect x="0" y="{THUMB_TOP:.0f}" width="{THUMB:.0f}" height="{THUMB:.0f}" '
        'class="grid" fill="none"/>'
    )
    cross = ((half, THUMB_TOP, half, THUMB_TOP + THUMB), (0.0, middle, THUMB, middle))
    for ends in cross:
        drawn += (
            '<line x1="{:.0f}" y1="{:.0f}" x2="{:.0f}" y2="{:.0f}" stroke="#fff" '
            'stroke-opacity=".7"/>'.format(*ends)
        )
    for quarter in range(4):
        x, y = half * (quarter % 2 + 0.5), THUMB_TOP + half * (quarter // 2 + 0.5)
        to_x, to_y = _place(0, quarter, stepper)
        drawn += line(x, y, to_x - RADIUS, to_y, "l-forward", opacity=0.6)
        drawn += circle(x, y, 2.5, "a-forward")
    count = len(recording.batch.labels)
    below = THUMB_TOP + THUMB + 16
    drawn += text(0, below, f"image {recording.image + 1}", "t sm m")
    return drawn + text(0, below + 15, f"of {count}", "t sm m")


def _foot(stepper: Stepper) -> str:
    backward = stepper.step_name == "backward"
    heads = ("input x", "∂ℓ/∂h" if backward else "hidden h", "∂ℓ/∂ŷ" if backward else "output ŷ")
    drawn = "".join(
        text(x, 312, head, "t mid") for x, head in zip(COLUMNS.values(), heads, strict=True)
    )
    return drawn + text(0, 341, foot_note(stepper), "t sm m")


def foot_note(stepper: Stepper) -> str:
    """Which numbers are one image's and which the whole batch's, and what a dash means."""
    count = len(stepper.recording.batch.labels)
    lines = {
        "backward": f"lines: ∂L/∂w, mean over {count} images",
        "update": "lines: change of w",
    }.get(stepper.step_name or "", "lines: weights")
    return f"circles: this image · {lines} · dashed: negative"


def _described(stepper: Stepper) -> str:
    step = stepper.step_name or "nothing computed yet"
    value = number(carried(stepper, stepper.weight), 3)
    return f"Network with 4 inputs, 4 hidden values, 3 outputs; {step}; line {value}"
