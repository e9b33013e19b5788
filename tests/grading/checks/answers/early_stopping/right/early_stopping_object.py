from collections import defaultdict

from course_lib import EarlyStopping, train_one_epoch, validate


def train_with_early_stopping(
    model, train_loader, val_loader, loss_fn, optimizer, device, max_epochs, patience
):
    stopper = EarlyStopping(patience)
    history = defaultdict(list)
    for epoch in range(1, max_epochs + 1):
        history["epoch"].append(epoch)
        history["train_loss"] += [train_one_epoch(model, train_loader, loss_fn, optimizer, device)]
        val_loss, val_accuracy = validate(model, val_loader, loss_fn, device)
        history["val_loss"] += [val_loss]
        history["val_accuracy"] += [val_accuracy]
        if stopper.step(val_loss, model):
            break
    stopper.load_best(model)
    return model, dict(history)
