"""What notebook 00 says about its run holds for other seeds than the one it shows.

The notebook's own cells are run, assertions and all; only the seed is another.
"""

from typing import Any

import nbformat
import pytest
import torch
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook, new_output

import course_lib
from course_lib.widgets.quick_check.model import load_quiz
from tools.notebooks.source import SOURCES, read_source

CELLS = ("imports", "one-image", "splitting", "untrained", "live", "history")
AFTERWARDS = ("predict-all", "by-class")
SEEDS = (3, 6)  # the notebook shows 0


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_every_assertion_of_the_notebook_holds(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COURSE_HEADLESS", "1")
    cells = {cell.id: cell.source for cell in read_source(SOURCES / "00_start_here.py").cells}
    assert cells["live"].count("seed_everything(0)") == 1
    cells["live"] = cells["live"].replace("seed_everything(0)", f"seed_everything({seed})")
    course_lib.seed_everything(seed)
    names: dict[str, Any] = {}
    for cell in (*CELLS, *AFTERWARDS):
        exec(compile(cells[cell], cell, "exec"), names)
    assert names["history"].epochs == 10
    assert names["run"].frame.score[-1] == pytest.approx(names["right"].float().mean().item())


# The keys of the quiz.


def right(question: int) -> str:
    return next(c.text for c in load_quiz("start-here").questions[question].choices if c.right)


def run_alone(second: str) -> nbformat.NotebookNode:
    """The outputs of a notebook's second cell in a fresh kernel where the first was not run."""
    cell = new_code_cell(second, outputs=[new_output("stream", text="what was stored")])
    notebook = new_notebook(cells=[cell])
    NotebookClient(notebook, timeout=120, allow_errors=True).execute()
    return notebook.cells[0].outputs


@pytest.mark.slow
@pytest.mark.quiz_key("start-here", 0)
def test_key_the_second_cell_before_the_first() -> None:
    """A real kernel runs what is asked for, fails on a missing name, forgets old outputs."""
    (output,) = run_alone("print(seen)  # the first cell would have said: seen = 1")
    assert output.ename == "NameError"
    (output,) = run_alone("print(2)")
    assert output.text == "2\n"
    assert right(0).startswith("The second cell runs, and fails if it needs a name")


@pytest.mark.quiz_key("start-here", 1)
def test_key_which_images_changed_the_weights() -> None:
    """The same run with other validation images ends with the same bits; other training, others."""
    images = course_lib.scale_images(course_lib.fashion_mnist().train)
    parts = course_lib.split_dataset(images, [400, 400, 400, 400, 8400])

    def trained(train: int, val: int) -> torch.Tensor:
        torch.manual_seed(0)
        model = course_lib.MLP()
        loaders = (course_lib.make_loader(parts[part], 50) for part in (train, val))
        course_lib.train_model(model, *loaders, 1, device="cpu", progress=False)
        return torch.cat([p.detach().flatten() for p in model.parameters()])

    assert torch.equal(trained(0, 1), trained(0, 2))
    assert not torch.equal(trained(0, 1), trained(3, 1))
    assert right(1) == "The training images only."
