"""From a text source to a notebook: reading, executing, normalising, agreeing."""

import json
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook

from tools import lint_notebooks
from tools.build_notebooks import build
from tools.notebooks import execute as execution
from tools.notebooks.agreement import disagreements, orphans
from tools.notebooks.execute import ExecutionError, execute
from tools.notebooks.normalise import WIDGET_VIEW, OutputError, normalise, text_of
from tools.notebooks.setup_cell import IN_SOURCE, setup_cell_source
from tools.notebooks.source import SourceError, notebook_of, read_source

SOURCE = f"""\
# %% [markdown] id="title"
# # A small lesson
#
# Adds two numbers.
#
# **4 minutes**
#
# **Before you start**: counting.
#
# **You will**
#
# - *compute* a sum
# - *predict* it first

# %% id="setup"
{IN_SOURCE}

# %% id="sum"
total = 2 + 3
print("the sum is", total)

# %% id="picture" tags=["interactive"]
from matplotlib import pyplot as plt

figure, axes = plt.subplots()
axes.plot([2, 3, 5])
notebook.show(figure, alt="A line that rises from 2 to 5.")

# %% id="raises" tags=["raises-exception"] nbval-reason="the traceback names files"
raise ValueError("on purpose")

# %% [markdown] id="quick-check"
# ## Quick check
# Is 2 + 3 more than 4?

# %% [markdown] id="recap"
# ## Recap
# Sums are numbers.
"""


def written(folder: Path, text: str, name: str = "00_small.py") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def run_cell(source: str, **metadata: object) -> NotebookNode:
    """One cell, executed in a kernel of its own."""
    cell = new_code_cell(source, id="only", metadata=metadata)
    notebook = new_notebook(cells=[cell])
    execute(notebook, Path.cwd())
    return notebook


# Reading a source


def test_a_source_becomes_a_notebook_with_its_ids_tags_and_reasons(tmp_path: Path) -> None:
    notebook = read_source(written(tmp_path, SOURCE))
    assert [cell.id for cell in notebook.cells] == [
        "title",
        "setup",
        "sum",
        "picture",
        "raises",
        "quick-check",
        "recap",
    ]
    assert notebook.cells[0].source.startswith("# A small lesson\n\nAdds")
    assert notebook.cells[3].metadata == {"tags": ["interactive"]}
    assert notebook.cells[4].metadata["nbval-reason"] == "the traceback names files"
    assert "id" not in notebook.cells[2].metadata


def test_the_setup_cell_gets_its_colab_lines_and_its_exemption(tmp_path: Path) -> None:
    setup = read_source(written(tmp_path, SOURCE)).cells[1]
    assert setup.source == setup_cell_source()
    assert "%pip install -q training-loop-course" in setup.source
    assert setup.metadata["tags"] == ["nbval-ignore-output"]
    assert setup.metadata["nbval-reason"]


def test_another_address_can_be_built_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COURSE_SOURCE", "git+https://example.org/course")
    assert "%pip install -q git+https://example.org/course\n" in setup_cell_source()
    monkeypatch.setenv("COURSE_SOURCE", "course; rm -rf ~")
    with pytest.raises(ValueError, match="one address"):
        setup_cell_source()


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ((' id="sum"', ""), "has no id"),
        (('id="sum"', 'id="Sum up"'), "must begin with a lower-case letter"),
        (('id="sum"', 'id="title"'), "is taken by an earlier cell"),
        (('id="sum"', 'id="sum" colour="red"'), "unknown metadata colour"),
        (("seed=0", "seed=1"), "must hold exactly the two statements"),
        (("# %% id=", "# %% [raw] id="), "only code and markdown"),
    ],
)
def test_a_source_that_breaks_the_convention_is_refused(
    tmp_path: Path, change: tuple[str, str], complaint: str
) -> None:
    index = SOURCE.index('# %% id="sum"') if change[0] != "seed=0" else 0
    text = SOURCE[:index] + SOURCE[index:].replace(*change, 1)
    with pytest.raises(SourceError, match=complaint):
        read_source(written(tmp_path, text))


