"""Every rule of notebook style, shown a notebook that breaks it and nothing else."""

import base64
import copy
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from tools.lint_notebooks import main, problems_of
from tools.notebooks.exercise_rules import EXERCISE_RULES, SOLUTION_RULES
from tools.notebooks.normalise import WIDGET_VIEW
from tools.notebooks.reading import count_words, reading_of
from tools.notebooks.rules import RULES
from tools.notebooks.setup_cell import setup_cell_source

OPENING = """\
# A small lesson

Adds two numbers.

**2 minutes**

**Before you start**: counting.

**You will**

- *compute* a sum
- *predict* it first"""
PICTURE = base64.b64encode(b"not really a picture").decode()


def picture(alt: str = "A line that rises.") -> NotebookNode:
    return new_output(
        "display_data",
        data={"image/png": PICTURE, "text/plain": alt},
        metadata={"image/png": {"alt": alt}} if alt else {},
    )


@pytest.fixture
def lesson() -> NotebookNode:
    """A notebook that keeps every rule."""
    ready = new_output("stream", name="stdout", text="Ready\n")
    said = new_output("stream", name="stdout", text="5\n")
    exempt = {"tags": ["nbval-ignore-output"], "nbval-reason": "names the machine"}
    cells = [
        new_markdown_cell(OPENING, id="title"),
        new_code_cell(
            setup_cell_source(), id="setup", outputs=[ready], execution_count=1, metadata=exempt
        ),
        new_code_cell("print(2 + 3)", id="sum", outputs=[said], execution_count=2),
        new_code_cell("notebook.show(f, alt=a)", id="line", outputs=[picture()], execution_count=3),
        new_markdown_cell("## Quick check\n**Predict**: is it 5?", id="quick-check"),
        new_markdown_cell("## Recap\nSums are numbers.", id="recap"),
    ]
    return new_notebook(cells=cells)


def cell(notebook: NotebookNode, cell_id: str) -> NotebookNode:
    return next(cell for cell in notebook.cells if cell.get("id") == cell_id)


def found(notebook: NotebookNode) -> list[tuple[str, str, str]]:
    return list(problems_of(notebook))


def test_a_good_notebook_has_no_problem(lesson: NotebookNode) -> None:
    nbformat.validate(lesson)
    assert found(lesson) == []


def set_source(cell_id: str, source: str) -> Callable[[NotebookNode], None]:
    return lambda notebook: cell(notebook, cell_id).update(source=source)


def in_opening(old: str, new: str) -> Callable[[NotebookNode], None]:
    assert old in OPENING
    return set_source("title", OPENING.replace(old, new))


def set_outputs(cell_id: str, *outputs: NotebookNode) -> Callable[[NotebookNode], None]:
    return lambda notebook: cell(notebook, cell_id).update(outputs=list(outputs))


def set_metadata(cell_id: str, **metadata: object) -> Callable[[NotebookNode], None]:
    return lambda notebook: cell(notebook, cell_id).metadata.update(metadata)


def set_id(cell_id: str, new: str) -> Callable[[NotebookNode], None]:
    return lambda notebook: cell(notebook, cell_id).update(id=new)


def remove(cell_id: str) -> Callable[[NotebookNode], None]:
    return lambda notebook: notebook.cells.remove(cell(notebook, cell_id))


def seven_lines_everywhere(notebook: NotebookNode) -> None:
    for cell_id in ("sum", "line"):
        set_source(cell_id, "x = 1\n" * 7)(notebook)
    in_opening("**2 minutes**", "**3 minutes**")(notebook)


def seven_lines_of_which_five_are_empty(notebook: NotebookNode) -> None:
    for cell_id in ("sum", "line"):
        set_source(cell_id, "x = 1" + "\n" * 6 + "x = 1")(notebook)


def thirty_lines(notebook: NotebookNode) -> None:
    set_source("sum", "x = 1\n" * 26)(notebook)
    for number in (4, 5):
        notebook.cells.insert(4, new_code_cell("x", id=f"more-{number}"))
    for count, code in enumerate((c for c in notebook.cells if c.cell_type == "code"), start=1):
        code.execution_count = count
    in_opening("**2 minutes**", "**3 minutes**")(notebook)


