"""The check before every project: one batch, learnt by heart."""

import math

import pytest
import torch
from torch import nn

from course_lib import overfit_one_batch


def test_passes_on_a_sound_setup_and_leaves_the_model_alone(net, loader):
    model = net()
    before = [p.clone() for p in model.parameters()]
    result = overfit_one_batch(model, loader, device="cpu")
    assert result.passed and result.losses[-1] < 0.05 * result.losses[0]
    assert len(result.losses) == 201 and "go on to a real run" in str(result)
    assert all(map(torch.equal, before, model.parameters()))


def test_takes_a_batch_as_well(net, dataset):
    inputs, targets = dataset.tensors
    assert overfit_one_batch(net(), (inputs[:8], targets[:8]), device="cpu").passed


def test_a_cut_graph_is_noticed(dataset):
    class Cut(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.last = nn.Linear(6, 8), nn.Linear(8, 3)

        def forward(self, x):
            return self.last(self.first(x) * 0)  # the inputs never reach the outputs

    result = overfit_one_batch(Cut(), dataset.tensors, device="cpu")
    assert not result.passed and result.advice != ""


def test_contradicting_labels_cannot_be_learnt(net):
    inputs = torch.ones(8, 6)
    targets = torch.tensor([0, 1, 2, 0, 1, 2, 0, 1])
    result = overfit_one_batch(net(), (inputs, targets), device="cpu")
    assert not result.passed and result.losses[-1] > 1.0  # ln 3 = 1.0986 is the best


def test_nan_is_named(net):
    result = overfit_one_batch(
        net(), (torch.full((4, 6), math.nan), torch.zeros(4, dtype=torch.long)), device="cpu"
    )
    assert not result.passed and "became NaN" in result.advice


def test_empty_loader(net):
    with pytest.raises(ValueError, match="The loader gave no batch"):
        overfit_one_batch(net(), [], device="cpu")


class OfADict(nn.Linear):
    def forward(self, batch):
        return super().forward(batch["x"])


class OfTwo(nn.Linear):
    def forward(self, batch):
        first, second = batch
        return super().forward(first + second)


@pytest.mark.parametrize("pair", [tuple, list])
def test_a_pair_may_hold_inputs_in_a_dict_or_a_list(dataset, pair):
    inputs, targets = (tensor[:4] for tensor in dataset.tensors)
    for model, structured in ((OfADict(6, 3), {"x": inputs}), (OfTwo(6, 3), [inputs, inputs])):
        result = overfit_one_batch(model, pair((structured, targets)), device="cpu")
        assert (
            result.losses == overfit_one_batch(model, [(structured, targets)], device="cpu").losses
        )


def test_a_list_of_two_batches_is_a_loader(net, dataset):
    inputs, targets = dataset.tensors
    batches = [(inputs[:8], targets[:8]), (inputs[8:], targets[8:])]
    assert (
        overfit_one_batch(net(), batches, steps=3, device="cpu").losses
        == overfit_one_batch(net(), batches[0], steps=3, device="cpu").losses
    )


def test_an_iterator_will_do(net, loader):
    result = overfit_one_batch(net(), iter(loader), steps=3, device="cpu")
    assert result.losses == overfit_one_batch(net(), loader, steps=3, device="cpu").losses


def test_an_infinite_loss_is_named(net):
    batch = torch.ones(4, 6), torch.ones(4, 3)
    result = overfit_one_batch(net(), batch, lambda o, t: 0 * o.mean() + math.inf, device="cpu")
    assert not result.passed and "became infinite: check the scale" in result.advice


@pytest.mark.parametrize(
    ("batch", "keywords", "error", "sentence"),
    [
        (torch.ones(4, 6), {}, TypeError, "this one is a Tensor: give overfit_one_batch"),
        ({"x": torch.ones(4, 6)}, {}, TypeError, "this one is a dict"),
        ([torch.ones(4, 6)], {}, TypeError, "this one is a Tensor"),
        ([(torch.ones(4, 6),) * 3], {}, TypeError, "pair .inputs, targets., and this one is a tup"),
        (torch.utils.data.TensorDataset(torch.ones(4, 6)), {}, ValueError, "single samples"),
        ((torch.ones(4, 6), torch.zeros(4)), {"steps": 0}, ValueError, "steps is 0; give at leas"),
    ],
)
def test_what_is_no_batch_gets_one_sentence(net, batch, keywords, error, sentence):
    with pytest.raises(error, match=sentence):
        overfit_one_batch(net(), batch, device="cpu", **keywords)


@pytest.mark.skipif(torch.cuda.is_available(), reason="needs a machine without a CUDA device")
def test_a_device_that_is_not_there_is_named(net, loader):
    with pytest.raises(ValueError, match="torch finds no such device here"):
        overfit_one_batch(net(), loader, device="cuda")
