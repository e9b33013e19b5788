"""Python and each package, against the floors that the course's own metadata states."""

from __future__ import annotations

import re
from collections.abc import Iterator

from course_lib.doctor.environment import DISTRIBUTION, Environment, Finding

PYTHON_FLOOR = (3, 11)


def release(version: str) -> tuple[int, ...]:
    """The numbers of a version; what follows them (`+cpu`, `rc1`) does not count.

    >>> release("2.13.0+cpu")
    (2, 13, 0)
    """
    found = re.match(r"\d+(\.\d+)*", version)
    return tuple(int(number) for number in found[0].split(".")) if found else (0,)


def reaches(version: str, floor: str) -> bool:
    """Whether a version is at least the floor: 2.10 is above 2.9, and 3.0.0 reaches 3."""
    have, want = release(version), release(floor)
    length = max(len(have), len(want))
    return have + (0,) * (length - len(have)) >= want + (0,) * (length - len(want))


def floors(requirements: list[str], extra: str = "") -> dict[str, str]:
    """The least version of each package that the course needs, or that one of its extras adds."""
    found = {}
    for requirement in requirements:
        needed, _, marker = requirement.partition(";")
        belongs_to = re.search(r"extra == ['\"]([^'\"]+)", marker)
        if (belongs_to[1] if belongs_to else "") != extra:
            continue
        if parts := re.match(r"\s*([A-Za-z0-9._-]+)\s*(?:>=\s*([0-9.]+))?", needed):
            found[parts[1]] = parts[2] or "0"
    return found


def python_finding(here: Environment) -> Finding:
    """Python itself."""
    version = ".".join(map(str, here.python))
    if here.python >= PYTHON_FLOOR:
        return Finding("Python", "OK", f"{version} (3.11 or newer)")
    return Finding(
        "Python",
        "FIX",
        f"{version} is too old: the course needs 3.11 or newer",
        "install a newer Python and make a new environment with it",
    )


def dependency_findings(here: Environment) -> Iterator[Finding]:
    """Each package that the course cannot do without."""
    needed = floors(here.requirements)
    if not needed:
        yield Finding(
            DISTRIBUTION,
            "FIX",
            "the course itself is not installed in this environment",
            "python -m pip install -e .   (in the course's folder)",
        )
    for name, floor in needed.items():
        yield package_finding(here, name, floor)


def package_finding(here: Environment, name: str, floor: str) -> Finding:
    """One package: is it there, is it new enough, can it be imported?"""
    remedy = f'python -m pip install "{name}>={floor}"'
    version = here.version_of(name)
    if version is None:
        return Finding(name, "FIX", f"not installed ({floor} or newer is needed)", remedy)
    if not reaches(version, floor):
        return Finding(name, "FIX", f"{version} is too old: {floor} or newer is needed", remedy)
    if problem := here.import_problem(name):
        again = f'python -m pip install --force-reinstall --no-deps "{name}=={version}"'
        return Finding(name, "FIX", f"{version} is there but does not load: {problem}", again)
    return Finding(name, "OK", f"{version} ({floor} or newer)")
