"""Weights that are plain tensors: where there is neither module nor optimizer, what learns."""

from torch import Tensor

from course_lib.trace.parameters import Parameters

_MOST_NODES = 2000


def learn_bare_weights(parameters: Parameters, loss: Tensor) -> None:
    """Note the leaves of a loss's graph, where no module and no optimizer is known."""
    if parameters.all_are_bare():
        for leaf in _leaves(loss):
            parameters.note(leaf, "a tensor")


def _leaves(loss: Tensor) -> list[Tensor]:
    waiting, found = [loss.grad_fn], []
    seen: set[object] = set()
    while waiting and len(seen) < _MOST_NODES:
        node = waiting.pop()
        if node is None or node in seen:
            continue
        seen.add(node)
        leaf = getattr(node, "variable", None)  # of the node that adds up a leaf's gradient
        if isinstance(leaf, Tensor):
            found.append(leaf)
        waiting += [before for before, _ in node.next_functions]
    return found
