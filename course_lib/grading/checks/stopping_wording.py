"""The verdict on a scripted run, with the numbers of that run."""

from __future__ import annotations

from typing import Any

import numpy as np

from course_lib.grading.checks.stopping_runs import ScriptedRun
from course_lib.grading.checks.stopping_scripts import val_losses
from course_lib.grading.checks.wording import fail
from course_lib.grading.exercise import Fail


def fail_in_run(code: str, run: ScriptedRun, **facts: Any) -> Fail:
    """The verdict that goes with a code and the run in which it shows, to be raised."""
    losses = ", ".join(
        "NaN" if np.isnan(loss) else f"{loss:.2f}"
        for loss in val_losses(run.scenario)[: run.scenario["max_epochs"]]
    )
    return fail(
        "early_stopping",
        code,
        losses=losses,
        patience=run.scenario["patience"],
        max_epochs=run.scenario["max_epochs"],
        expected=run.right_epochs,
        got=f"{run.epochs:g}",
        best=run.best_epoch,
        kept=run.parameters_of,
        **facts,
    )
