import copy

import numpy as np
import torch


@torch.no_grad()
def evaluate(model, loader, loss_fn, device):
    was_training = model.training
    model.eval()
    outputs, labels = [], []
    for inputs, targets in loader:
        outputs.append(model(inputs.to(device)))
        labels.append(targets.to(device))
    outputs, labels = torch.cat(outputs), torch.cat(labels)
    model.train(was_training)
    _, predicted = torch.max(outputs, 1)
    return loss_fn(outputs, labels).item(), torch.mean((predicted == labels).double()).item()


def train_epoch(model, loader, loss_fn, optimizer, device):
    model.train()
    losses, counts = [], []
    for x, y in loader:
        x, y = x.to(device), y.to(device)
        loss = loss_fn(model(x), y)
        for parameter in model.parameters():
            parameter.grad = None
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
        counts.append(x.size(0))
    return float(np.average(losses, weights=counts))


def train_with_early_stopping(
    model, train_loader, val_loader, loss_fn, optimizer, device, max_epochs, patience
):
    if not patience >= 1:
        raise ValueError("patience has to be 1 or more")
    rows, states = [], []
    for _ in range(max_epochs):
        train_loss = train_epoch(model, train_loader, loss_fn, optimizer, device)
        rows.append((train_loss, *evaluate(model, val_loader, loss_fn, device)))
        states.append(copy.deepcopy(model.state_dict()))
        losses = [np.inf if np.isnan(row[1]) else row[1] for row in rows]
        best = int(np.argmin(losses))
        # A NaN at the very start is an epoch without an improvement, too.
        since_best = len(rows) - 1 - best if np.isfinite(losses[best]) else len(rows)
        if since_best >= patience:
            break
    model.load_state_dict(states[best])
    train_losses, val_losses, accuracies = zip(*rows, strict=True)
    return model, {
        "train_loss": list(train_losses),
        "val_loss": list(val_losses),
        "val_accuracy": list(accuracies),
    }
