"""What a frame says in words and shows in a picture."""

import math
import re
from xml.etree import ElementTree

import pytest

from course_lib.progress import BatchProgress
from course_lib.widgets.live_training import chart, picture, words
from course_lib.widgets.live_training.progress import TRACE_POINTS, Frame, Progress, State

MIDWAY = Frame(
    10,
    State.RUNNING,
    epoch=4,
    batch=120,
    num_batches=300,
    batch_loss=0.47,
    train_loss=(0.8, 0.5, 0.45),
    val_loss=(0.56, 0.44, 0.46),
    score=(0.8, 0.841, 0.839),
    trace=tuple((e / 10, 2.3 / e) for e in range(1, 34)),
)


class LoudLoss:
    """A loss that counts how often it is read: on a GPU each reading makes the loop wait."""

    def __init__(self, value):
        self.value, self.read = value, 0

    def __float__(self):
        self.read += 1
        return self.value


def batch(number, loss, *, epoch=1, length=10):
    return BatchProgress(epoch, 3, number, length, loss)


# ---- the model -----------------------------------------------------------------------------


def test_a_loss_is_read_only_when_a_frame_is_asked_for_and_then_once():
    progress = Progress(3)
    losses = [LoudLoss(1.0 / n) for n in range(1, 6)]
    for number, loss in enumerate(losses, 1):
        progress.batch_done(batch(number, loss))
    assert [loss.read for loss in losses] == [0, 0, 0, 0, 0]
    frame = progress.frame()
    progress.frame()
    assert [loss.read for loss in losses] == [0, 0, 0, 0, 1]
    assert (frame.epoch, frame.batch, frame.num_batches) == (1, 5, 10)
    assert frame.batch_loss == 0.2
    assert frame.trace == ((0.5, 0.2),)


def test_the_trace_is_short_evenly_spaced_and_true():
    progress = Progress(3)
    for number in range(1, 2001):
        progress.batch_done(batch(number, float(number), length=2000))
        trace = progress.frame().trace
    # 240 points for three epochs: one for each 25 of the 2,000 batches
    assert trace == tuple((n / 2000, float(n)) for n in range(1, 2001, 25))


