"""Quizzes: their data, their logic, their claims, and that nothing is given away."""

import math
import re
import xml.etree.ElementTree as ET

import pytest
import torch
from torch import nn

from course_lib.widgets import quiz
from course_lib.widgets.quick_check import rendering
from course_lib.widgets.quick_check.model import Quiz, load_quiz, quiz_names
from course_lib.widgets.quick_check.view import QuizView


@pytest.fixture
def four_steps() -> Quiz:
    return load_quiz("four-steps")


@pytest.mark.parametrize("name", quiz_names())
def test_every_quiz_is_complete(name: str) -> None:
    asked = load_quiz(name)
    # A quick check is quick; the review of the whole course alone is long.
    assert 1 <= len(asked.questions) <= (12 if name == "review" else 3)
    for question in asked.questions:
        assert question.text.endswith("?")
        assert 3 <= len(question.choices) <= 4
        assert sum(choice.right for choice in question.choices) == 1
        reasons = [choice.reason for choice in question.choices]
        assert len(set(reasons)) == len(reasons)
        assert all(len(reason.split()) >= 8 for reason in reasons)


@pytest.mark.parametrize("name", quiz_names())
def test_the_right_choice_is_neither_always_first_nor_always_longest(name: str) -> None:
    questions = load_quiz(name).questions
    places = {[c.right for c in q.choices].index(True) for q in questions}
    longest = [max(q.choices, key=lambda c: len(c.text)).right for q in questions]
    assert len(places) > 1 and not all(longest)


def test_answers_are_remembered_and_counted(four_steps: Quiz) -> None:
    right = [[c.right for c in q.choices].index(True) for q in four_steps.questions]
    assert not four_steps.answer(0, (right[0] + 1) % 4).right
    assert (four_steps.solved, four_steps.right_at_once) == (0, 0)
    assert four_steps.answer(0, right[0]).right
    assert four_steps.answer(1, right[1]).right
    assert (four_steps.solved, four_steps.right_at_once) == (2, 1)
    four_steps.answer(0, (right[0] + 2) % 4)  # looking at another reason costs nothing
    assert (four_steps.solved, four_steps.right_at_once) == (2, 1)
    assert four_steps.current(2) is None
    four_steps.reset()
    assert four_steps.solved == 0


def test_unknown_names_and_choices_are_refused(four_steps: Quiz) -> None:
    with pytest.raises(ValueError, match=r"there are .*four-steps, .*start-here"):
        load_quiz("nothing")
    for question, choice in [(0, 9), (7, 0), (0, -1)]:
        with pytest.raises(IndexError):
            four_steps.answer(question, choice)


@pytest.mark.parametrize("name", quiz_names())
def test_nothing_is_given_away_before_an_answer(name: str) -> None:
    asked, view = load_quiz(name), QuizView(load_quiz(name))
    sent = "".join(
        [reason.value for reason in view.reasons]
        + [b.description + b.tooltip for row in view.buttons for b in row]
        + [rendering.heading(asked, i) for i in range(len(asked.questions))]
        + [rendering.static_picture(asked).standalone(), rendering.text_view(asked)]
    )
    assert not re.search("right|✓|✗", sent, re.IGNORECASE)
    for question in asked.questions:
        for choice in question.choices:
            assert rendering.marked_up(choice.reason) not in sent
            assert rendering.plain(choice.reason)[:30] not in sent
        assert not question.read or rendering.marked_up(question.read) not in sent
    looks = {(b.button_style, tuple(b._dom_classes)) for row in view.buttons for b in row}
    assert len(looks) == 1


def test_every_choice_has_its_own_reason_on_screen(four_steps: Quiz) -> None:
    view = QuizView(four_steps)
    for index, question in enumerate(four_steps.questions):
        for place, choice in enumerate(question.choices):
            view.buttons[index][place].click()
            shown = view.reasons[index].value
            assert rendering.marked_up(choice.reason) in shown
            assert ("✓ <b>Right.</b>" in shown) == choice.right
            assert ("✗" in shown) != choice.right
            ET.fromstring(shown)
            chosen = ["course-chosen" in b._dom_classes for b in view.buttons[index]]
            assert chosen.index(True) == place and sum(chosen) == 1
    assert "3 of 3 solved" in view.score.value


def test_the_box_has_room_for_the_longest_reason(four_steps: Quiz) -> None:
    for question in four_steps.questions:
        rooms = set()
        for chosen in (None, *question.choices):
            spans = ET.fromstring(rendering.feedback(question, chosen)).findall("span")
            assert spans[0].attrib["aria-hidden"] == "true"
            rooms.add(spans[0].text)
            shown = "".join(spans[1].itertext())
            assert len(shown) <= len(spans[0].text)
        assert len(rooms) == 1


