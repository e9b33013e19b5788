"""The tour on screen: buttons and a list bound to the model, and nothing else."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from course_lib.widgets.in_turn import in_turn
from course_lib.widgets.shown import Shown
from course_lib.widgets.source_tour import rendering
from course_lib.widgets.source_tour.colours import ROW_HEIGHT, lit_css, live_css
from course_lib.widgets.source_tour.model import Tour, load_tour

_BUTTON_WIDTH = 26  # pixels


def code_tour(name: str) -> Shown:
    """Visual 4: the library's own source of ``name``, with a note on each line that matters.

    Args:
        name: ``train_one_epoch``, ``validate`` or ``train_model``.

    Returns:
        What the cell shows: live buttons with a kernel, a picture without.

    Raises:
        ValueError: if there is no tour of that name, or if a note's code is no longer in the
            source exactly once.
    """
    view = TourView(load_tour(name))
    still = load_tour(name)  # the picture stays as it is wherever the reader goes
    return Shown(
        [view.controls, view.note, view.code],
        picture=lambda: rendering.static_picture(still),
        text=lambda: rendering.text_view(still),
        alt=(
            f"Code tour of {name}: the source of the library's function with a number beside each "
            "line that has a note, and below it what the notes say."
        ),
        caption=rendering.CAPTION,
        title=f"Code tour: {name}",
        zoom=1.5,
    )


class TourView:
    """Two buttons, a list of notes and a listing with a button beside each line with a note."""

    def __init__(self, tour: Tour) -> None:
        import ipywidgets

        self.tour = tour
        self._lock = threading.RLock()  # two widgets may call at once
        self.buttons = {
            "Previous note": self._button("Previous note", "Read the note before", self._on_back),
            "Next note": self._button("Next note", "Read the next note", self._on_next),
        }
        self.buttons["Next note"].button_style = "primary"
        names = [f"{place}  {note.title}" for place, note in enumerate(tour.notes, 1)]
        self.choice = ipywidgets.Dropdown(options=list(zip(names, range(len(names)), strict=True)))
        self.choice.description = "note"
        self.choice.style.description_width = "36px"
        self.choice.layout.width = "300px"
        self.choice.observe(in_turn(self._lock, self._on_choice), names="value")
        self.controls = ipywidgets.HBox([*self.buttons.values(), self.choice])
        self.controls.layout.flex_flow = "row wrap"
        self.note = ipywidgets.HTML()
        self._listing, self._lit = ipywidgets.HTML(), ipywidgets.HTML()
        self._listing.layout.margin = "0"
        self._listing.layout.flex = "1 1 0"
        self._listing.layout.min_width = "0"
        self._listing.add_class("course-listing")
        self._lit.layout.display = "none"  # a style sheet: its rules hold, it takes no room
        self.scope = f"tour-{self._listing.model_id}"  # no other tour on the page has it
        self.numbers = [self._number(place) for place in range(len(tour.notes))]
        self._gutters = [self._gutter(place) for place in range(len(tour.listings))]
        self._beside = ipywidgets.VBox()
        self._beside.layout.flex = "0 0 auto"
        self._beside.layout.overflow = "hidden"
        self.code = ipywidgets.HBox([self._lit, self._beside, self._listing])
        self._rows = max(len(listing.rows) for listing in tour.listings)
        self._shown: int | None = None
        self._draw()

    def _button(self, name: str, tip: str, act: Callable[[], None]) -> Any:
        import ipywidgets

        button = ipywidgets.Button(description=name, tooltip=tip)
        button.layout.width = "118px"
        button.on_click(in_turn(self._lock, lambda _: act()))
        return button

    def _number(self, place: int) -> Any:
        """The button beside a line, as high as the line."""
        note = self.tour.notes[place]
        tip = f"Note {place + 1}: {note.title}"
        button = self._button(str(place + 1), tip, lambda: self._go_to(place))
        button.layout.width, button.layout.height = f"{_BUTTON_WIDTH}px", f"{ROW_HEIGHT - 1}px"
        button.layout.margin = "0 0 1px 0"
        button.add_class("course-note-button")
        return button

    def _gutter(self, listing: int) -> list[Any]:
        """The column beside a listing: numbers where there are notes, room between them."""
        import ipywidgets

        by_row: dict[int, list[Any]] = {}
        for place, note in self.tour.notes_of(listing):
            by_row.setdefault(note.rows[0], []).append(self.numbers[place])
        column: list[Any] = []
        free = 0  # the next row that nothing stands beside yet
        for row, buttons in sorted(by_row.items()):
            column += [_room(row - free)] * (row > free)
            line = ipywidgets.HBox(buttons)
            line.layout.height = f"{ROW_HEIGHT}px"
            line.layout.overflow = "hidden"
            column.append(line)
            free = row + 1
        return column

    def _draw(self) -> None:
        tour = self.tour
        if tour.note.listing != self._shown:
            # Only where the listing changes: else a reader who has scrolled sideways would be
            # thrown back, and marked text would be lost.
            self._shown = tour.note.listing
            self._listing.value = rendering.listing_html(tour.listing, self.scope, self._rows)
            self._beside.children = self._gutters[tour.note.listing]
        self._lit.value = f"<style>{live_css()}{lit_css(self.scope, tour.note.rows)}</style>"
        for place, button in enumerate(self.numbers):
            button.button_style = "primary" if place == tour.position else ""
        self.buttons["Previous note"].disabled = tour.position == 0
        self.buttons["Next note"].disabled = tour.position == len(tour.notes) - 1
        self.note.value = rendering.note_html(tour)  # last: what it says is true of all the rest

    def _go_to(self, place: int) -> None:
        self.choice.value = place  # draws through _on_choice

    def _on_choice(self, change: dict[str, Any]) -> None:
        self.tour.go_to(change["new"])
        self._draw()

    def _on_next(self) -> None:
        self._go_to(min(self.tour.position + 1, len(self.tour.notes) - 1))

    def _on_back(self) -> None:
        self._go_to(max(self.tour.position - 1, 0))


def _room(rows: int) -> Any:
    import ipywidgets

    box = ipywidgets.Box()
    box.layout.height = f"{rows * ROW_HEIGHT}px"
    box.layout.flex = "0 0 auto"
    return box
