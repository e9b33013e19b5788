"""The stepper as logic: where it stands, how it moves, what it says."""

import random
import re

import pytest

from course_lib.widgets.stepper import Recording, sentences
from course_lib.widgets.stepper.arithmetic import sheet, update_three_ways
from course_lib.widgets.stepper.chain_rule import Weight
from course_lib.widgets.stepper.model import STEPS, Stepper
from course_lib.widgets.svg import number


def test_it_visits_every_step_of_every_iteration_in_order(recording: Recording) -> None:
    stepper, seen = Stepper(recording), []
    assert stepper.step_name is None and stepper.iteration_number == 1
    while stepper.step():
        seen.append((stepper.iteration_number, stepper.step_name))
    assert seen == [(i, s) for i in range(1, 7) for s in STEPS]


def test_back_undoes_step_exactly(recording: Recording) -> None:
    stepper = Stepper(recording)
    forward = [(stepper.position, sheet(stepper), sentences.what_to_see(stepper))]
    while stepper.step():
        forward.append((stepper.position, sheet(stepper), sentences.what_to_see(stepper)))
    backward = [forward[-1]]
    while stepper.back():
        backward.append((stepper.position, sheet(stepper), sentences.what_to_see(stepper)))
    assert backward == forward[::-1]


def test_the_ends_are_ends(recording: Recording) -> None:
    stepper = Stepper(recording)
    assert not stepper.back() and not stepper.reset() and stepper.position == 0
    stepper.position = stepper.last
    assert not stepper.step() and stepper.position == stepper.last == 24
    assert stepper.reset() and stepper.position == 0


def test_any_walk_ends_where_the_counting_says(recording: Recording) -> None:
    walk, stepper, expected = random.Random(0), Stepper(recording), 0
    for _ in range(500):
        move = walk.choice(["step", "step", "back", "reset"] if walk.random() < 0.1 else
                           ["step", "back"])  # fmt: skip
        getattr(stepper, move)()
        expected = {"step": min(expected + 1, 24), "back": max(expected - 1, 0), "reset": 0}[move]
        assert stepper.position == expected
        if expected:
            assert stepper.step_name == STEPS[(expected - 1) % 4]
            assert stepper.iteration_number == (expected + 3) // 4


def test_a_loss_is_shown_from_its_loss_step_on(recording: Recording) -> None:
    stepper = Stepper(recording)
    for iteration in (1, 2, 6):
        stepper.go_to(iteration, "forward")
        assert stepper.losses_so_far == recording.losses[: iteration - 1]
        for step in ("loss", "backward", "update"):
            stepper.go_to(iteration, step)
            assert stepper.losses_so_far == recording.losses[:iteration]


def test_no_place_outside_the_record(recording: Recording) -> None:
    stepper = Stepper(recording)
    for iteration in (0, 7):
        with pytest.raises(ValueError, match="iterations 1 to 6"):
            stepper.go_to(iteration, "loss")
    with pytest.raises(ValueError, match="no weight"):
        stepper.select(Weight(2, 3, 0))


def test_neighbours_go_round_through_all_weights(recording: Recording) -> None:
    stepper = Stepper(recording)
    first, seen = stepper.weight, []
    for _ in recording.weights:
        stepper.select_neighbour(1)
        seen.append(stepper.weight)
    assert stepper.weight == first and sorted(seen) == sorted(recording.weights)
    stepper.select_neighbour(1)
    stepper.select_neighbour(-1)
    assert stepper.weight == first


def test_the_first_weight_is_the_one_with_the_largest_gradient(recording: Recording) -> None:
    gradients = [
        abs(g) for layer in recording.iterations[0].gradients for row in layer for g in row
    ]
    stepper = Stepper(recording)
    assert abs(recording.iterations[0].gradient(stepper.weight)) == max(gradients)


def test_a_weight_is_named_as_in_code_and_as_in_the_picture() -> None:
    assert Weight(2, 1, 3).code == "model[2].weight[1, 3]"
    assert Weight(2, 1, 3).route == "h₃ → ŷ₁"
    assert Weight(1, 0, 2).code == "model[0].weight[0, 2]"
    assert Weight(1, 0, 2).route == "x₂ → h₀"


