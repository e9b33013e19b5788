"""Fair timing on a machine that others use too: interleaved rounds, CPU time, medians.

Every round times each loop once, in an order that changes from round to round, so that a slow
minute of the machine falls on all of them. The multiple of the fastest loop is taken within
each round, and its median over the rounds is reported. Beside it stands the multiple of the best
rounds: other programs only ever add to a time, so on a busy machine the best ones are the least
disturbed.
"""

import datetime
import gc
import importlib.metadata
import platform
import random
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import torch

from benchmarks.tasks import Run


@dataclass
class Timings:
    """The seconds an epoch that one loop took, one entry a round."""

    cpu: list[float] = field(default_factory=list)
    wall: list[float] = field(default_factory=list)


def interleave(
    prepare: Mapping[str, Callable[[], Run]],
    *,
    num_epochs: int,
    rounds: int,
    warm_up: int = 1,
    synchronise: Callable[[], object] | None = None,
) -> dict[str, Timings]:
    """Time all loops in turn; ``prepare[name]()`` makes a fresh run, outside the clock."""
    timings = {name: Timings() for name in prepare}
    order = list(prepare)
    gc.freeze()  # what the imports left behind need not be looked through before every run
    for number in range(-warm_up, rounds):
        random.Random(number).shuffle(order)
        for name in order:
            run = prepare[name]()
            gc.collect()
            if synchronise is not None:
                synchronise()
            wall, cpu = time.perf_counter(), time.process_time()
            run()
            if synchronise is not None:
                synchronise()
            cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
            if number >= 0:
                timings[name].cpu.append(cpu / num_epochs)
                timings[name].wall.append(wall / num_epochs)
    gc.unfreeze()
    return timings


def summarise(timings: dict[str, Timings], reference: str, clock: str) -> dict[str, dict]:
    """Medians; ``multiple`` (with its quartiles) of ``reference`` by ``clock``: cpu or wall."""
    base = getattr(timings[reference], clock)
    table = {}
    for name, timing in timings.items():
        ratios = [own / other for own, other in zip(getattr(timing, clock), base, strict=True)]
        low, middle, high = quartiles(ratios)
        table[name] = {
            "cpu_seconds_per_epoch": round(statistics.median(timing.cpu), 6),
            "wall_seconds_per_epoch": round(statistics.median(timing.wall), 6),
            "multiple": round(middle, 4),
            "multiple_quartiles": [round(low, 4), round(high, 4)],
            "multiple_of_best": round(min(getattr(timing, clock)) / min(base), 4),
        }
    return table


def quartiles(values: list[float]) -> tuple[float, float, float]:
    """Lower quartile, median, upper quartile; of one value that value."""
    if len(values) == 1:
        return values[0], values[0], values[0]
    low, middle, high = statistics.quantiles(values, n=4, method="inclusive")
    return low, middle, high


def environment(device: str, packages: tuple[str, ...] = ()) -> dict[str, object]:
    """What a figure must be read with: date, device, versions."""
    versions = {"python": platform.python_version(), "torch": torch.__version__}
    for package in packages:
        versions[package] = importlib.metadata.version(package)
    now = datetime.datetime.now(datetime.UTC)
    return {"date": now.date().isoformat(), "device": device, "versions": versions}


def processor() -> str:
    """The processor's name, where the system tells it."""
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def table_lines(table: dict[str, dict], unit: str = "ms") -> list[str]:
    """The summary as text, the fastest first."""
    lines = [
        f"  {'':<24}{'CPU ' + unit:>10}{'wall ' + unit:>11}{'multiple':>11}"
        "  (quartiles)   of the best"
    ]
    for name, row in sorted(table.items(), key=lambda item: item[1]["multiple"]):
        low, high = row["multiple_quartiles"]
        lines.append(
            f"  {name:<24}{1000 * row['cpu_seconds_per_epoch']:>10.1f}"
            f"{1000 * row['wall_seconds_per_epoch']:>11.1f}{row['multiple']:>11.3f}"
            f"  ({low:.3f}–{high:.3f}){row['multiple_of_best']:>11.3f}"
        )
    return lines
