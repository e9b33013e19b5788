"""Measured rows as a table: in a notebook as Markdown, in a terminal as text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

NOT_MEASURED = "–"


class Table:
    """Rows with the same columns; numbers stand on the right, what is None shows as a dash.

    Args:
        rows: for each row its columns' names and values.

    Raises:
        ValueError: for no rows, or rows whose columns differ.
    """

    def __init__(self, rows: Sequence[Mapping[str, object]]) -> None:
        if not rows or any(list(row) != list(rows[0]) for row in rows):
            raise ValueError("a table needs at least one row, and the same columns in each")
        self.columns = list(rows[0])
        self.cells = [[_shown(value) for value in row.values()] for row in rows]
        self._numeric = [
            not any(isinstance(row[column], str) for row in rows) for column in self.columns
        ]

    def __repr__(self) -> str:
        lines = [self.columns, *self.cells]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        return "\n".join(
            "  ".join(
                cell.rjust(width) if numeric else cell.ljust(width)
                for cell, width, numeric in zip(line, widths, self._numeric, strict=True)
            ).rstrip()
            for line in lines
        )

    def _repr_markdown_(self) -> str:
        rule = ["--:" if numeric else ":--" for numeric in self._numeric]
        lines = [self.columns, rule, *self.cells]
        return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _shown(value: object) -> str:
    """A value as people read it: 12,500 · 0.35 · –."""
    if value is None:
        return NOT_MEASURED
    return f"{value:,}" if isinstance(value, int | float) else str(value)
