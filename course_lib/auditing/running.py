"""Running a script or a notebook under the record, in this process."""

import ast
import asyncio
import contextlib
import inspect
import json
import linecache
import os
import re
import runpy
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from course_lib.trace.recording import record
from course_lib.trace.trace import Trace
from course_lib.trace.where import is_readers_file


class CannotRunError(Exception):
    """There is nothing to run: no such file, no script, no notebook."""


@dataclass(frozen=True, slots=True)
class RecordedRun:
    """What a file did. ``error``: the end of its traceback, as text, if it stopped with one."""

    trace: Trace
    error: str | None


def run_file(path: Path, arguments: Sequence[str] = ()) -> RecordedRun:
    """Run a ``.py`` or ``.ipynb`` file as ``__main__`` under the record.

    Loaders have the role that their names tell (``val_loader``). What it prints is printed.
    Pictures are drawn without a window. A notebook runs in its own folder, a script of a package
    as ``python -m`` would run it. Raises CannotRunError where there is no such file, or one
    of another kind.
    """
    runners: dict[str, Callable[[Path], None]] = {".py": _run_script, ".ipynb": _run_notebook}
    runner = runners.get(path.suffix)
    if runner is None:
        raise CannotRunError(f"{path.name} is neither a .py script nor an .ipynb notebook.")
    if not path.is_file():
        raise CannotRunError(f"There is no file {path}.")
    error = None
    with _as_main(path, arguments), record(by_name=True) as trace:
        try:
            runner(path)
        except SystemExit as left:
            error = None if left.code in (None, 0) else f"It left with sys.exit({left.code!r})."
        except CannotRunError:
            raise
        except (Exception, KeyboardInterrupt) as raised:
            error = _told(raised)
    return RecordedRun(trace, error)


@contextmanager
def _as_main(path: Path, arguments: Sequence[str]) -> Iterator[None]:
    """What a file run from the command line finds: its arguments, its folder, no window."""
    before = sys.argv, list(sys.path)
    added = {"MPLBACKEND": "Agg", "COURSE_HEADLESS": "1"}
    added = {name: value for name, value in added.items() if name not in os.environ}
    sys.argv = [str(path), *arguments]
    sys.path.insert(0, str(path.resolve().parent))
    os.environ.update(added)
    try:
        yield
    finally:
        sys.argv, sys.path[:] = before
        for name in added:  # else what this process starts later would draw without a window, too
            os.environ.pop(name, None)


def _run_script(path: Path) -> None:
    found = _package_around(path)
    if found is None:
        runpy.run_path(str(path), run_name="__main__")
    else:
        root, package = found
        sys.path[0] = str(root)
        runpy.run_module(f"{package}.{path.stem}", run_name="__main__", alter_sys=True)


def _package_around(path: Path) -> tuple[Path, str] | None:
    """For a script with ``from .model import Net``: the folder from which ``python -m`` would run
    it, and the package's name. None for scripts that need none.
    """
    try:
        tree = ast.parse(path.read_bytes())
    except (SyntaxError, ValueError):
        return None  # running it tells what is wrong
    levels = max((n.level for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)), default=0)
    folder, names = path.resolve().parent, list[str]()
    if levels:
        while folder.name and (len(names) < levels or (folder / "__init__.py").exists()):
            names.insert(0, folder.name)
            folder = folder.parent
    usable = names and not any("." in name for name in names)
    return (folder, ".".join(names)) if usable else None


def _run_notebook(path: Path) -> None:
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    except (ValueError, KeyError, TypeError):
        raise CannotRunError(f"{path.name} is not a notebook that can be read.") from None
    code_cells = [cell for cell in cells if cell.get("cell_type") == "code"]
    with contextlib.chdir(path.parent), _main_module() as names:
        names |= {"display": print, "get_ipython": _NoShell}
        for number, cell in enumerate(code_cells, start=1):
            source = cell.get("source", "")
            _run_cell("".join(source), f"<cell {number}>", names)


@contextmanager
def _main_module() -> Iterator[dict[str, Any]]:
    """The names of a new ``__main__``: pickle looks for the classes of a notebook there."""
    before, module = sys.modules["__main__"], ModuleType("__main__")
    sys.modules["__main__"] = module
    try:
        yield vars(module)
    finally:
        sys.modules["__main__"] = before


class _NoShell:
    """What ``get_ipython()`` gives here: whatever is asked of it is done by doing nothing."""

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *args, **kwargs: None


def _run_cell(source: str, file: str, names: dict[str, Any]) -> None:
    source = without_magics(source)
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    code = compile(source, file, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    if code.co_flags & inspect.CO_COROUTINE:
        asyncio.run(eval(code, names))
    else:
        exec(code, names)


def without_magics(source: str) -> str:
    """The cell with IPython's own lines made idle; line numbers stay.

    Of ``%%time`` and the like the rest of the cell is kept; a cell for another interpreter, such
    as ``%%bash``, is left out.
    """
    lines = source.splitlines()
    first = next((line for line in lines if line.strip()), "").strip()
    if first.startswith("%%") and first.split()[0] not in ("%%time", "%%timeit", "%%capture"):
        return ""
    if _runs(lines):
        return source
    return "\n".join(_silenced(line) if _is_magic(line) else line for line in lines)


_ASSIGNED = re.compile(r"(\s*[\w, ]+=)\s*([%!].*)")  # files = !ls


def _silenced(line: str) -> str:
    if (assigned := _ASSIGNED.fullmatch(line)) is not None:
        return f"{assigned[1]} []  # {assigned[2]}"
    rest = line.lstrip()
    return f"{line[: len(line) - len(rest)]}pass  # {rest}"


def _is_magic(line: str) -> bool:
    asked = line.lstrip().startswith(("%", "!", "?")) or line.rstrip().endswith("?")
    return asked or _ASSIGNED.fullmatch(line) is not None


def _runs(lines: Sequence[str]) -> bool:
    """Plain Python already: a line that begins with % may continue an expression."""
    try:
        ast.parse("\n".join(lines))
    except SyntaxError:
        return False
    return True


def _told(error: BaseException) -> str:
    """The traceback from the reader's first own line on."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [place for place, frame in enumerate(frames) if is_readers_file(frame.filename)]
    shown = frames[own[0] :] if own else []
    lines = traceback.format_list(shown)
    return "".join([*lines, *traceback.format_exception_only(error)]).rstrip()
