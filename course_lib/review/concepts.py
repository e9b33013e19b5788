"""The words of the course, each in one line and with the place where it is taught."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib import resources

from course_lib.review.places import Place


@dataclass(frozen=True)
class Concept:
    """A word, what it means in one line, and where to read again."""

    term: str
    says: str
    place: Place


@dataclass(frozen=True)
class Concepts:
    """A table of concepts, in the order of the course; a notebook shows it as Markdown."""

    rows: tuple[Concept, ...]

    @property
    def terms(self) -> list[str]:
        """The words alone, without the backticks of code."""
        return [row.term.replace("`", "") for row in self.rows]

    def __len__(self) -> int:
        return len(self.rows)

    def __repr__(self) -> str:
        return "\n".join(
            f"{row.term}: {row.says} (notebook {row.place.number}, {row.place.heading})"
            for row in self.rows
        )

    def _repr_markdown_(self) -> str:
        lines = ["| term | in one line | read again |", "| :-- | :-- | :-- |"]
        lines += [f"| {row.term} | {row.says} | {row.place.markdown()} |" for row in self.rows]
        return "\n".join(lines)


def concepts(*notebooks: str) -> Concepts:
    """The concepts of the notebooks with these numbers, such as "03"; without any, of all."""
    text = resources.files(__package__).joinpath("concepts.toml").read_text(encoding="utf-8")
    rows = tuple(
        Concept(entry["term"], entry["says"], Place.read(entry["read"]))
        for entry in tomllib.loads(text)["concepts"]
    )
    return Concepts(tuple(r for r in rows if not notebooks or r.place.number in notebooks))
