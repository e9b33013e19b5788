"""PyTorch-Ignite: a supervised trainer and evaluator."""

import torch
from ignite.engine import Events, create_supervised_evaluator, create_supervised_trainer
from ignite.metrics import Accuracy, Average, Loss
from torch import nn

from benchmarks.peers.plain_loaders import plain_loaders
from benchmarks.tasks import LEARNING_RATE, Outcome, Run, Task


def prepare(task: Task, num_epochs: int) -> Run:
    """Engines that train ``num_epochs`` epochs and evaluate after each."""
    model, loss_fn = task.model(), nn.CrossEntropyLoss()
    loader, val_loader = plain_loaders(task)
    optimizer = torch.optim.Adam(model.parameters(), lr=LEARNING_RATE)
    trainer = create_supervised_trainer(model, optimizer, loss_fn)
    Average().attach(trainer, "train_loss")
    metrics = {"accuracy": Accuracy(), "loss": Loss(loss_fn)}
    evaluator = create_supervised_evaluator(model, metrics=metrics)
    trainer.add_event_handler(Events.EPOCH_COMPLETED, lambda: evaluator.run(val_loader))

    def run() -> Outcome:
        trainer.run(loader, max_epochs=num_epochs)
        measured = evaluator.state.metrics
        return Outcome(
            float(trainer.state.metrics["train_loss"]), measured["loss"], measured["accuracy"]
        )

    return run
