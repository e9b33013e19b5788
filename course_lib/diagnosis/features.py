"""Numbers that describe the shape of the curves, the same for every problem's scale."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

from course_lib.diagnosis.curves import Curves

NAN = math.nan


def features(curves: Curves) -> dict[str, float]:
    """One number a name; NaN where the history does not tell. Losses in units of the baseline."""
    n = curves.epochs
    out = {
        "log_epochs": math.log(max(n, 1)),
        "regression": float(curves.task == "regression"),
        "log_classes": math.log(curves.num_classes) if curves.num_classes else 0.0,
    }
    out |= _of_losses(curves.train, "train") | _of_losses(curves.val, "val")
    out |= _of_pair(curves) | _of_accuracy(curves) | _of_rates(curves)
    return {name: _tame(value) for name, value in out.items()}


def tail_length(epochs: int) -> int:
    """Epochs at the end over which a level is taken: a tenth, at least two."""
    return min(epochs, max(2, epochs // 10))


def level(values: Sequence[float]) -> float:
    """Mean of the last epochs (see :func:`tail_length`), NaN for none."""
    return _mean(values[-tail_length(len(values)) :]) if values else NAN


def lowest(values: Sequence[float]) -> float:
    """Minimum of the curve, smoothed over one epoch in 15; NaN for none."""
    window = max(1, len(values) // 15)
    starts = range(0, len(values) - window + 1, max(1, window // 8))
    means = [_mean(values[i : i + window]) for i in starts]
    finite = [v for v in means if math.isfinite(v)]
    return min(finite) if finite else NAN


def _of_losses(values: list[float], name: str) -> dict[str, float]:
    n = len(values)
    known = [min(v, 1e6) for v in values if not math.isnan(v)]
    if n == 0 or len(known) < n:
        return {f"{name}_{key}": NAN for key in LOSS_FEATURES}
    start, end, least, most = known[0], level(known), lowest(known), max(known)
    steps = [b - a for a, b in itertools.pairwise(known)] or [0.0]
    span = max(most - min(known), 1e-9)
    late = known[n // 2 :]
    bends = [abs(a - 2 * b + c) for a, b, c in zip(known, known[1:], known[2:], strict=False)]
    late_bends = bends[len(bends) // 2 :]
    drop = start - end
    quarter = max(1, n // 4)
    last, before = _mean(known[-quarter:]), _mean(known[-2 * quarter : -quarter] or known[:1])
    found = {
        "start": start, "end": end, "low": least, "high": most,
        "log_end": _log_ratio(end, 1.0),
        "log_drop": _log_ratio(start, end),
        "span": span, "mean": (_mean(known) - end) / span,
        "ups": sum(s > 0 for s in steps) / len(steps),
        "late_ups": sum(s > 0 for s in steps[len(steps) // 2 :]) / len(steps[len(steps) // 2 :]),
        "rough": _mean(bends) / span if bends else NAN,
        "late_rough": _mean(late_bends) / max(_mean(late), 1e-6) if late_bends else NAN,
        "late_rough_absolute": _mean(late_bends) if late_bends else NAN,
        "biggest_jump": max(steps) / span,
        "late_jump": max(steps[len(steps) // 2 :]),
        "late_slope": last - before,
        "late_slope_relative": (last - before) / max(before, 1e-6),
        "late_share": (before - last) / max(abs(drop), 1e-3),
        "where_low": known.index(min(known)) / max(n - 1, 1),
    }  # fmt: skip
    for share in (0.1, 0.25, 0.5):
        at = known[min(n - 1, max(1, round(share * n)))]
        found[f"drop_by_{share}"] = (start - at) / max(abs(drop), 1e-3)
        found[f"level_at_{share}"] = at
    found["first_step"] = -steps[0]
    found["last_step_speed"] = (last - before) / quarter
    return {f"{name}_{key}": value for key, value in found.items()}


LOSS_FEATURES = (
    "start", "end", "low", "high", "log_end", "log_drop", "span", "mean", "ups", "late_ups",
    "rough", "late_rough", "late_rough_absolute", "biggest_jump", "late_jump", "late_slope",
    "late_slope_relative", "late_share", "where_low", "drop_by_0.1", "level_at_0.1",
    "drop_by_0.25", "level_at_0.25", "drop_by_0.5", "level_at_0.5", "first_step",
    "last_step_speed",
)  # fmt: skip


def _of_pair(curves: Curves) -> dict[str, float]:
    train, val = curves.train, curves.val
    end, val_end, low = level(train), level(val), lowest(val)
    both = min(len(train), len(val))
    early = max(1, both // 4)
    gaps = [v - t for t, v in zip(train, val, strict=False)]
    return {
        "gap": val_end - end,
        "gap_ratio": _log_ratio(val_end, end),
        "early_gap": _mean(gaps[:early]),
        "middle_gap": _mean(gaps[both // 3 : max(both // 3 + 1, 2 * both // 3)]),
        "least_gap": min(gaps) if gaps else NAN,
        "rise": val_end - low,
        "rise_ratio": _log_ratio(val_end, low),
        "val_below_train": _mean([float(g < 0) for g in gaps]),
        "together": _together(train, val),
    }


def _of_accuracy(curves: Curves) -> dict[str, float]:
    values = [v for v in curves.accuracy if math.isfinite(v)]
    if not values or curves.chance is None:
        return dict.fromkeys(("acc_end", "acc_best", "acc_start", "acc_fall", "loss_by_acc"), NAN)
    scale = 1 - curves.chance
    end, best = (level(values) - curves.chance) / scale, (max(values) - curves.chance) / scale
    wrong = max(1 - level(values), 0.005)
    return {
        "acc_end": end, "acc_best": best, "acc_start": (values[0] - curves.chance) / scale,
        "acc_fall": best - end, "loss_by_acc": _log_ratio(level(curves.val), wrong),
    }  # fmt: skip


def _of_rates(curves: Curves) -> dict[str, float]:
    rates = [v for v in curves.lr if math.isfinite(v) and v > 0]
    norms = [v for v in curves.grad_norm if math.isfinite(v)]
    top = math.log10(max(rates)) if rates else NAN
    quarter = max(1, len(norms) // 4)
    first, last = (_mean(norms[:quarter]), _mean(norms[-quarter:])) if norms else (NAN, NAN)
    move = math.log10(max(max(rates) * _mean(norms), 1e-12)) if rates and norms else NAN
    bends = [abs(a - 2 * b + c) for a, b, c in zip(norms, norms[1:], norms[2:], strict=False)]
    return {
        "log_lr": top,
        "lr_falls": math.log10(max(rates[-1] / max(rates), 1e-9)) if rates else NAN,
        "lr_warms": math.log10(max(rates[0] / max(rates), 1e-9)) if rates else NAN,
        "log_norm": math.log10(max(last, 1e-9)) if norms else NAN,
        "norm_change": math.log10(max(last, 1e-9) / max(first, 1e-9)) if norms else NAN,
        "norm_rough": _mean(bends) / max(_mean(norms), 1e-9) if bends else NAN,
        "log_lr_norm": move,
        "log_lr_epochs": top + math.log10(max(curves.epochs, 1)) if rates else NAN,
        "drop_for_lr_norm": (curves.train[0] - level(curves.train)) / 10**move
        if rates and norms and curves.train and move > -11 else NAN,
    }  # fmt: skip


def _together(a: Sequence[float], b: Sequence[float]) -> float:
    """Correlation of the steps of two curves: shared unrest comes from the weights."""
    da = [y - x for x, y in itertools.pairwise(a)]
    db = [y - x for x, y in itertools.pairwise(b)]
    n = min(len(da), len(db))
    if n < 3:
        return NAN
    ma, mb = _mean(da[:n]), _mean(db[:n])
    cov = sum((x - ma) * (y - mb) for x, y in zip(da, db, strict=False))
    size = math.sqrt(sum((x - ma) ** 2 for x in da[:n]) * sum((y - mb) ** 2 for y in db[:n]))
    return cov / size if 1e-12 < size < 1e12 else NAN


def _log_ratio(above: float, below: float) -> float:
    """Natural logarithm of a ratio, with a floor of a millionth; NaN where one is not finite."""
    if not (math.isfinite(above) and math.isfinite(below)):
        return NAN
    return math.log(max(above, 1e-6)) - math.log(max(below, 1e-6))


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else NAN


def _tame(value: float) -> float:
    return NAN if not math.isfinite(value) else max(-1e6, min(1e6, value))
