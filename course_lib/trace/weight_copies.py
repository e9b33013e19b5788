"""Copies of the weights before a step, so that the size of the update can be measured."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from course_lib.trace.norms import norm_of

_MANY = 4_000_000  # elements that are copied at most
_STRETCH = 1 << 18  # elements that are measured together: of more, float32 loses digits


def held_by(optimizer: Optimizer) -> list[Tensor]:
    """All its parameters."""
    return [p for group in optimizer.param_groups for p in group["params"]]


class WeightCopies:
    """The weights of one optimizer before its step, many in one stretch of memory.

    The room is kept from step to step: memory that is in the cache already.
    """

    def __init__(self) -> None:
        self.share = 1.0  # of the elements, that were copied
        self._parts: list[Tensor] = []
        self._stretches: list[Tensor] = []
        self._weights: list[Tensor] = []  # during a step only

    def take(self, parameters: Sequence[Tensor]) -> None:
        """Copy them: all, or the smallest ones up to a limit."""
        weights = [p for p in parameters if p.requires_grad and p.is_floating_point()]
        total = copied = _elements(parameters)
        if len(weights) < len(parameters):
            copied = _elements(weights)
        if copied > _MANY:
            weights = _smallest(weights)
            copied = _elements(weights)
        self.share = copied / total if total else 1.0
        if not self._fits(weights):
            self._make_room(weights)
        if weights:
            _without_graph(torch._foreach_copy_, self._parts, weights)
        self._weights = weights

    def update_norm(self) -> Tensor | float | None:
        """The size of what the step changed; None where nothing was copied."""
        weights, self._weights = self._weights, []
        if not weights:
            return None
        _without_graph(torch._foreach_sub_, self._parts, weights)
        return norm_of(self._stretches)

    def _fits(self, weights: Sequence[Tensor]) -> bool:
        return len(weights) == len(self._parts) and all(
            a.shape == b.shape and a.dtype == b.dtype and a.device == b.device
            for a, b in zip(self._parts, weights, strict=True)
        )

    def _make_room(self, weights: Sequence[Tensor]) -> None:
        self._parts, self._stretches = [], []
        together: list[Tensor] = []
        for weight in weights:
            if together and not _joins(weight, together):
                self._add_stretch(together)
                together = []
            together.append(weight)
        self._add_stretch(together)

    def _add_stretch(self, weights: Sequence[Tensor]) -> None:
        if len(weights) < 2:
            copies = [weight.detach().clone() for weight in weights]
            self._parts += copies
            self._stretches += copies
            return
        sizes = [weight.numel() for weight in weights]
        stretch = weights[0].detach().new_empty(sum(sizes))
        parts = zip(stretch.split(sizes), weights, strict=True)
        self._parts += [part.view(weight.shape) for part, weight in parts]
        self._stretches.append(stretch)


def _without_graph(change: Callable[..., Any], parts: list[Tensor], weights: list[Tensor]) -> None:
    """What ``torch.no_grad()`` does, in a fifth of its time: this is done twice a step."""
    enabled = torch.is_grad_enabled()
    torch._C._set_grad_enabled(False)
    try:
        change(parts, weights)
    finally:
        torch._C._set_grad_enabled(enabled)


def _joins(weight: Tensor, others: Sequence[Tensor]) -> bool:
    """Whether it may lie in one stretch with these."""
    first = others[0]
    return (
        _is_plain(weight)
        and _is_plain(first)
        and (weight.dtype, weight.device) == (first.dtype, first.device)
        and weight.numel() + _elements(others) <= _STRETCH
    )


def _is_plain(weight: Tensor) -> bool:
    return type(weight) in (Tensor, nn.Parameter) and weight.layout is torch.strided


def _elements(tensors: Sequence[Tensor]) -> int:
    return sum(map(Tensor.numel, tensors))


def _smallest(weights: Sequence[Tensor]) -> list[Tensor]:
    chosen, elements = [], 0
    for parameter in sorted(weights, key=Tensor.numel):
        elements += parameter.numel()
        if elements > _MANY:
            break
        chosen.append(parameter)
    return chosen
