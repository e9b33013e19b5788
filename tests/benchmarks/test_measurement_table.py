"""The table that shows measured rows."""

import pytest

from course_lib.measurements import Table

ROWS = [
    {"network": "MLP", "batch size": 32, "CPU ms": 0.5, "waits": None},
    {"network": "large CNN", "batch size": 1024, "CPU ms": 12345.25, "waits": 0},
]


def test_in_a_notebook_numbers_stand_on_the_right() -> None:
    assert Table(ROWS)._repr_markdown_().splitlines() == [
        "| network | batch size | CPU ms | waits |",
        "| :-- | --: | --: | --: |",
        "| MLP | 32 | 0.5 | – |",
        "| large CNN | 1,024 | 12,345.25 | 0 |",
    ]


def test_in_a_terminal_columns_are_aligned() -> None:
    assert repr(Table(ROWS)).splitlines() == [
        "network    batch size     CPU ms  waits",
        "MLP                32        0.5      –",
        "large CNN       1,024  12,345.25      0",
    ]


@pytest.mark.parametrize("rows", [[], [{"a": 1}, {"b": 1}], [{"a": 1}, {"a": 1, "b": 2}]])
def test_rows_that_make_no_table_are_refused(rows: list[dict[str, int]]) -> None:
    with pytest.raises(ValueError, match="same columns"):
        Table(rows)
