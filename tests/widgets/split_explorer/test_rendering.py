"""The explorer's pictures and words carry the split's own numbers, and nothing jumps."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from itertools import product

import pytest

from course_lib.widgets import shown, split_explorer
from course_lib.widgets.splits import rendering, sentences
from course_lib.widgets.splits.model import PARTS, RATIOS, SIZES, SplitExplorer, course_explorer

SVG = "{http://www.w3.org/2000/svg}"
FRAME_LIMIT = 17_000  # bytes


def every_state() -> Iterator[SplitExplorer]:
    explorer = course_explorer()
    for ratio, size, stratify in product(RATIOS, SIZES, (True, False)):
        explorer.choose_ratio(ratio)
        explorer.set_num_samples(size)
        explorer.set_stratify(stratify)
        yield explorer
        explorer.set_seed(explorer.seed + 1)
        yield explorer


def texts(svg: str) -> list[str]:
    return [element.text or "" for element in ET.fromstring(svg).iter(f"{SVG}text")]


def test_every_frame_is_well_formed_small_and_of_one_size() -> None:
    boxes, heights = set(), set()
    for explorer in every_state():
        html = rendering.html(explorer)
        ET.fromstring(f"<div>{html}</div>")
        assert len(html.encode()) <= FRAME_LIMIT
        assert not re.search(r"\bnan\b|\binf\b", html)
        boxes.add(tuple(re.findall(r'viewBox="([^"]+)"', html)))
        picture = rendering.static_picture(explorer)
        heights.add((picture.width, picture.height))
    assert len(boxes) == len(heights) == 1 and heights.pop()[0] == 760


def test_no_sentence_is_longer_than_the_room_kept_for_it() -> None:
    for explorer in every_state():
        assert len(sentences.plain(sentences.what_to_see(explorer))) <= len(sentences.ROOM)


def test_each_part_shows_its_counts() -> None:
    for explorer in every_state():
        for part, name in enumerate(PARTS):
            drawn = texts(rendering.part_panel(explorer, part).standalone())
            assert drawn[:2] == [name, f"{explorer.split.counts[part]:,}"]
            numbers = [t.lstrip("▸") for t in drawn if re.fullmatch(r"▸?[\d,]+", t)][1:]
            assert numbers == [f"{n:,}" for n in explorer.split.class_counts[part]]


def test_bars_are_as_long_as_their_counts() -> None:
    explorer = course_explorer()
    explorer.set_stratify(False)
    root = ET.fromstring(rendering.part_panel(explorer, 1).standalone())
    bars = [r for r in root.iter(f"{SVG}rect") if r.attrib["class"] == "f-validation"]
    lengths = [float(bar.attrib["width"]) for bar in bars]
    counts = explorer.split.class_counts[1]
    assert len(bars) == 10
    for length, count in zip(lengths, counts, strict=True):
        assert length / lengths[0] == pytest.approx(count / counts[0], rel=0.01)
    (mark,) = {float(line.attrib["x1"]) for line in root.iter(f"{SVG}line")}
    fair = (mark - rendering.NAMES) / lengths[0] * counts[0]  # in samples, on the bars' own scale
    assert fair == pytest.approx(15, rel=0.01)
    # in the middle of the room, in every part: so the parts can be compared
    room = rendering.PART_WIDTH - rendering.NAMES - rendering.NUMBERS
    assert mark == pytest.approx(rendering.NAMES + room / 2, abs=0.1)


def test_the_error_bar_lies_where_its_numbers_say() -> None:
    explorer = course_explorer()
    low, high = explorer.error_bar(2)
    root = ET.fromstring(rendering.error_bar(explorer, 2).standalone())
    ends = [r for r in root.iter(f"{SVG}rect") if r.attrib["class"] == "a-test"]
    bar = max(ends, key=lambda r: float(r.attrib["width"]))
    grid = sorted({float(line.attrib["x1"]) for line in root.iter(f"{SVG}line")})
    assert grid[0] < 20, "the axis begins at the left edge"
    for share, x in (
        (low, float(bar.attrib["x"])),
        (high, float(bar.attrib["x"]) + float(bar.attrib["width"])),
    ):
        assert (share - 0.5) / 0.5 == pytest.approx((x - grid[0]) / (grid[-1] - grid[0]), abs=0.003)
    drawn = texts(rendering.error_bar(explorer, 2).standalone())
    assert f"{100 * low:.1f} % to {100 * high:.1f} %" in drawn


def test_an_error_bar_that_leaves_the_axis_says_so() -> None:
    explorer = course_explorer(num_samples=100)
    assert "<polygon" not in rendering.error_bar(explorer, 2).body
    explorer.choose_ratio((98, 1, 1))
    assert explorer.error_bar(2)[0] < 0.5
    assert "<polygon" in rendering.error_bar(explorer, 2).body


def test_the_words_hold_the_current_numbers() -> None:
    explorer = course_explorer()
    assert sentences.state(explorer) == "1,000 samples · 70 / 15 / 15 % · stratified · seed 0"
    words = sentences.plain(sentences.what_to_see(explorer))
    assert words == (
        "Validation has 15 of every class. "
        "With 85 % right on the test set, the 95 % interval would be 78.4 % to 89.8 %."
    )
    explorer.set_stratify(False)
    counts = explorer.split.class_counts[1]
    assert f"from {min(counts)} to {max(counts)} of a class" in sentences.plain(
        sentences.what_to_see(explorer)
    )
    explorer.choose_ratio((98, 1, 1))
    missing = len(explorer.missing(1))
    assert f"none of {missing} of the classes" in sentences.plain(sentences.what_to_see(explorer))
    explorer.set_seed(4)
    words = sentences.plain(sentences.what_to_see(explorer))
    assert f"{explorer.former_training_samples} of these 10 test samples" in words
    assert "under seed 0" in words


def test_a_lone_test_sample_and_one_that_nobody_knows_are_told_as_such() -> None:
    explorer = course_explorer(num_samples=100)
    explorer.choose_ratio((98, 1, 1))
    told = set()
    for seed in range(1, 40):
        explorer.set_seed(seed)
        words = sentences.plain(sentences.what_to_see(explorer))
        assert "the one test sample was" in words and "samples" not in words
        known = explorer.former_training_samples
        assert ("knows it" in words) == (known == 1) and ("was not a" in words) == (known == 0)
        told.add(known)
    assert told == {0, 1}


def test_the_text_view_lists_every_class_of_every_part() -> None:
    explorer = course_explorer()
    words = sentences.text_view(explorer)
    assert "train: 700 samples, learns the weights" in words
    for part in range(3):
        pairs = zip(explorer.class_names, explorer.split.class_counts[part], strict=True)
        assert ", ".join(f"{name} {count}" for name, count in pairs) in words
    assert "<b>" not in words


def test_the_cell_shows_widget_picture_and_text() -> None:
    pytest.importorskip("resvg_py")
    data, metadata = split_explorer()._repr_mimebundle_()
    assert set(data) == {"text/plain", "image/png", "application/vnd.jupyter.widget-view+json"}
    assert "Run this notebook" in data["text/plain"] and "plain · seed 0" in data["text/plain"]
    assert "Split explorer" in metadata["image/png"]["alt"]
    picture = shown.framed(rendering.static_picture(course_explorer()), "A caption.", "alt")
    assert len(shown.png(picture)) < 150_000
