"""Figures as data: what is drawn, what is written, and that nothing is left open."""

import itertools
import math
import subprocess
import sys
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Annotation

from course_lib import plots
from course_lib.plots import style
from course_lib.plots.history import message

ROOT = Path(__file__).resolve().parents[2]

HISTORY = {
    "train_loss": [1.0, 0.6, 0.4, 0.3],
    "val_loss": [1.1, 0.7, 0.65, 0.8],
    "val_accuracy": [0.5, 0.7, 0.75, 0.74],
    "lr": [0.1, 0.1, 0.1, 0.1],
}


def names_at_ends(ax: Axes) -> dict[str, Annotation]:
    return {t.get_text(): t for t in ax.texts if isinstance(t, Annotation)}


def test_a_history_shows_its_numbers() -> None:
    fig = plots.plot_history(HISTORY)
    losses, accuracy = fig.axes
    train, validation = losses.lines
    assert list(train.get_xdata()) == [1, 2, 3, 4]
    assert list(train.get_ydata()) == HISTORY["train_loss"]
    assert list(validation.get_ydata()) == HISTORY["val_loss"]
    assert list(accuracy.lines[0].get_ydata()) == [50, 70, 75, 74]
    assert losses.get_xlabel() == "epoch" and "loss" in losses.get_ylabel()
    assert "%" in accuracy.get_ylabel()


def test_train_is_solid_blue_and_validation_dashed_vermilion() -> None:
    train, validation = plots.plot_history(HISTORY).axes[0].lines
    assert (train.get_color(), train.get_linestyle()) == ("#0072B2", "-")
    assert (validation.get_color(), validation.get_linestyle()) == ("#D55E00", "--")


def test_lines_are_named_at_their_end_and_have_no_legend() -> None:
    fig = plots.plot_history(HISTORY)
    ends = names_at_ends(fig.axes[0])
    assert set(ends) == {"train 0.300", "validation 0.800"}
    assert all(end.xy[0] == 4 for end in ends.values())
    assert all(ax.get_legend() is None for ax in fig.axes)


def test_axes_begin_at_zero() -> None:
    losses, accuracy = plots.plot_history(HISTORY).axes
    assert losses.get_ylim()[0] == 0 and accuracy.get_ylim() == (0, 100)


def test_the_title_says_what_happened() -> None:
    fig = plots.plot_history(HISTORY)
    assert fig.get_suptitle() == "Validation loss is lowest in epoch 3: 0.650"
    assert plots.plot_history(HISTORY, title="Ours").get_suptitle() == "Ours"


@pytest.mark.parametrize(
    ("train", "validation", "expected"),
    [
        ([1.0, 0.5], [1.0, 0.6], "Validation loss is lowest in the last epoch: 0.600"),
        ([1.0, 0.5], [], "Training loss falls from 1.000 to 0.500"),
        ([1.0, 1.5], [], "Training loss does not fall: from 1.000 to 1.500"),
        ([1.0, math.nan], [math.nan, math.nan], "Training loss does not fall: from 1.000 to 1.000"),
        ([math.nan], [], "No training loss is finite"),
        ([1.0, 0.5, math.nan], [0.9, 0.8, math.nan],
         "Validation loss is lowest in epoch 2: 0.800"),
    ],
)  # fmt: skip
def test_the_message_is_true(train: list[float], validation: list[float], expected: str) -> None:
    assert message(train, validation) == expected


def test_a_history_without_accuracy_or_validation_is_drawn() -> None:
    alone = {"train_loss": [1.0, 0.5], "val_loss": [None, None], "val_accuracy": [None, None]}
    (ax,) = plots.plot_history(alone).axes
    assert len(ax.lines) == 1


def test_a_loss_that_is_not_finite_leaves_a_gap() -> None:
    (ax,) = plots.plot_history({"train_loss": [1.0, math.inf, 0.5, math.nan]}).axes
    drawn = ax.lines[0].get_ydata()
    assert [math.isnan(v) for v in drawn] == [False, True, False, True]
    (end,) = names_at_ends(ax).values()
    assert end.xy[0] == 3, "the name stands at the last point that is there"


def test_an_empty_history_is_refused() -> None:
    with pytest.raises(ValueError, match="no finished epoch"):
        plots.plot_history({"train_loss": []})


