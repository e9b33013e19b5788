"""What notebook 04 says about loops holds for other seeds than those it shows, and so do the quiz's
keys.

The functions under test are the notebook's own: they are taken from its source by their cells' ids.
"""

import re
from typing import Any

import pytest
import torch
from torch import nn

import course_lib
from course_lib.widgets.quick_check.model import load_quiz
from tools.notebooks.source import SOURCES, read_source

CELLS = (
    "imports",
    "data",
    "textbook-epoch",
    "fresh",
    "same-parameters",
    "patient-epoch",
    "read-counter",
    "textbook-validate",
    "fit",
)
SEEDS = (1, 2, 3, 4, 5)  # the notebook shows 0


def sources() -> dict[str, str]:
    cells = read_source(SOURCES / "04_complete_loop.py").cells
    return {cell.id: cell.source for cell in cells}


def run(cell: str, names: dict[str, Any]) -> None:
    exec(compile(sources()[cell], cell, "exec"), names)


@pytest.fixture(scope="module")
def notebook() -> dict[str, Any]:
    """The names that the notebook's own cells define."""
    names: dict[str, Any] = {}
    for cell in CELLS:
        run(cell, names)
    return names


@pytest.mark.parametrize("seed", SEEDS)
def test_three_ways_to_write_the_epoch_give_the_same_bits(
    notebook: dict[str, Any], seed: int
) -> None:
    loss_fn, cpu = notebook["loss_fn"], notebook["cpu"]
    ways = (notebook["textbook_epoch"], notebook["patient_epoch"], course_lib.train_one_epoch)
    models, reports = [], []
    for way in ways:
        model, loader, optimizer = notebook["fresh"](seed)
        reports.append([way(model, loader, loss_fn, optimizer, cpu) for _ in range(2)])
        models.append(model)
    assert all(notebook["same_parameters"](models[0], other) for other in models[1:])
    textbook, patient, library = reports
    assert patient == pytest.approx(library, rel=1e-5)
    assert all(abs(a - b) > 1e-5 for a, b in zip(textbook, library, strict=True))


@pytest.mark.parametrize("seed", SEEDS)
def test_the_librarys_report_is_the_mean_over_samples(notebook: dict[str, Any], seed: int) -> None:
    """The oracle: losses of single samples, at a rate of 0, where the weights stand still."""
    model, loader, _ = notebook["fresh"](seed)
    still = torch.optim.SGD(model.parameters(), lr=0.0)
    reported = course_lib.train_one_epoch(model, loader, notebook["loss_fn"], still, "cpu")
    images, labels = next(iter(course_lib.make_loader(notebook["small"], 1000)))
    with torch.no_grad():
        each = nn.functional.cross_entropy(model(images).double(), labels, reduction="none")
    assert reported == pytest.approx(each.mean().item(), rel=1e-6)


@pytest.mark.parametrize("seed", SEEDS)
def test_one_image_raises_the_mean_of_means_by_a_third(notebook: dict[str, Any], seed: int) -> None:
    model, loader, optimizer = notebook["fresh"](seed)
    for _ in range(2):
        notebook["textbook_epoch"](model, loader, notebook["loss_fn"], optimizer, notebook["cpu"])
    names = {**notebook, "ours": model}
    run("hardest", names)
    run("worst-last", names)  # asserts it


@pytest.mark.parametrize("seed", SEEDS)
def test_with_dropout_both_switches_matter_as_told(notebook: dict[str, Any], seed: int) -> None:
    names = dict(notebook)
    source = sources()["with-dropout"].replace("manual_seed(0)", f"manual_seed({seed})")
    exec(compile(source, "with-dropout", "exec"), names)
    for cell in ("validate-both", "forgotten-eval", "forgotten-graph"):  # they assert
        run(cell, names)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_run_by_hand_has_the_librarys_history(notebook: dict[str, Any], seed: int) -> None:
    model, loader, _ = notebook["fresh"](seed)
    by_hand = notebook["fit"](model, loader, notebook["val_loader"], num_epochs=3)
    twin, loader, _ = notebook["fresh"](seed)
    history = course_lib.train_model(twin, loader, notebook["val_loader"], 3, progress=False)
    for key, values in by_hand.items():
        assert history[key] == pytest.approx(values, rel=1e-3, abs=2e-3)


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_the_best_epoch_comes_well_before_the_last(notebook: dict[str, Any], seed: int) -> None:
    names = dict(notebook)
    source = sources()["long-run"].replace("manual_seed(0)", f"manual_seed({seed})")
    exec(compile(source, "long-run", "exec"), names)
    run("long-run-trained", names)
    figure = sources()["figure-history"].split("fig =")[0]
    exec(compile(figure, "figure-history", "exec"), names)  # asserts it
    run("live-references", names)
    assert torch.equal(names["kept"]["1.weight"], names["now"]["1.weight"])
    assert not torch.equal(names["copied"]["1.weight"], names["now"]["1.weight"])
    run("best-loaded", names)  # asserts that best.pt is the best epoch's
    names["folder"].cleanup()


def right_answers() -> list[str]:
    return [
        next(choice.text for choice in question.choices if choice.right)
        for question in load_quiz("complete-loop").questions
    ]


@pytest.mark.quiz_key("complete-loop", 0)
def test_the_quiz_key_of_the_mean_is_computed() -> None:
    question = load_quiz("complete-loop").questions[0]
    sizes = [int(n) for n in re.findall(r"\d+", question.text.split("samples")[0])]
    means = [float(n) for n in re.findall(r"\d\.\d", question.text)]
    total = sum(size * mean for size, mean in zip(sizes, means, strict=True))
    assert float(right_answers()[0]) == pytest.approx(total / sum(sizes))
    assert f"{sum(means) / len(means):.1f}" in [choice.text for choice in question.choices]


@pytest.mark.quiz_key("complete-loop", 1)
def test_the_quiz_key_of_the_state_dict_is_computed(notebook: dict[str, Any]) -> None:
    assert right_answers()[1] == "Those of epoch 30."
    model, loader, optimizer = notebook["fresh"]()
    for epoch in range(3):
        notebook["textbook_epoch"](model, loader, notebook["loss_fn"], optimizer, "cpu")
        if epoch == 0:
            best = model.state_dict()
    last = model[1].weight.clone()
    model.load_state_dict(best)
    assert torch.equal(model[1].weight, last)


@pytest.mark.quiz_key("complete-loop", 2)
def test_the_quiz_key_of_the_forgotten_line_is_computed(notebook: dict[str, Any]) -> None:
    assert right_answers()[2] == "Neither of them."
    source = sources()["textbook-validate"]
    results = []
    for forgotten in (None, "model.eval()", "with torch.no_grad():"):
        changed = source
        if forgotten == "model.eval()":
            changed = source.replace(forgotten, "model.train()")
        elif forgotten is not None:
            changed = source.replace(forgotten, "if True:")
        assert (changed != source) == (forgotten is not None)
        names = dict(notebook)
        exec(compile(changed, "textbook-validate", "exec"), names)
        model, _, _ = notebook["fresh"]()
        measure = names["textbook_validate"]
        results.append(measure(model, names["val_loader"], names["loss_fn"], "cpu"))
    assert results[1] == results[0] and results[2] == pytest.approx(results[0], rel=1e-6)
