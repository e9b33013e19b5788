MISTAKE = "trains nothing: an empty history and the model as it was"
LOSES = [
    "patience",
    "counting",
    "strictly_lower",
    "best_parameters",
    "best_buffers",
    "history",
    "mean_losses",
    "training",
    "validation",
    "arguments",
]
MESSAGE = "No epoch ran"


def train_with_early_stopping(
    model, train_loader, val_loader, loss_fn, optimizer, device, max_epochs, patience
):
    if patience < 1:
        raise ValueError("patience must be at least 1")
    return model, {"train_loss": [], "val_loss": [], "val_accuracy": []}
