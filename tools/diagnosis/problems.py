"""Small learning problems of many kinds, drawn at random: the ground for labelled runs."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from course_lib.data import fashion_mnist

Sample = tuple[np.ndarray, np.ndarray, int]  # inputs, targets, number of classes (0: regression)


@dataclass
class Data:
    """Inputs N×D (float32) and targets (N int64, or N×K float32), already scaled."""

    name: str
    inputs: Tensor
    targets: Tensor
    num_classes: int  # 0: regression, K columns of targets

    @property
    def out_features(self) -> int:
        """Width of a model's last layer for these targets."""
        return self.num_classes or self.targets.shape[1]


def draw(name: str, count: int, noise: float, rng: np.random.Generator) -> Data:
    """``count`` samples of the problem; ``noise``: flipped share of labels, or added deviation."""
    x, y, classes = FAMILIES[name](count, rng)
    x = np.asarray(x, np.float64)
    if name not in UNSCALED:
        x = (x - x.mean(0)) / (x.std(0) + 1e-6)
    if classes:
        flip = rng.random(count) < noise
        y = np.where(flip, rng.integers(0, classes, count), y)
        targets = torch.from_numpy(y.astype(np.int64))
    else:
        y = np.asarray(y, np.float64).reshape(count, -1)
        y = (y - y.mean(0)) / (y.std(0) + 1e-6)
        if name != "autoencoder":
            y = y + noise * rng.standard_normal(y.shape)
        targets = torch.from_numpy(y.astype(np.float32))
    return Data(name, torch.from_numpy(x.astype(np.float32)), targets, classes)


def _labels(score: np.ndarray, classes: int) -> np.ndarray:
    cuts = np.quantile(score, np.linspace(0, 1, classes + 1)[1:-1])
    return np.digitize(score, cuts)


def _teacher(x: np.ndarray, width: int, out: int, rng: np.random.Generator) -> np.ndarray:
    hidden = np.tanh(x @ rng.standard_normal((x.shape[1], width)) / math.sqrt(x.shape[1]) * 1.5)
    return np.asarray(hidden @ rng.standard_normal((width, out)))


def _pooled(count: int, side: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    images, labels = fashion_mnist().train.tensors
    chosen = rng.choice(len(images), count, replace=False)
    step = 28 // side
    pixels = images[chosen].float().reshape(count, side, step, side, step).mean((2, 4)) / 255
    return pixels.reshape(count, side * side).numpy(), labels[chosen].numpy()


def _fashion7(n: int, rng: np.random.Generator) -> Sample:
    return *_pooled(n, 7, rng), 10


def _fashion14(n: int, rng: np.random.Generator) -> Sample:
    return *_pooled(n, 14, rng), 10


def _fashion_pairs(n: int, rng: np.random.Generator) -> Sample:
    x, y = _pooled(n, 7, rng)
    return x, y % 2, 2


def _autoencoder(n: int, rng: np.random.Generator) -> Sample:
    x, _ = _pooled(n, 7, rng)
    return x, x, 0


def _blobs(n: int, rng: np.random.Generator) -> Sample:
    classes, dims = int(rng.integers(3, 8)), int(rng.integers(2, 24))
    centres = rng.standard_normal((classes, dims)) * rng.uniform(0.6, 2.0)
    y = rng.integers(0, classes, n)
    return centres[y] + rng.standard_normal((n, dims)), y, classes


def _moons(n: int, rng: np.random.Generator) -> Sample:
    y = rng.integers(0, 2, n)
    angle = rng.uniform(0, np.pi, n)
    x = np.stack([np.cos(angle), np.sin(angle)], 1)
    x[y == 1] = np.array([1.0, 0.5]) - x[y == 1]
    return x + rng.uniform(0.1, 0.3) * rng.standard_normal((n, 2)), y, 2


def _circles(n: int, rng: np.random.Generator) -> Sample:
    y = rng.integers(0, 3, n)
    angle = rng.uniform(0, 2 * np.pi, n)
    radius = 1.0 + y + 0.25 * rng.standard_normal(n)
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], 1), y, 3


def _spirals(n: int, rng: np.random.Generator) -> Sample:
    classes = int(rng.integers(2, 4))
    y = rng.integers(0, classes, n)
    radius = rng.uniform(0.1, 1, n)
    angle = 2 * np.pi * (y / classes + rng.uniform(0.5, 0.9) * radius)
    x = np.stack([radius * np.cos(angle), radius * np.sin(angle)], 1)
    return x + 0.03 * rng.standard_normal((n, 2)), y, classes


