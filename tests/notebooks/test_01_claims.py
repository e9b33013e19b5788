"""What notebook 01 says about training holds for other seeds than those it shows.

The functions under test are the notebook's own: they are taken from its source by their cells' ids.
"""

import math
from itertools import pairwise
from typing import Any

import pytest
import torch
from torch.nn import functional as F

import course_lib
from course_lib.widgets.quick_check.model import load_quiz
from tools.notebooks.source import SOURCES, read_source

CELLS = (
    "imports",
    "data",
    "shuffled-loader",
    "same-parameters",
    "gradient-of",
    "experiment",
    "optimizers",
)
SEEDS = (3, 4, 5)  # the notebook shows 0, 1 and 2


@pytest.fixture(scope="module")
def notebook() -> dict[str, Any]:
    """The names that the notebook's own cells define."""
    cells = {cell.id: cell.source for cell in read_source(SOURCES / "01_four_step_loop.py").cells}
    names: dict[str, Any] = {"cpu": torch.device("cpu"), "loss_fn": torch.nn.CrossEntropyLoss()}
    torch.manual_seed(0)
    for cell in CELLS:
        exec(compile(cells[cell], cell, "exec"), names)
    names["val_loader"] = course_lib.make_loader(names["val_set"], 500)
    return names


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_a_factor_ruins_sgd_and_adam_hides_it(notebook: dict[str, Any], seed: int) -> None:
    experiment, sgd, adam = notebook["experiment"], notebook["sgd"], notebook["adam"]
    assert experiment(sgd, seed, factor=10)[0] > 1.5 * experiment(sgd, seed)[0]
    plain = experiment(adam, seed)[0]
    assert experiment(adam, seed, factor=10)[0] == pytest.approx(plain, rel=0.05)


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_not_zeroing_hurts_both_optimizers(notebook: dict[str, Any], seed: int) -> None:
    experiment = notebook["experiment"]
    for optimizer in (notebook["sgd"], notebook["adam"]):
        assert experiment(optimizer, seed, zero=False)[0] > 1.5 * experiment(optimizer, seed)[0]


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_softmax_first_trains_but_worse(notebook: dict[str, Any], seed: int) -> None:
    experiment, sgd = notebook["experiment"], notebook["sgd"]
    assert 0.2 < experiment(sgd, seed, softmax_first=True)[1] < experiment(sgd, seed)[1]


@pytest.mark.parametrize("seed", range(10))
def test_the_first_loss_is_near_log_ten(notebook: dict[str, Any], seed: int) -> None:
    torch.manual_seed(seed)
    images, labels = next(iter(notebook["shuffled_loader"](seed)))
    loss = notebook["loss_fn"](course_lib.MLP()(images), labels)
    assert loss.item() == pytest.approx(math.log(10), abs=0.3)


