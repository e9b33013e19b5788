"""Runs ``train_one_epoch_with_progress`` on a small network and watches its bar."""

from __future__ import annotations

from typing import Any

import torch

from course_lib.grading.drivers import networks
from course_lib.grading.drivers.bar_watch import watching_bars
from course_lib.grading.drivers.plain_numbers import told

REQUIRED = ("train_one_epoch_with_progress",)


def drive(answer: Any, scenario: dict[str, Any]) -> dict[str, Any]:
    """One epoch; a snapshot of the bars before each forward pass and one at the end."""
    model = networks.build_model(scenario["model"])
    loader = networks.build_loader(scenario["train"])
    loss_fn = networks.build_loss(scenario["train"])
    optimizer = networks.build_optimizer(model, scenario["optimizer"])
    with watching_bars() as bars:
        model.before_forward.append(lambda _: bars.snapshot())
        seen = networks.batches_seen(model, scenario["train"])
        returned = answer(model, loader, loss_fn, optimizer, torch.device("cpu"), scenario["epoch"])
        bars.snapshot()
        shown = bars.told()
    order: Any = loader.sampler
    return {
        "returned": told(returned),
        "state": networks.state_of(model),
        "drawn": order.drawn,
        "seen": seen,
        "forwards": len(bars) - 1,
        "bars": shown,
    }
