"""Everything the split explorer says, in one place. ``<b>`` marks the words that matter."""

from __future__ import annotations

import re

from course_lib.widgets.splits.model import PARTS, SplitExplorer

CAPTION = (
    "Run this notebook to use it: move the shares of train, validation and test, choose how many "
    "samples there are, split by class or by chance alone, and try other seeds."
)
ROOM = (  # the longest sentence that may come
    "Seed 00 deals anew: 0,000 of these 0,000 test samples were training samples under seed 00. "
    "A model trained then knows them."
)
FOR_WHAT = ("learns the weights", "chooses between models", "judges once, at the end")


def state(explorer: SplitExplorer) -> str:
    """Where the controls stand, in one line."""
    shares = " / ".join(map(str, explorer.percents))
    how = "stratified" if explorer.stratify else "plain"
    return f"{explorer.num_samples:,} samples · {shares} % · {how} · seed {explorer.seed}"


def error_bar(explorer: SplitExplorer, part: int) -> str:
    """What an accuracy measured on a part can tell."""
    samples = count(explorer.split.counts[part], "sample")
    return (
        f"{percent(explorer.accuracy, 0)} right on {samples}: 95 % interval {_bar(explorer, part)}"
    )


def _bar(explorer: SplitExplorer, part: int) -> str:
    low, high = explorer.error_bar(part)
    return f"{percent(low)} to {percent(high)}"


def percent(share: float, decimals: int = 1) -> str:
    """A share of 1 as the course writes it: 85 %."""
    return f"{100 * share:.{decimals}f} %"


def what_to_see(explorer: SplitExplorer) -> str:
    """One or two sentences that say, with the current numbers, what is to be seen."""
    if explorer.former_training_samples is not None:
        return _known(explorer, explorer.former_training_samples)
    return f"{_classes(explorer)} {_width(explorer)}"


def _known(explorer: SplitExplorer, former: int) -> str:
    tested, then = explorer.split.counts[2], f"under seed {explorer.former_seed}"
    start = f"Seed {explorer.seed} deals anew:"
    if tested == 1:
        was = "<b>was</b>" if former else "was <b>not</b>"
        said = f"{start} the one test sample {was} a training sample {then}."
    else:
        whom = f"<b>{former:,}</b> of these {tested:,} test samples"
        were = "was a training sample" if former == 1 else "were training samples"
        said = f"{start} {whom} {were} {then}."
    known = "it" if former == 1 else "them"
    return f"{said} A model trained then knows {known}." if former else said


def _classes(explorer: SplitExplorer) -> str:
    gone = explorer.missing(1)
    if gone:
        names = gone[0] if len(gone) == 1 else f"{len(gone)} of the classes"
        return f"Validation has none of <b>{names}</b>."
    counts = explorer.split.class_counts[1]
    low, high = min(counts), max(counts)
    if low == high:
        return f"Validation has <b>{low:,}</b> of every class."
    return f"Validation has from <b>{low:,}</b> to <b>{high:,}</b> of a class."


def _width(explorer: SplitExplorer) -> str:
    return (
        f"With {percent(explorer.accuracy, 0)} right on the test set, the 95 % interval would be "
        f"<b>{_bar(explorer, 2)}</b>."
    )


def count(number: int, noun: str) -> str:
    """``number`` of a thing, in the plural where it needs one."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def plain(sentence: str) -> str:
    """``sentence`` without its marks."""
    return re.sub(r"</?b>", "", sentence)


def text_view(explorer: SplitExplorer) -> str:
    """The whole in words and numbers."""
    lines = [f"Split explorer · {state(explorer)}"]
    for part, name in enumerate(PARTS):
        lines.append(f"  {name}: {count(explorer.split.counts[part], 'sample')}, {FOR_WHAT[part]}")
        pairs = zip(explorer.class_names, explorer.split.class_counts[part], strict=True)
        lines.append("    " + ", ".join(f"{label} {n:,}" for label, n in pairs))
    lines += [f"  {error_bar(explorer, part)}" for part in (1, 2)]
    return "\n".join([*lines, plain(what_to_see(explorer))])
