"""`course progress`: which exercises this reader has solved, from a file that stays here."""

from __future__ import annotations

import argparse
from typing import Any


def add_to(commands: Any) -> None:
    """Add the command to the parser's commands."""
    parser = commands.add_parser(
        "progress",
        help="show which exercises you have solved",
        description="Reads the small file in which `check` notes your points. It is on this"
        " computer only and is never sent anywhere.",
    )
    parser.add_argument("--forget", action="store_true", help="delete the file")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print a line for each exercise, or delete what was noted."""
    from course_lib.grading import progress

    if options.forget:
        print("Forgotten." if progress.forget() else "There was nothing to forget.")
        return 0
    print(report(progress.read()))
    print(f"\nKept in {progress.progress_file()}")
    return 0


def report(known: dict[str, dict[str, Any]]) -> str:
    """A line for each exercise of the course: points of the best try, and how many tries."""
    from course_lib.grading.checks.registry import FILES

    width = max(map(len, FILES.values()))
    lines = []
    for name, file in FILES.items():
        if name not in known:
            lines.append(f"{file:<{width}}  not tried yet")
            continue
        entry = known[name]
        tries = "1 try" if entry["tries"] == 1 else f"{entry['tries']:g} tries"
        points = f"{entry['points']:g} of {entry['max_points']:g} points"
        solved = "solved" if entry["points"] >= entry["max_points"] else "begun"
        lines.append(f"{file:<{width}}  {solved}, {points}, {tries}")
    return "\n".join(lines)
