"""The runs that are killed: small ones, in which everything random that can matter does."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim import SGD, Adam
from torch.optim.lr_scheduler import CosineAnnealingWarmRestarts, OneCycleLR, ReduceLROnPlateau
from torch.utils.data import DataLoader, Dataset, TensorDataset

from course_lib import EarlyStopping, make_loader, seed_everything, train_model
from course_lib.seeding import random_states

NUM_EPOCHS, NUM_SAMPLES, BATCH_SIZE, FEATURES = 3, 44, 5, 6
NUM_BATCHES = -(-NUM_SAMPLES // BATCH_SIZE)  # 9, and the last one has 4 samples


class Noise(nn.Module):
    """In training, noise from Python's and from NumPy's generator (dropout draws torch's)."""

    def forward(self, inputs: Tensor) -> Tensor:
        if not self.training:
            return inputs
        return inputs * (1 + 0.1 * random.random()) + float(np.random.normal(0.0, 0.1))


def make_model() -> nn.Module:
    return nn.Sequential(
        Noise(),
        nn.Linear(FEATURES, 8),
        nn.BatchNorm1d(8),
        nn.ReLU(),
        nn.Dropout(0.3),
        nn.Linear(8, 3),
    )


def make_data(num_samples: int = NUM_SAMPLES, seed: int = 1) -> TensorDataset:
    generator = torch.Generator().manual_seed(seed)
    inputs = torch.randn(num_samples, FEATURES, generator=generator)
    return TensorDataset(inputs, (inputs[:, 0] > 0).long() + (inputs[:, 1] > 0).long())


class Augmented(Dataset):
    """Every look at a sample is jittered, by each of the three generators."""

    def __init__(self, data: TensorDataset) -> None:
        self.data = data

    def __len__(self) -> int:
        return len(self.data)

    def __getitem__(self, position: int) -> tuple[Tensor, Tensor]:
        inputs, target = self.data[position]
        jitter = 0.1 * torch.randn(FEATURES) + np.random.normal(0, 0.1) + 0.1 * random.random()
        return inputs + jitter.float(), target


@dataclass
class Setting:
    """Everything that ``train_model`` is to be given."""

    model: nn.Module
    train_loader: DataLoader
    val_loader: DataLoader
    keywords: dict[str, Any] = field(default_factory=dict)


def one_cycle(optimizer: Any, num_epochs: int = NUM_EPOCHS, updates: int = NUM_BATCHES) -> Any:
    return OneCycleLR(optimizer, max_lr=0.05, total_steps=num_epochs * updates)


def _setting(*, workers: int = 0, persistent: bool = False, **keywords: Any) -> Setting:
    generator = seed_everything(7)
    model = make_model()
    shared = {"num_workers": workers, "persistent_workers": persistent}
    train = make_loader(make_data(), BATCH_SIZE, shuffle=True, generator=generator, **shared)
    return Setting(model, train, make_loader(make_data(20, 2), 8, **shared), keywords)


def _batchwise(**keywords: Any) -> dict[str, Any]:
    return {"scheduler": one_cycle, "scheduler_interval": "batch", **keywords}


def plain() -> Setting:
    return _setting(**_batchwise(checkpoint_every=4))


def workers() -> Setting:
    return _setting(workers=2, **_batchwise(checkpoint_every=4))


def persistent() -> Setting:
    return _setting(workers=2, persistent=True, **_batchwise(checkpoint_every=4))


def accumulated() -> Setting:
    def momentum(parameters: Any) -> SGD:
        return SGD(parameters, lr=0.05, momentum=0.9, nesterov=True)

    return _setting(
        optimizer=momentum,
        scheduler=lambda optimizer: CosineAnnealingWarmRestarts(optimizer, T_0=4, T_mult=2),
        scheduler_interval="batch",
        accumulation_steps=2,
        max_grad_norm=0.5,
        checkpoint_every=3,  # falls into a group, and waits for its update
    )


def augmented() -> Setting:
    """torch's own loader without a generator; early stopping; a checkpoint after every batch."""
    setting = _setting(
        scheduler=lambda optimizer: ReduceLROnPlateau(optimizer, patience=0),
        early_stopping=EarlyStopping(patience=2),
        checkpoint_every=1,
    )
    setting.train_loader = DataLoader(Augmented(make_data()), BATCH_SIZE, shuffle=True)
    return setting


def augmented_workers() -> Setting:
    setting = _setting(
        workers=2, **_batchwise(checkpoint_every=3, early_stopping=EarlyStopping(patience=2))
    )
    setting.train_loader = DataLoader(
        Augmented(make_data()), BATCH_SIZE, shuffle=True, num_workers=2
    )
    return setting


VARIANTS: dict[str, Callable[[], Setting]] = {
    function.__name__: function
    for function in (plain, workers, persistent, accumulated, augmented, augmented_workers)
}


def train(setting: Setting, folder: Path | None, **keywords: Any) -> dict[str, Any]:
    """Train; return all that a run leaves behind, copied, to be compared bit by bit."""
    made: dict[str, Any] = {}
    given = {"device": "cpu", "progress": False, **setting.keywords, **keywords}
    if folder is None:
        given.pop("checkpoint_every", None)
    else:
        given["checkpoint_dir"] = folder
    make_optimizer = given.pop("optimizer", lambda parameters: Adam(parameters, lr=0.01))
    make_scheduler = given.pop("scheduler", None)

    def optimizer(parameters: Any) -> Any:
        made["optimizer"] = make_optimizer(parameters)
        return made["optimizer"]

    def scheduler(optimizer: Any) -> Any:
        made["scheduler"] = make_scheduler(optimizer)
        return made["scheduler"]

    num_epochs = given.pop("num_epochs", NUM_EPOCHS)
    history = train_model(
        setting.model,
        setting.train_loader,
        setting.val_loader,
        num_epochs,
        optimizer=optimizer,
        scheduler=None if make_scheduler is None else scheduler,
        **given,
    )
    generator = setting.train_loader.generator
    stopping = given.get("early_stopping")
    return {
        "model": {name: value.clone() for name, value in setting.model.state_dict().items()},
        "optimizer": made["optimizer"].state_dict(),
        "scheduler": made["scheduler"].state_dict() if "scheduler" in made else None,
        "history": dict(history),
        "early_stopping": None if stopping is None else stopping.state_dict(),
        "random": random_states([] if generator is None else [generator]),
    }
