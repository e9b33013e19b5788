"""Two numbers that tell whether a batch is the same, the same in another order, or another."""

import math

import torch
from torch import Tensor

_COLUMNS = 64  # of each sample, spread evenly: enough to tell samples apart, cheap for images
_TOLERANCE = 1e-6  # another device sums in another order; two batches differ by far more

Fingerprint = tuple[int, float, float]  # samples; sum over samples; sum weighted by position

_weights: dict[tuple[int, torch.device], Tensor] = {}


def fingerprint(batch: Tensor) -> Tensor:
    """A tensor of two numbers, of a batch with N samples along its first dimension.

    The first does not depend on the order of the samples, the second does.
    """
    batch = batch.detach()
    rows = batch.reshape(len(batch), -1)
    if rows.shape[1] > _COLUMNS:
        rows = rows[:, :: -(-rows.shape[1] // _COLUMNS)]
    wide = torch.float32 if batch.device.type == "mps" else torch.float64
    # The sine makes sums of different samples unlikely to agree: 1 + 4 is not 2 + 3.
    sums = rows.sum(1, dtype=wide).mul_(12.9898).sin_()
    return sums @ _weighting(len(batch), batch.device)


def compare(a: Fingerprint, b: Fingerprint) -> str:
    """ "same", "permuted" (the same samples in another order) or "other"."""
    if a[0] != b[0] or not _close(a[1], b[1]):
        return "other"
    return "same" if _close(a[2], b[2]) else "permuted"


def _close(a: float, b: float) -> bool:
    return math.isclose(a, b, rel_tol=_TOLERANCE, abs_tol=_TOLERANCE)


def _weighting(samples: int, device: torch.device) -> Tensor:
    found = _weights.get((samples, device))
    if found is None:
        wide = torch.float32 if device.type == "mps" else torch.float64
        position = torch.arange(samples, dtype=wide, device=device)
        if len(_weights) > 32:
            _weights.clear()
        found = torch.stack([torch.ones_like(position), 2 + torch.sin(position * 7.77)], dim=1)
        _weights[samples, device] = found
    return found
