"""A loss that is NaN or infinite: where it happened, why, and a way back."""

import math
from typing import Any

import torch
from torch import Tensor, nn

from course_lib.history import History
from course_lib.running_mean import RunningMean

# Pixels of 0 to 255 and unscaled columns lie far above this; standardised inputs far below.
LARGE_INPUT = 30.0


class NonFiniteLossError(FloatingPointError):
    """The training loss (or a weight) became NaN or infinite, and the run was stopped.

    Attributes:
        epoch: the epoch it happened in, counted from 1.
        batch: the batch of that epoch, counted from 1; None where only the weights tell.
        cause: the likely cause, with what to do.
        history: the History of the finished epochs.
    """

    def __init__(self, epoch: int, batch: int | None, cause: str, history: History) -> None:
        where = f"epoch {epoch}" + ("" if batch is None else f", batch {batch}")
        super().__init__(
            f"The training loss is no longer a finite number in {where}. Likely cause: {cause} "
            "Model and optimizer are back in their last good state (the start of that epoch), and "
            "the finished epochs are in this error's .history."
        )
        self.epoch, self.batch, self.cause, self.history = epoch, batch, cause, history


class NonFiniteValue(Exception):  # noqa: N818  a signal inside the library
    """Raised inside the epoch; ``train_model`` turns it into a NonFiniteLossError."""

    def __init__(self, batch: int | None) -> None:
        super().__init__(batch)
        self.batch = batch


class WatchedMean(RunningMean):
    """A running mean that objects to the first value that is not finite.

    On the CPU values are read as they come, so it objects before one can spoil the weights; on a
    GPU they are read once an epoch.
    """

    def see(self, value: float) -> None:
        """Object to a value that is not finite."""
        if not math.isfinite(value):
            raise NonFiniteValue(self.batches)


def all_finite(model: nn.Module) -> bool:
    """Whether every parameter is a finite number. On a GPU this waits for the device."""
    return all(bool(torch.isfinite(parameter).all()) for parameter in model.parameters())


def likely_cause(model: nn.Module, inputs: Any, targets: Any) -> str:
    """The likely cause as one sentence, judged from the batch and the weights as they are."""
    if _holds_non_finite(inputs):
        return "the inputs of that batch hold NaN or infinity; clean the data."
    if _holds_non_finite(targets):
        return "the targets of that batch hold NaN or infinity; clean the data."
    if not all_finite(model):
        return (
            "an update before it made the weights non-finite; lower the learning rate, or clip "
            "the gradient with max_grad_norm=1.0."
        )
    largest = _largest(inputs)
    if largest > LARGE_INPUT:
        return (
            f"the inputs reach {largest:.0f}; scale them to about 0 to 1 (scale_images does it for "
            "pixels), and take a loss that works on logits, such as CrossEntropyLoss."
        )
    return (
        "the loss function itself, such as the log of a probability that became 0, or outputs that "
        "grew too large; take a loss that works on logits, lower the learning rate, or clip the "
        "gradient with max_grad_norm=1.0."
    )


def _tensors(batch: Any) -> list[Tensor]:
    if isinstance(batch, Tensor):
        return [batch] if batch.is_floating_point() and batch.numel() else []
    if isinstance(batch, dict):
        batch = list(batch.values())
    if isinstance(batch, (list, tuple)):
        return [tensor for item in batch for tensor in _tensors(item)]
    return []


def _holds_non_finite(batch: Any) -> bool:
    return any(not bool(torch.isfinite(tensor).all()) for tensor in _tensors(batch))


def _largest(batch: Any) -> float:
    return max((float(tensor.abs().max()) for tensor in _tensors(batch)), default=0.0)
