"""The range test finds where training works and where it breaks, and leaves no trace."""

import copy
import math
import random

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from course_lib import lr_range_test
from course_lib.lr_range import noise_of, smooth, suggest

X = torch.randn(60, 4, generator=torch.Generator().manual_seed(0))
Y = (X[:, 0] > 0).long()


class Tangled(nn.Module):
    """Whatever may have to be put back: batch norm, dropout, a frozen weight, a loose buffer."""

    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(
            nn.Linear(4, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.3), nn.Linear(8, 2)
        )
        self.frozen = nn.Parameter(torch.ones(2), requires_grad=False)
        self.register_buffer("seen", torch.zeros(()), persistent=False)

    def forward(self, x):
        self.seen = self.seen + len(x)  # another tensor each time
        return self.body(x) * self.frozen


def loader(workers=0):
    return DataLoader(
        TensorDataset(X, Y), batch_size=16, shuffle=True, num_workers=workers,
        generator=torch.Generator().manual_seed(3),
    )  # fmt: skip


def snapshot(model, optimizer, data):
    tensors = {**dict(model.named_parameters()), **dict(model.named_buffers())}
    return copy.deepcopy(
        {
            "tensors": tensors,
            "grads": {n: p.grad for n, p in model.named_parameters()},
            "modes": [m.training for m in model.modules()],
            "optimizer": optimizer.state_dict(),
            "torch": torch.get_rng_state(),
            "loader": data.generator.get_state(),
            "numpy": np.random.get_state()[1],
            "python": random.getstate(),
        }
    )


def same(a, b):
    if isinstance(a, torch.Tensor):
        return a.dtype == b.dtype and torch.equal(a, b)
    if isinstance(a, np.ndarray):
        return bool((a == b).all())
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[k], b[k]) for k in a)
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(same, a, b))
    return a == b


def midway(make=lambda p: torch.optim.Adam(p, lr=0.003)):
    """A model in the middle of a run: an optimizer with state, a gradient that waits, odd modes."""
    torch.manual_seed(1)
    model, data = Tangled(), loader()
    optimizer = make([p for p in model.parameters() if p.requires_grad])
    for x, y in data:
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(x), y).backward()
        optimizer.step()
    model.train()
    model.body[1].eval()
    return model, optimizer, data


@pytest.mark.parametrize(
    "make",
    [
        lambda p: torch.optim.Adam(p, lr=0.003, amsgrad=True),
        lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9),
        lambda p: torch.optim.SGD(p[-2:], lr=0.1),  # gradients of the others only pile up
        lambda p: torch.optim.Adam(p, lr=torch.tensor(0.003), capturable=False, foreach=False),
    ],
)
def test_everything_is_put_back_bit_for_bit(make):
    model, optimizer, data = midway(make)
    before = snapshot(model, optimizer, data)
    objects = [id(p) for p in model.parameters()] + [id(g) for g in optimizer.param_groups]
    grads = [id(p.grad) for p in model.parameters()]
    result = lr_range_test(model, data, optimizer=optimizer, device="cpu", max_lr=1e3, steps=40)
    assert result.losses[0] != result.losses[-1]
    assert same(before, snapshot(model, optimizer, data))
    assert objects == [id(p) for p in model.parameters()] + [id(g) for g in optimizer.param_groups]
    assert grads == [id(p.grad) for p in model.parameters()]


def test_the_run_goes_on_as_if_nothing_had_been_tested():
    def finish(tested):
        model, optimizer, data = midway()
        if tested:
            lr_range_test(model, data, optimizer=optimizer, device="cpu", steps=15)
        for x, y in data:
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(x), y).backward()
            optimizer.step()
        return snapshot(model, optimizer, data)

    assert same(finish(False), finish(True))


def test_an_exception_on_the_way_leaves_everything_as_it_was_too():
    model, optimizer, data = midway()
    before = snapshot(model, optimizer, data)
    calls = []

    def fails(outputs, targets):
        calls.append(1)
        if len(calls) == 7:
            raise RuntimeError("on purpose")
        return nn.functional.cross_entropy(outputs, targets)

    with pytest.raises(RuntimeError, match="on purpose"):
        lr_range_test(model, data, fails, optimizer, device="cpu")
    assert len(calls) == 7 and same(before, snapshot(model, optimizer, data))


