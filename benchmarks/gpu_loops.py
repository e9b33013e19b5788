"""``train_model`` on a GPU beside the textbook loop and the fastest plain loop.

Loops are interleaved. Whether ``train_model`` makes the GPU wait inside an epoch is counted apart,
by torch's own check (``torch.cuda.set_sync_debug_mode``).
"""

import warnings
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import torch

from benchmarks.gpu_setting import FLOAT32, Mode, Row, Setting, float32_precision, usable
from benchmarks.loops import LOOPS, ours
from benchmarks.tasks import GPU_TASKS, Task
from benchmarks.timing import interleave, summarise
from course_lib import BatchProgress

EPOCHS = 3
MODES = (
    FLOAT32,
    Mode("TF32", True),
    Mode("bfloat16", True, torch.bfloat16),
    Mode("compiled, bfloat16", True, torch.bfloat16, compiled=True),
)


class SyncCounter:
    """Counts, through ``on_batch``, the times that an epoch makes the host wait for the GPU.

    From the end of an epoch's first batch to the end of its last: what happens once an epoch, such
    as reading its loss, is outside.
    """

    def __init__(self) -> None:
        self.batches = 0
        self._mode: Callable[[str], object] = torch.cuda.set_sync_debug_mode

    def __call__(self, progress: BatchProgress) -> None:
        self.batches += 1
        last = progress.batch == progress.num_batches
        self._mode("default" if last else "warn")


def count_waits(task: Task, device: torch.device, amp: torch.dtype | None) -> int:
    """How often two epochs of ``train_model`` made the host wait for the GPU."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            ours(task, 2, device, amp=amp, on_batch=SyncCounter())()
        finally:
            torch.cuda.set_sync_debug_mode("default")
    # Not any warning on synchronising: switching the check on gives one as well.
    return sum("called a synchronizing" in str(warning.message) for warning in caught)


def train_model(setting: Setting) -> list[Row]:
    """Milliseconds of an epoch with validation; None for what only a GPU can tell."""
    device, rows = setting.device, []
    synchronise = torch.cuda.synchronize if device.type == "cuda" else None
    for task in GPU_TASKS[:1] if setting.dry else GPU_TASKS:
        if setting.dry:
            task = replace(task, batch_size=8, num_train=16, num_val=8)
        for mode in usable(MODES, setting):
            prepare = {
                name: partial(loop, task, EPOCHS, device, amp=mode.amp, compiled=mode.compiled)
                for name, loop in LOOPS.items()
            }
            with float32_precision(mode.tensor_cores):
                timings = interleave(
                    prepare,
                    num_epochs=EPOCHS,
                    rounds=setting.rounds,
                    warm_up=0 if setting.dry else 2,
                    synchronise=synchronise,
                )
                table = summarise(timings, "fastest", "wall")
                countable = device.type == "cuda" and not mode.compiled
                waits = count_waits(task, device, mode.amp) if countable else None
            row: Row = {"network": task.name, "mode": mode.name}
            fastest = 1000 * table["fastest"]["wall_seconds_per_epoch"]
            row |= {"fastest loop, ms an epoch": round(fastest, 2)}
            row |= {"train_model, times": table["train_model"]["multiple"]}
            row |= {"textbook, times": table["textbook"]["multiple"]}
            rows.append(row | {"waits inside epochs": waits})
    return rows
