"""Finding the tensors in what loops pass around: arguments, batches, outputs of any nesting."""

from collections.abc import Iterable, Mapping
from typing import Any

import torch
from torch import Tensor

_DEEP = 3
_MANY = 8
_PLAIN = (str, int, float)


def tensors_in(content: Any, depth: int = _DEEP) -> list[Tensor]:
    """The first few tensors in nested lists, tuples, dicts and plain objects."""
    if isinstance(content, Tensor):
        return [content]
    found: list[Tensor] = []
    _collect(content, depth, found)
    return found


def tensors_given(args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[Tensor]:
    """The first few tensors among the arguments of a call; mostly there is one."""
    if len(args) == 1 and not kwargs and isinstance(args[0], Tensor):
        return [args[0]]
    return tensors_in((args, kwargs))


def _collect(content: Any, depth: int, found: list[Tensor]) -> None:
    for value in _values(content) if depth else ():
        if len(found) == _MANY:
            return
        if isinstance(value, Tensor):
            found.append(value)
        elif value is not None and not isinstance(value, _PLAIN):
            _collect(value, depth - 1, found)


def _values(content: Any) -> Iterable[Any]:
    if isinstance(content, list | tuple):
        return content[:_MANY]
    if isinstance(content, Mapping):
        return content.values()
    if hasattr(content, "__dict__") and not isinstance(content, torch.nn.Module | type):
        own = list(vars(content).values())[:_MANY]
        return [value for value in own if isinstance(value, Tensor | list | tuple | Mapping)]
    return ()


def samples_in(tensors: Iterable[Tensor]) -> int | None:
    """The first dimension of the first tensor that has one."""
    return next((tensor.shape[0] for tensor in tensors if tensor.dim()), None)


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


def version_of(tensor: Tensor) -> int:
    """Grows with every change in place; tensors made in inference mode do not count theirs."""
    return 0 if tensor.is_inference() else tensor._version


def inside_transform() -> bool:
    """Whether torch.func or a graph capture is at work: tensors have no values then."""
    return torch._C._functorch.peek_interpreter_stack() is not None
