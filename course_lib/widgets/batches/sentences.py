"""Everything the explorer says in words, in one place. ``<b>`` marks the word that matters."""

from __future__ import annotations

import re
from functools import lru_cache

from course_lib.widgets.batches.model import BatchExplorer
from course_lib.widgets.batches.record import LoaderSettings

TITLE = "Batch explorer"

CAPTION = (
    "Run this notebook to use it: Step and Back hand out one batch more or one less, Play runs "
    "through all epochs, and the second row changes the number of samples N, the batch size B, "
    "shuffle and drop_last."
)

ALT = (
    "Batch explorer: a grid of samples, those of the current batch filled, those seen this epoch "
    "ticked; beside it the numbers of batches and iterations, and the images of the current batch."
)


def state(explorer: BatchExplorer) -> str:
    """Where we are, in one line."""
    epochs = explorer.settings.epochs
    return (
        f"epoch {explorer.epoch} of {epochs} · batch {explorer.batch_number} of "
        f"{explorer.batches_per_epoch} · iteration {explorer.position:,} of {explorer.last:,} · "
        f"{explorer.progress:.0%} of this epoch"
    ).replace("%", " %")


def what_to_see(explorer: BatchExplorer) -> str:
    """One or two sentences that say, with the current numbers, what is to be seen."""
    if explorer.position == 0:
        return _start(explorer)
    return _end_of_epoch(explorer) if explorer.epoch_is_over else _within(explorer)


def _start(explorer: BatchExplorer) -> str:
    now = explorer.settings
    return (
        f"A real DataLoader will hand out {_samples(now.num_samples)} in batches of "
        f"{now.batch_size}, {_order(explorer)}. Nothing is handed out yet: press <b>Step</b>."
    )


def _order(explorer: BatchExplorer) -> str:
    return "shuffled anew each epoch" if explorer.settings.shuffle else "always in the same order"


def _within(explorer: BatchExplorer) -> str:
    return (
        f"{_samples(len(explorer.batch), capital=True)} in hand: one forward pass, loss, backward "
        f"pass and update, which is <b>iteration {explorer.position:,}</b>. "
        f"In this epoch, {explorer.waiting} of {explorer.settings.num_samples} have not been "
        "used yet."
    )


def _end_of_epoch(explorer: BatchExplorer) -> str:
    now = explorer.settings
    out = explorer.record.left_out(explorer.epoch - 1)
    if out:
        named = ", ".join(map(str, out[:4])) + (" …" if len(out) > 4 else "")
        again = "others next time" if now.shuffle else "the same in every epoch"
        return (
            f"Epoch {explorer.epoch} is over, and <b>{_samples(len(out))}</b> went unused "
            f"(no. {named}): too few for a full batch. Which ones: {again}."
        )
    last = len(explorer.batch)
    everyone = f"each of the {now.num_samples} samples" if now.num_samples > 1 else "its one sample"
    short = "" if last == now.batch_size else f" The last batch had only {last}, not the full B."
    return f"Epoch {explorer.epoch} is over: {everyone} was used <b>exactly once</b>.{short}"


def _samples(count: int, *, capital: bool = False) -> str:
    if count == 1:
        return "One sample" if capital else "1 sample"
    return f"{count} samples"


@lru_cache(maxsize=64)
def longest(settings: LoaderSettings) -> str:
    """The longest sentence that these settings may need: room that keeps the height steady."""
    tour = BatchExplorer(settings)
    found = [what_to_see(tour)]
    for position in {1, tour.batches_per_epoch, tour.last, tour.last - 1}:
        tour.go_to(position)
        found.append(what_to_see(tour))
    return max(found, key=lambda sentence: len(plain(sentence)))


def plain(sentence: str) -> str:
    """``sentence`` without its marks."""
    return re.sub(r"</?b>", "", sentence)
