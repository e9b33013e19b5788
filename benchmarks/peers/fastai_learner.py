"""fastai: ``Learner.fit`` over plain loaders, without bar and log."""

import math
from functools import partial

import torch
from fastai.callback.progress import ProgressCallback  # noqa: F401  brings no_bar with it
from fastai.data.core import DataLoaders
from fastai.learner import Learner
from fastai.metrics import accuracy
from fastai.optimizer import OptimWrapper
from torch import nn

from benchmarks.peers.plain_loaders import plain_loaders
from benchmarks.tasks import LEARNING_RATE, Outcome, Run, Task


def prepare(task: Task, num_epochs: int) -> Run:
    """A learner with torch's Adam at a constant rate; its training loss is a smoothed one."""
    learner = Learner(
        DataLoaders(*plain_loaders(task), device=torch.device("cpu")),
        task.model(),
        loss_func=nn.CrossEntropyLoss(),
        opt_func=partial(OptimWrapper, opt=torch.optim.Adam),
        metrics=accuracy,
    )

    def run() -> Outcome:
        with learner.no_bar(), learner.no_logging():
            learner.fit(num_epochs, LEARNING_RATE)
        _, val_loss, right = learner.recorder.values[-1]
        return Outcome(math.nan, float(val_loss), float(right))

    return run
