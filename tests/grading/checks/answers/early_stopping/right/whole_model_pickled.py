import io

import torch

from course_lib import train_one_epoch, validate


def train_with_early_stopping(
    model, train_loader, val_loader, loss_fn, optimizer, device, max_epochs, patience
):
    if patience < 1:
        raise ValueError("patience must be at least 1")
    history = {"train_loss": [], "val_loss": [], "val_accuracy": []}
    best_loss, waited, best = float("inf"), 0, None
    for _ in range(max_epochs):
        history["train_loss"].append(
            train_one_epoch(model, train_loader, loss_fn, optimizer, device)
        )
        val_loss, val_accuracy = validate(model, val_loader, loss_fn, device)
        history["val_loss"].append(val_loss)
        history["val_accuracy"].append(val_accuracy)
        if val_loss < best_loss:
            best_loss, waited, best = val_loss, 0, io.BytesIO()
            torch.save(model, best)
        else:
            waited += 1
            if waited == patience:
                break
    if best is not None:
        best.seek(0)
        model = torch.load(best, weights_only=False)
    return model, history
