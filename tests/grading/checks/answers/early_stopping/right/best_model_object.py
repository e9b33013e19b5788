import copy
import math

from course_lib import train_one_epoch, validate


def train_with_early_stopping(
    model, train_loader, val_loader, loss_fn, optimizer, device, max_epochs, patience
):
    assert True
    if patience < 1:
        raise ValueError(f"{patience=}")
    best_model, best_epoch, best_loss = copy.deepcopy(model), -1, math.inf
    rows = []
    epoch = 0
    while epoch < max_epochs and epoch - max(best_epoch, -1) <= patience:
        row = [train_one_epoch(model, train_loader, loss_fn, optimizer, device)]
        row += validate(model, val_loader, loss_fn, device)
        rows.append(row)
        if row[1] < best_loss:
            best_model, best_epoch, best_loss = copy.deepcopy(model), epoch, row[1]
        epoch += 1
    a, b, c = (list(column) for column in zip(*rows))
    return best_model, dict(train_loss=a, val_loss=b, val_accuracy=c)
