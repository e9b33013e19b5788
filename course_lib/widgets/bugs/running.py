"""A loop given as text is run for real, under ``record``, and audited."""

from __future__ import annotations

import linecache
import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from time import perf_counter
from typing import Any

import torch
from torch import nn
from torch.optim.lr_scheduler import StepLR
from torch.utils.data import ConcatDataset, TensorDataset

from course_lib.auditing import Finding, audit
from course_lib.data import fashion_mnist, make_loader, scale_images, split_dataset
from course_lib.history import History
from course_lib.trace import Trace, record
from course_lib.widgets.bugs.planting import find_bug, planted_in, working_loop

FILE = "loop.py"  # as the trace and the findings name the loop
TRAIN, VAL, TEST = 500, 300, 200  # images
_AT_LINE = re.compile(re.escape(FILE) + r":(\d+)")


@dataclass
class LoopRun:
    """A run of a loop: its text, how it went, what it did, and what the audit says of it.

    Attributes:
        text: the source that ran; line numbers in ``trace`` and ``findings`` refer to it.
        history: losses and validation accuracy of each epoch.
        test_accuracy: share of the test images that were right, at the end.
        trace, findings: as ``record`` and ``audit`` gave them.
        warnings: what PyTorch itself said, one sentence or more each.
        seconds: how long it took.
    """

    text: str
    history: History = field(default_factory=History)
    test_accuracy: float = float("nan")
    trace: Trace = field(default_factory=Trace)
    findings: list[Finding] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def lines(self) -> list[int]:
        """The lines of ``text`` that the findings speak of."""
        said = [_AT_LINE.search(finding.message) for finding in self.findings]
        return [int(found[1]) for found in said if found]


@cache
def _data(seed: int) -> tuple[TensorDataset, ...]:
    images = scale_images(fashion_mnist().train)
    counts = [TRAIN, VAL, TEST, len(images) - TRAIN - VAL - TEST]
    parts = split_dataset(images, counts, seed=seed)[:3]
    return tuple(TensorDataset(*(t[part.indices] for t in images.tensors)) for part in parts)


def plant_bug(name: str | None = None, seed: int = 0) -> LoopRun:
    """Plant a classic mistake in the clinic's working loop and run it: about half a second.

    Args:
        name: one of :func:`bug_names`; None runs the working loop.
        seed: of the images drawn, the weights, the order and the dropout.

    Raises:
        ValueError: if there is no mistake of that name.
    """
    loop = working_loop()
    return run_loop(loop if name is None else planted_in(loop, find_bug(name)), seed)


def run_loop(
    text: str, seed: int = 0, on_epoch: Callable[[History], None] | None = None
) -> LoopRun:
    """Run the text of a loop; its line numbers are what trace and findings speak of.

    The random state and the number of threads are given back as they were.

    Args:
        text: uses ``train_set``, ``val_set``, ``test_set``, calls ``report(train_loss, val_loss,
            val_accuracy)`` after each epoch and leaves ``test_accuracy``.
        seed: of images, weights, order and dropout.
        on_epoch: called with the history after each epoch.
    """
    run, sets = LoopRun(text), _data(seed)

    def report(train_loss: Any, val_loss: float, val_accuracy: float) -> None:
        train_loss = float(torch.as_tensor(train_loss).detach())
        run.history.append(train_loss=train_loss, val_loss=val_loss, val_accuracy=val_accuracy)
        if on_epoch is not None:
            on_epoch(run.history)

    names: dict[str, Any] = {
        "torch": torch, "nn": nn, "StepLR": StepLR, "ConcatDataset": ConcatDataset,
        "make_loader": make_loader, "report": report,
        "train_set": sets[0], "val_set": sets[1], "test_set": sets[2],
    }  # fmt: skip
    linecache.cache[FILE] = (len(text), None, text.splitlines(keepends=True), FILE)
    threads, began = torch.get_num_threads(), perf_counter()
    with torch.random.fork_rng(devices=[]), warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        torch.manual_seed(seed)
        torch.set_num_threads(1)
        try:
            with record(train=sets[0], val=sets[1], test=sets[2]) as run.trace:
                exec(compile(text, FILE, "exec"), names)
        finally:
            torch.set_num_threads(threads)
    run.seconds = perf_counter() - began
    run.test_accuracy = names["test_accuracy"]
    run.findings = audit(run.trace)
    run.warnings = [str(warning.message) for warning in said]
    return run
