from collections import deque

import torch


@torch.inference_mode()
def measure(model, loader, loss_fn, device):
    was = model.training
    model.eval()
    parts = []
    for x, y in loader:
        out = model(x.to(device))
        parts.append(
            (
                loss_fn(out, y.to(device)).item() * len(y),
                int((out.argmax(-1) == y.to(device)).sum()),
                len(y),
            )
        )
    model.train(was)
    loss, hits, n = map(sum, zip(*parts))
    return loss / n, hits / n


def fit_once(model, loader, loss_fn, optimizer, device):
    model.train()
    seen = 0
    total = 0.0
    for x, y in loader:
        loss = loss_fn(model(x.to(device)), y.to(device))
        loss.backward()
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        total += float(loss) * y.numel()
        seen += y.numel()
    return total / seen


def train_with_early_stopping(
    model, train_loader, val_loader, loss_fn, optimizer, device, max_epochs, patience
):
    if not patience >= 1:
        raise ValueError("patience")
    optimizer.zero_grad()
    recent = deque(maxlen=patience)
    best = (float("inf"), None)
    history = {k: [] for k in ("train_loss", "val_loss", "val_accuracy")}
    for _ in range(max_epochs):
        train = fit_once(model, train_loader, loss_fn, optimizer, device)
        val, accuracy = measure(model, val_loader, loss_fn, device)
        for key, value in zip(history, (train, val, accuracy)):
            history[key].append(value)
        improved = val < best[0]
        if improved:
            best = (val, {k: v.clone() for k, v in model.state_dict().items()})
        recent.append(improved)
        if len(recent) == patience and not any(recent):
            break
    if best[1] is not None:
        model.load_state_dict(best[1])
    return model, history
