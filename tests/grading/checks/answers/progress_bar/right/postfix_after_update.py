from tqdm.auto import tqdm


def train_one_epoch_with_progress(model, dataloader, loss_fn, optimizer, device, epoch):
    model.train()
    running, seen = 0.0, 0
    with tqdm(total=len(dataloader), desc=f"Epoch {epoch}", dynamic_ncols=True) as progress:
        for features, labels in dataloader:
            features, labels = features.to(device), labels.to(device)
            loss = loss_fn(model(features), labels)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            value = loss.detach().item()
            running += value * features.shape[0]
            seen += features.shape[0]
            progress.update()
            progress.set_postfix({"loss": f"{value:.4f}"}, refresh=False)
    return running / seen
