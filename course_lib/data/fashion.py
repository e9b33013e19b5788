"""Fashion-MNIST: 28×28 grey images of ten kinds of clothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset, Subset, TensorDataset

from course_lib.data.full_set import MIRRORS, read_full_set
from course_lib.data.shipped_sample import read_shipped_sample

CLASSES = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)


@dataclass(frozen=True)
class FashionMNIST:
    """The data set: ``train`` and ``test`` hold uint8 images N×28×28 and int64 labels N."""

    train: TensorDataset
    test: TensorDataset
    classes: tuple[str, ...] = CLASSES


def fashion_mnist(
    full: bool = False,
    folder: str | PathLike[str] | None = None,
    *,
    mirrors: Sequence[str] = MIRRORS,
    timeout: float = 30.0,
    progress: bool = True,
) -> FashionMNIST:
    """Fashion-MNIST: the sample shipped with the course or, with ``full``, all 70,000 images.

    The sample holds 10,000 of the 60,000 official training images and 2,000 of the 10,000 test
    images, each class equally often, and needs no network. The full set's four files
    (``train-images-idx3-ubyte.gz`` and so on, or unpacked) are taken from ``folder``, else from
    the cache, else downloaded once into the cache from the ``mirrors`` in turn, with a progress
    bar unless ``progress`` is false; a mirror that is silent for ``timeout`` seconds is given up.
    Every file's SHA-256 is checked. The cache is the folder in the environment variable
    ``COURSE_CACHE``, or ``training-loop-course`` in the system's place for caches.

    Raises RuntimeError for a damaged sample or file, FileNotFoundError for a ``folder`` that
    does not exist, ConnectionError if a download fails everywhere, and ValueError for ``folder``
    without ``full``. Source: Xiao, Rasul and Vollgraf (2017), arXiv:1708.07747, MIT licence.
    """
    if full:
        return _as_datasets(read_full_set(folder, mirrors, timeout, progress))
    if folder is not None:
        raise ValueError("folder= is for the full set: add full=True, or leave folder out.")
    return _as_datasets(read_shipped_sample())


def scale_images(dataset: Dataset[Any]) -> TensorDataset:
    """The same data set with its images as float32 in [0, 1]: value / 255, the shape unchanged.

    ``dataset`` is a ``TensorDataset`` whose first tensor holds uint8 images, or a ``Subset`` of
    one. Raises TypeError for anything else; images that are already float are refused too, because
    dividing twice would spoil them.
    """
    images, *others = _tensors(dataset)
    if images.dtype != torch.uint8:
        raise TypeError(f"scale_images takes uint8 images; these are {images.dtype}.")
    return TensorDataset(images.to(torch.float32).div_(255), *others)


def _tensors(dataset: Dataset[Any]) -> tuple[Tensor, ...]:
    if isinstance(dataset, TensorDataset):
        return dataset.tensors
    if isinstance(dataset, Subset):
        index = torch.as_tensor(dataset.indices, dtype=torch.int64)
        return tuple(tensor[index] for tensor in _tensors(dataset.dataset))
    raise TypeError(
        f"scale_images takes a TensorDataset or a Subset of one, not {type(dataset).__name__}."
    )


def _as_datasets(arrays: dict[str, NDArray[np.generic]]) -> FashionMNIST:
    train, test = (
        TensorDataset(
            torch.from_numpy(arrays[f"{part}_images"]),
            torch.from_numpy(arrays[f"{part}_labels"].astype(np.int64)),
        )
        for part in ("train", "test")
    )
    return FashionMNIST(train, test)
