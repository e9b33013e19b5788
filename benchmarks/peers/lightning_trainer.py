"""PyTorch Lightning: ``Trainer.fit``, with bar, logger, checkpoints and summary off."""

import logging
import warnings

import lightning as L
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from benchmarks.peers.plain_loaders import plain_loaders
from benchmarks.tasks import LEARNING_RATE, Outcome, Run, Task

logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)


class Classifier(L.LightningModule):
    """A model with its loss and optimizer; epoch means are logged."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def training_step(self, batch: list[Tensor], _: int) -> Tensor:
        inputs, targets = batch
        loss = F.cross_entropy(self.model(inputs), targets)
        self.log("train_loss", loss, on_step=False, on_epoch=True, batch_size=len(targets))
        return loss

    def validation_step(self, batch: list[Tensor], _: int) -> None:
        inputs, targets = batch
        outputs = self.model(inputs)
        self.log("val_loss", F.cross_entropy(outputs, targets), batch_size=len(targets))
        right = (outputs.argmax(dim=1) == targets).float().mean()
        self.log("val_accuracy", right, batch_size=len(targets))

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.Adam(self.parameters(), lr=LEARNING_RATE)


def prepare(task: Task, num_epochs: int) -> Run:
    """A quiet trainer for ``num_epochs`` epochs."""
    model = Classifier(task.model())
    loader, val_loader = plain_loaders(task)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        trainer = L.Trainer(
            max_epochs=num_epochs,
            accelerator="cpu",
            devices=1,
            logger=False,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
            num_sanity_val_steps=0,
        )

    def run() -> Outcome:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # its advice to take more worker processes
            trainer.fit(model, loader, val_loader)
        measured = trainer.callback_metrics
        return Outcome(*(float(measured[key]) for key in Outcome._fields))

    return run
