"""Makes a run of the lab: ``train_model`` on real images, with a worker that can be watched."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.data import TensorDataset

from course_lib.data import fashion_mnist, make_loader
from course_lib.history import History
from course_lib.loop import train_model
from course_lib.models import MLP
from course_lib.widgets.lab.settings import NUM_TRAIN, NUM_VAL, Settings
from course_lib.widgets.live_training.progress import Progress
from course_lib.widgets.live_training.worker import Worker

VAL_BATCH = 500


def make_worker(settings: Settings) -> Worker:
    """A run of ``settings`` that has not begun; ``run`` trains it on the CPU.

    The same settings give the same curves: the reader's random state is set aside meanwhile.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(settings.seed)
        model = MLP(784, settings.hidden, 10, settings.dropout)
    train = functools.partial(_train, model, settings)
    return Worker(train, model, Progress(settings.epochs))


def _train(model: nn.Module, settings: Settings, **callbacks: Any) -> History:
    train_set, val_set = images(255.0 if settings.fault == "log of softmax" else 1.0)
    order = torch.Generator().manual_seed(settings.seed)
    some = TensorDataset(*(tensor[: settings.num_train] for tensor in train_set.tensors))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(settings.seed + 1)  # of the dropout
        return train_model(
            model,
            make_loader(some, settings.batch_size, shuffle=True, generator=order),
            make_loader(val_set, VAL_BATCH),
            settings.epochs,
            optimizer=functools.partial(_optimizer, settings),
            loss_fn=log_of_softmax if settings.fault == "log of softmax" else None,
            device="cpu",  # for networks of this size the fastest
            progress=False,
            **callbacks,
        )


@functools.cache
def warm_up() -> None:
    """Load images and everything that a first run loads, so that a press of Train need not wait."""
    make_worker(Settings(hidden=2, num_train=32, epochs=1)).run()


@functools.cache
def images(brightest: float = 1.0) -> tuple[TensorDataset, TensorDataset]:
    """The first 8,000 training images of the shipped sample, and the other 2,000 to validate on.

    Pixels are float32 from 0 to ``brightest``. The sample's test images are not touched.
    """
    pixels, labels = fashion_mnist().train.tensors
    scaled = pixels.to(torch.float32).mul_(brightest / 255)
    cut = NUM_TRAIN[-1]
    assert len(scaled) >= cut + NUM_VAL, "the sample holds 10,000 training images"
    return (
        TensorDataset(scaled[:cut], labels[:cut]),
        TensorDataset(scaled[cut : cut + NUM_VAL], labels[cut : cut + NUM_VAL]),
    )


def log_of_softmax(logits: Tensor, labels: Tensor) -> Tensor:
    """Cross-entropy as it stands in a textbook: logits N×C, labels N.

    Where a probability is rounded to 0 its logarithm is −∞: the reason for ``CrossEntropyLoss``.
    """
    probabilities = torch.softmax(logits, dim=1)
    return -torch.log(probabilities[torch.arange(len(labels)), labels]).mean()


class ForgottenStep(torch.optim.SGD):
    """SGD whose ``step`` does nothing, as in a loop that never calls it."""

    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        """Do nothing."""


def _optimizer(settings: Settings, parameters: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
    if settings.fault == "no step":
        return ForgottenStep(parameters, lr=settings.learning_rate)
    if settings.optimizer == "Adam":
        return torch.optim.Adam(parameters, lr=settings.learning_rate)
    return torch.optim.SGD(parameters, lr=settings.learning_rate)
