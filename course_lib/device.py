"""Which device to train on, and how to bring a batch to it."""

from typing import Any

import torch
from torch import Tensor


def get_device() -> torch.device:
    """CUDA if there is one, then Apple's MPS, then the CPU."""
    if torch.cuda.is_available():
        return torch.device("cuda")
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")


def available_device(device: torch.device | str) -> torch.device:
    """``device``; raises ValueError if it is a GPU that torch cannot use here."""
    device = torch.device(device)
    backend = {"cuda": torch.cuda, "mps": torch.backends.mps}.get(device.type)
    if backend is not None and not backend.is_available():
        raise ValueError(
            f'device is "{device}", but torch finds no such device here: leave device out to take '
            "the best there is."
        )
    return device


def describe_device(device: torch.device | str) -> str:
    """One short phrase for people, such as ``CPU, 2 threads`` or ``CUDA: NVIDIA T4``."""
    device = torch.device(device)
    if device.type == "cpu":
        threads = torch.get_num_threads()
        return f"CPU, {threads} thread{'s' if threads != 1 else ''}"
    if device.type == "cuda":
        return f"CUDA: {torch.cuda.get_device_name(device)}"
    return device.type.upper()


def same_device(one: torch.device | str, other: torch.device | str) -> bool:
    """Whether both name the same device; ``cuda`` means the current CUDA device."""
    one, other = torch.device(one), torch.device(other)
    return one.type == other.type and _index(one) == _index(other)


def _index(device: torch.device) -> int:
    if device.index is not None:
        return device.index
    return torch.cuda.current_device() if device.type == "cuda" else 0


def to_device(batch: Any, device: torch.device | str) -> Any:
    """The batch (a tensor, or tensors in lists, tuples and dicts) on ``device``.

    ``non_blocking`` lets a copy from pinned memory run beside the computation; from ordinary
    memory, or where nothing has to be copied, it changes nothing.
    """
    if isinstance(batch, Tensor):
        return batch.to(device, non_blocking=True)
    if isinstance(batch, dict):
        return {key: to_device(value, device) for key, value in batch.items()}
    if isinstance(batch, tuple) and hasattr(batch, "_fields"):
        return type(batch)(*(to_device(item, device) for item in batch))
    if isinstance(batch, (list, tuple)):
        return type(batch)(to_device(item, device) for item in batch)
    return batch
