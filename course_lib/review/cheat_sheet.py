"""The calls of the course on one page. What stands on it is in ``cheat_sheet.toml``."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from html import escape
from importlib import resources

from course_lib.review.places import Place


@dataclass(frozen=True)
class Line:
    """One line of code and what it does; ``role`` is the step of the loop that it is, or empty."""

    code: str
    says: str
    role: str = ""


@dataclass(frozen=True)
class Section:
    """Lines that belong together and run after those of the sections before."""

    title: str
    place: Place
    lines: tuple[Line, ...]

    @property
    def program(self) -> str:
        """The section's code."""
        return "\n".join(line.code for line in self.lines)


@dataclass(frozen=True)
class CheatSheet:
    """The sections of the sheet; a notebook shows them as HTML."""

    sections: tuple[Section, ...]

    def __repr__(self) -> str:
        return "\n\n".join(f"{part.title}\n{_with_comments(part)}" for part in self.sections)

    def _repr_html_(self) -> str:
        return "\n".join(
            f'<p style="margin:8px 0 0"><b>{escape(part.title)}</b> · '
            f'<a href="{escape(part.place.address)}">{part.place.words}</a></p>\n'
            f'<pre style="margin:0;font:12px/1.5 monospace">{_with_comments(part, html=True)}</pre>'
            for part in self.sections
        )


def _with_comments(section: Section, html: bool = False) -> str:
    """The section's code with what its lines do as comments; in HTML the loop's steps are bold."""
    width = max(len(line.code) for line in section.lines)
    lines = []
    for line in section.lines:
        comment = " " * (width - len(line.code)) + f"  # {line.says}" if line.says else ""
        if html:
            code = escape(line.code, quote=False)
            lines.append((f"<b>{code}</b>" if line.role else code) + escape(comment, quote=False))
        else:
            lines.append(line.code + comment)
    return "\n".join(lines)


def cheat_sheet() -> CheatSheet:
    """The sheet: every line of it can be run, in this order."""
    text = resources.files(__package__).joinpath("cheat_sheet.toml").read_text(encoding="utf-8")
    return CheatSheet(
        tuple(
            Section(
                entry["title"],
                Place.read(entry["read"]),
                tuple(Line(*line) for line in entry["lines"]),
            )
            for entry in tomllib.loads(text)["sections"]
        )
    )
