"""Visual 5, the curve lab: choose settings, press Train, and read the curves of a real run.

The room cannot be called ``curve_lab``: a submodule of that name would hide the function.

>>> from course_lib import widgets
>>> widgets.curve_lab(learning_rate=1.0, optimizer="SGD")  # doctest: +SKIP

``settings`` says what a run is, ``training`` makes one, ``experiment`` which run to make next,
``model`` holds the runs made so far, ``words`` and ``picture`` are its rendering, ``bench`` trains
in a thread, ``view`` binds the widgets.
"""

from course_lib.widgets.lab.settings import Settings
from course_lib.widgets.lab.view import CurveLab, curve_lab

__all__ = ["CurveLab", "Settings", "curve_lab"]
