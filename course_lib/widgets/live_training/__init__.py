"""The live training dashboard: a run in a thread, and its curves while they grow.

``progress`` is the model, ``words``, ``chart`` and ``picture`` its rendering, ``judging`` asks the
diagnosis, ``worker`` trains, ``painter`` paces the drawing, ``threads`` holds both,
``view`` binds the widgets, ``launching`` starts a run.
"""

from course_lib.widgets.live_training.launching import train_live
from course_lib.widgets.live_training.view import LiveTraining

__all__ = ["LiveTraining", "train_live"]
