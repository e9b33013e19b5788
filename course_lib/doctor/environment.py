"""What the doctor looks at, and what it says of each thing."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module, metadata
from typing import Literal

DISTRIBUTION = "training-loop-course"


@dataclass(frozen=True)
class Finding:
    """One thing looked at: `FIX` needs the remedy, `NOTE` is only worth knowing."""

    about: str
    status: Literal["OK", "NOTE", "FIX"]
    says: str
    remedy: str = ""


def installed_version(name: str) -> str | None:
    """The version of an installed distribution, or None."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def declared_requirements() -> list[str]:
    """The course's own requirements, extras included, as its metadata states them."""
    try:
        return metadata.requires(DISTRIBUTION) or []
    except metadata.PackageNotFoundError:
        return []


def import_problem(name: str) -> str | None:
    """Why a module cannot be imported, in one line; None if it can."""
    try:
        import_module(name)
    except Exception as error:  # a broken binary may raise anything
        return f"{type(error).__name__}: {error}".splitlines()[0]
    return None


@dataclass(frozen=True)
class Environment:
    """Where the doctor gets its facts from; a test hands in others."""

    python: tuple[int, ...] = tuple(sys.version_info[:3])
    version_of: Callable[[str], str | None] = installed_version
    requirements: list[str] = field(default_factory=declared_requirements)
    import_problem: Callable[[str], str | None] = import_problem
    variables: Mapping[str, str] = field(default_factory=lambda: os.environ)
