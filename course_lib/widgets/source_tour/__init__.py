"""Visual 4, the code tour: the library's own source, with a note on every line that matters.

The room is not called ``code_tour``: a module of that name would take the function's place.
"""

from course_lib.widgets.source_tour.view import code_tour

__all__ = ["code_tour"]
