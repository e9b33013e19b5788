import copy

from course_lib import train_one_epoch, validate


def train_with_early_stopping(
    model, train_loader, val_loader, loss_fn, optimizer, device, max_epochs, patience
):
    if patience < 1:
        raise ValueError("patience must be at least 1")
    history = {"train_loss": [], "val_loss": [], "val_accuracy": []}
    best_loss, best_model, waited = float("inf"), copy.deepcopy(model), 0
    for _ in range(max_epochs):
        train_loss = train_one_epoch(model, train_loader, loss_fn, optimizer, device)
        val_loss, val_accuracy = validate(model, val_loader, loss_fn, device)
        history["train_loss"].append(train_loss)
        history["val_loss"].append(val_loss)
        history["val_accuracy"].append(val_accuracy)
        if val_loss < best_loss:
            best_loss, waited = val_loss, 0
            best_model = copy.deepcopy(model)
        else:
            waited += 1
        if waited >= patience:
            break
    return best_model, history
