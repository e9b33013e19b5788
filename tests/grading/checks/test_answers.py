"""Right answers in many styles earn everything; each wrong one loses what its mistake costs."""

import pytest

from course_lib.grading.check import SEED
from course_lib.grading.checks.registry import FILES, exercise
from course_lib.grading.checks.wording import messages
from tools.mistake_table import GUIDE, judged, table, tables_in, written_answers

ALL = [answer for name in FILES for answer in written_answers(name)]
RIGHT = [answer for answer in ALL if answer.is_right]
WRONG = [answer for answer in ALL if not answer.is_right]
OTHER_SEED = 12  # what is drawn must not decide: each third answer is tried on other draws, too
CODING = [name for name in FILES if name != "concepts"]


def named(answer):
    return f"{answer.exercise}-{answer.path.stem}"


def lost(results):
    return {result.name: result.message for result in results if not result.passed}


@pytest.mark.parametrize("answer", RIGHT, ids=named)
def test_a_right_answer_earns_everything(answer):
    assert lost(judged(answer, SEED)) == {}


@pytest.mark.parametrize("answer", WRONG, ids=named)
def test_a_wrong_answer_loses_the_points_of_its_mistake_and_reads_its_name(answer):
    module, _ = answer.load()
    results = judged(answer, SEED)
    found = lost(results)
    assert all(result.misconception for result in results if not result.passed)
    assert set(found) == set(module.LOSES)
    assert any(module.MESSAGE in message for message in found.values()), found


@pytest.mark.slow
@pytest.mark.parametrize("answer", ALL[::3], ids=named)
def test_another_draw_says_the_same(answer):
    said, other = (judged(answer, seed) for seed in (SEED, OTHER_SEED))
    assert [(r.name, r.misconception) for r in other] == [(r.name, r.misconception) for r in said]


@pytest.mark.parametrize("name", CODING)
def test_there_are_enough_of_each(name):
    answers = written_answers(name)
    assert sum(answer.is_right for answer in answers) >= 6
    assert sum(not answer.is_right for answer in answers) >= 20


@pytest.mark.parametrize("name", FILES)
def test_an_exercise_is_complete(name):
    asked = exercise(name)
    assert asked.name == name
    assert asked.file == FILES[name]
    assert exercise(asked.file) is asked
    assert asked.max_points == 10
    told = messages(name)
    assert set(told["asks"]) == {check.name for check in asked.checks}
    assert len(told["hints"]) == 2


def test_an_unknown_exercise_is_named():
    with pytest.raises(ValueError, match=r'no exercise "early"; there are concepts, early_st'):
        exercise("early")


@pytest.mark.parametrize("name", FILES)
def test_the_teachers_table_says_what_the_checks_say(name):
    assert tables_in(GUIDE.read_text(encoding="utf-8"))[name] == table(name)


@pytest.mark.parametrize("name", ["concepts", "accumulation"])
def test_the_teachers_table_has_a_row_for_each_mistake(name):
    rows = table(name).splitlines()[4:]
    wrong = [answer for answer in WRONG if answer.exercise == name]
    assert len(rows) == len(wrong)
    for row, answer in zip(rows, wrong, strict=True):
        module, _ = answer.load()
        assert row.startswith(f"| {module.MISTAKE} | ")
        assert module.MESSAGE in row
        assert row.count(" | ") == 2
