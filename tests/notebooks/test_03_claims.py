"""What notebook 03 says holds for other seeds than those it shows.

The functions under test are the notebook's own: they are taken from its source by their cells' ids.
"""

from typing import Any

import pytest
import torch
from torch.utils.data import TensorDataset

import course_lib
from course_lib.metrics import accuracy_interval
from course_lib.widgets.quick_check.model import load_quiz
from tools.notebooks.source import SOURCES, read_source

CELLS = (
    "imports",
    "three-parts",
    "fit",
    "score",
    "split-by-hand",
    "wilson",
    "kept",
    "cross-validate",
    "normalise",
    "leak-of-statistics",
    "gain-of-leak",
    "selection",
)
SEEDS = (11, 12, 13, 14)  # with the one that the notebook shows: five


@pytest.fixture(scope="module")
def notebook() -> dict[str, Any]:
    """The names that the notebook's own cells define."""
    cells = {cell.id: cell.source for cell in read_source(SOURCES / "03_data_splits.py").cells}
    names: dict[str, Any] = {"accuracy_interval": accuracy_interval}
    for cell in CELLS:
        exec(compile(cells[cell], cell, "exec"), names)
    names["cells"] = cells
    return names


def owned(notebook: dict[str, Any], seed: int, num: int = 1000) -> tuple[Any, Any]:
    return course_lib.split_dataset(notebook["samples"], [num, 10_000 - num], seed=seed)


def tensors(part: Any) -> Any:
    return next(iter(course_lib.make_loader(part, len(part))))


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_train_flatters_and_yesterdays_split_does_too(notebook: dict[str, Any], seed: int) -> None:
    fit, score = notebook["fit"], notebook["score"]
    ours, world = owned(notebook, seed)
    old, new = (notebook["split_by_hand"]([700, 150, 150], seed=seed + k) for k in (0, 50))
    images, labels = tensors(ours)
    train, test, fresh_test = (
        TensorDataset(images[i], labels[i]) for i in (old[0], old[2], new[2])
    )
    model = fit(train, seed, epochs=30)
    truth = score(model, world)
    assert 100 * (score(model, train) - truth) > 10
    assert abs(score(model, test) - truth) < 0.12
    assert 100 * (score(model, fresh_test) - truth) > 5
    known = len(set(old[0].tolist()) & set(new[2].tolist()))
    assert 85 < known < 125


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_other_test_sets_stray_by_about_six_points(notebook: dict[str, Any], seed: int) -> None:
    ours, world = owned(notebook, seed, 700)
    is_right = notebook["rights"](notebook["fit"](ours, seed, epochs=30), world).float()
    truth = is_right.mean().item()
    torch.manual_seed(seed)
    draws = torch.stack([torch.randperm(len(world))[:150] for _ in range(1000)])
    scores = is_right[draws].mean(dim=1)
    low, high = scores.quantile(torch.tensor([0.025, 0.975])).tolist()
    assert abs(100 * (high - low) / 2 - 6) < 3 and 100 * (scores.max() - scores.min()) > 15
    assert 0.92 < notebook["kept"](notebook["wilson"], scores, 150, truth) < 0.985


