"""Figures measured once and shipped: for readers without the hardware that they were taken on.

Each is a JSON file with ``device``, ``versions``, ``date`` and ``script``, the file in
``benchmarks/`` that made it. A figure that nobody has measured yet is ``null``, never a guess.
"""

import json
from importlib import resources
from typing import Any

from course_lib.measurements.table import Table

__all__ = ["Table", "measurement"]


def measurement(name: str) -> dict[str, Any]:
    """The figures called ``name``.

    Raises:
        ValueError: if none are shipped under that name.
    """
    folder = resources.files(__package__)
    names = sorted(
        f.name.removesuffix(".json") for f in folder.iterdir() if f.name.endswith(".json")
    )
    if name not in names:
        raise ValueError(f"there is no measurement {name!r}; there are {', '.join(names)}")
    content: dict[str, Any] = json.loads(folder.joinpath(f"{name}.json").read_text("utf-8"))
    return content
