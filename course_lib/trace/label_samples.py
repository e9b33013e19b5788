"""A sample of inputs with their targets, to tell at the end whether the two belong together."""

from typing import Any

import torch
from torch import Tensor

from course_lib.trace.pairing import Samples, skills

_ENOUGH = 512  # samples of a loader
_ENOUGH_OF_LOSSES = 8192  # of a loop without loaders: two passes over its data are wanted
_COLUMNS = 64
_FEW_SETS = 6


class LabelSamples:
    """Keeps the first samples of each loader, or of each model in a loop without loaders."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, int, bool], list[tuple[Tensor, Tensor]]] = {}
        self._counts: dict[tuple[str, int, bool], int] = {}
        self._fed: tuple[int, Tensor] | None = None  # a forward's index, what it was given

    def drawn(self, loader: int, tensors: list[Tensor]) -> None:
        """A batch of the first pass over a loader."""
        if len(tensors) == 2:
            self._keep(("loader", loader, False), tensors[0], tensors[1], _ENOUGH)

    def fed(self, forward: int, model: int, grad: bool, inputs: list[Tensor], begins: bool) -> None:
        """A model got these, which no loader gave.

        ``begins``: no loader's batch is near either. Where one is (validation's, of late), only a
        model that began without loaders is followed.
        """
        count = self._counts.get(("model", model, grad), 0)
        wanted = (begins or count) and count < _ENOUGH_OF_LOSSES
        usable = len(inputs) == 1 and _are_inputs(inputs[0])
        self._fed = (forward, _thinned(inputs[0])) if usable and wanted else None

    def judged(self, forward: int, model: int, grad: bool, targets: list[Tensor]) -> None:
        """What that forward gave was compared with targets."""
        if self._fed is not None and self._fed[0] == forward and len(targets) == 1:
            key = ("model", model, grad)
            self._keep(key, self._fed[1], targets[0], _ENOUGH_OF_LOSSES)
            self._fed = None

    def _keep(
        self, key: tuple[str, int, bool], inputs: Tensor, targets: Tensor, enough: int
    ) -> None:
        count = self._counts.get(key, 0)
        if count >= enough or (not count and len(self._kept) >= _FEW_SETS):
            return
        if _are_inputs(inputs) and _are_targets(targets) and len(inputs) == len(targets):
            self._counts[key] = count + len(inputs)
            rows = _thinned(inputs), targets.detach().reshape(-1).clone()
            self._kept.setdefault(key, []).append(rows)

    def sets(self) -> list[dict[str, Any]]:
        """What the ``end`` event says of them: see :mod:`course_lib.trace`."""
        samples = [(key, _together(rows)) for key, rows in self._kept.items()]
        return [
            {kind: thing, "grad": grad, **numbers}
            for ((kind, thing, grad), _), numbers in zip(
                samples, skills([found for _, found in samples]), strict=True
            )
        ]


def _are_inputs(tensor: Tensor) -> bool:
    strided = tensor.layout is torch.strided
    return strided and tensor.is_floating_point() and tensor.dim() > 1 and tensor.numel() > 0


def _are_targets(tensor: Tensor) -> bool:
    one_each = tensor.dim() == 1 or (tensor.dim() == 2 and tensor.shape[1] == 1)
    return one_each and not tensor.is_complex() and tensor.dtype != torch.bool


def _thinned(inputs: Tensor) -> Tensor:
    rows = inputs.detach().reshape(len(inputs), -1)
    if rows.shape[1] > _COLUMNS:
        rows = rows[:, :: -(-rows.shape[1] // _COLUMNS)]
    return rows.clone()


def _together(rows: list[tuple[Tensor, Tensor]]) -> Samples | None:
    columns, kinds = {x.shape[1] for x, _ in rows}, {y.is_floating_point() for _, y in rows}
    if len(columns) > 1 or len(kinds) > 1:
        return None
    inputs = torch.cat([x.cpu().double() for x, _ in rows])
    targets = torch.cat([y.cpu() for _, y in rows])
    return Samples(inputs, targets) if inputs.isfinite().all() else None
