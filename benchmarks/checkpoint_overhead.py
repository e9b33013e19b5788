"""What checkpoints cost: the small CNN on the shipped sample, with one an epoch and with none.

    python -m benchmarks.checkpoint_overhead [--rounds N] [--epochs N] [--folder DIR]

Prints JSON. The whole epochs are timed interleaved; the few milliseconds of saving drown in their
scatter on a busy machine, so the time inside the saving itself is summed as well: that share is
the figure to read. It counts everything: a run's first checkpoint, those of the epochs' ends, the
best one, dropping the old ones, and waiting for the disk (wall time; a disk's fsync is most of it).
"""

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from benchmarks.tasks import CPU_TASKS, Run, Task
from benchmarks.timing import environment, interleave, processor, summarise
from course_lib import make_loader, train_model
from course_lib.checkpoint.schedule import CheckpointSchedule

SMALL_CNN = next(task for task in CPU_TASKS if "CNN" in task.name)
TASK = replace(SMALL_CNN, num_train=10_000, num_val=2_000)  # the whole sample
SAVING = ("start", "save_best", "after_epoch")


class Stopwatch:
    """Sums the CPU and wall time spent inside some methods of a class."""

    def __init__(self) -> None:
        self.cpu = self.wall = 0.0

    def watch(self, owner: type, names: tuple[str, ...]) -> None:
        for name in names:
            setattr(owner, name, self._timed(getattr(owner, name)))

    def _timed(self, method: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*arguments: Any, **keywords: Any) -> Any:
            cpu, wall = time.process_time(), time.perf_counter()
            try:
                return method(*arguments, **keywords)
            finally:
                self.cpu += time.process_time() - cpu
                self.wall += time.perf_counter() - wall

        return timed


def prepare(task: Task, num_epochs: int, folder: Path | None) -> Run:
    """A fresh run of ``train_model``, with one checkpoint an epoch in ``folder`` or with none."""
    model = task.model()
    train = torch.utils.data.TensorDataset(*task.train)
    val = torch.utils.data.TensorDataset(*task.val)
    generator = torch.Generator().manual_seed(0)
    loaders = (
        make_loader(train, task.batch_size, shuffle=True, generator=generator),
        make_loader(val, task.batch_size),
    )
    into = None if folder is None else Path(tempfile.mkdtemp(dir=folder))

    def run() -> None:
        train_model(model, *loaders, num_epochs, device="cpu", progress=False, checkpoint_dir=into)

    return run


def measure(task: Task, *, rounds: int, num_epochs: int, folder: Path) -> dict[str, Any]:
    """Seconds an epoch with and without, and the seconds of an epoch that saving takes."""
    saving, per_run = Stopwatch(), []
    saving.watch(CheckpointSchedule, SAVING)

    def with_checkpoints() -> Run:
        run = prepare(task, num_epochs, folder)

        def watched() -> None:
            saving.cpu = saving.wall = 0.0
            run()
            per_run.append((saving.cpu / num_epochs, saving.wall / num_epochs))

        return watched

    loops = {
        "no checkpoints": lambda: prepare(task, num_epochs, None),
        "one checkpoint an epoch": with_checkpoints,
    }
    timings = interleave(loops, num_epochs=num_epochs, rounds=rounds)
    table = summarise(timings, "no checkpoints", "cpu")
    base = table["no checkpoints"]
    report: dict[str, Any] = {"loops": table, "saving": {}}
    for clock, values in zip(("cpu", "wall"), zip(*per_run[-rounds:], strict=True), strict=True):
        seconds = statistics.median(values)
        report["saving"][f"{clock}_seconds_per_epoch"] = round(seconds, 6)
        report["saving"][f"{clock}_share_of_epoch"] = round(
            seconds / base[f"{clock}_seconds_per_epoch"], 5
        )
    return report


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="What checkpoints cost.")
    parser.add_argument("--rounds", type=int, default=7, help="how often each is timed")
    parser.add_argument("--epochs", type=int, default=3, help="epochs in each run")
    parser.add_argument("--folder", type=Path, help="where to save; default: temporary files")
    parser.add_argument("--output", type=Path, help="also write the JSON there")
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        report = environment(f"{processor()}, 1 thread")
        report |= {"rounds": options.rounds, "epochs_per_run": options.epochs, "task": TASK.name}
        report |= {"train_images": TASK.num_train, "val_images": TASK.num_val}
        report |= measure(
            TASK, rounds=options.rounds, num_epochs=options.epochs, folder=Path(folder)
        )
    text = json.dumps(report, indent=1, ensure_ascii=False)
    print(text)
    if options.output is not None:
        options.output.parent.mkdir(parents=True, exist_ok=True)
        options.output.write_text(text + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
