"""Which forward pass a tensor stems from, told by the graph that autograd keeps anyway."""

from collections import deque
from typing import Any

from torch import Tensor

_KEY = "course_lib.trace.made_by"
_FAR = 24  # nodes: a squeeze, a softmax, a norm, not the way through a whole network

Maker = tuple[int, int]  # index of the forward, id of the model


def mark_made(output: Tensor, maker: Maker) -> None:
    """Note at an output's node which forward pass gave it; the note dies with the node."""
    node: Any = output.grad_fn
    if node is not None:
        node.metadata[_KEY] = maker


def origin_of(tensor: Tensor) -> Maker | None:
    """The forward pass from whose output a tensor was computed, where a short way leads there."""
    waiting: deque[Any] = deque([tensor.grad_fn])
    for _ in range(_FAR):
        node = waiting.popleft() if waiting else None
        if node is None:
            return None
        maker: Maker | None = node.metadata.get(_KEY)
        if maker is not None:
            return maker
        waiting.extend(before for before, _ in node.next_functions if before is not None)
    return None
