"""nbgrader itself takes our sources, hands them out and agrees with `course grade`.

Needs nbgrader, which the course does not: `pip install -e ".[nbgrader,test]"` in an environment of
its own, then `python -m pytest tests/exercises/test_nbgrader.py`.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest

pytest.importorskip(
    "nbgrader", reason="nbgrader is not installed here: pip install -e '.[nbgrader]'"
)

from nbgrader.apps import NbGraderAPI
from traitlets.config import Config

from course_lib.cli import main
from course_lib.grading.checks.registry import exercise
from tests.exercises.submissions_made import NAMES, answered, solution, unsolved, write
from tools.mistake_table import ANSWERS
from tools.nbgrader_sources import write_sources

ROOT = Path(__file__).resolve().parents[2]
WRONG = {  # an answer that is partly right
    "00_concepts": "n_times",
    "01_early_stopping": "off_by_one_late",
    "02_progress_bar": "tensor_in_postfix",
    "03_gradient_accumulation": "last_group_dropped",
    "04_live_dashboard": "no_legend",
}
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """nbgrader's view of a course whose sources are ours."""
    folder = tmp_path_factory.mktemp("course")
    write_sources(folder / "source")
    config = Config()
    config.CourseDirectory.root = str(folder)
    config.CourseDirectory.course_id = "training-loop"
    config.Exchange.root = str(folder / "exchange")
    (folder / "exchange").mkdir(mode=0o777)
    config.ExecutePreprocessor.timeout = 240
    os.environ.update(
        COURSE_PROGRESS=str(folder / "progress.json"),
        OMP_NUM_THREADS="1",
        PATH=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",  # nbgrader's alembic
        PYTHONPATH=str(ROOT),
    )
    return NbGraderAPI(config=config)


def released(course: Any, name: str) -> nbformat.NotebookNode:
    path = Path(course.coursedir.root, "release", name, f"{name}.ipynb")
    if not path.exists():
        assert course.generate_assignment(name)["success"]
    return nbformat.read(path, as_version=nbformat.NO_CONVERT)


@pytest.mark.parametrize("name", NAMES)
def test_the_release_is_our_exercise_but_for_the_words_of_the_stub(course: Any, name: str) -> None:
    theirs, ours = released(course, name), unsolved(name)
    assert [cell.id for cell in theirs.cells] == [cell.id for cell in ours.cells]
    for their, our in zip(theirs.cells, ours.cells, strict=True):
        marks = our.metadata.get("nbgrader", {})
        if not marks.get("solution"):
            assert their.source == our.source
            continue
        assert "SOLUTION" not in their.source
        assert "raise NotImplementedError()" in their.source or our.cell_type == "markdown"
        given = {key: their.metadata.nbgrader[key] for key in marks}
        assert given == marks


def graded_by_nbgrader(course: Any, name: str, student: str) -> float:
    said = course.autograde(name, student)
    assert said["success"], said
    with course.gradebook as gradebook:
        return gradebook.find_submission_notebook(name, name, student).score


def graded_by_us(paths: list[Path], folder: Path) -> list[dict[str, Any]]:
    folder.mkdir(exist_ok=True)
    file = folder / "rows.json"
    assert main(["grade", *map(str, paths), "--json", str(file), "--jobs", "1"]) == 0
    return json.loads(file.read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", NAMES)
def test_nbgrader_and_course_grade_agree(course: Any, name: str, tmp_path: Path) -> None:
    wrong = ANSWERS / exercise(name).name / "wrong" / f"{WRONG[name]}.py"
    handed_in = {
        "unsolved": unsolved(name),
        "right": answered(name, solution(name)),
        "wrong": answered(name, wrong.read_text(encoding="utf-8")),
    }
    released(course, name)
    root, paths = Path(course.coursedir.root), []
    for student, notebook in handed_in.items():
        paths.append(write(notebook, root / "submitted" / student / name / f"{name}.ipynb"))
    theirs = [graded_by_nbgrader(course, name, student) for student in handed_in]
    ours = [row["score"] for row in graded_by_us(paths, tmp_path)]
    assert theirs == ours
    assert ours[0] == 0 < ours[2] < ours[1] == exercise(name).max_points