def test_the_picture_lists_every_choice(four_steps: Quiz) -> None:
    root = ET.fromstring(rendering.static_picture(four_steps).standalone())
    words = " ".join(t.text for t in root.iter("{http://www.w3.org/2000/svg}text"))
    for question in four_steps.questions:
        for choice in question.choices:
            assert rendering.plain(choice.text) in words


def test_the_cell_shows_picture_and_caption() -> None:
    pytest.importorskip("resvg_py")
    data, metadata = quiz("four-steps")._repr_mimebundle_()
    assert "image/png" in data and "Run this notebook" in data["text/plain"]
    assert "3 questions" in metadata["image/png"]["alt"]


def test_code_is_marked_and_markup_is_escaped() -> None:
    assert rendering.marked_up("`a < b` & c") == "<code>a &lt; b</code> &amp; c"
    assert rendering.plain("call `step()`") == "call step()"


# Where to read again.


def test_a_wrong_choice_says_where_to_read_again_and_the_right_one_does_not() -> None:
    view = QuizView(load_quiz("review"))
    for index, question in enumerate(view.quiz.questions):
        for place, choice in enumerate(question.choices):
            view.buttons[index][place].click()
            told = f"Read again: {rendering.marked_up(question.read)}" in view.reasons[index].value
            assert told != choice.right


def test_the_closing_line_lists_what_was_missed_at_the_first_try() -> None:
    asked = load_quiz("review")
    right = [[c.right for c in q.choices].index(True) for q in asked.questions]
    rooms = {rendering.closing(asked).split("</span>")[0]}
    for index, place in enumerate(right):
        if index in (1, 4):
            asked.answer(index, (place + 1) % len(asked.questions[index].choices))
        asked.answer(index, place)
        asked.answer(index, (place + 1) % len(asked.questions[index].choices))  # out of curiosity
        rooms.add(rendering.closing(asked).split("</span>")[0])
    assert asked.read_again == [asked.questions[1].read, asked.questions[4].read]
    shown = "".join(ET.fromstring(rendering.closing(asked)).findall("span")[1].itertext())
    missed = "; ".join(rendering.plain(place) for place in asked.read_again)
    assert shown == f"Read again: {missed}"
    assert len(rooms) == 1  # the same room from the beginning: nothing jumps


def test_the_closing_line_has_room_for_everything_and_praises_only_what_was_solved() -> None:
    asked = load_quiz("review")
    right = [[c.right for c in q.choices].index(True) for q in asked.questions]
    for index, place in enumerate(right):
        assert "Nothing to read again" not in rendering.closing(asked)
        asked.answer(index, place)
    assert "Nothing to read again" in rendering.closing(asked)
    asked.reset()
    for index, place in enumerate(right):
        asked.answer(index, (place + 1) % len(asked.questions[index].choices))
    hidden, shown = ET.fromstring(rendering.closing(asked)).findall("span")
    assert len("".join(shown.itertext())) == len(hidden.text)


def test_a_quiz_that_names_no_place_has_no_closing_line(four_steps: Quiz) -> None:
    four_steps.answer(0, 0)
    assert rendering.closing(four_steps) == "" and QuizView(four_steps).closing == []
    assert "Read again" not in rendering.feedback(
        four_steps.questions[0], four_steps.questions[0].choices[0]
    )


# What the reasons claim, computed.


def test_claim_softmax_twice_cannot_fall_below_146() -> None:
    best = torch.zeros(1, 10)
    best[0, 0] = 1  # the most confident probabilities there are
    loss = nn.functional.cross_entropy(best, torch.tensor([0])).item()
    assert f"{loss:.2f}" == "1.46" and loss == pytest.approx(math.log(math.e + 9) - 1)


def test_claim_log_softmax_leaves_log_probabilities_as_they_are() -> None:
    logits = torch.randn(5, 10, dtype=torch.float64)
    logs = logits.log_softmax(1)
    torch.testing.assert_close(logs.log_softmax(1), logs)


def test_claim_without_zeroing_the_gradient_is_a_sum_at_different_weights() -> None:
    torch.manual_seed(0)
    model, images = nn.Linear(4, 3), torch.randn(5, 8, 4)
    labels = torch.randint(0, 3, (5, 8))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    each = []
    for batch, target in zip(images, labels, strict=True):
        loss = nn.functional.cross_entropy(model(batch), target)
        each.append(torch.autograd.grad(loss, model.weight, retain_graph=True)[0])
        loss.backward()
        optimizer.step()
    held = model.weight.grad
    torch.testing.assert_close(held, sum(each))
    for wrong in (each[-1], 5 * each[-1], sum(each) / 5):
        assert not torch.allclose(held, wrong)


def test_claim_the_first_step_without_a_gradient_changes_nothing() -> None:
    model = nn.Linear(2, 2)
    before = model.weight.clone()
    torch.optim.SGD(model.parameters(), lr=1.0).step()
    assert torch.equal(model.weight, before)
