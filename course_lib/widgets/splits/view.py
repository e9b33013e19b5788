"""The split explorer on screen: sliders and buttons bound to the model, and nothing else."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from course_lib.widgets.in_turn import in_turn
from course_lib.widgets.shown import Shown
from course_lib.widgets.splits import rendering, sentences
from course_lib.widgets.splits.model import (
    MOST,
    PARTS,
    RATIOS,
    SplitExplorer,
    course_explorer,
)

STRATIFIED, PLAIN = "Stratified", "Plain"


def split_explorer(num_samples: int = 1_000, accuracy: float = 0.85) -> Shown:
    """Visual 3: divide the course's real labels into three sets, and see what each can tell.

    Args:
        num_samples: how many samples to begin with, from 100 to 10,000.
        accuracy: the share of right answers, from 0 to 1, whose error bar is shown.

    Returns:
        What the cell shows: live controls with a kernel, a picture without.
    """
    view = SplitExplorerView(course_explorer(num_samples, accuracy))
    example = course_explorer(num_samples, accuracy)
    example.set_stratify(False)  # there is more to see where chance had a hand in it
    return Shown(
        [*view.controls, view.page],
        picture=lambda: rendering.static_picture(example),
        text=lambda: sentences.text_view(example),
        alt=(
            "Split explorer: one bar cut into train, validation and test, the number of samples "
            "of each class in each part, and the error bars of an accuracy on the two small parts."
        ),
        caption=sentences.CAPTION,
        title="Split explorer",
    )


class SplitExplorerView:
    """Sliders, buttons and one HTML area, bound to a :class:`SplitExplorer`."""

    def __init__(self, explorer: SplitExplorer) -> None:
        import ipywidgets

        self.explorer = explorer
        self._lock = threading.RLock()  # two widgets may call at once
        self.page = ipywidgets.HTML()
        self.buttons: dict[str, Any] = {}
        self._showing = False  # while the sliders are set from the model, they change nothing
        self.sliders = [self._slider(part) for part in range(3)]
        options = [(f"{size:,} samples", size) for size in explorer.sizes]
        self.size = ipywidgets.Dropdown(options=options)
        self.size.layout.width = "140px"
        self.size.observe(in_turn(self._lock, self._on_size), names="value")
        self.how = ipywidgets.ToggleButtons(
            options=[STRATIFIED, PLAIN],
            tooltips=["Every class in proportion in each part", "Leave the classes to chance"],
        )
        self.how.style.button_width = "92px"
        self.how.observe(in_turn(self._lock, self._on_how), names="value")
        self.controls = [
            self._row([self._ratio_button(percents) for percents in RATIOS]),
            *(self._slider_row(part) for part in range(3)),
            self._row([self.how, self._seed_buttons(), self._size_box()]),
        ]
        self._show()

    def _row(self, children: list[Any]) -> Any:
        import ipywidgets

        row = ipywidgets.HBox(children)
        row.layout.flex_flow = "row wrap"
        row.layout.align_items = "center"
        return row

    def _button(self, name: str, tip: str, width: str, act: Callable[[], None]) -> Any:
        import ipywidgets

        def clicked(_: object) -> None:
            act()
            self._show()

        button = ipywidgets.Button(description=name, tooltip=tip)
        button.layout.width = width
        button.on_click(in_turn(self._lock, clicked))
        self.buttons[name] = button
        return button

    def _ratio_button(self, percents: tuple[int, int, int]) -> Any:
        tip = "{} % train, {} % validation, {} % test".format(*percents)
        name = "/".join(map(str, percents))
        return self._button(name, tip, "84px", lambda: self.explorer.choose_ratio(percents))

    def _slider(self, part: int) -> Any:
        import ipywidgets

        slider = ipywidgets.IntSlider(min=1, max=MOST, readout=False)
        slider.layout.width = "auto"
        slider.layout.flex = "1 1 120px"
        slider.layout.min_width = "0"
        moved = in_turn(self._lock, lambda change: self._on_slider(part, change["new"]))
        slider.observe(moved, names="value")
        return slider

    def _slider_row(self, part: int) -> Any:
        import ipywidgets

        less = self._nudge_button("−", part, -1)
        more = self._nudge_button("+", part, +1)
        row = ipywidgets.HBox([less, self.sliders[part], more])
        row.layout.max_width = "520px"
        return row

    def _nudge_button(self, sign: str, part: int, by: int) -> Any:
        word = "less" if by < 0 else "more"
        return self._button(
            f"{sign} {PARTS[part]}",
            f"1 % {word} for {PARTS[part]}",
            "104px",
            lambda: self.explorer.nudge_percent(part, by),
        )

    def _seed_buttons(self) -> Any:
        return self._row(
            [
                self._button("− seed", "Divide by the seed before", "72px", lambda: self._seed(-1)),
                self._button("+ seed", "Divide by the next seed", "72px", lambda: self._seed(+1)),
            ]
        )

    def _size_box(self) -> Any:
        move = self.explorer.nudge_num_samples
        return self._row(
            [
                self._button("− samples", "Fewer samples", "92px", lambda: move(-1)),
                self.size,
                self._button("+ samples", "More samples", "92px", lambda: move(+1)),
            ]
        )

    def _seed(self, by: int) -> None:
        self.explorer.set_seed(self.explorer.seed + by)

    def _on_slider(self, part: int, percent: int) -> None:
        if not self._showing:
            self.explorer.set_percent(part, percent)
            self._show()

    def _on_size(self, change: dict[str, Any]) -> None:
        if not self._showing:
            self.explorer.set_num_samples(change["new"])
            self._show()

    def _on_how(self, change: dict[str, Any]) -> None:
        if not self._showing:
            self.explorer.set_stratify(change["new"] == STRATIFIED)
            self._show()

    def _show(self) -> None:
        self._showing = True
        try:
            for slider, percent in zip(self.sliders, self.explorer.percents, strict=True):
                slider.value = percent
            self.size.value = self.explorer.num_samples
            self.how.value = STRATIFIED if self.explorer.stratify else PLAIN
        finally:
            self._showing = False
        self.page.value = rendering.html(self.explorer)
