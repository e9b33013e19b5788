"""What of a progress bar can be read on the screen, as a person would see it."""

from __future__ import annotations

import html
import io
import re
import sys
from collections.abc import Callable
from typing import Any

_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_INVISIBLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u200b-\u200f\u2060-\u2064\ufeff]")
_BAR = re.compile(r"[▏▎▍▌▋▊▉█#]")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
# Numbers that do not tell how far a bar is.
_TIMES_AND_VALUES = re.compile(r"\d+:\d+|\w+=[^\s,\]]+")
_LONGEST, _MOST_TEXTS = 400, 1000


class Terminal(io.StringIO):
    """Swallows what is printed; says that it is a terminal, so that no bar hides itself."""

    def isatty(self) -> bool:
        """True."""
        return True


# Looked up before an answer can put others in their place.
_REAL = tuple({id(s): s for s in (sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__)}.values())


class Texts:
    """What has come onto the screen of a bar, in order."""

    def __init__(self) -> None:
        self._shown: list[tuple[int, str]] = []  # the moment since which it stood there

    def __len__(self) -> int:
        return len(self._shown)

    def add(self, moment: int, text: str) -> None:
        """A text was written that can be read; blank ones are nothing to read."""
        plain = readable(text)
        if plain and len(self._shown) < _MOST_TEXTS:
            self._shown.append((moment, plain[:_LONGEST]))

    def at(self, moment: int) -> list[str]:
        """What stood there at a moment; nothing before the first."""
        return [text for at, text in self._shown if at <= moment][-1:]

    def around(self, moment: int) -> list[str]:
        """What stood there from the moment before to the one after.

        A bar may be drawn anew just before what it says is set, or just after.
        """
        return self.at(moment - 1) + [t for at, t in self._shown if moment <= at <= moment + 1]


class Screens:
    """Remembers for each bar's printer what arrives on one of the screens."""

    def __init__(self, terminals: tuple[Terminal, ...], moment: Callable[[], int]) -> None:
        self._terminals, self._moment = terminals, moment
        self._texts: dict[Callable[[str], None], Texts] = {}

    def printer(self, show: Callable[[str], None], file: Any) -> Callable[[str], None]:
        """Show a bar's text as ``show`` does; remember what of it came onto a screen."""
        screen = _bare(file)
        if not any(screen is one for one in (*self._terminals, *_REAL)):
            return show
        texts = Texts()

        def watched_show(text: str) -> None:
            before = _length(screen)
            show(text)
            if before is None or before != _length(screen):
                texts.add(self._moment(), str(text))

        self._texts[watched_show] = texts
        return watched_show

    def of(self, printer: Any) -> Texts:
        """What a printer has shown."""
        return self._texts.get(printer) or Texts()


def container_text(bar: Any) -> str:
    """What a notebook's bar says now; nothing where it is hidden."""
    container = bar.container
    layout = container.layout
    if layout.display == "none" or layout.visibility == "hidden":
        return ""
    left, slider, right = container.children
    total = "" if slider.bar_style == "info" else f"/{slider.max:g}"
    said = f"{left.value} {slider.value:g}{total} {right.value}"
    return readable(html.unescape(said).replace("\u2007", " "))


def readable(text: str) -> str:
    """The text without what a terminal does not show."""
    return _INVISIBLE.sub("", _CONTROL.sub("", text)).strip()


def tells(text: str, number: float, total: float | None, marks: str) -> bool:
    """Whether a text tells how far a bar is: by the count, the share in percent, or a bar."""
    told = [float(found) for found in _NUMBER.findall(_TIMES_AND_VALUES.sub(" ", text))]
    if number in told or (total and any(abs(n - 100 * number / total) <= 0.51 for n in told)):
        return True
    has_bar = _BAR.search(text) or any(mark in text for mark in marks if mark.strip())
    return bool(has_bar) and len(text) > 3


def _bare(file: Any) -> Any:
    """A file as it was given to a bar, out of what tqdm puts around it."""
    while "_wrapped" in getattr(file, "__dict__", {}):
        file = file.__dict__["_wrapped"]
    return file


def _length(screen: Any) -> int | None:
    """How much was written to a terminal of ours; of others that is not known."""
    is_known = isinstance(screen, Terminal) and not screen.closed
    return io.StringIO.tell(screen) if is_known else None