def test_an_unwatched_run_looks_at_the_same_batches_by_itself():
    progress = Progress(4)
    progress.unwatched = True
    losses = [LoudLoss(n / 300) for n in range(1, 1201)]
    for n, loss in enumerate(losses):
        progress.batch_done(BatchProgress(n // 300 + 1, 4, n % 300 + 1, 300, loss))
    assert sum(loss.read for loss in losses) == TRACE_POINTS
    trace = progress.frame().trace
    assert [p for p, _ in trace] == pytest.approx([(1 + 5 * n) / 300 for n in range(TRACE_POINTS)])
    assert all(loss == pytest.approx(position) for position, loss in trace)


def test_the_curves_are_copies_that_a_later_epoch_does_not_change():
    progress = Progress(3)
    history = {"train_loss": [0.9], "val_loss": [0.7], "val_accuracy": [0.5]}
    progress.epoch_done(history)
    frame = progress.frame()
    history["train_loss"].append(0.1)
    assert frame.train_loss == (0.9,)
    assert frame.gap == pytest.approx(-0.2)
    assert frame.score == (0.5,)


@pytest.mark.parametrize("end", [State.DONE, State.STOPPED, State.FAILED])
def test_a_run_that_is_over_stays_as_it_ended(end):
    progress = Progress(3)
    progress.enter(end, "why")
    progress.enter(State.PAUSING)
    assert (progress.frame().state, progress.frame().note) == (end, "why")


def test_validating_lasts_from_the_last_batch_to_the_epochs_result():
    def at(batch, done):
        return Frame(3, epoch=2, batch=batch, num_batches=5, val_loss=(0.5,) * done)

    assert [at(4, 1).validating, at(5, 1).validating, at(5, 2).validating] == [False, True, False]


def test_the_best_epoch_counts_from_one_and_ignores_what_is_not_finite():
    assert Frame(3, val_loss=(0.5, 0.3, 0.4)).best_epoch == 2
    assert Frame(3, val_loss=(math.nan, 0.3, -math.inf)).best_epoch == 2
    assert Frame(3, val_loss=(math.nan,)).best_epoch is None


def test_a_loader_without_a_length_gives_no_position_but_a_loss():
    progress = Progress(3)
    progress.batch_done(batch(7, 0.5, length=None))
    frame = progress.frame()
    assert (frame.trace, frame.batch_loss, frame.num_batches) == ((), 0.5, 0)
    assert words.state_line(frame) == "epoch 1 of 3 · starting"


# ---- the words -----------------------------------------------------------------------------


def test_the_state_line_says_epoch_batch_and_state():
    assert words.state_line(MIDWAY) == "epoch 4 of 10 · batch 120 of 300 · running"


@pytest.mark.parametrize("state", list(State))
def test_every_state_has_a_word_and_a_sentence(state):
    frame = Frame(3, state, note="RuntimeError: no" if state is State.FAILED else "")
    assert words.STATE[state] in words.state_line(frame)
    assert words.say(frame)


def test_the_sentence_names_the_gap_and_both_moves():
    assert words.say(MIDWAY) == (
        "After epoch 3 validation loss is 0.010 above training loss; "
        "since the epoch before: train −0.050, validation +0.020."
    )


def test_the_title_names_the_epoch_of_the_lowest_validation_loss():
    assert words.title(MIDWAY) == "Validation loss was lowest in epoch 2: 0.440"


def test_the_title_of_a_run_that_got_better_to_the_end():
    best_last = {"train_loss": (0.8, 0.5), "val_loss": (0.6, 0.4)}
    assert words.title(Frame(2, **best_last)) == "Validation loss is at its lowest so far: 0.400"
    assert (
        words.title(Frame(2, State.DONE, **best_last))
        == "Validation loss ends at its lowest: 0.400"
    )


def test_the_text_has_one_line_for_each_finished_epoch():
    lines = re.findall(r"^epoch +(\d+)  train (\S+)  validation (\S+)", words.as_text(MIDWAY), re.M)
    assert lines == [("1", "0.800", "0.560"), ("2", "0.500", "0.440"), ("3", "0.450", "0.460")]


def test_a_metric_of_the_callers_own_is_no_percentage():
    assert words.score(0.839, "accuracy") == "83.9 %"
    assert words.score(0.839, "metric") == "0.839"


@pytest.mark.parametrize("value, shown", [(-0.0351, "−0.035"), (math.nan, "NaN"), (None, "·")])
def test_a_loss_is_written_with_a_true_minus_and_three_decimals(value, shown):
    assert words.loss(value) == shown


def test_a_failure_is_told_in_one_line_even_without_a_message():
    assert words.failure(ValueError("first\nsecond")) == "ValueError: first"
    assert "\n" not in words.failure(KeyboardInterrupt())


# ---- the picture ---------------------------------------------------------------------------


def svg_of(frame):
    return ElementTree.fromstring(picture.whole(frame, words.say(frame)).standalone())


def curve(root, role):
    """The points of a curve, in pixels."""
    name = f"l-{role}"
    lines = [e for e in root.iter() if e.get("class") == name and e.get("stroke-width") == "2.2"]
    return [tuple(map(float, p.split(","))) for e in lines for p in e.get("points").split()]


def test_the_curves_heights_are_proportional_to_the_losses():
    root = svg_of(MIDWAY)
    train, val = curve(root, "train"), curve(root, "validation")
    scale = (val[0][1] - train[0][1]) / (0.56 - 0.8)  # pixels per unit of loss, negative: y is down
    assert scale < 0
    for points, losses in ((train, MIDWAY.train_loss), (val, MIDWAY.val_loss)):
        for (_, y), loss in zip(points, losses, strict=True):
            assert y - train[0][1] == pytest.approx(scale * (loss - 0.8), abs=0.15)
    assert [x for x, _ in train] == [x for x, _ in val]
    # the axis begins at zero
    assert train[0][1] - scale * 0.8 == pytest.approx(chart.Chart.bottom, abs=0.3)


def test_a_nan_leaves_a_gap_in_its_curve_only():
    frame = Frame(5, train_loss=(0.9, 0.8, 0.7), val_loss=(0.9, math.nan, 0.7))
    root = svg_of(frame)
    assert len(curve(root, "train")) == 3
    xs = [x for x, _ in curve(root, "validation")]
    assert xs == [curve(root, "train")[0][0], curve(root, "train")[2][0]]


@pytest.mark.parametrize(
    "frame",
    [
        Frame(1),
        MIDWAY,
        Frame(3, train_loss=(math.nan,), val_loss=(math.inf,), score=(None,)),
        Frame(3, train_loss=(1e30,), val_loss=(1e30,)),
        Frame(3, train_loss=(0.0,), val_loss=(0.0,)),
        Frame(400, train_loss=(1e-9,) * 400, val_loss=(1e-9,) * 400),
    ],
)
def test_every_frame_can_be_drawn_at_the_same_size_and_in_few_bytes(frame):
    sizes = [(p.width, p.height) for p in picture.parts(frame)]
    assert sizes == [(p.width, p.height) for p in picture.parts(Frame(1))]
    assert sum(len(p.inline()) for p in picture.parts(frame)) < 30_000
    assert "nan" not in "".join(
        e.get(key, "") for e in svg_of(frame).iter() for key in ("x", "y", "points", "cy", "y1")
    )


def test_a_frame_of_an_ordinary_run_is_small():
    full = Frame(
        20,
        train_loss=(0.5,) * 20,
        val_loss=(0.5,) * 20,
        trace=tuple((n / 12, 0.5) for n in range(TRACE_POINTS)),
    )
    assert sum(len(p.inline()) for p in picture.parts(full)) < 15_000


@pytest.mark.parametrize("top", [1e-8, 0.07, 0.3, 1.0, 1.01, 2.3, 99, 3e7])
def test_ticks_are_round_begin_at_zero_and_reach_the_top(top):
    levels = chart.ticks(top)
    step = levels[1]
    assert levels[0] == 0
    assert top <= levels[-1] * (1 + 1e-9) < top + step * 1.001
    assert 2 <= len(levels) <= 6
    assert f"{step:.1e}"[:3] in ("1.0", "2.0", "2.5", "5.0")


def test_labels_that_would_overlap_move_apart():
    close = Frame(3, train_loss=(0.5,), val_loss=(0.501,))
    found = {
        e.text: float(e.get("y")) for e in svg_of(close).iter() if e.text in ("train", "validation")
    }
    assert abs(found["train"] - found["validation"]) >= 15.9
    assert found["validation"] < found["train"]  # the larger loss stands higher
