"""The training loop: one epoch, one validation, a whole run.

Read it from top to bottom. What has a duty of its own stands beside it: ``weight_update`` (how a
gradient becomes an update), ``run`` (what a checkpoint holds), ``progress`` (who watches),
``distributed`` (the processes that share the work).
"""

import os
from collections.abc import Iterable
from typing import Any

import torch
from torch import nn
from torch.optim import Optimizer

from course_lib.checked_loss import CheckedLoss, LossFunction
from course_lib.checkpoint.schedule import CheckpointSchedule
from course_lib.device import available_device, get_device, to_device
from course_lib.distributed import join_ranks
from course_lib.early_stopping import EarlyStopping
from course_lib.evaluation_mode import evaluation_mode
from course_lib.history import History
from course_lib.metrics import Metric, default_metric
from course_lib.preparation import (
    MakeOptimizer,
    MakeScheduler,
    Schedule,
    checkpoint_folder,
    make_optimizer,
    require_batches,
    require_device,
    require_epochs,
)
from course_lib.progress import OnBatch, OnEpoch, ProgressBar
from course_lib.resumable_loader import ResumableLoader, num_batches
from course_lib.run import Run
from course_lib.running_mean import RunningMean
from course_lib.validation_trial import try_validation
from course_lib.weight_update import WeightUpdate


def train_one_epoch(
    model: nn.Module,
    dataloader: Iterable[Any],
    loss_fn: LossFunction,
    optimizer: Optimizer | WeightUpdate,
    device: torch.device | str,
    *,
    mean_loss: RunningMean | None = None,
) -> float:
    """Train on every batch once; return the mean training loss over all samples.

    Args:
        model: on ``device`` already; left in training mode.
        dataloader: gives pairs ``(inputs, targets)``, N samples each.
        loss_fn: ``loss_fn(outputs, targets)`` -> 0-d tensor, the mean over the batch.
        optimizer: a plain one is stepped after every batch; a ``WeightUpdate`` adds accumulation,
            clipping, mixed precision.
        device: where to compute.
        mean_loss: continue this mean, when an epoch is resumed; None: begin a new one.

    Raises ValueError or TypeError, in one sentence, for an empty loader, a model on another
    device, or targets that do not fit the loss.
    """
    require_device(model, device)
    update = WeightUpdate.around(optimizer)
    loss_fn = CheckedLoss.around(loss_fn)
    mean_loss = RunningMean() if mean_loss is None else mean_loss
    model.train()  # dropout drops, batch norm uses and records the batch's own statistics
    for inputs, targets in dataloader:
        inputs, targets = to_device(inputs, device), to_device(targets, device)
        with update.precision():  # full precision, unless mixed precision was asked for
            outputs = model(inputs)  # 1. forward: autograd records the graph
            loss = loss_fn(outputs, targets)  # 2. loss: one number
        mean_loss.add(loss, len(targets))  # weighted by samples; never makes a GPU wait
        update.zero_grad()  # backward adds to .grad, so clear what the last update used
        update.backward(loss, len(targets))  # 3. backward: adds to each .grad that took part
        update.step()  # 4. update: the optimizer moves the parameters
    update.flush()  # the last, smaller group when gradients are accumulated
    return require_batches(mean_loss.value())


def validate(
    model: nn.Module,
    dataloader: Iterable[Any],
    loss_fn: LossFunction,
    device: torch.device | str,
    *,
    metric: Metric | None = None,
) -> tuple[float, float | None]:
    """Measure without learning; return the mean loss over all samples and the accuracy.

    The accuracy is None where the targets are no classes (regression). ``metric(outputs,
    targets)`` -> a number, a mean over the batch, takes its place. The model comes back in the
    mode it was found in. Raises as :func:`train_one_epoch` does.
    """
    require_device(model, device)
    loss_fn = CheckedLoss.around(loss_fn)
    metric = default_metric(loss_fn.loss_fn) if metric is None else metric
    mean_loss, mean_score = RunningMean(), RunningMean()
    with evaluation_mode(model), torch.no_grad():  # no dropout, no batch statistics, no graph
        for inputs, targets in dataloader:
            inputs, targets = to_device(inputs, device), to_device(targets, device)
            outputs = model(inputs)
            mean_loss.add(loss_fn(outputs, targets), len(targets))
            score = metric(outputs, targets)  # for classes: argmax, then count the right ones
            if score is not None:
                mean_score.add(score, len(targets))
    return require_batches(mean_loss.value()), mean_score.value()


