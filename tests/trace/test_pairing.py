"""How well targets follow from inputs: against predictions made one sample at a time."""

import pytest
import torch
from torch.utils.data import DataLoader, TensorDataset

from course_lib import record
from course_lib.auditing import audit
from course_lib.trace.clusters import groups
from course_lib.trace.pairing import Samples, relabelled, skills


def correlation(told, targets):
    both = torch.stack([(told - told.mean(0)).flatten(), (targets - targets.mean(0)).flatten()])
    return torch.corrcoef(both)[0, 1].item()


def test_skills_are_those_of_predictions_made_one_sample_at_a_time():
    torch.manual_seed(0)
    inputs = torch.randn(40, 3).double()
    targets = (inputs @ torch.tensor([1.0, -2.0, 0.5]).double() + torch.randn(40)).float()
    near, line = torch.empty(40), torch.empty(40)
    scaled = (inputs - inputs.mean(0)) / inputs.std(0)
    design = torch.cat([scaled, torch.ones(40, 1).double()], 1)
    for i in range(40):
        rest = torch.arange(40) != i
        order = (inputs[rest] - inputs[i]).norm(dim=1).argsort()[:5]
        near[i] = targets[rest][order].mean()
        a, b = design[rest], targets[rest].double()
        weights = torch.linalg.inv(a.T @ a + 0.1 * 40 * torch.eye(4).double()) @ a.T @ b
        line[i] = design[i] @ weights
    (found,) = skills([Samples(inputs, targets)])
    assert found["by_neighbours"] == pytest.approx(correlation(near, targets), abs=1e-5)
    assert found["by_line"] == pytest.approx(correlation(line, targets), abs=1e-5)


def test_a_set_tells_another_ones_classes_but_not_shuffled_ones():
    torch.manual_seed(1)
    classes = torch.randint(0, 4, (400,))
    inputs = 8 * torch.eye(6).double()[classes] + torch.randn(400, 6).double()
    mixed = classes[:200][torch.randperm(200)]
    first, second, shuffled = skills(
        [
            Samples(inputs[:200], classes[:200]),
            Samples(inputs[200:], classes[200:]),
            Samples(inputs[:200], mixed),
        ]
    )
    assert second["told_by"][0]["by_neighbours"] > 0.8 < first["by_neighbours"]
    assert abs(shuffled["by_neighbours"]) < 0.15 > abs(shuffled["by_line"])
    assert abs(shuffled["told_by"][1]["by_neighbours"]) < 0.15
    assert first["clear"] > 0.95
    counts = torch.bincount(classes[:200]).tolist()
    assert sorted(first["groups"]) == pytest.approx(sorted(counts), abs=4)


def test_groups_are_found_without_chance():
    inputs = torch.cat([torch.full((n, 2), float(10 * n)) for n in (3, 5, 9)]).double()
    inputs += torch.linspace(0, 1, 17).double()[:, None]
    sizes, clear = groups(inputs, 3)
    assert (sorted(sizes), clear) == ([3, 5, 9], 1.0)


def test_relabelled_is_the_share_of_inputs_with_another_target_in_the_second_pass():
    torch.manual_seed(2)
    inputs, targets = torch.randn(30, 2).double(), torch.arange(30) % 3
    order = torch.randperm(30)
    other = targets.clone()
    other[[0, 1]] = targets[[1, 0]]
    both = torch.cat([inputs, inputs[order]])
    assert relabelled(Samples(both, torch.cat([targets, targets[order]]))) == 0.0
    again = Samples(both, torch.cat([targets, other[order]]))
    assert relabelled(again) == pytest.approx(2 / 30)
    assert relabelled(Samples(both, torch.randint(0, 9, (60,)))) is None  # not the same targets
    assert relabelled(Samples(torch.randn(60, 2).double(), torch.cat([targets, targets]))) is None


KINDS = {
    "normal": lambda n: torch.randn(n, 20),
    "images": lambda n: torch.rand(n, 1, 8, 8),
    "few columns": lambda n: torch.randn(n, 2),
    "bits": lambda n: torch.randint(0, 2, (n, 12)).float(),
    "random walks": lambda n: torch.randn(n, 30).cumsum(1),
    "unlike scales": lambda n: torch.randn(n, 5) * torch.tensor([1, 10, 100, 1, 1e4]),
}


@pytest.mark.parametrize("kind", KINDS)
def test_random_labels_of_a_smoke_test_are_left_in_peace(kind):
    for seed in range(6):
        torch.manual_seed(seed)
        classes, size = 2 + seed % 4, 64 + 100 * (seed % 3)
        train, val = (
            DataLoader(
                TensorDataset(KINDS[kind](n), torch.randint(0, classes, (n,))), 32, shuffle=True
            )
            for n in (size, 64)
        )
        inputs = train.dataset.tensors[0]
        net = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(inputs[0].numel(), classes))
        optimizer = torch.optim.SGD(net.parameters(), lr=1e-3)
        with record(train=train, val=val) as trace:
            for _ in range(2):
                for x, y in train:
                    optimizer.zero_grad()
                    torch.nn.functional.cross_entropy(net(x), y).backward()
                    optimizer.step()
                with torch.no_grad():
                    [torch.nn.functional.cross_entropy(net(x), y) for x, y in val]
        assert audit(trace) == []
