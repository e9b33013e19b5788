"""Small problems that every test of the loop can train on in milliseconds."""

import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


@pytest.fixture(autouse=True)
def one_thread():
    torch.manual_seed(0)
    torch.set_num_threads(1)


def classes_dataset(num_samples: int = 50, features: int = 6, classes: int = 3) -> TensorDataset:
    generator = torch.Generator().manual_seed(1)
    weights = torch.randn(features, classes, generator=generator)
    inputs = torch.randn(num_samples, features, generator=generator)
    return TensorDataset(inputs, (inputs @ weights).argmax(dim=1))


def small_net(seed: int = 3, features: int = 6, classes: int = 3) -> nn.Sequential:
    torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(features, 8), nn.Tanh(), nn.Linear(8, classes))


@pytest.fixture
def dataset() -> TensorDataset:
    return classes_dataset()


@pytest.fixture
def loader(dataset) -> DataLoader:
    """50 samples in batches of 16: the last batch has 2."""
    return DataLoader(dataset, batch_size=16)


@pytest.fixture
def model() -> nn.Sequential:
    return small_net()


@pytest.fixture
def net():
    """A function that makes the same network each time."""
    return small_net
