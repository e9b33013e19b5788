"""Loaders: the batches of torch's own DataLoader, bit for bit, fetched a whole batch at a time."""

import pickle

import pytest
import torch
from torch.utils.data import (
    DataLoader,
    Dataset,
    IterableDataset,
    RandomSampler,
    SequentialSampler,
    Subset,
    TensorDataset,
    WeightedRandomSampler,
    random_split,
)

from course_lib.data import iterations_per_epoch, make_loader


def tensors(size=53):
    generator = torch.Generator().manual_seed(0)
    images = torch.randint(0, 256, (size, 4, 5), generator=generator, dtype=torch.uint8)
    weights = torch.randn(size, 3, generator=generator)
    weights[3, 1] = float("nan")
    return images, weights, torch.arange(size)


class Doubled(TensorDataset):
    """A subclass that does its own thing for each sample."""

    def __getitem__(self, index):
        return tuple(2 * tensor for tensor in super().__getitem__(index))


class Squares(Dataset):
    def __len__(self):
        return 11

    def __getitem__(self, index):
        return {"x": torch.tensor([index]), "y": index**2}


class Stream(IterableDataset):
    def __iter__(self):
        return iter(range(7))


DATASETS = {
    "tensors": lambda: TensorDataset(*tensors()),
    "one tensor": lambda: TensorDataset(torch.arange(10.0)),
    "subset": lambda: Subset(TensorDataset(*tensors()), [5, 3, 3, 50, 0, 17, 8]),
    "negative positions": lambda: Subset(TensorDataset(*tensors()), [-1, 4, -53, 7]),
    "subset of a subset": lambda: Subset(
        Subset(TensorDataset(*tensors()), range(10, 40)), [29, 0, 5, -1, 7]
    ),
    "positions as a tensor": lambda: Subset(TensorDataset(*tensors()), torch.arange(9).flip(0)),
    "random split": lambda: random_split(
        TensorDataset(*tensors()), [0.8, 0.2], torch.Generator().manual_seed(4)
    )[1],
    "subclass": lambda: Doubled(*tensors()),
    "subset of a subclass": lambda: Subset(Doubled(*tensors()), [4, 2, 9]),
    "dictionaries": Squares,
}


def assert_same(left, right):
    assert type(left) is type(right)
    if isinstance(left, torch.Tensor):
        assert left.dtype == right.dtype
        assert left.shape == right.shape
        assert left.numpy().tobytes() == right.numpy().tobytes()
    elif isinstance(left, dict):
        assert list(left) == list(right)
        for key in left:
            assert_same(left[key], right[key])
    else:
        assert len(left) == len(right)
        for one, other in zip(left, right, strict=True):
            assert_same(one, other)


def assert_same_epochs(ours, torchs, epochs=2):
    for _ in range(epochs):
        assert_same(list(ours), list(torchs))


@pytest.mark.parametrize("shuffle", [False, True])
@pytest.mark.parametrize("drop_last", [False, True])
@pytest.mark.parametrize("kind", DATASETS)
def test_batches_equal_those_of_a_plain_loader(kind, shuffle, drop_last):
    def loader(make):
        generator = torch.Generator().manual_seed(7)
        return make(DATASETS[kind](), 3, shuffle=shuffle, generator=generator, drop_last=drop_last)

    assert_same_epochs(loader(make_loader), loader(DataLoader))


@pytest.mark.slow
@pytest.mark.parametrize("start_method", ["fork", "spawn"])
def test_worker_processes_give_the_same_batches(start_method):
    def loader(make):
        made = make(
            DATASETS["subset of a subset"](),
            2,
            shuffle=True,
            generator=torch.Generator().manual_seed(7),
            num_workers=2,
        )
        made.multiprocessing_context = start_method
        return made

    assert_same_epochs(loader(make_loader), loader(DataLoader), epochs=1)


def test_the_global_random_state_decides_as_in_a_plain_loader():
    dataset = TensorDataset(*tensors())
    torch.manual_seed(3)
    ours = list(make_loader(dataset, 8, shuffle=True)), torch.rand(3)
    torch.manual_seed(3)
    torchs = list(DataLoader(dataset, 8, shuffle=True)), torch.rand(3)
    assert_same(ours, torchs)


@pytest.mark.parametrize("kind", ["tensors", "subset", "subset of a subset"])
def test_no_sample_is_fetched_alone(kind, monkeypatch):
    dataset = DATASETS[kind]()

    def forbidden(self, index):
        raise AssertionError("a single sample was fetched")

    monkeypatch.setattr(TensorDataset, "__getitem__", forbidden)
    monkeypatch.setattr(Subset, "__getitem__", forbidden)
    batches = list(make_loader(dataset, 4, shuffle=True))
    assert sum(len(batch[0]) for batch in batches) == len(dataset)


def test_it_is_an_ordinary_loader():
    dataset = TensorDataset(*tensors())
    generator = torch.Generator()
    loader = make_loader(dataset, 8, shuffle=True, generator=generator, drop_last=True)
    assert type(loader) is DataLoader
    assert (loader.batch_size, loader.drop_last, loader.num_workers) == (8, True, 0)
    assert loader.generator is generator
    assert type(loader.sampler) is RandomSampler
    assert type(make_loader(dataset, 8).sampler) is SequentialSampler
    assert len(loader) == 6
    assert len(make_loader(dataset, 8)) == 7


