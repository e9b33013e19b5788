from collections import OrderedDict

import tqdm


def train_one_epoch_with_progress(model, dataloader, loss_fn, optimizer, device, epoch):
    model.train()
    running = seen = 0
    bar = tqdm.tqdm(
        enumerate(dataloader), total=len(dataloader), desc=f"Epoch {epoch}:", mininterval=10
    )
    for i, (inputs, targets) in bar:
        optimizer.zero_grad(set_to_none=True)
        outputs = model(inputs.to(device))
        loss = loss_fn(outputs, targets.to(device))
        loss.backward()
        optimizer.step()
        value = loss.item()
        running += value * inputs.shape[0]
        seen += inputs.shape[0]
        bar.set_postfix(OrderedDict(loss=value, mean=running / seen, batch=i), refresh=False)
    return running / seen