@pytest.mark.parametrize("seed", range(5))
def test_the_sum_of_gradients_is_no_multiple_of_one(notebook: dict[str, Any], seed: int) -> None:
    torch.manual_seed(seed)
    notebook["model"] = course_lib.MLP()  # gradient_of reads the notebook's own name
    batches = list(notebook["islice"](notebook["shuffled_loader"](seed), 10))
    single = torch.stack([notebook["gradient_of"](*batch) for batch in batches])
    total = single.sum(dim=0)
    assert total.norm() < 9 * single[0].norm()
    assert F.cosine_similarity(total, single[0], dim=0) < 0.95


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_three_epochs_learn(notebook: dict[str, Any], seed: int) -> None:
    torch.manual_seed(seed)
    model, loader = course_lib.MLP(), notebook["shuffled_loader"](seed)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    loss_fn, cpu = notebook["loss_fn"], notebook["cpu"]
    means = [course_lib.train_one_epoch(model, loader, loss_fn, optimizer, cpu) for _ in range(3)]
    assert means[0] > means[1] > means[2] and means[2] < 0.8
    assert course_lib.validate(model, notebook["val_loader"], loss_fn, cpu)[1] > 0.7


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_a_ridge_lies_between_a_trained_network_and_its_reordered_twin(
    notebook: dict[str, Any], seed: int
) -> None:
    torch.manual_seed(seed)
    model, twin, between = (course_lib.MLP() for _ in range(3))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    loader, loss_fn, cpu = notebook["shuffled_loader"](seed), notebook["loss_fn"], notebook["cpu"]
    course_lib.train_one_epoch(model, loader, loss_fn, optimizer, cpu)
    order = torch.randperm(128)
    weights = model.state_dict()
    reordered = {
        name: value[:, order] if name == "3.weight" else value if name == "3.bias" else value[order]
        for name, value in weights.items()
    }
    twin.load_state_dict(reordered)
    between.load_state_dict({k: (weights[k] + reordered[k]) / 2 for k in weights})
    ends = [course_lib.validate(m, notebook["val_loader"], loss_fn, cpu)[0] for m in (model, twin)]
    halfway, _ = course_lib.validate(between, notebook["val_loader"], loss_fn, cpu)
    assert ends[0] == pytest.approx(ends[1], rel=1e-4)
    assert halfway > 1.1 * ends[0]  # a convex loss could not be above its ends


def test_two_ways_to_write_the_update_differ_by_rounding_only(notebook: dict[str, Any]) -> None:
    torch.manual_seed(0)
    weight, gradient = torch.randn(2, 10_000)
    torch.testing.assert_close(
        weight - 0.1 * gradient, weight.clone().add_(gradient, alpha=-0.1), rtol=1e-6, atol=1e-7
    )


# The keys of the quiz.


def right(question: int) -> str:
    return next(c.text for c in load_quiz("four-steps").questions[question].choices if c.right)


@pytest.mark.quiz_key("four-steps", 0)
def test_key_the_order_of_one_iteration() -> None:
    """As a recorded iteration of the library's loop has it."""
    loader = course_lib.make_loader(course_lib.scale_images(course_lib.fashion_mnist().train), 16)
    batch = [next(iter(loader))]
    model = course_lib.MLP()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with course_lib.record() as trace:
        course_lib.train_one_epoch(model, batch, torch.nn.CrossEntropyLoss(), optimizer, "cpu")
    steps = [e.kind for e in trace if e.kind in ("forward", "loss", "backward", "step")]
    assert right(0) == ", ".join(steps).replace("step", "update")


@pytest.mark.quiz_key("four-steps", 1)
def test_key_what_grad_holds_after_five_iterations() -> None:
    torch.manual_seed(0)
    model, images = torch.nn.Linear(4, 3), torch.randn(5, 8, 4)
    labels = torch.randint(0, 3, (5, 8))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    each, weights = [], []
    for batch, target in zip(images, labels, strict=True):
        weights.append(model.weight.detach().clone())
        loss = F.cross_entropy(model(batch), target)
        each.append(torch.autograd.grad(loss, model.weight, retain_graph=True)[0])
        loss.backward()
        optimizer.step()
    torch.testing.assert_close(model.weight.grad, sum(each))
    assert all(not torch.equal(a, b) for a, b in pairwise(weights))
    assert right(1) == "The sum of five gradients, each taken at other weights."


@pytest.mark.quiz_key("four-steps", 2)
def test_key_what_cross_entropy_expects() -> None:
    """Minus the logarithm of the true class's softmax: of logits, and of nothing else."""
    torch.manual_seed(0)
    logits, labels = torch.randn(6, 10), torch.randint(10, (6,))
    shares = logits.exp() / logits.exp().sum(dim=1, keepdim=True)
    truth = -shares[torch.arange(6), labels].log().mean()
    loss_fn = torch.nn.CrossEntropyLoss()
    torch.testing.assert_close(loss_fn(logits, labels), truth)
    assert not torch.isclose(loss_fn(shares, labels), truth)
    assert right(2) == "Logits: the network's outputs as they are."
