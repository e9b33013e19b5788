"""What the lab draws and says, from looks that no run had to be made for."""

import math
import re
from itertools import pairwise
from xml.etree import ElementTree

import pytest

from course_lib.widgets.lab import picture, words
from course_lib.widgets.lab.curves import GUESSING, TALLEST, curves
from course_lib.widgets.lab.model import Lab
from course_lib.widgets.lab.settings import Settings
from course_lib.widgets.live_training import words as live_words
from course_lib.widgets.live_training.chart import spread
from course_lib.widgets.live_training.progress import Frame, Progress, State

GOOD = (2.0, 1.4, 1.0, 0.8, 0.7, 0.62, 0.57, 0.53)
STUCK = (2.31, 2.30, 2.32, 2.31, 2.33, 2.30, 2.31, 2.32)


def frame(train, val=None, **more):
    return Frame(8, State.DONE, train_loss=tuple(train), val_loss=tuple(val or train), **more)


def lab_with(*runs, settings=None, state=State.DONE, broke=None):
    lab = Lab(settings or Settings())
    for losses in runs:
        progress = Progress(8)
        lab.begin(progress)
        progress.epoch_done({"train_loss": losses, "val_loss": [x + 0.1 for x in losses]})
        if broke and losses is runs[-1]:
            progress.broke_in(*broke)
        progress.enter(state, "No finite training loss" if broke else "")
    return lab


def root(drawn):
    return ElementTree.fromstring(drawn.standalone())


def points(drawn, role, width):
    return [
        [tuple(map(float, p.split(","))) for p in e.get("points").split()]
        for e in root(drawn).iter()
        if e.get("class") == f"l-{role}" and e.get("stroke-width") == width
    ]


def texts(drawn):
    return [e.text for e in root(drawn).iter() if e.tag.endswith("text")]


def test_the_latest_run_is_strong_and_every_earlier_one_faint_on_the_same_axes():
    look = lab_with(STUCK, GOOD).look()
    drawn = picture.chart(look)
    (strong,), (faint,) = points(drawn, "train", "2.2"), points(drawn, "train", "1.4")
    assert [x for x, _ in strong] == [x for x, _ in faint]
    scale = (strong[-1][1] - strong[0][1]) / (GOOD[-1] - GOOD[0])  # pixels per unit of loss
    assert faint[0][1] - strong[0][1] == pytest.approx(scale * (STUCK[0] - GOOD[0]), abs=0.2)
    assert {"train", "validation", "1 train", "1 val"} <= set(texts(drawn))


def test_a_dashed_line_stands_where_guessing_is():
    drawn = picture.chart(lab_with(STUCK).look())
    (line,) = [e for e in root(drawn).iter() if e.get("class") == "quiet neg"]
    (train,) = points(drawn, "train", "2.2")
    # 2.30 and 2.31 lie just below and above log 10
    assert train[1][1] >= float(line.get("y1")) >= train[0][1]
    assert math.log(10) == GUESSING
    assert "guessing" in texts(drawn)
    low = picture.chart(lab_with((0.4, 0.3, 0.2)).look())  # an axis that ends below the line
    assert "guessing" not in texts(low)


def test_a_run_that_blew_up_does_not_flatten_the_next_one():
    huge = (2.0, 50.0, 900.0, 3e4, 1e6, 1e7, 1e8, 1e9)
    drawn = curves("x", frame(GOOD), [("1", frame(huge))])
    levels = [float(t) for t in texts(drawn) if re.fullmatch(r"\d+(\.\d+)?", t or "")]
    assert max(levels[:8]) <= 1.5 * TALLEST
    assert points(drawn, "train", "2.2")[0][0][1] < 190  # a loss of 2 stands well above the axis
    assert min(y for _, y in points(drawn, "train", "1.4")[0]) >= 50  # clipped along the top edge


def test_where_the_run_itself_leaves_the_picture_its_height_is_told():
    drawn = curves("x", frame((180.7, 2.9, 2.5, 2.5, 2.5, 2.5, 2.5, 2.5)))
    assert "▲ up to 180.700" in texts(drawn)
    assert not any("▲" in (t or "") for t in texts(curves("x", frame(GOOD))))


@pytest.mark.parametrize(
    "broken, said",
    [
        (frame([], [], broke=(1, 2), num_batches=16), "no finite loss from here on"),
        (frame([1.0, 0.8], broke=(3, 5), num_batches=16), "no finite loss from here on"),
        (frame([1.0, 0.8, math.nan], [1.0, 0.9, math.nan]), "no finite loss from here on"),
        (frame([1.0, 0.8], [math.inf, math.inf]), "no finite loss from here on"),
    ],
)
def test_a_nan_is_a_cross_with_words_and_never_a_coordinate(broken, said):
    drawn = curves("x", broken)
    assert said in texts(drawn)
    crosses = [e for e in root(drawn).iter() if e.get("class") == "l-loss"]
    assert len(crosses) == 2
    left, right = 46, drawn.width - 84
    where = left + (right - left) * broken.blew_up / 8
    assert float(crosses[0].get("x1")) == pytest.approx(where + 5, abs=0.2)
    assert not re.search(r'="[^"]*(nan|inf)', drawn.standalone())


