"""From one solved source to the exercise and the solution, and whether they still agree."""

import copy
from pathlib import Path

import nbformat
import pytest

from course_lib.grading.checks.registry import all_exercises, exercise
from course_lib.grading.handouts import load_handout
from tests.exercises.submissions_made import NAMES, answer_cell, unsolved
from tools.notebooks.agreement import exercise_disagreements
from tools.notebooks.exercise import EXERCISES, SOLUTIONS, SOURCES, STUB, exercise_of, solution_of
from tools.notebooks.exercise_rules import EXERCISE_RULES
from tools.notebooks.source import SourceError

SOURCE = """\
# %% [markdown] id="title"
# # A sum

# %% id="sum-solution" tags=["solution"]
def total(values):
    ### BEGIN SOLUTION
    return sum(values)
    ### END SOLUTION


# %% id="sum-check" tags=["check"]
check("early_stopping", total)

# %% id="try" tags=["when-solved"]
for values in [[1], [2]]:
    print(total(values))

# %% [markdown] id="mistakes" tags=["after-solving"]
# ## Mistakes
#
# Counting twice.

# %% id="second" tags=["solution-only"]
print(2)

# %% [markdown] id="end" tags=["exercise-only"]
# Done.

# %% [markdown] id="words" tags=["free-text"]
# A model answer.
"""


def source(folder: Path, text: str = SOURCE, name: str = "01_early_stopping") -> Path:
    path = folder / f"{name}.py"
    path.write_text(text, encoding="utf-8")
    return path


def by_id(notebook: nbformat.NotebookNode) -> dict[str, nbformat.NotebookNode]:
    return {cell.id: cell for cell in notebook.cells}


def test_the_exercise_has_a_stub_and_nothing_of_the_solution(tmp_path: Path) -> None:
    cells = by_id(exercise_of(source(tmp_path)))
    assert cells["sum-solution"].source == f"def total(values):\n    {STUB}"
    assert "second" not in cells and "end" in cells
    assert cells["try"].source.splitlines()[1:] == [
        "# for values in [[1], [2]]:",
        "#     print(total(values))",
    ]
    assert cells["mistakes"].source.startswith("<details>\n<summary><b>Mistakes</b>")
    assert "Counting twice." in cells["mistakes"].source
    assert "model" not in cells["words"].source


def test_the_solution_is_the_source_without_what_is_the_exercises_own(tmp_path: Path) -> None:
    cells = by_id(solution_of(source(tmp_path)))
    assert "return sum(values)" in cells["sum-solution"].source
    assert "end" not in cells and "second" in cells
    assert cells["mistakes"].source.startswith("## Mistakes")
    assert cells["words"].source == "A model answer."


def test_nbgraders_marks_come_from_the_tags_and_the_points_from_the_checks(tmp_path: Path) -> None:
    for notebook in (exercise_of(source(tmp_path)), solution_of(source(tmp_path))):
        cells = by_id(notebook)
        shared = {"schema_version": 3, "task": False}
        assert cells["sum-solution"].metadata.nbgrader == {
            **shared,
            "grade_id": "sum-solution",
            "grade": False,
            "solution": True,
            "locked": False,
        }
        assert cells["sum-check"].metadata.nbgrader == {
            **shared,
            "grade_id": "sum-check",
            "grade": True,
            "solution": False,
            "locked": True,
            "points": exercise("early_stopping").max_points,
        }
        assert cells["words"].metadata.nbgrader["points"] == 0
        assert "nbgrader" not in cells["title"].metadata


def test_a_region_at_the_top_of_a_cell_goes_without_a_trace(tmp_path: Path) -> None:
    text = SOURCE.replace(
        "def total(values):\n    ### BEGIN SOLUTION\n    return sum(values)\n    ### END SOL"
        "UTION\n",
        "answer = ...\n### BEGIN SOLUTION\nanswer = 3\n### END SOLUTION\n",
    )
    assert by_id(exercise_of(source(tmp_path, text)))["sum-solution"].source == "answer = ..."


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (("    ### END SOLUTION\n", ""), "must stand around the solution"),
        (('tags=["check"]', 'tags=["chek"]'), "unknown tags chek"),
        ((' tags=["check"]', ""), "0 cells have the tag check"),
    ],
)
def test_a_source_that_would_give_the_solution_away_is_refused(
    tmp_path: Path, change: tuple[str, str], complaint: str
) -> None:
    assert change[0] in SOURCE
    with pytest.raises(SourceError, match=complaint):
        exercise_of(source(tmp_path, SOURCE.replace(*change)))


@pytest.mark.parametrize("name", NAMES)
def test_what_is_handed_out_agrees_with_its_source(name: str) -> None:
    assert list(exercise_disagreements(SOURCES / f"{name}.py")) == []


def test_a_change_of_either_notebook_is_seen(tmp_path: Path) -> None:
    name = "01_early_stopping"
    path = SOURCES / f"{name}.py"
    for folder, which in ((EXERCISES, "exercise"), (SOLUTIONS, "solution")):
        notebook = nbformat.read(folder / f"{name}.ipynb", as_version=nbformat.NO_CONVERT)
        answer_cell(notebook).source += "\n# more"
        nbformat.write(notebook, tmp_path / f"{name}.ipynb")
        folders = {f"{which}s": tmp_path}
        (seen,) = exercise_disagreements(path, **folders)
        assert seen[0] == f"{which}, early-stopping-solution"


def test_a_picture_that_the_solution_did_not_make_is_seen(tmp_path: Path) -> None:
    name = "01_early_stopping"
    notebook = unsolved(name)
    (shown,) = (cell for cell in notebook.cells if cell.get("attachments"))
    shown.attachments["finished.png"]["image/png"] = "AAAA"
    nbformat.write(notebook, tmp_path / f"{name}.ipynb")
    ((where, what),) = exercise_disagreements(SOURCES / f"{name}.py", exercises=tmp_path)
    assert where == "exercise, what-you-build" and "picture" in what


@pytest.mark.parametrize("name", NAMES)
def test_an_output_or_a_marker_in_an_exercise_is_refused(name: str) -> None:
    notebook = copy.deepcopy(unsolved(name))
    assert not [problem for rule in EXERCISE_RULES.values() for problem in rule(notebook)]
    cell = answer_cell(notebook)
    cell.execution_count = 1
    cell.source += "\n### END SOLUTION"
    broken = {rule for rule, find in EXERCISE_RULES.items() if list(find(notebook))}
    assert {"nothing-has-run", "no-solution"} <= broken


def test_the_grader_knows_every_exercise_by_cells_of_its_own() -> None:
    handouts = [load_handout(asked) for asked in all_exercises()]
    assert [len(handout.answer_cells) for handout in handouts] == [1] * len(NAMES)
    ids = [grade_id for handout in handouts for grade_id in sorted(handout.answer_ids)]
    assert len(set(ids)) == len(NAMES)
    assert all(handout.answer_ids == handout.cell_ids for handout in handouts)
