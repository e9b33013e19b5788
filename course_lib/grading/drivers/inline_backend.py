"""A matplotlib backend that shows figures as the inline backend of notebooks does.

``plt.show()`` (and so ``plt.pause()``) sends every open figure to the screen and closes it;
whatever is not shown stays unseen.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from matplotlib._pylab_helpers import Gcf
from matplotlib.backend_bases import FigureManagerBase
from matplotlib.backends.backend_agg import FigureCanvasAgg

NAME = f"module://{__name__}"
_on_show: list[Callable[[Any], None]] = []  # the screen that is just watched


class FigureCanvas(FigureCanvasAgg):
    """Draws into memory."""


class FigureManager(FigureManagerBase):
    """Has no window."""


def show(*args: Any, **kwargs: Any) -> None:
    """Send all open figures to the screen and close them."""
    for manager in list(Gcf.get_all_fig_managers()):
        for send in _on_show:
            send(manager.canvas.figure)
    Gcf.destroy_all()


def send_figures_to(receiver: Callable[[Any], None] | None) -> None:
    """From now on, show figures there; None: nowhere."""
    _on_show[:] = [] if receiver is None else [receiver]