def as_floats(text: str) -> list[float]:
    return [float(found.replace("−", "-")) for found in re.findall(r"−?\d+\.\d+", text)]


@pytest.mark.parametrize("layer", [1, 2])
def test_the_forward_sheet_adds_up(recording: Recording, layer: int) -> None:
    stepper = Stepper(recording)
    stepper.go_to(2, "forward")
    stepper.select(Weight(layer, 1, 2))
    page, now = sheet(stepper), recording.iterations[1]
    products = [as_floats(row.value) for row in page.rows[:-1]]
    assert len(products) == 4
    for a, b, product in products:
        assert product == pytest.approx(a * b, abs=0.002)
    total = sum(product for *_, product in products)
    if layer == 2:
        assert as_floats(page.rows[-1].value) == [pytest.approx(now.logits[1], abs=0.001)]
        assert total == pytest.approx(now.logits[1], abs=0.004)
    else:
        assert as_floats(page.rows[-1].value) == [pytest.approx(now.hidden[1], abs=0.001)]
        assert as_floats(page.rows[-1].words) == [pytest.approx(total, abs=0.004)]
    assert [row.strong for row in page.rows] == [False, False, True, False, False]


def test_the_backward_sheet_multiplies_up(recording: Recording) -> None:
    stepper = Stepper(recording)
    stepper.go_to(3, "backward")
    for weight in recording.weights:
        stepper.select(weight)
        *factors, image, mean = (as_floats(row.value)[0] for row in sheet(stepper).rows)
        product = 1.0
        for factor in factors:
            product *= factor
        assert image == pytest.approx(product, abs=5e-4)
        assert mean == pytest.approx(recording.iterations[2].gradient(weight), abs=5.1e-5)


def test_the_update_sheet_says_bit_for_bit_only_when_it_is(recording: Recording) -> None:
    stepper = Stepper(recording)
    stepper.go_to(1, "update")
    ways = update_three_ways(stepper)
    assert ways.by_hand == ways.autograd != ways.finite_difference
    assert sheet(stepper).verdict == "the first two are equal, bit for bit"


def test_rounding_is_admitted_where_it_shows(recording: Recording) -> None:
    from dataclasses import replace

    other = Stepper(replace(recording, learning_rate=0.1))  # not the rate it was trained with
    other.go_to(1, "update")
    assert sheet(other).verdict.startswith("the first two differ by rounding")


def test_the_sentences_carry_the_records_numbers(recording: Recording) -> None:
    stepper, now = Stepper(recording), recording.iterations[1]
    stepper.go_to(2, "loss")
    said = sentences.plain(sentences.what_to_see(stepper))
    assert number(now.loss, 3) in said and number(now.image_loss, 3) in said
    stepper.go_to(2, "update")
    said = sentences.plain(sentences.what_to_see(stepper))
    assert f"{number(now.loss - now.loss_after, 3)} less than before" in said


def test_the_sentence_knows_the_gradients_sign(recording: Recording) -> None:
    stepper = Stepper(recording)
    stepper.go_to(1, "backward")
    for weight in recording.weights:
        stepper.select(weight)
        now, said = recording.iterations[0], sentences.what_to_see(stepper)
        grows = now.weight(weight, after=True) > now.weight(weight)
        assert ("<b>up</b>" in said, "<b>fall</b>" in said) == (grows, grows)


def test_the_sentence_judges_the_prediction(recording: Recording) -> None:
    stepper, verdicts = Stepper(recording), set()
    for iteration in range(1, 7):
        stepper.go_to(iteration, "forward")
        now = recording.iterations[iteration - 1]
        right = max(now.logits) == now.logits[recording.label]
        verdict = "<b>right</b>" if right else "<b>wrong</b>"
        assert verdict in sentences.what_to_see(stepper)
        verdicts.add(verdict)


def test_the_longest_sentence_is_longest(recording: Recording) -> None:
    stepper = Stepper(recording)
    longest = len(sentences.plain(sentences.longest(stepper)))
    assert stepper.position == 0, "measuring must not move the stepper"
    for _ in range(24):
        stepper.step()
        assert len(sentences.plain(sentences.what_to_see(stepper))) <= longest
