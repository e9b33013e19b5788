"""Counting the graphs of losses that somebody keeps alive, without keeping any alive."""

from typing import Any

from torch import Tensor

_KEY = "course_lib.trace"


class _Token:
    """Lies in a graph node's metadata and dies with the node."""

    __slots__ = ("alive", "iteration")

    def __init__(self, alive: dict[int, int], iteration: int) -> None:
        self.alive = alive
        self.iteration = iteration
        alive[iteration] = alive.get(iteration, 0) + 1

    def __del__(self) -> None:
        self.alive[self.iteration] -= 1
        if not self.alive[self.iteration]:
            del self.alive[self.iteration]


class AliveGraphs:
    """For each iteration, how many of its losses' graphs still exist."""

    def __init__(self) -> None:
        self._alive: dict[int, int] = {}

    def watch(self, loss: Tensor, iteration: int) -> None:
        """From now on know whether the graph that ends in ``loss`` is alive."""
        node = loss.grad_fn
        metadata: Any = None if node is None else node.metadata
        if metadata is not None and _KEY not in metadata:
            metadata[_KEY] = _Token(self._alive, iteration)

    def before(self, iteration: int) -> int:
        """How many earlier iterations have a loss whose graph is still alive."""
        return sum(earlier < iteration for earlier in list(self._alive))
