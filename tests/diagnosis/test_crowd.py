"""The batched runs that the judge was fitted to are what torch's own modules would have done."""

import pytest
import torch
from torch import nn

from tools.diagnosis.crowd import CrowdNet, Member, train_crowd

RATES = (0.01, 0.05)
OPTIMIZERS = {
    "sgd": lambda p, lr, wd: torch.optim.SGD(p, lr=lr, weight_decay=wd),
    "momentum": lambda p, lr, wd: torch.optim.SGD(p, lr=lr, momentum=0.9, weight_decay=wd),
    "adam": lambda p, lr, wd: torch.optim.Adam(p, lr=lr, weight_decay=wd),
    "adamw": lambda p, lr, wd: torch.optim.AdamW(p, lr=lr, weight_decay=wd),
    "rmsprop": lambda p, lr, wd: torch.optim.RMSprop(p, lr=lr, weight_decay=wd),
}


@pytest.mark.parametrize("weight_decay", [0.0, 0.1])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_each_member_trains_as_it_would_alone(name, weight_decay):
    data = torch.Generator().manual_seed(3)
    x, y = torch.randn(50, 6, generator=data), torch.randint(0, 3, (50,), generator=data)
    schedule = [1.0, 1.0, 0.5]
    net = CrowdNet("mlp", 6, (5,), 3, 2, "relu", None, torch.Generator().manual_seed(1))
    start = [p.detach().clone() for p in net.params]
    histories = train_crowd(
        net, [Member("mid", lr, 0.0, weight_decay) for lr in RATES], (x, y), (x, y),
        num_classes=3, optimizer=name, batch_size=16, schedule=schedule,
        generator=torch.Generator().manual_seed(5),
    )  # fmt: skip
    for i, lr in enumerate(RATES):
        model = nn.Sequential(nn.Linear(6, 5), nn.ReLU(), nn.Linear(5, 3))
        with torch.no_grad():
            for p, w in zip(model.parameters(), start, strict=True):
                p.copy_(w[i].T if p.ndim == 2 else w[i][0])
        optimizer = OPTIMIZERS[name](model.parameters(), lr, weight_decay)
        order = torch.Generator().manual_seed(5)
        for epoch, factor in enumerate(schedule):
            optimizer.param_groups[0]["lr"] = lr * factor
            total = norms = 0.0
            batches = torch.randperm(50, generator=order).split(16)
            for batch in batches:
                optimizer.zero_grad()
                loss = nn.functional.cross_entropy(model(x[batch]), y[batch])
                loss.backward()
                norms += float(nn.utils.get_total_norm([p.grad for p in model.parameters()]))
                optimizer.step()
                total += loss.item() * len(batch)
            with torch.no_grad():
                end = nn.functional.cross_entropy(model(x), y).item()
            assert histories[i]["train_loss"][epoch] == pytest.approx(total / 50, rel=1e-4)
            assert histories[i]["end_loss"][epoch] == pytest.approx(end, rel=1e-4)
            assert histories[i]["grad_norm"][epoch] == pytest.approx(norms / 4, rel=1e-4)


def test_dropout_drops_the_asked_share_and_keeps_the_mean():
    net = CrowdNet("mlp", 4, (400,), 1, 2, "relu", None, torch.Generator().manual_seed(0))
    x = torch.ones(2, 64, 400)
    dropped = net._drop(x, torch.tensor([0.0, 0.6]).reshape(-1, 1, 1))
    assert torch.equal(dropped[0], x[0])
    assert (dropped[1] == 0).float().mean() == pytest.approx(0.6, abs=0.02)
    assert dropped[1].mean() == pytest.approx(1.0, abs=0.05)


def test_a_bug_spoils_only_its_own_member():
    data = torch.Generator().manual_seed(0)
    x = torch.randn(60, 2, generator=data)
    y = (x[:, 0] > 0).long()

    def run(bugs):
        net = CrowdNet("mlp", 2, (8,), 2, len(bugs), "tanh", None, torch.Generator().manual_seed(1))
        return train_crowd(
            net, [Member("mid", 0.5, bug=b) for b in bugs], (x, y), (x, y), num_classes=2,
            optimizer="sgd", batch_size=10, schedule=[1.0] * 15,
            generator=torch.Generator().manual_seed(2),
        )  # fmt: skip

    healthy, still, dead, rolled = run([None, "no_step", "dead_inputs", "labels_rolled"])
    assert healthy["end_loss"][-1] < 0.2
    assert len(set(still["end_loss"])) == 1 and still["grad_norm"][-1] > 0
    assert min(dead["train_loss"]) > 0.66 and min(rolled["train_loss"]) > 0.6
    alone = run([None])[0]
    assert alone["end_loss"] == pytest.approx(healthy["end_loss"])
