"""What the bar of ``train_one_epoch_with_progress`` has to say: its description, its postfix."""

from __future__ import annotations

import random

from course_lib.grading.checks.bar_texts import has_number, other_values, shows
from course_lib.grading.checks.watched_bar import watched_run_of
from course_lib.grading.checks.wording import fail
from course_lib.grading.exercise import Call

_NAME = "progress_bar"


def judge_description(call: Call, rng: random.Random) -> None:
    """``Epoch {epoch}``."""
    watched = watched_run_of(call, rng)
    wanted = f"Epoch {watched.scenario['epoch']}"
    bar = watched.bar()
    said = [_plain(text) for text in watched.after_batches(bar, "description")[1:]]
    wrong = next((text for text in said if text != wanted), None)
    if wrong is None:
        if watched.never_seen(bar, "description"):
            raise fail(_NAME, "description_not_shown")
        return
    if not wrong:
        raise fail(_NAME, "no_description", wanted=wanted)
    raise fail(_NAME, "description_differs", wanted=wanted, got=wrong)


def _plain(text: str) -> str:
    return text.strip().removesuffix(":").strip()


def judge_postfix(call: Call, rng: random.Random) -> None:
    """The current loss, a number, after every batch."""
    watched = watched_run_of(call, rng)
    bar = watched.bar()
    said = watched.after_batches(bar, "postfix")
    if any("tensor(" in text for text in said):
        raise fail(_NAME, "postfix_is_a_tensor")
    right = [shows(text, loss) for text, loss in zip(said, watched.losses, strict=True)]
    if all(right):
        if watched.never_seen(bar, "postfix"):
            raise fail(_NAME, "postfix_not_shown")
        return
    if any(" at 0x" in text for text in said):
        raise fail(_NAME, "postfix_is_a_function")
    descriptions = watched.after_batches(bar, "description")
    in_description = map(shows, descriptions, watched.losses)
    if sum(in_description) >= max(watched.batches - 1, 1):
        raise fail(_NAME, "loss_in_the_description")
    if not any(has_number(text) for text in said):
        raise fail(_NAME, "no_postfix")
    if not any(has_number(text) for text in said[:-1]):
        raise fail(_NAME, "postfix_only_at_the_end")
    if all(right[:-1]):
        raise fail(_NAME, "postfix_is_the_previous")
    for code, values in other_values(watched.losses, watched.sizes).items():
        told = zip(said[1:], values[1:], strict=True)  # after one batch, many are the same
        if all(shows(text, value) for text, value in told):
            raise fail(_NAME, code.split(":")[0])
    raise fail(_NAME, "postfix_not_every_batch" if any(right) else "postfix_differs")
