"""A loss function that looks at its first batch and says in one sentence what does not fit.

torch's own messages come late or not at all: ``MSELoss`` broadcasts N×1 against N to N×N and
trains on nonsense, and a class index that is out of range kills a CUDA context.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

LossFunction = Callable[[Any, Any], Tensor]

_CLASS_LOSSES = (nn.CrossEntropyLoss, nn.NLLLoss)
_CLASS_FUNCTIONS = (F.cross_entropy, F.nll_loss)
_SAME_SHAPE_LOSSES = (
    nn.MSELoss,
    nn.L1Loss,
    nn.SmoothL1Loss,
    nn.HuberLoss,
    nn.BCELoss,
    nn.BCEWithLogitsLoss,
)
_SAME_SHAPE_FUNCTIONS = (
    F.mse_loss,
    F.l1_loss,
    F.smooth_l1_loss,
    F.huber_loss,
    F.binary_cross_entropy,
    F.binary_cross_entropy_with_logits,
)


class CheckedLoss:
    """``loss_fn``, with a check of dtype, shape and range before its first result is used.

    Training and validation are each checked once: looking at the targets' range makes a GPU wait,
    so it must not be done in every epoch anew.
    """

    def __init__(self, loss_fn: LossFunction) -> None:
        self.loss_fn = loss_fn
        self._checked: set[bool] = set()  # with gradients, without

    @classmethod
    def around(cls, loss_fn: LossFunction) -> "CheckedLoss":
        """A plain loss function with its check; a CheckedLoss as it is."""
        return loss_fn if isinstance(loss_fn, CheckedLoss) else cls(loss_fn)

    def __call__(self, outputs: Any, targets: Any) -> Tensor:
        """The loss, as ``loss_fn`` gives it."""
        training = torch.is_grad_enabled()
        if training in self._checked:
            return self.loss_fn(outputs, targets)
        check_targets(self.loss_fn, outputs, targets)
        loss = self.loss_fn(outputs, targets)
        _check_scalar(self.loss_fn, loss)
        self._checked.add(training)
        return loss


def knows_targets_of(loss_fn: LossFunction) -> bool:
    """Whether :func:`check_targets` can judge targets of this loss function."""
    functions = (*_CLASS_FUNCTIONS, *_SAME_SHAPE_FUNCTIONS)
    return isinstance(loss_fn, (*_CLASS_LOSSES, *_SAME_SHAPE_LOSSES)) or loss_fn in functions


def check_targets(loss_fn: LossFunction, outputs: Any, targets: Any) -> None:
    """Raise ValueError or TypeError with one clear sentence if the targets cannot be right.

    Only what ``torch.nn``'s usual losses are known to need is checked; a loss function of the
    reader's own is trusted.
    """
    if isinstance(loss_fn, type):
        raise TypeError(
            f"loss_fn is the class {loss_fn.__name__} itself: give an instance, "
            f"loss_fn=nn.{loss_fn.__name__}()."
        )
    known = isinstance(loss_fn, (*_CLASS_LOSSES, *_SAME_SHAPE_LOSSES))
    if known and getattr(loss_fn, "reduction", "mean") == "sum":
        raise ValueError(
            f"{_name(loss_fn)} sums over the batch, so that a larger batch would count more: give "
            'it reduction="mean", its default.'
        )
    if not (isinstance(outputs, Tensor) and isinstance(targets, Tensor)):
        if known and isinstance(outputs, Tensor):
            raise TypeError(
                f"{_name(loss_fn)} needs its targets as a tensor, but they are a "
                f"{type(targets).__name__}: make them one with torch.as_tensor(targets)."
            )
        return
    if isinstance(loss_fn, _CLASS_LOSSES) or loss_fn in _CLASS_FUNCTIONS:
        _check_classes(_name(loss_fn), loss_fn, outputs, targets)
    elif isinstance(loss_fn, _SAME_SHAPE_LOSSES) or loss_fn in _SAME_SHAPE_FUNCTIONS:
        _check_same_shape(_name(loss_fn), outputs, targets)


def _check_classes(name: str, loss_fn: Any, outputs: Tensor, targets: Tensor) -> None:
    if outputs.ndim > 1 and outputs.shape[1] == 1:
        raise ValueError(
            f"{name} needs one output for each class, but the model has a single output, for which "
            "it is always 0: for regression give loss_fn=nn.MSELoss(), for yes or no "
            "nn.BCEWithLogitsLoss()."
        )
    expected = outputs.shape[:1] + outputs.shape[2:]
    if targets.is_floating_point():
        if targets.shape == outputs.shape:
            return  # probabilities for each class
        raise TypeError(
            f"{name} needs class indices of type int64, but the targets are {targets.dtype}: "
            "convert class labels with targets.long(); for regression give loss_fn=nn.MSELoss()."
        )
    if targets.shape != expected:
        raise ValueError(
            f"{name} needs targets of shape {tuple(expected)} for outputs of shape "
            f"{tuple(outputs.shape)}, but they have shape {tuple(targets.shape)}: "
            "one class index for each sample (squeeze a dimension of size 1; take the argmax of "
            "one-hot rows)."
        )
    if targets.dtype not in (torch.int64, torch.uint8):
        raise TypeError(
            f"{name} needs class indices of type int64, but the targets are {targets.dtype}: "
            "convert them with targets.long()."
        )
    classes = outputs.shape[1] if outputs.ndim > 1 else outputs.shape[0]
    kept = targets[targets != getattr(loss_fn, "ignore_index", -100)]
    if kept.numel() and not (int(kept.min()) >= 0 and int(kept.max()) < classes):
        raise ValueError(
            f"The targets hold classes {int(kept.min())} to {int(kept.max())}, but the model has "
            f"{classes} outputs, for classes 0 to {classes - 1}: change its number of classes, or "
            "the labels."
        )


def _check_same_shape(name: str, outputs: Tensor, targets: Tensor) -> None:
    if outputs.shape != targets.shape:
        raise ValueError(
            f"{name} compares element by element, but the outputs have shape "
            f"{tuple(outputs.shape)} and the targets {tuple(targets.shape)}: give both the same "
            "shape, for example with targets.unsqueeze(1)."
        )
    if not targets.is_floating_point():
        raise TypeError(
            f"{name} needs targets of a floating type, but they are {targets.dtype}: convert "
            "them with targets.float()."
        )


def _check_scalar(loss_fn: LossFunction, loss: Any) -> None:
    if not isinstance(loss, Tensor) or loss.ndim != 0:
        got = f"shape {tuple(loss.shape)}" if isinstance(loss, Tensor) else type(loss).__name__
        raise ValueError(
            f"{_name(loss_fn)} must return one number, the mean over the batch, as a 0-d tensor, "
            f"but it returned {got}."
        )


def _name(loss_fn: Any) -> str:
    return getattr(loss_fn, "__name__", type(loss_fn).__name__)
