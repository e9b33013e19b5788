"""The settings of the next run as controls: a slider for the rate, lists for the rest."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

from course_lib.widgets.in_turn import in_turn
from course_lib.widgets.lab.settings import (
    DROPOUT,
    EPOCHS,
    HIDDEN,
    NUM_TRAIN,
    OPTIMIZERS,
    RATES,
    Settings,
    rate,
)

LISTS: dict[str, tuple[str, Sequence[Any]]] = {
    "learning_rate": ("learning rate", RATES),
    "optimizer": ("optimizer", OPTIMIZERS),
    "hidden": ("hidden units", HIDDEN),
    "num_train": ("images", NUM_TRAIN),
    "dropout": ("dropout", DROPOUT),
    "epochs": ("epochs", EPOCHS),
}

WIDTHS = {  # of the description, and in all; the lists stand in one row of 740 pixels
    "learning_rate": ("88px", "300px"),
    "optimizer": ("64px", "146px"),
    "hidden": ("84px", "152px"),
    "num_train": ("50px", "126px"),
    "dropout": ("54px", "118px"),
    "epochs": ("50px", "114px"),
}


class Controls:
    """One control for each name of :data:`LISTS`, in ``by_name``.

    ``chosen(name, value)`` is called when the reader changes one, not when :meth:`show` does.
    ``lock`` is the visual's: what it shows and what the reader changes come one after the other.
    """

    def __init__(
        self, settings: Settings, chosen: Callable[[str, Any], None], lock: threading.RLock
    ) -> None:
        self._chosen, self._showing, self._lock = chosen, False, lock
        self.by_name = {name: self._control(name, getattr(settings, name)) for name in LISTS}

    def show(self, settings: Settings) -> None:
        """Show ``settings``, also a value that stands in no list."""
        with self._lock:
            self._showing = True
            try:
                for name, control in self.by_name.items():
                    value = getattr(settings, name)
                    known = [option for _, option in control.options]
                    if value not in known:
                        control.options = _named(name, known, value)
                    control.value = value
            finally:
                self._showing = False

    def _control(self, name: str, value: Any) -> Any:
        import ipywidgets

        words, values = LISTS[name]
        kind = ipywidgets.SelectionSlider if name == "learning_rate" else ipywidgets.Dropdown
        control = kind(options=_named(name, values, value), value=value, description=words)
        control.style.description_width, control.layout.width = WIDTHS[name]
        changed = in_turn(self._lock, lambda change: self._on_change(name, change["new"]))
        control.observe(changed, names="value")
        return control

    def _on_change(self, name: str, value: Any) -> None:
        if not self._showing:
            self._chosen(name, value)


def _named(name: str, values: Sequence[Any], value: Any) -> list[tuple[str, Any]]:
    """Options of a control with their names, ``value`` among them."""
    known = list(values) if value in values else sorted([*values, value])
    if name == "learning_rate":
        return [(rate(v), v) for v in known]
    return [(f"{v:,}" if isinstance(v, int) else str(v), v) for v in known]
