"""Draws a split: the three shares, each part's classes, and the error bars. Pure functions."""

from __future__ import annotations

import textwrap

from course_lib.widgets import svg
from course_lib.widgets.palette import HUES, WORDS
from course_lib.widgets.splits import sentences
from course_lib.widgets.splits.model import PARTS, SplitExplorer

WIDTH, GAP = 760.0, 20.0
BARS_GAP = 48.0  # between the two error bars: their axes and words must not run together
PART_WIDTH = (WIDTH - 2 * GAP) / 3
ROW = 18.0
NAMES, NUMBERS = 84.0, 46.0  # left of the bars, right of them
LOWEST = 0.5  # the error bars' axis runs from here to 1
LETTERS_A_LINE = 104


def html(explorer: SplitExplorer) -> str:
    """The live view: state, shares, classes, error bars, and what is to be seen."""
    return (
        f'<div class="course-state">{sentences.state(explorer)}</div>'
        f"{_live_shares(explorer)}{svg.wrapping(_parts(explorer), gap=GAP)}"
        f"{svg.wrapping(_error_bars(explorer), gap=BARS_GAP)}"
        # room for the longest sentence, so that the page does not jump when another one comes
        '<div class="course-words" style="display:grid">'
        f'<span style="grid-area:1/1;visibility:hidden" aria-hidden="true">{sentences.ROOM}</span>'
        f'<span style="grid-area:1/1">{sentences.what_to_see(explorer)}</span></div>'
    )


def _live_shares(explorer: SplitExplorer) -> str:
    """The bar as boxes of HTML: on a phone an SVG of full width would shrink its words."""
    boxes = "".join(
        f'<div style="flex:{percent} 1 0;min-width:2px;border-radius:4px;'
        f'background:{HUES[name].fill}">{_label(name, percent)}</div>'
        for name, percent in zip(PARTS, explorer.percents, strict=True)
    )
    return (
        '<div style="display:flex;gap:2px;max-width:760px;height:24px;margin:2px 0 6px;'
        f"overflow:hidden;text-align:center;color:#FFFFFF;font:600 13px/24px {WORDS}"
        f'">{boxes}</div>'
    )


def _label(name: str, percent: int) -> str:
    """What fits into a share of the bar on a page of 360 pixels."""
    if percent < 10:
        return ""
    return f"{name} {percent} %" if percent >= 30 else f"{percent} %"


def static_picture(explorer: SplitExplorer) -> svg.Picture:
    """The same as one picture, for pages where no kernel runs."""
    heading = svg.Picture(WIDTH, 20, svg.text(0, 15, sentences.state(explorer), "n b"), "")
    lines = textwrap.wrap(sentences.plain(sentences.what_to_see(explorer)), LETTERS_A_LINE)
    words = "".join(svg.text(0, 15 + 20 * row, line, "t") for row, line in enumerate(lines))
    return svg.stacked(
        [
            heading,
            shares(explorer),
            svg.beside(_parts(explorer), gap=GAP),
            svg.beside(_error_bars(explorer), gap=BARS_GAP),
            svg.Picture(WIDTH, 44, words, ""),
        ],
        gap=8,
        description=sentences.text_view(explorer),
    )


def shares(explorer: SplitExplorer) -> svg.Picture:
    """One bar for all samples, cut at the ratios."""
    body, x = "", 0.0
    for name, percent in zip(PARTS, explorer.percents, strict=True):
        width = WIDTH * percent / 100
        body += svg.rect(x, 2, width - 2, 24, f"f-{name}", radius=min(4, width / 4))
        body += svg.text(x + width / 2, 19, _label(name, percent), "t mid b w")
        x += width
    words = ", ".join(f"{n} {p} %" for n, p in zip(PARTS, explorer.percents, strict=True))
    return svg.Picture(WIDTH, 28, body, words)


def _parts(explorer: SplitExplorer) -> list[svg.Picture]:
    return [part_panel(explorer, part) for part in range(3)]


