"""What happened in the lab so far: the settings chosen, and the runs made. No widgets, no threads.

A run is under way while its progress says so; the lab only looks at it.
"""

from __future__ import annotations

from dataclasses import dataclass

from course_lib.diagnosis import Diagnosis
from course_lib.widgets.lab.experiment import Experiment, came_true, next_experiment
from course_lib.widgets.lab.settings import RATES, Settings
from course_lib.widgets.live_training.judging import Task, judge
from course_lib.widgets.live_training.progress import Frame, Progress, State

TASK = Task("classification", 10)
EARLIER = 3  # runs that stay as faint lines: more could not be told apart


@dataclass
class Run:
    """One run: its number from 1, its settings, its progress, and what it was made to test."""

    number: int
    settings: Settings
    progress: Progress
    tests: Experiment | None = None
    tested: Run | None = None  # the run whose diagnosis asked for this one
    denied: frozenset[str] = frozenset()  # labels of that run tested up to this one

    @property
    def frame(self) -> Frame:
        """The run at this moment."""
        return self.progress.frame()


@dataclass(frozen=True)
class Look:
    """One moment of the lab, for a drawing whose parts have to agree."""

    settings: Settings
    run: Run | None
    frame: Frame | None
    earlier: tuple[Run, ...]
    found: Diagnosis | None
    next: Experiment | None
    came_true: bool | None  # of the experiment that the run was; None while it is open
    asks: Run | None = None  # the run that the next experiment is about

    @property
    def training(self) -> bool:
        """Whether a run is under way."""
        return self.frame is not None and not self.frame.state.over


class Lab:
    """Settings of the next run, and the runs so far, the latest last."""

    def __init__(self, settings: Settings) -> None:
        self.first = settings
        self.settings = settings
        self.runs: list[Run] = []
        self._count = 0

    def choose(self, **values: object) -> None:
        """Change settings of the next run. Raises ValueError as :class:`Settings` does."""
        self.settings = self.settings.changed(**values)

    def neighbour_rate(self, offset: int) -> float:
        """The learning rate ``offset`` places on in the list of rates, held at its ends."""
        nearest = min(RATES, key=lambda value: abs(value - self.settings.learning_rate))
        place = min(max(RATES.index(nearest) + offset, 0), len(RATES) - 1)
        return RATES[place]

    def begin(self, progress: Progress) -> Run:
        """A run with the chosen settings is about to start."""
        return self._add(Run(self._count + 1, self.settings, progress))

    def begin_experiment(self, experiment: Experiment, progress: Progress) -> Run:
        """The run that the latest diagnosis asked for is about to start."""
        self.settings = experiment.settings
        last, tested = self.runs[-1], self.look().asks
        denied = (last.denied if tested is last.tested else frozenset()) | {experiment.label}
        number = self._count + 1
        return self._add(Run(number, self.settings, progress, experiment, tested, denied))

    def reset(self) -> None:
        """Forget every run and go back to the first settings."""
        self.settings, self.runs, self._count = self.first, [], 0

    def _add(self, run: Run) -> Run:
        self._count += 1
        self.runs = [*self.runs, run][-EARLIER - 1 :]
        return run

    def look(self) -> Look:
        """This moment: the latest run, what is to be said of it, and the runs before it."""
        runs = self.runs
        if not runs:
            return Look(self.settings, None, None, (), None, None, None)
        run = runs[-1]
        frame = run.frame
        found = judge(frame, TASK)
        over = frame.state.over
        told = None
        ended = frame.state is State.DONE or frame.broke is not None  # not: stopped by the reader
        if ended and run.tests is not None and run.tested is not None:
            told = came_true(run.tests.label, run.tested.frame, frame)
        earlier = tuple(r for r in runs[:-1] if r.frame.epochs_done or r.frame.broke is not None)
        asks, next_ = _next(run, told) if over else (None, None)
        return Look(self.settings, run, frame, earlier, found, next_, told, asks)


def _next(run: Run, told: bool | None) -> tuple[Run | None, Experiment | None]:
    """The next experiment and whose it is: after one that failed, the tested run's next guess."""
    if told is False and run.tested is not None:
        found = judge(run.tested.frame, TASK)
        made = run.tested.settings
        again = found and next_experiment(found, made, run.tested.frame, denied=run.denied)
        if again:
            return run.tested, again
    found = judge(run.frame, TASK)
    return run, next_experiment(found, run.settings, run.frame) if found else None
