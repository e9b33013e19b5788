"""The samples as cells: filled in the batch in hand, ticked when seen this epoch, else empty."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from course_lib.widgets.batches.model import BatchExplorer, State
from course_lib.widgets.stepper.thumbnail import thumbnail
from course_lib.widgets.svg import Picture, rect, text

WIDTH, HEIGHT = 472, 272
CELLS_HEIGHT = 244
LARGEST = 66  # pixels of a cell and its gap
NUMBERED = 29  # the smallest cell with room for three digits
MOST_PICTURED = 24  # more images would make one redraw heavy

WORDS: dict[State, str] = {
    "current": "current batch",
    "seen": "seen this epoch",
    "waiting": "not yet",
}


def layout(num_samples: int) -> tuple[int, int]:
    """Pixels of a cell (with its gap) and cells in a row: as large as all fit, in even rows."""
    for cell in range(LARGEST, 0, -1):
        rows = CELLS_HEIGHT // cell
        if WIDTH // cell * rows >= num_samples:
            needed = -(-num_samples // (WIDTH // cell))
            return cell, -(-num_samples // needed)
    raise ValueError(f"{num_samples} samples do not fit the picture.")


def grid(explorer: BatchExplorer, images: Sequence[bytes]) -> Picture:
    """All samples in their states, and what the three looks mean with the counts.

    Args:
        images: grey pixels of each sample, 28×28, row by row; shown where there is room.
    """
    count = explorer.settings.num_samples
    cell, columns = layout(count)
    places = [(i % columns * cell, i // columns * cell) for i in range(count)]
    current, seen = set(explorer.batch), explorer.seen
    groups: dict[State, list[int]] = {
        "current": [i for i in range(count) if i in current],
        "seen": [i for i in range(count) if i in seen],
        "waiting": [i for i in range(count) if i not in current and i not in seen],
    }
    body = ""
    for state, members in groups.items():
        body += _cells([places[i] for i in members], cell, state)
        if count <= MOST_PICTURED:
            body += "".join(_pictured(*places[i], i, images[i], cell, state) for i in members)
        elif cell >= NUMBERED:
            body += "".join(_numbered(*places[i], i, cell, state) for i in members)
    counts = {state: len(members) for state, members in groups.items()}
    told = ", ".join(f"{WORDS[state]}: {number}" for state, number in counts.items())
    return Picture(WIDTH, HEIGHT, body + _legend(counts), f"{count} samples; {told}")


def _cells(places: Sequence[tuple[float, float]], cell: float, state: State) -> str:
    """The boxes of one state as a single path, and its marks as another: few bytes a cell."""
    if not places:
        return ""
    side = cell - (4 if cell > 24 else 3)
    boxes = "".join(f"M{x + 1} {y + 1}h{side}v{side}h-{side}z" for x, y in places)
    looks = {"current": "f-forward l-forward", "seen": "panel", "waiting": "ground quiet"}
    drawn = f'<path d="{boxes}" class="{looks[state]}" stroke-width="1.2" stroke-linejoin="round"/>'
    if state == "seen":
        size = 9 if cell >= NUMBERED else 10
        corner = cell - size - 7 if cell >= NUMBERED else (cell - size) / 2 - 0.5
        top = 4 if cell >= NUMBERED else corner
        drawn += ticks(((x + corner, y + top) for x, y in places), size)
    if state == "current" and cell < NUMBERED:  # no number to stand out: a dot does
        centre, radius = 1 + side / 2, 3
        dots = "".join(
            f"M{x + centre - radius:g} {y + centre:g}a{radius} {radius} 0 1 0 {2 * radius} 0"
            f"a{radius} {radius} 0 1 0 -{2 * radius} 0z"
            for x, y in places
        )
        drawn += f'<path d="{dots}" fill="#FFFFFF"/>'
    return drawn


def ticks(corners: Iterable[tuple[float, float]], size: float) -> str:
    """Tick marks with their upper left corners at ``corners``, as one path."""
    marks = "".join(
        f"M{x:g} {y + 0.55 * size:.4g}l{0.35 * size:.3g} {0.35 * size:.3g}"
        f"l{0.6 * size:.3g} -{0.75 * size:.3g}"
        for x, y in corners
    )
    return f'<path d="{marks}" class="l-update" fill="none" stroke-width="2"/>'


def _numbered(x: float, y: float, sample: int, cell: float, state: State) -> str:
    look = {"current": "n sm mid b w", "seen": "n sm mid m", "waiting": "n sm mid"}[state]
    # a tick stands above the number; without one the number stands in the middle
    below = cell - 8 if state == "seen" else cell / 2 + 3
    return text(x + (cell - 2) / 2, y + below, str(sample), look)


def _pictured(x: float, y: float, sample: int, image: bytes, cell: float, state: State) -> str:
    side = cell - 21.0
    faint = ' opacity="0.4"' if state == "seen" else ""
    left = x + (cell - 2 - side) / 2
    drawn = image_at(left, y + 4, side, image, faint)
    look = {"current": "n sm mid b w", "seen": "n sm mid m", "waiting": "n sm mid"}[state]
    return drawn + text(x + (cell - 2) / 2, y + cell - 6, str(sample), look)


def image_at(x: float, y: float, side: float, pixels: bytes, extra: str = "") -> str:
    """Grey pixels as a small picture."""
    return (
        f'<image x="{x:g}" y="{y:g}" width="{side:g}" height="{side:g}"{extra} '
        f'href="data:image/png;base64,{thumbnail(pixels)}"/>'
    )


def _legend(counts: dict[State, int]) -> str:
    y, x, drawn = CELLS_HEIGHT + 8, 0.0, ""
    for state, step in (("current", 166.0), ("seen", 176.0), ("waiting", 0.0)):
        look = {"current": "f-forward", "seen": "panel", "waiting": "ground quiet"}[state]
        drawn += rect(x + 1, y, 14, 14, look, radius=2, stroke=1.2)
        if state == "seen":
            drawn += ticks([(x + 3, y + 2)], 10)
        words = f"{WORDS[state]} "  # type: ignore[index]
        drawn += (
            f'<text x="{x + 22:g}" y="{y + 12}" class="t">{words}'
            f'<tspan class="n b">{counts[state]}</tspan></text>'  # type: ignore[index]
        )
        x += step
    return drawn
