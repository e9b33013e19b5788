"""The one setup cell: the same in every notebook, written here and nowhere else.

A source holds only its last two statements, which are plain Python. The build puts the Colab lines
before them, because a magic inside an `if` would make the source no Python.
"""

import os

SETUP_ID = "setup"

IN_SOURCE = """\
from course_lib import notebook

notebook.setup(seed=0)"""

# The package is not published yet: until it is, a build for Colab names another address.
DEFAULT_COURSE_SOURCE = "training-loop-course"

IN_COLAB = """\
import sys

if "google.colab" in sys.modules:  # Colab has torch, numpy and ipywidgets: this adds the course
    %pip install -q {source}
"""

METADATA = {
    "tags": ["nbval-ignore-output"],
    "nbval-reason": "names this machine's device and versions",
}


def setup_cell_source(course_source: str | None = None) -> str:
    """The text of the setup cell.

    Args:
        course_source: What `pip install` takes in Colab. Default: the environment variable
            `COURSE_SOURCE`, else the package's name.
    """
    source = course_source or os.environ.get("COURSE_SOURCE") or DEFAULT_COURSE_SOURCE
    if set(source) & set(" '\"\n"):
        raise ValueError(f"COURSE_SOURCE must be one address without blanks or quotes: {source!r}")
    return IN_COLAB.format(source=source) + "\n" + IN_SOURCE
