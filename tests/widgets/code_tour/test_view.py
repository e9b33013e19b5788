"""Rendering and view without a browser: pressing the buttons' own click handlers."""

import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from course_lib.widgets import code_tour
from course_lib.widgets.source_tour import colours, rendering
from course_lib.widgets.source_tour.model import Tour, load_tour, tour_names
from course_lib.widgets.source_tour.view import TourView

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(params=tour_names())
def tour(request: pytest.FixtureRequest) -> Tour:
    return load_tour(request.param)


@pytest.fixture
def view(tour: Tour) -> TourView:
    return TourView(tour)


def plain(html: str) -> str:
    return re.sub(r"<[^>]+>", "", html).replace("&#x27;", "'").replace("&quot;", '"')


def assert_at(view: TourView, place: int) -> None:
    """Everything on screen speaks of the note at ``place``."""
    note = view.tour.notes[place]
    listing = view.tour.listings[note.listing]
    assert view.tour.position == view.choice.value == place
    assert f"note {place + 1} of {len(view.tour.notes)}" in view.note.value
    visible = plain(view.note.value.split('aria-hidden="true"')[1])
    assert note.text.replace("`", "") in visible.replace("&lt;", "<").replace("&gt;", ">")
    rows = [int(row) for row in re.findall(r"\.r(\d+)", view._lit.value)]
    assert rows == list(range(note.rows[0], note.rows[1] + 1))
    assert f'class="no">{note.lines[0]}</span>' in view._listing.value
    assert listing.source.file in view.note.value
    lit = [p for p, button in enumerate(view.numbers) if button.button_style == "primary"]
    assert lit == [place]
    assert view.buttons["Previous note"].disabled == (place == 0)
    assert view.buttons["Next note"].disabled == (place == len(view.tour.notes) - 1)


def test_next_and_previous_walk_through_all_notes(view: TourView) -> None:
    last = len(view.tour.notes) - 1
    for place in range(last + 1):
        assert_at(view, place)
        view.buttons["Next note"].click()
    assert_at(view, last)
    for place in range(last, -1, -1):
        assert_at(view, place)
        view.buttons["Previous note"].click()
    assert_at(view, 0)


def test_the_list_and_the_numbers_go_to_a_note_at_once(view: TourView) -> None:
    last = len(view.tour.notes) - 1
    view.choice.value = last
    assert_at(view, last)
    for place in (2, last, 0):
        view.numbers[place].click()
        assert_at(view, place)


