"""Colours that can be read, numbers that can be compared, markup that parses."""

import math
import re
import xml.etree.ElementTree as ET

import pytest

from course_lib.widgets import palette, svg
from course_lib.widgets.palette import GROUND, HUES, INK, MUTED_OPACITY, PANEL_OPACITY, WHITE

Colour = tuple[float, float, float]


def rgb(text: str) -> Colour:
    red, green, blue = (int(text[i : i + 2], 16) for i in (1, 3, 5))
    return red, green, blue


def over(ink: str, ground: Colour, opacity: float) -> Colour:
    mixed = [opacity * a + (1 - opacity) * b for a, b in zip(rgb(ink), ground, strict=True)]
    return mixed[0], mixed[1], mixed[2]


def contrast(one: Colour, two: Colour) -> float:
    """Contrast ratio as WCAG 2.2 defines it (w3.org/TR/WCAG22, relative luminance)."""

    def luminance(colour: Colour) -> float:
        parts = [c / 255 for c in colour]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted((luminance(one), luminance(two)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_the_yardstick_itself() -> None:
    assert contrast(rgb("#000000"), rgb("#FFFFFF")) == pytest.approx(21)
    assert contrast(rgb("#777777"), rgb("#FFFFFF")) == pytest.approx(4.48, abs=0.01)  # well known


def grounds(theme: str) -> list[Colour]:
    """Page and panel, with our ink and with JupyterLab's pure black or white."""
    page = rgb(GROUND[theme])
    pure = "#000000" if theme == "light" else "#FFFFFF"
    return [page, over(INK[theme], page, PANEL_OPACITY), over(pure, page, PANEL_OPACITY)]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("role", HUES)
def test_coloured_words_can_be_read(role: str, theme: str) -> None:
    hue = HUES[role]
    colour = rgb(hue.on_light if theme == "light" else hue.on_dark)
    for ground in grounds(theme):
        assert contrast(colour, ground) >= 4.5


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_plain_and_muted_words_can_be_read(theme: str) -> None:
    for ground in grounds(theme):
        assert contrast(rgb(INK[theme]), ground) >= 7
        assert contrast(over(INK[theme], ground, MUTED_OPACITY), ground) >= 4.5


@pytest.mark.parametrize("role", HUES)
def test_white_words_can_be_read_on_fills(role: str) -> None:
    assert contrast(rgb(WHITE), rgb(HUES[role].fill)) >= 4.5


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("role", HUES)
def test_lines_can_be_seen(role: str, theme: str) -> None:
    """The given purple reaches 3:1 on the dark page only; everywhere it is backed by numbers."""
    floor = 2.9 if (role, theme) == ("backward", "light") else 3.0
    assert contrast(rgb(HUES[role].line), rgb(GROUND[theme])) >= floor


def test_meanings_that_share_a_hue_differ_in_their_dash() -> None:
    looks = {role: (HUES[role].line, HUES[role].dash) for role in ("train", "validation", "test")}
    assert len(set(looks.values())) == len({dash for _, dash in looks.values()}) == 3


def test_the_static_sheet_has_no_variables_and_the_live_one_always_a_fallback() -> None:
    assert "var(" not in palette.static_css()
    live = palette.live_css()
    assert live.count("{") == live.count("}")
    theirs = re.findall(r"var\(--(?:jp|vscode)-[\w-]+(.)", live)
    assert theirs and set(theirs) == {","}


@pytest.mark.parametrize(
    ("value", "decimals", "expected"),
    [(-0.4127, 4, "−0.4127"), (2, 2, "2.00"), (-0.001, 2, "0.00"), (0.0, 1, "0.0"),
     (None, 2, "·"), (math.nan, 2, "NaN"), (math.inf, 2, "∞"), (-math.inf, 2, "−∞")],
)  # fmt: skip
def test_numbers(value: float | None, decimals: int, expected: str) -> None:
    assert svg.number(value, decimals) == expected


def test_a_sign_can_be_asked_for() -> None:
    assert [svg.number(v, 1, sign=True) for v in (1.0, -1.0, 0.04)] == ["+1.0", "−1.0", "0.0"]


@pytest.mark.parametrize(
    ("value", "expected"),
    [(3.14e-11, "3.1·10⁻¹¹"), (-2e5, "−2.0·10⁵"), (0.0, "0"), (1.0, "1.0·10⁰")],
)
def test_scientific_numbers(value: float, expected: str) -> None:
    assert svg.scientific(value) == expected


def test_words_cannot_break_the_markup() -> None:
    body = svg.text(0, 0, "a < b & 'c' \"d\"")
    picture = svg.Picture(10, 10, body, 'quotes " and < signs')
    root = ET.fromstring(picture.standalone())
    assert root.attrib["aria-label"] == 'quotes " and < signs'
    assert [t.text for t in root.iter("{http://www.w3.org/2000/svg}text")] == ["a < b & 'c' \"d\""]


def test_an_arrow_points_where_it_ends() -> None:
    drawn = svg.arrow(0, 0, 30, 40, "backward", head=10)
    corners = re.search(r'points="([^"]+)"', drawn)[1].split()
    assert corners[0] == "30,40"
    line_end = [float(re.search(rf'{key}="([^"]+)"', drawn)[1]) for key in ("x2", "y2")]
    assert line_end == [24, 32]  # 10 short of the point, along 3-4-5


def test_pictures_add_up() -> None:
    one, two = svg.Picture(100, 50, svg.rect(0, 0, 1, 1), "one"), svg.Picture(60, 70, "", "two")
    below, side = svg.stacked([one, two], gap=8), svg.beside([one, two], gap=20)
    assert (below.width, below.height, below.description) == (100, 128, "one two")
    assert (side.width, side.height) == (180, 70)
    assert 'transform="translate(120 0)"' in side.body
    assert 'transform="translate(0 58)"' in below.body
    ET.fromstring(svg.wrapping([one, two]))
