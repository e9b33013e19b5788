"""Runs that the judge never saw the like of: ``python -m tools.diagnosis.held_out OUT.jsonl``.

The problems of ``held_out_problems.py`` are run as ``generate.py`` runs its own (five models, rates
half a decade apart, planted bugs), but by torch's own modules and optimizers. About five minutes
on one core. Measure with ``python -m tools.diagnosis.measure OUT.jsonl``. Do not fit to them: the
figures would no longer tell anything.

Measured in November 2026: 0.85 right, of ``lr_too_high`` 0.81, sure of 0.68 and right in 0.96 of
those, calibration error 0.03; by experiment (``measure_experiment.py``) a mean recall of 0.98.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.func import functional_call, vmap
from torch.optim import SGD, Adam, Adamax, AdamW, NAdam, Optimizer, RMSprop

from tools.diagnosis.crowd import UNTRAINED
from tools.diagnosis.generate import LEARNT_BUGS
from tools.diagnosis.held_out_problems import PROBLEMS, Problem

OPTIMIZERS: dict[str, Callable[..., Optimizer]] = {
    "momentum": partial(SGD, momentum=0.9), "nesterov": partial(SGD, momentum=0.95, nesterov=True),
    "adam": partial(Adam, fused=True), "adamw": partial(AdamW, fused=True),
    "rmsprop": partial(RMSprop, foreach=True), "nadam": partial(NAdam, foreach=True),
    "adamax": partial(Adamax, foreach=True),
}  # fmt: skip
SIZES = {"big": 0, "bigreg": 0, "mid": 1, "heavy": 1, "tiny": 2}
Pairs = tuple[Tensor, Tensor]


def factors(schedule: str | None, epochs: int) -> list[float]:
    """The schedule's factor on the learning rate, for each epoch."""
    if schedule == "cosine":
        return [0.5 * (1 + math.cos(math.pi * e / epochs)) for e in range(epochs)]
    if schedule == "step":
        return [1.0 if e < 0.5 * epochs else 0.2 if e < 0.8 * epochs else 0.04
                for e in range(epochs)]  # fmt: skip
    if schedule == "warmup":
        return [min(1.0, (e + 1) / max(1.0, 0.15 * epochs)) for e in range(epochs)]
    if schedule == "onecycle":
        top = 0.3 * epochs
        return [0.1 + 0.9 * e / top if e < top else max(0.01, 1 - (e - top) / (0.7 * epochs))
                for e in range(epochs)]  # fmt: skip
    return [1.0] * epochs


class Crowd:
    """One model with several learning rates at once, all from the same weights.

    The optimizer steps with rate 1 and each copy goes its rate's share of that way: none of
    ``OPTIMIZERS`` keeps the rate in its state.
    """

    def __init__(
        self, model: nn.Module, optimizer: str, rates: list[float], decay: float, loss: Any
    ) -> None:
        self.model, self.rates, n = model, torch.tensor(rates), len(rates)
        self.params = {
            name: p.detach().repeat(n, *[1] * p.dim()).requires_grad_()
            for name, p in model.named_parameters()
        }
        if optimizer == "adamw":
            decay = 10 * decay or 0.01
        self.optimizer = OPTIMIZERS[optimizer](self.all, lr=1.0, weight_decay=decay)
        self.outputs = vmap(self._call, (0, None), randomness="different")
        self.losses = vmap(
            lambda p, x, y: loss(self._call(p, x), y), (0, None, None), randomness="different"
        )

    @property
    def all(self) -> list[Tensor]:
        """Every stacked parameter."""
        return list(self.params.values())

    def _call(self, params: dict[str, Tensor], x: Tensor) -> Tensor:
        out: Tensor = functional_call(self.model, params, (x,))
        return out

    @torch.no_grad()
    def step(self, factor: float) -> None:
        """One update at the rates times the schedule's factor."""
        old = [p.clone() for p in self.all]
        self.optimizer.step()
        for p, q in zip(self.all, old, strict=True):
            p.copy_(q + self.rates.reshape(-1, *[1] * (p.dim() - 1)) * factor * (p - q))


