"""Where notebooks are opened: does the front end speak the language of the installed widgets?

ipywidgets in the kernel and the widget manager in the browser must be of one generation: 7 goes
with jupyterlab_widgets 1 (JupyterLab 3), 8 with jupyterlab_widgets 3 (JupyterLab 3 and 4). With
another pair a cell shows an error in the place of its widget. Colab and VS Code bring their own
manager, for both.
"""

from __future__ import annotations

from collections.abc import Iterator

from course_lib.doctor.dependencies import floors, package_finding, release
from course_lib.doctor.environment import Environment, Finding

MANAGER_FOR_IPYWIDGETS = {7: 1, 8: 3}
LABS_FOR_MANAGER = {1: (3,), 3: (3, 4)}

INSTALL_LAB = 'python -m pip install "jupyterlab>=4" "ipywidgets>=8" "jupyterlab_widgets>=3"'


def front_end_findings(here: Environment) -> Iterator[Finding]:
    """The front end that this environment can serve."""
    if "COLAB_RELEASE_TAG" in here.variables:
        yield Finding("Colab", "OK", "brings its own kernel and widget manager")
        return
    kernel = package_finding(
        here, "ipykernel", floors(here.requirements, "lab").get("ipykernel", "0")
    )
    yield kernel
    if kernel.status == "FIX":
        return
    yield Finding("VS Code", "OK", "its Jupyter extension needs only ipykernel, which is here")
    yield lab_finding(here)


def lab_finding(here: Environment) -> Finding:
    """JupyterLab, its widget manager and ipywidgets, as a set of three."""
    lab, manager, widgets = map(here.version_of, ("jupyterlab", "jupyterlab_widgets", "ipywidgets"))
    if lab is None:
        return Finding(
            "JupyterLab",
            "NOTE",
            f"not installed; VS Code does without it. To have it: {INSTALL_LAB}",
        )
    if manager is None:
        says = f"{lab}, but without jupyterlab_widgets it shows no widgets"
        return Finding("JupyterLab", "FIX", says, INSTALL_LAB)
    if widgets is None:
        return Finding("JupyterLab", "NOTE", f"{lab}; its widgets wait for ipywidgets")
    majors = [release(version)[0] for version in (lab, manager, widgets)]
    trio = f"{lab} with jupyterlab_widgets {manager} and ipywidgets {widgets}"
    right_manager = MANAGER_FOR_IPYWIDGETS.get(majors[2], majors[1]) == majors[1]
    right_lab = majors[0] in LABS_FOR_MANAGER.get(majors[1], (majors[0],))
    if right_manager and right_lab:
        return Finding("JupyterLab", "OK", trio)
    return Finding("JupyterLab", "FIX", f"{trio}: these do not fit together", INSTALL_LAB)