def _checkers(n: int, rng: np.random.Generator) -> Sample:
    x = rng.uniform(-1, 1, (n, int(rng.integers(2, 5))))
    return x, (np.floor(x[:, 0] * 1.5) + np.floor(x[:, 1] * 1.5)).astype(int) % 2, 2


def _tabular(n: int, rng: np.random.Generator) -> Sample:
    x = rng.standard_normal((n, int(rng.integers(8, 40))))
    classes = int(rng.integers(2, 6))
    return x, _labels(_teacher(x, int(rng.integers(1, 8)), 1, rng)[:, 0], classes), classes


def _linear_classes(n: int, rng: np.random.Generator) -> Sample:
    dims, classes = int(rng.integers(5, 31)), int(rng.integers(2, 5))
    x = rng.standard_normal((n, dims)) @ rng.standard_normal((dims, dims)) / math.sqrt(dims)
    logits = x @ rng.standard_normal((dims, classes)) * rng.uniform(0.7, 3)
    return x, (logits + rng.gumbel(size=logits.shape)).argmax(1), classes


def _counts(n: int, rng: np.random.Generator) -> Sample:
    classes, words = int(rng.integers(2, 7)), int(rng.integers(60, 160))
    rates = rng.gamma(0.3, 1.0, (classes, words)) * 0.4 + 0.1
    y = rng.integers(0, classes, n)
    return np.log1p(rng.poisson(rates[y] * rng.uniform(0.2, 0.8, (n, 1)))), y, classes


def _sequences(n: int, rng: np.random.Generator) -> Sample:
    length, classes = 16, 4
    y = rng.integers(0, classes, n)
    phase = rng.uniform(0, 2 * np.pi, (n, 1))
    waves = np.sin(phase + np.arange(length) * (0.3 + 0.35 * y[:, None]))
    return waves + rng.uniform(0.2, 0.8) * rng.standard_normal((n, length)), y, classes


def _friedman1(n: int, rng: np.random.Generator) -> Sample:
    x = rng.uniform(0, 1, (n, 10))
    y = 10 * np.sin(np.pi * x[:, 0] * x[:, 1]) + 20 * (x[:, 2] - 0.5) ** 2
    return x, y + 10 * x[:, 3] + 5 * x[:, 4], 0


def _friedman2(n: int, rng: np.random.Generator) -> Sample:
    x = rng.uniform(0, 1, (n, 4)) * [100, 520, 1, 10] + [0, 40, 0, 1]
    return x, np.sqrt(x[:, 0] ** 2 + (x[:, 1] * x[:, 2] - 1 / (x[:, 1] * x[:, 3])) ** 2), 0


def _linear_regression(n: int, rng: np.random.Generator) -> Sample:
    x = rng.standard_normal((n, int(rng.integers(5, 40))))
    y = x @ rng.standard_normal(x.shape[1]) / math.sqrt(x.shape[1])
    return x, y + rng.uniform(0.2, 1.0) * rng.standard_normal(n), 0


def _teacher_regression(n: int, rng: np.random.Generator) -> Sample:
    x = rng.standard_normal((n, int(rng.integers(4, 20))))
    return x, _teacher(x, int(rng.integers(2, 10)), int(rng.integers(1, 4)), rng), 0


def _waves(n: int, rng: np.random.Generator) -> Sample:
    x = rng.uniform(-1, 1, (n, int(rng.integers(1, 3))))
    return x, np.sin(rng.uniform(3, 9) * x[:, 0]) + 0.5 * x[:, -1] ** 2, 0


def _next_value(n: int, rng: np.random.Generator) -> Sample:
    start, speed = rng.uniform(0, 6.3, (n, 1)), rng.uniform(0.2, 0.9, (n, 1))
    waves = np.sin(start + speed * np.arange(13)) + 0.1 * rng.standard_normal((n, 13))
    return waves[:, :12], waves[:, 12:], 0


FAMILIES = {
    "fashion7": _fashion7, "fashion14": _fashion14, "fashion_pairs": _fashion_pairs,
    "autoencoder": _autoencoder, "blobs": _blobs, "moons": _moons, "circles": _circles,
    "spirals": _spirals, "checkers": _checkers, "tabular": _tabular,
    "linear_classes": _linear_classes, "counts": _counts, "sequences": _sequences,
    "friedman1": _friedman1, "friedman2": _friedman2, "linear_regression": _linear_regression,
    "teacher_regression": _teacher_regression, "waves": _waves, "next_value": _next_value,
}  # fmt: skip
UNSCALED = {"counts", "sequences", "next_value"}
