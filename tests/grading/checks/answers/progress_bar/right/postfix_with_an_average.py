import math

from tqdm import tqdm


def train_one_epoch_with_progress(model, dataloader, loss_fn, optimizer, device, epoch):
    model.train()
    losses, sizes = [], []
    loop = tqdm(enumerate(dataloader), total=len(dataloader), unit_scale=True)
    loop.set_description(f"Epoch {epoch}")
    for _, (inputs, targets) in loop:
        optimizer.zero_grad()
        outputs = model(inputs.to(device))
        loss = loss_fn(outputs, targets.to(device))
        loss.backward()
        optimizer.step()
        losses.append(loss.item() * len(targets))
        sizes.append(len(targets))
        loop.set_postfix_str(f"loss={loss.item():.3f}, mean={sum(losses) / sum(sizes):.3f}")
    return math.fsum(losses) / sum(sizes)
