"""The curve clinic: curves of real runs whose cause is hidden; read, decide, then see the cause.

>>> from course_lib import widgets
>>> widgets.curve_clinic()  # doctest: +SKIP

``case`` says what a case is and reads the shipped ones from ``cases.toml``, ``model`` keeps the
answers, ``rendering`` draws, ``view`` binds the widgets. The runs are made on ``lab.bench``.
"""

from course_lib.widgets.clinic.case import Case, load_cases
from course_lib.widgets.clinic.view import CurveClinic, curve_clinic

__all__ = ["Case", "CurveClinic", "curve_clinic", "load_cases"]
