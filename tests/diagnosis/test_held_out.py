"""The runs that the judge is measured on are what torch alone would have made."""

from dataclasses import replace

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from tools.diagnosis.held_out import OPTIMIZERS, Crowd, histories
from tools.diagnosis.held_out_problems import PROBLEMS
from tools.diagnosis.measure import weights

RATES = [0.003, 0.03]


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_each_copy_trains_as_it_would_alone(name):
    data = torch.Generator().manual_seed(3)
    x, y = torch.randn(40, 6, generator=data), torch.randint(0, 3, (40,), generator=data)
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(6, 5), nn.Tanh(), nn.Linear(5, 3))
    start = [p.detach().clone() for p in model.parameters()]
    problem = replace(PROBLEMS[0], seed=7, batch_size=16, epochs=2, schedule="step")
    crowd = Crowd(model, name, RATES, 0.01, F.cross_entropy)
    made = histories(crowd, (x, y), (x, y), F.cross_entropy, problem, None)
    for rate, history in zip(RATES, made, strict=True):
        with torch.no_grad():
            for p, w in zip(model.parameters(), start, strict=True):
                p.copy_(w)
        decay = 0.1 if name == "adamw" else 0.01
        optimizer = OPTIMIZERS[name](model.parameters(), lr=rate, weight_decay=decay)
        order = torch.Generator().manual_seed(8)
        for epoch, factor in enumerate([1.0, 0.2]):
            optimizer.param_groups[0]["lr"] = rate * factor
            for batch in torch.randperm(40, generator=order).split(16):
                optimizer.zero_grad()
                F.cross_entropy(model(x[batch]), y[batch]).backward()
                optimizer.step()
            end = F.cross_entropy(model(x), y).item()
            assert history["end_loss"][epoch] == pytest.approx(end, rel=1e-3)
            assert history["val_loss"][epoch] == pytest.approx(end, rel=1e-3)


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda p: p.name)
@pytest.mark.parametrize("size", [0, 1, 2])
def test_every_problem_has_a_model_of_every_size_that_fits_its_data(problem, size):
    inputs, targets, classes = problem.draw(np.random.default_rng(0), 12)
    outputs = problem.model(size, 0.3)(inputs)
    assert outputs.shape == ((12, classes) if classes else targets.shape)


def test_no_problem_and_no_label_floods_the_measure():
    few, many = ("a", "healthy", "", 0.0, False), ("b", "healthy", "", 0.0, False)
    bug = ("a", "not_learning", "", 0.0, False)
    got = weights([few, *[many] * 8, bug])
    # one run of a against two of b; and 0.7 for not_learning against 1 for healthy
    assert got[0] == pytest.approx(1 / 3 / 1.7) and got[1:9].sum() == pytest.approx(2 / 3 / 1.7)
    assert got[9] == pytest.approx(0.7 / 1.7)
