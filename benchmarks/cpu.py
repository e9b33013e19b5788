"""Time an epoch on the CPU, one thread: ``train_model`` beside other loops and frameworks.

    python -m benchmarks.cpu [--rounds N] [--no-peers] [--output FILE]

Prints a table for each task and writes the figures as JSON. CPU time decides: wall time also
counts what other programs do. An epoch is training on all images and validation.
"""

import argparse
import json
from functools import partial
from pathlib import Path

import torch

from benchmarks.loops import LOOPS
from benchmarks.peers import find_peers
from benchmarks.tasks import CPU_TASKS, Task
from benchmarks.timing import environment, interleave, processor, summarise, table_lines

OUTPUT = Path(__file__).parent / "results" / "cpu.json"


def measure(
    task: Task, *, rounds: int, num_epochs: int, peers: bool = True
) -> dict[str, dict[str, object]]:
    """Every loop on one task: seconds an epoch and multiples of the fastest plain loop."""
    loops = {**LOOPS, **({peer.name: peer.prepare for peer in find_peers()} if peers else {})}
    prepare = {name: partial(loop, task, num_epochs) for name, loop in loops.items()}
    timings = interleave(prepare, num_epochs=num_epochs, rounds=rounds)
    return summarise(timings, "fastest", "cpu")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Time an epoch on the CPU, one thread.")
    parser.add_argument("--rounds", type=int, default=11, help="how often each loop is timed")
    parser.add_argument("--epochs", type=int, default=4, help="epochs in each run")
    parser.add_argument("--no-peers", action="store_true", help="leave out other frameworks")
    parser.add_argument("--only", default="", help="tasks whose name contains this")
    parser.add_argument("--output", type=Path, default=OUTPUT)
    options = parser.parse_args(arguments)

    torch.set_num_threads(1)
    peers = [] if options.no_peers else find_peers()
    packages = tuple(peer.package for peer in peers)
    report = environment(f"{processor()}, 1 thread", packages)
    report |= {"rounds": options.rounds, "epochs_per_run": options.epochs, "tasks": {}}
    for task in CPU_TASKS:
        if options.only not in task.name:
            continue
        table = measure(task, rounds=options.rounds, num_epochs=options.epochs, peers=bool(peers))
        report["tasks"][task.name] = {
            "train_images": task.num_train,
            "val_images": task.num_val,
            "loops": table,
        }
        print(f"{task.name}, {task.num_train} images: one epoch with validation")
        print("\n".join(table_lines(table)), flush=True)
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n")
    print(f"Written to {options.output}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
