"""Hugging Face Transformers: ``Trainer`` around a plain module, logging off."""

import tempfile
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from transformers import PrinterCallback, Trainer, TrainingArguments

from benchmarks.peers.plain_loaders import NamedSamples
from benchmarks.tasks import LEARNING_RATE, SEED, Outcome, Run, Task


class WithLoss(nn.Module):
    """A model that returns its loss, as Trainer asks."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, images: Tensor, labels: Tensor) -> dict[str, Tensor]:
        logits = self.model(images)
        return {"loss": F.cross_entropy(logits, labels), "logits": logits}


def prepare(task: Task, num_epochs: int) -> Run:
    """A trainer with Adam at a constant rate, no clipping, one evaluation an epoch."""
    model = WithLoss(task.model())
    optimizer = torch.optim.Adam(model.parameters(), lr=LEARNING_RATE)
    constant = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda _: 1.0)
    trainer = Trainer(
        model,
        TrainingArguments(
            tempfile.gettempdir(),
            num_train_epochs=num_epochs,
            per_device_train_batch_size=task.batch_size,
            per_device_eval_batch_size=task.batch_size,
            max_grad_norm=0.0,
            eval_strategy="epoch",
            logging_strategy="epoch",
            save_strategy="no",
            report_to="none",
            disable_tqdm=True,
            remove_unused_columns=False,
            use_cpu=True,
            seed=SEED,
        ),
        train_dataset=NamedSamples(*task.train),
        eval_dataset=NamedSamples(*task.val),
        compute_metrics=_accuracy,
        optimizers=(optimizer, constant),
    )
    trainer.remove_callback(PrinterCallback)

    def run() -> Outcome:
        trainer.train()
        logs = {key: value for entry in trainer.state.log_history for key, value in entry.items()}
        return Outcome(logs["loss"], logs["eval_loss"], logs["eval_accuracy"])

    return run


def _accuracy(prediction: Any) -> dict[str, float]:
    right = np.argmax(prediction.predictions, axis=1) == prediction.label_ids
    return {"accuracy": float(right.mean())}
