import numpy as np
from tqdm.notebook import tqdm as notebook_bar


def train_one_epoch_with_progress(model, dataloader, loss_fn, optimizer, device, epoch):
    model.train()
    values, weights = [], []
    batches = notebook_bar(dataloader, desc=f"Epoch {epoch}", leave=True)
    for batch in batches:
        inputs, targets = (part.to(device) for part in batch)
        loss = loss_fn(model(inputs), targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        values.append(loss.item())
        weights.append(len(targets))
        batches.set_postfix(loss=values[-1])
    return np.average(values, weights=weights)
