"""Finding the tensors in what loops pass around: arguments, batches, outputs of any nesting."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import torch
from torch import Tensor

_DEEP = 3
_MANY = 8


def tensors_in(content: Any, depth: int = _DEEP) -> list[Tensor]:
    """The first few tensors in nested lists, tuples, dicts and plain objects."""
    found: list[Tensor] = []
    for tensor in _walk(content, depth):
        found.append(tensor)
        if len(found) == _MANY:
            break
    return found


def _walk(content: Any, depth: int) -> Iterator[Tensor]:
    if isinstance(content, Tensor):
        yield content
    elif depth and isinstance(content, Mapping):
        for value in content.values():
            yield from _walk(value, depth - 1)
    elif depth and isinstance(content, list | tuple):
        for value in content[:_MANY]:
            yield from _walk(value, depth - 1)
    elif depth and hasattr(content, "__dict__") and not isinstance(content, torch.nn.Module | type):
        for value in list(vars(content).values())[:_MANY]:
            if isinstance(value, Tensor | list | tuple | Mapping):
                yield from _walk(value, depth - 1)


def samples_in(tensors: Iterable[Tensor]) -> int | None:
    """The first dimension of the first tensor that has one."""
    return next((len(tensor) for tensor in tensors if tensor.dim()), None)


_ONLY_VIEWS = {
    f"{name}Backward{number}"
    for name in ("Squeeze", "Unsqueeze", "View", "UnsafeView", "ReshapeAlias", "Select", "Slice")
    for number in (0, 1, 2)
} | {"TransposeBackward0", "PermuteBackward0", "TBackward0", "AliasBackward0", "ToCopyBackward0"}


def operation_behind(tensor: Tensor) -> str | None:
    """As :func:`operation`, but of what was looked at through a ``squeeze`` or another view."""
    node = tensor.grad_fn
    while node is not None and node.name() in _ONLY_VIEWS and node.next_functions:
        node = node.next_functions[0][0]
    return None if node is None else node.name()


def operation(tensor: Tensor | None) -> str | None:
    """The operation that made it, as autograd names it: ``SoftmaxBackward0``."""
    node = None if tensor is None else tensor.grad_fn
    return None if node is None else node.name()
