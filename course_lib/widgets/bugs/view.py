"""The clinic on screen: a menu, two buttons, and pictures that follow a run epoch by epoch."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from course_lib.widgets.bugs import listing, rendering
from course_lib.widgets.bugs.model import BugClinic, Stage
from course_lib.widgets.in_turn import in_turn
from course_lib.widgets.lab.bench import nobody_watches
from course_lib.widgets.shown import Shown
from course_lib.widgets.source_tour.colours import live_css


def bug_clinic(seed: int = 0) -> BugClinicView:
    """Visual 6: plant a classic mistake in a working loop, run it, read it, repair it.

    The working loop runs before the call returns, the others when their button is pressed; each
    takes about half a second. With the environment variable ``COURSE_HEADLESS=1`` nobody watches:
    the first mistake is then run as well, for the static picture.

    Args:
        seed: of every run: images, weights, order, dropout.

    Returns:
        What the cell shows; ``.clinic`` holds the runs with their traces and findings.
    """
    clinic = BugClinic(seed)
    if nobody_watches():
        clinic.run()
    return BugClinicView(clinic)


class BugClinicView(Shown):
    """The clinic's widgets, bound to a :class:`BugClinic`; :func:`bug_clinic` makes it."""

    def __init__(self, clinic: BugClinic) -> None:
        import ipywidgets

        self.clinic = clinic
        self._lock = threading.RLock()  # two widgets may call at once
        self.menu = ipywidgets.Dropdown(
            options=[bug.name for bug in clinic.bugs], value=clinic.bug.name, description="mistake"
        )
        self.menu.style.description_width = "56px"
        self.menu.layout.width = "330px"
        self.menu.observe(in_turn(self._lock, self._on_choice), names="value")
        self.run = self._button("Run", "Run the loop with the mistake in it", self._on_run)
        self.run.button_style = "primary"
        self.repair = self._button(
            "Repair and run", "Take the mistake out and run the loop again", self._on_repair
        )
        self.next = self._button("Next mistake", "Plant the next one of the menu", self._on_next)
        self.repair.layout.width = self.next.layout.width = "130px"
        controls = ipywidgets.HBox([self.menu, self.run, self.repair, self.next])
        controls.layout.flex_flow = "row wrap"
        self._state, self._top, self._bottom = (ipywidgets.HTML() for _ in range(3))
        self._top.add_class("course-listing")  # else the box grows with its longest line
        style = ipywidgets.HTML(f"<style>{live_css()}{listing.CSS}</style>")
        style.layout.display = "none"
        super().__init__(
            [controls, self._state, style, self._top, self._bottom],
            picture=lambda: rendering.static_picture(clinic),
            text=lambda: rendering.text_view(clinic),
            alt=rendering.ALT,
            caption=rendering.CAPTION,
            title=rendering.TITLE,
            zoom=1.5,
        )
        self._draw()

    # ---- what the controls do ----

    def _on_choice(self, change: dict[str, Any]) -> None:
        if self.clinic.choose(change["new"]):
            self._draw()

    def _on_next(self) -> None:
        names = [bug.name for bug in self.clinic.bugs]
        place = (names.index(self.clinic.bug.name) + 1) % len(names)
        self.menu.value = names[place]  # draws through _on_choice

    def _on_run(self) -> None:
        self.clinic.sick = self.clinic.mended = None
        self.clinic.stage = Stage.PLANTED
        self._while_running("running", self.clinic.run)

    def _on_repair(self) -> None:
        self._while_running("repaired, running", self.clinic.repair)

    def _while_running(self, words: str, act: Callable[..., Any]) -> None:
        """Answer the click at once, draw after each epoch, and everything at the end."""
        self._say(words)
        for button in (self.run, self.repair, self.next, self.menu):
            button.disabled = True
        try:
            act(lambda history: self._grow(history))
        finally:
            self._draw()

    # ---- the picture ----

    def _grow(self, history: Any) -> None:
        self._bottom.value = rendering.bottom(self.clinic, history)

    def _say(self, running: str = "") -> None:
        line = rendering.state_line(self.clinic, running)
        self._state.value = f'<div class="course-state">{line}</div>'

    def _draw(self) -> None:
        self._top.value = rendering.top(self.clinic)
        self._bottom.value = rendering.bottom(self.clinic)
        self.run.disabled = self.next.disabled = self.menu.disabled = False
        self.repair.disabled = self.clinic.stage is not Stage.SICK
        self.repair.button_style = "success" if self.clinic.stage is Stage.SICK else ""
        self._say()  # last: what it says is then true of all the rest

    def _button(self, name: str, tip: str, act: Callable[[], None]) -> Any:
        import ipywidgets

        button = ipywidgets.Button(description=name, tooltip=tip)
        button.layout.width = "80px"
        button.on_click(in_turn(self._lock, lambda _: act()))
        return button
