"""What ``train_model`` needs before the first batch: defaults filled in, arguments checked."""

import os
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Adam, Optimizer
from torch.optim.lr_scheduler import LRScheduler, ReduceLROnPlateau
from torch.utils.data import Dataset

from course_lib.checkpoint.folder import CheckpointFolder
from course_lib.device import same_device
from course_lib.models import parameter_device
from course_lib.resumable_loader import num_batches

MakeOptimizer = Callable[[Iterable[nn.Parameter]], Optimizer]
MakeScheduler = Callable[[Optimizer], Any]

EMPTY_LOADER = (
    "The {name} gave no batch: the data set is empty, or smaller than one batch while "
    "drop_last=True."
)


def require_batches(mean: float | None, name: str = "dataloader") -> float:
    """``mean``; raises ValueError if it is None because there was no batch to take it over."""
    if mean is None:
        raise ValueError(EMPTY_LOADER.format(name=name))
    return mean


def require_full_loaders(**loaders: Any) -> None:
    """Raise ValueError for a data set in a loader's place, and for a loader known to be empty."""
    for name, loader in loaders.items():
        if isinstance(loader, Dataset):
            raise ValueError(
                f"The {name} is a {type(loader).__name__}, which gives single samples: wrap it "
                "with make_loader(dataset, batch_size=32)."
            )
        if num_batches(loader) == 0:
            raise ValueError(EMPTY_LOADER.format(name=name))


def require_epochs(num_epochs: int, **loaders: Any) -> None:
    """Raise ValueError if there is no epoch to run, or a loader that does not last for every one:
    an iterator ends with the first, and :func:`require_full_loaders` says what else does."""
    if num_epochs < 1:
        raise ValueError(f"num_epochs is {num_epochs}; give at least 1.")
    for name, loader in loaders.items():
        if isinstance(loader, Iterator):
            raise ValueError(
                f"The {name} is a {type(loader).__name__}, which can be read only once, but every "
                "epoch reads it anew: give the loader itself, or a list of the batches."
            )
    require_full_loaders(**loaders)


def require_pair(batch: Any) -> None:
    """Raise TypeError for a batch that is no pair (inputs, targets)."""
    if isinstance(batch, (tuple, list)) and len(batch) == 2:
        return
    size = f" of {len(batch)}" if isinstance(batch, (tuple, list, dict)) else ""
    raise TypeError(
        f"A batch must be a pair (inputs, targets), and this one is a {type(batch).__name__}"
        f"{size}: let the data set give such pairs, or write a collate_fn that makes them."
    )


def refused_pixels(batch: Any, error: RuntimeError) -> str | None:
    """A sentence, if the model failed because it was given raw pixels; else None."""
    inputs = batch[0] if isinstance(batch, (tuple, list)) else None
    if not isinstance(inputs, Tensor) or inputs.dtype != torch.uint8 or "type" not in str(error):
        return None
    return (
        "The inputs are torch.uint8, and the model takes floats: scale the images with "
        "scale_images(dataset) before make_loader."
    )


def require_device(model: nn.Module, device: torch.device | str) -> None:
    """Raise ValueError if the model is not on ``device``."""
    where = parameter_device(model)
    if where is not None and not same_device(where, device):
        raise ValueError(
            f"The model is on {where}, but training is to run on {device}: call "
            f'model.to("{device}") first, or give device="{where}".'
        )


def make_optimizer(
    optimizer: Optimizer | MakeOptimizer | None, model: nn.Module, learning_rate: float
) -> Optimizer:
    """The given optimizer, or the one that the given function makes, or Adam.

    Adam is fused where the device has it: one kernel instead of several for each tensor.
    """
    if isinstance(optimizer, Optimizer):
        own = {id(p) for p in model.parameters()}
        if not any(id(p) in own for group in optimizer.param_groups for p in group["params"]):
            raise ValueError(
                "The optimizer holds no parameter of this model, so nothing would be trained: "
                "construct it from model.parameters()."
            )
        return optimizer
    parameters = [p for p in model.parameters() if p.requires_grad]
    if not parameters:
        raise ValueError("The model has no parameter to train: all are frozen, or it has none.")
    if optimizer is not None:
        return optimizer(parameters)
    fused = all(p.is_floating_point() and p.device.type in ("cpu", "cuda") for p in parameters)
    return Adam(parameters, lr=learning_rate, fused=fused)


def checkpoint_folder(
    folder: str | os.PathLike[str] | None, keep_last: int
) -> CheckpointFolder | None:
    """The folder to save to, or None."""
    return None if folder is None else CheckpointFolder(os.fspath(folder), keep_last)


class Schedule:
    """The scheduler, stepped at the place where it belongs.

    Args:
        scheduler: a scheduler, a function that makes one from the optimizer, or None.
        interval: "epoch" or "batch" (after each weight update).
    """

    def __init__(self, scheduler: Any, optimizer: Optimizer, interval: str) -> None:
        if interval not in ("epoch", "batch"):
            raise ValueError(f'scheduler_interval is "{interval}"; give "epoch" or "batch".')
        made = scheduler is None or (hasattr(scheduler, "step") and not isinstance(scheduler, type))
        self.scheduler = scheduler if made else scheduler(optimizer)
        if self.scheduler is not None and self.scheduler.optimizer is not optimizer:
            raise ValueError(
                "The scheduler belongs to another optimizer: construct it with the one that "
                "train_model gets, or give a function optimizer -> scheduler."
            )
        if isinstance(self.scheduler, ReduceLROnPlateau) and interval == "batch":
            raise ValueError(
                "ReduceLROnPlateau waits for the validation loss, which comes once an epoch: give "
                'scheduler_interval="epoch".'
            )
        self._optimizer, self._interval = optimizer, interval

    @property
    def per_update(self) -> LRScheduler | None:
        """The scheduler, if it is to be stepped after each weight update."""
        return self.scheduler if self._interval == "batch" else None

    def end_epoch(self, val_loss: float) -> float:
        """Step a scheduler of epochs; return the rate that the epoch ended with."""
        rate = float(self._optimizer.param_groups[0]["lr"])
        if isinstance(self.scheduler, ReduceLROnPlateau):
            self.scheduler.step(val_loss)
        elif self.scheduler is not None and self._interval == "epoch":
            self.scheduler.step()
        return rate
