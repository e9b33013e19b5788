"""What notebook 06 says holds for five other seeds than the five that it shows.

The notebook's own cells are run, assertions and all; only the seeds are others. The keys of its
quiz are computed here.
"""

import contextlib
import io
import math
from typing import Any

import pytest
import torch
from torch import nn

import course_lib
from course_lib import notebook as notebook_module
from course_lib import widgets
from course_lib.widgets.quick_check.model import load_quiz
from tools.notebooks.source import SOURCES, read_source

NOT_RUN = {"setup", "bug-clinic", "quiz", "mlflow", "working-loop", "first-five", "other-five"}
NOT_RUN |= {"ten-findings", "ten-symptoms", "graphs-alive"}  # of the clinic's own seed, see below
OTHER = 5  # the first of the five

pytestmark = pytest.mark.slow

Names = dict[str, Any]


@pytest.fixture(scope="module")
def names() -> Names:
    cells = {
        cell.id: cell.source
        for cell in read_source(SOURCES / "06_training_patterns.py").cells
        if cell.cell_type == "code" and cell.id not in NOT_RUN
    }
    assert cells["imports"].count("SEEDS = range(5)") == 1
    cells["imports"] = cells["imports"].replace("range(5)", f"range({OTHER}, {OTHER + 5})")
    course_lib.seed_everything(OTHER)
    names: Names = {"notebook": notebook_module}
    threads = torch.get_num_threads()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(notebook_module, "show", lambda fig, alt: None)
        try:
            for cell, source in cells.items():
                with contextlib.redirect_stdout(io.StringIO()):
                    exec(compile(source, f"{cell}.py", "exec"), names)
        finally:
            torch.set_num_threads(threads)
    return names


def test_every_assertion_of_the_notebook_holds(names: Names) -> None:
    assert len(names["trained"]) == len(names["wild"]) == len(names["annealed"]) == 5


def test_the_cells_of_the_clinic_hold_for_another_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    cells = {c.id: c.source for c in read_source(SOURCES / "06_training_patterns.py").cells}
    original = widgets.plant_bug
    monkeypatch.setattr(widgets, "plant_bug", lambda name=None: original(name, seed=OTHER))
    names: Names = {"widgets": widgets, "math": math}
    for cell in ("working-loop", "planted", "first-five", "other-five", "ten-findings",
                 "ten-symptoms", "graphs-alive"):  # fmt: skip
        with contextlib.redirect_stdout(io.StringIO()):
            exec(compile(cells[cell], cell, "exec"), names)
    better = {  # "Two make a number better"; the others do not
        name
        for name, run in names["sick"].items()
        if run.history["train_loss"][-1] < names["healthy"] - 0.005 and name != "no eval()"
    }
    assert better - {"test data in training"} == {"never back to train()"}


def test_a_gradient_that_is_clipped_keeps_its_direction() -> None:
    torch.manual_seed(OTHER)
    grads = torch.randn(7)
    weights = nn.Parameter(torch.zeros(7))
    weights.grad = grads.clone()
    nn.utils.clip_grad_norm_([weights], 0.5)
    assert torch.allclose(weights.grad, grads * 0.5 / grads.norm())
    small = 0.1 * grads / grads.norm()
    weights.grad = small.clone()
    nn.utils.clip_grad_norm_([weights], 0.5)
    assert torch.allclose(weights.grad, small)


def test_schedules_by_their_formulas(names: Names) -> None:
    stairs, cosine = names["stairs"], names["curves"]["warm-up + cosine"]
    assert stairs == pytest.approx([0.1 ** (epoch // 30) for epoch in range(100)])
    assert cosine[:10] == pytest.approx([0.1 + 0.9 * k / 10 for k in range(10)])
    falling = [0.5 * (1 + math.cos(math.pi * k / 90)) for k in range(90)]
    assert cosine[10:] == pytest.approx(falling, abs=1e-6)
    assert names["plateau"][:8] == pytest.approx([1.0] * 7 + [0.1])


def test_accumulation_by_arithmetic(names: Names) -> None:
    trace = names["one_epoch"](20, accumulation_steps=4)[1]
    assert len(trace.of_kind("backward")) == 500 // 20
    assert len(trace.of_kind("step")) == math.ceil(25 / 4)


def test_the_readers_loop_has_four_findings(names: Names) -> None:
    assert {finding.code for finding in names["findings"]} == {
        "missing-zero-grad",
        "softmax-before-cross-entropy",
        "missing-eval-mode",
        "grad-in-validation",
    }


def right(question: int) -> str:
    choices = load_quiz("training-patterns").questions[question].choices
    (found,) = (choice.text for choice in choices if choice.right)
    return found


@pytest.mark.quiz_key("training-patterns", 0)
def test_quick_check_batches_of_two(names: Names) -> None:
    assert "the batch's own mean and spread" in right(0)
    for model, val in names["trained"]:
        large, small = (names["forget"](model, val, nn.BatchNorm1d, n) for n in (500, 2))
        assert large - small > 0.15
        assert names["forget"](model, val, (), 2) == names["forget"](model, val, (), 500)


@pytest.mark.quiz_key("training-patterns", 1)
def test_quick_check_one_nan_spoils_all_when_clipped() -> None:
    assert right(1) == "All weights that have a gradient are NaN."
    for clipped, spoilt in ((True, 3), (False, 1)):
        parts = [nn.Parameter(torch.ones(1)) for _ in range(3)]
        for part in parts:
            part.grad = torch.ones(1)
        parts[1].grad = torch.tensor([math.nan])
        if clipped:
            nn.utils.clip_grad_norm_(parts, 1.0)
        torch.optim.SGD(parts, lr=0.1).step()
        assert sum(part.isnan().item() for part in parts) == spoilt


@pytest.mark.quiz_key("training-patterns", 2)
def test_quick_check_updates_of_ten_epochs() -> None:
    updates = 10 * math.ceil(45 / 4)
    assert right(2) == str(updates) == "120"
    optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=0.1)
    cycle = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.1, total_steps=110)
    with pytest.raises(ValueError, match="Tried to step"):
        for _ in range(updates):
            optimizer.step()
            cycle.step()
