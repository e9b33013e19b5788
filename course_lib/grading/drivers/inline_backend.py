"""A matplotlib backend that shows figures as the inline backend of notebooks does.

``plt.show()`` (and so ``plt.pause()``) sends every open figure to the screen and closes it;
whatever is not shown stays unseen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from matplotlib._pylab_helpers import Gcf
from matplotlib.backend_bases import FigureManagerBase
from matplotlib.backends.backend_agg import FigureCanvasAgg

NAME = f"module://{__name__}"
_on_show: list[Callable[[Any], None]] = []  # the screen that is just watched
_of_others: set[int | str] = set()  # figures that were open before


class FigureCanvas(FigureCanvasAgg):
    """Draws into memory."""


class FigureManager(FigureManagerBase):
    """Has no window."""


def show(*args: Any, **kwargs: Any) -> None:
    """Send the open figures to the screen and close them, but for those of somebody else."""
    for manager in list(Gcf.get_all_fig_managers()):
        if manager.num not in _of_others:
            for send in _on_show:
                send(manager.canvas.figure)
            Gcf.destroy(manager)


def send_figures_to(
    receiver: Callable[[Any], None] | None, of_others: Iterable[int | str] = ()
) -> None:
    """From now on, show figures there, those with the numbers ``of_others`` nowhere; None: none."""
    _on_show[:] = [] if receiver is None else [receiver]
    _of_others.clear()
    _of_others.update(of_others)
