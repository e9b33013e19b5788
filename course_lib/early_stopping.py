"""Early stopping: end the run when the validation loss has stopped improving."""

import math
from copy import deepcopy
from typing import Any

from torch import Tensor, nn


def copy_state(model: nn.Module) -> dict[str, Any]:
    """A copy of all parameters and buffers; ``state_dict()`` alone holds live references."""
    return {
        name: value.detach().clone() if isinstance(value, Tensor) else deepcopy(value)
        for name, value in model.state_dict().items()  # a module's extra state may be anything
    }


class EarlyStopping:
    """Stop as soon as ``patience`` epochs in a row brought no lower validation loss.

    Keras, Lightning and Ignite count the same way: they stop when the count *reaches* patience
    (``ReduceLROnPlateau`` acts when it *exceeds* it). An improvement is a loss lower than the best
    so far by more than ``min_delta``; a NaN is never one.

    Args:
        patience: epochs without improvement after which to stop, at least 1.
        min_delta: how much lower a loss must be to count as an improvement, at least 0.
        restore_best: at the end of the run load the best epoch's parameters and buffers back.
    """

    def __init__(
        self, patience: int = 5, min_delta: float = 0.0, restore_best: bool = True
    ) -> None:
        if patience < 1:
            raise ValueError(f"patience is {patience}; give at least 1 epoch.")
        if not min_delta >= 0:  # a NaN is neither, and nothing would ever be an improvement
            raise ValueError(f"min_delta is {min_delta}; give 0 or more.")
        self.patience = patience
        self.min_delta = min_delta
        self.restore_best = restore_best
        self.reset()

    def reset(self) -> None:
        """Forget everything: a new run begins."""
        self.best_loss = math.inf
        self.best_epoch = 0
        self.epoch = 0
        self.epochs_without_improvement = 0
        self.best_state: dict[str, Any] | None = None

    def step(self, val_loss: float, model: nn.Module | None = None) -> bool:
        """Take in one epoch's validation loss; return whether to stop now.

        With ``model`` (and ``restore_best``) a copy of the best epoch's state is kept.
        """
        self.epoch += 1
        if val_loss < self.best_loss - self.min_delta:  # false for NaN
            self.best_loss, self.best_epoch = val_loss, self.epoch
            self.epochs_without_improvement = 0
            if model is not None and self.restore_best:
                self.best_state = copy_state(model)
        else:
            self.epochs_without_improvement += 1
        return self.should_stop

    @property
    def should_stop(self) -> bool:
        """Whether patience is used up."""
        return self.epochs_without_improvement >= self.patience

    def load_best(self, model: nn.Module) -> None:
        """Load the best epoch's parameters and buffers into ``model``, if any were kept."""
        if self.best_state is not None:
            model.load_state_dict(self.best_state)

    def state_dict(self) -> dict[str, Any]:
        """The count so far, as plain data."""
        names = ("best_loss", "best_epoch", "epoch", "epochs_without_improvement", "best_state")
        return {name: getattr(self, name) for name in names}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue from what :meth:`state_dict` gave."""
        for name, value in state.items():
            setattr(self, name, value)
