"""The explorer without a screen: shares, splits and error bars against independent oracles."""

import math
from itertools import product

import pytest
import torch
from torch.utils.data import TensorDataset

from course_lib.data import fashion_mnist, split_dataset
from course_lib.metrics import accuracy_interval
from course_lib.widgets.splits.model import MOST, RATIOS, SIZES, SplitExplorer, course_explorer


@pytest.fixture
def explorer() -> SplitExplorer:
    return course_explorer()


def test_it_begins_with_700_150_150_of_1000(explorer: SplitExplorer) -> None:
    assert explorer.percents == (70, 15, 15)
    assert explorer.split.counts == (700, 150, 150)
    assert (explorer.num_samples, explorer.seed, explorer.stratify) == (1000, 0, True)


@pytest.mark.parametrize("part", range(3))
def test_the_shares_add_up_to_100_whatever_is_done(part: int) -> None:
    for ratio, percent in product(RATIOS, (-5, 0, 1, 2, 37, 50, 97, MOST, 99, 300)):
        explorer = course_explorer()
        explorer.choose_ratio(ratio)
        explorer.set_percent(part, percent)
        assert sum(explorer.percents) == 100 and min(explorer.percents) >= 1
        assert explorer.percents[part] == min(max(percent, 1), MOST)


def test_a_long_random_walk_keeps_the_sum(explorer: SplitExplorer) -> None:
    torch.manual_seed(0)
    for part, by in zip(
        torch.randint(0, 3, (3000,)).tolist(), torch.randint(-9, 10, (3000,)).tolist(), strict=True
    ):
        explorer.nudge_percent(part, by)
        assert sum(explorer.percents) == 100 and min(explorer.percents) >= 1


def test_train_gives_and_takes_evenly_and_finds_its_way_back(explorer: SplitExplorer) -> None:
    seen = []
    for _ in range(3):
        explorer.nudge_percent(0, +1)
        seen.append(explorer.percents)
    assert seen == [(71, 15, 14), (72, 14, 14), (73, 14, 13)]
    explorer.set_percent(0, MOST)
    explorer.set_percent(0, 70)
    assert explorer.percents == (70, 15, 15)


def test_train_s_rest_is_shared_as_validation_and_test_were_set(explorer: SplitExplorer) -> None:
    explorer.choose_ratio((80, 15, 5))
    explorer.set_percent(0, 60)
    assert explorer.percents == (60, 30, 10)
    explorer.set_percent(0, 80)
    assert explorer.percents == (80, 15, 5)


def test_validation_takes_from_train_first_then_from_test(explorer: SplitExplorer) -> None:
    explorer.set_percent(1, 40)
    assert explorer.percents == (45, 40, 15)
    explorer.set_percent(1, 90)
    assert explorer.percents == (1, 90, 9)
    explorer.set_percent(2, 20)
    assert explorer.percents == (1, 79, 20)


@pytest.mark.parametrize("ratio", [(50, 50), (60, 20, 21), (100, 0, 0), (90, 5, 4)])
def test_a_ratio_that_is_none_is_refused(explorer: SplitExplorer, ratio: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="add up to 100"):
        explorer.choose_ratio(ratio)


@pytest.mark.parametrize(
    ("ratio", "stratify", "seed"), list(product(RATIOS, (True, False), (0, 3)))
)
def test_the_split_is_the_librarys_own_on_the_real_labels(
    ratio: tuple[int, int, int], stratify: bool, seed: int
) -> None:
    explorer = course_explorer(num_samples=10_000)
    explorer.choose_ratio(ratio)
    explorer.set_stratify(stratify)
    explorer.set_seed(seed)
    labels = fashion_mnist().train.tensors[-1]
    fractions = [percent / 100 for percent in ratio]
    parts = split_dataset(TensorDataset(labels), fractions, seed=seed, stratify=stratify)
    assert explorer.split.members == tuple(tuple(part.indices) for part in parts)
    for part, counts in zip(parts, explorer.split.class_counts, strict=True):
        drawn = labels[list(part.indices)].tolist()
        assert list(counts) == [drawn.count(label) for label in range(10)]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("ratio", RATIOS)
