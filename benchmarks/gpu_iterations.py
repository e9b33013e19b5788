"""One training iteration, timed: on a GPU beside the CPU, in each precision, with and without a
loss read in every batch."""

import contextlib
import time
from collections.abc import Callable
from statistics import median

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from benchmarks.gpu_setting import (
    FLOAT32,
    MODES,
    NETWORKS,
    Mode,
    Row,
    Setting,
    float32_precision,
    usable,
)
from benchmarks.tasks import SEED
from course_lib import make_loader


def synchronise(device: torch.device) -> None:
    """Wait until the device has worked off its queue."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def random_batch(size: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """Images N×1×28×28 in [0, 1] and labels, on the device; what they show does not matter."""
    generator = torch.Generator().manual_seed(SEED)
    images = torch.rand(size, 1, 28, 28, generator=generator)
    labels = torch.randint(10, (size,), generator=generator)
    return images.to(device), labels.to(device)


def new_iteration(
    new_model: Callable[[], nn.Module], size: int, device: torch.device, mode: Mode = FLOAT32
) -> Callable[[], object]:
    """A function that trains one batch, which lies on the device already."""
    torch.manual_seed(SEED)
    model = new_model().to(device)
    images, labels = random_batch(size, device)
    if mode.channels_last:
        model = model.to(memory_format=torch.channels_last)
        images = images.to(memory_format=torch.channels_last)
    optimizer = torch.optim.Adam(model.parameters(), fused=True)
    scaler = torch.amp.GradScaler(device.type, enabled=mode.amp is torch.float16)
    forward = torch.compile(model) if mode.compiled else model

    def iterate() -> None:
        precision = (
            torch.autocast(device.type, dtype=mode.amp) if mode.amp else contextlib.nullcontext()
        )
        with precision:
            loss = F.cross_entropy(forward(images), labels)
        optimizer.zero_grad()
        scaler.scale(loss).backward()
        scaler.step(optimizer)
        scaler.update()

    return iterate


def milliseconds(iterate: Callable[[], object], device: torch.device, rounds: int) -> float:
    """Median milliseconds of an iteration; so many in each round that the clock is exact."""
    for _ in range(3):
        iterate()  # warms up: allocates, chooses kernels, compiles
    synchronise(device)
    start = time.perf_counter()
    iterate()
    synchronise(device)
    repeats = max(1, min(200, int(0.05 / max(time.perf_counter() - start, 1e-6))))
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        for _ in range(repeats):
            iterate()
        synchronise(device)
        times.append(1000 * (time.perf_counter() - start) / repeats)
    return median(times)


def speed_up(setting: Setting) -> list[Row]:
    """The same iteration in float32 on the CPU (all its threads) and on the GPU."""
    cpu, rows = torch.device("cpu"), []
    for name, new_model in setting.networks(*NETWORKS).items():
        for size in setting.sizes(32, 256, 1024):
            slow = milliseconds(new_iteration(new_model, size, cpu), cpu, min(3, setting.rounds))
            fast = milliseconds(
                new_iteration(new_model, size, setting.device), setting.device, setting.rounds
            )
            row: Row = {"network": name, "batch size": size, "CPU ms": round(slow, 3)}
            row |= {"CPU threads": torch.get_num_threads(), "GPU ms": round(fast, 4)}
            rows.append(row | {"times as fast": round(slow / fast, 2)})
    return rows


def precision(setting: Setting) -> list[Row]:
    """Each mode beside float32 on the same network and batch."""
    rows: list[Row] = []
    for name, new_model in setting.networks("large CNN", "wide MLP").items():
        for size in setting.sizes(1024):
            base = None
            for mode in usable(MODES, setting):
                if mode.channels_last and "CNN" not in name:
                    continue  # it has no channels
                with float32_precision(mode.tensor_cores):
                    iterate = new_iteration(new_model, size, setting.device, mode)
                    taken = milliseconds(iterate, setting.device, setting.rounds)
                base = taken if base is None else base
                row: Row = {"network": name, "batch size": size, "mode": mode.name}
                row |= {"ms": round(taken, 4), "times as fast as float32": round(base / taken, 2)}
                rows.append(row)
    return rows


def reading_the_loss(setting: Setting) -> list[Row]:
    """An epoch with ``.item()`` in each batch, and one that reads its sum once at the end."""
    rows: list[Row] = []
    for name, new_model in setting.networks("MLP", "small CNN", "large CNN").items():
        for size in setting.sizes(32, 256):
            taken = {
                often: milliseconds(
                    new_epoch(new_model, size, setting, read_each_batch=often),
                    setting.device,
                    setting.rounds,
                )
                for often in (True, False)
            }
            row: Row = {"network": name, "batch size": size}
            row |= {".item() each batch, ms": round(taken[True], 3)}
            row |= {"once an epoch, ms": round(taken[False], 3)}
            rows.append(row | {"times as long": round(taken[True] / taken[False], 3)})
    return rows


def new_epoch(
    new_model: Callable[[], nn.Module], size: int, setting: Setting, *, read_each_batch: bool
) -> Callable[[], float]:
    """An epoch of 100 batches (a dry run: 3) on data that lie on the device; gives its loss."""
    device = setting.device
    torch.manual_seed(SEED)
    model = new_model().to(device)
    images, labels = random_batch(size * (3 if setting.dry else 100), device)
    loader = make_loader(torch.utils.data.TensorDataset(images, labels), size)
    optimizer = torch.optim.Adam(model.parameters(), fused=True)

    def epoch() -> float:
        total, on_device = 0.0, torch.zeros((), device=device)
        for inputs, targets in loader:
            loss = F.cross_entropy(model(inputs), targets)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            if read_each_batch:
                total += loss.item()
            else:
                on_device += loss.detach()
        return (total if read_each_batch else on_device.item()) / len(loader)

    return epoch
