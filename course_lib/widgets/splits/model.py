"""How a data set is divided, and what follows from it: no widgets, no drawing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import torch
from torch import Tensor
from torch.utils.data import TensorDataset

from course_lib.data import fashion_mnist, split_dataset
from course_lib.metrics import accuracy_interval

PARTS = ("train", "validation", "test")
RATIOS = ((70, 15, 15), (80, 10, 10), (60, 20, 20), (98, 1, 1))  # in %, the common ones
SIZES = (100, 300, 1_000, 3_000, 10_000)
MOST = 98  # %: the two other parts keep at least 1 % each


@dataclass(frozen=True)
class Split:
    """One division of the samples.

    Attributes:
        members: for train, validation and test the positions of their samples.
        class_counts: for each part how many samples it has of each class.
    """

    members: tuple[tuple[int, ...], ...]
    class_counts: tuple[tuple[int, ...], ...]

    @property
    def counts(self) -> tuple[int, ...]:
        """Samples in train, validation and test."""
        return tuple(map(len, self.members))


@dataclass(frozen=True)
class _Settings:
    percents: tuple[int, ...]
    stratify: bool
    seed: int
    num_samples: int


class SplitExplorer:
    """Ratios that always add up to 100 %, and the real split that they give.

    Args:
        labels: int64, one for each sample at hand.
        class_names: names of the labels 0, 1, ….
        sizes: numbers of samples to choose from; each takes that many from ``labels``, every
            class in proportion.
        num_samples: how many of them to begin with, at least 100, so that 1 % is a sample.
        accuracy: the share of right answers whose error bar is shown.

    Raises:
        ValueError: for fewer than 100 samples, or more than there are labels.
    """

    def __init__(
        self,
        labels: Tensor,
        class_names: Sequence[str],
        *,
        sizes: Sequence[int] = SIZES,
        num_samples: int = 1_000,
        accuracy: float = 0.85,
    ) -> None:
        if not 100 <= num_samples <= len(labels):
            raise ValueError(f"num_samples must be from 100 to {len(labels)}, not {num_samples}")
        self.class_names = tuple(class_names)
        self.sizes = tuple(
            sorted({size for size in sizes if 100 <= size <= len(labels)} | {num_samples})
        )
        self.accuracy = accuracy
        self._labels = labels
        self._now = _Settings(RATIOS[0], stratify=True, seed=0, num_samples=num_samples)
        self._before_seed: _Settings | None = None  # what stood before the last change of seed
        self._wish = RATIOS[0][1:]  # how validation and test share what train leaves
        self._split = lru_cache(maxsize=32)(self._divide)

    @property
    def percents(self) -> tuple[int, ...]:
        """Whole per cent for train, validation and test; they add up to 100."""
        return self._now.percents

    @property
    def stratify(self) -> bool:
        """Whether each part gets every class in proportion."""
        return self._now.stratify

    @property
    def seed(self) -> int:
        """The seed of the split."""
        return self._now.seed

    @property
    def num_samples(self) -> int:
        """How many samples are divided."""
        return self._now.num_samples

    @property
    def split(self) -> Split:
        """The division at the present settings, by the library's own ``split_dataset``."""
        return self._split(self._now)

    @property
    def class_total(self) -> tuple[int, ...]:
        """How many samples of each class there are, over all three parts."""
        return tuple(map(sum, zip(*self.split.class_counts, strict=True)))

    def fair_share(self, part: int, label: int) -> float:
        """How many samples of a class a part would have in exact proportion."""
        return self.class_total[label] * self.split.counts[part] / self.num_samples

    def missing(self, part: int) -> list[str]:
        """The classes of which a part has no sample."""
        counts = self.split.class_counts[part]
        return [name for name, n in zip(self.class_names, counts, strict=True) if n == 0]

    def error_bar(self, part: int) -> tuple[float, float]:
        """The interval (Wilson, 95 %) of an accuracy that was measured on this part."""
        return accuracy_interval(self.accuracy, self.split.counts[part])

    @property
    def former_training_samples(self) -> int | None:
        """How many of today's test samples the seed before had put into training.

        None unless the seed is what changed last.
        """
        if self._before_seed is None:
            return None
        return len(set(self.split.members[2]) & set(self._split(self._before_seed).members[0]))

    @property
    def former_seed(self) -> int | None:
        """The seed before, where the seed is what changed last."""
        return None if self._before_seed is None else self._before_seed.seed

    def set_percent(self, part: int, percent: int) -> None:
        """Give a part that many per cent (1 to 98); the others make room.

        Train's room is shared by validation and test as they stood when one of them was last
        set; what validation or test gains or loses comes out of train first.
        """
        percent = min(max(percent, 1), MOST)
        if part == 0:
            rest = _shared(100 - percent, self._wish)
            self._change(replace(self._now, percents=(percent, *rest)))
            return
        other = 3 - part
        kept = min(self.percents[other], 99 - percent)
        percents = [100 - percent - kept, 0, 0]
        percents[part], percents[other] = percent, kept
        self._choose((percents[0], percents[1], percents[2]))

    def nudge_percent(self, part: int, by: int) -> None:
        """Give a part ``by`` per cent more."""
        self.set_percent(part, self.percents[part] + by)

    def choose_ratio(self, percents: Sequence[int]) -> None:
        """Take all three per cents at once.

        Raises:
            ValueError: unless they are three, each at least 1, and add up to 100.
        """
        if len(percents) != 3 or min(percents) < 1 or sum(percents) != 100:
            raise ValueError(f"three whole per cents that add up to 100 are needed, not {percents}")
        self._choose((percents[0], percents[1], percents[2]))

    def set_stratify(self, stratify: bool) -> None:
        """Divide each class in proportion, or leave it to chance."""
        self._change(replace(self._now, stratify=stratify))

    def set_seed(self, seed: int) -> None:
        """Divide by another seed (0 or more)."""
        seed = max(seed, 0)
        if seed != self.seed:
            before = self._now
            self._change(replace(self._now, seed=seed))
            self._before_seed = before

    def set_num_samples(self, num_samples: int) -> None:
        """Divide that many samples.

        Raises:
            ValueError: for a number that is not one of ``sizes``.
        """
        if num_samples not in self.sizes:
            raise ValueError(f"choose one of {self.sizes}, not {num_samples}")
        self._change(replace(self._now, num_samples=num_samples))

    def nudge_num_samples(self, by: int) -> None:
        """Go ``by`` places on in the list of sizes, as far as it reaches."""
        place = self.sizes.index(self.num_samples) + by
        self.set_num_samples(self.sizes[min(max(place, 0), len(self.sizes) - 1)])

    def _choose(self, percents: tuple[int, int, int]) -> None:
        self._wish = percents[1:]
        self._change(replace(self._now, percents=percents))

    def _change(self, now: _Settings) -> None:
        if now != self._now:
            self._now, self._before_seed = now, None

    def _divide(self, settings: _Settings) -> Split:
        labels = self._labels[_some(self._labels, settings.num_samples)]
        fractions = [percent / 100 for percent in settings.percents]
        parts = split_dataset(
            TensorDataset(labels), fractions, seed=settings.seed, stratify=settings.stratify
        )
        members = tuple(tuple(part.indices) for part in parts)
        number = len(self.class_names)
        counts = (torch.bincount(labels[list(m)], minlength=number).tolist() for m in members)
        return Split(members, tuple(map(tuple, counts)))


def course_explorer(num_samples: int = 1_000, accuracy: float = 0.85) -> SplitExplorer:
    """An explorer of the course's training images."""
    data = fashion_mnist()
    labels = data.train.tensors[-1]
    return SplitExplorer(labels, data.classes, num_samples=num_samples, accuracy=accuracy)


def _some(labels: Tensor, num_samples: int) -> Tensor:
    """Positions of ``num_samples`` samples, every class in proportion, always the same ones."""
    if num_samples == len(labels):
        return torch.arange(num_samples)
    taken, _ = split_dataset(TensorDataset(labels), [num_samples, len(labels) - num_samples])
    return torch.tensor(sorted(taken.indices))


def _shared(total: int, wish: Sequence[int]) -> tuple[int, int]:
    """``total`` per cent for validation and test, as near to their ``wish`` as can be."""
    first = (2 * total * wish[0] + sum(wish)) // (2 * sum(wish))  # rounded, halves up
    first = min(max(first, 1), total - 1)
    return first, total - first