# Executing and normalising


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """No limit on seconds: tests run beside others, and would fail for their neighbours."""
    monkeypatch.setattr(execution, "CELL_SECONDS", 100.0)
    monkeypatch.setattr(execution, "NOTEBOOK_SECONDS", 300.0)


@pytest.mark.slow
@pytest.mark.usefixtures("patient")
def test_building_twice_gives_the_same_bytes_with_pictures_and_without_views(
    tmp_path: Path,
) -> None:
    source = written(tmp_path, SOURCE)
    texts = []
    for folder in (tmp_path / "first", tmp_path / "second"):
        result = build(source, folder=folder)
        assert result.written, result.line
        texts.append(notebook_of(source, folder).read_bytes())
    assert texts[0] == texts[1]
    assert b"\r" not in texts[0]
    notebook = nbformat.reads(texts[0].decode(), as_version=4)
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
    assert "version" not in notebook.metadata.language_info
    assert [c.execution_count for c in notebook.cells if c.cell_type == "code"] == [1, 2, 3, 4]
    shown = notebook.cells[3].outputs[0]
    assert shown.data["text/plain"] == "A line that rises from 2 to 5."
    assert shown.metadata["image/png"]["alt"] == "A line that rises from 2 to 5."
    assert notebook.cells[4].outputs[0].traceback == ["ValueError: on purpose"]
    assert list(disagreements(source, tmp_path / "first")) == []


@pytest.mark.slow
@pytest.mark.usefixtures("patient")
def test_a_notebook_that_breaks_a_rule_is_not_written_but_as_a_draft(tmp_path: Path) -> None:
    source = written(tmp_path, SOURCE.replace("# Sums are", "# Simply, sums are"))
    folder = tmp_path / "built"
    refused = build(source, folder=folder)
    assert not refused.written and "“Simply”" in refused.line
    assert not notebook_of(source, folder).exists()
    assert build(source, draft=True, folder=folder).written
    assert notebook_of(source, folder).exists()


def test_the_kernel_is_this_environment_and_knows_that_it_builds() -> None:
    code = "import os, sys; print(sys.prefix, os.environ['COURSE_BUILD'],"
    code += " os.environ['COURSE_HEADLESS'], os.environ['OMP_NUM_THREADS'])"
    assert run_cell(code).cells[0].outputs[0].text == f"{sys.prefix} 1 1 1\n"


def test_an_error_stops_the_build_and_names_the_cell() -> None:
    with pytest.raises(ExecutionError, match=r"cell only(.|\n)*ZeroDivisionError"):
        run_cell("1 / 0")


def test_a_kernel_that_dies_stops_the_build() -> None:
    with pytest.raises(ExecutionError, match="cell only"):
        run_cell("import os; os._exit(1)")


@pytest.mark.parametrize(
    ("limit", "whose"), [("CELL_SECONDS", "cell"), ("NOTEBOOK_SECONDS", "notebook")]
)
def test_a_slow_notebook_is_refused(
    monkeypatch: pytest.MonkeyPatch, limit: str, whose: str
) -> None:
    monkeypatch.setattr(execution, limit, 0.5)
    with pytest.raises(ExecutionError, match=f"{whose}.* took .* is the limit"):
        run_cell("import time; time.sleep(0.6)")


def test_text_on_stderr_is_refused() -> None:
    notebook = run_cell("import warnings; warnings.warn('look out')")
    with pytest.raises(OutputError, match=r"only writes to stderr.*look out"):
        normalise(notebook)


def test_a_path_of_this_machine_is_refused() -> None:
    notebook = run_cell("from pathlib import Path; print(Path.home() / 'secret')")
    with pytest.raises(OutputError, match="path of this machine"):
        normalise(notebook)


def test_a_widget_without_picture_is_refused() -> None:
    notebook = run_cell("import ipywidgets; ipywidgets.IntSlider()")
    with pytest.raises(OutputError, match="no static picture"):
        normalise(notebook)


def test_a_widget_with_its_picture_keeps_only_the_picture() -> None:
    code = (
        "from IPython.display import display\n"
        f"display({{'{WIDGET_VIEW}': {{'model_id': 'x'}}, 'image/png': 'aGk=',"
        " 'text/plain': 'a slider'}, raw=True)"
    )
    notebook = run_cell(code)
    assert WIDGET_VIEW in notebook.cells[0].outputs[0].data
    notebook.metadata["widgets"] = {"state": {}}
    normalise(notebook)
    assert set(notebook.cells[0].outputs[0].data) == {"image/png", "text/plain"}
    assert "widgets" not in json.loads(text_of(notebook))["metadata"]


