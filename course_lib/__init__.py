"""The PyTorch training loop, taught with software that works: the library behind the notebooks.

Everything a notebook calls by name is here. Names are resolved on first use: so ``course doctor``
can speak where torch itself is missing, and nobody waits for what they do not call. Pictures and
widgets are in ``course_lib.plots`` and ``course_lib.widgets``.
"""

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from course_lib.auditing import Finding, audit
    from course_lib.checkpoint import (
        CheckpointError,
        load_checkpoint,
        load_weights,
        save_checkpoint,
        save_weights,
    )
    from course_lib.data import (
        FashionMNIST,
        fashion_mnist,
        iterations_per_epoch,
        k_fold,
        make_loader,
        noisy_line,
        scale_images,
        spirals,
        split_dataset,
    )
    from course_lib.device import describe_device, get_device
    from course_lib.diagnosis import Diagnosis, diagnose, diagnose_by_experiment
    from course_lib.distributed import is_main_process
    from course_lib.early_stopping import EarlyStopping
    from course_lib.history import History
    from course_lib.launcher import LostProcessError
    from course_lib.loop import train_model, train_one_epoch, validate
    from course_lib.lr_range import LRRangeResult, lr_range_test
    from course_lib.metrics import accuracy, confusion_matrix, f1_scores
    from course_lib.models import MLP, SmallCNN, count_parameters
    from course_lib.non_finite import NonFiniteLossError
    from course_lib.progress import BatchProgress, StopTraining
    from course_lib.sanity import OverfitResult, overfit_one_batch
    from course_lib.seeding import seed_everything
    from course_lib.trace import Trace, record

__all__ = [
    "MLP",
    "BatchProgress",
    "CheckpointError",
    "Diagnosis",
    "EarlyStopping",
    "FashionMNIST",
    "Finding",
    "History",
    "LRRangeResult",
    "LostProcessError",
    "NonFiniteLossError",
    "OverfitResult",
    "SmallCNN",
    "StopTraining",
    "Trace",
    "accuracy",
    "audit",
    "confusion_matrix",
    "count_parameters",
    "describe_device",
    "diagnose",
    "diagnose_by_experiment",
    "f1_scores",
    "fashion_mnist",
    "get_device",
    "is_main_process",
    "iterations_per_epoch",
    "k_fold",
    "load_checkpoint",
    "load_weights",
    "lr_range_test",
    "make_loader",
    "noisy_line",
    "overfit_one_batch",
    "record",
    "save_checkpoint",
    "save_weights",
    "scale_images",
    "seed_everything",
    "spirals",
    "split_dataset",
    "train_model",
    "train_one_epoch",
    "validate",
]

_NAMES_OF_ROOM = {
    "auditing": ("Finding", "audit"),
    "checkpoint": (
        "CheckpointError",
        "load_checkpoint",
        "load_weights",
        "save_checkpoint",
        "save_weights",
    ),
    "data": (
        "FashionMNIST",
        "fashion_mnist",
        "iterations_per_epoch",
        "k_fold",
        "make_loader",
        "noisy_line",
        "scale_images",
        "spirals",
        "split_dataset",
    ),
    "device": ("describe_device", "get_device"),
    "diagnosis": ("Diagnosis", "diagnose", "diagnose_by_experiment"),
    "distributed": ("is_main_process",),
    "early_stopping": ("EarlyStopping",),
    "history": ("History",),
    "launcher": ("LostProcessError",),
    "loop": ("train_model", "train_one_epoch", "validate"),
    "lr_range": ("LRRangeResult", "lr_range_test"),
    "metrics": ("accuracy", "confusion_matrix", "f1_scores"),
    "models": ("MLP", "SmallCNN", "count_parameters"),
    "non_finite": ("NonFiniteLossError",),
    "progress": ("BatchProgress", "StopTraining"),
    "sanity": ("OverfitResult", "overfit_one_batch"),
    "seeding": ("seed_everything",),
    "trace": ("Trace", "record"),
}
_ROOM_OF_NAME = {name: room for room, names in _NAMES_OF_ROOM.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _ROOM_OF_NAME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(import_module(f"{__name__}.{_ROOM_OF_NAME[name]}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


# torchrun ends all processes once one of them is gone, and that may be while torch is imported.
if "TORCHELASTIC_RUN_ID" in os.environ and os.environ.get("WORLD_SIZE", "1") != "1":
    import_module(f"{__name__}.launcher").listen()
