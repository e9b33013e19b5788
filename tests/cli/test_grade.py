"""`course grade` from the outside: what it writes, prints and refuses."""

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from course_lib.cli import grade_command, main
from course_lib.grading import report
from course_lib.grading.exercise import CheckResult
from course_lib.grading.results import Row

ROOT = Path(__file__).resolve().parents[2]
ANSWERS = ROOT / "tests" / "grading" / "checks" / "answers" / "early_stopping"
KEYS = {"submission", "exercise", "status", "score", "max_score", "isolation", "checks"}

pytestmark = pytest.mark.skipif(os.name != "posix", reason="course grade needs Linux or macOS")


def notebook(source):
    cells = [{"cell_type": "code", "metadata": {}, "source": source, "outputs": []}]
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells})


@pytest.fixture
def a_class(tmp_path):
    folder = tmp_path / "a class"
    folder.mkdir()
    right = (ANSWERS / "right" / "textbook.py").read_text(encoding="utf-8")
    wrong = (ANSWERS / "wrong" / "state_aliased.py").read_text(encoding="utf-8")
    for name, content in (
        ("a Ångström.ipynb", notebook(right)),
        ("b.ipynb", notebook(wrong)),
        (
            "c.ipynb",
            notebook("def train_with_early_stopping(*a):\n    raise NotImplementedError\n"),
        ),
        ("d.ipynb", "{"),
    ):
        (folder / name).write_text(content, encoding="utf-8")
    return folder


