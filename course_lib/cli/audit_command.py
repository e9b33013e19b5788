"""`course audit FILE`: run a script or a notebook under the record, and print what was found."""

from __future__ import annotations

import argparse
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from course_lib.auditing import Finding
    from course_lib.trace import Trace

_WIDTH = 88


def add_to(commands: Any) -> None:
    """Add the command to the parser's commands."""
    parser = commands.add_parser(
        "audit",
        help="run a training script or notebook and say what is wrong with its loop",
        description="Runs the file in this process, records what its training loop does, and"
        " prints a finding for each mistake seen. A notebook runs in its own folder, a script"
        " with relative imports as python -m would run it. Exits 0 without findings, 1 with"
        " findings, 2 if the file could not be run or stopped with an error before any finding.",
    )
    parser.add_argument("file", type=Path, help="a .py script or an .ipynb notebook")
    parser.add_argument(
        "arguments", nargs=argparse.REMAINDER, help="given to the script as its own arguments"
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Run the file, judge it and print the report."""
    from course_lib.auditing import audit
    from course_lib.auditing.running import CannotRunError, run_file

    try:
        recorded = run_file(options.file, options.arguments)
    except CannotRunError as reason:
        print(reason, file=sys.stderr)
        return 2
    findings = audit(recorded.trace)
    print(report(options.file.name, recorded.trace, findings, recorded.error))
    if findings:
        return 1
    return 2 if recorded.error else 0


def report(name: str, trace: Trace, findings: list[Finding], error: str | None) -> str:
    """All that is to be told, as text."""
    parts = []
    if error is not None:
        parts.append(f"{name} stopped with an error:\n\n{textwrap.indent(error, '  ')}")
    parts += [_told(finding) for finding in findings]
    parts.append(_summary(name, trace, findings))
    return "\n" + "\n\n".join(parts)


def _told(finding: Finding) -> str:
    lines = [finding.code]
    for title, text in (("", finding.message), ("Why: ", finding.why), ("Fix: ", finding.fix)):
        lines.append(
            textwrap.fill(
                text,
                _WIDTH,
                initial_indent=f"  {title}",
                subsequent_indent="  " + " " * len(title),
                break_long_words=False,
                break_on_hyphens=False,
            )
        )
    return "\n".join(lines)


def _summary(name: str, trace: Trace, findings: list[Finding]) -> str:
    learned = any(event.kind in ("backward", "step", "manual_update") for event in trace)
    rounds = trace[-1].iteration if len(trace) else 0
    iterations = "1 iteration" if rounds == 1 else f"{rounds} iterations"
    if findings:
        count = "1 finding" if len(findings) == 1 else f"{len(findings)} findings"
        return f"{name}: {count} in {iterations}."
    if not learned:
        return f"{name}: no training was seen, so there was nothing to judge."
    if not rounds:
        return (
            f"{name}: gradients were computed, but by no model (torch.nn.Module): without one the "
            "iterations of a loop cannot be told, so there was little to judge."
        )
    return f"{name}: no mistake was seen in {iterations}."
