"""Two numbers that tell whether a batch is the same, the same in another order, or another."""

import math
import operator
from functools import lru_cache

import torch
from torch import Tensor

_COLUMNS = 64  # of each sample, spread evenly: enough to tell samples apart, cheap for images
_TOLERANCE = 1e-6  # another device sums in another order; two batches differ by far more
_FEW = 256  # samples: Python takes their sines before torch has begun to

# The sine makes sums of different samples unlikely to agree: 1 + 4 is not 2 + 3.
_FREQUENCY = 12.9898

Fingerprint = tuple[int, float, float]  # samples; sum over samples; sum weighted by position


def fingerprint(batch: Tensor) -> Tensor:
    """A tensor of two numbers, of a batch with N samples along its first dimension.

    The first does not depend on the order of the samples, the second does.
    """
    sums = _sums_of_samples(batch).mul_(_FREQUENCY).sin_()
    return torch.mv(_weighting(len(sums), batch.device), sums)


def fingerprint_now(batch: Tensor) -> Fingerprint:
    """The same of a batch in main memory, as numbers."""
    samples = batch.shape[0]
    if samples > _FEW:
        first, second = fingerprint(batch).tolist()
        return samples, first, second
    sines = [math.sin(_FREQUENCY * of_sample) for of_sample in _sums_of_samples(batch).tolist()]
    return samples, sum(sines), sum(map(operator.mul, _few_weights(samples), sines))


def _sums_of_samples(batch: Tensor) -> Tensor:
    """Weighted sums of shape (N,), in double precision where the device has it."""
    if batch.requires_grad:
        batch = batch.detach()
    samples = batch.shape[0]
    columns = batch.numel() // samples
    stride = -(-columns // _COLUMNS)
    if batch.is_contiguous():  # one operation instead of two
        rows = batch.as_strided((samples, -(-columns // stride)), (columns, stride))
    else:
        rows = batch.reshape(samples, -1)[:, ::stride]
    wide = torch.float32 if batch.is_mps else torch.float64
    return torch.mv(rows.to(wide), _column_weights(rows.shape[1], wide, batch.device))


def compare(a: Fingerprint, b: Fingerprint) -> str:
    """ "same", "permuted" (the same samples in another order) or "other"."""
    if a[0] != b[0] or not _close(a[1], b[1]):
        return "other"
    return "same" if _close(a[2], b[2]) else "permuted"


def _close(a: float, b: float) -> bool:
    return math.isclose(a, b, rel_tol=_TOLERANCE, abs_tol=_TOLERANCE)


@lru_cache(maxsize=32)
def _column_weights(columns: int, wide: torch.dtype, device: torch.device) -> Tensor:
    """Shape (columns,): plain sums are all the same where samples are word counts or shares."""
    return 1.5 + torch.sin(torch.arange(columns, dtype=wide, device=device) * 3.3)


@lru_cache(maxsize=32)
def _weighting(samples: int, device: torch.device) -> Tensor:
    """Shape (2, samples): what each sample counts in the first sum, and in the second."""
    wide = torch.float32 if device.type == "mps" else torch.float64
    position = torch.arange(samples, dtype=wide, device=device)
    return torch.stack([torch.ones_like(position), 2 + torch.sin(position * 7.77)])


@lru_cache(maxsize=32)
def _few_weights(samples: int) -> list[float]:
    weights: list[float] = _weighting(samples, torch.device("cpu"))[1].tolist()
    return weights
