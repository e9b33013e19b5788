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


def nbval(notebook: NotebookNode, folder: Path) -> tuple[list[int], str]:
    """The numbers of the cells that fail, and all that pytest says."""
    path = write(notebook, folder / "exercise.ipynb")
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
        [sys.executable, "-m", "pytest", "-c", os.devnull, "--color=no", *arguments, str(path)],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode in (0, 1), done.stdout + done.stderr
    cells = [int(number) for number in re.findall(r"FAILED .*::Cell (\d+)", done.stdout)]
    assert bool(cells) == bool(done.returncode)
    return cells, done.stdout


def test_the_five_exercises_are_there() -> None:
    assert [exercise(name).file for name in NAMES] == NAMES
    assert len(NAMES) == 5


@pytest.mark.parametrize("name", NAMES)
def test_an_unsolved_exercise_fails_at_its_check_and_says_so(name: str, tmp_path: Path) -> None:
    notebook = unsolved(name)
    cells, said = nbval(notebook, tmp_path)
    assert cells == check_cells(notebook)
    assert len(cells) == 1
    assert f"CheckFailed: {exercise(name).title} is not solved yet: replace the" in said
    assert "course_lib/grading" not in said  # none of our frames


@pytest.mark.parametrize("name", NAMES)
def test_a_solved_exercise_passes_with_all_that_is_tried_afterwards(
    name: str, tmp_path: Path
) -> None:
    notebook = switched_on(answered(name, solution(name)))
    assert nbval(notebook, tmp_path)[0] == []


def test_a_wrong_answer_fails_at_the_check_and_names_the_mistake(tmp_path: Path) -> None:
    name = "01_early_stopping"
    wrong = solution(name).replace("waited >= patience", "waited > patience")
    assert wrong != solution(name)
    cells, said = nbval(answered(name, wrong), tmp_path)
    assert cells == check_cells(unsolved(name))
    assert "One thing is not right yet. Off by one" in said
