"""skorch: ``NeuralNetClassifier.fit``."""

import torch
from skorch import NeuralNetClassifier
from skorch.helper import predefined_split
from torch import nn
from torch.utils.data import TensorDataset

from benchmarks.tasks import LEARNING_RATE, Outcome, Run, Task


def prepare(task: Task, num_epochs: int) -> Run:
    """A net that trains ``num_epochs`` epochs and validates on a fixed set."""
    net = NeuralNetClassifier(
        task.model(),
        criterion=nn.CrossEntropyLoss,
        optimizer=torch.optim.Adam,
        lr=LEARNING_RATE,
        batch_size=task.batch_size,
        max_epochs=num_epochs,
        iterator_train__shuffle=True,
        train_split=predefined_split(TensorDataset(*task.val)),
        verbose=0,
    )
    images, labels = task.train

    def run() -> Outcome:
        net.fit(images, labels)
        last = net.history[-1]
        return Outcome(last["train_loss"], last["valid_loss"], last["valid_acc"])

    return run
