"""``course_lib.widgets`` hands out functions, each time it is asked."""

import subprocess
import sys
from pathlib import Path

import course_lib.widgets

ROOT = Path(__file__).resolve().parents[2]


def test_every_name_is_the_same_twice() -> None:
    """A submodule of the same name would take the function's place after the first use."""
    for name in course_lib.widgets.__all__:
        first, second = (getattr(course_lib.widgets, name) for _ in range(2))
        assert callable(first) and first is second


def test_the_door_itself_loads_no_widgets() -> None:
    code = "import sys, course_lib.widgets; assert 'ipywidgets' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)