def test_its_data_set_is_still_the_data_set():
    dataset = TensorDataset(*tensors())
    loaded = make_loader(dataset, 8).dataset
    assert isinstance(loaded, TensorDataset)
    assert len(loaded) == 53
    assert all(ours is theirs for ours, theirs in zip(loaded.tensors, dataset.tensors, strict=True))
    assert_same(loaded[4], dataset[4])
    part = Subset(dataset, [5, 3])
    loaded = make_loader(part, 8).dataset
    assert isinstance(loaded, Subset)
    assert loaded.indices == [5, 3]
    assert loaded.dataset.tensors[0] is dataset.tensors[0]
    assert_same(loaded[1], dataset[3])


@pytest.mark.parametrize("wrap", [lambda d: d, lambda d: Subset(d, [4, 1, 3, 2, 0])])
@pytest.mark.parametrize("kind", ["tensors", "subset"])
def test_its_data_set_may_go_into_plain_loaders_and_subsets(kind, wrap):
    dataset = DATASETS[kind]()
    reused = make_loader(dataset, 8).dataset
    for make in (DataLoader, make_loader):
        assert_same_epochs(make(wrap(reused), 3), DataLoader(wrap(dataset), 3))


def test_a_batch_is_a_copy():
    dataset = TensorDataset(torch.zeros(6, 2))
    for (batch,) in make_loader(dataset, 3):
        batch += 1
    assert dataset.tensors[0].abs().sum() == 0


def test_a_data_set_that_qualifies_can_be_pickled():
    loader = make_loader(DATASETS["subset"](), 2)
    copy = pickle.loads(pickle.dumps((loader.dataset, loader.collate_fn)))
    assert_same(copy[1](copy[0].__getitems__([1, 2])), list(loader.dataset.dataset[[3, 3]]))


def test_a_sampler_decides_the_order():
    def loader(make):
        sampler = WeightedRandomSampler(
            [0.0, 1.0, 2.0], 9, generator=torch.Generator().manual_seed(2)
        )
        return make(TensorDataset(torch.arange(3)), 4, sampler=sampler)

    assert_same_epochs(loader(make_loader), loader(DataLoader))
    with pytest.raises(ValueError, match="either sampler or shuffle=True"):
        make_loader(TensorDataset(torch.arange(3)), 1, shuffle=True, sampler=[2, 0, 1])


def test_a_stream_passes_through():
    assert_same(list(make_loader(Stream(), 3)), list(DataLoader(Stream(), 3)))


def seed_noted(worker):
    global noted
    noted = worker


def test_settings_of_workers_are_passed_on():
    loader = make_loader(
        TensorDataset(torch.arange(3)),
        1,
        num_workers=2,
        prefetch_factor=5,
        persistent_workers=True,
        worker_init_fn=seed_noted,
        pin_memory=True,
    )
    assert loader.prefetch_factor == 5
    assert loader.persistent_workers
    assert loader.worker_init_fn is seed_noted
    assert loader.pin_memory


@pytest.mark.parametrize(
    ("size", "settings", "message"),
    [
        (5, {"batch_size": 0}, "batch_size must be a whole number of at least 1, not 0"),
        (5, {"batch_size": 2.0}, "batch_size must be a whole number of at least 1, not 2.0"),
        (5, {"batch_size": True}, "batch_size must be a whole number of at least 1, not True"),
        (0, {"batch_size": 2}, "The data set is empty"),
        (5, {"batch_size": 6, "drop_last": True}, "leaves no batch: 5 samples .* batch_size=6"),
        (5, {"batch_size": 2, "num_workers": -1}, "num_workers must be 0 or more, not -1"),
        (5, {"batch_size": 2, "prefetch_factor": 2}, "prefetch_factor needs worker processes"),
        (5, {"batch_size": 2, "persistent_workers": True}, "persistent_workers needs worker"),
    ],
)
def test_each_wrong_setting_gets_its_sentence(size, settings, message):
    with pytest.raises(ValueError, match=message):
        make_loader(TensorDataset(torch.zeros(size)), **settings)


@pytest.mark.parametrize(
    ("num_samples", "batch_size", "drop_last", "expected"),
    [
        (50_000, 32, False, 1_563),
        (50_000, 32, True, 1_562),
        (10_000, 64, False, 157),
        (45_000, 128, False, 352),
        (64, 32, False, 2),
        (64, 32, True, 2),
        (0, 32, False, 0),
        (5, 8, False, 1),
        (5, 8, True, 0),
    ],
)
def test_iterations_per_epoch(num_samples, batch_size, drop_last, expected):
    assert iterations_per_epoch(num_samples, batch_size, drop_last) == expected


def test_iterations_per_epoch_refuses_nonsense():
    with pytest.raises(ValueError, match="num_samples must be 0 or more, not -1"):
        iterations_per_epoch(-1, 2)
    with pytest.raises(ValueError, match="batch_size must be a whole number of at least 1, not 0"):
        iterations_per_epoch(5, 0)
