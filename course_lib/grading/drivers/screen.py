"""The outputs below a notebook's cell, as a front end would keep them, without a notebook.

``display``, display handles, ``clear_output`` and ``plt.show`` all end up here, wherever and
whenever an answer imported them.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

from course_lib.grading.drivers import inline_backend

Picture = Any


class Screen:
    """Pictures below the cell.

    Args:
        describe: makes of a displayed figure (or None: another kind of picture) what is kept.
    """

    def __init__(self, describe: Callable[[Any], Picture]) -> None:
        self._describe = describe
        self._outputs: list[tuple[str | None, Picture]] = []  # display id, picture
        self._clear_next = False
        self.ever_shown = 0  # pictures

    @property
    def pictures(self) -> list[Picture]:
        """What is to be seen now, from top to bottom."""
        return [picture for _, picture in self._outputs]

    def show(self, thing: Any, display_id: str | None = None, update: bool = False) -> None:
        """Display a thing, or put it in the place of what has that id."""
        kind = _kind(thing)
        picture = None if kind == "text" else self._describe(thing if kind == "figure" else None)
        if update:
            self._outputs = [
                (known, picture if known == display_id and picture is not None else before)
                for known, before in self._outputs
            ]
            return
        if self._clear_next:
            self._outputs, self._clear_next = [], False
        if picture is not None:
            self.ever_shown += 1
            self._outputs.append((display_id, picture))

    def publish(
        self, data: Any, metadata: Any = None, transient: Any = None, update: bool = False, **_: Any
    ) -> None:
        """As a display publisher of IPython is called."""
        thing = data.get("thing", data) if isinstance(data, dict) else data
        self.show(thing, (transient or {}).get("display_id"), update)

    def clear_output(self, wait: bool = False) -> None:
        """As a display publisher of IPython is called."""
        if wait:
            self._clear_next = True
        else:
            self._outputs, self._clear_next = [], False


class _Formatter:
    def format(self, thing: Any, *_: Any, **__: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        return {"thing": thing}, {}


class _Shell:
    """As much of IPython's shell as displaying needs; magics do nothing."""

    def __init__(self, screen: Screen) -> None:
        self.display_pub = screen
        self.display_formatter = _Formatter()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name == "kernel":
            raise AttributeError(name)
        return _Nothing()


class _Nothing:
    """Stands for whatever else a shell has: it can be called and asked, and does nothing."""

    def __call__(self, *_: Any, **__: Any) -> None:
        return None

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self


def _kind(thing: Any) -> str:
    from matplotlib.figure import Figure

    if isinstance(thing, Figure):
        return "figure"
    if isinstance(thing, dict):  # raw data by type
        html = str(thing.get("text/html", ""))
        drawn = any(key.startswith("image/") for key in thing)
        return "picture" if drawn or _is_drawn(html) else "text"
    if hasattr(thing, "figure") and isinstance(thing.figure, Figure):
        return "text"  # an Axes or a canvas is displayed as text
    if type(thing).__name__ in ("Image", "SVG"):
        return "picture"
    return "picture" if _is_drawn(str(getattr(thing, "data", ""))) else "text"


def _is_drawn(html: str) -> bool:
    return "<img" in html or "<svg" in html


@contextlib.contextmanager
def watched_screen(describe: Callable[[Any], Picture]) -> Iterator[Screen]:
    """A screen that catches what is displayed meanwhile; figures made meanwhile are closed."""
    import matplotlib as mpl
    from matplotlib import pyplot

    screen = Screen(describe)
    before, backend = set(pyplot.get_fignums()), mpl.get_backend()
    # Load it first: a notebook's backend enters itself in IPython only while it is the one set.
    pyplot.switch_backend(backend)
    with mpl.rc_context():
        pyplot.switch_backend(inline_backend.NAME)
        inline_backend.send_figures_to(screen.show, before)
        try:
            with _displays_go_to(screen):
                yield screen
        finally:
            inline_backend.send_figures_to(None)
            for number in set(pyplot.get_fignums()) - before:
                pyplot.close(number)
            pyplot.switch_backend(backend)


@contextlib.contextmanager
def _displays_go_to(screen: Screen) -> Iterator[None]:
    try:
        from IPython.core import interactiveshell
    except ImportError:
        yield
        return
    shell = _Shell(screen)
    shells: Any = interactiveshell.InteractiveShell
    shells.initialized = classmethod(lambda cls: True)
    shells.instance = classmethod(lambda cls, *_, **__: shell)
    try:
        yield
    finally:
        del shells.initialized, shells.instance  # both are inherited
