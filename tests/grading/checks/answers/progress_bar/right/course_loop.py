from tqdm.auto import tqdm

from course_lib import train_one_epoch


def train_one_epoch_with_progress(model, dataloader, loss_fn, optimizer, device, epoch):
    bar = tqdm(dataloader, desc=f"Epoch {epoch}")

    def shown_loss(outputs, targets):
        loss = loss_fn(outputs, targets)
        bar.set_postfix(loss=float(loss.detach()))
        return loss

    return train_one_epoch(model, bar, shown_loss, optimizer, device)
