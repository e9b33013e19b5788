"""One validation batch through the model before training, so that what cannot be validated is said
before the first epoch and not after it."""

from typing import Any

import torch
from torch import nn
from torch.utils.data import DataLoader, IterableDataset, RandomSampler, SequentialSampler

from course_lib.checked_loss import CheckedLoss, check_targets, knows_targets_of
from course_lib.device import to_device
from course_lib.evaluation_mode import evaluation_mode
from course_lib.preparation import refused_pixels, require_pair
from course_lib.seeding import random_states, restore_random_states


def try_validation(
    model: nn.Module,
    loss_fn: CheckedLoss,
    device: torch.device | str,
    *,
    train_loader: Any,
    val_loader: Any,
) -> None:
    """Raise TypeError or ValueError, in one sentence, if the first samples cannot be validated.

    Nothing is changed: no weight, no mode, no random state, and no loader is read. Where samples
    cannot be had without reading a loader (a stream, a sampler of the reader's own), and with a
    loss function of the reader's own, nothing is tried. What is wrong with the training batches
    too is said of those.
    """
    before = random_states()  # a data set may draw random numbers
    try:
        wrong = _wrong_with(val_loader, model, loss_fn, device)
        if wrong is None:
            return
        if (first := _wrong_with(train_loader, model, loss_fn, device)) is not None:
            raise first
        raise type(wrong)(f"In the val_loader: {wrong}")
    finally:
        restore_random_states(before)


def _wrong_with(
    loader: Any, model: nn.Module, loss_fn: CheckedLoss, device: torch.device | str
) -> TypeError | ValueError | None:
    batch = _first_batch(loader)
    if batch is None:
        return None
    try:
        require_pair(batch)
    except TypeError as error:
        return error
    if not knows_targets_of(loss_fn.loss_fn):
        return None
    inputs, targets = to_device(batch, device)
    try:
        with evaluation_mode(model), torch.no_grad():
            outputs = model(inputs)
    except RuntimeError as error:
        sentence = refused_pixels(batch, error)
        return None if sentence is None else TypeError(sentence)  # else training or validating says
    try:
        check_targets(loss_fn.loss_fn, outputs, targets)
    except (TypeError, ValueError) as error:
        return error
    return None


def _first_batch(loader: Any) -> Any:
    """What a list or a DataLoader would give first, unshuffled; None if it cannot be told."""
    if isinstance(loader, list | tuple):
        return loader[0]
    if not isinstance(loader, DataLoader) or isinstance(loader.dataset, IterableDataset):
        return None
    data, count = loader.dataset, loader.batch_size
    if count is None or not isinstance(loader.sampler, SequentialSampler | RandomSampler):
        return None  # a sampler of the reader's own may never ask for the first samples
    positions = list(range(min(count, len(data))))  # type: ignore[arg-type]
    fetch = getattr(data, "__getitems__", None)
    return loader.collate_fn(fetch(positions) if fetch else [data[i] for i in positions])
