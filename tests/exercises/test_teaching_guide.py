"""The table of mistakes in docs/teaching.md is complete; that it says what the checks say is asked
where the answers are judged."""

import pytest

from course_lib.grading.checks.registry import FILES, all_exercises
from tools.mistake_table import BEGIN, END, GUIDE, tables_in, write_into, written_answers


@pytest.mark.parametrize("name", FILES)
def test_the_table_has_a_row_for_each_wrong_answer(name: str) -> None:
    rows = tables_in(GUIDE.read_text(encoding="utf-8"))[name].splitlines()[4:]
    assert len(rows) == sum(not answer.is_right for answer in written_answers(name))
    assert all(row.count("| ") == 3 for row in rows)


def test_the_points_in_the_guide_are_those_of_the_checks() -> None:
    guide = GUIDE.read_text(encoding="utf-8")
    for exercise in all_exercises():
        (row,) = (
            line
            for line in guide.splitlines()
            if f"exercises/{exercise.file}.ipynb)" in line and line.startswith("| 0")
        )
        assert row.endswith(f"| {exercise.max_points:g} |")


def test_tables_are_put_in_the_place_of_the_old_ones() -> None:
    tables = {name: f"### {name}\n\n| x |" for name in FILES}
    once = write_into(f"before\n{BEGIN}old\n{END}after\n", tables)
    assert once.startswith("before\n") and once.endswith("after\n") and "old" not in once
    assert tables_in(once) == tables
    assert write_into(once, tables) == once
