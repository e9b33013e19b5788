"""Visual 3, the split explorer: ratios, counts, class balance and what a test set can tell."""

from course_lib.widgets.splits.view import split_explorer

__all__ = ["split_explorer"]
