"""Loss against epochs: the axes, the curves and their names, for every picture of a run."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from course_lib.widgets import svg

MARKED_EPOCHS = 40  # more markers would touch, and weigh
LINE = 16.0  # pixels between two names that stand below one another

Point = tuple[float, float]


@dataclass(frozen=True)
class Chart:
    """A rectangle in pixels that holds ``num_epochs`` epochs and losses from 0 to ``levels[-1]``.

    ``clip`` draws what is above the top along it; without it the curve is cut there.
    """

    num_epochs: int
    levels: Sequence[float]
    left: float = 46
    right: float = 436
    top: float = 52
    bottom: float = 222
    clip: bool = False

    def place(self, position: float, value: float) -> Point:
        """Pixels of a loss ``value`` after ``position`` epochs."""
        if self.clip:
            value = min(value, self.levels[-1]) if not math.isnan(value) else value
        x = self.left + (self.right - self.left) * position / self.num_epochs
        return x, self.bottom - (self.bottom - self.top) * value / self.levels[-1]

    def axes(self) -> str:
        """Horizontal grid lines with their losses, epochs below."""
        step = self.levels[1]
        decimals = 0 if step >= 1 else 2 - (round(step * 10, 9) == round(step * 10))
        body = ""
        for level in self.levels:
            y = self.place(0, level)[1]
            name = f"{level:.3g}" if step >= 1e4 or step < 0.01 else svg.number(level, decimals)
            body += svg.line(self.left, y, self.right, y)
            body += svg.text(self.left - 8, y + 4, name, "n sm m end")
        stride = max(1, math.ceil(self.num_epochs / 10))
        for epoch in range(0, self.num_epochs + 1, stride):
            x = self.place(epoch, 0)[0]
            body += svg.text(x, self.bottom + 18, str(epoch), "n sm m mid")
        middle = (self.left + self.right) / 2
        body += svg.text(middle, self.bottom + 36, "epoch", "t sm m mid")
        return body + svg.text(self.left - 8, self.top - 15, "loss", "t sm m end")

    def curve(self, values: Sequence[float], role: str, *, faint: bool = False) -> str:
        """One loss an epoch, as a line with a marker for each."""
        points = [self.place(epoch, value) for epoch, value in enumerate(values, 1)]
        runs = self.stretches(points)
        width = 1.4 if faint else 2.2
        body = "".join(svg.polyline(run, f"l-{role}", width=width) for run in runs)
        if len(points) <= MARKED_EPOCHS and not faint:
            marks = [svg.circle(x, y, 2.6, f"a-{role}") for run in runs for x, y in run]
            body += "".join(marks)
        return body

    def trace(self, pairs: Iterable[tuple[float, float]]) -> str:
        """The faint line of batch losses, (position in epochs, loss) each."""
        top = self.levels[-1] if self.clip else math.inf  # cut, as it jumps too often to be clipped
        points = (self.place(x, value if value <= top else math.nan) for x, value in pairs)
        runs = self.stretches(points)
        lines = "".join(svg.polyline(run, "l-train", width=1) for run in runs)
        return f'<g opacity="0.5">{lines}</g>'

    def stretches(self, points: Iterable[Point]) -> list[list[Point]]:
        """The points in stretches that can be drawn: cut where a loss was NaN or off the scale."""
        found: list[list[Point]] = [[]]
        for x, y in points:
            if math.isfinite(y) and y >= self.top - 1:
                found[-1].append((x, y))
            elif found[-1]:
                found.append([])
        return [stretch for stretch in found if stretch]

    def blew_up(self, position: float, words: str, *, clear_of: float | None = None) -> str:
        """A cross on the upper edge where the loss stopped being a number, with what it was.

        The words keep off a line drawn at the loss ``clear_of``.
        """
        x, y = self.place(position, 0)[0], self.top
        baseline = y + 14
        if clear_of is not None:
            line = self.place(0, clear_of)[1]
            if baseline - 12 < line < baseline + 4:
                baseline = line + 14
        body = svg.line(x, y, x, self.bottom, "quiet neg")
        for dx in (-5, 5):
            body += svg.line(x - dx, y - 5, x + dx, y + 5, "l-loss", width=2.4)
        late = x > (self.left + self.right) / 2
        place = (x - 10, "t sm b x-loss end") if late else (x + 10, "t sm b x-loss")
        return body + svg.text(place[0], baseline, words, place[1])


def ticks(top: float, at_most: int = 5) -> list[float]:
    """Round numbers from 0 to at least ``top``, at most ``at_most`` + 1 of them."""
    rough = max(top, 1e-9) / at_most
    power = 10 ** math.floor(math.log10(rough))
    step = next(m * power for m in (1, 2, 2.5, 5, 10) if m * power >= rough * (1 - 1e-9))
    return [step * i for i in range(math.ceil(top / step - 1e-9) + 1)]


def end_names(names: Sequence[tuple[float, float, str, str]]) -> str:
    """Names of lines where they end, moved apart where they would overlap.

    Each is ``(x, y, words, classes)``, ``y`` the height at which the line ends.
    """
    placed = sorted(names, key=lambda name: name[1])
    heights = spread([name[1] for name in placed])
    return "".join(
        svg.text(x, y + 4, words, classes)
        for (x, _, words, classes), y in zip(placed, heights, strict=True)
    )


def spread(heights: Sequence[float], apart: float = LINE) -> list[float]:
    """Sorted ``heights`` moved as little as keeps each ``apart`` from the next."""
    groups: list[list[float]] = []  # of wishes; those of a group stand ``apart`` from each other
    for height in heights:
        groups.append([height])
        while len(groups) > 1 and _edges(groups[-2], apart)[1] > _edges(groups[-1], apart)[0]:
            last = groups.pop()
            groups[-1] += last
    return [
        _edges(group, apart)[0] + apart * (row + 0.5)
        for group in groups
        for row in range(len(group))
    ]


def _edges(group: Sequence[float], apart: float) -> tuple[float, float]:
    middle = sum(group) / len(group)
    half = apart * len(group) / 2
    return middle - half, middle + half
