"""The outputs below a notebook's cell, as a front end would keep them, without a notebook.

``display``, display handles, ``clear_output`` and ``plt.show`` all end up here, wherever and
whenever an answer imported them.
"""

from __future__ import annotations

import contextlib
import io
import sys
from collections.abc import Callable, Iterator
from typing import Any

from course_lib.grading.drivers import displayed, inline_backend

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
        self._known: dict[int, Picture] = {}  # of what a picture in bytes was made, by its bytes
        self.ever_shown = 0  # pictures

    @property
    def pictures(self) -> list[Picture]:
        """What is to be seen now, from top to bottom."""
        return [picture for _, picture in self._outputs]

    def show(self, thing: Any, display_id: str | None = None, update: bool = False) -> None:
        """Display a thing, or put it in the place of what has that id."""
        picture = self._picture_of(thing)
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

    def printed(self) -> None:
        """Text came onto the screen: what was to be cleared by the next output is gone."""
        if self._clear_next:
            self._outputs, self._clear_next = [], False

    def _picture_of(self, thing: Any) -> Picture | None:
        """What is kept of a figure, or of a picture that was made of one; None for text."""
        if displayed.is_figure(thing):
            return self._describe(thing)
        drawn = displayed.picture_in(thing)
        if drawn is None:
            return None
        # The same bytes show what they showed before, whatever the figure holds by now.
        if hash(drawn) not in self._known:
            self._known[hash(drawn)] = self._describe(None)
        return self._known[hash(drawn)]

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


class _Printing(io.TextIOBase):
    """Passes on what is printed, and tells the screen that something was."""

    def __init__(self, onto: Any, screen: Screen) -> None:
        self._onto, self._screen = onto, screen

    def write(self, text: str) -> int:
        """As a text file's."""
        if text:
            self._screen.printed()
        return int(self._onto.write(text))

    def flush(self) -> None:
        """As a text file's."""
        self._onto.flush()


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
            with (
                _displays_go_to(screen),
                contextlib.redirect_stdout(_Printing(sys.stdout, screen)),
                contextlib.redirect_stderr(_Printing(sys.stderr, screen)),
            ):
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
