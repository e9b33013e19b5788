from collections import OrderedDict

import numpy as np
from tqdm.auto import trange


def train_one_epoch_with_progress(model, dataloader, loss_fn, optimizer, device, epoch):
    model.train()
    data = iter(dataloader)
    table = []
    with trange(len(dataloader), desc=f"Epoch {epoch}", postfix={"loss": 0}) as steps:
        for step in steps:
            inputs, targets = next(data)
            loss = loss_fn(model(inputs.to(device)), targets.to(device))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            table.append((loss.item(), len(targets)))
            steps.set_postfix(OrderedDict(loss=np.round(table[-1][0], 3), step=step + 1))
    losses, counts = np.array(table).T
    return float(np.average(losses, weights=counts))