def test_pieces_of_one_stream_are_joined() -> None:
    code = "import sys, time\nfor i in range(3):\n    print(i); sys.stdout.flush(); time.sleep(0.3)"
    notebook = run_cell(code)
    notebook.cells[0].outputs = [
        nbformat.v4.new_output("stream", name="stdout", text=f"{i}\n") for i in range(3)
    ]
    normalise(notebook)
    assert [output.text for output in notebook.cells[0].outputs] == ["0\n1\n2\n"]


def test_cells_are_counted_from_one_whatever_the_kernel_had_done_before() -> None:
    notebook = new_notebook(
        cells=[new_code_cell("1", execution_count=7), new_code_cell("2", execution_count=9)]
    )
    shown = nbformat.v4.new_output("execute_result", data={"text/plain": "2"}, execution_count=9)
    notebook.cells[1].outputs = [shown]
    normalise(notebook)
    assert [cell.execution_count for cell in notebook.cells] == [1, 2]
    assert notebook.cells[1].outputs[0].execution_count == 2


# Agreement


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """A source, with a notebook beside it that says the same."""
    source = written(tmp_path, SOURCE)
    notebook_of(source, tmp_path).write_text(text_of(read_source(source)), encoding="utf-8")
    return source


def edited(source: Path, old: str, new: str) -> list[tuple[str, str]]:
    """The disagreements after an edit of the source."""
    text = source.read_text(encoding="utf-8")
    assert old in text
    source.write_text(text.replace(old, new, 1), encoding="utf-8")
    return list(disagreements(source, source.parent))


def test_source_and_notebook_agree_when_nothing_was_changed(built: Path) -> None:
    assert list(disagreements(built, built.parent)) == []


@pytest.mark.parametrize(
    ("old", "new", "cell", "complaint"),
    [
        ("total = 2 + 3", "total = 2 + 4", "sum", "text differs"),
        ("Sums are numbers", "Sums are sums", "recap", "text differs"),
        ('id="sum"', 'id="add"', "add", "in its place"),
        ('["interactive"]', '["nbval-skip"]', "picture", "tags or metadata differ"),
        ('names files"', 'names folders"', "raises", "tags or metadata differ"),
        ("Sums are numbers.", 'Sums.\n\n# %% id="more"\nx = 1', "more", "not in the notebook"),
    ],
)
def test_a_changed_source_disagrees(
    built: Path, old: str, new: str, cell: str, complaint: str
) -> None:
    found = dict(edited(built, old, new))
    assert cell in found and complaint in found[cell]


def test_a_notebook_edited_by_hand_disagrees(built: Path) -> None:
    target = notebook_of(built, built.parent)
    notebook = nbformat.read(target, as_version=4)
    notebook.cells.append(nbformat.v4.new_markdown_cell("by hand", id="hand"))
    nbformat.write(notebook, target)
    assert list(disagreements(built, built.parent)) == [
        ("hand", "this cell of the notebook is not in its source")
    ]


def test_outputs_are_no_matter_of_agreement(built: Path) -> None:
    target = notebook_of(built, built.parent)
    notebook = nbformat.read(target, as_version=4)
    notebook.cells[2].outputs = [nbformat.v4.new_output("stream", name="stdout", text="5\n")]
    nbformat.write(notebook, target)
    assert list(disagreements(built, built.parent)) == []


def test_a_notebook_that_is_missing_or_has_no_source_is_found(built: Path) -> None:
    target = notebook_of(built, built.parent)
    stray = built.parent / "99_stray.ipynb"
    assert orphans([built], [target, stray]) == [stray]
    target.unlink()
    assert "has not been built" in next(disagreements(built, built.parent))[1]


def test_the_course_itself_agrees_and_keeps_its_limits(capsys: pytest.CaptureFixture[str]) -> None:
    status = lint_notebooks.main([])
    assert status == 0, capsys.readouterr().out
