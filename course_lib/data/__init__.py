"""The data of the course: Fashion-MNIST, small synthetic sets, splits and loaders."""

from course_lib.data.fashion import FashionMNIST, fashion_mnist, scale_images
from course_lib.data.loaders import iterations_per_epoch, make_loader
from course_lib.data.splits import k_fold, split_counts, split_dataset
from course_lib.data.synthetic import noisy_line, spirals

__all__ = [
    "FashionMNIST",
    "fashion_mnist",
    "iterations_per_epoch",
    "k_fold",
    "make_loader",
    "noisy_line",
    "scale_images",
    "spirals",
    "split_counts",
    "split_dataset",
]
