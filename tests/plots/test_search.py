"""The pictures of notebook 01 show the numbers that they are given."""

import numpy as np
import pytest
import torch
from matplotlib.contour import ContourSet

from course_lib import noisy_line
from course_lib.plots import plot_difference_error, plot_search, plot_valleys


@pytest.fixture
def paths() -> dict[str, torch.Tensor]:
    down = torch.tensor([[0.0, 0.0, 9.0], [1.0, -0.5, 4.0], [2.0, -1.0, 1.0]])
    up = torch.tensor([[0.0, 0.0, 9.0], [-1.0, 1.0, 16.0], [-9.0, 9.0, 99.0]])
    return {"minus": down, "plus": up}


def lines_of(ax) -> list[np.ndarray]:
    return [line.get_xydata() for line in ax.lines]


def test_the_search_walks_its_paths_and_leaves_out_what_is_out_of_the_picture(paths) -> None:
    x, y = noisy_line(40).tensors
    (ax,) = plot_search(paths, x, y).axes
    drawn = lines_of(ax)
    assert any(np.array_equal(line, paths["minus"][:, :2].numpy()) for line in drawn)
    assert any(np.array_equal(line, paths["plus"][:2, :2].numpy()) for line in drawn)
    assert ax.get_xlim()[0] > -9


def test_the_contours_are_lowest_where_least_squares_is(paths) -> None:
    x, y = noisy_line(40).tensors
    columns = torch.cat([x, torch.ones_like(x)], dim=1)
    answer = torch.linalg.lstsq(columns, y).solution.flatten().numpy()
    (ax,) = plot_search(paths, x, y).axes
    lines = [c for c in ax.collections if isinstance(c, ContourSet) and not c.filled]
    innermost = lines[0].allsegs[0][0]  # the lowest level encloses the answer
    low, high = innermost.min(axis=0), innermost.max(axis=0)
    assert (low < answer).all() and (answer < high).all()
    assert np.allclose((low + high) / 2, answer, atol=0.1)


def test_the_profile_is_the_loss_on_the_way_between_the_valleys() -> None:
    profile = plot_valleys(lambda w, v: w + 10 * v).axes[1]
    way, heights = lines_of(profile)[0].T
    assert np.allclose(heights, 12 * way)  # (w, v) = (2t, t)


def test_each_precision_is_named_and_an_error_of_zero_is_drawn() -> None:
    steps = [1e-1, 1e-2, 1e-3]
    fig = plot_difference_error(steps, {"float32": [1e-2, 1e-3, 1.0], "float64": [1e-2, 0.0, 1e-6]})
    (ax,) = fig.axes
    assert {text.get_text() for text in ax.texts} == {"float32", "float64"}
    assert np.allclose(lines_of(ax)[0], np.column_stack([steps, [1e-2, 1e-3, 1.0]]))
    assert 0 < lines_of(ax)[1][1, 1] < 1e-15
