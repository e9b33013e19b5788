"""What is drawn is what the model says, in three looks that need no colour, and it fits."""

import itertools
import re
import textwrap
import xml.etree.ElementTree as ET
from collections import defaultdict
from pathlib import Path

import matplotlib
import pytest
from matplotlib.ft2font import FT2Font

from course_lib.widgets.batches import rendering
from course_lib.widgets.batches.grid import CELLS_HEIGHT, MOST_PICTURED, grid, layout
from course_lib.widgets.batches.grid import WIDTH as GRID_WIDTH
from course_lib.widgets.batches.model import BatchExplorer
from course_lib.widgets.batches.panel import panel
from course_lib.widgets.batches.record import MAX_SAMPLES, LoaderSettings
from course_lib.widgets.batches.sentences import longest, plain, what_to_see
from course_lib.widgets.batches.timeline import timeline
from course_lib.widgets.batches.view import _pixels
from course_lib.widgets.svg import Picture

SVG = "{http://www.w3.org/2000/svg}"
FONTS = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
SIZES = (1, 2, 20, 24, 25, 60, 100, 128, 129, 200, 256)
IMAGES = _pixels(None)


def explorer_at(position: int, *settings: object) -> BatchExplorer:
    explorer = BatchExplorer(LoaderSettings(*settings))
    explorer.go_to(position)
    return explorer


def elements(picture: Picture, tag: str) -> list[ET.Element]:
    return list(ET.fromstring(picture.standalone()).iter(SVG + tag))


def boxes_of(picture: Picture, look: str) -> int:
    """Cells of one look: each is one closed box within that look's path."""
    paths = [e for e in elements(picture, "path") if e.attrib.get("class") == look]
    return sum(path.attrib["d"].count("z") for path in paths)


