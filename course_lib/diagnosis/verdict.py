"""What a diagnosis is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

LABELS = (
    "healthy",
    "overfitting",
    "underfitting",
    "lr_too_high",
    "lr_too_low",
    "not_learning",
    "diverged",
)


@dataclass(frozen=True)
class Diagnosis:
    """What :func:`course_lib.diagnose` makes of a history.

    Labels are counterfactual: ``lr_too_high`` means that a tenth of the learning rate gives a
    clearly lower training loss in as many epochs, ``lr_too_low`` the same for ten times the rate,
    ``overfitting`` that an earlier epoch validates clearly better, ``underfitting`` that a bigger
    or less regularised model both trains and validates clearly better, ``not_learning`` that no
    learning rate helps (a bug), ``diverged`` that the losses left the finite numbers, or blew up;
    ``healthy`` that none of these holds.

    Attributes:
        label: one of :data:`LABELS`.
        confidence: the probability that the label is right, 0 to 1.
        sure: whether the confidence is high enough to act without an experiment.
        evidence: the numbers that it rests on, one sentence each.
        advice: what to do.
        next_experiment: the one run that would settle it.
        probabilities: of all labels; they sum to 1.
        experiments: runs made by ``diagnose_by_experiment``, one sentence each; else empty.
    """

    label: str
    confidence: float
    sure: bool
    evidence: tuple[str, ...]
    advice: str
    next_experiment: str
    probabilities: Mapping[str, float] = field(repr=False, default_factory=dict)
    experiments: tuple[str, ...] = ()

    def __str__(self) -> str:
        sureness = "sure" if self.sure else "not sure"
        lines = [f"{self.label} ({sureness}, {self.confidence:.0%})"]
        lines += [f"  - {sentence}" for sentence in (*self.evidence, *self.experiments)]
        lines += [f"  Advice: {self.advice}", f"  Next experiment: {self.next_experiment}"]
        return "\n".join(lines)
