"""Starts live runs, one at a time: in a thread, or in the call itself where nobody watches."""

from __future__ import annotations

import functools
import inspect
import os
from collections.abc import Callable
from typing import Any

from torch import nn

from course_lib.loop import train_model
from course_lib.widgets.live_training.judging import Judge
from course_lib.widgets.live_training.progress import Frame, Progress
from course_lib.widgets.live_training.threads import take_over
from course_lib.widgets.live_training.view import LiveTraining
from course_lib.widgets.live_training.worker import Worker


def train_live(
    model: nn.Module,
    train_loader: Any,
    val_loader: Any,
    num_epochs: int,
    learning_rate: float = 0.001,
    *,
    say: Callable[[Frame], str] | None = None,
    headless_seconds: float = 100.0,
    **train_model_keywords: Any,
) -> LiveTraining:
    """Train ``model`` with :func:`course_lib.train_model` and watch it while it trains.

    The cell returns at once and the run goes on in a thread, with buttons that pause, continue and
    stop it. One run trains at a time: starting another (running the cell again) stops the one
    before. With the environment variable ``COURSE_HEADLESS=1`` nobody watches: the run then ends
    before the call returns, after about ``headless_seconds`` at the latest.

    Args:
        model, train_loader, val_loader, num_epochs, learning_rate: as for ``train_model``.
        say: gives the sentence under the picture; the default says what the numbers are and, from
            the fifth epoch on, what :func:`course_lib.diagnose` takes them for.
        headless_seconds: budget of a run that nobody watches; the default is for a machine that is
            busy with much else, and ends before nbval's limit for a cell, 120 s in ``make test``.
        train_model_keywords: every other keyword of ``train_model``.

    Returns:
        What the cell shows; ``.history`` and ``.wait()`` belong to the run.

    Raises:
        TypeError: for a keyword that ``train_model`` does not know, before anything starts.
    """
    keywords = {"progress": False, **train_model_keywords}  # the dashboard is the progress bar
    inspect.signature(train_model).bind(model, train_loader, val_loader, num_epochs, **keywords)
    own = {name: keywords.pop(name, None) for name in ("on_batch", "on_epoch")}
    train = functools.partial(
        train_model, model, train_loader, val_loader, num_epochs, learning_rate, **keywords
    )
    name = "accuracy" if keywords.get("metric") is None else "metric"
    worker = Worker(train, model, Progress(num_epochs, name), **own)
    before = take_over(worker)
    live = LiveTraining(worker, Judge(model, keywords.get("loss_fn")) if say is None else say)
    if os.environ.get("COURSE_HEADLESS") == "1":
        live.run_headless(before, headless_seconds)
    else:
        live.start(before)
    return live
