"""Figures: pure functions from a record to a matplotlib ``Figure``; nothing is shown by itself.

Names are resolved on first use, so that reading the package loads no matplotlib.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from course_lib.plots.batches import (
        plot_escapes,
        plot_gradient_noise,
        plot_passes_and_updates,
        plot_throughput,
    )
    from course_lib.plots.confusion import plot_confusion
    from course_lib.plots.gpu import plot_gradient_range, plot_memory
    from course_lib.plots.history import plot_history
    from course_lib.plots.images import plot_images
    from course_lib.plots.losses import plot_batch_losses, plot_losses
    from course_lib.plots.lr_range import plot_lr_range
    from course_lib.plots.patterns import plot_norms, plot_schedules, plot_shares
    from course_lib.plots.resuming import plot_partings
    from course_lib.plots.runs import (
        plot_loss_and_accuracy,
        plot_runs,
        plot_train_measured_twice,
    )
    from course_lib.plots.scaling import plot_scaling
    from course_lib.plots.search import plot_difference_error, plot_search, plot_valleys
    from course_lib.plots.splits import plot_best_of_many, plot_class_counts, plot_error_bars
    from course_lib.plots.style import use_style

__all__ = [
    "plot_batch_losses",
    "plot_best_of_many",
    "plot_class_counts",
    "plot_confusion",
    "plot_difference_error",
    "plot_error_bars",
    "plot_escapes",
    "plot_gradient_noise",
    "plot_gradient_range",
    "plot_history",
    "plot_images",
    "plot_loss_and_accuracy",
    "plot_losses",
    "plot_lr_range",
    "plot_memory",
    "plot_norms",
    "plot_partings",
    "plot_passes_and_updates",
    "plot_runs",
    "plot_scaling",
    "plot_schedules",
    "plot_search",
    "plot_shares",
    "plot_throughput",
    "plot_train_measured_twice",
    "plot_valleys",
    "use_style",
]

_MODULES = {
    "plot_batch_losses": "losses",
    "plot_best_of_many": "splits",
    "plot_class_counts": "splits",
    "plot_confusion": "confusion",
    "plot_difference_error": "search",
    "plot_error_bars": "splits",
    "plot_escapes": "batches",
    "plot_gradient_noise": "batches",
    "plot_gradient_range": "gpu",
    "plot_history": "history",
    "plot_images": "images",
    "plot_loss_and_accuracy": "runs",
    "plot_losses": "losses",
    "plot_lr_range": "lr_range",
    "plot_memory": "gpu",
    "plot_norms": "patterns",
    "plot_partings": "resuming",
    "plot_passes_and_updates": "batches",
    "plot_runs": "runs",
    "plot_scaling": "scaling",
    "plot_schedules": "patterns",
    "plot_search": "search",
    "plot_shares": "patterns",
    "plot_throughput": "batches",
    "plot_train_measured_twice": "runs",
    "plot_valleys": "search",
    "use_style": "style",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_MODULES[name]}"), name)
