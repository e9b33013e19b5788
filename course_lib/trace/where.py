"""Finding the reader's own line: the innermost frame that no installed package owns."""

import linecache
import os
import sys
import sysconfig
from itertools import islice
from types import CodeType, FrameType
from typing import Any

import torch

from course_lib.trace.events import Where

_LIBRARY = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
_NOT_THE_READERS = tuple(
    folder + os.sep
    for folder in {
        _LIBRARY,
        os.path.dirname(os.path.abspath(torch.__file__)),
        sysconfig.get_paths()["stdlib"],
        sysconfig.get_paths()["platstdlib"],
    }
)
_INSTALLED = (f"{os.sep}site-packages{os.sep}", f"{os.sep}dist-packages{os.sep}")
_CALLS = 8


def is_readers_file(file: str) -> bool:
    """Whether the code in ``file`` was written by the reader: a script, a module, a cell."""
    if file.startswith("<"):
        return file.startswith(("<stdin", "<string", "<ipython", "<cell"))
    return not file.startswith(_NOT_THE_READERS) and not any(part in file for part in _INSTALLED)


class LineFinder:
    """Finds the reader's line; remembers what it found out about each function."""

    # By the ids of code objects, which are kept: to hash one, Python reads all of its constants.
    def __init__(self) -> None:
        self._codes: dict[int, tuple[CodeType, bool]] = {}  # and whether the reader wrote it
        self._spans: dict[tuple[int, int], list[int | str]] = {}
        self._places: dict[tuple[int, int], Where] = {}  # by the instruction in the code
        self._lines: dict[tuple[int, int | None], Where] = {}

    def frame(self, start: FrameType | None) -> FrameType | None:
        """The innermost frame of the reader's, from ``start`` outwards."""
        codes = self._codes
        while start is not None:
            code = start.f_code
            known = codes.get(id(code))
            if known is None:
                known = codes[id(code)] = code, is_readers_file(code.co_filename)
            if known[1]:
                return start
            start = start.f_back
        return None

    def where(self, start: FrameType | None) -> Where | None:
        """The line that is being executed there: for one line, always the same object."""
        frame = self.frame(start)
        if frame is None:
            return None
        place = id(frame.f_code), frame.f_lasti
        found = self._places.get(place)
        if found is None:
            code, line = frame.f_code, frame.f_lineno
            found = self._lines.get((id(code), line))
            if found is None:
                found = Where(code.co_filename, line, code.co_name, _cell_number(code.co_filename))
                self._lines[id(code), line] = found
            self._places[place] = found
        return found

    def calls(self, start: FrameType | None) -> list[list[int | str]]:
        """The reader's calls that are under way, from the innermost one outwards: file, line,
        column, last line, last column of each (columns from 0, in bytes).
        """
        found: list[list[int | str]] = []
        while (frame := self.frame(start)) is not None and len(found) < _CALLS:
            key = (id(frame.f_code), frame.f_lasti)
            if key not in self._spans:
                code, place = frame.f_code, frame.f_lasti
                span = next(islice(code.co_positions(), place // 2, None), (None,))
                line, last_line, column, last_column = (*span, None, None, None)[:4]
                whole = (line, column, last_line, last_column)
                known = [number for number in whole if number is not None]
                self._spans[key] = [code.co_filename, *known] if len(known) == 4 else []
            if self._spans[key]:
                found.append(self._spans[key])
            start = frame.f_back
        return found


def _cell_number(file: str) -> int | None:
    """n of ``In [n]`` for a cell's made-up file name; None outside notebooks."""
    if file.startswith("<cell "):  # as `course audit` names them
        return int(file.removeprefix("<cell ").removesuffix(">"))
    ipython = sys.modules.get("IPython")
    if ipython is None or ("ipykernel" not in file and not file.startswith("<ipython")):
        return None
    shell = ipython.get_ipython()
    numbers = getattr(getattr(shell, "compile", None), "_filename_map", None)
    return _cell_by_its_source(shell, file) if numbers is None else numbers.get(file)


def _cell_by_its_source(shell: Any, file: str) -> int | None:
    """The latest input with the file's lines: IPython 7, Colab's, keeps no list of its names."""
    source = "".join(linecache.getlines(file)).rstrip("\n")
    inputs = getattr(shell, "user_ns", {}).get("In", [])
    found = [n for n, one in enumerate(inputs) if n and one.rstrip("\n") == source]
    return found[-1] if found else None
