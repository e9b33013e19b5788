"""What cannot be validated is said before training, and the look at it changes nothing."""

import random

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset, TensorDataset

from course_lib import make_loader, train_model

QUIET = {"device": "cpu", "progress": False}
INPUTS, LABELS = torch.randn(8, 6), torch.arange(8) % 3


def in_memory(inputs, targets):
    return make_loader(TensorDataset(inputs, targets), 4)


def by_sample(inputs, targets):
    return DataLoader(list(zip(inputs, targets, strict=True)), batch_size=4)


def as_list(inputs, targets):
    return [(inputs[:4], targets[:4]), (inputs[4:], targets[4:])]


@pytest.mark.parametrize("make", [in_memory, by_sample, as_list])
@pytest.mark.parametrize(
    ("inputs", "targets", "loss_fn", "error", "sentence"),
    [
        (INPUTS, LABELS.float(), None, TypeError, "class indices of type int64"),
        (INPUTS, LABELS[:, None], None, ValueError, r"needs targets of shape \(4,\)"),
        (INPUTS, LABELS + 1, None, ValueError, "hold classes 1 to 3, but the model has 3 outputs"),
        (INPUTS, LABELS, nn.MSELoss(), ValueError, "compares element by element"),
        (INPUTS.to(torch.uint8), LABELS, None, TypeError, r"scale_images\(dataset\)"),
    ],
)
def test_wrong_targets_of_validation(net, loader, make, inputs, targets, loss_fn, error, sentence):
    model, trained_on = net(), loader
    if loss_fn is not None:
        trained_on = by_sample(INPUTS, torch.randn(8, 3))
    with pytest.raises(error, match=f"^In the val_loader: .*{sentence}"):
        train_model(model, trained_on, make(inputs, targets), 1, loss_fn=loss_fn, **QUIET)
    assert all(map(torch.equal, net().parameters(), model.parameters()))


def test_a_validation_batch_that_is_no_pair(model, loader):
    with pytest.raises(TypeError, match=r"^In the val_loader: A batch must be a pair"):
        train_model(model, loader, [(INPUTS, LABELS, LABELS)], 1, **QUIET)


def test_what_is_wrong_with_both_is_said_of_training(model):
    wrong = by_sample(INPUTS, LABELS.float())
    with pytest.raises(TypeError, match=r"^CrossEntropyLoss needs class indices"):
        train_model(model, wrong, wrong, 1, **QUIET)


class Noisy(Dataset):
    """Draws from every global generator for every sample."""

    def __len__(self):
        return 8

    def __getitem__(self, index):
        noise = random.random() + np.random.rand() + torch.rand(6)
        return INPUTS[index] + noise, LABELS[index]


class Counting(nn.Linear):
    """Counts what it was asked in each mode."""

    def forward(self, inputs):
        self.calls = [*getattr(self, "calls", []), self.training]
        return super().forward(inputs)


def test_the_look_changes_no_random_number_and_no_mode(monkeypatch):
    def trained(*, tried):
        if not tried:
            monkeypatch.setattr("course_lib.loop.try_validation", lambda *a, **k: None)
        random.seed(0), np.random.seed(0), torch.manual_seed(0)
        model = nn.Sequential(Counting(6, 3), nn.BatchNorm1d(3), nn.Dropout(0.5))
        model[1].eval()
        loader = DataLoader(Noisy(), batch_size=4, shuffle=True)
        train_model(model, loader, loader, 2, **QUIET)
        return model

    with_look, without = trained(tried=True), trained(tried=False)
    assert all(map(torch.equal, with_look.state_dict().values(), without.state_dict().values()))
    assert with_look[0].calls == [False, *without[0].calls]  # one look, in evaluation mode
    assert [m.training for m in with_look] == [m.training for m in without]


class Stream(torch.utils.data.IterableDataset):
    reads = 0

    def __iter__(self):
        Stream.reads += 1
        return iter(zip(INPUTS, LABELS, strict=True))


def test_a_stream_is_not_read_in_advance(model):
    Stream.reads = 0
    train_model(model, by_sample(INPUTS, LABELS), DataLoader(Stream(), batch_size=4), 1, **QUIET)
    assert Stream.reads == 1


def test_a_loss_of_the_reader_s_own_is_trusted(model):
    def squared(outputs, targets):
        return ((outputs.argmax(1) - targets.flatten()) ** 2).float().mean() + 0 * outputs.sum()

    val_loader = by_sample(INPUTS, LABELS[:, None])
    train_model(model, by_sample(INPUTS, LABELS), val_loader, 1, loss_fn=squared,
                metric=lambda o, t: 0.5, **QUIET)  # fmt: skip


def test_samples_that_the_sampler_never_draws_do_not_count(model):
    unlabelled = TensorDataset(INPUTS, torch.where(torch.arange(8) < 4, -1, LABELS))
    labelled = torch.utils.data.SubsetRandomSampler(range(4, 8))
    val_loader = DataLoader(unlabelled, batch_size=4, sampler=labelled)
    train_model(model, by_sample(INPUTS, LABELS), val_loader, 1, **QUIET)
