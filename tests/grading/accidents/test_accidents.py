"""What happens to notebooks on their way: a right grade, or one clear sentence."""

import copy
import json
import os
import tracemalloc

import pytest
from toy import exercise as toy

from course_lib.grading.batch import grade_all
from course_lib.grading.results import STATUSES, ResultsFolder
from course_lib.grading.submissions import (
    UnreadableError,
    find_submissions,
    read_answer,
    read_bytes,
)

# Reading is the same without bubblewrap.
once = pytest.mark.parametrize("isolation", ["bubblewrap"], indirect=True)

WRONG = "def double_all(numbers, offset):\n    return numbers\n"


def changed(**changes):
    return {**toy.notebook(), **changes}


def with_cells(change):
    book = toy.notebook()
    book["cells"] = change(copy.deepcopy(book["cells"]))
    return book


def without_marks(cells):
    """As Colab saves it: ids in the metadata, tags and nbgrader's marks gone."""
    return [{**cell, "metadata": {"id": f"x{i}Qz"}} for i, cell in enumerate(cells)]


def as_vs_code(cells):
    """As VS Code saves it: a language in the metadata, ids of its own, sources in lines."""
    return [
        {
            **cell,
            "id": f"{i:08x}",
            "metadata": {"vscode": {"languageId": "python"}},
            "source": cell["source"].splitlines(keepends=True),
        }
        for i, cell in enumerate(cells)
    ]


def version_3():
    cells = [
        {"cell_type": "code", "language": "python", "collapsed": False, "outputs": []}
        | {"input": cell["source"], "metadata": cell["metadata"]}
        for cell in toy.notebook()["cells"]
        if cell["cell_type"] == "code"
    ]
    return {"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": [{"cells": cells}]}


def windows_line_ends():
    return json.dumps(with_cells(_carriage_returns), indent=1).replace("\n", "\r\n").encode()


def _carriage_returns(cells):
    return [{**cell, "source": cell["source"].replace("\n", "\r\n")} for cell in cells]


MAGICS = f"""%matplotlib inline
!pip install torch==0.1 --quiet
%load_ext autoreload
import os
import tracemalloc
files = !ls
{toy.RIGHT}
double_all?
%time double_all([1.0], 2)
"""

RIGHT_ANYWAY = {
    "nothing": toy.notebook(),
    "version_3": version_3(),
    "version_99": changed(nbformat=99, nbformat_minor=7),
    "no_version": {"cells": toy.notebook()["cells"]},
    "strange_kernel": changed(metadata={"kernelspec": {"name": "ruby"}, "language_info": 7}),
    "duplicated_check": with_cells(lambda cells: [*cells, cells[3], cells[3]]),
    "deleted_check": with_cells(lambda cells: cells[:3]),
    "reordered": with_cells(lambda cells: cells[::-1]),
    "edited_check": with_cells(
        lambda cells: [*cells[:3], {**cells[3], "source": "assert False\nimport os; os._exit(3)"}]
    ),
    "deleted_setup": with_cells(lambda cells: cells[2:]),
    "colab": with_cells(without_marks),
    "vs_code": with_cells(as_vs_code),
    "no_metadata": with_cells(lambda cells: [{**c, "metadata": None} for c in cells]),
    "stub_kept_below": with_cells(lambda c: [*c, {**c[2], "source": toy.STUB}]),
    "written_into_a_new_cell": with_cells(
        lambda c: [c[0], c[1], {**c[2], "source": toy.STUB}, toy.cell(toy.RIGHT), c[3]]
    ),
    "answer_twice": with_cells(lambda c: [*c[:3], c[2], c[3]]),
    "magics": toy.notebook(MAGICS),
    "cell_magic": toy.notebook("%%time\n" + toy.RIGHT),
    "await": toy.notebook("import asyncio\nawait asyncio.sleep(0)\n" + toy.RIGHT),
    "calls_the_check": toy.notebook(toy.RIGHT + "check('toy', double_all)\ndisplay(3)\n"),
    "imports_the_check": toy.notebook(
        "from course_lib.grading.check import check, hint\n" + toy.RIGHT + "check('toy', 1)\n"
    ),
    "uses_the_setup": toy.notebook(toy.RIGHT + "assert LIMIT == 3 and math.pi and js\n"),
    "prints_a_lot": toy.notebook(toy.RIGHT + "print('x' * 10**6)\n"),
    "writes_to_stderr": toy.notebook(toy.RIGHT + "import sys; print('warning', file=sys.stderr)\n"),
    "only_when_main": toy.notebook(toy.RIGHT + "if __name__ != '__main__':\n    1 / 0\n"),
    "windows": windows_line_ends(),
    "byte_order_mark": b"\xef\xbb\xbf" + json.dumps(toy.notebook()).encode(),
    "utf_16": json.dumps(toy.notebook()).encode("utf-16"),
    "utf_16_without_mark": json.dumps(toy.notebook()).encode("utf-16-le"),
    "utf_16_of_another_order": json.dumps(toy.notebook()).encode("utf-16-be"),
    "odd_cells": with_cells(lambda cells: [None, 3, "x", {"cell_type": "code"}, *cells, []]),
}

