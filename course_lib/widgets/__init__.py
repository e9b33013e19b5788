"""What a reader touches: each visual is a model, a rendering and a thin view.

>>> from course_lib.widgets import loop_stepper
>>> loop_stepper()                                    # doctest: +SKIP

Names are resolved on first use, so that reading one visual's code does not load the others.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from course_lib.widgets.batches import batch_explorer, record_batches
    from course_lib.widgets.bugs import bug_clinic, bug_names, plant_bug
    from course_lib.widgets.clinic import curve_clinic
    from course_lib.widgets.lab import curve_lab
    from course_lib.widgets.live_training import train_live
    from course_lib.widgets.quick_check import quiz
    from course_lib.widgets.shown import Shown
    from course_lib.widgets.source_tour import code_tour
    from course_lib.widgets.splits import split_explorer
    from course_lib.widgets.stepper import loop_stepper, record_steps

__all__ = [
    "Shown",
    "batch_explorer",
    "bug_clinic",
    "bug_names",
    "code_tour",
    "curve_clinic",
    "curve_lab",
    "loop_stepper",
    "plant_bug",
    "quiz",
    "record_batches",
    "record_steps",
    "split_explorer",
    "train_live",
]

_ROOMS = {
    "Shown": "course_lib.widgets.shown",
    "batch_explorer": "course_lib.widgets.batches",
    "bug_clinic": "course_lib.widgets.bugs",
    "bug_names": "course_lib.widgets.bugs",
    "code_tour": "course_lib.widgets.source_tour",
    "curve_clinic": "course_lib.widgets.clinic",
    "curve_lab": "course_lib.widgets.lab",
    "loop_stepper": "course_lib.widgets.stepper",
    "plant_bug": "course_lib.widgets.bugs",
    "quiz": "course_lib.widgets.quick_check",
    "record_batches": "course_lib.widgets.batches",
    "record_steps": "course_lib.widgets.stepper",
    "split_explorer": "course_lib.widgets.splits",
    "train_live": "course_lib.widgets.live_training",
}


def __getattr__(name: str) -> Any:
    if name not in _ROOMS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_ROOMS[name]), name)
