MISTAKE = "a bar_format without the postfix"
LOSES = ["postfix"]
MESSAGE = "bar_format leaves out {postfix}"

from tqdm.auto import tqdm


def train_one_epoch_with_progress(model, dataloader, loss_fn, optimizer, device, epoch):
    model.train()
    total, samples = 0.0, 0
    bar = tqdm(dataloader, desc=f"Epoch {epoch}", bar_format="{l_bar}{bar}| {n_fmt}/{total_fmt}")
    for inputs, targets in bar:
        inputs, targets = inputs.to(device), targets.to(device)
        optimizer.zero_grad()
        loss = loss_fn(model(inputs), targets)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(targets)
        samples += len(targets)
        bar.set_postfix(loss=loss.item())
    return total / samples
