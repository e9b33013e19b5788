"""Which mistake is planted, whether it has run or been repaired, and the runs. No widgets."""

from __future__ import annotations

import enum
from collections.abc import Callable

from course_lib.history import History
from course_lib.widgets.bugs.planting import (
    Bug,
    Row,
    load_bugs,
    mended_rows,
    planted_in,
    sick_rows,
    working_loop,
)
from course_lib.widgets.bugs.readings import Reading, readings
from course_lib.widgets.bugs.running import LoopRun, run_loop

Run = Callable[[str, Callable[[History], None] | None], LoopRun]


class Stage(enum.Enum):
    """Where the reader is with the chosen mistake."""

    PLANTED = "planted, not run yet"
    SICK = "run with the mistake"
    MENDED = "repaired and run again"


class BugClinic:
    """The working loop, run once, and one mistake at a time.

    Args:
        seed: of every run.
        run: runs a loop's text; the clinic's own unless a test counts its calls.
    """

    def __init__(self, seed: int = 0, run: Run | None = None) -> None:
        self.seed = seed
        self._run = run or (lambda text, on_epoch: run_loop(text, seed, on_epoch))
        self.bugs = load_bugs()
        self.bug: Bug = self.bugs[0]
        self.stage = Stage.PLANTED
        self.working = self._run(working_loop(), None)
        self.sick: LoopRun | None = None
        self.mended: LoopRun | None = None
        self.found: list[str] = []  # names of the mistakes that were run, in order
        self.healed: list[str] = []

    def choose(self, name: str) -> bool:
        """Plant another mistake. False if it is the one that is planted already.

        Raises:
            ValueError: if there is none of that name.
        """
        if name == self.bug.name:
            return False
        for bug in self.bugs:
            if bug.name == name:
                self.bug, self.stage = bug, Stage.PLANTED
                self.sick = self.mended = None
                return True
        raise ValueError(f"there is no mistake {name!r}")

    def run(self, on_epoch: Callable[[History], None] | None = None) -> None:
        """Run the loop with the mistake."""
        self.sick = self._run(planted_in(working_loop(), self.bug), on_epoch)
        self.mended, self.stage = None, Stage.SICK
        if self.bug.name not in self.found:
            self.found.append(self.bug.name)

    def repair(self, on_epoch: Callable[[History], None] | None = None) -> bool:
        """Take the mistake out and run the loop again. False if it has not been run with it."""
        if self.sick is None:
            return False
        self.mended = self._run(working_loop(), on_epoch)
        self.stage = Stage.MENDED
        if self.bug.name not in self.healed:
            self.healed.append(self.bug.name)
        return True

    @property
    def shown(self) -> LoopRun | None:
        """The run in front: the repaired one, else the sick one; None before that."""
        return self.mended or self.sick

    def rows(self) -> list[Row]:
        """The listing: the text that runs, with what was planted, is missing or was mended."""
        return mended_rows(self.bug) if self.stage is Stage.MENDED else sick_rows(self.bug)

    def compared_readings(self) -> list[tuple[Reading, str | None]]:
        """Each reading of the working loop, with the shown run's value; None before a run."""
        usual = readings(self.working.trace)
        if self.shown is None:
            return [(reading, None) for reading in usual]
        now = {reading.key: reading.value for reading in readings(self.shown.trace)}
        return [(reading, now[reading.key]) for reading in usual]

    def symptom(self) -> str:
        """What is to be seen in the run with the mistake, with its numbers."""
        assert self.sick is not None, "asked after a run"
        return self.bug.symptom.format(**measured(self.sick), **measured(self.working, "ok_"))


def measured(run: LoopRun, start: str = "") -> dict[str, str]:
    """The ends of a run, as the symptoms' texts name them."""
    accuracy = run.history["val_accuracy"][-1]
    return {
        f"{start}train": f"{run.history['train_loss'][-1]:.2f}",
        f"{start}val": f"{run.history['val_loss'][-1]:.2f}",
        f"{start}accuracy": f"{100 * accuracy:.0f} %",
        f"{start}test": f"{100 * run.test_accuracy:.0f} %",
    }
