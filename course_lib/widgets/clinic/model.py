"""Which case is open, what has been answered, and the runs made for it. No widgets, no threads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from course_lib.widgets.clinic.case import Case
from course_lib.widgets.lab.settings import Settings
from course_lib.widgets.live_training import words
from course_lib.widgets.live_training.progress import Frame, Progress, State

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class Patient:
    """A case with the runs made for it and the reader's answers, the latest last."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.picks: list[str] = []
        self.run = _recorded(case.run)
        self.counterfactual = _recorded(case.counterfactual)

    @property
    def frame(self) -> Frame | None:
        """The run to be diagnosed, at this moment; None before it was begun."""
        return None if self.run is None else self.run.frame()

    @property
    def after(self) -> Frame | None:
        """The counterfactual run; None before it was begun."""
        return None if self.counterfactual is None else self.counterfactual.frame()

    @property
    def ready(self) -> bool:
        """Whether all of the run is there to be read."""
        return self.frame is not None and self.frame.state.over and not missing(self.run)

    @property
    def solved(self) -> bool:
        """Whether the right diagnosis is among the answers."""
        return self.case.label in self.picks

    @property
    def at_once(self) -> bool:
        """Whether the first answer was right."""
        return self.picks[:1] == [self.case.label]

    def numbers(self) -> dict[str, str]:
        """The runs' numbers, for the texts of the case."""
        found = _numbers(self.frame, "")
        return found | _numbers(self.after, "new_")


class Clinic:
    """Patients in a row; the reader looks at one of them.

    Raises:
        ValueError: if there is none.
    """

    def __init__(self, cases: Sequence[Case]) -> None:
        if not cases:
            raise ValueError("the clinic needs at least one case")
        self.patients = [Patient(case) for case in cases]
        self.position = 0

    @property
    def patient(self) -> Patient:
        """The one that is looked at."""
        return self.patients[self.position]

    @property
    def name(self) -> str:
        """Of the open case: a letter."""
        return LETTERS[self.position % len(LETTERS)]

    def pick(self, label: str) -> bool:
        """Answer the open case; False before its curves are complete. ValueError: no such choice"""
        if label not in self.patient.case.choices:
            raise ValueError(f"{label!r} is none of the choices")
        if self.patient.ready:
            self.patient.picks.append(label)
        return self.patient.ready

    def move(self, offset: int) -> bool:
        """Open the case ``offset`` places on. False where there is none."""
        position = self.position + offset
        moved = 0 <= position < len(self.patients) and offset != 0
        if moved:
            self.position = position
        return moved

    @property
    def solved(self) -> int:
        """Cases with the right answer among those given."""
        return sum(patient.solved for patient in self.patients)

    @property
    def at_once(self) -> int:
        """Cases whose first answer was right."""
        return sum(patient.at_once for patient in self.patients)


def missing(progress: Progress | None) -> bool:
    """Whether the run is still to be made, or was stopped by another one before its end."""
    return progress is None or progress.frame().state is State.STOPPED


def _recorded(run: Settings | Mapping[str, Sequence[Any]]) -> Progress | None:
    """The run as a finished progress if it is a history; None if it is still to be trained."""
    if isinstance(run, Settings):
        return None
    progress = Progress(max(1, len(run.get("train_loss", ()))))
    progress.epoch_done(run)
    progress.enter(State.DONE)
    return progress


def _numbers(frame: Frame | None, start: str) -> dict[str, str]:
    names = ("train", "val", "gap", "low", "low_epoch", "first_train")
    if frame is None or not frame.epochs_done:
        return {start + name: "NaN" for name in names}
    best = frame.best_epoch
    values = {
        "train": words.loss(frame.train_loss[-1]),
        "val": words.loss(frame.val_loss[-1]),
        "gap": words.loss(frame.gap, sign=True),
        "low": words.loss(frame.val_loss[best - 1]) if best else "NaN",
        "low_epoch": str(best) if best else "none",
        "first_train": words.loss(frame.train_loss[0]),
    }
    return {start + name: value for name, value in values.items()}
