"""Evaluation mode for a while, and then every module's own mode again."""

from collections.abc import Iterator
from contextlib import contextmanager

from torch import nn


@contextmanager
def evaluation_mode(model: nn.Module) -> Iterator[None]:
    """``model.eval()`` inside the block; afterwards each module is in the mode it was found in.

    Module by module, because a model in fine-tuning may keep some of its layers in evaluation mode
    on purpose (a frozen batch norm), which ``model.train()`` would undo.
    """
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        yield
    finally:
        for module, training in modes:
            module.training = training