def course(*arguments, **environment):
    return subprocess.run(
        [sys.executable, "-m", "course_lib", "grade", *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1", **environment},
    )


@pytest.mark.slow
@pytest.mark.parametrize("path", [os.environ["PATH"], ""], ids=["bubblewrap", "process"])
def test_a_class_is_graded(a_class, tmp_path, path):
    out, table, results = tmp_path / "out.json", tmp_path / "out.csv", tmp_path / "results"
    said = course(
        *("--jobs", 1, "--json", out, "--csv", table, "--results", results, a_class), PATH=path
    )
    assert said.returncode == 0, said.stderr
    rows = json.loads(out.read_text(encoding="utf-8"))
    assert all(set(row) == KEYS for row in rows)
    assert [row["status"] for row in rows] == ["graded", "graded", "unsolved", "unreadable"]
    assert [(row["score"], row["max_score"]) for row in rows] == [
        (10, 10),
        (9, 10),
        (0, 10),
        (0, 0),
    ]
    assert [row["submission"] for row in rows] == [
        str(a_class / name) for name in ("a Ångström.ipynb", "b.ipynb", "c.ipynb", "d.ipynb")
    ]
    assert all(set(check) == {"name", "passed", "points", "message"} for check in rows[1]["checks"])
    (lost,) = (check for check in rows[1]["checks"] if not check["passed"])
    assert lost["name"] == "best_parameters"
    if not path:
        assert {row["isolation"] for row in rows} == {"process"}
    with open(table, encoding="utf-8", newline="") as lines:
        graded = list(csv.DictReader(lines))
    assert [(row["status"], row["score"]) for row in graded] == [
        ("graded", "10"),
        ("graded", "9"),
        ("unsolved", "0"),
        ("unreadable", "0"),
    ]
    assert "4 submissions: 2 graded, 1 unsolved, 1 unreadable." in said.stdout
    assert "state_aliased" in said.stdout
    assert "Traceback" not in said.stdout + said.stderr

    before = out.read_text(encoding="utf-8")
    parts = [tmp_path / f"part{number}.json" for number in (1, 2)]
    for number, part in enumerate(parts, 1):
        said = course(
            *("--shard", f"{number}/2", "--json", part, "--results", results, a_class), PATH=path
        )
        assert said.returncode == 0, said.stderr
    first, second = (json.loads(part.read_text(encoding="utf-8")) for part in parts)
    assert [*first, *second] == [*json.loads(before)[::2], *json.loads(before)[1::2]]


@pytest.mark.parametrize(
    "arguments",
    [
        ["--shard", "0/2"],
        ["--shard", "3/2"],
        ["--shard", "2"],
        ["--jobs", "0"],
        ["--jobs", "x"],
        ["--cpu-seconds", "0"],
        ["--cpu-seconds", "nan"],
    ],
)
def test_what_makes_no_sense_is_refused(arguments, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["grade", *arguments, "x.ipynb"])
    assert stopped.value.code == 2
    assert arguments[1] in capsys.readouterr().err


def test_an_empty_folder_has_no_rows(tmp_path, capsys):
    out = tmp_path / "out.json"
    assert main(["grade", str(tmp_path), "--json", str(out)]) == 0
    assert json.loads(out.read_text()) == []
    assert "0 submissions: none." in capsys.readouterr().out


def test_a_file_that_cannot_be_written_is_said(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert main(["grade", str(tmp_path / "none"), "--json", str(tmp_path / "file" / "x")]) == 2
    assert "file" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("option", "says"),
    [
        ("--json", "--json {0} is a folder. Name a file in it."),
        ("--csv", "--csv {0} is a folder. Name a file in it."),
        ("--results", "--results {0}/file is a file. Name a folder; it is made if need be."),
    ],
)
def test_what_cannot_be_written_is_said_before_anything_is_graded(
    option, says, tmp_path, capsys, monkeypatch
):
    monkeypatch.setattr(grade_command, "_grade", lambda *_: pytest.fail("it was graded first"))
    (tmp_path / "file").write_text("")
    place = tmp_path / "file" if option == "--results" else tmp_path
    assert main(["grade", str(tmp_path), option, str(place)]) == 2
    assert capsys.readouterr().err == says.format(tmp_path) + "\n"


def test_a_name_that_no_file_can_have_is_a_row_of_its_own(tmp_path, capsys):
    assert main(["grade", "x" * 5000, "--json", str(tmp_path / "out.json")]) == 0
    (row,) = json.loads((tmp_path / "out.json").read_text())
    assert (row["status"], row["score"]) == ("unreadable", 0)
    assert row["checks"][0]["message"] == "The file cannot be read: File name too long."


def rows_of(*names, message="", misconception=""):
    check = CheckResult("one", False, 0, 1, message, misconception)
    return [Row(name, "01_early_stopping", "graded", "process", (check,)) for name in names]


def test_no_name_or_message_steers_a_spreadsheet_or_a_terminal():
    hostile = rows_of("=cmd|' /C calc'!A0", "+1", "-1", "@x", message='=HYPERLINK("x")\x1b[2J\x00')
    hostile += rows_of("\n=1", "\t=1", "\uff1dcmd", "\uff20x", message='-1\n=1,"2"\n')
    hostile += rows_of("a\x1b]0;x\x07b\r\u202e", "\udcff\ud800", misconception="x")
    for cell in (
        c for line in csv.reader(io.StringIO(report.as_csv(hostile), newline="")) for c in line
    ):
        assert not cell.startswith(("=", "+", "-", "@", "\t", "\n", "\uff1d", "\uff20"))
    for text in (report.as_table(hostile), report.summary(hostile), report.as_csv(hostile)):
        text.encode("utf-8")
        assert not set(text) & set("\x1b\x00\x07\r\u202e")
    assert json.loads(report.as_json(hostile))[0]["submission"] == "=cmd|' /C calc'!A0"


def test_misconceptions_are_counted_once_a_submission_and_the_commonest_comes_first():
    twice = (
        CheckResult("a", False, 0, 1, "Off by one.", "off"),
        CheckResult("b", False, 0, 1, "Off by one, too.", "off"),
    )
    rows = [Row(name, "x", "graded", "process", twice) for name in "ab"]
    rows += [Row("c", "x", "graded", "process", (CheckResult("a", False, 0, 1, "Al.", "alias"),))]
    rows += [Row("d", "x", "timeout", "process", (CheckResult("a", False, 0, 1, "t", "timeout"),))]
    lines = report.summary(rows).splitlines()
    assert lines[0] == "4 submissions: 3 graded, 1 timeout."
    assert [line.split() for line in lines if line[:5].strip().isdecimal()] == [
        ["2", "off"],
        ["1", "alias"],
    ]
