"""A model whose losses follow a script, epoch by epoch, and which notes what was done to it.

Each thing that can go wrong moves something of its own, so one mistake never hides another:
``weight`` moves by exactly 1 with each step on training data, however stale the gradient;
the buffer ``seen`` with each training batch; ``validated`` moves only if somebody updates from
validation data. The script, and what was seen, stand beside the model and its copies, not in them:
what an answer finds in a model it can read and set, and need not train.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from course_lib.data import make_loader
from course_lib.grading.drivers.networks import tensor

TRAIN_SAMPLES, TRAIN_BATCH = 7, 4  # two batches, the last one smaller
VAL_SAMPLES, VAL_BATCH = 12, 8
BATCHES_PER_EPOCH = 2
SEEN_PER_BATCH = 0.25


@dataclass
class Run:
    """What one run's model follows, and what was done to it or to a copy of it.

    Attributes:
        script: the numbers wanted, by epoch: ``train_loss``, ``val_loss``, ``val_right``.
        batches: forward passes of training data, for training.
        validations: forward passes of validation data.
        measured_on_training: whether training data were seen without a graph.
        graph_on_validation: whether one of the validation passes recorded a graph.
        loaded: whether a state was loaded: "", "other", or "own" for the model's own, live one.
    """

    script: dict[str, list[float]]
    batches: int = 0
    validations: int = 0
    measured_on_training: bool = False
    graph_on_validation: bool = False
    loaded: str = ""


_SCORES = torch.tensor([[0.0, 10.0, 0.0], [10.0, 0.0, 0.0]])  # of a wrong and a right sample
_runs: dict[int, Run] = {}
_KEPT = 50  # runs; an answer may hold on to a model of an earlier one


def begin(scenario: dict[str, Any]) -> tuple[ScriptedModel, Run]:
    """A model that follows the scenario's script, and what will be seen of its run."""
    number = max(_runs, default=0) + 1
    run = Run({name: list(values) for name, values in scenario["script"].items()})
    _runs[number] = run
    _runs.pop(number - _KEPT, None)
    return ScriptedModel(scenario, number), run


class ScriptedModel(nn.Module):
    """Outputs N×4: scores of three classes, and the loss that the script wants.

    Inputs N×2: whether the sample is for validation, and its index.
    """

    seen: Tensor

    def __init__(self, scenario: dict[str, Any], number: int) -> None:
        super().__init__()
        self._number = number  # of its run; a copy has the same
        self.weight = nn.Parameter(tensor(scenario["weight"]))
        self.validated = nn.Parameter(tensor(scenario["validated"]))
        self.register_buffer("seen", tensor(scenario["seen"]))

    def forward(self, inputs: Tensor) -> Tensor:
        """N×2 → N×4."""
        run = _runs[self._number]
        if bool(inputs[0, 0] > 0):
            return self._validation(inputs, run)
        epoch = run.batches // BATCHES_PER_EPOCH
        if not torch.is_grad_enabled():  # somebody measures on training data, after an epoch
            epoch = max((run.batches - 1) // BATCHES_PER_EPOCH, 0)
            run.measured_on_training = True
        else:
            run.batches += 1
            self.seen += SEEN_PER_BATCH
        own = self.weight.sum()
        loss = _scripted(run, "train_loss", epoch) - (own - own.detach())
        return self._outputs(inputs, loss, right=1)

    def _validation(self, inputs: Tensor, run: Run) -> Tensor:
        epoch = max((run.batches - 1) // BATCHES_PER_EPOCH, 0)
        own = self.validated.sum()
        loss = _scripted(run, "val_loss", epoch) + (own - own.detach())
        outputs = self._outputs(inputs, loss, int(_scripted(run, "val_right", epoch)))
        run.validations += 1
        run.graph_on_validation |= outputs.requires_grad
        return outputs

    def _outputs(self, inputs: Tensor, loss: Any, right: int) -> Tensor:
        scores = _SCORES[(inputs[:, 1] < right).long()]
        return torch.cat([scores, loss.expand(len(inputs), 1)], dim=1)

    def load_state_dict(
        self, state_dict: Mapping[str, Any], strict: bool = True, assign: bool = False
    ) -> Any:
        """As every module's; noted, also whether it is this model's own, live state."""
        own = {name: value.data_ptr() for name, value in self.state_dict().items()}
        alive = any(
            isinstance(value, Tensor) and value.data_ptr() == own.get(name)
            for name, value in state_dict.items()
        )
        _runs[self._number].loaded = "own" if alive else "other"
        return super().load_state_dict(state_dict, strict=strict, assign=assign)


def _scripted(run: Run, name: str, epoch: int) -> float:
    values = run.script[name]
    return float(values[min(epoch, len(values) - 1)])


class SignSGD(torch.optim.Optimizer):
    """Moves every parameter that has a gradient by 1 against its sign, whatever the rate is."""

    def __init__(self, parameters: Any) -> None:
        super().__init__(parameters, {"lr": 1.0})

    def zero_grad(self, set_to_none: bool = True) -> None:
        """As every optimizer's, without the profiler's marks around it."""
        for parameter in (p for group in self.param_groups for p in group["params"]):
            if set_to_none or parameter.grad is None:
                parameter.grad = None
            else:
                parameter.grad.detach_().zero_()

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
                    parameter -= parameter.grad.sign()
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
    return make_loader(data, VAL_BATCH if validation else TRAIN_BATCH)
