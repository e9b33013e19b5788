"""The lab on screen: settings, four buttons, the curves and what they say."""

from __future__ import annotations

import html
import threading
from collections.abc import Callable
from typing import Any

from course_lib.diagnosis import Diagnosis
from course_lib.history import History
from course_lib.widgets.in_turn import in_turn
from course_lib.widgets.lab import picture, words
from course_lib.widgets.lab.bench import Bench, nobody_watches
from course_lib.widgets.lab.controls import Controls
from course_lib.widgets.lab.model import Lab, Look
from course_lib.widgets.lab.settings import Settings
from course_lib.widgets.lab.training import make_worker, warm_up
from course_lib.widgets.live_training.view import TRACEBACK
from course_lib.widgets.shown import Shown


def curve_lab(
    learning_rate: float = 1.0,
    optimizer: str = "SGD",
    hidden: int = 64,
    num_train: int = 1000,
    dropout: float = 0.0,
    epochs: int = 15,
    *,
    seed: int = 0,
    batch_size: int = 64,
    fault: str = "",
    headless_seconds: float = 30.0,
) -> CurveLab:
    """Visual 5: choose settings, press Train, and read the curves of a real run.

    A 784-``hidden``-10 network trains on ``num_train`` of Fashion-MNIST's images in a thread, on
    the CPU; 2,000 others validate. Under the curves stands what :func:`course_lib.diagnose` takes
    them for, and a button that makes the run which would settle it. The arguments are the settings
    that the lab opens with; the reader changes them.

    With the environment variable ``COURSE_HEADLESS=1`` nobody watches: a run with these settings
    and the experiment that its diagnosis asks for are made before the call returns, in about
    ``headless_seconds`` at the latest.

    Args:
        learning_rate: of the optimizer; the slider goes from 0.00001 to 10.
        optimizer: "SGD" or "Adam".
        hidden: units of the hidden layer.
        num_train: training images, at most 8,000.
        dropout: share of hidden units dropped in training.
        epochs: of each run.
        seed: of weights and order; the same settings give the same curves.
        batch_size: of training.
        fault: "", "no step" (the optimizer's step is left out) or "log of softmax" (a hand-written
            loss on pixels from 0 to 255, which meets NaN).

    Returns:
        What the cell shows. ``.history`` and ``.diagnosis`` belong to the latest run, ``.wait()``
        waits for its end.

    Raises:
        ValueError: in one sentence, for a setting that no run can have.
    """
    settings = Settings(
        learning_rate, optimizer, hidden, num_train, dropout, epochs, seed, batch_size, fault
    )
    lab = CurveLab(settings)
    if nobody_watches():
        lab.run_headless(headless_seconds)
    return lab