UNREADABLE = {
    "truncated": (json.dumps(toy.notebook()).encode()[:400], "ends too early"),
    "empty": (b"", "empty"),
    "blank": (b" \n ", "empty"),
    "binary": (bytes(range(256)) * 50, "not even text"),
    "a_picture": (b"\x89PNG\r\n\x1a\n" + bytes(200), "not even text"),
    "not_json": (b"print('hello')", "not JSON"),
    "a_list": (b"[1, 2]", "not a notebook"),
    "deep": (b"[" * 200_000, "not JSON"),
    "huge_int": (b'{"nbformat": ' + b"9" * 100_000 + b"}", "not JSON"),
    "no_cells": (b'{"nbformat": 4, "cells": []}', "no code cells"),
    "another_course": (
        json.dumps(changed(cells=[toy.cell("x = 1")])).encode(),
        "belongs to an exercise",
    ),
}


@once
@pytest.mark.parametrize("name", RIGHT_ANYWAY)
def test_a_damaged_notebook_with_a_right_answer_gets_its_points(name, grade):
    content = RIGHT_ANYWAY[name]
    row = grade(content)
    assert (row.status, row.score) == ("graded", toy.FULL), row


@once
@pytest.mark.parametrize("name", UNREADABLE)
def test_what_is_no_notebook_gets_one_clear_sentence(name, grade):
    content, says = UNREADABLE[name]
    row = grade(content)
    assert (row.status, row.score, row.exercise) == ("unreadable", 0, "")
    (check,) = row.checks
    assert says in check.message
    assert "\n" not in check.message


@once
@pytest.mark.parametrize(
    ("answer", "status", "says"),
    [
        (toy.STUB, "unsolved", "Not solved yet"),
        ("", "unsolved", "`double_all`"),
        ("# nothing yet", "unsolved", "`double_all`"),
        ("raise NotImplementedError('yours')", "unsolved", "NotImplementedError"),
        ("def double_all(numbers)\n    return 1", "error", "SyntaxError: expected ':' (line 1)"),
        ("import no_such_module_at_all", "error", "ModuleNotFoundError"),
        ("x = 1 / 0\n" + toy.RIGHT, "error", "ZeroDivisionError: division by zero"),
        (WRONG, "graded", "not twice the numbers"),
        ("double_all = 3", "graded", "not callable"),
    ],
    ids=["stub", "empty", "comment", "not_implemented", "syntax", "import", "zero", "wrong", "int"],
)  # fmt: skip
def test_what_the_answer_is_shows_in_the_status(answer, status, says, grade):
    row = grade(answer)
    assert (row.status, row.score) == (status, 0), row
    assert says in row.checks[0].message


def test_the_mistake_in_a_cell_is_shown_with_its_own_line(grade):
    row = grade("def helper():\n    return [][3]\n\nhelper()\n")
    assert row.checks[0].message.splitlines() == [
        "The answer cell raised IndexError: list index out of range",
        "line 4, in <module>: helper()",
        "line 2, in helper: return [][3]",
    ]


@once
def test_a_deleted_answer_cell_is_unsolved(grade):
    row = grade(with_cells(lambda cells: [cells[0], cells[1], cells[3]]))
    assert (row.status, row.score, row.max_score) == ("unsolved", 0, toy.FULL)


@once
def test_a_check_cell_of_theirs_never_runs(grade):
    book = with_cells(lambda c: [*c, toy.cell("raise SystemExit"), toy.cell("1 / 0")])
    assert grade(book).score == toy.FULL


def folder_of_accidents(tmp_path):
    toy.write(tmp_path / "class" / "Zoë Müller, Übung 1 (final).ipynb", toy.RIGHT)
    toy.write(tmp_path / "class" / "b ünïcode dir" / "名前 1.ipynb", toy.RIGHT)
    toy.write(tmp_path / "class" / "UPPER.IPYNB", WRONG)
    toy.write(tmp_path / "class" / "copy.ipynb.txt", toy.RIGHT)
    toy.write(tmp_path / "class" / "no_ending", toy.RIGHT)
    toy.write(tmp_path / "class" / "feedback.pdf", b"%PDF-1.4")
    toy.write(tmp_path / "class" / ".ipynb_checkpoints" / "x-checkpoint.ipynb", toy.RIGHT)
    toy.write(tmp_path / "class" / "cut.ipynb", b'{"cells": [')
    os.mkfifo(tmp_path / "class" / "pipe.ipynb")
    os.mkdir(tmp_path / "class" / "folder.ipynb")
    os.symlink("nowhere", tmp_path / "class" / "link.ipynb")
    return tmp_path / "class"