@pytest.mark.parametrize("stratify", [True, False])
def test_parts_are_disjoint_and_nothing_is_lost(
    size: int, ratio: tuple[int, int, int], stratify: bool
) -> None:
    explorer = course_explorer(num_samples=size)
    explorer.choose_ratio(ratio)
    explorer.set_stratify(stratify)
    together = [position for part in explorer.split.members for position in part]
    assert sorted(together) == list(range(size))
    assert explorer.split.counts == tuple(size * percent // 100 for percent in ratio)
    assert explorer.class_total == (size // 10,) * 10


def test_stratified_is_in_proportion_and_plain_is_not(explorer: SplitExplorer) -> None:
    assert set(explorer.split.class_counts[1]) == {15}
    explorer.set_stratify(False)
    assert len(set(explorer.split.class_counts[1])) > 3
    for part, label in product(range(3), range(10)):
        assert explorer.fair_share(part, label) == pytest.approx((70, 15, 15)[part])


def test_missing_classes_are_named(explorer: SplitExplorer) -> None:
    explorer.choose_ratio((98, 1, 1))
    assert explorer.missing(1) == []
    explorer.set_stratify(False)
    zero = [i for i, count in enumerate(explorer.split.class_counts[1]) if count == 0]
    assert explorer.missing(1) == [explorer.class_names[i] for i in zero] and zero


def test_a_new_seed_tells_which_test_samples_were_training_samples(
    explorer: SplitExplorer,
) -> None:
    assert explorer.former_training_samples is None
    before = set(explorer.split.members[0])
    explorer.set_seed(1)
    assert explorer.former_training_samples == len(before & set(explorer.split.members[2]))
    assert 75 < explorer.former_training_samples < 135 and explorer.former_seed == 0
    explorer.set_stratify(False)
    assert explorer.former_training_samples is None and explorer.former_seed is None


def test_the_same_seed_gives_the_same_split_again(explorer: SplitExplorer) -> None:
    first = explorer.split.members
    explorer.set_seed(5)
    assert explorer.split.members != first
    torch.rand(3)
    explorer.set_seed(0)
    assert explorer.split.members == first
    explorer.set_seed(-1)
    assert explorer.seed == 0


def test_sizes_stop_at_their_ends(explorer: SplitExplorer) -> None:
    for _ in range(9):
        explorer.nudge_num_samples(+1)
    assert explorer.num_samples == 10_000
    for _ in range(9):
        explorer.nudge_num_samples(-1)
    assert explorer.num_samples == 100
    with pytest.raises(ValueError, match="choose one of"):
        explorer.set_num_samples(123)
    for wrong in (99, 10_001):
        with pytest.raises(ValueError, match="from 100 to 10000"):
            course_explorer(num_samples=wrong)


def test_the_error_bar_solves_wilsons_equation() -> None:
    """The ends of the score interval are where the truth is 1.96 of its own errors away."""
    for p, n in product((0.0, 0.3, 0.85, 0.97, 1.0), (1, 10, 150, 10_000)):
        low, high = accuracy_interval(p, n)
        assert 0 <= low <= p <= high <= 1
        for end in (low, high):
            if 0 < end < 1 - 1e-12:
                assert abs(p - end) == pytest.approx(
                    1.959964 * math.sqrt(end * (1 - end) / n), rel=1e-5
                )


@pytest.mark.parametrize(("p", "n"), [(0.85, 150), (0.97, 30), (0.5, 10), (0.85, 1000)])
def test_the_error_bar_holds_the_truth_as_often_as_promised(p: float, n: int) -> None:
    """Exact: the binomial probabilities of all results whose interval holds the truth."""
    covered = sum(
        math.comb(n, k) * p**k * (1 - p) ** (n - k)
        for k in range(n + 1)
        if accuracy_interval(k / n, n)[0] <= p <= accuracy_interval(k / n, n)[1]
    )
    assert 0.93 < covered < 0.985


def test_more_confidence_is_wider_and_nonsense_is_refused() -> None:
    narrow, wide = accuracy_interval(0.8, 50, 0.8), accuracy_interval(0.8, 50, 0.99)
    assert wide[0] < narrow[0] < narrow[1] < wide[1]
    for arguments in ((1.2, 5), (-0.1, 5), (0.5, 0), (0.5, 5, 1.0), (math.nan, 5)):
        with pytest.raises(ValueError, match="not"):
            accuracy_interval(*arguments)
