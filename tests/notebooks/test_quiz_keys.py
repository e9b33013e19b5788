"""The key of every question of every quiz is held by a test.

A test that computes or asserts the right choice carries ``@pytest.mark.quiz_key(name, question)``,
the question counted from 0. The markers are read from the files, so that no test need run here.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from course_lib.widgets.quick_check.model import load_quiz, quiz_names

TESTS = Path(__file__).resolve().parents[1]
Key = tuple[str, int]


def markers(source: str) -> Iterator[tuple[Key, str, bool]]:
    """For each marker in a test file: the key, the function, and whether it tests that key.

    It does if it is a test with an assertion that looks at the quiz: through ``load_quiz``, or
    through a function or fixture of the same file that does.
    """
    functions = [n for n in ast.walk(ast.parse(source)) if isinstance(n, ast.FunctionDef)]
    lookers = {"load_quiz"} | {f.name for f in functions if "load_quiz" in names_in(f)}
    lookers |= {
        f.name for f in functions if not f.name.startswith("test") and lookers & names_in(f)
    }
    for function in functions:
        for mark in function.decorator_list:
            if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.quiz_key":
                name, question = (ast.literal_eval(argument) for argument in mark.args)
                asserts = any(isinstance(node, ast.Assert) for node in ast.walk(function))
                sound = function.name.startswith("test") and asserts
                yield (name, question), function.name, sound and bool(lookers & names_in(function))


def names_in(function: ast.FunctionDef) -> set[str]:
    """Every name that a function uses, its arguments (fixtures) too."""
    used = {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}
    return used | {node.arg for node in ast.walk(function) if isinstance(node, ast.arg)}


def all_markers() -> list[tuple[Key, str, bool]]:
    files = sorted(TESTS.rglob("test_*.py"))
    return [m for file in files for m in markers(file.read_text(encoding="utf-8"))]


@pytest.mark.parametrize("name", quiz_names())
def test_every_key_is_held(name: str) -> None:
    held = {key for key, _, sound in all_markers() if sound}
    owed = {(name, question) for question in range(len(load_quiz(name).questions))}
    assert sorted(owed - held) == []


def test_every_marker_names_a_question_and_tests_it() -> None:
    there = {(n, q) for n in quiz_names() for q in range(len(load_quiz(n).questions))}
    assert [(key, test) for key, test, _ in all_markers() if key not in there] == []
    assert [(key, test) for key, test, sound in all_markers() if not sound] == []


@pytest.mark.parametrize(
    ("body", "sound"),
    [
        ("def test_x():\n    assert load_quiz('a')", True),
        ("def test_x():\n    assert right(0) == '3'", True),
        ("def test_x(asked):\n    assert asked", True),
        ("def test_x():\n    right(0)", False),
        ("def test_x():\n    assert 1 + 1 == 2", False),
        ("def check_x():\n    assert right(0) == '3'", False),
    ],
)
def test_a_marker_that_holds_nothing_is_found(body: str, sound: bool) -> None:
    source = (
        "def right(question):\n    return load_quiz('a').questions[question]\n"
        "@pytest.fixture\ndef asked():\n    return load_quiz('a')\n"
        f"@pytest.mark.quiz_key('a', 0)\n{body}\n"
    )
    assert [(key, found) for key, _, found in markers(source)] == [(("a", 0), sound)]
