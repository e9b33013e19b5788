"""Problems to measure the judge on, unlike those it was fitted to in data, model and optimizer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from course_lib.data import fashion_mnist
from tools.diagnosis import held_out_models as models

Rng = np.random.Generator
Sample = tuple[Tensor, Tensor, int]  # inputs, targets, number of classes (0: regression)


@dataclass(frozen=True)
class Problem:
    """Data, ``model(size, drop)`` and how it is trained."""

    name: str
    seed: int
    draw: Callable[[Rng, int], Sample]
    model: Callable[[int, float], nn.Module]
    optimizer: str
    n_train: int
    n_val: int
    batch_size: int
    epochs: int
    schedule: str | None = None


def _real(values: object) -> Tensor:
    return torch.as_tensor(np.asarray(values)).to(torch.float32)


def _whole(values: object) -> Tensor:
    return torch.as_tensor(np.asarray(values)).to(torch.long)


def _scaled(values: np.ndarray) -> np.ndarray:
    y = np.asarray(values, float).reshape(len(values), -1)
    return np.asarray((y - y.mean(0)) / y.std(0))


def _images(rng: Rng, n: int, classes: list[int], side: int) -> tuple[Tensor, Tensor]:
    images, labels = fashion_mnist().train.tensors
    of_class = np.flatnonzero(np.isin(labels.numpy(), classes))
    chosen = torch.as_tensor(rng.choice(of_class, n, replace=False))
    pixels = images[chosen].float().reshape(n, 1, 28, 28) / 255
    index = {c: i for i, c in enumerate(classes)}
    targets = torch.tensor([index[int(c)] for c in labels[chosen]])
    return F.adaptive_avg_pool2d(pixels, side), targets


def _noisy_classes(rng: Rng, n: int) -> Sample:
    """Six blobs, a third of the labels drawn anew."""
    centres = np.random.default_rng(5).standard_normal((6, 10)) * 0.8
    y = rng.integers(0, 6, n)
    x = centres[y] + rng.standard_normal((n, 10))
    flip = rng.random(n) < 0.35
    return _real(x), _whole(np.where(flip, rng.integers(0, 6, n), y)), 6


def _ratings(rng: Rng, n: int) -> Sample:
    """What 25 users think of 30 things."""
    u, i = rng.integers(0, 25, n), rng.integers(0, 30, n)
    users, items = rng.standard_normal((25, 3)), rng.standard_normal((30, 3))
    y = (users[u] * items[i]).sum(1) + 0.7 * users[u, 0] + 0.5 * rng.standard_normal(n)
    return _whole(np.stack([u, i], 1)), _real(_scaled(y)), 0


def _shoes(rng: Rng, n: int) -> Sample:
    """Sandals, sneakers and boots, to be drawn again."""
    x, _ = _images(rng, n, [5, 7, 9], 12)
    x = (x - x.mean()) / x.std()
    return x, x.flatten(1), 0


def _rare(rng: Rng, n: int) -> Sample:
    """One in ten is positive."""
    y = (rng.random(n) < 0.1).astype(int)
    x = rng.standard_normal((n, 15))
    x[y == 1, :3] = x[y == 1, :3] * 0.3 + 1.2
    return _real(x), _whole(y), 2


def _bags(rng: Rng, n: int) -> Sample:
    """Twelve words of a text on one of five topics."""
    topics = np.random.default_rng(9).dirichlet(np.full(60, 0.25), 5) * 0.6 + 0.4 / 60
    y = rng.integers(0, 5, n)
    words = np.stack([rng.choice(60, 12, p=topics[c] / topics[c].sum()) for c in y])
    return _whole(words), _whole(y), 5


def _most_frequent(rng: Rng, n: int) -> Sample:
    """Which of five tokens is most frequent among twelve."""
    x = rng.integers(0, 5, (n, 12))
    favourite = rng.integers(0, 5, n)
    x = np.where(rng.random((n, 12)) < 0.25, favourite[:, None], x)
    count = np.stack([(x == t).sum(1) for t in range(5)], 1) + 0.1 * rng.random((n, 5))
    return _whole(x), _whole(count.argmax(1)), 5


def _arm(rng: Rng, n: int) -> Sample:
    """Where the hand is, from the angles of three joints."""
    angles = rng.uniform(-2, 2, (n, 3))
    sums = np.cumsum(angles, 1)
    y = np.stack([np.cos(sums).sum(1), np.sin(sums).sum(1)], 1)
    return _real(angles), _real(_scaled(y) + 0.05 * rng.standard_normal((n, 2))), 0


def _sinc(rng: Rng, n: int) -> Sample:
    """A curve with more noise further out."""
    x = rng.uniform(-3, 3, (n, 1))
    y = np.sinc(x * 1.5) + 0.1 * np.abs(x) * rng.standard_normal((n, 1))
    return _real(x), _real(_scaled(y)), 0


def _shirts(rng: Rng, n: int) -> Sample:
    """T-shirt, pullover, coat or shirt."""
    x, y = _images(rng, n, [0, 2, 4, 6], 10)
    return (x - 0.3) / 0.3, y, 4


def _oscillation(rng: Rng, n: int) -> Sample:
    """The next value of a driven oscillation with noise."""
    x = np.zeros((n, 14))
    x[:, :2] = rng.standard_normal((n, 2))
    phase = rng.uniform(0, 6, n)
    for t in range(2, 14):
        drive = 0.6 * np.sin(phase + t) + 0.3 * rng.standard_normal(n)
        x[:, t] = 1.2 * x[:, t - 1] - 0.6 * x[:, t - 2] + drive
    return _real(x[:, :13, None]), _real(_scaled(x[:, 13:])), 0


def _halves(rng: Rng, n: int) -> Sample:
    """Has the first half of ten bits more ones than the second, fewer, or as many?"""
    x = rng.integers(0, 2, (n, 10))
    more = x[:, :5].sum(1) - x[:, 5:].sum(1)
    return _real(x[..., None] * 2 - 1), _whole(np.sign(more) + 1), 3


def _dense(
    inputs: int, outputs: int, activation: Callable[[], nn.Module],
    big: tuple[int, ...], mid: tuple[int, ...], tiny: tuple[int, ...],
) -> Callable[[int, float], nn.Module]:  # fmt: skip
    return lambda size, drop: models.mlp(inputs, (big, mid, tiny)[size], outputs, activation, drop)


def _pair(size: int, drop: float) -> nn.Module:
    return models.Pair((25, 30), (16, 8, 1)[size], (64, 24, 2)[size], drop)


PROBLEMS = (
    Problem("noisy classes", 1000, _noisy_classes, _dense(10, 6, nn.ReLU, (128,), (32,), (1,)),
            "adam", 400, 400, 8, 5),
    Problem("ratings", 1001, _ratings, _pair, "adam", 500, 400, 32, 15),
    Problem("autoencoder", 1003, _shoes, models.autoencoder, "nadam", 200, 200, 20, 10),
    Problem("rare", 1004, _rare, _dense(15, 2, nn.ELU, (80, 80), (20, 20), (1,)),
            "rmsprop", 400, 400, 50, 30),
    Problem("bags", 1005, _bags, models.bag, "nesterov", 300, 300, 30, 40, "onecycle"),
    Problem("most frequent", 1006, _most_frequent, models.transformer,
            "adamw", 256, 300, 32, 16, "warmup"),
    Problem("arm", 1007, _arm, models.residual, "adamax", 200, 300, 25, 50, "step"),
    Problem("sinc", 1008, _sinc, _dense(1, 1, nn.Tanh, (64, 64), (16, 16), (2,)),
            "momentum", 120, 300, 16, 80),
    Problem("shirts", 1009, _shirts, models.convolution, "momentum", 240, 300, 24, 8, "cosine"),
    Problem("oscillation", 1010, _oscillation, models.recurrent("lstm", (18, 8, 1), 1),
            "rmsprop", 256, 256, 32, 18),
    Problem("halves", 1011, _halves, models.recurrent("gru", (20, 10, 1), 3),
            "adam", 256, 256, 32, 18),
)  # fmt: skip
