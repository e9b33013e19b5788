"""Models, loaders, losses and optimizers as a scenario describes them.

``model`` is ``{"layers": [["linear", 3, 6], ["tanh"], …], "state": {name: array}}``; a data set is
``{"inputs", "targets", "batch_size"}``; the targets' dtype decides between classes and regression.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Sampler, TensorDataset

from course_lib.data import make_loader


class HalvedInTraining(nn.Module):
    """Halves its input in training mode: dropout's difference between modes, without its chance."""

    def forward(self, inputs: Tensor) -> Tensor:
        """N×C → N×C."""
        return inputs * 0.5 if self.training else inputs


class Half(nn.Module):
    """The same in both modes."""

    def forward(self, inputs: Tensor) -> Tensor:
        """N×C → N×C."""
        return inputs * 0.5


_LAYERS = {
    "linear": nn.Linear,
    "tanh": nn.Tanh,
    "batch_norm": nn.BatchNorm1d,
    "halved": HalvedInTraining,
    "half": Half,
}


MOST_EPOCHS = 60
_MOST_BATCHES = 200


class DrawnForEver(Exception):  # noqa: N818 - an end, as StopIteration is
    """Somebody goes on drawing from a loader long after all that was asked for."""


class CountedOrder(Sampler[int]):
    """The samples in their order, and how many were drawn so far.

    Iterating raises DrawnForEver after MOST_EPOCHS epochs.
    """

    def __init__(self, samples: int) -> None:
        self.samples = samples
        self.drawn = 0

    def __iter__(self) -> Iterator[int]:
        if self.drawn >= MOST_EPOCHS * self.samples:
            raise DrawnForEver(f"The loader was drawn {MOST_EPOCHS} times.")
        for index in range(self.samples):
            self.drawn += 1
            yield index

    def __len__(self) -> int:
        return self.samples


class Network(nn.Sequential):
    """Layers, and functions that are called before each forward pass and each ``zero_grad``.

    A forward hook would miss who calls ``model.forward(inputs)``.
    """

    def __init__(self, *layers: nn.Module) -> None:
        super().__init__(*layers)
        self.before_forward: list[Callable[[Any], None]] = []
        self.before_zero_grad: list[Callable[[], None]] = []

    def forward(self, input: Any) -> Any:  # named as Sequential's
        """N×C → N×C."""
        for call in self.before_forward:
            call(input)
        return super().forward(input)

    def zero_grad(self, set_to_none: bool = True) -> None:
        """As every module's."""
        for call in self.before_zero_grad:
            call()
        super().zero_grad(set_to_none)


def batches_seen(model: Network, described: dict[str, Any]) -> list[tuple[int | None, int]]:
    """A list that will hold first sample and number of each batch that the model is given.

    The first sample is None where it is none of the data's.
    """
    told: list[tuple[int | None, int]] = []
    samples = tensor(described["inputs"])

    def note(inputs: Any) -> None:
        if len(told) < _MOST_BATCHES and isinstance(inputs, Tensor) and len(inputs):
            first = [i for i, row in enumerate(samples) if torch.equal(row, inputs.detach()[0])]
            told.append((first[0] if first else None, len(inputs)))

    model.before_forward.append(note)
    return told


def build_model(described: dict[str, Any]) -> Network:
    """The network, with the weights given; in evaluation mode, so that nobody finds it ready."""
    with torch.no_grad():
        layers = (_LAYERS[name](*sizes) for name, *sizes in described["layers"])
        model = Network(*layers).float()  # whatever default an answer has set
        own = model.state_dict()
        for name, array in described["state"].items():
            own[name].copy_(tensor(array))
    model.eval()
    return model


def build_loader(described: dict[str, Any]) -> DataLoader[Any]:
    """A DataLoader in the order of the samples; ``loader.sampler.drawn`` counts what it gave."""
    inputs, targets = tensor(described["inputs"]), tensor(described["targets"])
    data = TensorDataset(inputs, targets)
    return make_loader(data, described["batch_size"], sampler=CountedOrder(len(targets)))


def build_loss(data: dict[str, Any]) -> nn.Module:
    """Cross-entropy for classes, mean squared error for numbers; a mean over the batch.

    Where ``data`` holds ``loss_times``, so many times as large, and otherwise as PyTorch's own: a
    right answer may ask for another reduction, or for one more of its class.
    """
    classes = np.issubdtype(np.asarray(data["targets"]).dtype, np.integer)
    kind = nn.CrossEntropyLoss if classes else nn.MSELoss
    if "loss_times" not in data:
        return kind()

    def forward(self: Any, outputs: Tensor, targets: Tensor) -> Tensor:
        return kind.forward(self, outputs, targets) * data["loss_times"]

    loss_fn: nn.Module = type(kind.__name__, (kind,), {"forward": forward})()
    return loss_fn


def build_optimizer(model: nn.Module, described: dict[str, Any]) -> torch.optim.Optimizer:
    """SGD; ``described`` holds lr and, where wanted, momentum."""
    return torch.optim.SGD(model.parameters(), **described)


def tensor(array: Any) -> Tensor:
    """A tensor of its own, of the array's dtype."""
    return torch.tensor(np.asarray(array))


def state_of(model: nn.Module) -> dict[str, np.ndarray]:
    """Parameters and buffers as arrays of their own."""
    return {
        name: value.detach().cpu().clone().numpy() for name, value in model.state_dict().items()
    }


def weights_moved(model: nn.Module, before: dict[str, np.ndarray]) -> bool:
    """Whether a parameter is no longer what it was; buffers move without an update."""
    return any(
        not np.array_equal(before[name], parameter.detach().cpu().numpy())
        for name, parameter in model.named_parameters()
    )
