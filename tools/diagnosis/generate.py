"""Make labelled runs: ``python -m tools.diagnosis.generate OUT.jsonl [--seconds 900] [--seed 0]``.

A problem is data, an optimizer, a batch size, a number of epochs and a schedule. On each, five
models (one of middle size, a big one, a big one with dropout, a small one held back by strong
regularisation, a tiny one) are trained with learning rates half a decade apart, and the middle
one with planted bugs. These runs are each other's counterfactuals, see ``labels.py``. One line a
problem is appended, so the script may be stopped and started again with another seed.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from typing import Any

import numpy as np
import torch

from tools.diagnosis.crowd import UNTRAINED, CrowdNet, Member, train_crowd
from tools.diagnosis.problems import FAMILIES, draw

LEARNT_BUGS = ("labels_reshuffled", "labels_rolled", "dead_inputs")
IMAGES = ("fashion14", "fashion7", "fashion_pairs")


def draw_config(rng: np.random.Generator) -> dict[str, Any]:
    """One problem's settings."""
    family = str(rng.choice(list(FAMILIES)))
    model = "mlp"
    if family in IMAGES and rng.random() < 0.3:
        model = "conv"
    if family in ("sequences", "next_value") and rng.random() < 0.2:
        model = "recurrent"
    n_train = int(rng.choice([150, 200, 300, 400, 500]))
    batch_size = int(rng.choice([16, 32, 64]))
    most = max(10, min(60, 500 // math.ceil(n_train / batch_size)))
    epochs = [e for e in (10, 12, 15, 20, 25, 30, 40, 50, 60) if e <= most]
    return {
        "dataset": family, "model": model, "n_train": n_train, "n_val": 300,
        "label_noise": float(rng.choice([0.0, 0.0, 0.1, 0.2, 0.3, 0.5])),
        "optimizer": str(rng.choice(
            ["sgd", "momentum", "adam", "adamw", "rmsprop"], p=[0.25, 0.22, 0.28, 0.13, 0.12])),
        "batch_size": batch_size, "epochs": int(rng.choice(epochs)),
        "activation": str(rng.choice(["relu", "tanh", "gelu"], p=[0.65, 0.2, 0.15])),
        "norm": [None, "layer", "batch"][int(rng.choice(3, p=[0.84, 0.08, 0.08]))],
        "depth": int(rng.choice([1, 2, 3], p=[0.3, 0.5, 0.2])),
        "width": int(rng.choice([16, 24, 32])), "big": int(rng.choice([48, 64])),
        "schedule": [None, "cosine", "step", "warmup"][
            int(rng.choice(4, p=[0.7, 0.12, 0.1, 0.08]))],
    }  # fmt: skip


def factors(schedule: str | None, epochs: int) -> list[float]:
    """The schedule's factor on the learning rate, for each epoch."""
    if schedule == "cosine":
        return [0.5 * (1 + math.cos(math.pi * e / epochs)) for e in range(epochs)]
    if schedule == "step":
        return [0.1 ** (e * 3 // (2 * epochs)) if epochs else 1.0 for e in range(epochs)]
    if schedule == "warmup":
        return [min(1.0, (e + 1) / (0.2 * epochs)) for e in range(epochs)]
    return [1.0] * epochs


def run_problem(config: dict[str, Any], seed: int) -> dict[str, Any]:
    """All runs of one problem, with their settings: what one line of the output holds."""
    rng = np.random.default_rng(seed)
    n = config["n_train"]
    data = draw(config["dataset"], n + config["n_val"], config["label_noise"], rng)
    train = data.inputs[:n], data.targets[:n]
    val = data.inputs[n:], data.targets[n:]
    if data.num_classes:
        shares = torch.bincount(train[1], minlength=data.num_classes) / n
        baseline = float(-(shares * shares.clamp_min(1e-12).log()).sum())
    else:
        baseline = float(train[1].var(0, unbiased=False).mean())
    runs = []
    for hidden, members in _crowds(config, rng):
        generator = torch.Generator().manual_seed(seed + len(runs))
        net = CrowdNet(
            config["model"] if hidden else "mlp", data.inputs.shape[1], hidden, data.out_features,
            len(members), config["activation"], config["norm"] if hidden else None, generator,
        )  # fmt: skip
        histories = train_crowd(
            net, members, train, val, num_classes=data.num_classes,
            optimizer=config["optimizer"], batch_size=config["batch_size"],
            schedule=factors(config["schedule"], config["epochs"]), generator=generator,
        )  # fmt: skip
        runs += [{**vars(m), "history": h} for m, h in zip(members, histories, strict=True)]
    return {
        "config": config, "seed": seed, "num_classes": data.num_classes,
        "task": "classification" if data.num_classes else "regression",
        "baseline_loss": baseline, "runs": runs,
    }  # fmt: skip


def _crowds(
    config: dict[str, Any], rng: np.random.Generator
) -> list[tuple[tuple[int, ...], list[Member]]]:
    adaptive = config["optimizer"] not in ("sgd", "momentum")
    low, high = (-12, 1) if adaptive else (-9, 3)  # half decades
    rates = [10 ** (k / 2) for k in range(low, high + 1)]
    depth, width, big = config["depth"], config["width"], config["big"]
    drop, heavy_drop = float(rng.choice([0.3, 0.4, 0.5])), float(rng.choice([0.5, 0.6, 0.7]))
    decay, heavy_decay = float(rng.choice([1e-3, 1e-2])), float(rng.choice([0.03, 0.1]))
    if config["optimizer"] == "adamw":
        heavy_decay *= 10
    linear = config["model"] == "mlp" and rng.random() < 0.3
    tiny = () if linear else (int(rng.integers(1, 4)),) * depth
    buggy = [r for r in rates if 10 ** (low / 2 + 2) <= r <= 10 ** (high / 2 - 0.5)][::2]
    silent = [Member("mid", float(rng.choice(rates)), bug=b) for b in UNTRAINED]
    return [
        ((big,) * depth, [Member("big", r) for r in rates]
         + [Member("bigreg", r, drop, decay) for r in rates]),
        ((width,) * depth, [Member("mid", r) for r in rates]
         + [Member("heavy", r, heavy_drop, heavy_decay) for r in rates]),
        (tiny, [Member("tiny", r) for r in rates]),
        ((width,) * depth, [Member("mid", r, bug=b) for b in LEARNT_BUGS for r in buggy] + silent),
    ]  # fmt: skip


def main() -> None:
    """Append problems to a file until the time is up."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out")
    parser.add_argument("--seconds", type=float, default=900, help="CPU time to spend")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    rng = np.random.default_rng(options.seed)
    with open(options.out, "a", encoding="utf-8") as out:
        while time.process_time() < options.seconds:
            start, config = time.process_time(), draw_config(rng)
            problem = run_problem(config, int(rng.integers(2**31)))
            out.write(json.dumps(problem) + "\n")
            out.flush()
            spent = time.process_time() - start
            print(f"{spent:5.1f} s, {len(problem['runs'])} runs, {config}", flush=True)


if __name__ == "__main__":
    main()
