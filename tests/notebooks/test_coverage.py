"""Every item of the syllabus and every correction can be pointed at in a notebook."""

import re
import tomllib
from pathlib import Path

import pytest

from tools.notebooks.source import read_source

SOURCES = Path(__file__).resolve().parents[2] / "sources"
LETTERS = "ABCDEFGHIJKL"

Coverage = dict[str, dict[str, dict]]


@pytest.fixture(scope="module")
def coverage() -> Coverage:
    return tomllib.loads((SOURCES / "coverage.toml").read_text(encoding="utf-8"))


def gaps(coverage: Coverage, cells_of: dict[str, set[str]]) -> list[str]:
    """What is owed by notebooks that exist (``cells_of``: their cells' ids) and not there."""
    found = []
    for notebook, items in coverage.items():
        for item, entry in items.items():
            if notebook not in cells_of:
                if entry["cells"]:
                    found.append(f"{item}: there is no source {notebook}.py yet")
            elif not entry["cells"]:
                found.append(f"{item}: no cell of {notebook} is named")
            found += [
                f"{item}: {notebook} has no cell {cell!r}"
                for cell in entry["cells"]
                if cell not in cells_of.get(notebook, {cell})
            ]
    return found


def test_every_item_has_its_cells(coverage: Coverage) -> None:
    cells_of = {
        source.relative_to(SOURCES).with_suffix("").as_posix(): {
            cell.id for cell in read_source(source).cells
        }
        for folder in ("notebooks", "exercises")
        for source in sorted((SOURCES / folder).glob("*.py"))
    }
    assert gaps(coverage, cells_of) == []


def test_an_item_without_a_cell_and_a_cell_that_is_gone_are_found() -> None:
    coverage = {
        "notebooks/01_x": {
            "A.there": {"says": "…", "cells": ["a"]},
            "A.empty": {"says": "…", "cells": []},
            "A.gone": {"says": "…", "cells": ["a", "b"]},
        },
        "notebooks/02_y": {
            "B.later": {"says": "…", "cells": []},
            "B.early": {"says": "…", "cells": ["a"]},
        },
    }
    found = gaps(coverage, {"notebooks/01_x": {"a"}})
    assert [line.split(":")[0] for line in found] == ["A.empty", "A.gone", "B.early"]


def test_the_map_is_well_formed(coverage: Coverage) -> None:
    names = [item for items in coverage.values() for item in items]
    assert len(set(names)) == len(names)
    assert {name.split(".")[0] for name in names} == {*LETTERS, "correction"}
    for items in coverage.values():
        for name, entry in items.items():
            assert re.fullmatch(r"([A-L]|correction)\.[a-z0-9-]+", name)
            assert set(entry) == {"says", "cells"}
            assert len(set(entry["cells"])) == len(entry["cells"])
