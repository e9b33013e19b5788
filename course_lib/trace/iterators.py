"""Hanging the watching of loaders into iterators."""

from collections.abc import Callable, Iterator
from typing import Any

from torch.utils.data import DataLoader

from course_lib.trace.loaders import Loaders

Call = Callable[..., Any]


def watched_iter(original: Call, loaders: Loaders) -> Call:
    """``__iter__`` of a DataLoader that tells of each pass."""

    def begin(self: Any) -> Any:
        iterator = original(self)
        if loaders.recorder.here() and isinstance(self, DataLoader):
            loaders.begin_pass(self, iterator)
        return iterator

    return begin


def watched_next(original: Call, loaders: Loaders) -> Call:
    """``__next__`` of a DataLoader's iterator that tells of each batch."""

    def give(self: Any) -> Any:
        batch = original(self)
        if loaders.recorder.here():
            loaders.drawn(self, batch)
        return batch

    return give


def watched_index(original: Call, loaders: Loaders) -> Call:
    """What asks the sampler for the next batch's positions."""

    def _next_index(self: Any) -> Any:
        indices = original(self)
        if loaders.recorder.here():
            loaders.asked(self, indices)
        return indices

    return _next_index


class WatchedIterator:
    """The iterator of a loader that is no DataLoader, with every batch told."""

    def __init__(self, iterator: Iterator[Any], loaders: Loaders) -> None:
        self._iterator = iterator
        self._loaders = loaders

    def __iter__(self) -> "WatchedIterator":
        return self

    def __next__(self) -> Any:
        recorder = self._loaders.recorder
        before = len(recorder.events)
        batch = next(self._iterator)
        told = any(event.kind == "batch" for event in recorder.events[before:])
        if recorder.here() and not told:
            self._loaders.drawn(self, batch)
        return batch

    def __getattr__(self, name: str) -> Any:
        return getattr(self._iterator, name)


def watched_other_iter(original: Call, source: Any, loaders: Loaders) -> Call:
    """``__iter__`` of the class of a loader that was given to ``record``."""

    def begin(self: Any) -> Any:
        iterator = original(self)
        if self is not source or not loaders.recorder.here():
            return iterator
        watched = WatchedIterator(iterator, loaders)
        loaders.begin_pass(self, watched)
        return watched

    return begin
