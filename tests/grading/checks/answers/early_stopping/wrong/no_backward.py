MISTAKE = "leaves out backward()"
LOSES = ["training"]
MESSAGE = "backward() is never called"

import copy

import torch

from course_lib import train_one_epoch, validate


def train_with_early_stopping(
    model, train_loader, val_loader, loss_fn, optimizer, device, max_epochs, patience
):
    if patience < 1:
        raise ValueError(f"patience is {patience}, but must be 1 or more")
    model.to(device)
    train_losses, val_losses, val_accs = [], [], []
    best = float("inf")
    best_epoch = 0
    best_weights = {k: v.detach().clone() for k, v in model.state_dict().items()}
    for epoch in range(1, max_epochs + 1):
        model.train()
        total, count = 0.0, 0
        for x, y in train_loader:
            x, y = x.to(device), y.to(device)
            optimizer.zero_grad()
            out = model(x)
            loss = loss_fn(out, y)
            optimizer.step()
            total += loss.item() * x.size(0)
            count += x.size(0)
        train_losses.append(total / count)

        model.eval()
        vtotal, vcount, correct = 0.0, 0, 0
        with torch.no_grad():
            for x, y in val_loader:
                x, y = x.to(device), y.to(device)
                out = model(x)
                vtotal += loss_fn(out, y).item() * x.size(0)
                correct += (out.argmax(dim=1) == y).sum().item()
                vcount += x.size(0)
        val_losses.append(vtotal / vcount)
        val_accs.append(correct / vcount)

        if val_losses[-1] < best:
            best = val_losses[-1]
            best_epoch = epoch
            best_weights = {k: v.detach().clone() for k, v in model.state_dict().items()}
        elif epoch - best_epoch >= patience:
            break
    model.load_state_dict(best_weights)
    return model, {"train_loss": train_losses, "val_loss": val_losses, "val_accuracy": val_accs}
