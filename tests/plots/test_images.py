"""Rows of images: each under its own name, none lost, none invented."""

import itertools

import numpy as np
import pytest
import torch

from course_lib.plots import plot_images


@pytest.mark.parametrize("count, rows, columns", [(1, 1, 1), (8, 1, 8), (12, 2, 6), (13, 2, 7)])
def test_every_image_stands_under_its_own_name_in_even_rows(count, rows, columns):
    images = torch.arange(count).view(-1, 1, 1).expand(-1, 28, 28) / 20
    fig = plot_images(images, [f"image {n}" for n in range(count)], title="Some")
    assert fig.axes[0].get_gridspec().get_geometry() == (rows, columns)
    shown = [
        (ax.get_title(), float(ax.images[0].get_array().mean())) for ax in fig.axes if ax.images
    ]
    assert [name for name, _ in shown] == [f"image {n}" for n in range(count)]
    assert np.allclose([value for _, value in shown], np.arange(count) / 20)
    assert all(ax.images or not ax.axison for ax in fig.axes)


def test_names_do_not_touch_their_neighbours():
    names = ["Ankle boot\nsays Pullover", "T-shirt/top\nsays Pullover"] * 6
    fig = plot_images(torch.zeros(12, 28, 28), names, title="Wide names")
    fig.draw_without_rendering()
    boxes = [ax.title.get_window_extent() for ax in fig.axes[:6]]
    assert all(left.x1 < right.x0 for left, right in itertools.pairwise(boxes))


def test_a_missing_name_is_an_error():
    with pytest.raises(ValueError, match="2 images, 1 names"):
        plot_images(torch.zeros(2, 28, 28), ["one"], title="Some")