@pytest.mark.parametrize("seed", SEEDS)
def test_the_textbooks_interval_breaks_its_promise(notebook: dict[str, Any], seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    simulated = (torch.rand(10_000, 30, generator=generator) < 0.97).double().mean(dim=1)
    kept = notebook["kept"]
    assert kept(notebook["wilson"], simulated, 30, 0.97) > 0.9
    assert 0.55 < kept(notebook["textbook"], simulated, 30, 0.97) < 0.65


def test_wilson_by_hand_is_the_librarys(notebook: dict[str, Any]) -> None:
    for p, n in ((0.0, 5), (0.5, 50), (0.85, 150), (1.0, 30)):
        assert notebook["wilson"](p, n) == pytest.approx(accuracy_interval(p, n), abs=1e-4)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_best_of_1000_coins_beats_its_own_error_bar(
    notebook: dict[str, Any], seed: int
) -> None:
    labels = notebook["samples"].tensors[1]
    coats = (labels[(labels == 2) | (labels == 4)] == 4).long()
    generator = torch.Generator().manual_seed(seed)
    coats = coats[torch.randperm(2000, generator=generator)]
    hits = (torch.randint(0, 2, (1000, 2000), generator=generator) == coats).double()
    on_test = hits[:, :150].mean(dim=1)
    best = int(on_test.argmax())
    assert on_test[best] > 0.6 and accuracy_interval(on_test[best].item(), 150)[0] > 0.5
    assert abs(hits[best, 150:].mean() - 0.5) < 0.04


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_choosing_fits_validation_and_not_test(notebook: dict[str, Any], seed: int) -> None:
    names = dict(notebook)
    names["owned"], names["world"] = owned(notebook, seed)
    torch.manual_seed(seed)
    exec(notebook["cells"]["candidates"], names)
    exec(notebook["cells"]["choose"], names)  # asserts what the text says
    assert names["on_val"] > names["on_test"] > names["candidates"].mean()


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_folds_need_fresh_models(notebook: dict[str, Any], seed: int) -> None:
    scarce, world = owned(notebook, seed, 200)
    folds = notebook["cross_validate"]
    fresh, reused = folds(scarce, 5), folds(scarce, 5, fresh_model=False)
    truth = notebook["score"](notebook["fit"](scarce), world)
    assert fresh[0] == reused[0] and reused[-1] > 0.95
    assert abs(fresh.mean() - truth) < 0.1 < reused.mean() - truth
    assert fresh.max() - fresh.min() > 0.02


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_copies_promise_too_much_and_splitting_first_mends_it(
    notebook: dict[str, Any], seed: int
) -> None:
    names = dict(notebook)
    names["owned"], names["world"] = owned(notebook, seed)
    for cell in ("copies-made", "copies", "copies-mended", "copies-found"):
        exec(notebook["cells"][cell], names)  # asserts what the text says
    assert names["different"] == 300


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS[:3])
def test_the_leak_of_statistics_matters_with_few_images_only(
    notebook: dict[str, Any], seed: int
) -> None:
    def mean_gain(num_train: int, repeats: int, epochs: int) -> float:
        found = [
            notebook["leak_of_statistics"](num_train, 100 * seed + k, epochs)
            for k in range(repeats)
        ]
        honest, leaky, truly = torch.tensor(found).T.mean(dim=1).tolist()
        assert abs(leaky - truly) < 0.03  # the leaky network is what its score says
        return 100 * (leaky - honest)

    assert abs(mean_gain(1000, 4, 6)) < 1.5
    assert mean_gain(20, 12, 20) > 2


@pytest.mark.parametrize("start", [100, 200, 300])
def test_selected_noise_looks_like_knowledge(notebook: dict[str, Any], start: int) -> None:
    before, after = (
        torch.stack([notebook["test_on_noise"](on_all, start + k) for k in range(50)]).mean()
        for on_all in (True, False)
    )
    assert before > 0.9 and 0.44 < after < 0.56


# The quiz's keys, computed.


def right_choice(question: int) -> str:
    return next(c.text for c in load_quiz("data-splits").questions[question].choices if c.right)


@pytest.mark.quiz_key("data-splits", 0)
def test_key_the_error_bar_of_one_per_cent_of_10000() -> None:
    low, high = accuracy_interval(0.85, 10_000 // 100)
    assert right_choice(0) == f"Between {100 * low:.1f} % and {100 * high:.1f} %."
    low, high = accuracy_interval(0.85, 10_000)
    wrong = load_quiz("data-splits").questions[0].choices[0]
    assert wrong.text == f"Between {100 * low:.1f} % and {100 * high:.1f} %." and not wrong.right


@pytest.mark.quiz_key("data-splits", 1)
def test_key_the_best_of_50_is_too_high_on_average() -> None:
    """50 models of one true accuracy, 80 %: the best test score beats it, fresh ones do not."""
    generator = torch.Generator().manual_seed(0)
    best, again = [], []
    for _ in range(300):
        scores = (torch.rand(50, 300, generator=generator) < 0.8).double()
        winner = scores[:, :150].mean(dim=1).argmax()
        best.append(scores[winner, :150].mean())
        again.append(scores[winner, 150:].mean())
    assert torch.stack(best).mean() > 0.85 and abs(torch.stack(again).mean() - 0.8) < 0.01
    assert right_choice(1).startswith("Too high on average")


@pytest.mark.quiz_key("data-splits", 2)
def test_key_a_split_by_photo_lets_every_test_shoe_be_in_training() -> None:
    shoes = torch.arange(3000) // 10
    by_photo = torch.randperm(3000, generator=torch.Generator().manual_seed(0))
    train, test = by_photo[:2400], by_photo[2400:]
    known = torch.isin(shoes[test], shoes[train]).double().mean()
    assert known > 0.99
    by_shoe = torch.randperm(300, generator=torch.Generator().manual_seed(0))
    train, test = (torch.isin(shoes, part) for part in (by_shoe[:240], by_shoe[240:]))
    assert not torch.isin(shoes[test], shoes[train]).any()
    assert right_choice(2).startswith("By shoe")