def test_all_cells_fit_their_frame() -> None:
    for count in range(1, MAX_SAMPLES + 1):
        cell, columns = layout(count)
        rows = -(-count // columns)
        assert columns * cell <= GRID_WIDTH and rows * cell <= CELLS_HEIGHT
        assert cell >= 16


@pytest.mark.parametrize("count", SIZES)
@pytest.mark.parametrize("position", [0, 1, 3, 7])
def test_each_cell_has_the_look_of_its_state(count: int, position: int) -> None:
    explorer = explorer_at(position, count, min(7, count), 5)
    states = [explorer.state_of(sample) for sample in range(count)]
    drawn = grid(explorer, IMAGES)
    assert boxes_of(drawn, "f-forward l-forward") == states.count("current")
    assert boxes_of(drawn, "panel") == states.count("seen")
    assert boxes_of(drawn, "ground quiet") == states.count("waiting")
    marks = [e for e in elements(drawn, "path") if e.attrib.get("class") == "l-update"]
    ticks = sum(path.attrib["d"].count("M") for path in marks)
    assert ticks == states.count("seen") + 1, "one in the legend"


@pytest.mark.parametrize("count", [20, 100, 256])
def test_the_batch_stands_out_without_colour(count: int) -> None:
    explorer = explorer_at(3, count, 6, 5)
    drawn = grid(explorer, IMAGES)
    bold = {e.text for e in elements(drawn, "text") if "w" in e.attrib["class"].split()}
    dots = [e for e in elements(drawn, "path") if e.attrib.get("fill") == "#FFFFFF"]
    if count < 256:
        assert bold == {str(sample) for sample in explorer.batch} and dots == []
    else:  # no room for numbers
        assert sum(e.attrib["d"].count("z") for e in dots) == len(explorer.batch)


def test_cells_show_the_samples_own_images() -> None:
    few, many = (grid(explorer_at(2, n, 4, 5), IMAGES) for n in (MOST_PICTURED, MOST_PICTURED + 1))
    assert len(elements(few, "image")) == MOST_PICTURED and elements(many, "image") == []
    explorer = explorer_at(8)
    in_panel = [e.attrib["href"] for e in elements(panel(explorer, IMAGES, 0), "image")]
    sources = {e.attrib["href"] for e in elements(grid(explorer, IMAGES), "image")}
    assert len(in_panel) == 4 and set(in_panel) <= sources
    assert len(set(in_panel)) == 4, "four different images"


@pytest.mark.parametrize("size", [1, 15, 16, 72, 73, 200, 256])
def test_the_panel_names_the_members_in_the_loaders_order(size: int) -> None:
    explorer = explorer_at(1, 256, size, 2)
    drawn = panel(explorer, IMAGES, 0)
    words = [e.text or "" for e in elements(drawn, "text")]
    start = words.index("this batch, in the loader’s order") + 1
    shown = [int(word) for word in words[start:] if word.isdigit()]
    assert shown == list(explorer.batch[: len(shown)])
    assert len(shown) == size or words[-1] == f"… and {size - len(shown)} more"
    assert all(float(e.attrib["y"]) < drawn.height for e in elements(drawn, "text"))


def test_relations_are_spelled_out_with_the_current_numbers() -> None:
    text = rendering.text_view(explorer_at(6, 22, 6, 5, True, True))
    for words in ("⌊22 / 6⌋ = 3", "5 × 3 = 15", "1 × 3 + 3 = 6", "left out of this epoch: 4"):
        assert words in text
    assert "epoch 2 of 5 · batch 3 of 3 · iteration 6 of 15 · 100 % of this epoch" in text
    text = rendering.text_view(explorer_at(6, 22, 6, 5))
    for words in ("⌈22 / 6⌉ = 4", "5 × 4 = 20", "1 × 4 + 2 = 6", "last batch: 4", "epoch: 0"):
        assert words in text
    assert "· 50 % of this epoch" in text


def test_the_picture_says_what_the_model_says_in_every_state() -> None:
    explorer = BatchExplorer(LoaderSettings(22, 6, 3))
    while explorer.step():
        drawn = rendering.static_picture(explorer, IMAGES)
        words = [e.text for e in elements(drawn, "text")]
        assert f"{explorer.epoch - 1} × 4 + {explorer.batch_number} = {explorer.position}" in words
        ET.fromstring(f"<div>{rendering.html(explorer, IMAGES)}</div>")


def test_sentences_tell_the_end_of_an_epoch_from_its_middle() -> None:
    said = {p: plain(what_to_see(explorer_at(p, 22, 6, 2))) for p in (0, 1, 4)}
    assert "22 samples in batches of 6, shuffled anew each epoch" in said[0]
    assert "iteration 1. In this epoch, 16 of 22 have not been used yet" in said[1]
    assert "each of the 22 samples was used exactly once" in said[4]
    assert "last batch had only 4" in said[4]
    dropped = plain(what_to_see(explorer_at(3, 22, 6, 2, False, True)))
    assert "4 samples went unused (no. 18, 19, 20, 21)" in dropped
    assert "the same in every epoch" in dropped
    assert "always in the same order" in what_to_see(explorer_at(0, 22, 6, 2, False))


def width_of(words: str, classes: list[str]) -> float:
    """Width in pixels of words in DejaVu, which is wider than the usual system faces."""
    face = f"DejaVuSans{'Mono' if 'n' in classes else ''}{'-Bold' if 'b' in classes else ''}.ttf"
    font = FT2Font(str(FONTS / face))
    font.set_size(12 if "sm" in classes else 15 if "lg" in classes else 13, 72)
    font.set_text(words)
    return float(font.get_width_height()[0] / 64)


def collisions(picture: Picture) -> list[str]:
    lines = defaultdict(list)
    for e in elements(picture, "text"):
        classes, words = e.attrib["class"].split(), "".join(e.itertext())
        x, width = float(e.attrib["x"]), width_of(words, classes)
        left = x - (width if "end" in classes else width / 2 if "mid" in classes else 0)
        lines[e.attrib["y"]].append((left, left + width, words))
    found = []
    for spans in lines.values():
        for (_, end, one), (start, _, two) in itertools.pairwise(sorted(spans)):
            if end + 2 > start:
                found.append(f"{one!r} runs into {two!r}")
        found += [f"{w!r} leaves" for a, b, w in spans if a < -0.5 or b > picture.width + 0.5]
    return found


@pytest.mark.parametrize(
    "settings",
    [(20, 4, 5), (256, 128, 8), (256, 1, 8), (255, 100, 8, True, True), (128, 16, 5), (24, 15, 1)],
)
def test_no_words_collide(settings: tuple[object, ...]) -> None:
    explorer = BatchExplorer(LoaderSettings(*settings))
    for position in {0, 1, explorer.last // 2, explorer.last - 1, explorer.last}:
        explorer.go_to(position)
        assert collisions(panel(explorer, IMAGES, 0)) == []
        assert collisions(grid(explorer, IMAGES)) == []
        assert collisions(timeline(explorer)) == []


@pytest.mark.parametrize("settings", [(20, 4, 5), (22, 6, 5, False, True), (256, 100, 8, True)])
def test_height_is_steady_and_the_longest_sentence_has_room(settings: tuple[object, ...]) -> None:
    explorer = BatchExplorer(LoaderSettings(*settings))
    room, heights = len(plain(longest(explorer.settings))), set()
    while True:
        sentence = plain(what_to_see(explorer))
        assert len(sentence) <= room + 2  # a position has one digit more than the one measured
        assert len(textwrap.wrap(sentence, rendering.SENTENCE_COLUMNS)) <= 2
        heights.add(rendering.static_picture(explorer, IMAGES).height)
        if not explorer.step():
            break
    assert len(heights) == 1


@pytest.mark.parametrize("settings", [(20, 4, 5), (24, 15, 5), (128, 30, 5), (256, 100, 8)])
def test_one_redraw_is_light(settings: tuple[object, ...]) -> None:
    drawn = rendering.html(explorer_at(3, *settings), IMAGES)
    assert len(drawn.encode()) < 32_000


def test_the_bar_of_an_epoch_shows_a_short_last_batch() -> None:
    bars = [
        e for e in elements(timeline(explorer_at(4, 22, 6, 1)), "rect") if e.get("height") == "10"
    ]
    widths = [float(e.attrib["width"]) for e in bars]
    assert len(widths) == 3  # the batch in hand, the last one, is drawn taller
    (tall,) = [
        e for e in elements(timeline(explorer_at(4, 22, 6, 1)), "rect") if e.get("height") == "14"
    ]
    assert (float(tall.attrib["width"]) + 2) / (widths[0] + 2) == pytest.approx(4 / 6, rel=0.02)
    left = timeline(explorer_at(1, 22, 6, 1, True, True)).body
    assert re.search('class="ground quiet neg"', left)
