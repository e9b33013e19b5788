MISTAKE = "waits for twice as many epochs"
LOSES = ["patience"]
MESSAGE = "twice"

import copy

import torch

from course_lib import train_one_epoch, validate


def train_with_early_stopping(
    model, train_loader, val_loader, loss_fn, optimizer, device, max_epochs, patience
):
    if patience < 1:
        raise ValueError("patience must be at least 1")
    history = {"train_loss": [], "val_loss": [], "val_accuracy": []}
    best_loss = float("inf")
    best_state = copy.deepcopy(model.state_dict())
    waited = 0
    for epoch in range(max_epochs):
        train_loss = train_one_epoch(model, train_loader, loss_fn, optimizer, device)
        val_loss, val_accuracy = validate(model, val_loader, loss_fn, device)
        history["train_loss"].append(train_loss)
        history["val_loss"].append(val_loss)
        history["val_accuracy"].append(val_accuracy)
        if val_loss < best_loss:
            best_loss = val_loss
            best_state = copy.deepcopy(model.state_dict())
            waited = 0
        else:
            waited += 1
            if waited >= 2 * patience:
                break
    model.load_state_dict(best_state)
    return model, history
