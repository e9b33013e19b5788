"""A real training, written down step by step as plain numbers.

Nothing here is simulated: ``record_steps`` trains a small network with autograd and SGD and
keeps what each of the four steps computed. The stepper only replays the record.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn

from course_lib.widgets.stepper import chain_rule
from course_lib.widgets.stepper.batch import SmallBatch, course_batch
from course_lib.widgets.stepper.chain_rule import Pass, Weight
from course_lib.widgets.stepper.microscope import Slopes, look_at_every_weight, parameters

HIDDEN = 4

Rows = tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class Iteration:
    """One round of forward, loss, backward, update.

    Attributes:
        weights: both layers' weights before the update, ``(first, second)``.
        hidden, logits, probabilities, image_loss: torch's numbers for the drawn image.
        image_losses: loss of each image of the batch.
        loss: what ``backward()`` starts from: the mean of ``image_losses``.
        logit_gradient, hidden_gradient: autograd's, of the drawn image's own loss.
        gradients: ``.grad`` of both layers after ``backward()``: of the batch's mean loss.
        updated: both layers' weights after ``optimizer.step()``.
        loss_after: the batch's loss with the updated weights.
        slopes: for every weight, its slopes by hand, by autograd and by finite difference.
    """

    weights: tuple[Rows, Rows]
    hidden: tuple[float, ...]
    logits: tuple[float, ...]
    probabilities: tuple[float, ...]
    image_loss: float
    image_losses: tuple[float, ...]
    loss: float
    logit_gradient: tuple[float, ...]
    hidden_gradient: tuple[float, ...]
    gradients: tuple[Rows, Rows]
    updated: tuple[Rows, Rows]
    loss_after: float
    slopes: dict[Weight, Slopes]

    def weight(self, which: Weight, *, after: bool = False) -> float:
        """The value of one weight before the update, or after it."""
        return (self.updated if after else self.weights)[which.layer - 1][which.target][
            which.source
        ]

    def gradient(self, which: Weight) -> float:
        """``.grad`` of one weight, of the batch's mean loss."""
        return self.gradients[which.layer - 1][which.target][which.source]

    def by_hand(self, features: tuple[float, ...], label: int) -> Pass:
        """One image through this iteration's network, in plain Python."""
        return chain_rule.forward(*self.weights, features, label)


@dataclass(frozen=True)
class Recording:
    """The whole training: ``iterations`` rounds on the same batch.

    ``image`` is the place in the batch of the one image whose numbers are drawn; loss and
    gradients are those of the whole batch.
    """

    batch: SmallBatch
    image: int
    learning_rate: float
    iterations: tuple[Iteration, ...]

    @property
    def losses(self) -> list[float]:
        """Batch loss of each iteration, before its update."""
        return [iteration.loss for iteration in self.iterations]

    @property
    def features(self) -> tuple[float, ...]:
        """The network's input for the drawn image."""
        return tuple(self.batch.features[self.image].tolist())

    @property
    def label(self) -> int:
        """The true class of the drawn image."""
        return int(self.batch.labels[self.image])

    @property
    def weights(self) -> list[Weight]:
        """Every weight of the network, layer by layer."""
        return list(self.iterations[0].slopes)


def build_model(num_features: int, num_classes: int, generator: torch.Generator) -> nn.Sequential:
    """The stepper's network: ``Linear → tanh → Linear`` in float64, without biases.

    float64 lets a finite difference agree with the gradient to ten digits; without biases every
    parameter is a line of the picture (the inputs have mean 0, so little is lost).
    """
    with torch.random.fork_rng(devices=[]):  # Linear draws from the notebook's own generator
        model = nn.Sequential(
            nn.Linear(num_features, HIDDEN, bias=False, dtype=torch.float64),
            nn.Tanh(),
            nn.Linear(HIDDEN, num_classes, bias=False, dtype=torch.float64),
        )
    with torch.no_grad():
        for weight in model.parameters():
            weight.copy_(0.5 * torch.randn(weight.shape, generator=generator, dtype=weight.dtype))
    return model


def record_steps(
    iterations: int = 12,
    learning_rate: float = 0.5,
    seed: int = 0,
    *,
    batch: SmallBatch | None = None,
    image: int = 0,
) -> Recording:
    """Train a 4–4–3 network for ``iterations`` rounds on one batch and record every step.

    Args:
        iterations: rounds of the four steps, at least 1.
        learning_rate: η of plain SGD. A power of two (0.5) makes η·g exact, so that the update
            by hand equals the optimizer's bit for bit; with others the last bit may differ,
            because the processor multiplies and subtracts with a single rounding.
        seed: of the images drawn and of the initial weights.
        batch: the batch to train on; ``None`` draws 12 images of the course's training set.
        image: which image of the batch is drawn, from 0.

    Raises:
        ValueError: for fewer than one iteration or an image that is not in the batch.
    """
    if iterations < 1:
        raise ValueError(f"iterations must be at least 1, not {iterations}")
    batch = course_batch(seed) if batch is None else batch
    if not 0 <= image < len(batch.labels):
        raise ValueError(f"image must be from 0 to {len(batch.labels) - 1}, not {image}")
    generator = torch.Generator().manual_seed(seed)
    model = build_model(batch.features.shape[1], len(batch.class_names), generator)
    optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # a network of 28 weights only waits for a second thread
    try:
        rounds = tuple(_record_one(model, optimizer, batch, image) for _ in range(iterations))
    finally:
        torch.set_num_threads(threads)
    return Recording(batch, image, learning_rate, rounds)


def _record_one(
    model: nn.Sequential, optimizer: torch.optim.Optimizer, batch: SmallBatch, image: int
) -> Iteration:
    weights = _both(model)
    slopes = look_at_every_weight(model, batch, image)

    hidden = model[1](model[0](batch.features))  # 1 forward
    logits = model[2](hidden)
    image_losses = nn.functional.cross_entropy(logits, batch.labels, reduction="none")
    loss = image_losses.mean()  # 2 loss
    at_logits, at_hidden = torch.autograd.grad(
        image_losses[image], (logits, hidden), retain_graph=True
    )
    optimizer.zero_grad()
    loss.backward()  # 3 backward
    gradients = _both(model, grad=True)
    optimizer.step()  # 4 update

    return Iteration(
        weights=weights,
        hidden=_row(hidden[image]),
        logits=_row(logits[image]),
        probabilities=_row(logits[image].softmax(dim=0)),
        image_loss=image_losses[image].item(),
        image_losses=_row(image_losses),
        loss=loss.item(),
        logit_gradient=_row(at_logits[image]),
        hidden_gradient=_row(at_hidden[image]),
        gradients=gradients,
        updated=_both(model),
        loss_after=nn.functional.cross_entropy(model(batch.features), batch.labels).item(),
        slopes=slopes,
    )


def _row(values: Tensor) -> tuple[float, ...]:
    return tuple(values.detach().tolist())


def _both(model: nn.Sequential, *, grad: bool = False) -> tuple[Rows, Rows]:
    first, second = (
        tuple(_row(row) for row in cast(Tensor, weight.grad if grad else weight))
        for weight in parameters(model).values()
    )
    return first, second
