"""One small real batch: a dozen clothing images, each told by the brightness of its quarters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

QUARTERS = ("top left", "top right", "bottom left", "bottom right")


@dataclass(frozen=True)
class SmallBatch:
    """A batch that fits on a picture.

    Attributes:
        images: ``uint8``, B×28×28, as they came from the data set.
        features: ``float64``, B×4: mean brightness of each quarter, standardised over the batch
            (mean 0, standard deviation 1), which is why the network can do without biases.
        labels: ``int64``, B, from 0 to K − 1 (positions in ``class_names``).
        class_names: the K kinds of clothing in the batch.
    """

    images: Tensor
    features: Tensor
    labels: Tensor
    class_names: tuple[str, ...]


def small_batch(
    images: Tensor,
    labels: Tensor,
    class_names: Sequence[str],
    *,
    classes: Sequence[int] = (0, 1, 9),
    images_per_class: int = 4,
    seed: int = 0,
) -> SmallBatch:
    """Draw ``images_per_class`` images of each of ``classes`` at random, in random order.

    Args:
        images: ``uint8``, N×28×28.
        labels: ``int64``, N.
        class_names: names of all labels; ``classes`` index into them.

    Raises:
        ValueError: where a class has too few images, or a quarter is equally bright in all.
    """
    generator = torch.Generator().manual_seed(seed)
    chosen: list[Tensor] = []
    for label in classes:
        members = torch.nonzero(labels == label).flatten()
        if len(members) < images_per_class:
            raise ValueError(
                f"class {label} has {len(members)} images, {images_per_class} are needed"
            )
        chosen.append(members[torch.randperm(len(members), generator=generator)[:images_per_class]])
    index = torch.cat(chosen)
    index = index[torch.randperm(len(index), generator=generator)]

    brightness = F.avg_pool2d(images[index].double().unsqueeze(1) / 255, 14).flatten(1)
    spread = brightness.std(dim=0)
    if not bool((spread > 0).all()):
        raise ValueError("a quarter is equally bright in every image: nothing can be learned")
    position = {label: place for place, label in enumerate(classes)}
    return SmallBatch(
        images=images[index].clone(),
        features=(brightness - brightness.mean(dim=0)) / spread,
        labels=torch.tensor([position[int(label)] for label in labels[index]]),
        class_names=tuple(class_names[label] for label in classes),
    )


def course_batch(seed: int = 0) -> SmallBatch:
    """Four T-shirts, four trousers and four ankle boots of the course's training images."""
    from course_lib.data import fashion_mnist

    data = fashion_mnist()
    images, labels = data.train.tensors
    return small_batch(images, labels, data.classes, seed=seed)
