"""A tiny run whose every forward pass is counted and can be held up."""

import threading
import time

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

NUM_BATCHES, VAL_BATCHES = 6, 3
LOOK = 1  # validation pass of train_model before the first epoch
PATIENCE = 60.0  # seconds; a busy machine is slow, and every wait ends when it is met


class CountedModel(nn.Module):
    """Two inputs, three classes; counts its forward passes by mode.

    ``hold_at = ("train", 5)`` makes the fifth training pass wait: ``arrived`` is set when it is
    there, and it goes on when ``release`` is set. ``seconds`` slows every pass down.
    """

    def __init__(self, seconds: float = 0.0, hold_at: tuple[str, int] | None = None) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(2, 4), nn.Dropout(0.5), nn.Linear(4, 3))
        self.seconds, self.hold_at = seconds, hold_at
        self.passes = {"train": 0, "eval": 0}
        self.arrived, self.release = threading.Event(), threading.Event()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        mode = "train" if self.training else "eval"
        self.passes[mode] += 1
        if self.hold_at == (mode, self.passes[mode]):
            self.arrived.set()
            assert self.release.wait(PATIENCE), "nobody released the held pass"
        time.sleep(self.seconds)
        return self.layers(x)


def counted_model(**options) -> CountedModel:
    torch.manual_seed(0)
    return CountedModel(**options)


def loaders() -> tuple[DataLoader, DataLoader]:
    generator = torch.Generator().manual_seed(1)
    x = torch.randn(4 * (NUM_BATCHES + VAL_BATCHES), 2, generator=generator)
    y = torch.randint(0, 3, (len(x),), generator=generator)
    cut = 4 * NUM_BATCHES
    return (
        DataLoader(TensorDataset(x[:cut], y[:cut]), batch_size=4),
        DataLoader(TensorDataset(x[cut:], y[cut:]), batch_size=4),
    )


def wait_for(condition, seconds: float = PATIENCE) -> None:
    """Wait until ``condition()`` holds; fail the test if it does not within ``seconds``."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "what the test waits for did not happen"
        time.sleep(0.005)
