"""Words keep out of each other's way, measured with the widest face they are shown in."""

import itertools
import textwrap
import xml.etree.ElementTree as ET
from collections import defaultdict
from functools import cache
from pathlib import Path

import matplotlib
import pytest
from matplotlib.ft2font import FT2Font

from course_lib.widgets.stepper import Recording, rendering
from course_lib.widgets.stepper.model import STEPS, Stepper
from course_lib.widgets.stepper.network import network
from course_lib.widgets.stepper.panel import panel
from course_lib.widgets.stepper.sentences import plain, what_to_see
from course_lib.widgets.svg import Picture

FONTS = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
SIZES = {"sm": 12, "lg": 15}


@cache
def face(name: str) -> FT2Font:
    return FT2Font(str(FONTS / name))


@cache
def width_of(words: str, classes: tuple[str, ...]) -> float:
    """Width in pixels of words in DejaVu, which is wider than the usual system faces."""
    mono, bold = "n" in classes, "b" in classes
    name = f"DejaVuSans{'Mono' if mono else ''}{'-Bold' if bold else ''}.ttf"
    font = face(name)
    font.set_size(next((SIZES[c] for c in classes if c in SIZES), 13), 72)
    font.set_text(words)
    return font.get_width_height()[0] / 64


def spans_by_line(picture: Picture) -> dict[float, list[tuple[float, float, str]]]:
    lines = defaultdict(list)
    for element in ET.fromstring(picture.standalone()).iter("{http://www.w3.org/2000/svg}text"):
        classes = tuple(element.attrib["class"].split())
        words, x = element.text or "", float(element.attrib["x"])
        width = width_of(words, classes)
        left = x - (width if "end" in classes else width / 2 if "mid" in classes else 0)
        lines[float(element.attrib["y"])].append((left, left + width, words))
    return lines


def collisions(picture: Picture) -> list[str]:
    found = []
    for spans in spans_by_line(picture).values():
        for (_, end, one), (start, _, two) in itertools.pairwise(sorted(spans)):
            if end + 3 > start:
                found.append(f"{one!r} runs into {two!r}")
        for left, right, words in spans:
            if left < -0.5 or right > picture.width + 0.5:
                found.append(f"{words!r} leaves the picture")
    return found


def test_a_planted_collision_is_found() -> None:
    body = (
        '<text x="0" y="9" class="t">twelve words wide</text><text x="90" y="9" class="n">1</text>'
    )
    assert collisions(Picture(100, 20, body, "")) == [
        "'twelve words wide' runs into '1'",
        "'twelve words wide' leaves the picture",
    ]


@pytest.mark.parametrize("step", [None, *STEPS])
def test_nothing_collides_in_any_state(recording: Recording, step: str | None) -> None:
    stepper = Stepper(recording)
    for weight in recording.weights:
        stepper.select(weight)
        if step is not None:
            stepper.go_to(2, step)
        assert collisions(panel(stepper)) == []
        sides = [text for text in collisions(network(stepper)) if "leaves" in text]
        assert sides == []


def test_the_longest_sentence_fits_its_two_lines(recording: Recording) -> None:
    stepper = Stepper(recording)
    for _ in range(stepper.last):
        stepper.step()
        for weight in recording.weights:
            stepper.select(weight)
            lines = textwrap.wrap(plain(what_to_see(stepper)), rendering.SENTENCE_COLUMNS)
            assert len(lines) <= 2
            assert max(width_of(words, ("t",)) for words in lines) <= 760
