"""One program for one process or for many: nothing in it speaks of processes but two prints.

python -m course_lib.distributed.example
torchrun --nproc-per-node 2 -m course_lib.distributed.example --batch-size 16
"""

import argparse
import os
from collections.abc import Sequence
from functools import partial

import torch

import course_lib


def main(arguments: Sequence[str] | None = None) -> None:
    """Train the MLP on the shipped images; the main process writes the weights to ``--out``."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--batch-size", type=int, default=32, help="of each process")
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--device", help="the best there is, unless it is said")
    parser.add_argument("--checkpoints", help="a folder to resume from, and to save to")
    parser.add_argument("--out", help="a file for the weights")
    options = parser.parse_args(arguments)

    print(f"rank {os.environ.get('RANK', 0)} is process {os.getpid()}", flush=True)
    course_lib.seed_everything(0)
    images = course_lib.scale_images(course_lib.fashion_mnist().train)
    train, val = course_lib.split_dataset(images, [0.8, 0.2])
    order = torch.Generator().manual_seed(0)
    model = course_lib.MLP()
    history = course_lib.train_model(
        model,
        course_lib.make_loader(train, options.batch_size, shuffle=True, generator=order),
        course_lib.make_loader(val, batch_size=500),
        options.epochs,
        optimizer=partial(torch.optim.SGD, lr=0.1),
        device=options.device,
        checkpoint_dir=options.checkpoints,
        checkpoint_every=100 if options.checkpoints else None,
        resume=options.checkpoints is not None,
        progress=False,
        on_epoch=tell,
    )
    if options.out and course_lib.is_main_process():
        course_lib.save_weights(options.out, model)
        history.to_json(f"{options.out}.json")


def tell(history: course_lib.History) -> None:
    """Print the newest epoch, once for all processes."""
    if course_lib.is_main_process():
        losses = f"train {history['train_loss'][-1]:.3f}, val {history['val_loss'][-1]:.3f}"
        print(f"epoch {history.epochs}: {losses}", flush=True)


if __name__ == "__main__":
    main()
