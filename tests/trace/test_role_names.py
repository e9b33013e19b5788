"""The role of a loader, told by the name that the reader gave it."""

import weakref

import pytest
import torch
from torch.utils.data import DataLoader, TensorDataset

from course_lib import record
from course_lib.trace.role_names import role_of_name


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("train_loader", "train"),
        ("trainloader", "train"),
        ("training_data", "train"),
        ("valid_dl", "val"),
        ("valloader", "val"),
        ("validLoader", "val"),
        ("dev_iter", "val"),
        ("eval_dataloader", "val"),
        ("test_dataset", "test"),
        ("testset", "test"),
        ("val", "val"),
        ("train_val_loader", None),
        ("loader", None),
        ("latest", None),
        ("value_loader", None),
        ("interval", None),
        ("trainer", None),
        ("contest_data", None),
    ],
)
def test_a_name_tells_a_role_or_nothing(name, role):
    assert role_of_name(name) == role


def data(seed=0):
    return TensorDataset(torch.randn(8, 2, generator=torch.Generator().manual_seed(seed)))


def go(loader):
    for _ in loader:
        pass


def roles(trace):
    return [event.numbers["role"] for event in trace.of_kind("loader")]


def test_names_of_loaders_data_sets_keys_and_attributes_are_found():
    class Trainer:
        def __init__(self):
            self.val_loader = DataLoader(data(1))

        def run(self):
            go(self.val_loader)

    train_loader, loaders, testset = DataLoader(data()), {"val": DataLoader(data(2))}, data(3)
    with record(by_name=True) as trace:
        go(train_loader)
        go(loaders["val"])
        go(DataLoader(testset))
        Trainer().run()
        go(DataLoader(data(4)))
    assert roles(trace) == ["train", "val", "test", "val", None]


def test_a_loader_keeps_its_role_when_it_is_handed_to_the_wrong_argument():
    def fit(train_loader, val_loader):
        go(train_loader)

    first, second = DataLoader(data(1)), DataLoader(data(2))
    train_dl, val_dl = first, second
    with record(by_name=True) as trace:
        fit(val_dl, train_dl)
    assert roles(trace) == ["val"]


def test_what_was_given_counts_more_and_two_names_that_disagree_count_nothing():
    val_loader = DataLoader(data(1))
    both = DataLoader(data(2))
    test_loader = valid_loader = both
    assert test_loader is valid_loader
    with record(train=val_loader, by_name=True) as trace:
        go(val_loader)
        go(both)
    assert roles(trace) == ["train", None]


def test_names_tell_nothing_where_they_are_not_asked():
    train_loader = DataLoader(data())
    with record(by_name=False) as trace:
        go(train_loader)
    assert roles(trace) == [None]


def test_looking_at_names_keeps_nothing_alive_and_takes_nothing_away():
    """Before Python 3.13 a frame keeps the dict of its variables that somebody asked for."""

    class Thing:
        pass

    def holds_its_own(train_loader):
        settings, thing = locals(), 3
        go(train_loader)
        return settings, thing

    def lets_go(train_loader):
        thing = Thing()
        gone = weakref.ref(thing)
        go(train_loader)
        del thing
        return gone() is None

    with record() as trace:
        settings, thing = holds_its_own(DataLoader(data()))
        assert "train_loader" in settings and thing == 3
        assert lets_go(DataLoader(data()))
    assert roles(trace) == ["train", "train"]
