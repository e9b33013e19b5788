import io
import math

import torch

from course_lib import History, train_one_epoch, validate


def snapshot(model):
    buffer = io.BytesIO()
    torch.save(model.state_dict(), buffer)
    return buffer


def train_with_early_stopping(
    model, train_loader, val_loader, loss_fn, optimizer, device, max_epochs, patience, verbose=False
):
    if patience < 1:
        raise ValueError(patience)
    history, best, kept = History(), math.inf, snapshot(model)
    without_improvement, epoch = 0, 0
    while epoch < max_epochs and without_improvement < patience:
        epoch += 1
        train_loss = train_one_epoch(model, train_loader, loss_fn, optimizer, device)
        val_loss, val_accuracy = validate(model, val_loader, loss_fn, device)
        history.append(train_loss=train_loss, val_loss=val_loss, val_accuracy=val_accuracy)
        improved = val_loss < best
        without_improvement = 0 if improved else without_improvement + 1
        if improved:
            best, kept = val_loss, snapshot(model)
        if verbose:
            print(epoch, val_loss)
    kept.seek(0)
    model.load_state_dict(torch.load(kept))
    return model, history
