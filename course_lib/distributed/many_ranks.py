"""Several processes that train one model: shares, averages, and one that writes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, distributed, nn
from torch.nn.parallel import DistributedDataParallel
from torch.utils.data import DistributedSampler

from course_lib.checkpoint.folder import CheckpointFolder
from course_lib.distributed.lost import noticing_idle_parameters, noticing_lost_processes
from course_lib.distributed.ranks import Callback, OneRank
from course_lib.distributed.shared_folder import SharedFolder
from course_lib.distributed.shared_mean import SharedMean
from course_lib.distributed.shares import Share, SharedLoader
from course_lib.non_finite import WatchedMean
from course_lib.progress import StopTraining
from course_lib.seeding import random_states


class ManyRanks(OneRank):
    """This process among all of the run. Every method is called by all of them, in one order."""

    def __init__(self, device: torch.device, control: distributed.ProcessGroup) -> None:
        super().__init__(device)
        self.index, self.count = distributed.get_rank(), distributed.get_world_size()
        self._control = control
        self._train: SharedLoader | None = None
        self._val: SharedLoader | None = None

    # ---- words between the ranks ----

    @contextmanager
    def together(self) -> Iterator[None]:
        """Notices when another rank is gone, or waits for a gradient that never comes."""
        with noticing_lost_processes(self.index, self.count), noticing_idle_parameters():
            yield

    def from_main(self, thing: Any) -> Any:
        """The main rank's ``thing``, on every rank."""
        box = [thing]
        with self.together():
            distributed.broadcast_object_list(box, src=0, group=self._control)
        return box[0]

    def total(self, *numbers: float) -> list[float]:
        """The sums over all ranks, in float64, the same bits everywhere."""
        sums = torch.tensor(numbers, dtype=torch.float64)
        with self.together():
            distributed.all_reduce(sums, group=self._control)
        return self.from_main(sums.tolist())

    def _from_all(self, thing: Any) -> list[Any]:
        things: list[Any] = [None] * self.count
        with self.together():
            distributed.all_gather_object(things, thing, group=self._control)
        return things

    # ---- data, model, gradient ----

    def share(self, train_loader: Any, val_loader: Any) -> tuple[Iterable[Any], Iterable[Any]]:
        """Loaders that give this rank its share of every batch.

        A loader with a ``DistributedSampler`` is shared out already and stays as it is.
        """
        place = (self.index, self.count, self.from_main)
        if not _is_shared_out(train_loader):
            self._train = SharedLoader(train_loader, "train_loader", *place, padded=True)
        if not _is_shared_out(val_loader):
            self._val = SharedLoader(val_loader, "val_loader", *place, padded=False)
            if self._val.num_samples < self.count:
                raise ValueError(
                    f"The validation set has fewer samples than there are processes ({self.count})."
                )
        return self._train or train_loader, self._val or val_loader

    def parallel(self, model: nn.Module) -> nn.Module:
        """The model in DistributedDataParallel, which begins with the main rank's weights."""
        with self.together():
            if not any(p.requires_grad for p in model.parameters()):
                return model
            ids = [self.device.index] if self.device.type == "cuda" else None
            return DistributedDataParallel(model, device_ids=ids)

    def share_buffers(self, model: nn.Module) -> None:
        """Give all ranks the main one's buffers (batch norm's statistics), for validation."""
        with self.together():
            for buffer in model.buffers():
                distributed.broadcast(buffer, src=0)

    def _now(self, samples: int) -> Share:
        return Share(samples, samples * self.count) if self._train is None else self._train.now

    def whole_batch(self, loss: Tensor, samples: int) -> tuple[Tensor, int]:
        """The loss times ``own * W / total``: averaging over W ranks then gives the mean over all
        samples, also where the shares differ in size."""
        own, total = self._now(samples)
        return (loss if own * self.count == total else loss * (own * self.count / total)), total

    def mean_loss(self) -> WatchedMean:
        """A running mean over the training samples of all ranks."""
        return SharedMean(lambda samples: self._now(samples).own, self.total)

    def mean_over_ranks(self, val_loss: float, score: float | None) -> tuple[float, float | None]:
        """Means over the validation samples of all ranks."""
        samples = 1 if self._val is None else self._val.samples
        loss, points, everyone = self.total(
            val_loss * samples, (score or 0.0) * samples, float(samples)
        )
        return loss / everyone, None if score is None else points / everyone

    # ---- stopping, saving ----

    def agreed(self, callback: Callback) -> Callback:
        """``callback``, such that all ranks stop where one raises StopTraining."""
        if callback is None:
            return callback

        def call(*arguments: Any) -> None:
            stop = 0.0
            try:
                callback(*arguments)
            except StopTraining:
                stop = 1.0
            if self.total(stop)[0]:
                raise StopTraining

        return call  # type: ignore[return-value]

    def folder(self, folder: CheckpointFolder | None) -> CheckpointFolder | None:
        """The folder, written to by the main rank alone and read for all."""
        return None if folder is None else SharedFolder(folder, self.is_main, self.from_main)

    def gathered(self, content: dict[str, Any], own: Callable[[], Any]) -> dict[str, Any]:
        """A checkpoint's content, with what is each rank's own in it."""
        parts = self._from_all({"random": random_states(), **own()})
        return {**content, "ranks": parts}

    def own_part(self, content: dict[str, Any]) -> dict[str, Any]:
        """The content as this rank resumes it; between epochs all begin alike."""
        parts = content.get("ranks")
        if not content["batch"] or not parts or len(parts) != self.count:
            return content  # of another number of ranks: refused, if it is inside an epoch
        own = dict(parts[self.index])
        now = {**own.pop("random"), "loaders": content["loader"]["now"]["loaders"]}
        return {**content, **own, "loader": {**content["loader"], "now": now}}


def _is_shared_out(loader: Any) -> bool:
    return isinstance(getattr(loader, "sampler", None), DistributedSampler)
