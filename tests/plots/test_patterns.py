"""Figures of the patterns notebook: what is drawn is what was given."""

import math

import pytest

from course_lib import plots


def test_norms_are_drawn_up_to_the_first_that_is_no_number() -> None:
    fig = plots.plot_norms(
        {"wild": [1.0, 50.0, math.nan, 3.0], "tame": [2.0, 1.0]}, limit=1, title="t"
    )
    (ax,) = fig.axes
    lines = [list(line.get_ydata()) for line in ax.lines]
    assert [1.0, 50.0] in lines and [2.0, 1.0] in lines
    assert ax.get_yscale() == "log" and [1, 1] in lines  # the limit
    words = [text.get_text() for text in ax.texts]
    assert "wild: then no number" in words and "tame" in words and "limit 1" in words


def test_a_run_without_a_finite_norm_is_left_out() -> None:
    fig = plots.plot_norms({"none": [math.inf], "one": [2.0]}, limit=1, title="t")
    assert "none" not in " ".join(text.get_text() for text in fig.axes[0].texts)


def test_schedules_are_drawn_as_stairs_with_the_metric_in_the_last_panel() -> None:
    fig = plots.plot_schedules({"a": [1.0, 0.5], "b": [0.2, 0.1, 0.1]}, title="t", metric=[3, 2, 1])
    first, last = fig.axes
    assert list(first.lines[0].get_ydata()) == [1.0, 0.5] and len(first.lines) == 1
    assert [list(line.get_ydata()) for line in last.lines] == [[0.2, 0.1, 0.1], [3, 2, 1]]
    assert last.get_ylim()[1] > 3 and first.get_title(loc="left") == "a"


def test_shares_have_a_dot_for_each_run_and_a_bar_to_the_median() -> None:
    fig = plots.plot_shares({"one": [0.5, 0.9, 0.7], "two": [0.1]}, title="t")
    (ax,) = fig.axes
    assert [bar.get_width() for bar in ax.patches] == pytest.approx([70, 10])
    assert list(ax.lines[0].get_xdata()) == pytest.approx([50, 70, 90])
    assert [label.get_text() for label in ax.get_yticklabels()] == ["one", "two"]
    assert ax.get_ylim()[0] > ax.get_ylim()[1]  # the first row is on top


@pytest.mark.parametrize(
    "draw",
    [
        lambda: plots.plot_norms({}, limit=1, title="t"),
        lambda: plots.plot_schedules({str(k): [1] for k in range(5)}, title="t"),
        lambda: plots.plot_shares({}, title="t"),
    ],
)
def test_what_cannot_be_drawn_is_refused(draw) -> None:
    with pytest.raises(ValueError, match="plot_"):
        draw()
