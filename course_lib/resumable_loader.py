"""A pass over a DataLoader that can go on in the middle, in another process, with the very
batches that would have come."""

from collections.abc import Iterator
from typing import Any

from torch import Generator

from course_lib.checkpoint.files import MismatchedCheckpointError
from course_lib.seeding import random_states, restore_random_states


class ResumableLoader:
    """The training loader, and the random states that decide which batches it gives.

    To go on after ``done`` batches of an epoch, the random states of the epoch's start are put
    back, the loader draws those batches once more (nothing trains on them; workers with random
    augmentation come to the same point), and then the states of the checkpoint are put back.

    Args:
        loader: the training loader.
        others: further loaders of the run, whose generators and workers count as well.

    One thing is out of reach: with ``persistent_workers=True`` the random state *inside* a worker
    lives from epoch to epoch, so only the order of the samples is exact then, not an augmentation
    drawn in the worker.
    """

    def __init__(self, loader: Any, *others: Any) -> None:
        self.loader = loader
        self._loaders = (loader, *others)
        self._generators = loader_generators(*self._loaders)
        self._epoch_start: dict[str, Any] | None = None
        self._running_at_start = [False] * len(self._loaders)
        self._resumed: dict[str, Any] | None = None

    def batches(self, epoch: int, done: int) -> Iterator[Any]:
        """The batches of ``epoch`` (from 0) after the first ``done``."""
        sampler: Any = getattr(self.loader, "sampler", None)
        if hasattr(sampler, "set_epoch"):  # distributed samplers shuffle by epoch number
            sampler.set_epoch(epoch)
        if self._resumed is None:
            self._epoch_start = random_states(self._generators)
            self._running_at_start = self._running()
            yield from self.loader
            return
        resumed, self._resumed = self._resumed, None
        assert self._epoch_start is not None, "a checkpoint inside an epoch holds both states"
        restore_random_states(self._epoch_start, self._generators)
        batches = iter(self.loader)
        for _ in range(done):
            next(batches)
        restore_random_states(resumed, self._generators)
        yield from batches

    def state_dict(self, done: int) -> dict[str, Any]:
        """The random states now and, inside an epoch, at its start."""
        return {
            "now": random_states(self._generators),
            "epoch_start": self._epoch_start if done else None,
            "workers_running": self._running_at_start if done else self._running(),
            **self._size(),
        }

    def _running(self) -> list[bool]:
        """Which loaders have persistent workers at work, left from the epoch before."""
        return [getattr(loader, "_iterator", None) is not None for loader in self._loaders]

    def _size(self) -> dict[str, int | None]:
        """What the loader's epochs are made of; None for what it does not tell."""
        data = getattr(self.loader, "dataset", None)
        return {
            "num_batches": num_batches(self.loader),
            "batch_size": getattr(self.loader, "batch_size", None),
            "num_samples": None if data is None else num_batches(data),
            "num_processes": getattr(self.loader, "num_processes", 1),
        }

    def check(self, state: dict[str, Any], done: int, source: str) -> None:
        """Raise MismatchedCheckpointError if ``state`` is inside an epoch of another length, or of
        loaders with other generators."""
        here, state = self._size(), {"num_processes": 1, **state}
        if done and any(state[name] != here[name] for name in here):
            words = "{num_batches} batches of {batch_size}, from {num_samples} samples"
            if state["num_processes"] != here["num_processes"]:
                words += ", in {num_processes} process(es)"
            raise MismatchedCheckpointError(
                f"{source} stands in the middle of an epoch of {words.format(**state)}, but this "
                f"train_loader has {words.format(**here)}: give the data, the batch size and "
                "the number of processes of the run."
            )
        saved, own = len(state["now"]["loaders"]), len(self._generators)
        if done and saved != own:
            raise MismatchedCheckpointError(
                f"{source} stands in the middle of an epoch of loaders with {saved} generator(s), "
                f"but these have {own}: give make_loader the generator of the run."
            )

    def load_state_dict(self, state: dict[str, Any], done: int) -> None:
        """Continue after ``done`` batches of an epoch from what was saved there."""
        # Persistent workers draw a seed when they start, and only then: so they must be running
        # here if they were there, and not yet running if they were not.
        for loader, running in zip(self._loaders, state["workers_running"], strict=True):
            if getattr(loader, "persistent_workers", False):
                loader._iterator = None
                if running:
                    iter(loader)
        self._running_at_start = state["workers_running"]
        self._epoch_start = state["epoch_start"]
        self._resumed = state["now"] if done else None
        restore_random_states(state["now"], self._generators)


def loader_generators(*loaders: Any) -> list[Generator]:
    """Every random generator that the loaders draw from, each once, in a fixed order."""
    found: list[Generator] = []
    for loader in loaders:
        batch_sampler = getattr(loader, "batch_sampler", None)
        owners = (
            loader,
            getattr(loader, "sampler", None),
            batch_sampler,
            getattr(batch_sampler, "sampler", None),
        )
        for owner in owners:
            generator = getattr(owner, "generator", None)
            if isinstance(generator, Generator) and all(generator is not g for g in found):
                found.append(generator)
    return found


def num_batches(loader: Any) -> int | None:
    """Batches in one pass; None for an iterable data set that does not know its length."""
    try:
        return len(loader)
    except (TypeError, NotImplementedError):
        return None
