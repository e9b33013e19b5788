MISTAKE = "sets n to the number of the batch, from 0"
LOSES = ["full_and_closed"]
MESSAGE = "4 of 5"

from tqdm.auto import tqdm


def train_one_epoch_with_progress(model, dataloader, loss_fn, optimizer, device, epoch):
    model.train()
    total, count = 0.0, 0
    bar = tqdm(total=len(dataloader), desc=f"Epoch {epoch}")
    for i, (inputs, targets) in enumerate(dataloader):
        inputs, targets = inputs.to(device), targets.to(device)
        optimizer.zero_grad()
        loss = loss_fn(model(inputs), targets)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(targets)
        count += len(targets)
        bar.n = i
        bar.set_postfix(loss=loss.item())
    bar.close()
    return total / count
