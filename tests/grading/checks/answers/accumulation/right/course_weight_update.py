from course_lib import train_one_epoch
from course_lib.weight_update import WeightUpdate


def train_one_epoch_accumulated(model, dataloader, loss_fn, optimizer, device, accumulation_steps):
    update = WeightUpdate(optimizer, accumulation_steps=accumulation_steps, device=device)
    return train_one_epoch(model, dataloader, loss_fn, update, device)
