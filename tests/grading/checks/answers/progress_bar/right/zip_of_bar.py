import torch
from tqdm import tqdm


def train_one_epoch_with_progress(
    model: torch.nn.Module, dataloader, loss_fn, optimizer, device="cpu", epoch: int = 1
) -> float:
    model.train()
    bar = tqdm(range(1, len(dataloader) + 1), disable=None)
    loss_sum = torch.zeros((), dtype=torch.float64)
    for _, (x, y) in zip(bar, dataloader):
        bar.set_description_str(f"Epoch {epoch}")
        loss = loss_fn(model(x.to(device)), y.to(device))
        for parameter in model.parameters():
            parameter.grad = None
        loss.backward()
        optimizer.step()
        bar.postfix = f"current loss {loss.item():.5f}"
        bar.refresh()
        loss_sum += loss.detach() * len(x)
    bar.close()
    return loss_sum.item() / len(dataloader.dataset)
