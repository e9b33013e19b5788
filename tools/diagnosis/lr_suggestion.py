"""Which share of the rate with the lowest loss to suggest? ``-m tools.diagnosis.lr_suggestion``.

On five kinds of data with four optimizers: the range test, then runs of 15 epochs at several
shares of that rate, and at a grid of rates. Printed: how much higher than the best of the grid
the training loss ends, on average.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from course_lib.lr_range import lr_range_test
from tools.diagnosis.problems import Data, draw

FAMILIES = ("fashion7", "spirals", "tabular", "friedman1", "counts")
OPTIMIZERS: dict[str, Callable[[Iterable[Any]], torch.optim.Optimizer]] = {
    "sgd": lambda p: torch.optim.SGD(p, lr=0.1),
    "momentum": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9),
    "adam": torch.optim.Adam,
    "rmsprop": torch.optim.RMSprop,
}
BACK = (3.0, 5.0, 10.0)
GRID = [10 ** (k / 2) for k in range(-8, 3)]


def final_loss(data: Data, loss_fn: nn.Module, optimizer: str, rate: float) -> float:
    """Training loss after 15 epochs at a rate; 99 if not finite."""
    model = network(data)
    chosen = OPTIMIZERS[optimizer](model.parameters())
    for group in chosen.param_groups:
        group["lr"] = rate
    order = torch.Generator().manual_seed(1)
    for _ in range(15):
        for batch in torch.randperm(len(data.inputs), generator=order).split(32):
            chosen.zero_grad()
            loss_fn(model(data.inputs[batch]), data.targets[batch]).backward()
            chosen.step()
    with torch.no_grad():
        loss = float(loss_fn(model(data.inputs), data.targets))
    return loss if math.isfinite(loss) else 99.0


def network(data: Data) -> nn.Module:
    """The same small network with the same weights, each time."""
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Linear(data.inputs.shape[1], 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU(),
        nn.Linear(32, data.out_features),
    )  # fmt: skip


def main() -> None:
    """Print the mean excess of each share."""
    torch.set_num_threads(1)
    excess: dict[float, list[float]] = {back: [] for back in BACK}
    for number, family in enumerate(FAMILIES):
        for optimizer, make in OPTIMIZERS.items():
            data = draw(family, 400, 0.05, np.random.default_rng(number))
            loss_fn = nn.CrossEntropyLoss() if data.num_classes else nn.MSELoss()
            loader = DataLoader(
                TensorDataset(data.inputs, data.targets), batch_size=32, shuffle=True,
                generator=torch.Generator().manual_seed(0),
            )  # fmt: skip
            test = lr_range_test(network(data), loader, loss_fn, make, device="cpu")
            at = test.rates[int(np.nanargmin(test.smoothed))]
            best = min(final_loss(data, loss_fn, optimizer, rate) for rate in GRID)
            for back in BACK:
                excess[back].append(final_loss(data, loss_fn, optimizer, at / back) - best)
    for back, values in excess.items():
        print(
            f"1/{back:.0f} of the rate with the lowest loss: {np.mean(values):.3f} above the best"
        )


if __name__ == "__main__":
    main()
