"""What a run of the lab is: a few settings on real images, each with its name in words."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

OPTIMIZERS = ("SGD", "Adam")
#: 1, 2, 5, 10 … so that a tenth and ten times a rate are rates of the list as well
RATES = (*(float(f"{m}e{e}") for e in range(-5, 1) for m in (1, 2, 5)), 10.0)
HIDDEN = (2, 8, 32, 64, 128, 512)
NUM_TRAIN = (32, 100, 300, 1000, 3000, 8000)
DROPOUT = (0.0, 0.2, 0.5, 0.8)
EPOCHS = (5, 8, 10, 15, 20, 30, 40, 60)
NUM_VAL = 2000  # images; the same ones for every run
FAULTS = {
    "": "",
    "no step": "no step",
    "log of softmax": "log(softmax)",
}


@dataclass(frozen=True)
class Settings:
    """One run on Fashion-MNIST: a 784-``hidden``-10 network on ``num_train`` training images.

    ``learning_rate`` is that of ``optimizer`` ("SGD" or "Adam"); ``seed`` decides the weights and
    the order of the batches. ``fault`` plants a bug: "no step" leaves the optimizer's step out,
    "log of softmax" takes a hand-written ``log(softmax)`` on pixels from 0 to 255.

    Raises:
        ValueError: in one sentence, for a setting that no run can have.
    """

    learning_rate: float = 1.0
    optimizer: str = "SGD"
    hidden: int = 64
    num_train: int = 1000
    dropout: float = 0.0
    epochs: int = 15
    seed: int = 0
    batch_size: int = 64
    fault: str = ""

    def __post_init__(self) -> None:
        if self.optimizer not in OPTIMIZERS:
            raise ValueError(f"optimizer is one of {', '.join(OPTIMIZERS)}, not {self.optimizer!r}")
        if self.fault not in FAULTS:
            names = ", ".join(repr(name) for name in FAULTS)
            raise ValueError(f"fault is one of {names}, not {self.fault!r}")
        if not self.learning_rate > 0:
            raise ValueError(f"learning_rate is a positive number, not {self.learning_rate!r}")
        if not 0 <= self.dropout < 1:
            raise ValueError(f"dropout is at least 0 and below 1, not {self.dropout!r}")
        if not 1 <= self.num_train <= NUM_TRAIN[-1]:
            raise ValueError(f"num_train is 1 to {NUM_TRAIN[-1]:,}, not {self.num_train!r}")
        for name in ("hidden", "epochs", "batch_size"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is at least 1, not {getattr(self, name)!r}")

    def changed(self, **values: Any) -> Settings:
        """The same run with other values."""
        return replace(self, **values)

    def differences(self, other: Settings) -> list[str]:
        """The names of the settings in which the two differ."""
        return [f.name for f in fields(self) if getattr(self, f.name) != getattr(other, f.name)]

    def in_words(self) -> str:
        """The settings in one line."""
        words = [
            f"{self.optimizer} {rate(self.learning_rate)}",
            f"{self.hidden} units",
            f"{self.num_train:,} images",
        ]
        if self.dropout:
            words.append(f"dropout {self.dropout:g}")
        words.append("1 epoch" if self.epochs == 1 else f"{self.epochs} epochs")
        if self.seed:
            words.append(f"seed {self.seed}")
        if self.fault:
            words.append(FAULTS[self.fault])
        return " \u00b7 ".join(words)


def rate(value: float) -> str:
    """A learning rate without an exponent: 0.00001, 0.05, 10."""
    return f"{value:.10f}".rstrip("0").rstrip(".")
