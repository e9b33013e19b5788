"""What a run asks of its ranks. Here there is one: nothing to share, nobody to wait for."""

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from course_lib.checkpoint.folder import CheckpointFolder
from course_lib.non_finite import WatchedMean

Callback = TypeVar("Callback", bound=Callable[..., object] | None)


class OneRank:
    """A run of one process. :class:`~course_lib.distributed.many_ranks.ManyRanks` is for several.

    Args:
        device: where this process trains.
    """

    index = 0
    count = 1

    def __init__(self, device: torch.device | None = None) -> None:
        self.device = torch.device("cpu") if device is None else device

    @property
    def is_main(self) -> bool:
        """Whether this rank prints and writes."""
        return self.index == 0

    def share(self, train_loader: Any, val_loader: Any) -> tuple[Iterable[Any], Iterable[Any]]:
        """Loaders that give this rank its share of every batch."""
        return train_loader, val_loader

    def parallel(self, model: nn.Module) -> nn.Module:
        """The model whose backward averages the gradients over all ranks."""
        return model

    def share_buffers(self, model: nn.Module) -> None:
        """Give all ranks the main one's buffers (batch norm's statistics), for validation."""

    def whole_batch(self, loss: Tensor, samples: int) -> tuple[Tensor, int]:
        """This rank's loss, weighted so that the average over the ranks is the mean over the
        whole batch; and the samples of the whole batch."""
        return loss, samples

    def mean_loss(self) -> WatchedMean:
        """A running mean over the training samples of all ranks."""
        return WatchedMean()

    def mean_over_ranks(self, val_loss: float, score: float | None) -> tuple[float, float | None]:
        """Means over the validation samples of all ranks."""
        return val_loss, score

    def agreed(self, callback: Callback) -> Callback:
        """``callback``, such that all ranks stop where one raises StopTraining."""
        return callback

    def folder(self, folder: CheckpointFolder | None) -> CheckpointFolder | None:
        """The folder, written to by the main rank alone and read for all."""
        return folder

    def gathered(self, content: dict[str, Any], own: Callable[[], Any]) -> dict[str, Any]:
        """A checkpoint's content, with what is each rank's own in it."""
        return content

    def own_part(self, content: dict[str, Any]) -> dict[str, Any]:
        """The content as this rank resumes it: the opposite of :meth:`gathered`."""
        return content

    def together(self) -> AbstractContextManager[None]:
        """Notices when another rank is gone."""
        return nullcontext()
