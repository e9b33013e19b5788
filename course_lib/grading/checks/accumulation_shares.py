"""By what a batch's mean loss is weighted in the step of its group: rightly, and otherwise."""

from __future__ import annotations

from course_lib.grading.checks.network_runs import Batch


class Share:
    """The weight of a batch's mean loss in its group's step, by the names of ``scale``."""

    def __init__(
        self,
        group: list[Batch],
        done: int,
        all_batches: list[Batch],
        k: int,
        size: int,
        complete: bool,
    ) -> None:
        self.batches, self.k, self.nominal, self.complete = len(group), k, k * size, complete
        self.samples = _samples(group)
        self.so_far = _samples(all_batches[:done]) + self.samples
        self.in_all, self.batches_in_all = _samples(all_batches), len(all_batches)

    def weight(self, scale: str, batch: Batch) -> float:
        """The factor of the batch's mean loss."""
        samples = len(batch[1])
        right = samples / self.samples
        weights = {
            "samples": right,
            "K": 1 / self.k,
            "batches": 1 / self.batches,
            "nominal": samples / self.nominal,
            "none": 1.0,
            "sum": float(samples),
            "epoch_samples": samples / self.in_all,
            "epoch_batches": 1 / self.batches_in_all,
            "running": samples / self.so_far,
            "twice_K": right / self.k,
            "twice_batches": right / self.batches,
            "times_K": float(self.k),
            "left_over_sum": right if self.complete else float(samples),
        }
        return weights[scale]


def _samples(some_batches: list[Batch]) -> int:
    return sum(len(targets) for _, targets in some_batches)
