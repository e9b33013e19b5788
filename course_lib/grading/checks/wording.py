"""The sentences that a learner reads, kept in messages/: one file for each exercise."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from course_lib.grading.exercise import Fail


@cache
def messages(exercise: str) -> dict[str, Any]:
    """An exercise's sentences by the code of the misconception; its ``asks`` and ``hints``."""
    source = files("course_lib.grading.checks.messages") / f"{exercise}.toml"
    return tomllib.loads(source.read_text(encoding="utf-8"))


def words(exercise: str, code: str, **facts: Any) -> str:
    """The sentence for a code, with its facts filled in.

    Raises RuntimeError where there is none: a fault of ours, never to be taken for the answer's.
    """
    try:
        return str(messages(exercise)[code]).format(**facts)
    except (KeyError, IndexError, ValueError) as missing:
        raise RuntimeError(f"{exercise}: there is no sentence for {code}: {missing}") from missing


def fail(exercise: str, code: str | list[str], **facts: Any) -> Fail:
    """The verdict that goes with a code, or with several mistakes at once, to be raised."""
    codes = [code] if isinstance(code, str) else code
    told = "\n".join(words(exercise, one, **facts) for one in codes)
    return Fail(told, codes[0])
