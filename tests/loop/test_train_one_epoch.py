import pytest
import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset

from course_lib import train_one_epoch


def textbook_epoch(model, loader, loss_fn, optimizer):
    """The oracle: the loop of any textbook, with the loss weighted by hand."""
    model.train()
    total, samples = 0.0, 0
    for inputs, targets in loader:
        optimizer.zero_grad()
        loss = loss_fn(model(inputs), targets)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(targets)
        samples += len(targets)
    return total / samples


@pytest.mark.parametrize("make", [torch.optim.SGD, torch.optim.Adam])
def test_equals_the_textbook_loop_bit_for_bit(net, loader, make):
    ours, theirs = net(), net()
    loss = train_one_epoch(ours, loader, F.cross_entropy, make(ours.parameters(), lr=0.1), "cpu")
    expected = textbook_epoch(theirs, loader, F.cross_entropy, make(theirs.parameters(), lr=0.1))
    assert loss == expected
    for mine, reference in zip(ours.parameters(), theirs.parameters(), strict=True):
        assert torch.equal(mine, reference)


class GivenLosses(nn.Module):
    """Its "prediction" is the input itself; a weight that changes nothing makes it trainable."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(()))

    def forward(self, losses):
        return losses + 0 * self.weight


def test_mean_is_over_samples_not_over_batches():
    """Losses 8×1 and 2×9 in batches of 4: 2.6 over samples; the mean of batch means is 3.667."""
    losses = torch.tensor([1.0] * 8 + [9.0] * 2)
    loader = DataLoader(TensorDataset(losses, torch.zeros(10)), batch_size=4)
    model = GivenLosses()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.0)
    mean = train_one_epoch(model, loader, lambda out, _: out.mean(), optimizer, "cpu")
    assert mean == pytest.approx(2.6, abs=1e-12)


def test_leaves_the_model_in_training_mode_and_uses_it(loader):
    model = nn.Sequential(nn.Linear(6, 8), nn.BatchNorm1d(8), nn.Linear(8, 3)).eval()
    before = model[1].running_mean.clone()
    train_one_epoch(
        model, loader, F.cross_entropy, torch.optim.SGD(model.parameters(), lr=0.1), "cpu"
    )
    assert model.training
    assert not torch.equal(before, model[1].running_mean)


def test_gradients_carried_in_do_not_count(net, loader):
    ours, theirs = net(), net()
    for parameter in ours.parameters():
        parameter.grad = torch.full_like(parameter, 100.0)
    train_one_epoch(
        ours, loader, F.cross_entropy, torch.optim.SGD(ours.parameters(), lr=0.1), "cpu"
    )
    textbook_epoch(theirs, loader, F.cross_entropy, torch.optim.SGD(theirs.parameters(), lr=0.1))
    assert all(map(torch.equal, ours.parameters(), theirs.parameters()))


def test_inputs_in_a_dict_are_moved_and_passed_on(loader, model):
    class TakesDict(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = model

        def forward(self, batch):
            return self.inner(batch["x"])

    batches = [({"x": x}, y) for x, y in loader]
    wrapped = TakesDict()
    optimizer = torch.optim.SGD(wrapped.parameters(), lr=0.1)
    assert train_one_epoch(wrapped, batches, F.cross_entropy, optimizer, "cpu") > 0


def test_empty_loader_is_a_clear_error(model, dataset):
    loader = DataLoader(TensorDataset(*(t[:3] for t in dataset.tensors)), 16, drop_last=True)
    with pytest.raises(ValueError, match=r"gave no batch.*drop_last"):
        train_one_epoch(
            model, loader, F.cross_entropy, torch.optim.SGD(model.parameters(), lr=0.1), "cpu"
        )


def test_model_on_another_device_is_a_clear_error(loader):
    model = nn.Linear(6, 3, device="meta")
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with pytest.raises(ValueError, match=r'on meta, but.*on cpu: call model\.to\("cpu"\)'):
        train_one_epoch(model, loader, F.cross_entropy, optimizer, "cpu")
