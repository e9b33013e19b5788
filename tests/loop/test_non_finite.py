"""A loss that is not finite stops the run, names place and cause, and keeps the good state."""

import json
import math
import re

import pytest
import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset

from course_lib import NonFiniteLossError, train_model
from course_lib.non_finite import NonFiniteValue, WatchedMean

from .conftest import classes_dataset, small_net

QUIET = {"device": "cpu", "progress": False}


def run(model, train, epochs=5, **keywords):
    with pytest.raises(NonFiniteLossError) as caught:
        train_model(model, train, DataLoader(classes_dataset(), 16), epochs, **QUIET, **keywords)
    return caught.value


class TurnsNaN:
    """A loss function whose result is NaN from its ``at``-th training call on."""

    def __init__(self, at):
        self.at, self.calls = at, 0

    def __call__(self, outputs, targets):
        if outputs.requires_grad:
            self.calls += 1
        return F.cross_entropy(outputs, targets) * (math.nan if self.calls >= self.at else 1.0)


def test_names_epoch_and_batch_and_keeps_history(model, loader):
    """4 batches an epoch: the 11th is batch 3 of epoch 3."""
    error = run(model, loader, loss_fn=TurnsNaN(11))
    assert (error.epoch, error.batch) == (3, 3)
    assert "epoch 3, batch 3" in str(error)
    assert error.history.epochs == 2


def test_model_and_optimizer_are_back_at_the_start_of_the_epoch(net, loader):
    model, reference = net(), net()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    run(model, loader, optimizer=optimizer, loss_fn=TurnsNaN(11))
    expected = torch.optim.Adam(reference.parameters(), lr=0.01)
    train_model(
        reference, loader, DataLoader(classes_dataset(), 16), 2, optimizer=expected, **QUIET
    )
    assert all(map(torch.equal, model.parameters(), reference.parameters()))
    for mine, other in zip(
        optimizer.state_dict()["state"].values(),
        expected.state_dict()["state"].values(),
        strict=True,
    ):
        assert all(torch.equal(mine[k], other[k]) for k in mine)


@pytest.mark.parametrize(
    ("spoil", "cause"),
    [
        (lambda x, y: x[40].fill_(math.nan), "inputs of that batch hold NaN"),
        (lambda x, y: x.mul_(200), "inputs reach [0-9]+; scale them"),
    ],
)
def test_cause_in_the_inputs(spoil, cause):
    inputs, targets = (t.clone() for t in classes_dataset().tensors)
    spoil(inputs, targets)
    log_of_softmax = lambda o, t: -torch.log(o.mul(9).softmax(1))[range(len(t)), t].mean()  # noqa: E731
    loader = DataLoader(TensorDataset(inputs, targets), 16)
    error = run(nn.Linear(6, 3), loader, loss_fn=log_of_softmax)
    assert re.search(cause, error.cause)


def test_cause_in_the_loss(model, loader):
    assert "the loss function itself" in run(model, loader, loss_fn=TurnsNaN(2)).cause


def test_cause_in_the_targets():
    line = torch.linspace(-1, 1, 32).unsqueeze(1)
    targets = line.clone()
    targets[20] = math.inf
    error = run(nn.Linear(1, 1), DataLoader(TensorDataset(line, targets), 16), loss_fn=nn.MSELoss())
    assert "targets of that batch hold NaN or infinity" in error.cause
    assert error.batch == 2


def test_cause_in_the_weights(model, loader):
    """The loss is finite, its gradient is not: the update spoils the weights."""

    def infinite_slope(outputs, targets):
        return torch.sqrt((outputs * 0).sum()) + F.cross_entropy(outputs, targets)

    before = [p.clone() for p in model.parameters()]
    error = run(model, loader, loss_fn=infinite_slope)
    assert "update before it made the weights non-finite" in error.cause
    assert (error.epoch, error.batch) == (1, 2)
    assert all(map(torch.equal, before, model.parameters()))


def test_weights_spoilt_by_the_last_batch_are_found_before_validation(model, dataset):
    def infinite_slope(outputs, targets):
        return torch.sqrt((outputs * 0).sum()) + F.cross_entropy(outputs, targets)

    error = run(model, DataLoader(dataset, 50), loss_fn=infinite_slope)
    assert (error.epoch, error.batch, error.history.epochs) == (1, None, 0)


def test_the_newest_checkpoint_is_a_good_one(tmp_path, loader):
    model = small_net()
    run(model, loader, loss_fn=TurnsNaN(11), checkpoint_dir=tmp_path, checkpoint_every=1)
    fresh = small_net(seed=9)
    history = train_model(
        fresh, loader, DataLoader(classes_dataset(), 16), 3,
        checkpoint_dir=tmp_path, resume=True, **QUIET,
    )  # fmt: skip
    assert history.epochs == 3
    assert all(math.isfinite(v) for v in history["train_loss"])


def test_where_reading_must_wait_the_batch_is_still_found():
    """As on a GPU: values are judged when they are read. A tensor subclass plays the device."""

    class Elsewhere(torch.Tensor):
        device = torch.device("meta")

    mean = WatchedMean()
    for value in (1.0, 2.0, math.inf, 4.0):
        mean.add(torch.tensor(value).as_subclass(Elsewhere), 2)
    with pytest.raises(NonFiniteValue) as caught:
        mean.value()
    assert caught.value.batch == 3


def test_a_nan_only_in_validation_does_not_stop_the_run(model, loader, tmp_path):
    bad = [(torch.full((4, 6), math.nan), torch.zeros(4, dtype=torch.long))]
    history = train_model(model, loader, bad, 2, checkpoint_dir=tmp_path, **QUIET)
    assert all(map(math.isnan, history["val_loss"]))
    assert history.best_epoch is None
    assert json.loads(history.to_json())["train_loss"] == history["train_loss"]
    assert not (tmp_path / "best.pt").exists() and list(tmp_path.glob("epoch-0002-*.pt"))
