"""How the data come to the GPU: an epoch with each way of loading, everything else the same."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset

from benchmarks.gpu_iterations import milliseconds
from benchmarks.gpu_setting import Row, Setting
from benchmarks.tasks import GPU_TASKS, SEED, Task
from course_lib import make_loader

BATCH_SIZE = 256
WORKERS = 4


@dataclass(frozen=True)
class Way:
    """A way of loading."""

    name: str
    whole_batches: bool = False
    workers: bool = False
    pinned: bool = False
    non_blocking: bool = False
    resident: bool = False


WAYS = (
    Way("one by one"),
    Way("one by one, 4 workers", workers=True),
    Way("one by one, 4 workers, pinned", workers=True, pinned=True),
    Way("one by one, 4 workers, pinned, non_blocking", False, True, True, True),
    Way("whole batches", True),
    Way("whole batches, pinned", True, pinned=True),
    Way("whole batches, pinned, non_blocking", True, pinned=True, non_blocking=True),
    Way("whole batches, data on the device", True, resident=True),
)


def new_loader(way: Way, task: Task, setting: Setting) -> DataLoader[Any]:
    """The loader of this way over the task's training images."""
    tensors = task.train
    if way.resident:
        tensors = (tensors[0].to(setting.device), tensors[1].to(setting.device))
    options: dict[str, Any] = {
        "shuffle": True,
        "drop_last": True,
        "generator": torch.Generator().manual_seed(SEED),
        "pin_memory": way.pinned and setting.device.type == "cuda",
    }
    if way.workers:
        workers = 1 if setting.dry else WORKERS
        options |= {"num_workers": workers, "persistent_workers": True, "prefetch_factor": 2}
    make = make_loader if way.whole_batches else DataLoader
    return make(TensorDataset(*tensors), 8 if setting.dry else BATCH_SIZE, **options)


def new_epoch(way: Way, task: Task, setting: Setting) -> Callable[[], None]:
    """A function that trains one epoch."""
    loader, device = new_loader(way, task, setting), setting.device
    model = task.model().to(device)
    optimizer = torch.optim.Adam(model.parameters(), fused=True)

    def epoch() -> None:
        for inputs, targets in loader:
            inputs = inputs.to(device, non_blocking=way.non_blocking)
            targets = targets.to(device, non_blocking=way.non_blocking)
            loss = F.cross_entropy(model(inputs), targets)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()

    return epoch


def loading(setting: Setting) -> list[Row]:
    """Milliseconds of an epoch for each way of loading."""
    rows: list[Row] = []
    for task in GPU_TASKS[:1] if setting.dry else GPU_TASKS[:2]:
        if setting.dry:
            task = Task(task.name, task.new_model, 8, 16, 8)
        taken = {
            way.name: milliseconds(new_epoch(way, task, setting), setting.device, setting.rounds)
            for way in WAYS
        }
        best = min(taken.values())
        for name, time in taken.items():
            row: Row = {"network": task.name, "images": task.num_train, "loader": name}
            rows.append(row | {"ms an epoch": round(time, 2), "times": round(time / best, 2)})
    return rows