def train_model(
    model: nn.Module,
    train_loader: Iterable[Any],
    val_loader: Iterable[Any],
    num_epochs: int,
    learning_rate: float = 0.001,
    *,
    loss_fn: LossFunction | None = None,
    optimizer: Optimizer | MakeOptimizer | None = None,
    scheduler: Any | MakeScheduler | None = None,
    scheduler_interval: str = "epoch",
    device: torch.device | str | None = None,
    early_stopping: EarlyStopping | None = None,
    accumulation_steps: int = 1,
    max_grad_norm: float | None = None,
    amp: bool | torch.dtype = False,
    metric: Metric | None = None,
    checkpoint_dir: str | os.PathLike[str] | None = None,
    checkpoint_every: int | None = None,
    keep_last: int = 3,
    resume: bool = False,
    progress: bool = True,
    on_batch: OnBatch | None = None,
    on_epoch: OnEpoch | None = None,
) -> History:
    """Train ``model`` for ``num_epochs`` epochs, validating after each; return the History.

    The model ends with the weights of the last epoch, or with early stopping (unless its
    ``restore_best`` is False) of the best one. The processes that ``torchrun`` starts train one
    model together: W batches make one of W times the size.

    Args:
        model: moved to ``device``.
        train_loader, val_loader: give pairs ``(inputs, targets)``.
        num_epochs: epochs in all, those before a resume included.
        learning_rate: of the default optimizer; not used when ``optimizer`` is given.
        loss_fn: a mean over the batch. Default: ``CrossEntropyLoss()``.
        optimizer: an optimizer over the model's parameters, or a function ``parameters ->
            optimizer``. Default: Adam with ``learning_rate``.
        scheduler: a learning-rate scheduler of that optimizer, or a function ``optimizer ->
            scheduler``. Default: None, a constant rate.
        scheduler_interval: step it after each "epoch" (default; ``ReduceLROnPlateau`` gets the
            validation loss) or after each weight update: "batch".
        device: default: CUDA, then MPS, then the CPU.
        early_stopping: default: None, run all epochs.
        accumulation_steps: batches for each weight update. Default: 1.
        max_grad_norm: clip the gradient to this norm. Default: None, no clipping.
        amp: mixed precision: True, ``torch.bfloat16`` or ``torch.float16``. Default: False.
        metric: takes the accuracy's place. Default: None, accuracy for classes.
        checkpoint_dir: folder of the checkpoints and of ``best.pt``. Default: None, none kept.
            What an earlier run left there is moved to ``earlier-N`` unless it is resumed.
        checkpoint_every: also save after so many batches. Default: None, once an epoch.
        keep_last: periodic checkpoints that stay. Default: 3.
        resume: go on from the newest good checkpoint, if there is one, with its learning rate and
            schedule. Default: False.
        progress: show a progress bar. Default: True.
        on_batch, on_epoch: called after each batch with a ``BatchProgress``, after each epoch with
            the History; raising ``StopTraining`` there ends the run. Default: None.

    Raises NonFiniteLossError (with epoch, batch and likely cause) when the training loss is NaN
    or infinite, CheckpointError when there are checkpoints and none can be resumed, ValueError
    for arguments that cannot be right.
    """
    require_epochs(num_epochs, train_loader=train_loader, val_loader=val_loader)
    device = get_device() if device is None else available_device(device)
    ranks = join_ranks(device)  # this process alone, or all that torchrun has started
    train_loader, val_loader = ranks.share(train_loader, val_loader)
    loss_fn = CheckedLoss.around(nn.CrossEntropyLoss() if loss_fn is None else loss_fn)
    model.to(device)
    optimizer = make_optimizer(optimizer, model, learning_rate)
    schedule = Schedule(scheduler, optimizer, scheduler_interval)
    update = WeightUpdate(
        optimizer,
        accumulation_steps=accumulation_steps,
        max_grad_norm=max_grad_norm,
        amp=amp,
        device=device,
        scheduler=schedule.per_update,
        ranks=ranks,
    )
    loader = ResumableLoader(train_loader, val_loader)
    run = Run(model, update, schedule.scheduler, early_stopping, loader, ranks)
    folder = ranks.folder(checkpoint_folder(checkpoint_dir, keep_last))
    checkpoints = CheckpointSchedule(folder, checkpoint_every)
    checkpoints.start(run, resume=resume)
    bar = ProgressBar(num_epochs, num_batches(train_loader), shown=progress and ranks.is_main)
    with bar, ranks.together(), run.stopping_on_request(checkpoints):
        try_validation(model, loss_fn, device, train_loader=train_loader, val_loader=val_loader)
        for _ in run.epochs(num_epochs):
            batches = run.batches(bar, checkpoints, on_batch)
            with run.keeping_last_good_state():
                train_loss = train_one_epoch(
                    run.parallel, batches, loss_fn, update, device, mean_loss=run.mean_loss
                )
            with update.precision():
                val_loss, score = validate(model, val_loader, loss_fn, device, metric=metric)
            val_loss, score = ranks.mean_over_ranks(val_loss, score)
            rate = schedule.end_epoch(val_loss)
            run.end_epoch(train_loss=train_loss, val_loss=val_loss, val_accuracy=score, lr=rate)
            if early_stopping is not None:
                early_stopping.step(val_loss, model)  # run.epochs ends when it says so
            checkpoints.save_best(run, best=run.is_best(val_loss))
            bar.epoch_done(run.history)
            run.tell(on_epoch)
            checkpoints.after_epoch(run)  # with what on_epoch changed
    if early_stopping is not None:
        early_stopping.load_best(model)
    return run.history
