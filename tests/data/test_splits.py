"""Splits: disjoint, exhaustive, exact in size, stratified, reproducible."""

import random
from collections import Counter

import pytest
import torch
from torch.utils.data import Dataset, Subset, TensorDataset

from course_lib.data import k_fold, make_loader, noisy_line, split_counts, split_dataset


def labelled(class_counts, seed=0):
    """Samples that are their own position, with labels in random order."""
    labels = torch.tensor([c for c, count in enumerate(class_counts) for _ in range(count)])
    order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(seed))
    return TensorDataset(torch.arange(len(labels)), labels[order])


def positions(part):
    return [int(part[i][0]) for i in range(len(part))]


def classes(part):
    return Counter(int(part[i][1]) for i in range(len(part)))


def everything(parts):
    return sorted(position for part in parts for position in positions(part))


@pytest.mark.parametrize("stratify", [True, False])
def test_a_thousand_samples_at_70_15_15(stratify):
    parts = split_dataset(labelled([100] * 10), [0.7, 0.15, 0.15], stratify=stratify)
    assert [len(part) for part in parts] == [700, 150, 150]
    assert everything(parts) == list(range(1000))
    if stratify:
        assert [set(classes(part).values()) for part in parts] == [{70}, {15}, {15}]


def test_random_splits_are_exact_and_in_proportion():
    rng = random.Random(0)
    for _ in range(60):
        counts = [rng.randint(1, 30) for _ in range(rng.randint(2, 8))]
        size = sum(counts)
        cuts = sorted(rng.sample(range(1, size), rng.randint(1, min(3, size - 1))))
        totals = [b - a for a, b in zip([0, *cuts], [*cuts, size], strict=True)]
        dataset = labelled(counts, seed=size)
        parts = split_dataset(dataset, totals, seed=rng.randint(0, 99))
        assert [len(part) for part in parts] == totals
        assert everything(parts) == list(range(size))
        for part, total in zip(parts, totals, strict=True):
            for label, count in enumerate(counts):
                assert abs(classes(part)[label] - count * total / size) <= 1


@pytest.mark.parametrize(
    ("class_counts", "totals", "expected"),
    [
        ([3, 7], [9, 1], [{0: 3, 1: 6}, {1: 1}]),  # the larger remainder decides
        ([7, 3], [9, 1], [{0: 6, 1: 3}, {0: 1}]),
        ([2, 2, 2], [2, 2, 2], None),  # filling in order would give a part two of one class
    ],
)
def test_spare_samples_go_where_they_fit_best(class_counts, totals, expected):
    parts = [classes(part) for part in split_dataset(labelled(class_counts), totals)]
    assert parts == expected if expected else all(max(p.values()) == 1 for p in parts)


def test_without_stratification_classes_vary():
    part, _ = split_dataset(labelled([500, 500]), [0.5, 0.5], seed=1, stratify=False)
    assert classes(part)[0] != 250
    assert 200 < classes(part)[0] < 300


@pytest.mark.parametrize("stratify", [True, False])
def test_the_seed_decides_and_the_global_random_state_stays(stratify):
    dataset = labelled([20, 30])
    torch.manual_seed(1)
    expected = torch.rand(4)
    torch.manual_seed(1)
    first = [positions(p) for p in split_dataset(dataset, [0.5, 0.5], stratify=stratify)]
    folds = [positions(v) for _, v in k_fold(dataset, 5, stratify=stratify)]
    assert torch.equal(torch.rand(4), expected)
    torch.manual_seed(2)
    again = [positions(p) for p in split_dataset(dataset, [0.5, 0.5], stratify=stratify)]
    other = [positions(p) for p in split_dataset(dataset, [0.5, 0.5], seed=1, stratify=stratify)]
    assert first == again != other
    assert folds == [positions(v) for _, v in k_fold(dataset, 5, stratify=stratify)]
    assert folds != [positions(v) for _, v in k_fold(dataset, 5, seed=1, stratify=stratify)]


