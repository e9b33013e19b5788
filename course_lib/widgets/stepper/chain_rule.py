"""The network by hand: forward pass and gradients in plain Python, without torch.

The network is ``logits = W2 · tanh(W1 · x)``, the loss is cross-entropy. Everything the stepper
calls "by hand" comes from here, so it is independent of autograd and can be checked against it.
Matrices are lists of rows; index order is torch's: ``weight[to][from]``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

Vector = Sequence[float]
Matrix = Sequence[Sequence[float]]


class Weight(NamedTuple):
    """Where one weight sits: ``layer`` 1 or 2, from unit ``source`` to unit ``target``."""

    layer: int
    target: int
    source: int

    @property
    def route(self) -> str:
        """The weight as a route through the picture, such as ``h₂ → ŷ₁``."""
        left, right = ("x", "h") if self.layer == 1 else ("h", "ŷ")
        return f"{left}{subscript(self.source)} → {right}{subscript(self.target)}"

    @property
    def code(self) -> str:
        """The weight as the reader's code names it, such as ``model[2].weight[1, 2]``."""
        return f"model[{0 if self.layer == 1 else 2}].weight[{self.target}, {self.source}]"


def subscript(index: int) -> str:
    """``index`` in small digits below the line."""
    return str(index).translate(str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉"))


@dataclass(frozen=True)
class Pass:
    """What one sample's forward pass computes, unit by unit."""

    sums: list[float]  # W1 · x, before tanh
    hidden: list[float]
    logits: list[float]
    probabilities: list[float]
    loss: float


def forward(first: Matrix, second: Matrix, features: Vector, label: int) -> Pass:
    """One sample through the network and the loss."""
    sums = [sum(w * x for w, x in zip(row, features, strict=True)) for row in first]
    hidden = [math.tanh(z) for z in sums]
    logits = [sum(w * h for w, h in zip(row, hidden, strict=True)) for row in second]
    top = max(logits)  # exp of large logits would overflow; the shift cancels in the ratio
    powers = [math.exp(z - top) for z in logits]
    probabilities = [p / sum(powers) for p in powers]
    loss = math.log(sum(powers)) - (logits[label] - top)
    return Pass(sums, hidden, logits, probabilities, loss)


def logit_gradient(done: Pass, label: int) -> list[float]:
    """How the sample's loss moves with each logit: p − y, where y is 1 for the true class."""
    return [p - (k == label) for k, p in enumerate(done.probabilities)]


def hidden_gradient(done: Pass, second: Matrix, label: int) -> list[float]:
    """How the sample's loss moves with each hidden value: Σₖ (pₖ − yₖ) · w₂[k, j]."""
    error = logit_gradient(done, label)
    return [
        sum(e * row[j] for e, row in zip(error, second, strict=True))
        for j in range(len(done.hidden))
    ]


def output_slope(weight: Weight, done: Pass, features: Vector) -> float:
    """How far the value that the weight leads to moves, per unit of the weight."""
    if weight.layer == 2:
        return done.hidden[weight.source]
    return (1 - done.hidden[weight.target] ** 2) * features[weight.source]


def sample_slope(weight: Weight, done: Pass, second: Matrix, features: Vector, label: int) -> float:
    """How far the sample's loss moves, per unit of the weight: the chain rule."""
    if weight.layer == 2:
        arriving = logit_gradient(done, label)[weight.target]
    else:
        arriving = hidden_gradient(done, second, label)[weight.target]
    return arriving * output_slope(weight, done, features)
