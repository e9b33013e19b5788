import numpy as np
import torch
from torch.nn.utils import parameters_to_vector, vector_to_parameters


def train_with_early_stopping(
    model, train_loader, val_loader, loss_fn, optimizer, device, max_epochs, patience
):
    if patience < 1:
        raise ValueError("patience has to be 1 or more")

    def snapshot():
        return parameters_to_vector(model.parameters()).detach().clone(), [
            b.clone() for b in model.buffers()
        ]

    history = {"train_loss": np.empty(0), "val_loss": np.empty(0), "val_accuracy": np.empty(0)}
    lowest, kept, left = np.inf, snapshot(), patience
    for _ in range(max_epochs):
        sums = np.zeros(3)
        model.train()
        for x, y in train_loader:
            optimizer.zero_grad()
            loss = loss_fn(model.forward(x), y)
            loss.backward()
            optimizer.step()
            sums[0] += loss.item() * len(x)
        model.eval()
        with torch.no_grad():
            for x, y in val_loader:
                scores = model.forward(x)
                sums[1] += loss_fn(scores, y).item() * len(x)
                sums[2] += (scores.max(1).indices == y).sum().item()
        n, m = len(train_loader.dataset), len(val_loader.dataset)
        for key, value in zip(history, sums / (n, m, m)):
            history[key] = np.append(history[key], value)
        if sums[1] / m < lowest:
            lowest, kept, left = sums[1] / m, snapshot(), patience
            continue
        left -= 1
        if not left:
            break
    vector, buffers = kept
    vector_to_parameters(vector, model.parameters())
    for b, old in zip(model.buffers(), buffers):
        b.copy_(old)
    return model, {k: v.tolist() for k, v in history.items()}
