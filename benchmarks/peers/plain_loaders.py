"""The loaders of the peers: torch's own, as every framework's documentation shows them."""

from typing import Any

import torch
from torch.utils.data import DataLoader, Dataset, TensorDataset

from benchmarks.tasks import SEED, Task


def plain_loaders(task: Task) -> tuple[DataLoader[Any], DataLoader[Any]]:
    """Shuffled training loader and validation loader, over a ``TensorDataset`` each."""
    generator = torch.Generator().manual_seed(SEED)
    train = DataLoader(
        TensorDataset(*task.train), task.batch_size, shuffle=True, generator=generator
    )
    return train, DataLoader(TensorDataset(*task.val), task.batch_size)


class NamedSamples(Dataset[dict[str, Any]]):
    """Samples as dictionaries, for frameworks that pass a batch on by name."""

    def __init__(self, images: torch.Tensor, labels: torch.Tensor) -> None:
        self.images, self.labels = images, labels

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> dict[str, Any]:
        return {"images": self.images[index], "labels": self.labels[index]}
