"""The stepper on screen: buttons bound to the model, and nothing else."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from course_lib.widgets.in_turn import in_turn
from course_lib.widgets.shown import Shown
from course_lib.widgets.stepper import rendering, sentences
from course_lib.widgets.stepper.batch import SmallBatch
from course_lib.widgets.stepper.model import Stepper
from course_lib.widgets.stepper.record import Recording, record_steps
from course_lib.widgets.ticker import Ticker

SECONDS_PER_STEP = 1.0


def loop_stepper(
    iterations: int = 12,
    learning_rate: float = 0.5,
    seed: int = 0,
    *,
    batch: SmallBatch | None = None,
    recording: Recording | None = None,
) -> Shown:
    """Visual 1: a real training, walked through one of its four steps at a time.

    Args:
        iterations, learning_rate, seed, batch: of the training that is recorded, see
            :func:`~course_lib.widgets.stepper.record.record_steps`.
        recording: a training recorded before; the other arguments are then not used.

    Returns:
        What the cell shows: live buttons with a kernel, a picture without.
    """
    if recording is None:
        recording = record_steps(iterations, learning_rate, seed, batch=batch)
    view = StepperView(Stepper(recording))
    example = _worth_a_picture(recording)
    return Shown(
        [view.controls, view.page],
        picture=lambda: rendering.static_picture(example),
        text=lambda: rendering.text_view(example),
        alt=(
            "Loop stepper: a network with real numbers in the backward step, the highlighted "
            "weight's gradient found in three ways, and the loss so far."
        ),
        caption=sentences.CAPTION,
        title="Loop stepper",
    )


def _worth_a_picture(recording: Recording) -> Stepper:
    """The state that a page without a kernel shows: a backward pass with some curve behind it."""
    example = Stepper(recording)
    example.go_to(min(4, len(recording.iterations)), "backward")
    return example


class StepperView:
    """Buttons, a list of weights and one HTML area, bound to a :class:`Stepper`."""

    def __init__(self, stepper: Stepper, seconds_per_step: float = SECONDS_PER_STEP) -> None:
        import ipywidgets

        self.stepper = stepper
        self._lock = threading.RLock()  # Play's thread and two clicks may come together
        self._ticker = Ticker(self._play_one, seconds_per_step, when_stopped=self._say_play)
        self._room = sentences.longest(stepper)
        self.page = ipywidgets.HTML()
        self.buttons = {
            name: self._button(name, tip, act)
            for name, tip, act in (
                ("Back", "Undo the step just done", self._on_back),
                ("Step", "Do the next of the four steps", self._on_step),
                ("Play", "Run through the recorded training", self._on_play),
                ("Reset", "Go back to the start", self._on_reset),
                ("−", "Look at the previous weight", lambda: self._on_neighbour(-1)),
                ("+", "Look at the next weight", lambda: self._on_neighbour(1)),
            )
        }
        self.buttons["Step"].button_style = "primary"
        options = [(which.route, which) for which in stepper.recording.weights]
        self.choice = ipywidgets.Dropdown(options=options, value=stepper.weight)
        self.choice.description = "weight w"
        self.choice.style.description_width = "64px"
        self.choice.layout.width = "170px"
        self.choice.observe(self._on_choice, names="value")
        self.controls = ipywidgets.HBox([*list(self.buttons.values())[:4], self._weight_box()])
        self.controls.layout.flex_flow = "row wrap"
        self._draw()

    def _weight_box(self) -> Any:
        import ipywidgets

        return ipywidgets.HBox([self.choice, self.buttons["−"], self.buttons["+"]])

    def _button(self, name: str, tip: str, act: Callable[[], None]) -> Any:
        import ipywidgets

        button = ipywidgets.Button(description=name, tooltip=tip)
        button.layout.width = "36px" if len(name) == 1 else "72px"
        button.on_click(in_turn(self._lock, lambda _: act()))
        return button

    def _draw(self, *, moving: bool = False) -> None:
        self.page.value = rendering.html(self.stepper, moving=moving, room_for=self._room)

    def _move(self, move: Callable[[], bool], *, forwards: bool = False) -> bool:
        with self._lock:
            moved = move()
            if moved:
                self._draw(moving=forwards)
            return moved

    def _on_step(self) -> None:
        self._ticker.stop()
        self._move(self.stepper.step, forwards=True)

    def _on_back(self) -> None:
        self._ticker.stop()
        self._move(self.stepper.back)

    def _on_reset(self) -> None:
        self._ticker.stop()
        self._move(self.stepper.reset)

    def _on_play(self) -> None:
        if self._ticker.ticking:
            self._ticker.stop()
            return
        if self.stepper.position == self.stepper.last:
            self._move(self.stepper.reset)
        self.buttons["Play"].description = "Pause"
        self._ticker.start()

    def _play_one(self) -> bool:
        self._move(self.stepper.step, forwards=True)
        return self.stepper.position < self.stepper.last

    def _say_play(self) -> None:
        self.buttons["Play"].description = "Play"

    def _on_neighbour(self, offset: int) -> None:
        with self._lock:
            self.stepper.select_neighbour(offset)
            self.choice.value = self.stepper.weight  # draws through _on_choice

    def _on_choice(self, change: dict[str, Any]) -> None:
        with self._lock:
            self.stepper.select(change["new"])
            self._draw()
