"""One process against two that share each batch: seconds an iteration, and of the exchange alone.

    torchrun --nproc-per-node 2 -m benchmarks.distributed [--rounds N] [--out FILE]

Both kinds of run are timed in the same processes, in turns: in *alone*, rank 0 takes the whole
batch while the others wait; in *together*, each takes its part and DistributedDataParallel
averages the gradients. *Half* is each process on its part without an exchange, *exchange* an
all-reduce of as many numbers as the model has. Wall time, medians: an exchange is waiting, which
CPU time hides.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, distributed, nn
from torch.nn import functional as F
from torch.nn.parallel import DistributedDataParallel

from benchmarks.timing import environment, processor
from course_lib import MLP, SmallCNN, count_parameters

MODELS: dict[str, Callable[[], nn.Module]] = {
    "MLP, 32 units": lambda: MLP(hidden=(32,)),
    "MLP, 1024 units": lambda: MLP(hidden=(1024,)),
    "small CNN": SmallCNN,
}
BATCH_SIZES = 32, 128, 512, 2048
SECONDS_A_ROUND = 0.15


def iteration(model: nn.Module, optimizer: torch.optim.Optimizer, batch: list[Tensor]) -> None:
    """Four steps, as everywhere in the course."""
    loss = F.cross_entropy(model(batch[0]), batch[1])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()


def seconds(work: Callable[[], object], times: int) -> float:
    """Wall seconds of one call, the mean of so many."""
    began = time.perf_counter()
    for _ in range(times):
        work()
    return (time.perf_counter() - began) / times


def measure(name: str, batch_size: int, rounds: int) -> dict[str, Any]:
    """All four times for one model and one size of the whole batch, in seconds."""
    rank, count = distributed.get_rank(), distributed.get_world_size()
    torch.manual_seed(0)
    whole = [torch.rand(batch_size, 28, 28), torch.randint(0, 10, (batch_size,))]
    part = [tensor.tensor_split(count)[rank].contiguous() for tensor in whole]
    plain, shared = MODELS[name](), DistributedDataParallel(MODELS[name]())
    parameters = count_parameters(plain)
    own = torch.optim.SGD(plain.parameters(), lr=1e-3)
    common = torch.optim.SGD(shared.parameters(), lr=1e-3)
    gradient = torch.zeros(parameters)
    kinds: dict[str, tuple[Callable[[], object], bool]] = {
        "alone": (lambda: iteration(plain, own, whole), False),
        "half": (lambda: iteration(plain, own, part), True),
        "together": (lambda: iteration(shared, common, part), True),
        "exchange": (lambda: distributed.all_reduce(gradient), True),
    }
    taken: dict[str, list[float]] = {kind: [] for kind in kinds}
    repetitions = dict.fromkeys(kinds, 2)
    for round_number in range(rounds + 1):
        for kind, (work, by_all) in kinds.items():
            distributed.barrier()
            result = seconds(work, repetitions[kind]) if by_all or rank == 0 else 0.0
            if round_number:
                taken[kind].append(result)
            else:  # the first round warms up, and says how often a round can repeat
                times = torch.tensor(max(2, int(SECONDS_A_ROUND / max(result, 1e-5))))
                distributed.broadcast(times, src=0)
                repetitions[kind] = int(times)
    return {
        "model": name,
        "batch_size": batch_size,
        "parameters": parameters,
        **{f"{kind}_seconds": round(statistics.median(t), 7) for kind, t in taken.items()},
    }


def main() -> None:
    """Measure everything; rank 0 prints the JSON, or writes it to ``--out``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    torch.set_num_threads(1)
    distributed.init_process_group("gloo")
    count = distributed.get_world_size()
    rows = [
        measure(name, batch_size, options.rounds) for name in MODELS for batch_size in BATCH_SIZES
    ]
    report = {
        "script": "benchmarks/distributed.py",
        **environment(f"{processor()}, {count} processes on one machine, 1 thread each, gloo"),
        "processes": count,
        "rounds": options.rounds,
        "rows": rows,
        "gpu": None,
    }
    text = json.dumps(report, indent=1) + "\n"
    if distributed.get_rank() == 0:
        if options.out is None:
            print(text, end="")
        else:
            options.out.write_text(text, encoding="utf-8")
    distributed.destroy_process_group()


if __name__ == "__main__":
    main()
