"""SGD for the oracles: the same numbers as torch's, without what its optimizers load and prepare.

A judge trains thousands of tiny networks. There, making ``torch.optim.SGD`` takes longer than its
updates, and the first of them loads ``torch._dynamo``, which takes seconds.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor, nn


class PlainSGD:
    """``torch.optim.SGD`` with a rate and a momentum.

    Args:
        parameters: what to update.
        lr: the learning rate.
        momentum: 0 for none.
    """

    def __init__(
        self, parameters: Iterable[nn.Parameter], lr: float, momentum: float = 0.0
    ) -> None:
        self._parameters = list(parameters)
        self._lr, self._momentum = lr, momentum
        self._velocity: dict[int, Tensor] = {}

    def step(self) -> None:
        """One update of all parameters that have a gradient."""
        with torch.no_grad():
            for position, parameter in enumerate(self._parameters):
                if parameter.grad is not None:
                    parameter.add_(self._direction(position, parameter.grad), alpha=-self._lr)

    def _direction(self, position: int, gradient: Tensor) -> Tensor:
        if self._momentum == 0:
            return gradient
        if position not in self._velocity:  # the first gradient is the first velocity
            self._velocity[position] = gradient.clone()
        else:
            self._velocity[position].mul_(self._momentum).add_(gradient)
        return self._velocity[position]

    def zero_grad(self) -> None:
        """No parameter has a gradient any more."""
        for parameter in self._parameters:
            parameter.grad = None
