"""A run to be killed: started again with the same folder, it goes on, and nothing in it says how.

python -m course_lib.checkpoint.example --checkpoints FOLDER --out WEIGHTS
"""

import argparse
import random
import time
from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
from torch import Tensor
from torch.optim.lr_scheduler import OneCycleLR
from torch.utils.data import Dataset

import course_lib

EPOCHS, BATCHES = 3, 40


class Varied(Dataset[tuple[Tensor, Tensor]]):
    """Each image as chance has it: mirrored by Python's random numbers, lit by NumPy's."""

    def __init__(self, images: Dataset[Any], size: int) -> None:
        self.images, self.size = images, size

    def __len__(self) -> int:
        return self.size

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        image, label = self.images[index]
        mirrored = image.flip(-1) if random.random() < 0.5 else image
        return mirrored * float(np.random.uniform(0.8, 1.2)), label


def main(arguments: Sequence[str] | None = None) -> None:
    """Train on 2,000 varied images, with dropout and a rate that changes at every update.

    Where ``--checkpoints`` names a folder, the run is saved there every 10 batches, and goes on
    from what it finds there. Every batch is printed; at the end the weights go to ``--out``, and
    the history beside them.
    """
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--checkpoints", help="a folder to resume from, and to save to")
    parser.add_argument("--out", required=True, help="a file for the weights")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--pause", type=float, default=0.0, help="seconds to wait at each batch")
    options = parser.parse_args(arguments)

    def tell(at: course_lib.BatchProgress) -> None:
        print(f"epoch {at.epoch}, batch {at.batch}", flush=True)
        time.sleep(options.pause)

    order = course_lib.seed_everything(options.seed)
    images = course_lib.scale_images(course_lib.fashion_mnist().train)
    train, val = course_lib.split_dataset(images, [0.8, 0.2])
    model = course_lib.MLP(hidden=64, dropout=0.3)
    varied = Varied(train, 50 * BATCHES)
    history = course_lib.train_model(
        model,
        course_lib.make_loader(varied, 50, shuffle=True, generator=order),
        course_lib.make_loader(val, batch_size=500),
        EPOCHS,
        scheduler=partial(OneCycleLR, max_lr=0.01, total_steps=EPOCHS * BATCHES),
        scheduler_interval="batch",
        device="cpu",  # where the same operations give the same bits; not every one on a GPU does
        checkpoint_dir=options.checkpoints,
        checkpoint_every=10 if options.checkpoints else None,
        resume=options.checkpoints is not None,
        progress=False,
        on_batch=tell,
    )
    course_lib.save_weights(options.out, model)
    history.to_json(f"{options.out}.json")


if __name__ == "__main__":
    main()
