"""Which samples a real ``DataLoader`` hands out in which batch, written down for scrubbing."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import torch
from torch.utils.data import TensorDataset

from course_lib.data import make_loader

MAX_SAMPLES = 256  # more cells than that are too small to be told apart
MAX_EPOCHS = 8

Batch = tuple[int, ...]  # sample numbers, in the loader's order


@dataclass(frozen=True)
class LoaderSettings:
    """What decides the order.

    Attributes:
        num_samples: N, from 1 to 256.
        batch_size: B, from 1 to N.
        epochs: passes over the data, from 1 to 8.
        shuffle, drop_last: as in ``torch.utils.data.DataLoader``.
        seed: of the loader's generator.
    """

    num_samples: int = 20
    batch_size: int = 4
    epochs: int = 5
    shuffle: bool = True
    drop_last: bool = False
    seed: int = 0

    def __post_init__(self) -> None:
        _require("num_samples", self.num_samples, 1, MAX_SAMPLES)
        _require("batch_size", self.batch_size, 1, self.num_samples)
        _require("epochs", self.epochs, 1, MAX_EPOCHS)


def _require(name: str, value: int, low: int, high: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise ValueError(f"{name} must be a whole number from {low} to {high}, not {value!r}.")


@dataclass(frozen=True)
class BatchRecord:
    """What the loader did.

    Attributes:
        settings: of the loader.
        epochs: for each epoch its batches, for each batch its samples, in the loader's order.
    """

    settings: LoaderSettings
    epochs: tuple[tuple[Batch, ...], ...]

    @property
    def batches_per_epoch(self) -> int:
        """K, as counted in the record."""
        return len(self.epochs[0])

    @cached_property
    def batches(self) -> tuple[Batch, ...]:
        """The batches of all epochs, one after another: one for each iteration."""
        return tuple(batch for epoch in self.epochs for batch in epoch)

    def left_out(self, epoch: int) -> Batch:
        """Samples that no batch of ``epoch`` (from 0) holds, in rising order."""
        used = {sample for batch in self.epochs[epoch] for sample in batch}
        return tuple(s for s in range(self.settings.num_samples) if s not in used)

    def times_used(self, iterations: int | None = None) -> list[int]:
        """How often each sample was in one of the first ``iterations`` batches (None: of all)."""
        counts = [0] * self.settings.num_samples
        for batch in self.batches[:iterations]:
            for sample in batch:
                counts[sample] += 1
        return counts


def record_batches(
    num_samples: int = 20,
    batch_size: int = 4,
    epochs: int = 5,
    *,
    shuffle: bool = True,
    drop_last: bool = False,
    seed: int = 0,
) -> BatchRecord:
    """Run a seeded ``DataLoader`` over the numbers 0 to N − 1 and write down every batch.

    One loader serves all epochs, and each epoch goes on with the generator's random numbers, as
    in a training loop. Raises ValueError, in one sentence, for settings out of range.
    """
    settings = LoaderSettings(num_samples, batch_size, epochs, shuffle, drop_last, seed)
    return record_loader(settings)


def record_loader(settings: LoaderSettings) -> BatchRecord:
    """The record of the loader with these settings."""
    loader = make_loader(
        TensorDataset(torch.arange(settings.num_samples)),
        settings.batch_size,
        shuffle=settings.shuffle,
        drop_last=settings.drop_last,
        generator=torch.Generator().manual_seed(settings.seed),
    )
    epochs = tuple(
        tuple(tuple(samples.tolist()) for (samples,) in loader) for _ in range(settings.epochs)
    )
    return BatchRecord(settings, epochs)
