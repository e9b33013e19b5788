"""Loaders: ordinary ``DataLoader`` objects that fetch in-memory data a whole batch at a time."""

from collections.abc import Callable, Sized
from typing import Any

import torch
from torch.utils.data import DataLoader, Dataset, Sampler

from course_lib.data.batch_fetching import fetch_whole_batches, stacked_batch


def make_loader(
    dataset: Dataset[Any],
    batch_size: int,
    *,
    shuffle: bool = False,
    generator: torch.Generator | None = None,
    num_workers: int = 0,
    drop_last: bool = False,
    sampler: Sampler[int] | None = None,
    pin_memory: bool = False,
    persistent_workers: bool = False,
    prefetch_factor: int | None = None,
    worker_init_fn: Callable[[int], None] | None = None,
) -> DataLoader[Any]:
    """A ``DataLoader`` over ``dataset``, with the same batches as torch's own, bit for bit.

    A ``TensorDataset``, or a ``Subset`` of one, is fetched a whole batch at a time; ``.dataset`` of
    the loader is then an equal data set with the same tensors. Any other data set goes to
    ``DataLoader`` unchanged. Arguments mean what they mean there: ``generator`` decides the order
    when ``shuffle`` is true, ``drop_last`` leaves out a last batch that is not full.

    Raises ValueError, in one sentence, for an empty data set, a ``batch_size`` below 1, settings
    that need worker processes without any, and settings that leave no batch at all.
    """
    _check(dataset, batch_size, num_workers, drop_last, persistent_workers, prefetch_factor)
    if sampler is not None and shuffle:
        raise ValueError("Give either sampler or shuffle=True: the sampler decides the order.")
    in_memory = fetch_whole_batches(dataset)
    return DataLoader(
        dataset if in_memory is None else in_memory,
        batch_size,
        shuffle=shuffle if sampler is None else None,
        sampler=sampler,
        num_workers=num_workers,
        collate_fn=None if in_memory is None else stacked_batch,
        pin_memory=pin_memory,
        drop_last=drop_last,
        worker_init_fn=worker_init_fn,
        generator=generator,
        prefetch_factor=prefetch_factor,
        persistent_workers=persistent_workers,
    )


def iterations_per_epoch(num_samples: int, batch_size: int, drop_last: bool = False) -> int:
    """Batches in one pass over the data: N/B rounded up, or down with ``drop_last``.

    50,000 samples in batches of 32 are 1,563 iterations. Raises ValueError for a negative
    ``num_samples`` or a ``batch_size`` below 1.
    """
    if num_samples < 0:
        raise ValueError(f"num_samples must be 0 or more, not {num_samples}.")
    _check_batch_size(batch_size)
    return num_samples // batch_size if drop_last else -(-num_samples // batch_size)


def _check_batch_size(batch_size: int) -> None:
    if isinstance(batch_size, bool) or not isinstance(batch_size, int) or batch_size < 1:
        raise ValueError(f"batch_size must be a whole number of at least 1, not {batch_size!r}.")


def _check(
    dataset: Dataset[Any],
    batch_size: int,
    num_workers: int,
    drop_last: bool,
    persistent_workers: bool,
    prefetch_factor: int | None,
) -> None:
    _check_batch_size(batch_size)
    if num_workers < 0:
        raise ValueError(f"num_workers must be 0 or more, not {num_workers}.")
    if num_workers == 0 and prefetch_factor is not None:
        raise ValueError(
            "prefetch_factor needs worker processes: leave it out or set num_workers to 1 or more."
        )
    if num_workers == 0 and persistent_workers:
        raise ValueError(
            "persistent_workers needs worker processes: leave it out or set num_workers to 1 or "
            "more."
        )
    if not isinstance(dataset, Sized):
        return  # a stream: nobody knows its length before its end
    if len(dataset) == 0:
        raise ValueError("The data set is empty: a loader needs at least one sample.")
    if drop_last and len(dataset) < batch_size:
        raise ValueError(
            f"drop_last=True leaves no batch: {len(dataset)} samples are fewer than "
            f"batch_size={batch_size}; take a smaller batch_size or drop_last=False."
        )
