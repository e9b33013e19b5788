"""Whether numbers and states agree, by float32's measure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

State = dict[str, np.ndarray[Any, Any]]
# Far above what the order of float32 additions changes, far below what a mistake does.
TOLERANCE = 1e-3


def same_state(one: Any, other: State, names: Sequence[str]) -> bool:
    """Whether the named entries agree, by float32's measure."""
    return all(
        name in one and close(np.asarray(one[name], dtype="float64"), other[name]) for name in names
    )


def close(one: Any, other: Any) -> bool:
    """Whether numbers agree, by float32's measure; NaN agrees with NaN."""
    one, other = np.asarray(one, dtype="float64"), np.asarray(other, dtype="float64")
    return one.shape == other.shape and bool(
        np.allclose(one, other, rtol=TOLERANCE, atol=TOLERANCE, equal_nan=True)
    )


def parameter_names(state: State) -> list[str]:
    """The names of what is learned."""
    return [name for name in state if name.endswith((".weight", ".bias"))]


def buffer_names(state: State) -> list[str]:
    """The names of what batch norm keeps."""
    return [name for name in state if "running" in name]
