"""The record is a DataLoader's own order; counts follow from nothing but counting."""

import math

import pytest
import torch
from torch.utils.data import DataLoader

from course_lib.widgets import record_batches
from course_lib.widgets.batches.model import BatchExplorer
from course_lib.widgets.batches.record import LoaderSettings

SETTINGS = [
    LoaderSettings(n, b, epochs, shuffle, drop_last, seed)
    for n, b, epochs in ((20, 4, 5), (20, 6, 3), (7, 7, 2), (1, 1, 1), (33, 32, 4), (256, 24, 2))
    for shuffle in (True, False)
    for drop_last in (True, False)
    for seed in (0, 7)
]


def torchs_own(now: LoaderSettings) -> list[list[list[int]]]:
    """Torch's loader over a plain list, asked for the same."""
    loader = DataLoader(
        list(range(now.num_samples)),
        now.batch_size,
        shuffle=now.shuffle,
        drop_last=now.drop_last,
        generator=torch.Generator().manual_seed(now.seed),
    )
    return [[batch.tolist() for batch in loader] for _ in range(now.epochs)]


@pytest.mark.parametrize("now", SETTINGS, ids=str)
def test_the_order_is_that_of_torchs_own_loader(now: LoaderSettings) -> None:
    record = BatchExplorer(now).record
    assert [[list(b) for b in epoch] for epoch in record.epochs] == torchs_own(now)


@pytest.mark.parametrize("now", SETTINGS, ids=str)
def test_the_formula_counts_what_the_record_holds(now: LoaderSettings) -> None:
    explorer = BatchExplorer(now)
    quotient = now.num_samples / now.batch_size
    by_formula = math.floor(quotient) if now.drop_last else math.ceil(quotient)
    held = [len(epoch) for epoch in explorer.record.epochs]
    assert held == [by_formula] * now.epochs
    assert explorer.batches_per_epoch == explorer.record.batches_per_epoch == by_formula
    assert explorer.last == by_formula * now.epochs


@pytest.mark.parametrize("now", SETTINGS, ids=str)
def test_an_epoch_uses_each_sample_once_or_leaves_a_rest(now: LoaderSettings) -> None:
    record = BatchExplorer(now).record
    rest = now.num_samples % now.batch_size if now.drop_last else 0
    for number, epoch in enumerate(record.epochs):
        used = sorted(sample for batch in epoch for sample in batch)
        out = record.left_out(number)
        assert len(set(used)) == len(used) and sorted([*used, *out]) == list(range(now.num_samples))
        assert len(out) == rest


def test_shuffling_draws_a_new_order_each_epoch_and_a_seed_repeats_it() -> None:
    one, again, other = (record_batches(20, 4, 3, seed=seed).epochs for seed in (1, 1, 2))
    assert one == again != other
    assert len(set(one)) == 3
    plain = record_batches(20, 4, 3, shuffle=False).epochs
    assert len(set(plain)) == 1 and plain[0][0] == (0, 1, 2, 3)


def test_use_is_counted_up_to_any_iteration() -> None:
    record = record_batches(10, 4, 2, shuffle=False)
    assert record.times_used(0) == [0] * 10
    assert record.times_used(2) == [1] * 8 + [0] * 2
    assert record.times_used(4) == [2] * 4 + [1] * 6
    assert record.times_used() == [2] * 10
    dropped = record_batches(10, 4, 2, shuffle=False, drop_last=True)
    assert dropped.times_used() == [2] * 8 + [0] * 2


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("num_samples", 0),
        ("num_samples", 257),
        ("batch_size", 0),
        ("batch_size", 21),
        ("batch_size", 2.0),
        ("batch_size", True),
        ("epochs", 0),
        ("epochs", 9),
    ],
)
def test_settings_out_of_range_are_refused_in_one_sentence(name: str, value: object) -> None:
    with pytest.raises(ValueError, match=f"^{name} must be a whole number from 1 to .*\\.$"):
        record_batches(**{name: value})