def test_a_scheduler_does_not_notice():
    model, optimizer, data = midway(lambda p: torch.optim.SGD(p, lr=0.1))
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 1, gamma=0.5)
    lr_range_test(model, data, optimizer=optimizer, device="cpu", steps=12)
    optimizer.step()
    scheduler.step()
    assert optimizer.param_groups[0]["lr"] == pytest.approx(0.05)


class Parabola(nn.Module):
    """Loss ½·h·w²: gradient descent shrinks it below the rate 2/h, and blows it up above."""

    def __init__(self):
        super().__init__()
        self.w = nn.Parameter(torch.tensor(1.0))

    def forward(self, x):
        return self.w * x


@pytest.mark.parametrize("h", [0.02, 1.0, 50.0])
def test_on_a_parabola_it_stops_soon_after_the_rate_that_cannot_work(h):
    batches = [(torch.ones(1), torch.zeros(1))]
    result = lr_range_test(
        Parabola(), batches, lambda out, _: 0.5 * h * out.pow(2).mean(),
        lambda p: torch.optim.SGD(p, lr=1.0), min_lr=1e-5, max_lr=1e4, steps=180, device="cpu",
    )  # fmt: skip
    limit = 2 / h
    assert result.diverged
    assert limit < result.rates[-1] < 20 * limit  # w has to grow back from what it had shrunk to
    assert result.suggestion is not None and limit / 100 < result.suggestion < limit
    # the first updates on paper: w becomes w · (1 − h · rate)
    w, expected = 1.0, []
    for rate in result.rates[:40]:
        expected.append(0.5 * h * w * w)
        w *= 1 - h * rate
    assert result.losses[:40] == pytest.approx(expected, rel=1e-4)


def test_rates_grow_by_the_same_factor_from_end_to_end():
    result = lr_range_test(
        nn.Linear(4, 2), loader(), min_lr=1e-4, max_lr=1e-1, steps=31, device="cpu"
    )
    assert result.rates[0] == pytest.approx(1e-4) and result.rates[-1] == pytest.approx(1e-1)
    assert np.allclose(np.diff(np.log10(result.rates)), 0.1)
    assert not result.diverged and len(result.losses) == 31
    assert "a max_lr above 0.1 would show more" in result.advice


def test_groups_keep_their_proportion():
    seen = []
    model = nn.Linear(4, 2)

    class Watched(torch.optim.SGD):
        def step(self, closure=None):
            seen.append([g["lr"] for g in self.param_groups])
            return super().step(closure)

    optimizer = Watched(
        [{"params": [model.weight], "lr": 0.1}, {"params": [model.bias], "lr": 0.02}]
    )
    lr_range_test(
        model, loader(), optimizer=optimizer, min_lr=1e-3, max_lr=1e-1, steps=11, device="cpu"
    )
    assert seen[0] == pytest.approx([1e-3, 2e-4]) and seen[-1] == pytest.approx([1e-1, 2e-2])
    assert [g["lr"] for g in optimizer.param_groups] == [0.1, 0.02]


def test_a_loss_that_falls_nowhere_gets_no_suggestion():
    labels = torch.randint(0, 2, (60,), generator=torch.Generator().manual_seed(0))
    data = DataLoader(TensorDataset(torch.zeros(60, 4), labels), batch_size=60)
    model = nn.Linear(4, 2)
    nn.init.zeros_(model.bias)
    result = lr_range_test(model, data, max_lr=1e-4, device="cpu", steps=20)
    assert result.suggestion is None and "fell at no rate" in result.advice


def test_noise_gets_no_suggestion():
    """Labels without a pattern, few in a batch: the lowest loss stands anywhere."""
    suggested = []
    for seed in range(8):
        generator = torch.Generator().manual_seed(seed)
        torch.manual_seed(seed)
        x = torch.randn(1200, 10, generator=generator)
        y = torch.randint(0, 2, (1200,), generator=generator)
        data = DataLoader(TensorDataset(x, y), batch_size=8, shuffle=True, generator=generator)
        model = nn.Sequential(nn.Linear(10, 32), nn.ReLU(), nn.Linear(32, 2))
        suggested.append(lr_range_test(model, data, max_lr=0.1, device="cpu").suggestion)
    assert suggested.count(None) >= 7


