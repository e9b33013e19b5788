"""Runs ``train_one_epoch_accumulated`` on a small network."""

from __future__ import annotations

from typing import Any

import torch

from course_lib.grading.drivers import networks
from course_lib.grading.drivers.networks import tensor
from course_lib.grading.drivers.plain_numbers import told

REQUIRED = ("train_one_epoch_accumulated",)


def drive(answer: Any, scenario: dict[str, Any]) -> dict[str, Any]:
    """One epoch. ``kind`` is epoch, or refusal (is ValueError raised?)."""
    if scenario["kind"] == "refusal":
        try:
            _run(answer, scenario)
        except ValueError:
            return {"refused": True}
        return {"refused": False}
    return _run(answer, scenario)


def _run(answer: Any, scenario: dict[str, Any]) -> dict[str, Any]:
    model = networks.build_model(scenario["model"])
    loader = networks.build_loader(scenario["train"])
    loss_fn = networks.build_loss(scenario["train"])
    optimizer = networks.build_optimizer(model, scenario["optimizer"])
    for name, parameter in model.named_parameters():
        if name in scenario["stale_gradients"]:
            parameter.grad = tensor(scenario["stale_gradients"][name])
    initial = networks.state_of(model)
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
    return {
        "returned": told(returned),
        "state": networks.state_of(model),
        "steps": len(steps),
        "moved": networks.weights_moved(model, initial),
    }
