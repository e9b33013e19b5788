"""Counting the graphs of losses that somebody keeps alive, without keeping any alive."""

import weakref
from collections import Counter
from typing import Any

from torch import Tensor

_KEY = "course_lib.trace"


class _Token:
    """Lies in a graph node's metadata and dies with the node."""

    __slots__ = ("__weakref__",)


class AliveGraphs:
    """For each iteration, how many of its losses' graphs still exist."""

    def __init__(self) -> None:
        self._alive: Counter[int] = Counter()
        self._tokens: dict[int, weakref.ref[_Token]] = {}

    def watch(self, loss: Tensor, iteration: int) -> None:
        """From now on know whether the graph that ends in ``loss`` is alive."""
        node = loss.grad_fn
        metadata: Any = None if node is None else node.metadata
        if metadata is None or _KEY in metadata:
            return
        token = metadata[_KEY] = _Token()
        key = id(token)
        self._alive[iteration] += 1

        def died(reference: weakref.ref[_Token]) -> None:
            if self._tokens.get(key) is reference:
                del self._tokens[key]
            self._alive[iteration] -= 1
            if not self._alive[iteration]:
                del self._alive[iteration]

        self._tokens[key] = weakref.ref(token, died)

    def before(self, iteration: int) -> int:
        """How many earlier iterations have a loss whose graph is still alive."""
        return sum(earlier < iteration for earlier in self._alive)
