"""The loops that are compared: one as textbooks write it, the fastest in plain PyTorch, and ours.

All do the same mathematics: the same first weights, a new order of the samples each epoch (in the
first epoch on a CPU the very same), Adam, an exact mean of the training loss, and after each epoch
the loss and accuracy over the validation images.
Each function prepares a run (not timed) and returns it; calling that trains ``num_epochs`` epochs.
"""

import contextlib
import os

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from benchmarks.tasks import LEARNING_RATE, SEED, Outcome, Run, Task
from course_lib import EarlyStopping, make_loader, train_model

CPU = torch.device("cpu")


def textbook(
    task: Task,
    num_epochs: int,
    device: torch.device = CPU,
    *,
    amp: torch.dtype | None = None,
    compiled: bool = False,
) -> Run:
    """A plain DataLoader over a TensorDataset, default Adam, ``.item()`` in every batch."""
    model = on_device(task, device, compiled)
    generator = torch.Generator().manual_seed(SEED)
    train_set, val_set = TensorDataset(*task.train), TensorDataset(*task.val)
    loader = DataLoader(train_set, task.batch_size, shuffle=True, generator=generator)
    val_loader = DataLoader(val_set, task.batch_size)
    optimizer = torch.optim.Adam(model.parameters(), lr=LEARNING_RATE)
    loss_fn = nn.CrossEntropyLoss()

    def validate() -> tuple[float, float]:
        model.eval()
        total, right = 0.0, 0
        with torch.no_grad(), precision(device, amp):
            for inputs, targets in val_loader:
                inputs, targets = inputs.to(device), targets.to(device)
                outputs = model(inputs)
                total += loss_fn(outputs, targets).item() * len(targets)
                right += (outputs.argmax(dim=1) == targets).sum().item()
        return total / len(val_set), right / len(val_set)

    def run() -> Outcome:
        for _ in range(num_epochs):
            model.train()
            total = 0.0
            for inputs, targets in loader:
                inputs, targets = inputs.to(device), targets.to(device)
                optimizer.zero_grad()
                with precision(device, amp):
                    loss = loss_fn(model(inputs), targets)
                loss.backward()
                optimizer.step()
                total += loss.item() * len(targets)
            val_loss, accuracy = validate()
        return Outcome(total / len(train_set), val_loss, accuracy)

    return run


def fastest(
    task: Task,
    num_epochs: int,
    device: torch.device = CPU,
    *,
    amp: torch.dtype | None = None,
    compiled: bool = False,
) -> Run:
    """The data on the device, one permutation an epoch, a whole batch fetched by index, fused
    Adam, sums kept on the device and read once an epoch."""
    model = on_device(task, device, compiled)
    images, labels = (tensor.to(device) for tensor in task.train)
    val_images, val_labels = (tensor.to(device) for tensor in task.val)
    generator = torch.Generator(device).manual_seed(SEED)
    optimizer = torch.optim.Adam(model.parameters(), lr=LEARNING_RATE, fused=True)
    size = task.batch_size

    def validate() -> Tensor:
        model.eval()
        total = torch.zeros((), device=device)
        right = torch.zeros((), dtype=torch.int64, device=device)
        with torch.no_grad(), precision(device, amp):
            for inputs, targets in zip(val_images.split(size), val_labels.split(size), strict=True):
                outputs = model(inputs)
                total.add_(F.cross_entropy(outputs, targets), alpha=len(targets))
                right.add_((outputs.argmax(dim=1) == targets).sum())
        return torch.stack([total, right]) / len(val_labels)

    def run() -> Outcome:
        for _ in range(num_epochs):
            model.train()
            total = torch.zeros((), device=device)
            for index in permutation(len(labels), generator).split(size):
                inputs, targets = images.index_select(0, index), labels.index_select(0, index)
                with precision(device, amp):
                    loss = F.cross_entropy(model(inputs), targets)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                total.add_(loss.detach(), alpha=len(targets))
            train_loss = (total / len(labels)).reshape(1)
            outcome = torch.cat([train_loss, validate()]).tolist()
        return Outcome(*outcome)

    return run


def ours(
    task: Task,
    num_epochs: int,
    device: torch.device = CPU,
    *,
    amp: torch.dtype | None = None,
    compiled: bool = False,
    on_batch: object = None,
) -> Run:
    """``train_model`` as a reader calls it: history, early stopping and progress bar on.

    The bar writes to the null device, so that no terminal's speed is measured.
    """
    model = on_device(task, device, compiled)
    generator = torch.Generator().manual_seed(SEED)
    train_set, val_set = (
        TensorDataset(*(tensor.to(device) for tensor in part)) for part in (task.train, task.val)
    )
    loader = make_loader(train_set, task.batch_size, shuffle=True, generator=generator)
    val_loader = make_loader(val_set, task.batch_size)

    def run() -> Outcome:
        with open(os.devnull, "w") as nowhere, contextlib.redirect_stderr(nowhere):
            history = train_model(
                model,
                loader,
                val_loader,
                num_epochs,
                LEARNING_RATE,
                device=device,
                early_stopping=EarlyStopping(patience=num_epochs + 1),
                amp=False if amp is None else amp,
                on_batch=on_batch,
            )
        keys = ("train_loss", "val_loss", "val_accuracy")
        return Outcome(*(history[key][-1] for key in keys))

    return run


LOOPS = {"fastest": fastest, "train_model": ours, "textbook": textbook}


def on_device(task: Task, device: torch.device, compiled: bool) -> nn.Module:
    """The task's model, ready on ``device``."""
    model = task.model().to(device)
    return torch.compile(model) if compiled else model


def precision(
    device: torch.device, amp: torch.dtype | None
) -> contextlib.AbstractContextManager[object]:
    """Autocast to ``amp``, or nothing."""
    if amp is None:
        return contextlib.nullcontext()
    return torch.autocast(device.type, dtype=amp)


def permutation(count: int, generator: torch.Generator) -> Tensor:
    """One epoch's permutation; in the first epoch on a CPU the one that a DataLoader takes."""
    if generator.device.type == "cpu":
        # DataLoader first draws a seed for its workers, also where it has none.
        torch.empty((), dtype=torch.int64).random_(generator=generator)
    return torch.randperm(count, generator=generator, device=generator.device)
