"""The epochs as bars cut into batches: how far the loader is, and how short a last batch is."""

from __future__ import annotations

from course_lib.widgets.batches.model import BatchExplorer
from course_lib.widgets.svg import Picture, rect, text

WIDTH, LINE = 472, 18
BAR_LEFT, BAR_RIGHT, BAR_HEIGHT = 58.0, 424.0, 10
NARROWEST = 5.0  # pixels of a batch that is still worth a gap


def timeline(explorer: BatchExplorer) -> Picture:
    """One bar for each epoch; filled as far as its batches have been handed out."""
    body = "".join(_bar(explorer, epoch) for epoch in range(1, explorer.settings.epochs + 1))
    told = f"epoch {explorer.epoch}: {explorer.progress:.0%} of its batches"
    return Picture(WIDTH, LINE * explorer.settings.epochs + 4, body, told)


def done_in(explorer: BatchExplorer, epoch: int) -> int:
    """Batches of ``epoch`` (from 1) handed out so far."""
    if epoch == explorer.epoch:
        return explorer.batch_number
    return explorer.batches_per_epoch if epoch < explorer.epoch else 0


def _bar(explorer: BatchExplorer, epoch: int) -> str:
    top, done = LINE * (epoch - 1) + 2.0, done_in(explorer, epoch)
    here = epoch == explorer.epoch
    drawn = text(0, top + 10, f"epoch {epoch}", "t sm b" if here else "t sm m")
    share = f"{done / explorer.batches_per_epoch:.0%}".replace("%", " %")
    drawn += text(WIDTH, top + 10, share, "n sm end b" if here else "n sm end m")

    count = explorer.settings.num_samples
    sizes = [len(batch) for batch in explorer.record.epochs[epoch - 1]]
    per_sample = (BAR_RIGHT - BAR_LEFT) / count
    gap = 2.0 if sizes[0] * per_sample >= NARROWEST else 0.0
    drawn += _runs(sizes, done, here, per_sample, gap, top)
    if left := count - sum(sizes):
        drawn += rect(
            BAR_RIGHT - left * per_sample, top, left * per_sample - gap, BAR_HEIGHT,
            "ground quiet neg", stroke=1,
        )  # fmt: skip
    return drawn


def _runs(
    sizes: list[int], done: int, here: bool, per_sample: float, gap: float, top: float
) -> str:
    """The batches as boxes, or where they are too narrow as one box for each look."""
    looks = ["f-update"] * done + ["panel"] * (len(sizes) - done)
    if here and done:
        looks[done - 1] = "f-forward"
    drawn, x = "", BAR_LEFT
    pieces: list[tuple[str, float]] = []
    for look, size in zip(looks, sizes, strict=True):
        if gap == 0 and pieces and pieces[-1][0] == look:
            pieces[-1] = (look, pieces[-1][1] + size * per_sample)
        else:
            pieces.append((look, size * per_sample))
    for look, width in pieces:
        taller = 2.0 if look == "f-forward" else 0.0  # the batch in hand, told without its colour
        drawn += rect(x, top - taller, max(width - gap, 1.0), BAR_HEIGHT + 2 * taller, look)
        x += width
    return drawn
