"""What the curves so far say: the diagnosis of a run that is still going on."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn

from course_lib.diagnosis import Diagnosis, diagnose
from course_lib.widgets.live_training import words
from course_lib.widgets.live_training.progress import Frame

FROM_EPOCH = 5  # before that a shape says little; a run that is over is judged from three on
FROM_EPOCH_AT_THE_END = 3
JUDGED_EPOCHS = 50  # of a longer run only so many lengths are judged: each costs milliseconds

Curve = tuple[float | None, ...]


@dataclass
class Task:
    """What the scale of a loss hangs on: the kind of task and, for classes, their number."""

    name: str = "classification"
    num_classes: int | None = None


def judge(frame: Frame, task: Task) -> Diagnosis | None:
    """The diagnosis of the epochs so far; None where there are too few or something went wrong.

    Asked at every drawing: a diagnosis is made once for each number of epochs, and of long runs
    only for some.
    """
    broke = frame.broke is not None
    done = len(frame.val_loss)
    seen = done if frame.state.over else done - done % max(1, done // JUDGED_EPOCHS)
    if not broke and seen < (FROM_EPOCH_AT_THE_END if frame.state.over else FROM_EPOCH):
        return None
    curves = {
        "train_loss": (*frame.train_loss[:seen], *((math.nan,) if broke else ())),
        "val_loss": frame.val_loss[:seen],
        "val_accuracy": frame.score[:seen] if frame.score_name == "accuracy" else (),
        "lr": frame.lr[:seen],
        "grad_norm": frame.grad_norm[:seen],
    }
    try:
        return _diagnosed(tuple(curves.items()), task.name, task.num_classes)
    except Exception:  # a judgement is an extra: the curves must be drawn without it too
        return None


@functools.lru_cache(maxsize=32)
def _diagnosed(
    curves: tuple[tuple[str, Curve], ...], name: str, num_classes: int | None
) -> Diagnosis:
    return diagnose(dict(curves), task=name, num_classes=num_classes)


class Judge:
    """The default sentence of the dashboard: what the numbers are, then what they look like."""

    def __init__(self, model: nn.Module, loss_fn: Any = None) -> None:
        self.task = _task(loss_fn)
        if self.task == Task():
            self._hook = model.register_forward_hook(self._count_classes)

    def __call__(self, frame: Frame) -> str:
        """The sentence under the picture."""
        said = words.say(frame)
        found = None if self.task is None else judge(frame, self.task)
        return said if found is None else f"{said} {words.verdict(found, over=frame.state.over)}"

    def _count_classes(self, model: nn.Module, inputs: Any, outputs: Any) -> None:
        # N×C logits of the first batch: C classes set the scale, log C, of the loss
        if self.task is not None and isinstance(outputs, Tensor) and outputs.ndim > 1:
            self.task.num_classes = int(outputs.shape[1])
        self._hook.remove()


def _task(loss_fn: Any) -> Task | None:
    if loss_fn is None or isinstance(loss_fn, (nn.CrossEntropyLoss, nn.NLLLoss)):
        return Task()
    if isinstance(loss_fn, nn.BCEWithLogitsLoss):
        return Task(num_classes=2)
    if isinstance(loss_fn, (nn.MSELoss, nn.L1Loss, nn.SmoothL1Loss, nn.HuberLoss)):
        return Task("regression")
    return None  # a loss that nobody knows the scale of