def test_a_number_stands_beside_the_row_of_its_note(view: TourView) -> None:
    """Adding up heights from the top: the oracle does not look at the model's rows."""
    for place, note in enumerate(view.tour.notes):
        view.numbers[place].click()
        top = 0
        for box in view._beside.children:
            if view.numbers[place] in box.children:
                break
            top += int(box.layout.height.removesuffix("px"))
        rows = re.findall(r'<div class="row r\d+">(.*?)</div>', view._listing.value)
        beside = rows[top // colours.ROW_HEIGHT]
        assert top % colours.ROW_HEIGHT == 0
        assert plain(beside).startswith(str(note.lines[0]))


def test_the_listing_is_drawn_anew_only_where_it_changes(view: TourView) -> None:
    drawn: list[str] = []
    view._listing.observe(lambda change: drawn.append(change["new"]), names="value")
    for _ in view.tour.notes[1:]:
        view.buttons["Next note"].click()
    assert len(drawn) == len(view.tour.listings) - 1


def test_every_listing_has_the_same_height(view: TourView) -> None:
    heights = set()
    for place in range(len(view.tour.notes)):
        view.numbers[place].click()
        heights.add(view._listing.value.count('<div class="row'))
    assert len(heights) == 1


def test_two_tours_on_a_page_light_their_own_lines(tour: Tour) -> None:
    one, two = TourView(tour), TourView(load_tour(tour.name))
    assert one.scope != two.scope
    assert one.scope in one._listing.value and one.scope in one._lit.value
    one.buttons["Next note"].click()
    assert (one.tour.position, two.tour.position) == (1, 0)


def test_controls_are_worded_and_explained(view: TourView) -> None:
    assert list(view.buttons) == ["Previous note", "Next note"]
    assert view.choice.description == "note"
    for place, button in enumerate(view.numbers):
        assert button.description == str(place + 1)
        assert button.tooltip == f"Note {place + 1}: {view.tour.notes[place].title}"


def test_the_picture_numbers_its_lines_and_tells_each_note(tour: Tour) -> None:
    drawn = rendering.static_picture(tour)
    words = re.findall(r">([^<>]+)</text>", drawn.body)
    for place, note in enumerate(tour.notes, 1):
        assert words.count(str(place)) >= 2, "beside the line and beside the note"
        assert f"{note.title}." in [w.replace("&gt;", ">") for w in words]
    told = " ".join(words)
    for note in tour.notes:
        assert rendering.gist(note).split(".")[0].split("`")[0][:30] in told


def test_badges_keep_off_the_line_numbers(tour: Tour) -> None:
    for place, listing in enumerate(tour.listings):
        for row, shown in enumerate(listing.rows):
            badges = sum(note.rows[0] == row for _, note in tour.notes_of(place))
            numbers = rendering.CODE_X - 10 - rendering.LETTER * len(str(shown.line))
            if badges:
                assert rendering.BADGE_STEP * (badges - 1) + 18 <= numbers


def test_lines_of_code_and_of_notes_stay_inside_the_picture(tour: Tour) -> None:
    width = rendering.WIDTH + 16  # the margin of the frame may be used by the longest line
    for listing in tour.listings:
        for row in listing.rows:
            assert rendering.CODE_X + rendering.LETTER * len(row.text) <= width + 16, row.text
    for note in tour.notes:
        assert len(textwrap.wrap(rendering.gist(note), rendering.NOTE_COLUMNS)) <= 2


def test_the_text_holds_every_line_and_every_note_in_full(tour: Tour) -> None:
    text = rendering.text_view(tour)
    for listing in tour.listings:
        assert all(row.text.rstrip() in text for row in listing.rows)
    for place, note in enumerate(tour.notes, 1):
        assert f"({place}) {note.title}. {note.text.replace('`', '')}" in text


def test_it_shows_widget_picture_and_text() -> None:
    pytest.importorskip("resvg_py")
    data, metadata = code_tour("validate")._repr_mimebundle_()
    assert set(data) == {"text/plain", "image/png", "application/vnd.jupyter.widget-view+json"}
    assert metadata["image/png"]["alt"].startswith("Code tour of validate: the source")
    assert "Run this notebook" in data["text/plain"]
    assert len(data["image/png"]) < 260_000, "three tours must leave room in a notebook of 1 MB"


def luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    bright, dim = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def mixed(over: str, ground: str, share: float) -> str:
    parts = [(int(over[i : i + 2], 16), int(ground[i : i + 2], 16)) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(share * a + (1 - share) * b):02X}" for a, b in parts)


@pytest.mark.parametrize("kind", colours.INKS)
def test_our_own_colours_can_be_read_on_a_lit_line_too(kind: str) -> None:
    ink = colours.INKS[kind]
    for theme, colour, ground in (("light", ink.light, "#FFFFFF"), ("dark", ink.dark, "#111111")):
        share = float(re.search(r"rgba\(0,114,178,(\.\d+)\)", colours.LIT[theme])[1])
        assert contrast(colour, ground) >= 4.5
        assert contrast(colour, mixed("#0072B2", ground, share)) >= 4.5


def test_nothing_is_deprecated() -> None:
    """ipywidgets 7.7.1 only warns about a keyword it does not know: here that is an error."""
    code = "from course_lib.widgets import code_tour\n" + "\n".join(
        f"code_tour({name!r})._repr_mimebundle_()" for name in tour_names()
    )
    run = subprocess.run(
        [sys.executable, "-W", "error::DeprecationWarning", "-c", code],
        capture_output=True, text=True, cwd=ROOT,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