def histories(
    crowd: Crowd, train: Pairs, val: Pairs, loss: Any, problem: Problem, bug: str | None
) -> list[dict[str, list[float]]]:
    """Train; the history of each rate, with ``end_loss``: the training loss in evaluation mode."""
    (x, y), n = train, len(train[0])
    order = torch.Generator().manual_seed(problem.seed + 1)
    found: list[dict[str, list[float]]] = [{} for _ in crowd.rates]
    for factor in factors(problem.schedule, problem.epochs):
        mixed = y[torch.randperm(n, generator=order)] if bug == "labels_reshuffled" else y
        crowd.model.train()
        total, norms, batches = torch.zeros(len(found)), torch.zeros(len(found)), 0
        for chosen in torch.randperm(n, generator=order).split(problem.batch_size):
            xb = torch.zeros_like(x[chosen]) if bug == "dead_inputs" else x[chosen]
            yb = mixed[chosen].roll(1, 0) if bug == "labels_rolled" else mixed[chosen]
            crowd.optimizer.zero_grad()
            each = crowd.losses(crowd.params, xb, yb)
            each.sum().backward()
            total, batches = total + each.detach() * len(chosen), batches + 1
            if bug != "zero_after_backward":
                squares = [
                    p.grad.flatten(1).square().sum(1) for p in crowd.all if p.grad is not None
                ]
                norms += torch.stack(squares).sum(0).sqrt()
            if bug not in UNTRAINED:
                crowd.step(factor)
        crowd.model.eval()
        with torch.no_grad():
            outputs, own = crowd.outputs(crowd.params, val[0]), crowd.outputs(crowd.params, x)
            row = {
                "train_loss": total / n, "lr": crowd.rates * factor, "grad_norm": norms / batches,
                "val_loss": torch.stack([loss(out, val[1]) for out in outputs]),
                "end_loss": torch.stack([loss(out, y) for out in own]),
            }  # fmt: skip
            if not y.is_floating_point():
                row["val_accuracy"] = (outputs.argmax(-1) == val[1]).float().mean(1)
        for key, values in row.items():
            for history, value in zip(found, values.tolist(), strict=True):
                history.setdefault(key, []).append(float(f"{value:.6g}"))
    return found


def run_problem(problem: Problem) -> dict[str, Any]:
    """All runs of one problem, as ``generate.run_problem`` returns them."""
    rng = np.random.default_rng(problem.seed)
    x, y, classes = problem.draw(rng, problem.n_train + problem.n_val)
    n = problem.n_train
    train, val = (x[:n], y[:n]), (x[n:], y[n:])
    loss = F.cross_entropy if classes else F.mse_loss
    shares = torch.bincount(train[1], minlength=classes) / n if classes else torch.ones(1)
    entropy = float(-(shares * shares.clamp_min(1e-12).log()).sum())
    low, high = (-9, 3) if problem.optimizer in ("momentum", "nesterov") else (-11, 1)
    rates = [10 ** (k / 2) for k in range(low, high + 1)]
    drop, heavy_drop = float(rng.choice([0.3, 0.4, 0.5])), float(rng.choice([0.5, 0.6, 0.7]))
    decay, heavy_decay = float(rng.choice([1e-3, 1e-2])), float(rng.choice([0.03, 0.1]))
    held = {"bigreg": (drop, decay), "heavy": (heavy_drop, heavy_decay)}
    runs: list[dict[str, Any]] = []

    def add(variant: str, tried: Iterable[float], bug: str | None = None) -> None:
        tried = [float(rate) for rate in tried]
        rate_of_drop, weight_decay = held.get(variant, (0.0, 0.0))
        torch.manual_seed(problem.seed)
        model = problem.model(SIZES[variant], rate_of_drop)
        crowd = Crowd(model, problem.optimizer, tried, weight_decay, loss)
        made = histories(crowd, train, val, loss, problem, bug)
        runs.extend(
            {"variant": variant, "lr": lr, "bug": bug, "history": history}
            for lr, history in zip(tried, made, strict=True)
        )

    for variant in SIZES:
        add(variant, rates)
    for bug in LEARNT_BUGS:
        add("mid", rates[4:-3:2], bug)
    for bug in UNTRAINED:
        add("mid", [rng.choice(rates)], bug)
    return {
        "name": problem.name, "config": {"optimizer": problem.optimizer, "epochs": problem.epochs},
        "seed": problem.seed, "num_classes": classes,
        "task": "classification" if classes else "regression",
        "baseline_loss": entropy if classes else float(train[1].var(0, unbiased=False).mean()),
        "runs": runs,
    }  # fmt: skip


def main() -> None:
    """Write one line a problem."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out")
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    with open(options.out, "w", encoding="utf-8") as out:
        for problem in PROBLEMS:
            out.write(json.dumps(run_problem(problem)) + "\n")
            print(problem.name, flush=True)


if __name__ == "__main__":
    main()