def heights_of_names(ax: Axes) -> list[float]:
    """Heights on the page, in points, from low to high."""
    ax.figure.canvas.draw()
    bottom = ax.transData.transform([(0, end.xy[1]) for end in names_at_ends(ax).values()])
    return sorted(y * 72 / ax.figure.dpi for _, y in bottom)


def test_names_never_lie_on_each_other() -> None:
    close = {name: [1.0, 0.5 + shift] for name, shift in
             [("one", 0), ("two", 0.001), ("three", 0.002), ("four", 0.4)]}  # fmt: skip
    (ax,) = plots.plot_losses(close, title="Close ends").axes
    heights = heights_of_names(ax)
    gaps = [later - earlier for earlier, later in itertools.pairwise(heights)]
    assert min(gaps) >= 10, "a word is 10 points high"


def test_runs_are_compared_with_one_stroke_each() -> None:
    runs = {"with zero_grad": [2.0, 1.0, 0.5], "without": [2.0, 2.5, math.nan]}
    (ax,) = plots.plot_losses(runs, title="Leaving it out hurts").axes
    assert ax.get_title(loc="left") == "Leaving it out hurts"
    assert [line.get_label() for line in ax.lines] == list(runs)
    strokes = {(line.get_color(), line.get_linestyle()) for line in ax.lines}
    assert len(strokes) == 2 == len({dash for _, dash in strokes})
    assert {end: t.xy[0] for end, t in names_at_ends(ax).items()} == {
        "with zero_grad": 3,
        "without": 2,
    }


def test_too_many_runs_are_refused() -> None:
    with pytest.raises(ValueError, match="1 to 4 runs, not 5"):
        plots.plot_losses({str(i): [1.0] for i in range(5)}, title="")
    with pytest.raises(ValueError, match="'empty' has no losses"):
        plots.plot_losses({"empty": []}, title="")


def test_the_mean_of_batch_losses_is_of_the_last_window() -> None:
    losses = [float(i) for i in range(1, 11)]
    (ax,) = plots.plot_batch_losses(losses, title="Rising", window=4).axes
    single, mean = ax.lines
    assert list(single.get_ydata()) == losses
    assert list(mean.get_xdata()) == list(range(4, 11))
    assert list(mean.get_ydata()) == [2.5, 3.5, 4.5, 5.5, 6.5, 7.5, 8.5]
    assert set(names_at_ends(ax)) == {"mean of 4: 8.50"}
    with pytest.raises(ValueError, match="as many"):
        plots.plot_batch_losses([1.0], title="", window=4)


@pytest.mark.parametrize(
    "draw",
    [
        lambda: plots.plot_history(HISTORY),
        lambda: plots.plot_losses({"one": [1.0, 0.5]}, title="t"),
        lambda: plots.plot_batch_losses([1.0, 0.5], title="t", window=2),
    ],
)
def test_figures_are_pure(draw) -> None:
    """No global state is changed, nothing is left open, and the same call draws the same."""
    with mpl.rc_context():
        mpl.rcdefaults()  # whatever an earlier test may have left behind
        before = dict(mpl.rcParams)
        fig = draw()
        assert dict(mpl.rcParams) == before
    assert isinstance(fig, Figure)
    assert plt.get_fignums() == []
    for ax in fig.axes:
        assert not any(spine.get_visible() for spine in ax.spines.values()), "no frame"
    assert picture(fig) == picture(draw())


def picture(fig: Figure) -> bytes:
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    canvas = FigureCanvasAgg(fig)
    canvas.draw()
    return bytes(canvas.buffer_rgba())


def test_use_style_sets_the_one_style_sheet() -> None:
    with mpl.rc_context():
        plots.use_style()
        assert mpl.rcParams["axes.grid.axis"] == "y" and not mpl.rcParams["axes.spines.top"]
        assert mpl.rcParams["font.family"] == ["DejaVu Sans"]
        plots.use_style()  # twice is once


def test_the_style_sheet_is_shipped() -> None:
    assert style.STYLE_SHEET.is_file()


def test_every_name_at_the_door_is_a_function() -> None:
    for name in plots.__all__:
        assert callable(getattr(plots, name)) and getattr(plots, name) is getattr(plots, name)


def test_the_door_itself_loads_no_matplotlib() -> None:
    code = "import sys, course_lib.plots; assert 'matplotlib' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)
