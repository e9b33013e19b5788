"""What is measured beside the loss: a number for each batch, averaged over samples."""

import math
from collections.abc import Callable
from statistics import NormalDist
from typing import Any

import torch
from torch import Tensor, nn

Metric = Callable[[Any, Any], Tensor | float | None]

_BCE_WITH_LOGITS = nn.functional.binary_cross_entropy_with_logits


def accuracy(outputs: Any, targets: Any) -> Tensor | None:
    """Share of right classes: outputs N×C×… (logits or probabilities), targets N×… (int).

    None where the targets are no class indices (regression).
    """
    if not (isinstance(outputs, Tensor) and isinstance(targets, Tensor)):
        return None
    if targets.is_floating_point() or outputs.ndim != targets.ndim + 1:
        return None
    return _share(outputs.argmax(dim=1) == targets)


def binary_accuracy(logits: Any, targets: Any) -> Tensor | None:
    """Share of right yes/no answers: a logit above 0 means yes. Shapes alike."""
    return _share((logits > 0) == (targets > 0.5))


def confusion_matrix(predicted: Tensor, targets: Tensor, num_classes: int) -> Tensor:
    """Counts C×C (int64) by true class (row) and predicted class (column).

    Args:
        predicted, targets: class indices, N each, from 0 to ``num_classes`` − 1.

    Raises:
        ValueError: for different lengths, or an index outside the classes.
    """
    if predicted.shape != targets.shape or targets.ndim != 1:
        raise ValueError(
            f"predicted and targets are one list of classes each and equally long, not "
            f"{tuple(predicted.shape)} and {tuple(targets.shape)}"
        )
    both = torch.cat([predicted, targets])
    if len(both) and not 0 <= int(both.min()) <= int(both.max()) < num_classes:
        raise ValueError(
            f"classes run from 0 to {num_classes - 1}; "
            f"these run from {int(both.min())} to {int(both.max())}"
        )
    cells = targets.long() * num_classes + predicted.long()
    return torch.bincount(cells, minlength=num_classes**2).reshape(num_classes, num_classes)


def f1_scores(matrix: Tensor) -> Tensor:
    """F1 of each class (C values, 0 to 1) from a confusion matrix C×C.

    With the precision P (of those called a class, the share that are) and the recall R (of those
    that are, the share that was called so) it is their harmonic mean, 2PR / (P + R), which is 2
    right / (called + are). 0 for a class that was never called and never there.
    """
    right = matrix.diagonal().to(torch.float32)
    called_and_are = matrix.sum(dim=0) + matrix.sum(dim=1)
    return 2 * right / called_and_are.clamp(min=1)


def default_metric(loss_fn: Any) -> Metric:
    """The accuracy that fits the loss function."""
    yes_or_no = isinstance(loss_fn, nn.BCEWithLogitsLoss)
    return binary_accuracy if yes_or_no or loss_fn is _BCE_WITH_LOGITS else accuracy


def accuracy_interval(
    accuracy: float, num_samples: int, confidence: float = 0.95
) -> tuple[float, float]:
    """The error bar of an accuracy: between which two shares the true one plausibly lies.

    ``accuracy`` is the share of right answers, from 0 to 1, on ``num_samples`` independent samples.
    In ``confidence`` of all such test sets the interval holds the true accuracy, nearly; it never
    leaves [0, 1]. This is Wilson's score interval (E. B. Wilson 1927, Journal of the American
    Statistical Association 22, 209-212). Raises ValueError where a number is out of its range.
    """
    if not 0 <= accuracy <= 1:
        raise ValueError(f"accuracy is a share from 0 to 1, not {accuracy}.")
    if num_samples < 1:
        raise ValueError(f"num_samples must be at least 1, not {num_samples}.")
    if not 0 < confidence < 1:
        raise ValueError(f"confidence is a share between 0 and 1, not {confidence}.")
    squared = NormalDist().inv_cdf((1 + confidence) / 2) ** 2
    middle = accuracy + squared / (2 * num_samples)
    variance = accuracy * (1 - accuracy) / num_samples + squared / (4 * num_samples**2)
    reach, total = math.sqrt(squared * variance), 1 + squared / num_samples
    return max(0.0, (middle - reach) / total), min(1.0, (middle + reach) / total)


def _share(right: Tensor) -> Tensor:
    # In float32 the share of 1605 in 2000 would come back as 0.80250000048; Apple's GPUs have no
    # float64.
    return right.to(torch.float32 if right.device.type == "mps" else torch.float64).mean()