@once
def test_each_file_of_a_folder_has_one_row_in_order(tmp_path, isolation, setting):
    folder = folder_of_accidents(tmp_path)
    paths = find_submissions([folder / "cut.ipynb", folder, tmp_path / "missing.ipynb", folder])
    rows = grade_all(paths, setting, ResultsFolder(None))
    assert [row.submission for row in rows] == list(map(str, paths))
    assert [(os.path.basename(row.submission), row.status, row.score) for row in rows] == [
        ("cut.ipynb", "unreadable", 0),
        ("UPPER.IPYNB", "graded", 0),
        ("Zoë Müller, Übung 1 (final).ipynb", "graded", 5),
        ("名前 1.ipynb", "graded", 5),
        ("copy.ipynb.txt", "graded", 5),
        ("folder.ipynb", "unreadable", 0),
        ("link.ipynb", "unreadable", 0),
        ("no_ending", "graded", 5),
        ("pipe.ipynb", "unreadable", 0),
        ("missing.ipynb", "unreadable", 0),
    ]
    assert {row.status for row in rows} <= set(STATUSES)
    assert {row.isolation for row in rows} == {isolation}


def test_a_link_is_not_followed_to_the_work_of_others(tmp_path):
    """Archives keep links: one may lead to the solution, or to whoever is good at this."""
    theirs = toy.write(tmp_path / "class" / "ada" / "one.ipynb", toy.RIGHT)
    solutions = toy.write(tmp_path / "solutions" / "one.ipynb", toy.RIGHT).parent
    folder = tmp_path / "class" / "eve"
    folder.mkdir()
    (folder / "a.ipynb").symlink_to(solutions / "one.ipynb")
    (folder / "b.ipynb").symlink_to("../ada/one.ipynb")
    (folder / "c.ipynb").symlink_to(solutions)
    (folder / "d").symlink_to(solutions / "one.ipynb")
    (folder / "e").symlink_to(solutions)
    paths = find_submissions([tmp_path / "class"])
    assert paths == [theirs, *(folder / f"{name}.ipynb" for name in "abc")]
    for path in paths[1:]:
        with pytest.raises(UnreadableError, match="This is a link"):
            read_bytes(path)


def test_what_cannot_be_looked_into_has_its_sentence(tmp_path, monkeypatch):
    """Root may look into everything, so here it is told that it may not."""
    closed = tmp_path / "class" / "closed"
    toy.write(closed / "one.ipynb", toy.RIGHT)
    file = toy.write(tmp_path / "class" / "two.ipynb", toy.RIGHT)
    scandir, opened = os.scandir, os.open

    def refuse(path, name):
        raise PermissionError(13, "Permission denied", name)

    def refusing_scandir(path):
        return refuse(path, str(path)) if str(path) == str(closed) else scandir(path)

    def refusing_open(path, *more, **named):
        return refuse(path, str(path)) if path in (closed, file) else opened(path, *more, **named)

    monkeypatch.setattr(os, "scandir", refusing_scandir)
    monkeypatch.setattr(os, "open", refusing_open)
    paths = find_submissions([tmp_path / "class"])
    assert paths == [closed, file]
    for path in paths:
        with pytest.raises(UnreadableError, match="cannot be read: Permission denied"):
            read_bytes(path)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b'{"cells": [' + b"{}," * 5_000_001 + b"{}]}", "more parts than any notebook"),
        (json.dumps(toy.notebook(toy.RIGHT + "#" * 500_001)).encode(), "longer than 500,000"),
        (toy.RIGHT.encode(), "not JSON"),
        (b'{"cells": [{"cell_type": "code",}]}', "not JSON"),
    ],
    ids=["a_bomb", "a_long_answer", "a_py_file", "trailing_comma"],
)
def test_what_cannot_be_a_submission_is_said_before_it_costs_anything(content, says):
    with pytest.raises(UnreadableError, match=says):
        read_answer(content, toy.handouts())


def test_a_cell_of_many_words_is_not_split_to_be_compared():
    """It may hold 50 million words, at sixty bytes each."""
    words = toy.notebook("xy " * 2_000_000)
    tracemalloc.start()
    try:
        with pytest.raises(UnreadableError):
            read_answer(json.dumps(words).encode(), toy.handouts())
        assert tracemalloc.get_traced_memory()[1] < 60 * 2**20
    finally:
        tracemalloc.stop()


def test_outputs_may_be_large():
    """Fifty megabytes of pictures, and an interactive one made of numbers."""
    book = toy.notebook()
    book["cells"][1]["outputs"] = [
        {"output_type": "display_data", "data": {"image/png": "A" * 50_000_000}},
        {"output_type": "display_data", "data": {"plot": {"x": [0.123456789] * 300_000}}},
    ]
    (answer,) = read_answer(json.dumps(book).encode(), toy.handouts()).cells
    assert answer == toy.RIGHT
