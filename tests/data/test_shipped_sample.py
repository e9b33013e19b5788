"""The sample inside the package: what it holds, that it is unchanged, how it is built."""

import hashlib
import io
import json
import shutil
import subprocess
import sys
import zipfile
import zlib

import numpy as np
import pytest
import torch
from torch.utils.data import Subset, TensorDataset

from course_lib.data import fashion_mnist, scale_images
from course_lib.data.shipped_sample import (
    FOLDER,
    PROVENANCE_FILE,
    SAMPLE_FILE,
    read_shipped_sample,
)
from tools import build_fashion_mnist as builder


@pytest.fixture(scope="module")
def data():
    return fashion_mnist()


@pytest.mark.parametrize(("part", "size"), [("train", 10_000), ("test", 2_000)])
def test_it_holds_balanced_images_as_promised(data, part, size):
    dataset = getattr(data, part)
    images, labels = dataset.tensors
    assert type(dataset) is TensorDataset
    assert (images.shape, images.dtype) == ((size, 28, 28), torch.uint8)
    assert (labels.shape, labels.dtype) == ((size,), torch.int64)
    assert np.bincount(labels.numpy()).tolist() == [size // 10] * 10
    assert len(set(read_shipped_sample()[f"{part}_indices"].tolist())) == size


def test_images_belong_to_their_labels(data):
    """The nearest class mean recognises most test images; with shuffled labels it gets 10 %."""
    images, labels = (tensor.numpy() for tensor in data.train.tensors)
    means = np.stack([images[labels == c].mean(axis=0).ravel() for c in range(10)])
    test_images, test_labels = (tensor.numpy() for tensor in data.test.tensors)
    flat = test_images.reshape(len(test_images), -1).astype(float)
    distances = (means**2).sum(axis=1) - 2 * flat @ means.T
    assert np.mean(distances.argmin(axis=1) == test_labels) > 0.6


def test_the_classes_have_their_names(data):
    assert len(data.classes) == 10
    images, labels = (tensor.numpy() for tensor in data.train.tensors)
    ink = {name: images[labels == c].mean() for c, name in enumerate(data.classes)}
    assert min(ink, key=ink.get) == "Sandal"  # straps cover the least
    width = {
        name: (images[labels == c] > 0).any(axis=1).sum(axis=1).mean()
        for c, name in enumerate(data.classes)
    }
    assert min(width, key=width.get) == "Trouser"


def test_the_order_mixes_the_classes(data):
    for dataset in (data.train, data.test):
        assert len(dataset.tensors[1][:100].unique()) == 10


def test_the_record_beside_it_is_true():
    record = json.loads((FOLDER / PROVENANCE_FILE).read_text(encoding="utf-8"))
    sample = (FOLDER / SAMPLE_FILE).read_bytes()
    assert record["sha256"] == hashlib.sha256(sample).hexdigest()
    assert record["bytes"] == len(sample) < 5_500_000
    assert "2017 Zalando SE" in (FOLDER / "LICENSE").read_text(encoding="utf-8")


@pytest.fixture
def copy(tmp_path):
    return shutil.copytree(FOLDER, tmp_path / "sample")


def test_one_flipped_bit_is_noticed(copy):
    damaged = bytearray((copy / SAMPLE_FILE).read_bytes())
    damaged[len(damaged) // 2] ^= 1
    (copy / SAMPLE_FILE).write_bytes(damaged)
    with pytest.raises(RuntimeError, match=r"are damaged .*install the course again\.$"):
        read_shipped_sample(copy)


@pytest.mark.parametrize("name", [SAMPLE_FILE, PROVENANCE_FILE])
def test_a_missing_file_is_told_in_one_sentence(copy, name):
    (copy / name).unlink()
    with pytest.raises(RuntimeError, match=rf"cannot be read: .*{name}.*install the course again"):
        read_shipped_sample(copy)


# --- building ---------------------------------------------------------------------------------


@pytest.fixture
def small_folder(small_files, tmp_path, monkeypatch):
    for name, content in small_files.items():
        (tmp_path / name).write_bytes(content)
    monkeypatch.setattr(builder, "PER_CLASS", {"train": 4, "test": 2})
    return tmp_path


def test_building_twice_gives_the_same_bytes(small_folder):
    (first, record), (second, _) = builder.build(small_folder), builder.build(small_folder)
    assert first == second
    assert record["sha256"] == hashlib.sha256(first).hexdigest()
    entries = zipfile.ZipFile(io.BytesIO(first)).infolist()
    assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}  # no clock in it


def test_what_is_built_are_official_images_with_their_labels(small_folder, small_set):
    built = np.load(io.BytesIO(builder.build(small_folder)[0]), allow_pickle=False)
    for part, prefix, per_class in (("train", "train", 4), ("test", "t10k", 2)):
        where = built[f"{part}_indices"]
        assert np.array_equal(
            built[f"{part}_images"], small_set[f"{prefix}-images-idx3-ubyte"][where]
        )
        assert np.array_equal(
            built[f"{part}_labels"], small_set[f"{prefix}-labels-idx1-ubyte"][where]
        )
        assert np.bincount(built[f"{part}_labels"]).tolist() == [per_class] * 10


def test_the_choice_is_balanced_ascending_and_depends_on_the_seed():
    labels = np.arange(500, dtype=np.uint8) % 10
    chosen = builder.choose(labels, 7, seed=1)
    assert np.bincount(labels[chosen]).tolist() == [7] * 10
    assert np.all(np.diff(chosen.astype(int)) > 0)
    assert np.array_equal(chosen, builder.choose(labels, 7, seed=1))
    assert not np.array_equal(chosen, builder.choose(labels, 7, seed=2))
    with pytest.raises(ValueError, match="fewer than 51"):
        builder.choose(labels, 51, seed=1)


@pytest.mark.slow
def test_the_shipped_sample_is_what_the_builder_makes(debian_folder, tmp_path):
    script = builder.__file__
    command = [sys.executable, script, str(debian_folder), "--output", str(tmp_path)]
    subprocess.run(command, check=True, capture_output=True)
    built, shipped = read_shipped_sample(tmp_path), read_shipped_sample()
    assert list(built) == list(shipped)
    assert all(np.array_equal(built[name], shipped[name]) for name in built)
    record = json.loads((FOLDER / PROVENANCE_FILE).read_text(encoding="utf-8"))
    if record["zlib"] == zlib.ZLIB_RUNTIME_VERSION:
        for name in (SAMPLE_FILE, PROVENANCE_FILE):
            assert (tmp_path / name).read_bytes() == (FOLDER / name).read_bytes()


# --- scaling ----------------------------------------------------------------------------------


def test_scaling_divides_by_255_and_keeps_the_rest():
    every_value = torch.arange(256, dtype=torch.uint8).reshape(1, 16, 16)
    images, labels = scale_images(TensorDataset(every_value, torch.tensor([3]))).tensors
    assert images.shape == (1, 16, 16)
    expected = np.arange(256, dtype=np.float32) / np.float32(255)
    assert np.array_equal(images.numpy().ravel(), expected)
    assert labels.tolist() == [3]
    assert every_value.dtype == torch.uint8


def test_scaling_takes_subsets_of_subsets(data):
    outer = Subset(data.train, range(100, 200))
    images, labels = scale_images(Subset(outer, [5, -1])).tensors
    assert torch.equal(images, data.train.tensors[0][[105, 199]] / 255)
    assert torch.equal(labels, data.train.tensors[1][[105, 199]])


def test_scaling_twice_or_something_else_is_refused(data):
    with pytest.raises(TypeError, match=r"takes uint8 images; these are torch\.float32"):
        scale_images(scale_images(Subset(data.test, [0])))
    with pytest.raises(TypeError, match="not list"):
        scale_images([1, 2])
