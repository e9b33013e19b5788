"""The five exercises, by name and by the name of their notebook."""

from __future__ import annotations

from importlib import import_module

from course_lib.grading.exercise import Exercise

FILES = {
    "concepts": "00_concepts",
    "early_stopping": "01_early_stopping",
    "progress_bar": "02_progress_bar",
    "accumulation": "03_gradient_accumulation",
    "dashboard": "04_live_dashboard",
}


def exercise(name: str) -> Exercise:
    """The exercise of that name, or of the notebook of that name.

    Raises:
        ValueError: there is none; the message lists the names.
    """
    by_file = {file: key for key, file in FILES.items()}
    key = by_file.get(name, name)
    if key not in FILES:
        known = ", ".join(FILES)
        raise ValueError(f'There is no exercise "{name}"; there are {known}.')
    found: Exercise = import_module(f"course_lib.grading.checks.{key}").EXERCISE
    return found


def all_exercises() -> list[Exercise]:
    """All exercises in the order of the course."""
    return [exercise(name) for name in FILES]
