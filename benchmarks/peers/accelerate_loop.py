"""Hugging Face Accelerate: a loop of one's own, with everything prepared by ``Accelerator``."""

import torch
from accelerate import Accelerator
from torch import nn

from benchmarks.peers.plain_loaders import plain_loaders
from benchmarks.tasks import LEARNING_RATE, Outcome, Run, Task


def prepare(task: Task, num_epochs: int) -> Run:
    """The loop of Accelerate's quick tour."""
    accelerator, loss_fn = Accelerator(cpu=True), nn.CrossEntropyLoss()
    model = task.model()
    model, optimizer, loader, val_loader = accelerator.prepare(
        model, torch.optim.Adam(model.parameters(), lr=LEARNING_RATE), *plain_loaders(task)
    )

    def validate() -> tuple[float, float]:
        model.eval()
        total, right, count = torch.zeros(()), torch.zeros(()), 0
        for inputs, targets in val_loader:
            with torch.no_grad():
                outputs = model(inputs)
            outputs, targets = accelerator.gather_for_metrics((outputs, targets))
            total += loss_fn(outputs, targets) * len(targets)
            right += (outputs.argmax(dim=1) == targets).sum()
            count += len(targets)
        return total.item() / count, right.item() / count

    def run() -> Outcome:
        for _ in range(num_epochs):
            model.train()
            total, count = torch.zeros(()), 0
            for inputs, targets in loader:
                optimizer.zero_grad()
                loss = loss_fn(model(inputs), targets)
                accelerator.backward(loss)
                optimizer.step()
                total += loss.detach() * len(targets)
                count += len(targets)
            measured = validate()
        return Outcome(total.item() / count, *measured)

    return run
