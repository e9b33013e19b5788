"""The bug clinic: classic mistakes planted in a working loop, run, read, audited, repaired.

>>> from course_lib import widgets
>>> widgets.bug_clinic()  # doctest: +SKIP

``bugs.toml`` holds the loop and its mistakes, ``planting`` puts one into the other, ``running``
runs the text under ``record``, ``readings`` says what the trace tells; ``model``, ``listing``,
``rendering`` and ``view`` put it on screen.
"""

from course_lib.widgets.bugs.planting import bug_names
from course_lib.widgets.bugs.running import LoopRun, plant_bug
from course_lib.widgets.bugs.view import BugClinicView, bug_clinic

__all__ = ["BugClinicView", "LoopRun", "bug_clinic", "bug_names", "plant_bug"]
