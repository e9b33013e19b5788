"""The floors in pyproject.toml and the tested set in constraints.txt fit together."""

import re
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
INSTALLED_EXTRAS = ("lab", "build", "test", "logging", "dev")  # what `make` installs


def constraints() -> dict[str, Requirement]:
    """The constraints that hold for this Python, by name."""
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    parsed = [Requirement(line) for line in lines if line.strip() and not line.startswith("#")]
    return {
        canonicalize_name(requirement.name): requirement
        for requirement in parsed
        if requirement.marker is None or requirement.marker.evaluate()
    }


def requirements(*extras: str) -> list[Requirement]:
    """The project's own requirements with those of some extras, without itself."""
    texts = list(PROJECT["dependencies"])
    for extra in extras:
        texts += PROJECT["optional-dependencies"][extra]
    return [r for r in map(Requirement, texts) if r.name != PROJECT["name"]]


def needed_by(roots: list[Requirement]) -> set[str]:
    """Every distribution that these requirements bring in here, named for comparison."""
    seen: set[tuple[str, frozenset[str]]] = set()
    waiting = [(canonicalize_name(r.name), frozenset(r.extras)) for r in roots]
    while waiting:
        name, extras = waiting.pop()
        if (name, extras) in seen:
            continue
        seen.add((name, extras))
        for text in metadata.requires(name) or []:
            inner = Requirement(text)
            environments = [default_environment() | {"extra": e} for e in (extras or {""})]
            if inner.marker is None or any(inner.marker.evaluate(e) for e in environments):
                waiting.append((canonicalize_name(inner.name), frozenset(inner.extras)))
    return {name for name, _ in seen}


@pytest.mark.parametrize("requirement", requirements(*INSTALLED_EXTRAS), ids=str)
def test_the_tested_version_reaches_the_floor(requirement: Requirement) -> None:
    pinned = constraints()[canonicalize_name(requirement.name)]
    (specifier,) = pinned.specifier
    assert specifier.operator == "=="
    assert requirement.specifier.contains(specifier.version)


@pytest.mark.parametrize("requirement", requirements(*PROJECT["optional-dependencies"]), ids=str)
def test_every_requirement_is_a_floor_and_no_pin(requirement: Requirement) -> None:
    assert [specifier.operator for specifier in requirement.specifier] == [">="]


def test_the_tested_set_is_complete() -> None:
    # `make test` does not install the linters, so there is nothing to ask about what they need.
    here = [extra for extra in INSTALLED_EXTRAS if extra != "dev" or _has("ruff", "mypy")]
    missing = needed_by(requirements(*here)) - set(constraints()) - {"pip"}
    # Torch's builds for NVIDIA's GPUs bring what they were built with, in versions of their own.
    builds = re.compile(r"(nvidia|cuda)-.*|triton")
    assert {name for name in missing if not builds.fullmatch(name)} == set()


def _has(*names: str) -> bool:
    return all(any(metadata.distributions(name=name)) for name in names)


def test_a_gap_in_the_tested_set_would_be_seen() -> None:
    assert {"markupsafe", "fonttools", "pyzmq"} <= needed_by(requirements("lab"))


def test_this_environment_is_the_tested_set_where_it_was_made_by_make() -> None:
    here = {
        name: metadata.version(name)
        for name in needed_by(requirements(*INSTALLED_EXTRAS[:3]))
        if name in constraints()
    }
    other = {
        name: version
        for name, version in here.items()
        if not constraints()[name].specifier.contains(re.sub(r"\+.*", "", version))
    }
    if other:
        pytest.skip(f"not the tested versions: {other}")
    assert len(here) > 80


@pytest.mark.parametrize("name", ["pyproject.toml", "constraints.txt", "Makefile", ".ci/run"])
def test_no_file_that_installs_names_a_host(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert not re.search(r"https?://|--(extra-)?index-url\s*=?\s*\S*://", text)