def test_smoothing_and_suggestion_on_paper():
    assert smooth([1.0, 2.0, 6.0], 1) == [1.5, 3.0, 4.0]
    rates = [1e-3, 1e-2, 1e-1, 1.0]
    assert suggest(rates, [2.0, 1.5, 0.5, 3.0]) == pytest.approx(0.1 / 3)
    assert suggest(rates, [2.0, 1.99, 1.98, 3.0]) is None  # 1 % is no evidence
    assert suggest(rates, [2.0, math.nan, 0.5, math.inf]) == pytest.approx(0.1 / 3)
    assert suggest(rates, [math.nan] * 4) is None
    # steps of 1 and -1: of a difference of two the variance is half, of a mean of three a third
    assert noise_of([1.0, 2.0, 1.0, 2.0, 9.0], 1) == pytest.approx(math.sqrt(1 / 2 / 3))
    assert suggest(rates, [2.0, 1.5, 0.5, 3.0], 0.37) == pytest.approx(0.1 / 3)
    assert suggest(rates, [2.0, 1.5, 0.5, 3.0], 0.38) is None  # a fall of 1.5 is less than 4 · 0.38


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"min_lr": 1.0, "max_lr": 0.1}, "grow"),
        ({"min_lr": 0.0}, "both positive"),
        ({"max_lr": math.inf}, "grow"),
        ({"steps": 5}, "at least 10"),
    ],
)
def test_what_cannot_be_tested_is_refused(given, words):
    with pytest.raises(ValueError, match=words):
        lr_range_test(nn.Linear(4, 2), loader(), device="cpu", **given)


def test_an_empty_loader_is_named():
    with pytest.raises(ValueError, match="train_loader gave no batch"):
        lr_range_test(nn.Linear(4, 2), [], device="cpu")


def test_a_data_set_in_the_loaders_place_is_named():
    with pytest.raises(ValueError, match="TensorDataset, which gives single samples"):
        lr_range_test(nn.Linear(4, 2), TensorDataset(X, Y), device="cpu")


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda p: torch.optim.SGD(nn.Linear(4, 2).parameters(), lr=0.1), "none of this model's"),
        (torch.optim.LBFGS, "no rate to test"),
    ],
)
def test_an_optimizer_that_tells_nothing_is_refused(make, words):
    with pytest.raises(ValueError, match=words):
        lr_range_test(nn.Linear(4, 2), loader(), optimizer=make, device="cpu")


def test_a_loss_that_begins_as_nan_is_not_blamed_on_a_rate():
    result = lr_range_test(nn.Linear(4, 2), [(X * math.nan, Y)], device="cpu")
    assert result.suggestion is None and result.diverged and len(result.losses) == 1
    assert "not finite before the first update" in result.advice


def test_a_loader_shorter_than_the_test_is_begun_again_and_one_that_cannot_be_is_named():
    once = (batch for batch in loader())
    with pytest.raises(ValueError, match="train_loader, begun again, gave no batch"):
        lr_range_test(nn.Linear(4, 2), once, device="cpu", steps=10)
    assert len(lr_range_test(nn.Linear(4, 2), loader(), device="cpu", steps=10).losses) == 10


def test_the_figure_shows_the_record():
    from course_lib import plots
    from course_lib.lr_range import LRRangeResult

    rates = [10.0 ** (k / 4 - 4) for k in range(16)]
    losses = [2.0 - 0.1 * k for k in range(13)] + [2.5, 80.0, math.inf]
    record = LRRangeResult(rates, losses, losses, 1e-2, True, "")
    (ax,) = plots.plot_lr_range(record).axes
    faint, bold, mark = ax.lines
    assert list(faint.get_ydata()) == losses[:15] and list(bold.get_xdata()) == rates[:15]
    assert list(mark.get_xdata()) == [1e-2, 1e-2] and "0.01" in ax.get_title(loc="left")
    assert ax.get_xscale() == "log"
    assert 2.0 < ax.get_ylim()[1] < 5  # the explosion does not set the scale
    none = LRRangeResult(rates, losses, losses, None, True, "")
    assert "no learning rate" in plots.plot_lr_range(none).axes[0].get_title(loc="left")
    with pytest.raises(ValueError, match="no finite loss"):
        plots.plot_lr_range(LRRangeResult([0.1], [math.nan], [math.nan], None, True, ""))
