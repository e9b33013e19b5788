"""Running the cells of a notebook without a notebook: magics do nothing, ``await`` works."""

from __future__ import annotations

import ast
import asyncio
import contextlib
import inspect
import sys
import types
from typing import Any

from course_lib.grading.sandbox import raised

_RUN_THEIR_BODY = {"time", "timeit", "capture", "prun"}


class _Shell:
    """What ``get_ipython()`` gives: magics and shell lines do nothing; timed code still runs."""

    def __init__(self, namespace: dict[str, Any]) -> None:
        self._namespace = namespace

    def run_line_magic(self, name: str, line: str, *_: Any, **__: Any) -> None:
        """Run the statement of ``%time``; nothing else."""
        if name in _RUN_THEIR_BODY:
            exec(line, self._namespace)

    def run_cell_magic(self, name: str, line: str, cell: str) -> None:
        """Run the body of ``%%time`` and its like; nothing else."""
        if name in _RUN_THEIR_BODY:
            run(cell, self._namespace, f"{raised.ANSWER}, {name}>")

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return lambda *_, **__: None


def new_namespace() -> dict[str, Any]:
    """The names of a fresh ``__main__``, with what a notebook offers."""
    main = types.ModuleType("__main__")
    sys.modules["__main__"] = main
    namespace = vars(main)
    shell = _Shell(namespace)
    namespace.update(__builtins__=__builtins__, get_ipython=lambda: shell, display=_does_nothing)
    namespace.update(_checks_that_do_nothing())
    return namespace


def _checks_that_do_nothing() -> dict[str, Any]:
    """``check`` and ``hint``: an answer cell may call or import them, and here nobody listens."""
    module = types.ModuleType("course_lib.grading.check")
    names = {"check": _does_nothing, "hint": _does_nothing}
    vars(module).update(names)
    sys.modules[module.__name__] = module
    return names


def _does_nothing(*_: Any, **__: Any) -> None:
    """Stands for what a reader may call in a cell and what means nothing here."""


def run_teachers(source: str, namespace: dict[str, Any]) -> None:
    """Run the teacher's cell, statement by statement; what is not to be had here is left out."""
    for statement in ast.parse(source).body:
        module = ast.Module([statement], [])
        with contextlib.suppress(Exception):
            exec(compile(module, "<setup>", "exec"), namespace)


def run(source: str, namespace: dict[str, Any], file_name: str) -> None:
    """Run an answer cell. Raises what it raises, SyntaxError included."""
    try:
        code = _compiled(source, file_name)
    except SyntaxError:
        source = _as_python(source)
        code = _compiled(source, file_name)
    raised.remember(file_name, source)
    result = eval(code, namespace)
    if inspect.iscoroutine(result):
        asyncio.run(result)


def _compiled(source: str, file_name: str) -> types.CodeType:
    return compile(source, file_name, "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)


def _as_python(source: str) -> str:
    """Magics, ``!`` and ``?`` lines as calls of ``get_ipython()``."""
    from IPython.core.inputtransformer2 import TransformerManager

    return str(TransformerManager().transform_cell(source))
