"""The first line that runs in a worker's interpreter: which life it leads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from course_lib.grading.sandbox.keeper import Lines
from course_lib.grading.sandbox.limits import Limits


def start(entry: str, arguments: list[Any]) -> None:
    """Become a zygote, or the keeper of one submission."""
    if entry == "zygote":
        from course_lib.grading.sandbox import zygote

        zygote.main(*arguments)
    from course_lib.grading.sandbox import interpreter

    lines, limits, driver, scratch, drivers = arguments
    interpreter.main(
        Lines(*lines),
        Limits(**limits),
        driver,
        Path(scratch),
        Path(drivers) if drivers else None,
    )
