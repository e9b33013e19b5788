"""Which processes belong to this run: those that ``torchrun`` started, or this one alone."""

from __future__ import annotations

import atexit
import gc
import os
from datetime import timedelta

import torch
from torch import distributed

from course_lib.device import available_device, get_device
from course_lib.distributed.lost import noticing_lost_processes
from course_lib.distributed.ranks import OneRank
from course_lib.launcher import let_exceptions_end_it, listen

# How long a process waits for the others before it calls them lost: validation, a checkpoint or a
# callback of one rank may take a while.
SECONDS_VARIABLE = "COURSE_RANK_SECONDS"
DEFAULT_SECONDS = 600.0

_control: distributed.ProcessGroup | None = None


def is_main_process() -> bool:
    """Whether this process is rank 0, or the only one: the one to print and to write files."""
    if distributed.is_available() and distributed.is_initialized():
        return distributed.get_rank() == 0
    return int(os.environ.get("RANK", "0")) == 0


def join_ranks(device: torch.device | str | None = None) -> OneRank:
    """The ranks of this run, seen from this process, each on its own device.

    Args:
        device: where to train; None: the best there is. Under ``torchrun`` a CUDA device without
            a number becomes the process's own GPU.

    Raises ValueError where there are more processes than GPUs, or an environment that only
    partly looks like ``torchrun``'s.
    """
    initialized = distributed.is_available() and distributed.is_initialized()
    count = distributed.get_world_size() if initialized else _started_processes()
    chosen = get_device() if device is None else available_device(device)
    if count == 1:
        return OneRank(chosen)
    chosen = _own_device(chosen)
    if not initialized:
        _initialize(chosen)
    from course_lib.distributed.many_ranks import ManyRanks  # only where there are many

    return ManyRanks(chosen, _control_group(distributed.get_rank(), count))


def _started_processes() -> int:
    """How many processes ``torchrun`` has started; 1 without it."""
    count = int(os.environ.get("WORLD_SIZE", "1"))
    missing = [name for name in ("RANK", "MASTER_ADDR", "MASTER_PORT") if name not in os.environ]
    if count > 1 and missing:
        raise ValueError(
            f"The environment says WORLD_SIZE={count}, but {', '.join(missing)} is missing: start "
            f"the program with torchrun --nproc-per-node {count}, or unset WORLD_SIZE."
        )
    return count


def _own_device(device: torch.device) -> torch.device:
    if device.type == "mps":
        raise ValueError('torch cannot join processes on MPS: give device="cpu".')
    if device.type != "cuda" or device.index is not None:
        return device
    local_rank, gpus = int(os.environ.get("LOCAL_RANK", "0")), torch.cuda.device_count()
    if local_rank >= gpus:
        raise ValueError(
            f"This machine has {gpus} GPU{'s' if gpus != 1 else ''}, and process {local_rank} "
            f'(counted from 0) has none: start at most {gpus} here, or give device="cpu".'
        )
    torch.cuda.set_device(local_rank)
    return torch.device("cuda", local_rank)


def _initialize(device: torch.device) -> None:
    backend = "cpu:gloo,cuda:nccl" if device.type == "cuda" else "gloo"
    rank, count = int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])
    listen()  # torchrun's processes have listened since they imported the course
    with noticing_lost_processes(rank, count):
        distributed.init_process_group(backend, timeout=_patience())
    let_exceptions_end_it()
    atexit.register(_leave)


def _patience() -> timedelta:
    return timedelta(seconds=float(os.environ.get(SECONDS_VARIABLE, DEFAULT_SECONDS)))


def _control_group(rank: int, count: int) -> distributed.ProcessGroup:
    """A group for words between processes, which never waits for a GPU."""
    global _control
    if _control is None:
        with noticing_lost_processes(rank, count):
            _control = distributed.new_group(backend="gloo", timeout=_patience())
    return _control


def _leave() -> None:
    """End torch's threads while Python still runs.

    One that lets go of the last exchange's tensors while Python is being torn down aborts the
    process, and torchrun calls a run that was complete a failure. Here they are waited for, unless
    something keeps their group alive (DistributedDataParallel does, long after its last exchange).
    """
    global _control
    _control = None
    if distributed.is_initialized():
        distributed.destroy_process_group()
    gc.collect()
