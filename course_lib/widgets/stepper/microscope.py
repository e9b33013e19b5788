"""The finite-difference microscope: one slope, found in three ways that share no code.

By hand (the chain rule in plain Python), by autograd, and by moving the weight a little to both
sides and looking at what changes. Where the three agree, the gradient is right.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import cast

import torch
from torch import Tensor, nn

from course_lib.widgets.stepper import chain_rule
from course_lib.widgets.stepper.batch import SmallBatch
from course_lib.widgets.stepper.chain_rule import Weight

# A central difference errs by about ε² (its formula) and 1e-16/ε (rounding): 1e-5 balances them.
EPSILON = 1e-5


@dataclass(frozen=True)
class Slope:
    """One derivative with respect to one weight, found in three ways."""

    by_hand: float
    autograd: float
    finite_difference: float

    @property
    def disagreement(self) -> float:
        """The largest difference between the three."""
        three = (self.by_hand, self.autograd, self.finite_difference)
        return max(three) - min(three)


@dataclass(frozen=True)
class Slopes:
    """What moves when one weight moves, from near to far.

    Attributes:
        output: the value that the weight leads to (a hidden value or a logit), drawn image.
        image_loss: the drawn image's own loss.
        loss: the mean loss of the batch: the gradient that ``backward()`` computes.
        nudged: the batch loss with the weight moved by −ε and by +ε.
    """

    output: Slope
    image_loss: Slope
    loss: Slope
    nudged: tuple[float, float]


def parameters(model: nn.Sequential) -> dict[int, Tensor]:
    """The weights of ``Linear → tanh → Linear``, by the layer's number in the picture."""
    return {1: cast(nn.Linear, model[0]).weight, 2: cast(nn.Linear, model[2]).weight}


def look_at_every_weight(
    model: nn.Sequential, batch: SmallBatch, image: int
) -> dict[Weight, Slopes]:
    """Slopes of all weights of ``Linear → tanh → Linear`` at its current weights.

    The model's parameters and their ``.grad`` are as before when this returns.
    """
    by_hand = _by_hand(model, batch, image)
    layers = parameters(model)
    found: dict[Weight, Slopes] = {}
    autograd = _autograd(model, batch, image)
    for weight in by_hand:
        measure = partial(_values, model, batch, image, weight)
        low, high = (
            _nudged(layers[weight.layer], weight, step, measure) for step in (-EPSILON, EPSILON)
        )
        numeric = ((high - low) / (2 * EPSILON)).tolist()
        three = zip(by_hand[weight], autograd[weight], numeric, strict=True)
        output, image_loss, loss = (Slope(*each) for each in three)
        found[weight] = Slopes(output, image_loss, loss, (float(low[2]), float(high[2])))
    return found


def _values(model: nn.Sequential, batch: SmallBatch, image: int, weight: Weight) -> Tensor:
    """The three values whose slopes we look at: output, image loss, batch loss."""
    hidden = model[1](model[0](batch.features))
    logits = model[2](hidden)
    losses = nn.functional.cross_entropy(logits, batch.labels, reduction="none")
    output = (hidden if weight.layer == 1 else logits)[image, weight.target]
    return torch.stack([output, losses[image], losses.mean()])


def _nudged(
    parameter: Tensor, weight: Weight, step: float, measure: Callable[[], Tensor]
) -> Tensor:
    place = (weight.target, weight.source)
    with torch.no_grad():
        before = parameter[place].item()
        parameter[place] = before + step
        measured = measure()
        parameter[place] = before  # taking the step away again could cost the last bit
    return measured


def _autograd(
    model: nn.Sequential, batch: SmallBatch, image: int
) -> dict[Weight, tuple[float, float, float]]:
    found: dict[Weight, tuple[float, float, float]] = {}
    for layer, parameter in parameters(model).items():
        for target in range(parameter.shape[0]):
            values = _values(model, batch, image, Weight(layer, target, 0))
            # one row of weights leads to this target, so one gradient serves the whole row
            rows = [
                torch.autograd.grad(value, parameter, retain_graph=True)[0][target].tolist()
                for value in values
            ]
            for source, three in enumerate(zip(*rows, strict=True)):
                found[Weight(layer, target, source)] = three
    return found


def _by_hand(
    model: nn.Sequential, batch: SmallBatch, image: int
) -> dict[Weight, tuple[float, float, float]]:
    first, second = (parameter.tolist() for parameter in parameters(model).values())
    samples = list(zip(batch.features.tolist(), batch.labels.tolist(), strict=True))
    passes = [chain_rule.forward(first, second, x, y) for x, y in samples]
    shapes = {1: (len(first), len(first[0])), 2: (len(second), len(second[0]))}
    found: dict[Weight, tuple[float, float, float]] = {}
    for layer, (targets, sources) in shapes.items():
        for weight in (Weight(layer, t, s) for t in range(targets) for s in range(sources)):
            each = [
                chain_rule.sample_slope(weight, done, second, x, y)
                for done, (x, y) in zip(passes, samples, strict=True)
            ]
            output = chain_rule.output_slope(weight, passes[image], samples[image][0])
            found[weight] = (output, each[image], sum(each) / len(each))
    return found
