"""The pictures of notebook 02 show the numbers that they are given."""

import math

import pytest

from course_lib.plots import (
    plot_escapes,
    plot_gradient_noise,
    plot_passes_and_updates,
    plot_throughput,
)

RUNS = {16: [(1, 2.3), (3, 1.2), (9, 0.5)], 512: [(1, 2.2), (2, 1.9)]}


def points(ax) -> list[list[tuple[float, float]]]:
    return [[(float(x), float(y)) for x, y in line.get_xydata()] for line in ax.lines]


def words(ax) -> set[str]:
    return {text.get_text() for text in ax.texts}


def test_the_noise_and_its_line_of_slope_minus_one() -> None:
    variances = {1: 36.0, 4: 8.0, 16: 2.2, 64: 0.5}
    (ax,) = plot_gradient_noise(variances, title="t").axes
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")
    (start, end), measured = points(ax)
    assert measured == [(float(size), height) for size, height in variances.items()]
    assert start[0] * start[1] == pytest.approx(end[0] * end[1])
    gaps = [math.log(height * size / (start[0] * start[1])) for size, height in variances.items()]
    assert sum(gaps) == pytest.approx(0, abs=1e-9)
    assert words(ax) == {"measured", "∝ 1/B"} and ax.get_title(loc="left") == "t"


@pytest.mark.parametrize("variances", [{}, {1: 2.0}, {1: 2.0, 4: 0.0}])
def test_noise_that_has_no_line_is_refused(variances: dict[int, float]) -> None:
    with pytest.raises(ValueError, match="two or more batch sizes with positive variance"):
        plot_gradient_noise(variances, title="t")


def test_the_same_runs_by_images_and_by_updates() -> None:
    left, right = plot_passes_and_updates(RUNS, title="t").axes
    assert points(right) == [[(float(u), loss) for u, loss in run] for run in RUNS.values()]
    assert points(left) == [
        [(float(u * size), loss) for u, loss in run] for size, run in RUNS.items()
    ]
    assert words(left) == words(right) == {"B = 16", "B = 512"}
    assert (left.get_xlabel(), right.get_xlabel()) == ("images seen", "updates made")
    assert left.get_ylim()[0] == 0
    dashes = [line.get_linestyle() for line in left.lines]
    assert len(set(dashes)) == len(dashes), "told apart without colour"


@pytest.mark.parametrize("runs", [{}, {8: []}, {size: [(1, 1.0)] for size in range(5)}])
def test_runs_that_cannot_be_drawn_are_refused(runs: dict) -> None:
    with pytest.raises(ValueError, match="1 to 4 runs with points"):
        plot_passes_and_updates(runs, title="t")


def test_throughput_has_a_line_for_each_network() -> None:
    speeds = {"MLP": {1: 900.0, 32: 20_000.0}, "CNN": {1: 300.0, 32: 800.0}}
    (ax,) = plot_throughput(speeds, title="t").axes
    assert points(ax) == [[(float(b), s) for b, s in by.items()] for by in speeds.values()]
    assert words(ax) == {"MLP", "CNN"}


def test_escapes_have_one_dot_for_each_search() -> None:
    losses = {0.0: 1.0, 1.0: 0.5, 2.0: 0.9}
    (ax,) = plot_escapes(losses, 1.0, {"a": [1.0, 1.1], "b": [0.2]}, title="t").axes
    curve, start, first, second = points(ax)
    assert curve == list(losses.items()) and start == [(1.0, 0.5)]
    assert [x for x, _ in first] == [1.0, 1.1] and [x for x, _ in second] == [0.2]
    assert all(y < 0 for _, y in first + second) and max(y for _, y in second) < min(
        y for _, y in first
    )
    assert words(ax) == {"start", "a", "b"}
