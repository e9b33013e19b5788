"""The figures of notebook 07 draw the numbers that they are given."""

import math

import pytest
import torch

from course_lib.plots.gpu import plot_gradient_range, plot_memory

PARTS = {1: {"weights": 2e6, "activations": 1e6}, 64: {"weights": 2e6, "activations": 64e6}}


def test_memory_is_stacked_in_megabytes():
    fig = plot_memory({"one": PARTS, "other": {8: {"weights": 5e6, "activations": 7e6}}}, title="T")
    left, right = fig.axes
    bars = [(bar.get_y(), bar.get_height()) for bar in left.patches]
    assert bars == [(0, 2), (0, 2), (2, 1), (2, 64)]
    assert [(bar.get_y(), bar.get_height()) for bar in right.patches] == [(0, 5), (5, 7)]
    assert [label.get_text() for label in left.get_xticklabels()] == ["1", "64"]
    (legend,) = fig.legends
    assert [text.get_text() for text in legend.get_texts()] == ["weights", "activations"]


@pytest.mark.parametrize("networks", [{}, {"none": {}}, {"many": {1: dict.fromkeys("abcde", 1.0)}}])
def test_memory_that_cannot_be_drawn_is_refused(networks):
    with pytest.raises(ValueError, match="plot_memory"):
        plot_memory(networks, title="T")


def test_every_gradient_is_counted_twice_and_the_limits_are_those_of_float16():
    gradients = torch.tensor([0.0, 1e-9, -1e-9, 1e-5, 0.1])
    fig = plot_gradient_range(gradients, scale=2**10, title="T")
    (ax,) = fig.axes
    zeros, infinite = (
        patch.get_extents().transformed(ax.transData.inverted()) for patch in ax.patches[:2]
    )
    smallest = zeros.x1
    assert (torch.tensor(10**smallest * 1.01).half() > 0) and torch.tensor(
        10**smallest / 1.01
    ).half() == 0
    assert infinite.x0 == pytest.approx(math.log10(65504))
    drawn = [patch.get_xy() for patch in ax.patches[2:]]
    for corners, shift in zip(drawn, (0, math.log10(2**10)), strict=True):
        filled = sorted({round(x, 3) for x, y in corners if y > 0})
        assert corners[:, 1].max() == 2  # the two of size 1e-9
        assert filled[0] <= -9 + shift <= filled[1] and filled[-2] <= -1 + shift <= filled[-1]


@pytest.mark.parametrize(("gradients", "scale"), [(torch.zeros(3), 2.0), (torch.ones(3), 0.0)])
def test_gradients_that_cannot_be_drawn_are_refused(gradients, scale):
    with pytest.raises(ValueError, match="plot_gradient_range"):
        plot_gradient_range(gradients, scale=scale, title="T")
