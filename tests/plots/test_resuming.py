"""The figure of runs that part says exactly where, and draws agreement only where there is some."""

import pytest
from matplotlib.figure import Figure

from course_lib.plots import plot_partings


def words(fig: Figure) -> list[list[str]]:
    return [[text.get_text() for text in ax.texts] for ax in fig.axes if ax.get_visible()]


def test_each_panel_names_the_first_iteration_that_differs() -> None:
    runs = {"a": [0.5, 0.0], "b": [0.0, 0.0], "c": [0.0, 0.0, 0.0, -1e-9], "d": [0.0, 2.0]}
    fig = plot_partings(runs, first=26, title="They part")
    assert words(fig) == [
        ["part at iteration 26"],
        ["exactly zero throughout"],
        ["part at iteration 29"],
        ["part at iteration 27"],
    ]
    titles = [ax.get_title(loc="left") + ax.get_title() for ax in fig.axes if ax.get_visible()]
    assert titles == [f"without {name}" for name in runs]


def test_dots_stand_where_the_difference_is_zero_and_a_line_where_it_is_not() -> None:
    fig = plot_partings({"x": [0.0, 0.0, 3.0, 0.0, -1.0]}, first=10, title="They part")
    dots, line = fig.axes[0].lines
    assert list(dots.get_xdata()) == [10, 11] and set(dots.get_ydata()) == {0.0}
    assert list(line.get_xdata()) == [11, 12, 13, 14]
    assert list(line.get_ydata()) == [0.0, 3.0, 0.0, -1.0]


@pytest.mark.parametrize("runs", [{}, {"x": []}])
def test_nothing_to_draw_is_refused(runs: dict[str, list[float]]) -> None:
    with pytest.raises(ValueError, match="at least one"):
        plot_partings(runs, first=1, title="They part")