def part_panel(explorer: SplitExplorer, part: int) -> svg.Picture:
    """How many samples of each class a part has; a mark where its fair share would be."""
    number = explorer.split.counts[part]
    counts = explorer.split.class_counts[part]
    fair = [explorer.fair_share(part, label) for label in range(len(counts))]
    end = 2 * max(fair)  # the axis reaches to twice the fair share, in every part alike
    room = PART_WIDTH - NAMES - NUMBERS
    body = svg.text(0, 16, PARTS[part], f"t lg b x-{PARTS[part]}")
    body += svg.text(PART_WIDTH, 16, f"{number:,}", "n lg b end")
    body += svg.text(0, 33, sentences.FOR_WHAT[part], "t sm m")
    body += svg.text(PART_WIDTH, 33, f"{explorer.percents[part]} %", "n sm m end")
    top = 44.0
    for label, (name, count) in enumerate(zip(explorer.class_names, counts, strict=True)):
        y = top + ROW * label
        body += svg.text(NAMES - 8, y + 12, name, "t sm end")
        length = room * min(count / end, 1)
        if count:
            body += svg.rect(NAMES, y + 2, max(length, 1), ROW - 6, f"f-{PARTS[part]}", radius=2)
        beyond = "▸" if count > end else ""
        look = "n sm end b" if count == 0 else "n sm end"
        body += svg.text(PART_WIDTH, y + 12, f"{beyond}{count:,}", look)
        mark = NAMES + room * fair[label] / end
        body += svg.line(mark, y, mark, y + ROW - 2, "quiet", width=1.5)
    height = top + ROW * len(counts) + 18
    body += svg.text(NAMES, height - 6, f"mark: fair share {_about(fair)}", "t sm m")
    spoken = ", ".join(f"{n} {c}" for n, c in zip(explorer.class_names, counts, strict=True))
    return svg.Picture(PART_WIDTH, height, body, f"{PARTS[part]}, {number} samples: {spoken}")


def _about(fair: list[float]) -> str:
    low, high = min(fair), max(fair)
    return f"{low:,.4g}" if high - low < 0.05 else f"{low:,.4g} to {high:,.4g}"


def _error_bars(explorer: SplitExplorer) -> list[svg.Picture]:
    return [error_bar(explorer, part) for part in (1, 2)]


def error_bar(explorer: SplitExplorer, part: int) -> svg.Picture:
    """What an accuracy on this part can tell: its 95 % interval, on an axis from 50 to 100 %."""
    width = (WIDTH - BARS_GAP) / 2
    low, high = explorer.error_bar(part)
    name = PARTS[part]
    left, right, middle = 10.0, width - 16, 44.0

    def place(share: float) -> float:
        return left + (right - left) * (max(share, LOWEST) - LOWEST) / (1 - LOWEST)

    said = f"{sentences.percent(explorer.accuracy, 0)} right on {explorer.split.counts[part]:,}"
    body = svg.text(0, 16, name, f"t b x-{name}") + svg.text(88, 16, said, "t")
    interval = f"{sentences.percent(low)} to {sentences.percent(high)}"
    body += svg.text(width, 16, interval, "n b end")
    for share in (0.5, 0.6, 0.7, 0.8, 0.9, 1.0):
        body += svg.line(place(share), 30, place(share), 58, "grid")
        anchor = "n sm mid m" if 0.5 < share < 1 else "n sm m" if share < 1 else "n sm end m"
        x = place(share) + (-10 if share == 0.5 else 14 if share == 1 else 0)
        body += svg.text(x, 73, sentences.percent(share, 0), anchor)
    hue = f"a-{name}"  # solid: a dashed error bar would look like several
    body += svg.rect(place(low), middle - 1.5, place(high) - place(low), 3, hue)
    body += svg.rect(place(high) - 1.5, middle - 8, 3, 16, hue)
    if low < LOWEST:  # it goes on to the left of the axis
        body += svg.arrow(left + 14, middle, left - 8, middle, name, width=3)
    else:
        body += svg.rect(place(low) - 1.5, middle - 8, 3, 16, hue)
    body += svg.circle(place(explorer.accuracy), middle, 5, f"a-{name}")
    return svg.Picture(width, 80, body, sentences.error_bar(explorer, part))