class CurveLab(Shown):
    """The lab's widgets, bound to a :class:`Lab`; :func:`curve_lab` makes it."""

    def __init__(self, settings: Settings) -> None:
        import ipywidgets

        warm_up()
        self.lab = Lab(settings)
        self.bench = Bench(self._draw)
        self._lock = threading.RLock()  # the drawing thread and a click may come together
        self.buttons = {
            "Train": self._button("Train", "Train a network with these settings", self._on_train),
            "Pause": self._button("Pause", "Hold the run, or go on", self._on_pause),
            "Stop": self._button("Stop", "End the run after this batch", self._on_stop),
            "Reset": self._button("Reset", "Forget all runs", self._on_reset),
            "Lower": self._button("Lower", "Lower the learning rate", lambda: self._on_rate(-1)),
            "Higher": self._button("Higher", "Raise the learning rate", lambda: self._on_rate(1)),
            "Run it": self._button("Run it", "Make the next experiment", self._on_run_it),
        }
        self.buttons["Train"].button_style = "primary"
        self.controls = Controls(settings, self._on_setting, self._lock)
        self._page, self._table, self._said = (ipywidgets.HTML() for _ in range(3))
        self._experiment, self._traceback = ipywidgets.HTML(), ipywidgets.HTML()
        super().__init__(
            [*self._rows(), self._page, self._table, self._said, self._experiment_row(),
             self._traceback],
            picture=lambda: picture.whole(self.lab.look()),
            text=lambda: picture.as_text(self.lab.look()),
            alt=words.ALT,
            caption=words.CAPTION,
            title=words.TITLE,
        )  # fmt: skip
        self._draw()

    # ---- the runs ----

    @property
    def look(self) -> Look:
        """This moment: the latest run, its diagnosis and the runs before it."""
        return self.lab.look()

    @property
    def history(self) -> History:
        """The record of the latest run's finished epochs; empty before the first run."""
        return self.bench.history

    @property
    def diagnosis(self) -> Diagnosis | None:
        """What the latest run's curves look like; None while there are too few epochs."""
        return self.lab.look().found

    def wait(self) -> History:
        """Wait for the end of the run under way and return its history."""
        self.bench.wait()
        return self.history

    def run_headless(self, seconds: float) -> None:
        """Make a run with the settings, then the experiment that it asks for, in this thread."""
        worker = make_worker(self.lab.settings)
        self.lab.begin(worker.progress)
        self.bench.train_here(worker, 0.6 * seconds)
        experiment = self.lab.look().next
        if experiment is not None:
            worker = make_worker(experiment.settings)
            self.lab.begin_experiment(experiment, worker.progress)
            self.bench.train_here(worker, 0.4 * seconds)
        self._show_settings()

    # ---- what the buttons do ----

    def _on_train(self) -> None:
        with self._lock:
            worker = make_worker(self.lab.settings)
            self.lab.begin(worker.progress)
            self.bench.train(worker)

    def _on_run_it(self) -> None:
        with self._lock:
            experiment = self.lab.look().next
            if experiment is None:
                return
            worker = make_worker(experiment.settings)
            self.lab.begin_experiment(experiment, worker.progress)
            self._show_settings()
            self.bench.train(worker)

    def _on_pause(self) -> None:
        self.bench.pause_or_go_on()

    def _on_stop(self) -> None:
        self.bench.stop()

    def _on_reset(self) -> None:
        self.bench.stop()
        with self._lock:
            self.lab.reset()
            self._show_settings()
            self._draw()

    def _on_rate(self, offset: int) -> None:
        self.controls.by_name["learning_rate"].value = self.lab.neighbour_rate(offset)

    def _on_setting(self, name: str, value: Any) -> None:
        with self._lock:
            self.lab.choose(**{name: value})
            self._show_settings()

    # ---- the picture ----

    def _draw(self) -> None:
        """Put this moment on the page."""
        with self._lock:
            look = self.lab.look()
            self._table.value = picture.table(look)
            self._said.value = picture.diagnosis(look)
            self._experiment.value = (
                f'<div class="course-words">{html.escape(words.experiment(look))}</div>'
            )
            self.buttons["Pause"].description = "Continue" if self.bench.paused else "Pause"
            self.buttons["Train"].disabled = look.training
            self.buttons["Pause"].disabled = self.buttons["Stop"].disabled = not look.training
            self.buttons["Run it"].disabled = look.next is None
            trouble = self.bench.traceback if look.run is not None else ""
            self._traceback.value = TRACEBACK.format(html.escape(trouble)) if trouble else ""
            self._traceback.layout.display = "" if trouble else "none"
            self._page.value = picture.page(look)  # last: its state is then true of all the rest

    def _show_settings(self) -> None:
        with self._lock:
            self.controls.show(self.lab.settings)
            self._draw()

    # ---- the controls ----

    def _button(self, name: str, tip: str, act: Callable[[], None]) -> Any:
        import ipywidgets

        button = ipywidgets.Button(description=name, tooltip=tip)
        button.layout.width = "80px"
        button.on_click(in_turn(self._lock, lambda _: act()))
        return button

    def _rows(self) -> list[Any]:
        import ipywidgets

        first = [self.buttons[name] for name in ("Train", "Pause", "Stop", "Reset")]
        slider = self.controls.by_name["learning_rate"]
        second = [slider, self.buttons["Lower"], self.buttons["Higher"]]
        rest = [c for name, c in self.controls.by_name.items() if name != "learning_rate"]
        rows = [ipywidgets.HBox(row) for row in (first, second, rest)]
        for row in rows:
            row.layout.flex_flow = "row wrap"
        return rows

    def _experiment_row(self) -> Any:
        import ipywidgets

        row = ipywidgets.HBox([self.buttons["Run it"], self._experiment])
        row.layout.align_items = "flex-start"
        row.layout.min_height = "52px"
        return row