def test_data_sorted_by_class_come_out_mixed():
    dataset = TensorDataset(torch.arange(100), torch.arange(100) // 50)
    part, _ = split_dataset(dataset, [0.8, 0.2])
    assert len({int(part[i][1]) for i in range(10)}) == 2
    train, validation = next(k_fold(dataset, 5))
    for fold in (train, validation):
        assert len({int(fold[i][1]) for i in range(10)}) == 2


def test_a_part_can_be_split_again():
    dataset = labelled([40, 60])
    rest, test = split_dataset(dataset, [0.8, 0.2])
    train, validation = split_dataset(rest, [0.75, 0.25], seed=5)
    assert everything([train, validation, test]) == list(range(100))
    assert [classes(p) for p in (train, validation, test)] == [
        {0: 24, 1: 36},
        {0: 8, 1: 12},
        {0: 8, 1: 12},
    ]
    (batch, _), *_ = make_loader(train, 60)
    assert batch.tolist() == positions(train)


class Pictures(Dataset):
    def __len__(self):
        return 10

    def __getitem__(self, index):
        return index, 0


@pytest.mark.parametrize("dataset", [noisy_line(10), Pictures()])
def test_without_class_labels_only_plain_splitting_works(dataset):
    with pytest.raises(ValueError, match="integer labels; for other data, give stratify=False"):
        split_dataset(dataset, [0.5, 0.5])
    with pytest.raises(ValueError, match="give stratify=False"):
        k_fold(dataset, 2)
    parts = split_dataset(dataset, [0.7, 0.3], stratify=False)
    assert sorted(i for part in parts for i in part.indices) == list(range(10))


# --- counts -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("num_samples", "fractions", "expected"),
    [
        (1000, [0.7, 0.15, 0.15], [700, 150, 150]),
        (1000, [0.98, 0.01, 0.01], [980, 10, 10]),
        (10, [1 / 3, 1 / 3, 1 / 3], [4, 3, 3]),
        (11, [0.5, 0.25, 0.25], [5, 3, 3]),
        (7, [0.8, 0.2], [6, 1]),
        (10, [0.1] * 10, [1] * 10),
        (12, [7, 5], [7, 5]),
        (5, [1.0], [5]),
        (60_000, [0.29, 0.57, 0.14], [17_400, 34_200, 8_400]),
        (9_000_000, [0.3333335] * 3, [3_000_000] * 3),
    ],
)
def test_counts_follow_the_largest_remainder(num_samples, fractions, expected):
    assert split_counts(num_samples, fractions) == expected


@pytest.mark.parametrize(
    ("fractions", "message"),
    [
        ([], "fractions is empty"),
        ([0.7, 0.2], "must add up to 1; these add up to 0.9"),
        ([0.7, 0.4], "must add up to 1; these add up to 1.1"),
        ([7, 2], "The counts add up to 9, but the data set has 10 samples"),
        ([0.98, 0.01, 0.01], "Part 2 of 3 would get 0 of 10 samples"),
        ([1.2, -0.2], "Part 2 of 2 would get -2 of 10 samples"),
        ([10, 0], "Part 2 of 2 would get 0 of 10 samples"),
        ([float("nan"), 0.5], "must add up to 1; these add up to nan"),
    ],
)
def test_impossible_fractions_are_refused(fractions, message):
    with pytest.raises(ValueError, match=message):
        split_dataset(labelled([5, 5]), fractions)


# --- k-fold -----------------------------------------------------------------------------------


@pytest.mark.parametrize("stratify", [True, False])
@pytest.mark.parametrize(("counts", "k"), [([10, 10], 5), ([7, 13, 3], 4), ([3, 2], 5), ([9], 2)])
def test_every_sample_is_validated_once(counts, k, stratify):
    dataset = labelled(counts)
    folds = list(k_fold(dataset, k, stratify=stratify))
    assert len(folds) == k
    assert everything([validation for _, validation in folds]) == list(range(len(dataset)))
    for train, validation in folds:
        assert everything([train, validation]) == list(range(len(dataset)))
    sizes = [len(validation) for _, validation in folds]
    assert max(sizes) - min(sizes) <= 1
    if stratify:
        for label in range(len(counts)):
            held = [classes(validation)[label] for _, validation in folds]
            assert max(held) - min(held) <= 1


@pytest.mark.parametrize("k", [1, 0, 11])
def test_an_impossible_k_is_refused_at_once(k):
    with pytest.raises(ValueError, match=rf"from 2 to the number of samples \(10\), not {k}"):
        k_fold(labelled([5, 5]), k)


def test_parts_are_subsets_of_the_data_set_itself():
    dataset = labelled([5, 5])
    part, _ = split_dataset(dataset, [0.5, 0.5])
    assert type(part) is Subset
    assert part.dataset is dataset
