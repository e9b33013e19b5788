"""Training in several processes at once, as ``torchrun`` starts them.

Each process (its number is its *rank*) trains on a share of every batch; PyTorch's
``DistributedDataParallel`` averages the gradients, so that all take the same step. ``train_model``
asks :func:`join_ranks` which ranks there are and otherwise reads as it does for one process.
"""

from course_lib.distributed.joining import is_main_process, join_ranks
from course_lib.distributed.ranks import OneRank

__all__ = ["OneRank", "is_main_process", "join_ranks"]
