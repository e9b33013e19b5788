"""What needs no statistics: nothing to read, numbers that blew up, weights that never moved."""

from __future__ import annotations

import math

from course_lib.diagnosis.curves import Curves

BLOWN_UP = 10.0  # times the baseline, and above where the run began
FELL = 0.8  # of the first training loss: more than the noise of a run that stands still
NO_RATE = 1e-9  # below this no optimizer moves a float32 weight noticeably


def clear_case(curves: Curves) -> tuple[str, float, bool] | None:
    """Label, confidence and whether that is sure; None if the curves have to be judged."""
    if curves.epochs == 0:
        return "healthy", 1 / 7, False  # no evidence of anything: not even that it runs
    for values, confidence in ((curves.train, 0.99), (curves.val, 0.9)):
        if values and not math.isfinite(values[-1]):
            never = not any(map(math.isfinite, values))  # was there no batch to validate on?
            if values is curves.val and never and all(map(math.isfinite, curves.train)):
                return "diverged", 0.5, False
            return "diverged", confidence, True
        if values and values[-1] > BLOWN_UP and values[-1] >= values[0] and len(values) > 1:
            return "diverged", 0.8, False
    if weights_never_moved(curves):
        if curves.lr and max(curves.lr, default=1.0) < NO_RATE:
            return "lr_too_low", 0.9, True
        return "not_learning", 0.98, True
    return None


def weights_never_moved(curves: Curves) -> bool:
    """Whether the gradient was zero throughout, or the validation loss the same to six digits.

    Not where the training loss fell all the same: then something moved, or nothing was left to do.
    """
    if curves.train and not curves.train[-1] > FELL * curves.train[0]:
        return False
    norms = [g for g in curves.grad_norm if not math.isnan(g)]
    if len(norms) >= 2 and not any(norms):
        return True
    if len(curves.val) < 3:
        return False
    spread = max(curves.val) - min(curves.val)
    return spread <= 2e-6 * abs(curves.val[0])
