"""Whatever an answer hands back in a number's place, told in plain values."""

from __future__ import annotations

import numbers
from collections.abc import Iterable
from typing import Any

import numpy as np
import torch

Told = dict[str, Any]
"""``{"kind", "value", "type"}``: kind is float, int, tensor (0-d), graph (a tensor that still
carries its graph), none or other; value is a float, or None where there is no number in it."""


def told(value: Any) -> Told:
    """One number, or what stands in its place."""
    kind, number = _kind_and_number(value)
    return {"kind": kind, "value": number, "type": type(value).__name__[:40]}


def _kind_and_number(value: Any) -> tuple[str, float | None]:
    if value is None:
        return "none", None
    if isinstance(value, torch.Tensor):
        if value.numel() != 1:
            return "other", None
        return ("graph" if value.requires_grad else "tensor"), float(value.detach())
    if isinstance(value, np.ndarray):
        return ("tensor", float(value.reshape(()))) if value.size == 1 else ("other", None)
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, numbers.Real):
        return "other", None
    return ("int" if isinstance(value, numbers.Integral) else "float"), float(value)


def told_list(values: Any, most: int = 1000) -> list[Told] | None:
    """A list of numbers; None where it is no list at all."""
    if isinstance(values, torch.Tensor) and values.ndim == 1:
        values = values.detach().numpy()
    if isinstance(values, (str, bytes, dict)) or not isinstance(values, Iterable):
        return None
    return [told(value) for _, value in zip(range(most), values, strict=False)]
