"""Watching loaders: who iterates over which, what each batch holds and in which order."""

import sys
import weakref
from collections import deque
from collections.abc import Callable
from types import FrameType
from typing import Any

from torch import Tensor

from course_lib.trace.batches import Batches
from course_lib.trace.data_order import (
    length_of,
    number_of,
    order_of_positions,
    order_of_sampler,
    pairs_of,
)
from course_lib.trace.events import Event
from course_lib.trace.label_samples import LabelSamples
from course_lib.trace.recorder import observing, reference
from course_lib.trace.role_names import role_by_name
from course_lib.trace.shared_rows import SharedRows
from course_lib.trace.tensors import samples_in, tensors_in

_LOOKED_AT = 3  # batches of a pass whose pairs are compared with the data set
_COUNTED = 20  # batches of the first pass whose different targets are counted


class Pass:
    """One iterator over a loader."""

    def __init__(self, loader: Any, loader_id: int, number: int) -> None:
        self.loader = weakref.ref(loader) if loader is not None else lambda: None
        self.loader_id = loader_id
        self.number = number
        self.position = 0
        self.indices: deque[Any] = deque()


class Loaders:
    """Writes loaders, passes and batches down."""

    def __init__(self, batches: Batches, labels: LabelSamples) -> None:
        self.labels = labels
        self.recorder = batches.recorder
        self.batches = batches
        self.roles = batches.roles
        self.depth = 0
        self._role: dict[int, tuple[str | None, str | None]] = {}
        self._passes: weakref.WeakKeyDictionary[Any, Pass] = weakref.WeakKeyDictionary()
        self._count: dict[int, int] = {}
        self._datasets: dict[int, tuple[Callable[[], Any], int]] = {}
        self._count_of_datasets = 0
        self._shared = SharedRows()

    @observing
    def begin_pass(self, loader: Any, iterator: Any) -> None:
        """``iter(loader)`` gave ``iterator``."""
        self._begin(loader, iterator, sys._getframe(3))

    def _begin(self, loader: Any, iterator: Any, caller: FrameType) -> Pass:
        where = self.recorder.finder.where(caller)
        thing, new = self.recorder.thing("loader", loader)
        if new:
            self._announce(loader, thing.id, caller)
        number = self._count[thing.id] = self._count.get(thing.id, 0) + 1
        calls = self.recorder.finder.calls(caller)
        numbers = {"pass": number, "calls": calls}
        self.recorder.emit("epoch", {"loader": thing.id}, where=where, **numbers)
        kept = self._passes.get(iterator)
        begun = Pass(loader, thing.id, number)
        if kept is not None:
            begun.indices = kept.indices  # workers were asked before anybody iterated
        self._passes[iterator] = begun
        return begun

    def _announce(self, loader: Any, thing_id: int, caller: FrameType) -> None:
        finder = self.recorder.finder
        role, role_by = self.roles.of_loader(loader)
        if role is None and self.roles.by_name:
            role = role_by_name(loader, finder, caller)
            role_by = None if role is None else "name"
        self._role[thing_id] = role, role_by
        dataset = getattr(loader, "dataset", None)
        event = self.recorder.emit(
            "loader",
            {"loader": thing_id},
            where=finder.where(caller),
            role=role,
            role_by=role_by,
            joined=self.roles.joined(loader),
            holds=[],
            samples=length_of(dataset),
            batch_size=number_of(loader, "batch_size"),
            batches=length_of(loader),
            order=order_of_sampler(getattr(loader, "sampler", None)),
            workers=number_of(loader, "num_workers"),
            drop_last=getattr(loader, "drop_last", None),
            dataset=None if dataset is None else self._number_of(dataset),
            **{"class": type(loader).__name__},
        )
        self._shared.note(event, dataset)

    def _number_of(self, dataset: Any) -> int:
        known = self._datasets.get(id(dataset))
        if known is None or known[0]() is not dataset:  # an id is used again for another object
            known = reference(dataset), self._count_of_datasets
            self._datasets[id(dataset)] = known
            self._count_of_datasets += 1
        return known[1]

    @observing
    def asked(self, iterator: Any, indices: Any) -> None:
        """The iterator was told which samples come next."""
        known = self._passes.get(iterator)
        if known is None:
            known = self._passes[iterator] = Pass(None, -1, 0)
        known.indices.append(indices)

    @observing
    def drawn(self, iterator: Any, batch: Any) -> None:
        """The iterator gave a batch."""
        where = self.recorder.finder.where(sys._getframe(3))
        known = self._passes.get(iterator)
        if known is None or known.loader_id < 0:
            known = self._begin(iterator, iterator, sys._getframe(3))  # made before the block
        indices = known.indices.popleft() if known.indices else None
        known.position += 1
        tensors = tensors_in(batch)
        event = self.recorder.emit(
            "batch",
            {"loader": known.loader_id},
            where=where,
            role=self._role[known.loader_id][0],
            position=known.position,
            samples=samples_in(tensors),
            order=order_of_positions(indices),
            first=indices[0] if isinstance(indices, list) and indices else None,
            **{"pass": known.number},
        )
        self.batches.drawn(event, tensors)
        self._look(event, known, indices, tensors)
        if known.number == 1:
            self.labels.drawn(known.loader_id, tensors)

    def _look(self, event: Event, known: Pass, indices: Any, tensors: list[Tensor]) -> None:
        numbers = event.numbers
        numbers["distinct_targets"] = numbers["pairs"] = None
        if len(tensors) < 2:
            return
        targets = tensors[1]
        few = known.number == 1 and known.position <= _COUNTED
        if few and targets.device.type == "cpu" and not targets.is_floating_point():
            numbers["distinct_targets"] = targets.unique().numel()
        loader = known.loader()
        if known.position <= _LOOKED_AT and loader is not None and isinstance(indices, list):
            numbers["pairs"] = pairs_of(loader.dataset, indices, tensors)
