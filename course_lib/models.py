"""The two networks that the course trains: small enough to read, real enough to learn."""

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn


class MLP(nn.Sequential):
    """Fully connected network: flatten, then linear layers with ReLU between them.

    Input: N×(any shape with ``in_features`` numbers in all), float. Output: N×``num_classes``
    logits, not probabilities (``CrossEntropyLoss`` takes logits).
    """

    def __init__(
        self,
        in_features: int = 784,
        hidden: int | Sequence[int] = (128,),
        num_classes: int = 10,
        dropout: float = 0.0,
    ) -> None:
        widths = [in_features, *((hidden,) if isinstance(hidden, int) else hidden)]
        layers: list[nn.Module] = [nn.Flatten()]
        for before, after in pairwise(widths):
            layers += [nn.Linear(before, after), nn.ReLU()]
            if dropout:
                layers.append(nn.Dropout(dropout))
        layers.append(nn.Linear(widths[-1], num_classes))
        super().__init__(*layers)


class SmallCNN(nn.Module):
    """Two convolutions with batch norm and pooling, then one linear layer.

    Input: N×28×28 or N×1×28×28, float. Output: N×``num_classes`` logits. With the default
    width it has 20,538 learnable parameters.
    """

    def __init__(self, num_classes: int = 10, width: int = 16, dropout: float = 0.0) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, width, 3, padding=1, bias=False),  # batch norm brings its own bias
            nn.BatchNorm2d(width),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(width, 2 * width, 3, padding=1, bias=False),
            nn.BatchNorm2d(2 * width),
            nn.ReLU(),
            nn.MaxPool2d(2),
        )
        self.classifier = nn.Sequential(
            nn.Flatten(), nn.Dropout(dropout), nn.Linear(2 * width * 7 * 7, num_classes)
        )

    def forward(self, images: Tensor) -> Tensor:
        """Logits N×``num_classes``."""
        if images.ndim == 3:  # the data set keeps grey images without a channel dimension
            images = images.unsqueeze(1)
        logits: Tensor = self.classifier(self.features(images))
        return logits


def count_parameters(model: nn.Module) -> int:
    """Number of learnable numbers in the model (buffers, such as running means, are not)."""
    return sum(p.numel() for p in model.parameters() if p.requires_grad)


def parameter_device(model: nn.Module) -> torch.device | None:
    """The device of the model's first parameter; None for a model without parameters."""
    first = next(model.parameters(), None)
    return None if first is None else first.device
