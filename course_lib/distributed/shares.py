"""A loader's batches, W at a time, split among W ranks: what one process would take at once.

No sample is left out or counted twice. (torch's ``DistributedSampler`` repeats samples until
every rank has equally many.)
"""

import zlib
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any, NamedTuple

from torch.utils.data import DataLoader

from course_lib.resumable_loader import loader_generators, num_batches
from course_lib.seeding import random_states, restore_random_states, seed_everything

FromMain = Callable[[Any], Any]  # gives every rank the main one's object


class Share(NamedTuple):
    """Of the ``total`` samples of a whole batch this rank has ``own``."""

    own: int
    total: int


class SharedBatches:
    """The batch sampler of one rank: its part of every W batches of the original one.

    All ranks draw the same order, from the main rank's random states; so the main one draws what
    a single process would. Elsewhere fresh random numbers follow, so that no two ranks drop the
    same units.

    Args:
        original: the batch sampler to share out.
        rank, count: which part, of how many.
        complete: leave out a last whole batch that is not complete (``drop_last``).
        padded: give a rank without a sample one that counts for nothing, so that it takes part in
            the update; for training.
    """

    def __init__(
        self,
        original: Any,
        rank: int,
        count: int,
        from_main: FromMain,
        *,
        complete: bool,
        padded: bool,
    ) -> None:
        self.original, self.rank, self.count = original, rank, count
        self.sampler = getattr(original, "sampler", None)
        self.generators: list[Any] = []
        self.shares: list[Share] = []
        self._from_main = from_main
        self._complete, self._padded = complete, padded

    def __len__(self) -> int:
        batches = len(self.original)
        return batches // self.count if self._complete else -(-batches // self.count)

    def __iter__(self) -> Iterator[list[Any]]:
        batches = self._draw()
        self.shares = []
        while group := list(islice(batches, self.count)):
            if self._complete and len(group) < self.count:
                return
            samples = [sample for batch in group for sample in batch]
            own = self._part(samples)
            self.shares.append(Share(len(own), len(samples)))
            if own or self._padded:
                yield own or samples[:1]

    def _part(self, samples: list[Any]) -> list[Any]:
        """Contiguous parts whose sizes differ by one at most, the larger ones first."""
        size, more = divmod(len(samples), self.count)
        start = self.rank * size + min(self.rank, more)
        return samples[start : start + size + (self.rank < more)]

    def _draw(self) -> Iterator[list[Any]]:
        states = self._from_main(random_states(self.generators))
        if self.rank == 0:
            return iter(list(self.original))
        restore_random_states(states, self.generators)
        batches = list(self.original)
        seed_everything(zlib.crc32(states["torch"].numpy().tobytes()) + self.rank)
        return iter(batches)


class SharedLoader:
    """A rank's view of a DataLoader.

    ``now`` is the share that the newest batch has, ``samples`` how many of this pass have been
    this rank's.
    """

    def __init__(
        self, loader: Any, name: str, rank: int, count: int, from_main: FromMain, *, padded: bool
    ) -> None:
        if not isinstance(loader, DataLoader) or num_batches(loader.batch_sampler) is None:
            raise ValueError(
                f"To be shared by {count} processes, {name} must be a DataLoader with batches over "
                "a data set that knows its length."
            )
        self.batch_sampler = SharedBatches(
            loader.batch_sampler,
            rank,
            count,
            from_main,
            complete=loader.drop_last,
            padded=padded,
        )
        self.batch_sampler.generators = loader_generators(loader)
        self.sampler, self.generator = loader.sampler, loader.generator
        self.dataset, self.batch_size = loader.dataset, loader.batch_size
        self.num_processes, self.num_samples = count, num_batches(loader.dataset) or 0
        self.now, self.samples = Share(0, 0), 0
        if len(self.batch_sampler) == 0:
            raise ValueError(
                f"{name} has {len(loader)} batch{'es' if len(loader) != 1 else ''}, too few for "
                f"{count} processes with drop_last=True: take a smaller batch_size."
            )
        # Persistent workers would have to be brought to the same state on every rank at a resume.
        self._loader: DataLoader[Any] = DataLoader(
            loader.dataset,
            batch_sampler=self.batch_sampler,
            num_workers=loader.num_workers,
            collate_fn=loader.collate_fn,
            pin_memory=loader.pin_memory,
            timeout=loader.timeout,
            worker_init_fn=loader.worker_init_fn,
            multiprocessing_context=loader.multiprocessing_context,
            generator=loader.generator,
            prefetch_factor=loader.prefetch_factor,
        )

    def __len__(self) -> int:
        return len(self.batch_sampler)

    def __iter__(self) -> Iterator[Any]:
        self.samples = 0
        for place, batch in enumerate(self._loader):
            self.now = self.batch_sampler.shares[place]
            self.samples += self.now.own
            yield batch
