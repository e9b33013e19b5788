"""Loaders whose samples are among those of another: training data that was never split off."""

from collections import deque
from collections.abc import Callable
from typing import Any

from torch.utils.data import ConcatDataset, Subset

from course_lib.trace.events import Event
from course_lib.trace.recorder import reference

_LATEST = 8  # loaders that are compared: some loops make new ones in every epoch


class SharedRows:
    """Notes in each loader's ``holds`` the loaders whose samples it has, too."""

    def __init__(self) -> None:
        self._latest: deque[tuple[Event, Callable[[], Any]]] = deque(maxlen=_LATEST)

    def note(self, event: Event, dataset: Any) -> None:
        """A loader over this data set was met."""
        if dataset is None:
            return
        for earlier, known in self._latest:
            their = known()
            if shares_rows(dataset, their):
                earlier.numbers["holds"].append(event.who["loader"])
            if shares_rows(their, dataset):
                event.numbers["holds"].append(earlier.who["loader"])
        self._latest.append((event, reference(dataset)))


def shares_rows(part: Any, dataset: Any) -> bool:
    """Whether a data set was put into this one, or most samples of a Subset are in it, too."""
    if isinstance(dataset, ConcatDataset):
        return any(one is part or shares_rows(part, one) for one in dataset.datasets)
    if not isinstance(part, Subset):
        return False
    if _whole(part) is not _whole(dataset):
        return False
    rows, others = _rows(part), _rows(dataset)
    if not rows:
        return False
    return others is None or len(rows & others) * 2 > len(rows)


def _whole(dataset: Any) -> Any:
    """The data set that a Subset was cut from."""
    while isinstance(dataset, Subset):
        dataset = dataset.dataset
    return dataset


def _rows(dataset: Any) -> set[int] | None:
    """The positions of a Subset's samples in the whole; None: all."""
    rows = None
    while isinstance(dataset, Subset):
        indices = list(map(int, dataset.indices))
        rows = set(indices) if rows is None else {indices[row] for row in rows}
        dataset = dataset.dataset
    return rows
