"""The listings are the library's files, line by line, and the anchors hold to one place each."""

import importlib
import inspect
import linecache
import sys
import textwrap
from pathlib import Path

import pytest

import course_lib
from course_lib.widgets.source_tour import source as source_module
from course_lib.widgets.source_tour.anchors import AnchorError, find
from course_lib.widgets.source_tour.model import Listing, load_tour, tour_names
from course_lib.widgets.source_tour.rendering import pieces
from course_lib.widgets.source_tour.source import read_source

ROOT = Path(course_lib.__file__).parents[1]

PLANTED = '''\
def planted(loss, train_loss):
    """One line.

    And two more.
    """
    for step in range(3):  # loss.backward() stands here as a comment only
        loss.backward()
        train_loss.backward()
    text = f"loss {loss:.2f}"
    return call(
        loss,
        [step],  # a line of its own
    )
'''


def listings() -> list[Listing]:
    return [listing for name in tour_names() for listing in load_tour(name).listings]


@pytest.fixture
def planted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A module of our own in the library's place, that can be rewritten."""
    file = tmp_path / "planted_source.py"

    def written(text: str):
        file.write_text(text, encoding="utf-8")
        sys.modules.pop("planted_source", None)
        importlib.invalidate_caches()
        linecache.clearcache()
        return read_source("planted_source.planted")

    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(source_module, "ROOT", tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    yield written
    sys.modules.pop("planted_source", None)


@pytest.mark.parametrize("name", ["train_one_epoch", "validate", "train_model"])
def test_there_is_a_tour_of_each_function_of_the_loop(name: str) -> None:
    first = load_tour(name).listings[0].source
    assert first.name == f"course_lib.loop.{name}" and first.file == "course_lib/loop.py"


@pytest.mark.parametrize("listing", listings(), ids=lambda shown: shown.source.name)
def test_every_line_shown_is_that_line_of_the_file(listing: Listing) -> None:
    """The oracle reads the file with open(), not with inspect."""
    lines = (ROOT / listing.source.file).read_text(encoding="utf-8").split("\n")
    shown = [row for row in listing.rows if row.line is not None]
    indents = set()
    for row in shown:
        line = lines[row.line - 1]
        assert line.endswith(row.text)
        assert not line.removesuffix(row.text).strip()
        if row.text:
            indents.add(len(line) - len(row.text))
    assert len(indents) == 1, "the same indentation is taken from every line"
    assert [row.line for row in shown] == sorted({row.line for row in shown})


@pytest.mark.parametrize("listing", listings(), ids=lambda shown: shown.source.name)
def test_folds_leave_out_as_many_lines_as_they_say(listing: Listing) -> None:
    before = None
    rows = list(listing.rows)
    folded = 0
    for place, row in enumerate(rows):
        if row.line is None:
            said = int(row.text.split()[1])
            folded += said
            after = rows[place + 1].line if place + 1 < len(rows) else None
            if before is not None and after is not None:
                assert after - before - 1 == said
        before = row.line
    whole = inspect.getsource(source_module._find(listing.source.name)).rstrip("\n").split("\n")
    if not hasattr(source_module._find(listing.source.name), "__wrapped__"):
        assert len(rows) - sum(row.line is None for row in rows) + folded == len(whole)


@pytest.mark.parametrize("listing", listings(), ids=lambda shown: shown.source.name)
def test_the_colouring_loses_no_letter(listing: Listing) -> None:
    for row in listing.rows:
        assert "".join(piece for piece, _ in pieces(row)) == row.text


def test_words_are_coloured_by_what_they_are(planted) -> None:
    kinds = {word.text: word.kind for word in planted(PLANTED).words}
    assert kinds["def"] == kinds["for"] == kinds["return"] == "keyword"
    assert kinds["planted"] == "name-defined" and kinds["3"] == "number"
    assert kinds["# a line of its own"] == "comment"
    assert kinds["loss"] == kinds["call"] == ""


def test_an_anchor_is_found_by_its_tokens(planted) -> None:
    source = planted(PLANTED)
    assert find("loss.backward()", source) == (6, 6), "not in train_loss, not in the comment"
    assert find("for step in range( 3 ):", source) == (5, 5)
    assert find("return call(loss,[step],)", source) == (9, 12)
    assert find("return call(", source) == (9, 9), "a piece may end with its brackets open"
    assert source.docstring == (1, 4)


@pytest.mark.parametrize(
    ("code", "times"), [("loss.forward()", 0), (".backward()", 2), ("train_loss", 2), ("", 0)]
)
def test_an_anchor_that_fits_no_place_or_several_is_an_error(
    planted, code: str, times: int
) -> None:
    with pytest.raises(AnchorError, match=f"stands {times} times in planted_source.planted"):
        find(code, planted(PLANTED))


def test_an_anchor_follows_its_line_and_misses_a_changed_one(planted) -> None:
    moved = PLANTED.replace("    for step", "    first = 1\n    second = 2\n    for step")
    assert find("loss.backward()", planted(PLANTED))[0] == 6
    assert find("loss.backward()", planted(moved))[0] == 8
    gone = planted(PLANTED.replace("        loss.backward()\n", "        loss.mean().backward()\n"))
    with pytest.raises(AnchorError, match="stands 0 times"):
        find("loss.backward()", gone)
    twice = planted(PLANTED.replace("    text =", "    loss.backward()\n    text ="))
    with pytest.raises(AnchorError, match="stands 2 times"):
        find("loss.backward()", twice)


def test_a_name_that_the_library_does_not_have() -> None:
    with pytest.raises(ValueError, match=r"the library has no course_lib\.loop\.train_two_epochs"):
        read_source("course_lib.loop.train_two_epochs")


def test_a_method_and_a_decorated_function_are_read_as_written() -> None:
    method = read_source("course_lib.run.Run.is_best")
    assert method.lines[0].startswith("def is_best(") and method.short_name == "Run.is_best"
    decorated = read_source("course_lib.evaluation_mode.evaluation_mode")
    assert decorated.lines[0] == "@contextmanager"
    assert decorated.file == "course_lib/evaluation_mode.py"


def test_the_listing_is_what_runs() -> None:
    """Compiled again, the listing uses the names and constants of the code that runs."""
    for name in ("train_one_epoch", "validate"):
        source = read_source(f"course_lib.loop.{name}")
        names = dict(vars(importlib.import_module("course_lib.loop")))
        exec(textwrap.dedent("\n".join(source.lines)), names)
        shown, running = names[name].__code__, getattr(course_lib, name).__code__
        for part in ("co_names", "co_varnames", "co_consts", "co_argcount"):
            assert getattr(shown, part) == getattr(running, part)
