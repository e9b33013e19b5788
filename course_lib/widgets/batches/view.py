"""The explorer on screen: buttons and sliders bound to the model, and nothing else."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from torch import Tensor

from course_lib.widgets.batches import rendering, sentences
from course_lib.widgets.batches.model import BatchExplorer
from course_lib.widgets.batches.record import MAX_SAMPLES, LoaderSettings
from course_lib.widgets.in_turn import in_turn
from course_lib.widgets.shown import Shown
from course_lib.widgets.ticker import Ticker

SECONDS_OF_PLAY = 10.0  # for the whole record, within the two limits below
SLOWEST, FASTEST = 0.6, 0.03  # seconds a batch


def batch_explorer(
    num_samples: int = 20,
    batch_size: int = 4,
    epochs: int = 5,
    *,
    shuffle: bool = True,
    drop_last: bool = False,
    seed: int = 0,
    images: Tensor | None = None,
) -> Shown:
    """Visual 2: the batches of a real ``DataLoader``, handed out one at a time.

    Args:
        num_samples, batch_size, epochs, shuffle, drop_last, seed: see
            :class:`~course_lib.widgets.batches.record.LoaderSettings`. All but ``epochs``
            and ``seed`` can be changed with the controls.
        images: ``uint8``, at least 256×28×28, the samples' pictures. Default: the course's own.

    Returns:
        What the cell shows: live controls with a kernel, a picture without.
    """
    settings = LoaderSettings(num_samples, batch_size, epochs, shuffle, drop_last, seed)
    pixels = _pixels(images)
    example = BatchExplorer(settings)
    example.go_to(min(example.batches_per_epoch + 3, example.last))  # epoch 2 has begun
    view = BatchExplorerView(BatchExplorer(settings), pixels)
    return Shown(
        [view.moves, view.settings, view.page],
        picture=lambda: rendering.static_picture(example, pixels),
        text=lambda: rendering.text_view(example),
        alt=sentences.ALT,
        caption=sentences.CAPTION,
        title=sentences.TITLE,
    )


def _pixels(images: Tensor | None) -> list[bytes]:
    if images is None:
        from course_lib.data import fashion_mnist

        images = fashion_mnist().train.tensors[0]
    if len(images) < MAX_SAMPLES:
        raise ValueError(f"images must hold at least {MAX_SAMPLES} pictures, not {len(images)}.")
    greys = images[:MAX_SAMPLES] // 17 * 17  # 16 of the 256: no visible change, far fewer bytes
    return [image.numpy(force=True).tobytes() for image in greys]


class BatchExplorerView:
    """Buttons, two sliders and one HTML area, bound to a :class:`BatchExplorer`."""

    def __init__(
        self,
        explorer: BatchExplorer,
        images: Sequence[bytes],
        seconds_per_batch: float | None = None,
    ) -> None:
        import ipywidgets

        self.explorer, self._images = explorer, images
        self._pace = seconds_per_batch
        self._lock = threading.RLock()  # Play's thread and two clicks may come together
        self._ticker: Ticker | None = None
        self.page = ipywidgets.HTML()
        self.buttons: dict[str, Any] = {}
        self.moves = self._row(
            self._button("Back", "Take the last batch back", lambda: self._move(explorer.back)),
            self._button("Step", "Hand out the next batch", lambda: self._move(explorer.step)),
            self._button("Play", "Hand out batch after batch", self._on_play, holds=True),
            self._button("Reset", "Go back to the start", lambda: self._move(explorer.reset)),
            self._button(
                "Finish epoch", "Hand out the rest of this epoch",
                lambda: self._move(explorer.finish_epoch), width=104,
            ),
            self._button("shuffle", "A new order each epoch, or always the same",
                         lambda: self._flip("shuffle"), width=104),
            self._button("drop_last", "Leave out a last batch that is not full, or hand it out",
                         lambda: self._flip("drop_last"), width=116),
        )  # fmt: skip
        self.buttons["Step"].button_style = "primary"
        self.sliders = {
            "num_samples": self._slider("samples N", explorer.settings.num_samples),
            "batch_size": self._slider("batch size B", explorer.settings.batch_size),
        }
        for name, slider in self.sliders.items():
            slider.observe(in_turn(self._lock, partial(self._on_slider, name)), "value")
        self.settings = self._row(
            self._with_buttons("N", "num_samples", "sample"),
            self._with_buttons("B", "batch_size", "sample in each batch"),
        )
        self._draw()

    def _row(self, *children: Any) -> Any:
        import ipywidgets

        row = ipywidgets.HBox(list(children))
        row.layout.flex_flow = "row wrap"
        return row

    def _button(
        self,
        name: str,
        tip: str,
        act: Callable[[], object],
        *,
        width: int = 72,
        holds: bool = False,
    ) -> Any:
        import ipywidgets

        def pressed(_: object) -> None:
            if not holds:
                self._stop()
            act()

        button = ipywidgets.Button(description=name, tooltip=tip)
        button.layout.width = f"{width}px"
        button.on_click(in_turn(self._lock, pressed))
        self.buttons[name] = button
        return button

    def _slider(self, words: str, value: int) -> Any:
        import ipywidgets

        slider = ipywidgets.IntSlider(value=value, min=1, max=MAX_SAMPLES, description=words)
        slider.style.description_width = "80px"
        slider.layout.width = "236px"
        return slider

    def _with_buttons(self, letter: str, name: str, unit: str) -> Any:
        """A slider with a button on either side: a slider alone cannot be used by everyone."""

        def by(offset: int) -> Callable[[], object]:
            return lambda: self._change({name: getattr(self.explorer.settings, name) + offset})

        fewer = self._button(f"{letter} −", f"One {unit} less", by(-1), width=52)
        more = self._button(f"{letter} +", f"One {unit} more", by(+1), width=52)
        return self._row(self.sliders[name], fewer, more)

    def _draw(self) -> None:
        now = self.explorer.settings
        for name in ("shuffle", "drop_last"):
            self.buttons[name].description = f"{name}: {'on' if getattr(now, name) else 'off'}"
        for name, slider in self.sliders.items():
            slider.value = getattr(now, name)
        self.page.value = rendering.html(self.explorer, self._images)

    def _move(self, move: Callable[[], bool]) -> bool:
        with self._lock:
            moved = move()
            if moved:
                self._draw()
            return moved

    def _change(self, settings: dict[str, Any]) -> None:
        """Other settings make another loader; what the sliders then say comes from the model."""
        self._stop()
        with self._lock:
            self.explorer.change(**settings)
            self._draw()

    def _on_slider(self, name: str, change: dict[str, Any]) -> None:
        self._change({name: change["new"]})

    def _flip(self, name: str) -> None:
        self._change({name: not getattr(self.explorer.settings, name)})

    def _on_play(self) -> None:
        if self._stop():
            return
        if self.explorer.position == self.explorer.last:
            self._move(self.explorer.reset)
        pace = self._pace or min(max(SECONDS_OF_PLAY / self.explorer.last, FASTEST), SLOWEST)
        self.buttons["Play"].description = "Pause"
        self._ticker = Ticker(self._play_one, pace, when_stopped=self._say_play)
        self._ticker.start()

    def _play_one(self) -> bool:
        self._move(self.explorer.step)
        return self.explorer.position < self.explorer.last

    def _stop(self) -> bool:
        """Stop playing. False where nothing played."""
        if self._ticker is None or not self._ticker.ticking:
            return False
        self._ticker.stop()
        return True

    def _say_play(self) -> None:
        self.buttons["Play"].description = "Play"
