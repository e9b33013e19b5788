"""The panel beside the network: arithmetic, microscope and the loss so far."""

from __future__ import annotations

import math

from course_lib.widgets.stepper.arithmetic import Row, Sheet, sheet
from course_lib.widgets.stepper.microscope import EPSILON
from course_lib.widgets.stepper.model import Stepper
from course_lib.widgets.svg import Picture, circle, line, number, polyline, power_of_ten, rect, text

WIDTH, HEIGHT = 280, 350
LINE = 19
EDGE = 12


def panel(stepper: Stepper) -> Picture:
    """Sheet and loss curve in the current state."""
    page = sheet(stepper)
    body = _sheet(page, stepper) + _loss_curve(stepper, top=252)
    return Picture(WIDTH, HEIGHT, body, f"{page.title}; {page.question}; loss so far")


def _sheet(page: Sheet, stepper: Stepper) -> str:
    hue = f" x-{stepper.step_name}" if stepper.step_name else ""
    body = rect(0, 0, WIDTH, 238, "panel", radius=8)
    body += text(EDGE, 20, page.title, "t b")
    body += text(WIDTH - EDGE, 20, stepper.weight.route, "t sm m end")
    body += "".join(
        _row(row, 40 + LINE * index, hue if row.strong else "")
        for index, row in enumerate(page.rows)
    )
    body += line(EDGE, 127, WIDTH - EDGE, 127)
    body += text(EDGE, 147, page.question, "t b")
    body += text(WIDTH - EDGE, 147, f"ε = {power_of_ten(EPSILON)}", "t sm m end")
    body += "".join(
        _row(row, 168 + LINE * index, hue, bold=True) for index, row in enumerate(page.ways)
    )
    return body + text(EDGE, 227, page.verdict, "t sm m")


def _row(row: Row, y: float, hue: str, *, bold: bool = False) -> str:
    weight = " b" if row.strong or bold else ""
    words = text(EDGE, y, row.words, f"t{' b' if row.strong else ''}")
    return words + text(WIDTH - EDGE, y, row.value, f"n end{weight}{hue}")


def _loss_curve(stepper: Stepper, top: float) -> str:
    """Batch losses computed so far, on axes that hold the whole record and start at zero."""
    recording = stepper.recording
    rounds = len(recording.iterations)
    highest = math.ceil(2 * max(recording.losses)) / 2 or 0.5  # 0.5, 1.0, 1.5 …
    left, right, base, ceiling = 30.0, WIDTH - 52.0, top + 78, top + 22

    def at(index: int, loss: float) -> tuple[float, float]:
        across = index / (rounds - 1) if rounds > 1 else 0.0
        return left + (right - left) * across, base - (base - ceiling) * loss / highest

    body = text(0, top + 6, "loss L of the batch so far", "t sm m")
    for value in (highest, 0.0):
        y = at(0, value)[1]
        body += line(left, y, WIDTH, y) + text(left - 6, y + 4, number(value, 1), "n sm m end")
    body += text(left, base + 16, "1", "n sm m mid")
    body += text(right, base + 16, str(rounds), "n sm m mid")
    body += text((left + right) / 2, base + 16, "iteration", "t sm m mid")
    points = [at(index, loss) for index, loss in enumerate(stepper.losses_so_far)]
    if points:
        body += polyline(points, "l-loss") if len(points) > 1 else ""
        marked = points if rounds <= 16 else points[-1:]  # more would run together
        body += "".join(circle(x, y, 2.6, "a-loss") for x, y in marked)
        x, y = points[-1]
        latest = number(stepper.losses_so_far[-1], 3)
        body += text(x + 8, y + 4, latest, "n sm b x-loss")
    return body
