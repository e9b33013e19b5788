"""Which data are for training, validation, test: by what was given to ``record``."""

from collections.abc import Iterator
from typing import Any

from torch import Tensor
from torch.utils.data import ConcatDataset, DataLoader, Subset, TensorDataset

from course_lib.trace.shared_rows import shares_rows
from course_lib.trace.tensors import tensors_in


class Roles:
    """Recognises loaders, data sets and tensors of a known role.

    Args:
        by_name: take the role of what was not given from its name in the reader's code.
        sources: role -> a loader, a data set, tensors, or any nesting of tensors; None: not given.
    """

    def __init__(self, by_name: bool = False, **sources: Any) -> None:
        self.by_name = by_name
        self.sources = {role: source for role, source in sources.items() if source is not None}
        self._datasets: list[tuple[Any, str]] = []
        self._ranges: list[tuple[int, int, str]] = []
        for role, source in self.sources.items():
            dataset = getattr(source, "dataset", None) if _is_loader(source) else source
            if dataset is not None:
                self._datasets.append((dataset, role))
            for start, end in _places(dataset):
                self._ranges.append((start, end, role))

    def of_loader(self, loader: Any) -> tuple[str | None, str | None]:
        """(role, through what it was recognised)."""
        for role, source in self.sources.items():
            if source is loader:
                return role, "loader"
        dataset = getattr(loader, "dataset", None)
        return (None, None) if dataset is None else self._of_dataset(dataset)

    def _of_dataset(self, dataset: Any) -> tuple[str | None, str | None]:
        found = _only(role for known, role in self._datasets if known is dataset)
        if found is not None:
            return found, "dataset"
        key = _content(dataset)
        if key is not None:
            found = _only(role for known, role in self._datasets if _content(known) == key)
        return (found, "tensors") if found is not None else (None, None)

    def joined(self, loader: Any) -> list[str]:
        """The roles of what a data set contains: of its parts, of subsets that share its rows."""
        dataset = getattr(loader, "dataset", None)
        if dataset is None or self._of_dataset(dataset)[0] is not None:
            return []
        parts = dataset.datasets if isinstance(dataset, ConcatDataset) else []
        found = {role for part in parts if (role := self._of_dataset(part)[0]) is not None}
        found |= {role for known, role in self._datasets if shares_rows(known, dataset)}
        return sorted(found)

    def of_tensor(self, tensor: Tensor) -> str | None:
        """The role of a tensor that lies within one of known role."""
        if not self._ranges or tensor.device.type == "meta" or not tensor.numel():
            return None
        place = tensor.data_ptr()
        return _only(role for start, end, role in self._ranges if start <= place < end)


def _only(roles: Iterator[str]) -> str | None:
    """The role, where all agree: the same data may have been given twice."""
    found = set(roles)
    return found.pop() if len(found) == 1 else None


def _is_loader(source: Any) -> bool:
    return isinstance(source, DataLoader) or (
        hasattr(source, "dataset") and not isinstance(source, Subset)
    )


def _places(dataset: Any) -> Iterator[tuple[int, int]]:
    """Where the tensors of a data set lie in memory; those of a Subset lie among others."""
    if isinstance(dataset, Subset):
        return
    tensors = dataset.tensors if isinstance(dataset, TensorDataset) else _plain_tensors(dataset)
    for tensor in tensors:
        if tensor.numel() and tensor.is_contiguous() and tensor.device.type != "meta":
            start = tensor.data_ptr()
            yield start, start + tensor.numel() * tensor.element_size()


def _plain_tensors(source: Any) -> list[Tensor]:
    if isinstance(source, Tensor):
        return [source]
    if isinstance(source, list | tuple):  # (X, y), or a list of batches
        return [tensor for item in source[:10_000] for tensor in tensors_in(item)]
    return tensors_in(source) if isinstance(source, dict) else []


def _content(dataset: Any) -> Any:
    """Equal for data sets that hold the same samples of the same tensors; None: cannot be told."""
    if isinstance(dataset, Subset):
        inner = _content(dataset.dataset)
        return None if inner is None else (inner, tuple(map(int, dataset.indices)))
    if isinstance(dataset, TensorDataset):
        return tuple((tensor.data_ptr(), tuple(tensor.shape)) for tensor in dataset.tensors)
    return None
