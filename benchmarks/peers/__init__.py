"""Other frameworks, each in a module of its own, used only where it is installed.

Every peer trains the same model on the same images with the same batch size and Adam's default,
through the plain ``DataLoader`` that its own documentation shows, as quiet as it documents. It
validates once an epoch: loss and accuracy.
"""

import contextlib
import importlib.metadata
import importlib.util
import io
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from benchmarks.tasks import Run, Task


@dataclass(frozen=True)
class Peer:
    """One framework; ``prepare(task, num_epochs)`` makes a run outside the clock."""

    name: str
    package: str
    prepare: Callable[[Task, int], Run]


# module here, module to look for, name of the distribution, name in the table
KNOWN = (
    ("skorch_net", "skorch", "skorch", "skorch"),
    ("ignite_engine", "ignite", "pytorch-ignite", "Ignite"),
    ("accelerate_loop", "accelerate", "accelerate", "Accelerate"),
    ("lightning_trainer", "lightning", "lightning", "Lightning (quiet)"),
    ("transformers_trainer", "transformers", "transformers", "HF Trainer"),
    ("fastai_learner", "fastai", "fastai", "fastai"),
    ("keras_fit", "keras", "keras", "Keras (on PyTorch)"),
)


@cache
def find_peers() -> tuple[Peer, ...]:
    """The peers that are installed here."""
    found = []
    for module, imported, package, name in KNOWN:
        if importlib.util.find_spec(imported) is None:
            continue
        try:
            with warnings.catch_warnings(), contextlib.redirect_stderr(io.StringIO()):
                warnings.simplefilter("ignore")
                prepare = importlib.import_module(f"benchmarks.peers.{module}").prepare
        except Exception as error:  # a broken installation fails in its own way
            print(f"{name} is installed but cannot be imported, and is left out: {error}")
            continue
        found.append(Peer(name, package, prepare))
    return tuple(found)
