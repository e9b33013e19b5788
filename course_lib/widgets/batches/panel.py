"""The panel beside the grid: the relations with the current numbers, and the batch in hand."""

from __future__ import annotations

from collections.abc import Sequence

from course_lib.widgets.batches.grid import image_at
from course_lib.widgets.batches.model import BatchExplorer
from course_lib.widgets.svg import Picture, line, rect, text

WIDTH = 268
LINE, EDGE = 20, 12
IN_A_ROW, PICTURE_ROWS = 5, 3  # thumbnails
NUMBERS_IN_A_ROW, NUMBER_ROWS = 8, 9
BATCH_TOP = 168
LOWEST = 378.0  # height that the largest batch needs


def relations(explorer: BatchExplorer) -> list[tuple[str, str]]:
    """Each relation in words, and as arithmetic with the current numbers."""
    now, per_epoch = explorer.settings, explorer.batches_per_epoch
    left, right = ("⌊", "⌋") if now.drop_last else ("⌈", "⌉")
    last = len(explorer.record.epochs[explorer.epoch - 1][-1])
    before = explorer.epoch - 1
    return [
        ("samples N, batch size B", f"{now.num_samples}, {now.batch_size}"),
        (
            "batches per epoch",
            f"{left}{now.num_samples} / {now.batch_size}{right} = {per_epoch:,}",
        ),
        ("samples in the last batch", f"{last}"),
        ("left out of this epoch", f"{len(explorer.record.left_out(before))}"),
        ("iterations in all", f"{now.epochs} × {per_epoch} = {explorer.last:,}"),
        ("so far", f"{before} × {per_epoch} + {explorer.batch_number} = {explorer.position:,}"),
    ]


def panel(explorer: BatchExplorer, images: Sequence[bytes], height: float) -> Picture:
    """Relations and batch, at least ``height`` pixels high: it ends where its neighbour does."""
    height = max(height, LOWEST)
    body = rect(0, 0, WIDTH, height, "panel", radius=8)
    rows = relations(explorer)
    for index, (words, value) in enumerate(rows):
        y = 24 + LINE * index
        body += text(EDGE, y, words, "t sm") + text(WIDTH - EDGE, y, value, "n end b")
    body += line(EDGE, BATCH_TOP - 26, WIDTH - EDGE, BATCH_TOP - 26)
    body += text(EDGE, BATCH_TOP - 4, "this batch, in the loader’s order", "t sm")
    body += _batch(explorer, images)
    told = "; ".join(f"{words} {value}" for words, value in rows)
    return Picture(WIDTH, height, body, told)


def _batch(explorer: BatchExplorer, images: Sequence[bytes]) -> str:
    batch = explorer.batch
    if not batch:
        return text(EDGE, BATCH_TOP + 22, "none yet", "t m")
    if len(batch) <= IN_A_ROW * PICTURE_ROWS:
        return "".join(_pictured(place, s, images[s]) for place, s in enumerate(batch))
    room = NUMBERS_IN_A_ROW * NUMBER_ROWS
    drawn = ""
    for place, sample in enumerate(batch[:room]):
        row, column = divmod(place, NUMBERS_IN_A_ROW)
        x = EDGE + (column + 1) * (WIDTH - 2 * EDGE) / NUMBERS_IN_A_ROW - 2
        drawn += text(x, BATCH_TOP + 18 + 18 * row, str(sample), "n sm end")
    if len(batch) > room:
        below = BATCH_TOP + 18 + 18 * NUMBER_ROWS
        drawn += text(EDGE, below, f"… and {len(batch) - room} more", "t sm")
    return drawn


def _pictured(place: int, sample: int, image: bytes) -> str:
    row, column = divmod(place, IN_A_ROW)
    step = (WIDTH - 2 * EDGE) / IN_A_ROW
    x, y = EDGE + column * step, BATCH_TOP + 6 + 67 * row
    side = step - 6
    return image_at(x, y, side, image) + text(x + side / 2, y + side + 14, str(sample), "n sm mid")
