"""A case of the clinic: a run, its hidden cause, and the run that shows it."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from os import PathLike
from pathlib import Path
from typing import Any

from course_lib.diagnosis import LABELS
from course_lib.widgets.lab.settings import Settings

History = Mapping[str, Sequence[Any]]


@dataclass(frozen=True)
class Case:
    """One patient: a run, what the reader may take it for, what it was and what shows that.

    A run is given as :class:`Settings`, which are trained when the case is opened, or as a history
    made before (``train_loss``, ``val_loss`` and, if there is one, ``val_accuracy``).

    Attributes:
        label: the right diagnosis, one of :data:`course_lib.diagnosis.LABELS`.
        choices: label → the reason why it is right or not; the order is that of the buttons.
        cause: one or two sentences that say what was done.
        after: one sentence on the counterfactual run.
        run, counterfactual: settings or histories.

    ``{train}``, ``{val}``, ``{gap}``, ``{low}`` and ``{low_epoch}`` in these texts become the run's
    numbers: losses of the last epoch, the lowest validation loss and its epoch; ``{first_train}``
    the first epoch's; with ``new_`` in front those of the counterfactual run.

    Raises:
        ValueError: for an unknown label, or a right diagnosis that is not among the choices.
    """

    label: str
    choices: Mapping[str, str]
    cause: str
    after: str
    run: Settings | History
    counterfactual: Settings | History

    def __post_init__(self) -> None:
        unknown = [label for label in (self.label, *self.choices) if label not in LABELS]
        if unknown:
            raise ValueError(f"{unknown[0]!r} is no diagnosis: take one of {', '.join(LABELS)}")
        if self.label not in self.choices:
            raise ValueError(f"the choices lack the right diagnosis, {self.label!r}")


def load_cases(path: str | PathLike[str] | None = None) -> list[Case]:
    """The cases of a TOML file; without ``path`` those that are shipped with the course.

    Raises:
        ValueError: for a file without cases, or a case that :class:`Case` refuses.
    """
    shipped = files("course_lib.widgets.clinic").joinpath("cases.toml")
    source = shipped if path is None else Path(path)
    table = tomllib.loads(source.read_text(encoding="utf-8"))
    cases = [_case(entry) for entry in table.get("case", [])]
    if not cases:
        raise ValueError(f"{path} holds no [[case]]")
    return cases


def _case(entry: dict[str, Any]) -> Case:
    run = Settings(**entry["run"])
    return Case(
        entry["label"], entry["choices"], entry["cause"], entry["after"],
        run, run.changed(**entry["change"]),
    )  # fmt: skip
