"""The `course` command: it parses and prints; what it prints is worked out on the floors below."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib import metadata

from course_lib.cli import audit_command, doctor_command, grade_command, progress_command
from course_lib.doctor.environment import DISTRIBUTION

COMMANDS = (audit_command, doctor_command, grade_command, progress_command)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command that the arguments name; without any, print the help.

    Returns:
        What the process exits with: 0; 1 if the command found something wrong; 2 if it could not
        do its work.
    """
    parser = argparse.ArgumentParser(
        prog="course", description="The training-loop course, from the command line."
    )
    parser.add_argument("--version", action="version", version=_version())
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    for command in COMMANDS:
        command.add_to(commands)
    options = parser.parse_args(arguments)
    if not hasattr(options, "run"):
        parser.print_help()
        return 0
    # A Windows console may not know the signs that we print: better a ? than a crash.
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    return int(options.run(options))


def _version() -> str:
    try:
        return metadata.version(DISTRIBUTION)
    except metadata.PackageNotFoundError:
        return "not installed"
