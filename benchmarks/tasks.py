"""What is trained: a model, images of the shipped sample, a batch size."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import torch
from torch import Tensor, nn

from course_lib import MLP, SmallCNN, fashion_mnist, scale_images

LEARNING_RATE = 0.001
SEED = 0


@dataclass(frozen=True)
class Task:
    """One thing to train; images N×28×28 float32 in [0, 1], labels int64."""

    name: str
    new_model: Callable[[], nn.Module]
    batch_size: int
    num_train: int
    num_val: int

    def model(self) -> nn.Module:
        """A model with the same first weights in every loop."""
        torch.manual_seed(SEED)
        return self.new_model()

    @property
    def train(self) -> tuple[Tensor, Tensor]:
        """Training images and labels."""
        return _first(_sample()[0], self.num_train)

    @property
    def val(self) -> tuple[Tensor, Tensor]:
        """Images and labels to validate on."""
        return _first(_sample()[1], self.num_val)


class Outcome(NamedTuple):
    """What a loop reports of its last epoch; it must be the same for all (see the test)."""

    train_loss: float
    val_loss: float
    val_accuracy: float


Run = Callable[[], Outcome | None]


def large_cnn() -> nn.Module:
    """The small CNN, eight times as wide: enough work for a GPU."""
    return SmallCNN(width=128)


CPU_TASKS = (
    Task("MLP, batch 32", MLP, 32, 10_000, 2_000),
    Task("MLP, batch 256", MLP, 256, 10_000, 2_000),
    Task("small CNN, batch 32", SmallCNN, 32, 1_600, 320),
)

# 60,000 images, as in the full set: the sample several times over. Whole batches only, so that a
# compiled model is compiled once.
GPU_TASKS = (
    Task("MLP, batch 256", MLP, 256, 234 * 256, 39 * 256),
    Task("small CNN, batch 256", SmallCNN, 256, 234 * 256, 39 * 256),
    Task("large CNN, batch 256", large_cnn, 256, 234 * 256, 39 * 256),
)


@cache
def _sample() -> tuple[tuple[Tensor, ...], tuple[Tensor, ...]]:
    data = fashion_mnist()
    return scale_images(data.train).tensors, scale_images(data.test).tensors


def _first(tensors: tuple[Tensor, ...], count: int) -> tuple[Tensor, Tensor]:
    repeats = math.ceil(count / len(tensors[0]))
    if repeats > 1:
        tensors = tuple(torch.cat([tensor] * repeats) for tensor in tensors)
    images, labels = (tensor[:count] for tensor in tensors)
    return images, labels
