"""A model whose losses follow a script, epoch by epoch, and which notes what was done to it.

Each thing that can go wrong moves something of its own, so one mistake never hides another:
``weight`` moves by exactly 1 with each step on training data, however stale the gradient;
the buffer ``seen`` with each training batch; ``validated`` moves only if somebody updates from
validation data.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from course_lib.grading.drivers.networks import tensor

TRAIN_SAMPLES, TRAIN_BATCH = 10, 4  # three batches, the last one smaller
VAL_SAMPLES, VAL_BATCH = 12, 8
BATCHES_PER_EPOCH = 3
SEEN_PER_BATCH = 0.25


class Notes(dict[str, Any]):
    """What was seen; a copy of the model writes into the same notes."""

    def __deepcopy__(self, memo: dict[int, Any]) -> Notes:
        return self

    __copy__ = dict.copy


class ScriptedModel(nn.Module):
    """Outputs N×4: scores of three classes, and the loss that the script wants.

    Inputs N×2: whether the sample is for validation, and its index.
    """

    seen: Tensor

    def __init__(self, scenario: dict[str, Any], notes: Notes) -> None:
        super().__init__()
        self.weight = nn.Parameter(tensor(scenario["weight"]))
        self.validated = nn.Parameter(tensor(scenario["validated"]))
        self.register_buffer("seen", tensor(scenario["seen"]))
        self.script = {name: list(values) for name, values in scenario["script"].items()}
        self.notes = notes

    def forward(self, inputs: Tensor) -> Tensor:
        """N×2 → N×4."""
        if bool(inputs[0, 0] > 0):
            return self._validation(inputs)
        epoch = self.notes["batches"] // BATCHES_PER_EPOCH
        if not torch.is_grad_enabled():  # somebody measures on training data, after an epoch
            epoch = max((self.notes["batches"] - 1) // BATCHES_PER_EPOCH, 0)
        else:
            self.notes["batches"] += 1
            self.seen += SEEN_PER_BATCH
        own = self.weight.sum()
        loss = self._scripted("train_loss", epoch) - (own - own.detach())
        return self._outputs(inputs, loss, right=1)

    def _validation(self, inputs: Tensor) -> Tensor:
        epoch = max((self.notes["batches"] - 1) // BATCHES_PER_EPOCH, 0)
        own = self.validated.sum()
        loss = self._scripted("val_loss", epoch) + (own - own.detach())
        outputs = self._outputs(inputs, loss, int(self._scripted("val_right", epoch)))
        self.notes["graph_on_validation"] |= outputs.requires_grad
        return outputs

    def _scripted(self, name: str, epoch: int) -> float:
        values = self.script[name]
        return float(values[min(epoch, len(values) - 1)])

    def _outputs(self, inputs: Tensor, loss: Any, right: int) -> Tensor:
        is_right = inputs[:, 1] < right
        scores = torch.stack([is_right, ~is_right, torch.zeros_like(is_right)], dim=1) * 10.0
        return torch.cat([scores, (loss + torch.zeros(len(inputs))).unsqueeze(1)], dim=1)

    def load_state_dict(
        self, state_dict: Mapping[str, Any], strict: bool = True, assign: bool = False
    ) -> Any:
        """As every module's; noted, also whether it is this model's own, live state."""
        own = {name: value.data_ptr() for name, value in self.state_dict().items()}
        alive = any(
            isinstance(value, Tensor) and value.data_ptr() == own.get(name)
            for name, value in state_dict.items()
        )
        self.notes["loaded"] = "own" if alive else "other"
        return super().load_state_dict(state_dict, strict=strict, assign=assign)


class SignSGD(torch.optim.Optimizer):
    """Moves every parameter that has a gradient by ``lr``, against the gradient's sign."""

    def __init__(self, parameters: Any, lr: float = 1.0) -> None:
        super().__init__(parameters, {"lr": lr})

    @torch.no_grad()
    def step(self, closure: Any = None) -> Any:
        """One update."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None:
                    parameter -= group["lr"] * parameter.grad.sign()
        return loss


def scripted_loss(outputs: Tensor, targets: Tensor) -> Tensor:
    """The mean of the outputs' last column; NaN where the script asks for it by a loss below 0."""
    losses = outputs[:, -1]
    return (losses + torch.where(losses.detach() < 0, torch.nan, 0.0)).mean()


def loader(validation: bool) -> DataLoader[Any]:
    """The training or the validation data: marks and indices, all of class 0."""
    samples = VAL_SAMPLES if validation else TRAIN_SAMPLES
    inputs = np.stack([np.full(samples, float(validation)), np.arange(samples)], axis=1)
    data = TensorDataset(tensor(inputs.astype("float32")), torch.zeros(samples, dtype=torch.int64))
    return DataLoader(data, VAL_BATCH if validation else TRAIN_BATCH)
