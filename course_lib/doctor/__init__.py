"""Is this environment ready for the course? One finding a dependency, device, file and front end.

Nothing here is imported at the top that may be what is broken: torch, NumPy and the others are
tried one by one, so that the doctor can still speak when they cannot.
"""

from __future__ import annotations

from course_lib.doctor.dependencies import dependency_findings, python_finding
from course_lib.doctor.environment import Environment, Finding
from course_lib.doctor.front_ends import front_end_findings
from course_lib.doctor.machine import cache_finding, data_finding, device_findings

__all__ = ["Environment", "Finding", "examine", "is_ready"]


def examine(environment: Environment | None = None) -> list[Finding]:
    """Look at everything that the course needs, in the order in which one would mend it.

    Args:
        environment: Versions and variables to judge. Default: those of this process.
    """
    here = environment or Environment()
    findings = [python_finding(here), *dependency_findings(here)]
    broken = {finding.about for finding in findings if finding.status == "FIX"}
    if not broken & {"torch", "numpy"}:  # what rests on them would only repeat the same news
        findings += [*device_findings(), data_finding()]
    return [*findings, cache_finding(), *front_end_findings(here)]


def is_ready(findings: list[Finding]) -> bool:
    """Whether nothing has to be mended."""
    return all(finding.status != "FIX" for finding in findings)
