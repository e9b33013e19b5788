"""Synthetic sets: the shapes, geometry and statistics that their arguments promise."""

import numpy as np
import pytest
import torch

from course_lib.data import noisy_line, spirals


def test_spirals_have_the_promised_shape_and_balance():
    points, labels = spirals(301, num_classes=3).tensors
    assert (points.shape, points.dtype) == ((301, 2), torch.float32)
    assert (labels.shape, labels.dtype) == ((301,), torch.int64)
    assert np.bincount(labels.numpy()).tolist() == [101, 100, 100]


@pytest.mark.parametrize(("num_classes", "turns"), [(2, 1.0), (3, 1.5), (5, 0.5)])
def test_without_noise_every_point_lies_on_its_own_arm(num_classes, turns):
    points, labels = (
        t.numpy() for t in spirals(400, num_classes=num_classes, turns=turns, noise=0).tensors
    )
    z = points[:, 0].astype(float) + 1j * points[:, 1]
    radius = np.abs(z)
    assert radius.max() <= 1 + 1e-6
    # Turned back by its radius and its class, every point must lie on the positive real axis.
    unwound = z * np.exp(-2j * np.pi * (turns * radius + labels / num_classes))
    far = radius > 0.05
    assert np.abs(np.angle(unwound[far])).max() < 1e-3


def test_the_arms_are_filled_to_their_ends():
    points, labels = spirals(4000, noise=0).tensors
    for label in (0, 1):
        radius = points[labels == label].norm(dim=1)
        assert radius.min() < 0.1
        assert radius.max() > 0.99
        assert (radius < 0.5).float().mean() == pytest.approx(0.25, abs=0.03)  # of the square root


def test_noise_has_the_given_deviation():
    clean, noisy = spirals(20_000, noise=0, seed=2), spirals(20_000, noise=0.2, seed=2)
    shift = (noisy.tensors[0] - clean.tensors[0]).numpy()
    assert shift.std(axis=0) == pytest.approx([0.2, 0.2], rel=0.03)
    assert shift.mean(axis=0) == pytest.approx([0, 0], abs=0.01)


def test_no_straight_line_separates_spirals():
    points, labels = (t.numpy() for t in spirals(1000, noise=0.02).tensors)
    design = np.column_stack([points, np.ones(1000)])
    weights, *_ = np.linalg.lstsq(design, 2.0 * labels - 1, rcond=None)
    assert np.mean((design @ weights > 0) == labels) < 0.75


def test_least_squares_finds_the_line_again():
    x, y = noisy_line(20_000, slope=-3.0, intercept=0.5, noise=0.3, seed=4).tensors
    assert (x.shape, y.shape, x.dtype, y.dtype) == ((20_000, 1),) * 2 + (torch.float32,) * 2
    assert -1 <= x.min() < -0.99 < 0.99 < x.max() < 1
    (slope, intercept), (residual,), *_ = np.polyfit(x[:, 0].numpy(), y[:, 0].numpy(), 1, full=True)
    assert slope == pytest.approx(-3.0, abs=0.02)
    assert intercept == pytest.approx(0.5, abs=0.02)
    assert np.sqrt(residual / 20_000) == pytest.approx(0.3, rel=0.03)


def test_without_noise_the_line_is_exact():
    x, y = noisy_line(50, slope=2.0, intercept=-1.0, noise=0).tensors
    assert np.allclose(y.numpy(), 2 * x.numpy() - 1, atol=1e-6)


@pytest.mark.parametrize("make", [spirals, noisy_line])
def test_the_seed_decides_and_the_global_random_state_stays(make):
    torch.manual_seed(1)
    expected = torch.rand(4)
    torch.manual_seed(1)
    first = make(40).tensors
    assert torch.equal(torch.rand(4), expected)
    assert all(torch.equal(a, b) for a, b in zip(first, make(40).tensors, strict=True))
    assert not torch.equal(first[0], make(40, seed=1).tensors[0])


@pytest.mark.parametrize(
    ("make", "arguments", "message"),
    [
        (spirals, {"num_samples": 1}, "at least num_classes"),
        (spirals, {"num_samples": 5, "num_classes": 0}, "num_classes must be at least 1, not 0"),
        (spirals, {"num_samples": 5, "noise": -1}, "standard deviation and must be 0 or more"),
        (noisy_line, {"num_samples": 0}, "num_samples must be at least 1, not 0"),
        (noisy_line, {"num_samples": 5, "noise": float("nan")}, "must be 0 or more, not nan"),
    ],
)
def test_nonsense_is_refused(make, arguments, message):
    with pytest.raises(ValueError, match=message):
        make(**arguments)
