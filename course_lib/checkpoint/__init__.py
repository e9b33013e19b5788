"""Saving a run so that it can go on, bit for bit, after a kill at any moment."""

from course_lib.checkpoint.content import load_checkpoint, save_checkpoint
from course_lib.checkpoint.files import CheckpointError
from course_lib.checkpoint.folder import CheckpointFolder
from course_lib.checkpoint.weights import load_weights, save_weights

__all__ = [
    "CheckpointError",
    "CheckpointFolder",
    "load_checkpoint",
    "load_weights",
    "save_checkpoint",
    "save_weights",
]