def two_setups(notebook: NotebookNode) -> None:
    setup = copy.deepcopy(cell(notebook, "setup"))
    setup.id = "setup-again"
    notebook.cells.insert(2, setup)
    for count, code in enumerate((c for c in notebook.cells if c.cell_type == "code"), start=1):
        code.execution_count = count


def big(notebook: NotebookNode) -> None:
    large = new_output("stream", name="stdout", text="5" * 1_000_001)
    set_outputs("sum", large)(notebook)


def error(name: str = "ValueError") -> NotebookNode:
    return new_output("error", ename=name, evalue="no", traceback=[])


PLANTED: list[tuple[str, Callable[[NotebookNode], None], str]] = [
    ("cell-ids", set_id("sum", "1f2e3d4c"), "no id written by hand"),
    ("cell-ids", set_id("sum", "abcdef12"), "no id written by hand"),
    ("cell-ids", set_id("sum", "line"), "two cells have this id"),
    ("opening", in_opening("# A small", "A small"), "begin with a title"),
    ("opening", in_opening("**2 minutes**", "*quick*"), "how long it takes"),
    ("opening", in_opening("**Before you start**", "Before"), "what to know first"),
    ("opening", in_opening("- *predict* it first", ""), "list of at least two objectives"),
    ("opening", in_opening("**You will**", "We do this:"), "list of at least two objectives"),
    ("minutes", in_opening("2 minutes", "20 minutes"), "the opening says 20 minutes"),
    ("one-setup-cell", two_setups, "found 2"),
    ("one-setup-cell", set_source("setup", "x = 1"), "found 0"),
    (
        "one-setup-cell",
        set_source("setup", setup_cell_source().replace("seed=0", "seed=7")),
        "differs from the one",
    ),
    ("one-setup-cell", set_id("setup", "start"), "have the id setup"),
    ("code-length", thirty_lines, "26 lines of code; 25 is the limit"),
    ("code-length", seven_lines_everywhere, "median code cell has 7 lines"),
    ("code-length", seven_lines_of_which_five_are_empty, "median code cell has 7 lines"),
    ("code-length", set_source("sum", "x = 1\n" * 7), "7 lines"),  # the setup's 8 lines count, too
    ("prose-length", set_source("quick-check", "## Quick check\n" + "word " * 118), "121 words"),
    ("prose-length", set_source("quick-check", "## Quick check\n" + "– 1\n" * 59), "121 words"),
    ("plain-words", set_source("recap", "## Recap\nIt is just a sum."), "“just”"),
    ("plain-words", set_source("recap", "## Recap\nObviously a sum."), "“Obviously”"),
    ("plain-words", set_source("recap", "## Recap\nWe simply add."), "“simply”"),
    ("no-emoji", set_source("recap", "## Recap\nWell done \U0001f389"), "U+1F389"),
    ("no-emoji", set_source("sum", "print('\u2705')"), "U+2705"),
    ("pictures-have-alt-text", set_source("recap", "## Recap\n![](a.png)"), "without alt text"),
    ("pictures-have-alt-text", set_source("recap", "## Recap\n<img src='a'>"), "without alt text"),
    (
        "quick-check",
        set_source("quick-check", "## Some questions\n**Predict** them"),
        "Quick check",
    ),
    ("recap", remove("recap"), "Recap"),
    ("recap", set_source("recap", "## Recap\n" + "- line\n" * 8), "the recap has 8 lines"),
    ("exemptions-have-reasons", set_metadata("sum", tags=["nbval-skip"]), "without nbval-reason"),
    ("file-size", big, "1 MB is the limit"),
    ("every-cell-has-run", set_outputs("sum"), "its output is not stored"),
    (
        "every-cell-has-run",
        lambda notebook: cell(notebook, "line").update(execution_count=9),
        "execution count 9 where 3 belongs",
    ),
    ("no-errors", set_outputs("sum", error()), "a stored error: ValueError"),
    (
        "no-stderr",
        set_outputs("sum", new_output("stream", name="stderr", text="look out")),
        "look out",
    ),
    (
        "no-addresses",
        set_outputs("sum", new_output("execute_result", data={"text/plain": "<Hook at 0x7f9>"})),
        "an address in memory (at 0x7f9)",
    ),
    (
        "no-addresses",
        set_outputs("sum", new_output("stream", name="stdout", text="<Hook at 0x7f9>\n")),
        "an address in memory",
    ),
    (
        "no-widget-state",
        set_outputs("sum", new_output("display_data", data={WIDGET_VIEW: {"model_id": "x"}})),
        "a stored widget view",
    ),
    (
        "no-widget-state",
        lambda notebook: notebook.metadata.update(widgets={"state": {}}),
        "metadata holds widgets",
    ),
    ("outputs-have-alt-text", set_outputs("line", picture(alt="")), "without alt text"),
    ("outputs-have-alt-text", set_outputs("line", picture(alt="Figure 1")), "without alt text"),
    (
        "interactive-cells-have-pictures",
        set_metadata("sum", tags=["interactive"]),
        "no static picture",
    ),
]


