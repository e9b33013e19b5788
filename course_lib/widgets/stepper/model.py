"""Where the stepper stands in its record, and how it moves: no widgets, no drawing."""

from __future__ import annotations

from course_lib.widgets.stepper.chain_rule import Weight
from course_lib.widgets.stepper.record import Iteration, Recording

STEPS = ("forward", "loss", "backward", "update")


class Stepper:
    """A place in a recorded training.

    ``position`` counts finished steps: 0 before the first, ``4 * iterations`` at the end.
    """

    def __init__(self, recording: Recording) -> None:
        self.recording = recording
        self.position = 0
        first = recording.iterations[0]
        # Start with the weight that the first update moves most: there is most to see.
        self.weight = max(recording.weights, key=lambda which: abs(first.gradient(which)))

    @property
    def last(self) -> int:
        """The position after the last recorded step."""
        return len(STEPS) * len(self.recording.iterations)

    @property
    def step_name(self) -> str | None:
        """The step just done: forward, loss, backward or update; ``None`` before the first."""
        return STEPS[(self.position - 1) % len(STEPS)] if self.position else None

    @property
    def iteration_number(self) -> int:
        """The iteration that the step just done belongs to, from 1."""
        return max(self.position - 1, 0) // len(STEPS) + 1

    @property
    def iteration(self) -> Iteration:
        """The record of that iteration."""
        return self.recording.iterations[self.iteration_number - 1]

    @property
    def losses_so_far(self) -> list[float]:
        """Batch losses that the steps done so far have computed."""
        return self.recording.losses[: (self.position + 2) // len(STEPS)]

    def has_done(self, step_name: str) -> bool:
        """Whether the current iteration has already done ``step_name``."""
        now = self.step_name
        return now is not None and STEPS.index(now) >= STEPS.index(step_name)

    def step(self) -> bool:
        """Do the next step. False where the record ends."""
        return self._move_to(self.position + 1)

    def back(self) -> bool:
        """Undo the step just done. False at the start."""
        return self._move_to(self.position - 1)

    def reset(self) -> bool:
        """Go back to the start. False if already there."""
        return self._move_to(0)

    def go_to(self, iteration: int, step_name: str) -> None:
        """Go to the state after ``step_name`` of ``iteration`` (from 1).

        Raises:
            ValueError: where the record has no such place.
        """
        position = len(STEPS) * (iteration - 1) + STEPS.index(step_name) + 1
        if not 0 < position <= self.last:
            raise ValueError(f"the record has iterations 1 to {len(self.recording.iterations)}")
        self.position = position

    def select(self, weight: Weight) -> None:
        """Highlight ``weight``.

        Raises:
            ValueError: for a weight that the network does not have.
        """
        if weight not in self.iteration.slopes:
            raise ValueError(f"the network has no weight {weight.code}")
        self.weight = weight

    def select_neighbour(self, offset: int) -> None:
        """Highlight the weight ``offset`` places on in the list, round and round."""
        weights = self.recording.weights
        self.weight = weights[(weights.index(self.weight) + offset) % len(weights)]

    def _move_to(self, position: int) -> bool:
        moved = 0 <= position <= self.last and position != self.position
        if moved:
            self.position = position
        return moved
