"""`course doctor`: a line for each finding, with its remedy below where there is one to take."""

from __future__ import annotations

import argparse
from typing import Any

from course_lib.doctor import Finding, examine, is_ready


def add_to(commands: Any) -> None:
    """Add the command to the parser's commands."""
    parser = commands.add_parser(
        "doctor",
        help="check that this environment can run the course",
        description="Checks Python, packages, devices, data and front ends; exits 1 if something"
        " has to be mended.",
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Examine this environment and print what was found."""
    findings = examine()
    print(report(findings))
    return 0 if is_ready(findings) else 1


def report(findings: list[Finding]) -> str:
    """All findings as text: what, status, words; a remedy on a line of its own."""
    width = max(len(finding.about) for finding in findings)
    lines = []
    for finding in findings:
        lines.append(f"{finding.about:<{width}}  {finding.status:<4}  {finding.says}")
        if finding.remedy:
            lines.append(f"{'':<{width}}  {'':<4}  To do: {finding.remedy}")
    wrong = sum(finding.status == "FIX" for finding in findings)
    things = "1 thing has" if wrong == 1 else f"{wrong} things have"
    lines.append(f"{things} to be mended." if wrong else "Everything the course needs is here.")
    return "\n".join(lines)