@pytest.mark.parametrize(("rule", "plant", "sentence"), PLANTED)
def test_a_planted_fault_is_found_by_its_own_rule_alone(
    lesson: NotebookNode, rule: str, plant: Callable[[NotebookNode], None], sentence: str
) -> None:
    if rule == "interactive-cells-have-pictures":  # a widget takes two minutes more
        in_opening("2 minutes", "4 minutes")(lesson)
    plant(lesson)
    problems = found(lesson)
    assert {name for name, _, _ in problems} == {rule}, problems
    assert any(sentence in said for _, _, said in problems), problems


def test_every_rule_has_a_planted_fault() -> None:
    assert {rule for rule, _, _ in PLANTED} == set(RULES)


def test_120_words_and_a_median_of_6_lines_are_allowed(lesson: NotebookNode) -> None:
    set_source("quick-check", "## Quick check\n" + "– 1\n" * 58 + "–")(lesson)
    set_source("sum", "x = 1\n" * 6)(lesson)
    assert found(lesson) == []


@pytest.mark.parametrize("rule", ["code-length", "prose-length"])
def test_exercises_and_solutions_are_counted_in_the_same_way(rule: str) -> None:
    assert EXERCISE_RULES[rule] is SOLUTION_RULES[rule] is RULES[rule]


def test_words_in_code_spans_and_an_expected_error_are_left_alone(lesson: NotebookNode) -> None:
    set_source("recap", "## Recap\nThe name `just` is code, ![a line](a.png) has alt text.")(lesson)
    set_outputs("sum", error())(lesson)
    set_metadata("sum", tags=["raises-exception"], **{"nbval-reason": "frames"})(lesson)
    assert found(lesson) == []


def test_words_are_counted_as_a_reader_would() -> None:
    assert count_words("## Two words") == 2
    assert count_words("- a [link text](https://example.org/very/long) – and $x_1 + x_2$.") == 5
    assert count_words("| MSE | mean |\n| --- | --- |") == 2


def test_minutes_add_up(lesson: NotebookNode) -> None:
    lesson.cells[4].source = "**Predict**: " + "word " * 179
    lesson.cells[2].source = "x = 1\n" * 11
    lesson.cells[3].metadata["tags"] = ["interactive"]
    reading = reading_of(lesson)
    assert (reading.code_lines, reading.predictions, reading.widgets) == (12, 1, 1)
    by_hand = reading.words / 180 + 12 / 12 + 0.5 + 2 + 1
    assert reading.minutes == pytest.approx(by_hand)
    assert reading.words == 180 + count_words(OPENING) + 4  # the recap's title and sentence


def test_the_linter_prints_file_cell_rule_and_fails(
    lesson: NotebookNode, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    nbformat.write(lesson, tmp_path / "good.ipynb")
    assert main([str(tmp_path / "good.ipynb")]) == 0
    assert capsys.readouterr().out == "1 notebooks, 0 problems\n"
    set_source("recap", "## Recap\nIt is just a sum.")(lesson)
    nbformat.write(lesson, tmp_path / "bad.ipynb")
    assert main([str(tmp_path / "bad.ipynb")]) == 1
    said = capsys.readouterr().out
    assert said.startswith("bad.ipynb › recap: the word “just”")
    assert "[plain-words]\n1 notebooks, 1 problems" in said
