"""Whether inputs lie in well-separated groups, as many as there are classes."""

import torch
from torch import Tensor

_ROUNDS = 10
_CLOSER = 0.6  # a sample is clearly of its group: the next centre is that much further away


def groups(inputs: Tensor, number: int) -> tuple[list[int], float]:
    """Sizes of ``number`` groups of inputs, shape (N, columns), and the share of samples that lie
    clearly in one of them. Lloyd's algorithm from samples far from each other; no chance in it.
    """
    centres = inputs[:1]
    for _ in range(number - 1):
        nearest = torch.cdist(inputs, centres).min(1).values
        centres = torch.cat([centres, inputs[nearest.argmax()][None]])
    for _ in range(_ROUNDS):
        member = torch.cdist(inputs, centres).argmin(1)
        counts = torch.bincount(member, minlength=number)
        sums = torch.zeros_like(centres).index_add_(0, member, inputs)
        centres = torch.where(counts[:, None] > 0, sums / counts.clamp_min(1)[:, None], centres)
    two = torch.cdist(inputs, centres).topk(2, largest=False).values
    clear = float((two[:, 0] < _CLOSER * two[:, 1]).double().mean())
    return counts.tolist(), clear
