"""Runs ``train_one_epoch_accumulated`` on a small network."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from course_lib.grading.drivers import networks
from course_lib.grading.drivers.networks import tensor
from course_lib.grading.drivers.plain_numbers import told

REQUIRED = ("train_one_epoch_accumulated",)


def drive(answer: Any, scenario: dict[str, Any]) -> dict[str, Any]:
    """One epoch."""
    model = networks.build_model(scenario["model"])
    loader = networks.build_loader(scenario["train"])
    loss_fn = networks.build_loss(scenario["train"])
    optimizer = networks.build_optimizer(model, scenario["optimizer"])
    for name, parameter in model.named_parameters():
        if name in scenario["stale_gradients"]:
            parameter.grad = tensor(scenario["stale_gradients"][name])
    initial = networks.state_of(model)
    seen = networks.batches_seen(model, scenario["train"])
    gradients = _Gradients(model, optimizer)
    steps: list[None] = []
    optimizer.register_step_post_hook(lambda *_: steps.append(None))
    returned = answer(
        model,
        loader,
        loss_fn,
        optimizer,
        torch.device("cpu"),
        scenario["accumulation_steps"],
    )
    order: Any = loader.sampler
    return {
        "returned": told(returned),
        "state": networks.state_of(model),
        "steps": len(steps),
        "moved": networks.weights_moved(model, initial),
        "unused": gradients.unused,
        "seen": seen,
        "drawn": order.drawn,
    }


class _Gradients:
    """Adds up, in ``unused``, the gradients that were zeroed right before the step for them.

    They are noted when ``zero_grad`` is called with gradients that no step has used yet, and added
    when a step follows that finds none.
    """

    def __init__(self, model: networks.Network, optimizer: torch.optim.Optimizer) -> None:
        self.unused: dict[str, Any] = {}
        self._model = model
        self._fresh = False  # whether a backward pass came after the last step
        self._zeroed: dict[str, Tensor] = {}
        next(model.parameters()).register_hook(self._note_backward)
        optimizer.register_step_pre_hook(self._note_step)
        optimizer.register_step_post_hook(self._note_stepped)  # a closure may have gone backward
        model.before_zero_grad.append(lambda: self._note_zeroing())
        zero_grad = optimizer.zero_grad

        def noted(*arguments: Any, **more: Any) -> None:
            self._note_zeroing()
            zero_grad(*arguments, **more)

        optimizer.zero_grad = noted  # type: ignore[method-assign]

    def _note_zeroing(self) -> None:
        self._zeroed = self._present() if self._fresh else {}
        self._fresh = False

    def _note_backward(self, _: Tensor) -> None:
        self._fresh, self._zeroed = True, {}

    def _note_step(self, *_: Any) -> None:
        if not self._present():
            for name, gradient in self._zeroed.items():
                self.unused[name] = self.unused.get(name, 0.0) + gradient.numpy()

    def _note_stepped(self, *_: Any) -> None:
        self._fresh, self._zeroed = False, {}

    def _present(self) -> dict[str, Tensor]:
        """The gradients that are there, and not all zero."""
        return {
            name: parameter.grad.detach().clone()
            for name, parameter in self._model.named_parameters()
            if parameter.grad is not None and parameter.grad.any()
        }