def test_a_height_told_at_the_end_of_a_run_keeps_off_the_names_of_the_lines():
    broken = Frame(
        8, State.FAILED, train_loss=(2.2, 2.3, 9.0), val_loss=(2.2, 2.5, 30.0), broke=(4, 3)
    )
    heights = {e.text: float(e.get("y", 0)) for e in root(curves("x", broken)).iter() if e.text}
    assert heights["validation"] - heights["\u25b2 up to 30.000"] >= 13
    assert heights["\u25b2 up to 30.000"] - heights["x"] >= 13  # and off the title


@pytest.mark.parametrize("height", [196, 268])
def test_the_words_beside_the_cross_keep_off_the_line_of_guessing(height):
    broken = Frame(8, State.FAILED, note="No finite training loss", broke=(1, 3))
    drawn = root(curves("x", broken, height=height))
    (line,) = {e.get("y1") for e in drawn.iter() if e.get("class") == "quiet neg"} - {"52"}
    (words_,) = [e for e in drawn.iter() if e.text == live_words.NO_NUMBER]
    # Letters reach from 10 above their baseline to 3 below it.
    assert not float(words_.get("y")) - 10 < float(line) < float(words_.get("y")) + 3


def test_the_lab_names_the_epoch_and_the_cause_of_a_nan():
    look = lab_with(GOOD[:3], broke=(4, 2), state=State.FAILED).look()
    assert words.state_line(look) == "run 1 · ended: no finite loss in epoch 4, batch 2"
    said = dict(words.paragraphs(look))
    assert "blew up" in said["Diagnosis"] and said["Evidence"] == "No finite training loss"
    assert words.row(look.run, look.found)[2] == "NaN"


def test_an_error_is_told_and_nothing_is_diagnosed():
    lab = Lab(Settings())
    progress = Progress(8)
    lab.begin(progress)
    progress.enter(State.FAILED, "RuntimeError: no")
    assert words.paragraphs(lab.look()) == [("Error", "RuntimeError: no")]


def test_the_table_has_a_line_for_each_run_with_its_settings_and_gap():
    lab = lab_with(STUCK, GOOD)
    lab.choose(hidden=8)
    table = picture.table(lab.look())
    rows = re.findall(r"<tr>(.*?)</tr>", table)
    cells = [re.findall(r">([^<]*)</td>", row) for row in rows]
    assert cells[1][:5] == ["1", Settings().in_words(), "2.320", "2.420", "+0.100"]
    assert cells[2][:5] == ["2", Settings().in_words(), "0.530", "0.630", "+0.100"]


def test_the_outcome_names_the_promise_and_both_numbers():
    lab = lab_with(STUCK, settings=Settings(1.0))
    asked = lab.look().next
    progress = Progress(8)
    lab.begin_experiment(asked, progress)
    progress.epoch_done({"train_loss": GOOD, "val_loss": GOOD})
    progress.enter(State.DONE)
    said = words.outcome(lab.look())
    assert asked.promise in said
    assert ("It came true" in said) == lab.look().came_true
    assert "0.550 instead of 2.315" in said  # means of the last two epochs


def test_every_state_of_the_lab_has_the_same_height():
    def height(look):
        drawn = picture.parts(look)
        rows = picture.table(look).count("<tr>")
        return [(p.width, p.height) for p in drawn], rows

    labs = [
        Lab(Settings()), lab_with(GOOD), lab_with(STUCK, GOOD), lab_with(*[GOOD] * 6),
        lab_with(GOOD, state=State.RUNNING), lab_with(GOOD[:1], broke=(2, 1), state=State.FAILED),
    ]  # fmt: skip
    assert len({str(height(lab.look())) for lab in labs}) == 1


def test_a_full_lab_is_small_enough_to_send_25_times_a_second():
    lab = Lab(Settings(epochs=60))
    for _ in range(4):
        progress = Progress(60)
        lab.begin(progress)
        long = [2.3 - 0.03 * n for n in range(60)]
        progress.epoch_done({"train_loss": long, "val_loss": long})
        progress.enter(State.DONE)
    assert len(picture.page(lab.look())) < 15_000


def test_the_text_says_all_that_the_picture_shows():
    look = lab_with(STUCK, GOOD).look()
    text = picture.as_text(look)
    for part in ("2.320", "0.530", "+0.100", words.title(look.frame), words.experiment(look)):
        assert part in text


def test_names_of_lines_keep_apart_and_in_order():
    wishes = [100.0, 101.0, 101.5, 160.0]
    placed = spread(wishes, 16)
    assert all(b - a >= 16 - 1e-9 for a, b in pairwise(placed))
    assert placed[3] == 160.0
    assert sum(placed[:3]) == pytest.approx(sum(wishes[:3]))
