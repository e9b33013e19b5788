"""Equality to the last bit, of everything that a run leaves behind."""

import struct
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor


def differences(ours: Any, theirs: Any, where: str = "") -> list[str]:
    """Where the two differ, as paths; an empty list when every bit agrees (NaN equals NaN)."""
    return list(_differences(ours, theirs, where))


def _differences(ours: Any, theirs: Any, where: str) -> Iterator[str]:
    if isinstance(ours, dict) and isinstance(theirs, dict):
        if list(map(str, ours)) != list(map(str, theirs)):
            yield f"{where}: keys {list(ours)} and {list(theirs)}"
            return
        for key in ours:
            yield from _differences(ours[key], theirs[key], f"{where}/{key}")
    elif isinstance(ours, (list, tuple)) and isinstance(theirs, (list, tuple)):
        if len(ours) != len(theirs):
            yield f"{where}: lengths {len(ours)} and {len(theirs)}"
            return
        for number, pair in enumerate(zip(ours, theirs, strict=True)):
            yield from _differences(*pair, f"{where}/{number}")
    elif _bits(ours) != _bits(theirs):
        yield f"{where}: {_short(ours)} and {_short(theirs)}"


def _bits(value: Any) -> Any:
    if isinstance(value, Tensor):
        plain = value.detach().contiguous().reshape(-1).view(torch.uint8)
        return value.dtype, value.shape, plain.numpy().tobytes()
    if isinstance(value, float):
        return struct.pack("d", value)
    return type(value), value


def _short(value: Any) -> str:
    return " ".join(repr(value).split())[:80]
