"""What a recording costs: the same loop with and without it, interleaved, on one core.

::

    python -m benchmarks.trace_overhead [--rounds 15] [--out FILE]

Every round runs the loop plain, under ``record()`` and plain again, in an order that changes from
round to round. Reported is the difference to the plain loop of the same round, in milliseconds of
CPU time an iteration: median and quartiles over the rounds. Entering and leaving the block is
reported apart. The second plain loop tells the noise, and runs as often after a block as before
one: it shows that a recording leaves nothing behind.
"""

import argparse
import datetime
import gc
import json
import platform
import random
import statistics
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from benchmarks.timing import quartiles
from course_lib import record

ITERATIONS = 400
BATCH = 64
GOAL_MS = 1.0


def mlp() -> nn.Module:
    return nn.Sequential(nn.Flatten(), nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 10))


def deep_mlp() -> nn.Module:
    layers: list[nn.Module] = [nn.Flatten(), nn.Linear(784, 64)]
    for _ in range(8):
        layers += [nn.BatchNorm1d(64), nn.ReLU(), nn.Dropout(0.1), nn.Linear(64, 64)]
    return nn.Sequential(*layers, nn.ReLU(), nn.Linear(64, 10))


def train(model: nn.Module, loader: DataLoader) -> None:
    """A plain loop; nothing in it knows of the recording."""
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    loss_fn = nn.CrossEntropyLoss()
    model.train()
    for inputs, targets in loader:
        optimizer.zero_grad()
        loss = loss_fn(model(inputs), targets)
        loss.backward()
        optimizer.step()


def timed(make: Callable[[], nn.Module], around: Callable[[], AbstractContextManager]) -> tuple:
    """CPU seconds of the loop, and of entering and leaving the block."""
    torch.manual_seed(0)
    model = make()
    images = torch.rand(ITERATIONS * BATCH, 28, 28)
    targets = torch.randint(0, 10, (len(images),))
    loader = DataLoader(TensorDataset(images, targets), BATCH, shuffle=True)
    gc.collect()
    block = around()
    start = time.process_time()
    block.__enter__()
    entered = time.process_time()
    train(model, loader)
    looped = time.process_time()
    block.__exit__(None, None, None)
    left = time.process_time()
    return looped - entered, (entered - start) + (left - looped)


def measure(make: Callable[[], nn.Module], rounds: int) -> dict[str, Any]:
    """Paired differences, in milliseconds an iteration."""
    ways = {
        "plain": nullcontext,
        "record": record,
        "plain again": nullcontext,  # the noise of the comparison itself
    }
    seconds: dict[str, list[float]] = {way: [] for way in ways}
    blocks: list[float] = []
    order = list(ways)
    for number in range(-1, rounds):
        random.Random(number).shuffle(order)
        for way in order:
            loop, block = timed(make, ways[way])
            if number >= 0:
                seconds[way].append(loop)
                if way == "record":
                    blocks.append(block)
    result: dict[str, Any] = {
        "plain_ms": round(statistics.median(seconds["plain"]) / ITERATIONS * 1e3, 4),
        "block_ms": round(statistics.median(blocks) * 1e3, 2),
    }
    for way in ("record", "plain again"):
        extra = [
            (own - plain) / ITERATIONS * 1e3
            for own, plain in zip(seconds[way], seconds["plain"], strict=True)
        ]
        low, middle, high = quartiles(extra)
        name = way.replace(" ", "_")
        result[f"{name}_extra_ms"] = round(middle, 4)
        result[f"{name}_extra_ms_quartiles"] = [round(low, 4), round(high, 4)]
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    report = {
        "date": datetime.date.today().isoformat(),
        "torch": torch.__version__,
        "python": platform.python_version(),
        "threads": 1,
        "iterations": ITERATIONS,
        "batch_size": BATCH,
        "rounds": arguments.rounds,
        "goal_ms": GOAL_MS,
        "models": {
            "MLP 784-128-10": measure(mlp, arguments.rounds),
            "MLP of 35 layers": measure(deep_mlp, arguments.rounds),
        },
    }
    text = json.dumps(report, indent=1)
    print(text)
    if arguments.out is not None:
        arguments.out.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
