"""Runs ``train_with_early_stopping`` on a scripted model or on a small real network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from course_lib.grading.drivers import networks, scripted
from course_lib.grading.drivers.networks import state_of
from course_lib.grading.drivers.plain_numbers import told_list

REQUIRED = ("train_with_early_stopping",)
HISTORY = ("train_loss", "val_loss", "val_accuracy")


def drive(answer: Any, scenario: dict[str, Any]) -> dict[str, Any]:
    """One run, of the scripted model where the scenario has a script, else of a real network."""
    seen = scripted.Run({})  # of a network nothing is noted
    model: nn.Module
    loss_fn: Any
    optimizer: torch.optim.Optimizer
    if "script" in scenario:
        model, seen = scripted.begin(scenario)
        loaders = scripted.loader(validation=False), scripted.loader(validation=True)
        loss_fn, optimizer = scripted.scripted_loss, scripted.SignSGD(model.parameters())
    else:
        model = networks.build_model(scenario["model"])
        loaders = (
            networks.build_loader(scenario["train"]),
            networks.build_loader(scenario["validation"]),
        )
        loss_fn = networks.build_loss(scenario["train"])
        optimizer = networks.build_optimizer(model, scenario["optimizer"])
    initial = state_of(model)
    watched = _Steps(model)
    optimizer.register_step_post_hook(watched.note)
    gradients: list[None] = []
    next(model.parameters()).register_hook(lambda _: gradients.append(None))
    limits = scenario["max_epochs"], scenario["patience"]
    try:
        returned = answer(model, *loaders, loss_fn, optimizer, torch.device("cpu"), *limits)
    except networks.DrawnForEver:  # max_epochs has no effect: what it did so far can be judged
        returned = model
    form, best, history = _parts(returned)
    return {
        "form": form,
        "state": state_of(model if best is None else best),
        "history": None if history is None else _told_history(history),
        "keys": _keys(history),
        "batches": seen.batches,
        "validations": seen.validations,
        "measured_on_training": bool(seen.measured_on_training),
        "epochs": _epochs(loaders[0]),
        "steps": watched.steps,
        "after_last_step": watched.state or initial,
        "moved": any(
            not np.array_equal(initial[name], watched.state[name])
            for name, _ in model.named_parameters()
            if watched.state
        ),
        "graph_on_validation": bool(seen.graph_on_validation),
        "loaded": seen.loaded,
        "changed": networks.weights_moved(model, initial),
        "backward": bool(gradients),
        "lr": [group["lr"] for group in optimizer.param_groups],
    }


class _Steps:
    """Counts the optimizer's steps and keeps the model's state after the last one."""

    def __init__(self, model: nn.Module) -> None:
        self.model, self.steps = model, 0
        self.state: dict[str, Any] = {}

    def note(self, *_: Any) -> None:
        """Called by the optimizer after each step."""
        self.steps += 1
        self.state = state_of(self.model)


def _epochs(loader: Any) -> float:
    drawn = getattr(loader.sampler, "drawn", 0)
    return float(drawn / len(loader.dataset))


def _parts(returned: Any) -> tuple[str, nn.Module | None, Any]:
    """How the answer came back: "model, history" is what was asked for; the model; the history."""
    parts = list(returned) if isinstance(returned, (tuple, list)) else [returned]
    names = [_name(part) for part in parts]
    model = parts[names.index("model")] if "model" in names else None
    history = parts[names.index("history")] if "history" in names else None
    return ", ".join(names)[:200], model, history


def _name(part: Any) -> str:
    if isinstance(part, nn.Module):
        return "model"
    if isinstance(part, Mapping) and part and all(isinstance(v, Tensor) for v in part.values()):
        return "state_dict"
    if isinstance(part, Mapping) or any(_list_of(part, key) is not None for key in HISTORY):
        return "history"
    return type(part).__name__


def _list_of(history: Any, key: str) -> Any:
    try:
        return history[key]
    except Exception:  # whatever their class raises: it may hold the lists as attributes
        return getattr(history, key, None)


def _told_history(history: Any) -> dict[str, Any]:
    return {key: told_list(_list_of(history, key)) for key in HISTORY}


def _keys(history: Any) -> list[str]:
    return [str(key)[:40] for key in list(history)[:20]] if isinstance(history, Mapping) else []
