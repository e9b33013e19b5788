"""`pytest --nbval` on an exercise: fails at exactly the check when unsolved, passes when solved."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from nbformat import NotebookNode

from course_lib.grading.checks.registry import exercise
from tests.exercises.submissions_made import (
    NAMES,
    answered,
    check_cells,
    solution,
    switched_on,
    unsolved,
    write,
)

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.slow


WRONG = "wrong"  # beside NAMES: an early stopping that waits one epoch too long


def wrong_answer() -> NotebookNode:
    right = solution("01_early_stopping")
    wrong = right.replace("waited >= patience", "waited > patience")
    assert wrong != right
    return answered("01_early_stopping", wrong)


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What one pytest says of every exercise: unsolved, solved, and one with a wrong answer."""
    folder = tmp_path_factory.mktemp("class")
    for name in NAMES:
        write(unsolved(name), folder / f"unsolved_{name}.ipynb")
        write(switched_on(answered(name, solution(name))), folder / f"solved_{name}.ipynb")
    write(wrong_answer(), folder / f"{WRONG}.ipynb")
    environment = {
        **os.environ,
        "COURSE_PROGRESS": str(folder / "progress.json"),
        "OMP_NUM_THREADS": "1",
        "PYTHONPATH": str(ROOT),
    }
    arguments = [
        "--nbval",
        "--nbval-current-env",
        "--nbval-cell-timeout=240",
        "-p",
        "no:cacheprovider",
    ]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-c", os.devnull, "--color=no", *arguments, str(folder)],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1, done.stdout + done.stderr  # some tests failed, and nothing else
    return done.stdout


def failures(said: str, notebook: str) -> dict[int, str]:
    """The cells of a notebook that failed, by number, each with what pytest tells of it."""
    said = said.split(" short test summary info ")[0]
    parts = re.split(r"^_+ (?:\S*/)?(\w+)\.ipynb::Cell (\d+) _+$", said, flags=re.MULTILINE)
    told = zip(parts[1::3], parts[2::3], parts[3::3], strict=True)
    return {int(number): text for name, number, text in told if name == notebook}


def test_the_five_exercises_are_there() -> None:
    assert [exercise(name).file for name in NAMES] == NAMES
    assert len(NAMES) == 5


def test_every_cell_was_run(said: str) -> None:
    notebooks = [unsolved(name) for name in NAMES] * 2 + [wrong_answer()]
    cells = sum(cell.cell_type == "code" for notebook in notebooks for cell in notebook.cells)
    failed = re.search(r"(\d+) failed", said)
    passed = re.search(r"(\d+) passed", said)
    assert failed and passed
    assert int(failed[1]) + int(passed[1]) == cells
    assert int(failed[1]) == len(NAMES) + 1


@pytest.mark.parametrize("name", NAMES)
def test_an_unsolved_exercise_fails_at_its_check_and_says_so(name: str, said: str) -> None:
    failed = failures(said, f"unsolved_{name}")
    assert list(failed) == check_cells(unsolved(name))
    (text,) = failed.values()
    assert f"CheckFailed: {exercise(name).title} is not solved yet: replace the" in text
    assert "course_lib/grading" not in text  # none of our frames


@pytest.mark.parametrize("name", NAMES)
def test_a_solved_exercise_passes_with_all_that_is_tried_afterwards(name: str, said: str) -> None:
    assert failures(said, f"solved_{name}") == {}
    assert f"solved_{name}.ipynb" in said


def test_a_wrong_answer_fails_at_the_check_and_names_the_mistake(said: str) -> None:
    failed = failures(said, WRONG)
    assert list(failed) == check_cells(unsolved("01_early_stopping"))
    (text,) = failed.values()
    assert "One thing is not right yet. Off by one" in text
