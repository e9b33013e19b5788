"""Random numbers: one seed for all generators, and their states as data that can be saved.

Python's, NumPy's and torch's states are kept as tensors and plain numbers, because the safe
loader (``torch.load(weights_only=True)``) refuses NumPy's own state tuple.
"""

import random
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Generator


def seed_everything(seed: int = 0) -> Generator:
    """Seed Python, NumPy and torch (all devices); return a fresh CPU generator with that seed.

    Give the generator to ``make_loader(..., shuffle=True, generator=...)``, so that the order of
    the batches does not depend on what else draws random numbers.
    """
    random.seed(seed)
    np.random.seed(seed % 2**32)  # NumPy takes 32 bits
    torch.manual_seed(seed)
    return torch.Generator().manual_seed(seed)


def random_states(generators: Sequence[Generator] = ()) -> dict[str, Any]:
    """The state of every global generator, and of ``generators`` in their order."""
    version, internal, gauss = random.getstate()
    _, keys, position, has_gauss, cached = np.random.get_state(legacy=True)
    states: dict[str, Any] = {
        "python": {"version": version, "internal": torch.tensor(internal), "gauss": gauss},
        "numpy": {
            "keys": torch.from_numpy(np.asarray(keys).astype(np.int64)),
            "position": int(position),
            "has_gauss": int(has_gauss),
            "cached": float(cached),
        },
        "torch": torch.get_rng_state(),
        "loaders": [generator.get_state() for generator in generators],
    }
    if torch.cuda.is_available():
        states["cuda"] = torch.cuda.get_rng_state_all()
    return states


def restore_random_states(states: dict[str, Any], generators: Sequence[Generator] = ()) -> None:
    """Put back what :func:`random_states` took.

    ``generators`` may be left out: then the loaders' own generators stay as they are. On a
    machine with another number of GPUs the CUDA states are left alone.
    """
    python = states["python"]
    random.setstate((python["version"], tuple(python["internal"].tolist()), python["gauss"]))
    numpy = states["numpy"]
    keys = numpy["keys"].numpy().astype(np.uint32)
    np.random.set_state(("MT19937", keys, numpy["position"], numpy["has_gauss"], numpy["cached"]))
    torch.set_rng_state(states["torch"])
    for generator, state in zip(generators, states["loaders"], strict=False):
        generator.set_state(state)
    cuda = states.get("cuda")
    if cuda is not None and len(cuda) == torch.cuda.device_count():
        torch.cuda.set_rng_state_all(cuda)
