"""Visual 2, the batch explorer: the order in which a real ``DataLoader`` hands out samples."""

from course_lib.widgets.batches.record import BatchRecord, record_batches
from course_lib.widgets.batches.view import batch_explorer

__all__ = ["BatchRecord", "batch_explorer", "record_batches"]
