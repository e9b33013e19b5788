import math

import pytest
import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader

from course_lib import train_one_epoch
from course_lib.weight_update import WeightUpdate

from .conftest import classes_dataset, small_net


class CountingSGD(torch.optim.SGD):
    steps = 0

    def step(self, closure=None):
        self.steps += 1
        return super().step(closure)


def big_batches(dataset, batch_size, group):
    """The oracle's batches: what a group of loader batches holds, as one."""
    per_update = batch_size * group
    inputs, targets = dataset.tensors
    for start in range(0, len(inputs), per_update):
        yield inputs[start : start + per_update], targets[start : start + per_update]


@pytest.mark.parametrize(
    ("samples", "batch_size", "group"),
    [(48, 8, 2), (50, 8, 3), (50, 16, 3), (50, 16, 4), (33, 16, 2), (50, 7, 50), (20, 7, 1)],
)
@pytest.mark.parametrize("clip", [None, 0.05])
def test_accumulation_equals_the_big_batch(samples, batch_size, group, clip):
    """Also where the last group or the last batch is smaller; in float64, so that only the
    order of sums differs."""
    dataset = classes_dataset(samples)
    dataset.tensors = (dataset.tensors[0].double(), dataset.tensors[1])
    ours, theirs = small_net().double(), small_net().double()
    optimizer = CountingSGD(ours.parameters(), lr=0.5)
    update = WeightUpdate(optimizer, accumulation_steps=group, max_grad_norm=clip)
    loader = DataLoader(dataset, batch_size)
    train_one_epoch(ours, loader, F.cross_entropy, update, "cpu")

    reference = torch.optim.SGD(theirs.parameters(), lr=0.5)
    updates = 0
    for inputs, targets in big_batches(dataset, batch_size, group):
        reference.zero_grad()
        F.cross_entropy(theirs(inputs), targets).backward()
        if clip is not None:
            nn.utils.clip_grad_norm_(theirs.parameters(), clip)
        reference.step()
        updates += 1
    assert optimizer.steps == updates == math.ceil(samples / (batch_size * group))
    for mine, expected in zip(ours.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(mine, expected, rtol=1e-12, atol=1e-13)


def test_clipping_limits_the_norm_and_records_it_unclipped(model, loader):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.0)
    update = WeightUpdate(optimizer, max_grad_norm=1e-3)
    train_one_epoch(model, loader, F.cross_entropy, update, "cpu")
    clipped = torch.cat([p.grad.flatten() for p in model.parameters()]).norm().item()
    assert clipped == pytest.approx(1e-3, rel=1e-3)

    norms = []
    for inputs, targets in loader:  # with a rate of 0 the weights stay as they are
        model.zero_grad()
        F.cross_entropy(model(inputs), targets).backward()
        norms.append(torch.cat([p.grad.flatten() for p in model.parameters()]).norm().item())
    assert update.grad_norm.value() == pytest.approx(sum(norms) / len(norms), rel=1e-5)


def test_scheduler_steps_once_for_each_update(model, loader):
    optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=1, gamma=0.5)
    update = WeightUpdate(optimizer, accumulation_steps=3, scheduler=scheduler)
    train_one_epoch(model, loader, F.cross_entropy, update, "cpu")
    assert optimizer.param_groups[0]["lr"] == 0.25  # 4 batches: a group of 3 and a group of 1


@pytest.mark.parametrize("amp", [True, torch.bfloat16])
def test_bfloat16_is_used_in_forward_and_weights_stay_float32(net, loader, amp):
    seen = []
    model = net()
    model[0].register_forward_hook(lambda *args: seen.append(args[2].dtype))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    update = WeightUpdate(optimizer, amp=amp, device=torch.device("cpu"))
    mixed = train_one_epoch(model, loader, F.cross_entropy, update, "cpu")
    plain_model = net()
    plain = train_one_epoch(
        plain_model,
        loader,
        F.cross_entropy,
        torch.optim.SGD(plain_model.parameters(), lr=0.1),
        "cpu",
    )
    assert set(seen) == {torch.bfloat16} and update.scaler is None
    assert mixed == pytest.approx(plain, rel=0.02) and mixed != plain
    assert all(p.dtype == torch.float32 for p in model.parameters())


def test_float16_scales_the_loss_and_clips_the_true_gradient(net, loader):
    model = net()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    update = WeightUpdate(
        optimizer, amp=torch.float16, max_grad_norm=1e6, device=torch.device("cpu")
    )
    seen = []
    optimizer.register_step_pre_hook(lambda *_: seen.append(model[0].weight.grad.norm().item()))
    train_one_epoch(model, loader, F.cross_entropy, update, "cpu")
    reference = net()
    inputs, targets = next(iter(loader))
    F.cross_entropy(reference(inputs), targets).backward()
    assert update.scaler is not None and update.scaler.get_scale() > 1
    assert seen[0] == pytest.approx(reference[0].weight.grad.norm().item(), rel=0.02)
    assert update.grad_norm.value() < 100  # still scaled, it would be in the ten thousands


def test_a_float16_overflow_skips_the_update(net):
    model = net()
    before = [p.clone() for p in model.parameters()]
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    update = WeightUpdate(optimizer, amp=torch.float16, device=torch.device("cpu"))
    loss = model(torch.ones(2, 6)).sum() * 1e38
    update.zero_grad()
    update.backward(loss, 2)
    update.step()
    assert all(map(torch.equal, before, model.parameters()))


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"accumulation_steps": 0}, "accumulation_steps is 0; give at least 1"),
        ({"max_grad_norm": 0.0}, "max_grad_norm is 0.0; give a positive number"),
        ({"max_grad_norm": float("nan")}, "max_grad_norm is nan"),
        ({"amp": torch.float64}, "amp is torch.float64; give torch.bfloat16"),
        ({"amp": None}, "amp is None; give torch.bfloat16, torch.float16, True or False"),
        ({"amp": "bf16"}, "amp is 'bf16'; give torch.bfloat16"),
    ],
)
def test_wrong_arguments(model, arguments, sentence):
    with pytest.raises(ValueError, match=sentence):
        WeightUpdate(torch.optim.SGD(model.parameters(), lr=0.1), **arguments)


def test_an_optimizers_own_zero_grad_is_called(model, loader):
    class Own(torch.optim.SGD):
        calls = 0

        def zero_grad(self, set_to_none=True):
            self.calls += 1
            super().zero_grad(set_to_none)

    optimizer = Own(model.parameters(), lr=0.1)
    train_one_epoch(model, loader, F.cross_entropy, optimizer, "cpu")
    assert optimizer.calls == 4
