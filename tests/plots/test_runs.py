"""Small multiples of runs and the confusion matrix: what is drawn is what was measured."""

import io
import math
import warnings

import pytest
import torch
from matplotlib.figure import Figure
from matplotlib.text import Annotation

from course_lib import plots


def history(end: float, epochs: int = 4) -> dict[str, list[float]]:
    falling = [2.0 - (2.0 - end) * i / (epochs - 1) for i in range(epochs)]
    return {
        "train_loss": [value / 2 for value in falling],
        "val_loss": falling,
        "val_accuracy": [0.5 + 0.1 * i for i in range(epochs)],
    }


def ends(fig: Figure, panel: int) -> list[str]:
    return sorted(t.get_text() for t in fig.axes[panel].texts if isinstance(t, Annotation))


def test_each_panel_holds_every_run_and_the_median_of_their_ends() -> None:
    sick, well = [history(v) for v in (0.9, 1.0, 1.4)], [history(0.5, epochs=3)]
    fig = plots.plot_runs({"sick": sick, "well": well}, title="One is sick")
    assert [ax.get_title(loc="left") for ax in fig.axes] == ["sick", "well"]
    drawn = [list(line.get_ydata()) for line in fig.axes[0].lines]
    assert drawn == [run["train_loss"] for run in sick] + [run["val_loss"] for run in sick]
    assert ends(fig, 0) == ["train 0.50", "validation 1.00"]  # medians, not means
    assert ends(fig, 1) == ["0.25", "0.50"]
    assert fig.axes[0].get_ylim() == fig.axes[1].get_ylim() and fig.axes[0].get_ylim()[0] == 0
    assert fig.get_suptitle() == "One is sick"


def test_what_lies_above_the_frame_is_marked_at_it() -> None:
    fig = plots.plot_runs({"wild": [history(1.0)]}, title="Wild", top=1.5)
    marks = [line for line in fig.axes[0].lines if line.get_marker() == "^"]
    # validation runs 2.0, 1.67, 1.33, 1.0: two points above 1.5; training none
    assert [list(mark.get_xdata()) for mark in marks] == [[1, 2]]
    assert set(marks[0].get_ydata()) == {1.5}


def test_four_panels_can_be_laid_out() -> None:
    panels = {name: [history(0.5)] for name in ("a", "b", "c", "d")}
    fig = plots.plot_runs(panels, title="Four", top=3)
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # an empty line's box once collapsed the axes
        fig.savefig(io.BytesIO(), format="png")


def test_a_loss_that_is_not_finite_leaves_a_gap() -> None:
    run = history(0.5) | {"val_loss": [1.0, math.nan, math.inf, 0.7]}
    fig = plots.plot_runs({"a": [run]}, title="A gap")
    assert ends(fig, 0) == ["train 0.25", "validation 0.70"]


@pytest.mark.parametrize(
    ("panels", "says"),
    [
        ({}, "1 to 4"),
        ({key: [history(1.0)] for key in "abcde"}, "1 to 4"),
        ({"a": [{"train_loss": []}]}, "no finished epoch"),
    ],
)
def test_what_cannot_be_drawn_is_refused(panels: dict, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        plots.plot_runs(panels, title="None")


def test_accuracy_stands_beside_the_loss_in_per_cent() -> None:
    fig = plots.plot_loss_and_accuracy([history(0.5)], title="Both")
    assert list(fig.axes[0].lines[0].get_ydata()) == history(0.5)["val_loss"]
    assert list(fig.axes[1].lines[0].get_ydata()) == pytest.approx([50, 60, 70, 80])


def test_the_training_loss_measured_again_is_a_line_of_its_own() -> None:
    fig = plots.plot_train_measured_twice(history(0.5), [0.9, 0.6, 0.3, 0.1], title="Twice")
    assert [list(line.get_ydata()) for line in fig.axes[0].lines][2] == [0.9, 0.6, 0.3, 0.1]
    assert "train, measured again 0.10" in ends(fig, 0)


def test_a_confusion_matrix_has_the_truth_in_its_rows() -> None:
    matrix = torch.tensor([[5, 2], [0, 7]])
    fig = plots.plot_confusion(matrix, ["cat", "dog"], title="Two cats are called dogs")
    (ax,) = fig.axes
    at = {t.get_position(): t.get_text() for t in ax.texts}
    assert at == {(0, 0): "5", (1, 0): "2", (1, 1): "7"}  # (column, row); a 0 stays empty
    assert [t.get_text() for t in ax.get_yticklabels()] == ["cat", "dog"]
    assert (ax.get_ylabel(), ax.get_xlabel()) == ("it is", "the network says")
    with pytest.raises(ValueError, match="3×3"):
        plots.plot_confusion(matrix, ["a", "b", "c"], title="No")
