"""What the tests start under torchrun: runs one after another, described by JSON.

``script.py OUT {NAME: SETTINGS, …}`` writes ``OUT/NAME-rank-N.pt`` for each: the model's state, the
history, the samples that this rank trained on, and the error if there was one.
"""

import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.utils.data import DataLoader, DistributedSampler, TensorDataset

import course_lib

RANK = int(os.environ.get("RANK", "0"))
WORLD = int(os.environ.get("WORLD_SIZE", "1"))


class SeenLinear(nn.Linear):
    """Remembers which samples it was trained on: their first feature is their number."""

    def __init__(self, *sizes: int) -> None:
        super().__init__(*sizes)
        self.seen: list[int] = []

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        if self.training:
            self.seen.extend(inputs[:, 0].mul(1000).round().int().tolist())
        return super().forward(inputs)


def data(samples: int, nan_at: int | None) -> tuple[TensorDataset, TensorDataset]:
    rows = torch.Generator().manual_seed(1)
    inputs = torch.randn(samples + 51, 6, generator=rows)
    inputs[:, 0] = torch.arange(samples + 51) / 1000
    targets = torch.randint(0, 3, (samples + 51,), generator=rows)
    if nan_at is not None:
        inputs[nan_at, 1] = float("nan")
    return (
        TensorDataset(inputs[:samples], targets[:samples]),
        TensorDataset(inputs[samples:], targets[samples:]),
    )


def train_loader(train: TensorDataset, settings: dict[str, Any]) -> DataLoader[Any]:
    batch = settings.get("whole_batch", 16) // WORLD
    if settings.get("distributed_sampler"):
        return course_lib.make_loader(train, batch, sampler=DistributedSampler(train, WORLD, RANK))
    return course_lib.make_loader(
        train,
        batch,
        shuffle=True,
        generator=torch.Generator().manual_seed(5) if settings.get("generator") else None,
        drop_last=settings.get("drop_last", False),
        num_workers=settings.get("num_workers", 0),
    )


def run(settings: dict[str, Any]) -> dict[str, Any]:
    course_lib.seed_everything(settings.get("seed_by_rank", 0) * RANK)
    train, val = data(settings.get("samples", 97), settings.get("nan_at"))
    first = SeenLinear(6, 16)
    if settings.get("spare"):
        first.spare = nn.Parameter(torch.ones(3))  # takes no part in the output
    layers: list[nn.Module] = [first, nn.Tanh(), nn.Linear(16, 3)]
    if settings.get("dropout"):
        layers.insert(2, nn.Dropout(0.5))
    if settings.get("batch_norm"):
        layers.insert(1, nn.BatchNorm1d(16))
    model = nn.Sequential(*layers)
    updates, error, history = 0, "", None

    def on_batch(progress: course_lib.BatchProgress) -> None:
        nonlocal updates
        updates += 1
        here = [RANK, progress.epoch, progress.batch]
        if here == settings.get("kill"):
            os.kill(os.getpid(), signal.SIGKILL)
        if here == settings.get("hang"):
            time.sleep(60)
        if here == settings.get("stop"):
            raise course_lib.StopTraining

    try:
        history = course_lib.train_model(
            model,
            train_loader(train, settings),
            course_lib.make_loader(val, 7),
            settings.get("epochs", 3),
            0.05,
            device="cpu",
            progress=False,
            on_batch=on_batch,
            **settings.get("keywords", {}),
        )
    except course_lib.NonFiniteLossError as failure:
        history, error = failure.history, str(failure)
    except course_lib.CheckpointError:
        raise
    except ValueError as failure:
        history, error = course_lib.History(), str(failure)
    return {
        "model": model.state_dict(),
        "history": dict(history),
        "seen": first.seen,
        "updates": updates,
        "error": error,
        "random": torch.get_rng_state(),
    }


for name, described in json.loads(sys.argv[2]).items():
    torch.save(run(described), Path(sys.argv[1]) / f"{name}-rank-{RANK}.pt")
