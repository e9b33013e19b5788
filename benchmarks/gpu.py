"""Measure training on a GPU: everything that notebook 07 shows.

    python -m benchmarks.gpu                       writes course_lib/measurements/gpu.json
    python -m benchmarks.gpu --only memory         one table; nothing is written without --out
    python -m benchmarks.gpu --dry-run             tiny sizes on the CPU: does the program work?

The tables: ``speed_up`` over the CPU against network and batch size; ``precision`` (TF32, bfloat16,
float16, channels last, compiled); ``reading_the_loss`` in each batch or once an epoch; ``memory``
predicted and measured; ``loading``; ``train_model`` beside the textbook loop and the fastest plain
loop. The clock is read when the GPU has finished (``torch.cuda.synchronize``), medians are
reported, the first rounds warm up. Where no mode is named, float32 is float32: no TF32, which
torch allows in convolutions unless it is told otherwise. A table that fails is null in the JSON,
and the exit code is 1.
"""

import argparse
import gc
import json
import sys
from collections.abc import Callable
from pathlib import Path

import torch

from benchmarks.gpu_iterations import precision, reading_the_loss, speed_up
from benchmarks.gpu_loading import loading
from benchmarks.gpu_loops import train_model
from benchmarks.gpu_memory import memory
from benchmarks.gpu_setting import Row, Setting, float32_precision
from benchmarks.timing import environment, processor

OUT = Path(__file__).resolve().parents[1] / "course_lib" / "measurements" / "gpu.json"
NO_GPU = "No CUDA GPU was found: nothing was measured (--dry-run tries the program on the CPU)."

# Memory first: compiled code and cuDNN's choices leave something behind on the device.
TABLES: dict[str, Callable[[Setting], list[Row]]] = {
    "memory": memory,
    "speed_up": speed_up,
    "reading_the_loss": reading_the_loss,
    "loading": loading,
    "train_model": train_model,
    "precision": precision,
}


def report(setting: Setting, names: list[str]) -> dict[str, object]:
    """The tables of these names, with what they must be read with."""
    cuda = setting.device.type == "cuda"
    device = torch.cuda.get_device_name(setting.device) if cuda else "CPU"
    measured: dict[str, object] = {"script": "benchmarks.gpu"}
    measured |= environment(f"dry run on {processor()}" if setting.dry else device)
    measured |= {"cuda": torch.version.cuda, "cpu": processor(), "rounds": setting.rounds}
    for name in names:
        rows = table(name, setting)
        measured[name] = rows
        print(name)
        for row in rows or ():
            print("  " + " · ".join(f"{column} {value}" for column, value in row.items()))
        sys.stdout.flush()
        gc.collect()
    return measured


def table(name: str, setting: Setting) -> list[Row] | None:
    """The rows of one table; None, with the reason on stderr, where this GPU cannot give them."""
    try:
        with float32_precision(tensor_cores=False):
            return TABLES[name](setting)
    except RuntimeError as error:  # out of memory, an operation that it lacks: keep the others
        print(f"{name}: not measured. {type(error).__name__}: {error}", file=sys.stderr)
        return None


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Measure training on a GPU.")
    parser.add_argument("--dry-run", action="store_true", help="tiny sizes, on the CPU")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--only", choices=tuple(TABLES), action="append", help="this table")
    parser.add_argument("--out", type=Path, help=f"default, for all tables: {OUT.name}")
    options = parser.parse_args(arguments)
    if not options.dry_run and not torch.cuda.is_available():
        print(NO_GPU, file=sys.stderr)
        return 2

    device = torch.device("cpu" if options.dry_run else "cuda")
    setting = Setting(device, options.rounds, options.dry_run)
    names = options.only or list(TABLES)
    measured = report(setting, names)
    out = options.out or (None if options.dry_run or options.only else OUT)
    if out is not None:
        out.write_text(json.dumps(measured, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        print(f"Written to {out}")
    return 1 if any(measured[name] is None for name in names) else 0


if __name__ == "__main__":
    raise SystemExit(main())
