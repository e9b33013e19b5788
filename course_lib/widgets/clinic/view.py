"""The clinic on screen: curves, one button a diagnosis, and the reason for each."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from functools import partial
from os import PathLike
from typing import Any

from course_lib.widgets.clinic import rendering
from course_lib.widgets.clinic.case import Case, load_cases
from course_lib.widgets.clinic.model import Clinic, Patient, missing
from course_lib.widgets.in_turn import in_turn
from course_lib.widgets.lab.bench import Bench, nobody_watches
from course_lib.widgets.lab.settings import Settings
from course_lib.widgets.lab.training import make_worker
from course_lib.widgets.shown import Shown


def curve_clinic(cases: Sequence[Case] | str | PathLike[str] | None = None) -> CurveClinic:
    """Diagnose real runs from their curves alone: the cause is hidden until the right answer.

    A case is trained when it is opened, the counterfactual run when it is solved; every choice,
    right or wrong, comes with its reason, and the score counts first answers.

    With the environment variable ``COURSE_HEADLESS=1`` nobody watches: every case is then trained
    before the call returns, and the static picture shows the curves of all of them.

    Args:
        cases: the runs to diagnose, as :class:`Case` objects (made of settings or of histories),
            or the path of a TOML file like ``cases.toml``; without it the seven shipped cases.

    Returns:
        What the cell shows; ``.clinic`` holds the cases and the answers.

    Raises:
        ValueError: if there is no case, or one that cannot be.
    """
    if cases is None or isinstance(cases, (str, PathLike)):
        cases = load_cases(cases)
    return CurveClinic(Clinic(cases))


class CurveClinic(Shown):
    """The clinic's widgets, bound to a :class:`Clinic`; :func:`curve_clinic` makes it."""

    def __init__(self, clinic: Clinic) -> None:
        import ipywidgets

        self.clinic = clinic
        self.bench = Bench(self._draw)
        self._lock = threading.RLock()  # the drawing thread and a click may come together
        for patient in clinic.patients if nobody_watches() else clinic.patients[:1]:
            _examine(patient)
        most = max(len(patient.case.choices) for patient in clinic.patients)
        self.choices = [
            self._button("", "", partial(self._on_choice, place)) for place in range(most)
        ]
        for button in self.choices:
            button.add_class("course-choice")
            button.layout.width = "auto"
            button.layout.height = "auto"
        self.back = self._button("Back", "Look at the case before", lambda: self._on_move(-1))
        self.next = self._button("Next case", "Open the next case", lambda: self._on_move(1))
        self.next.button_style = "primary"
        self.back.layout.width = self.next.layout.width = "100px"
        self._page, self._said = ipywidgets.HTML(), ipywidgets.HTML()
        answers = ipywidgets.HBox(self.choices)
        answers.layout.flex_flow = "row wrap"
        super().__init__(
            [ipywidgets.HBox([self.back, self.next]), self._page, answers, self._said],
            picture=lambda: rendering.static_picture(clinic),
            text=lambda: rendering.text_view(clinic),
            alt=rendering.ALT.format(count=len(clinic.patients)),
            caption=rendering.CAPTION,
            title=rendering.TITLE,
        )
        self._draw()

    def wait(self) -> None:
        """Wait for the end of the run under way."""
        self.bench.wait()

    # ---- what the buttons do ----

    def _on_choice(self, place: int) -> None:
        with self._lock:
            patient = self.clinic.patient
            labels = list(patient.case.choices)
            if place >= len(labels) or not self.clinic.pick(labels[place]):
                return
            if patient.solved and missing(patient.counterfactual):
                self._begin(patient, "counterfactual")
            self._draw()

    def _on_move(self, offset: int) -> None:
        with self._lock:
            if not self.clinic.move(offset):
                return
            patient = self.clinic.patient
            if missing(patient.run):
                self._begin(patient, "run")
            elif patient.solved and missing(patient.counterfactual):
                self._begin(patient, "counterfactual")
            self._draw()

    def _begin(self, patient: Patient, which: str) -> None:
        settings = patient.case.run if which == "run" else patient.case.counterfactual
        assert isinstance(settings, Settings)
        worker = make_worker(settings)
        setattr(patient, which, worker.progress)
        self.bench.train(worker)

    # ---- the picture ----

    def _draw(self) -> None:
        with self._lock:
            patient = self.clinic.patient
            labels = list(patient.case.choices)
            for place, button in enumerate(self.choices):
                label = labels[place] if place < len(labels) else None
                button.description = rendering.CHOICES[label] if label else ""
                button.tooltip = button.description
                button.layout.display = "" if label else "none"
                button.disabled = not patient.ready
                chosen = bool(patient.picks) and patient.picks[-1] == label
                (button.add_class if chosen else button.remove_class)("course-chosen")
            self.back.disabled = self.clinic.position == 0
            self.next.disabled = self.clinic.position == len(self.clinic.patients) - 1
            # last: what the state says is then true of the buttons
            self._said.value = rendering.feedback(patient, self.clinic.patients)
            self._page.value = rendering.page(self.clinic)

    def _button(self, name: str, tip: str, act: Callable[[], None]) -> Any:
        import ipywidgets

        button = ipywidgets.Button(description=name, tooltip=tip)
        button.on_click(in_turn(self._lock, lambda _: act()))
        return button


def _examine(patient: Patient) -> None:
    """Make the run of a case in this thread, if it is still to be made."""
    if patient.run is None and isinstance(patient.case.run, Settings):
        worker = make_worker(patient.case.run)
        worker.progress.unwatched = True
        patient.run = worker.progress
        worker.run()
