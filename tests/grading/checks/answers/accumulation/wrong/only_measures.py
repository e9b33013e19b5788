MISTAKE = "trains nothing: the mean loss alone comes back"
LOSES = ["full_groups", "last_group", "ragged_batch", "clean_start", "steps", "train_mode"]
MESSAGE = "never move"

from course_lib import validate


def train_one_epoch_accumulated(model, dataloader, loss_fn, optimizer, device, accumulation_steps):
    if accumulation_steps < 1:
        raise ValueError("accumulation_steps must be at least 1")
    model.train()
    return validate(model, dataloader, loss_fn, device)[0]
