"""The stepper's pictures: well-formed, small, complete, and honest about what they carry."""

import re
import xml.etree.ElementTree as ET

import pytest

from course_lib.widgets import shown
from course_lib.widgets.stepper import Recording, record_steps, rendering
from course_lib.widgets.stepper.batch import SmallBatch
from course_lib.widgets.stepper.model import STEPS, Stepper
from course_lib.widgets.stepper.network import carried, network
from course_lib.widgets.svg import number

FRAME_LIMIT = 15_000  # bytes


def every_state(recording: Recording):
    stepper = Stepper(recording)
    yield stepper
    while stepper.step():
        stepper.select_neighbour(5)  # 5 and 28 share no factor: all weights get their turn
        yield stepper


def texts(svg: str) -> list[str]:
    return [t.text or "" for t in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]


@pytest.mark.parametrize("iterations", [1, 16, 40])
def test_every_frame_is_well_formed_small_and_finite(batch: SmallBatch, iterations: int) -> None:
    for stepper in every_state(record_steps(iterations=iterations, batch=batch)):
        if iterations > 16 and stepper.position < stepper.last - 8:
            continue  # the last frames hold the longest curve
        html = rendering.html(stepper, moving=True, room_for="x" * 180)
        ET.fromstring(f"<div>{html}</div>")
        assert not re.search(r"\b(nan|inf)\b|∞", html, re.IGNORECASE)
        assert len(html.encode()) <= FRAME_LIMIT
        ET.fromstring(rendering.static_picture(stepper).standalone())


def test_nothing_jumps_in_size(recording: Recording) -> None:
    boxes = {
        tuple(re.findall(r'viewBox="([^"]+)"', rendering.html(stepper)))
        for stepper in every_state(recording)
    }
    assert len(boxes) == 1
    assert len({rendering.static_picture(s).height for s in every_state(recording)}) == 1


def test_the_whole_fits_760_pixels(recording: Recording) -> None:
    assert rendering.static_picture(Stepper(recording)).width == 760


def test_exactly_the_current_step_is_lit(recording: Recording) -> None:
    for stepper in every_state(recording):
        html = rendering.html(stepper)
        lit = [name for name in STEPS if f'class="f-{name}"' in html]
        assert lit == ([stepper.step_name] if stepper.step_name else [])


def test_circles_carry_the_drawn_images_numbers(recording: Recording) -> None:
    stepper, now = Stepper(recording), recording.iterations[2]
    stepper.go_to(3, "forward")
    drawn = texts(network(stepper).standalone())
    for value in (*recording.features, *now.hidden, *now.logits):
        assert number(value) in drawn
    stepper.go_to(3, "backward")
    drawn = texts(network(stepper).standalone())
    for value in (*now.hidden_gradient, *now.logit_gradient):
        assert number(value) in drawn


def test_before_the_first_step_nothing_is_given_away(recording: Recording) -> None:
    stepper, now = Stepper(recording), recording.iterations[0]
    drawn = texts(network(stepper).standalone())
    assert drawn.count("·") == 4 + 3
    for value in (*now.hidden, *now.logits):
        assert number(value) not in drawn


def test_probabilities_wait_for_the_loss_step(recording: Recording) -> None:
    stepper = Stepper(recording)
    for name, expected in [("forward", False), ("loss", True), ("update", True)]:
        stepper.go_to(1, name)
        drawn = texts(network(stepper).standalone())
        assert any(t.startswith("p 0.") for t in drawn) == expected


def test_the_highlighted_gradient_stands_at_its_arrow(recording: Recording) -> None:
    stepper = Stepper(recording)
    stepper.go_to(2, "backward")
    gradient = recording.iterations[1].gradient(stepper.weight)
    assert number(gradient, 3) in texts(network(stepper).standalone())


def test_colour_never_stands_alone(recording: Recording) -> None:
    """Negative values are dashed as well, and the note says what a dash means."""
    stepper = Stepper(recording)
    stepper.go_to(1, "backward")
    negative = sum(
        now < 0
        for weight in recording.weights
        for now in [recording.iterations[0].gradient(weight)]
    )
    svg = network(stepper).standalone()
    assert svg.count('class="l-backward neg"') == negative > 0
    assert "dashed: negative" in " ".join(texts(svg))


def test_the_pulse_runs_only_after_a_step_with_flow(recording: Recording) -> None:
    stepper = Stepper(recording)
    for name, expected in [("forward", 28), ("loss", 0), ("backward", 28), ("update", 0)]:
        stepper.go_to(1, name)
        assert rendering.html(stepper, moving=True).count("pathLength") == expected
        assert "pulse" not in rendering.html(stepper)


def test_the_pulse_runs_with_the_flow(recording: Recording) -> None:
    """Forward from left to right and the first layer first, backward the other way round."""
    stepper = Stepper(recording)
    for name, sign, last in [("forward", 1, 2), ("backward", -1, 1)]:
        stepper.go_to(1, name)
        groups = re.findall(r'<g class="pulse l-\w+( later)?">(.*?)</g>', rendering.html(
            stepper, moving=True))  # fmt: skip
        assert [bool(later) for later, _ in groups] == [last == 1, last == 2]
        for x1, x2 in re.findall(r"M(\d+) \d+L(\d+) ", "".join(paths for _, paths in groups)):
            assert (int(x2) - int(x1)) * sign > 0


def test_numbers_use_a_real_minus_sign(recording: Recording) -> None:
    for stepper in every_state(recording):
        for words in texts(rendering.static_picture(stepper).standalone()):
            assert not re.search(r"-\d", words), words


def test_the_text_view_holds_the_same_numbers(recording: Recording) -> None:
    stepper = Stepper(recording)
    stepper.go_to(4, "backward")
    words = rendering.text_view(stepper)
    slope = recording.iterations[3].slopes[stepper.weight].loss
    assert "iteration 4 of 6 · step 3 of 4: backward" in words
    assert f"autograd: {number(slope.autograd, 6)}" in words
    assert f"finite difference: {number(slope.finite_difference, 6)}" in words
    low, high = map(float, re.findall(r"= (\d\.\d{12})", words)[::-1])
    assert (high - low) / 2e-5 == pytest.approx(slope.autograd, abs=1e-6)
    assert stepper.weight.code in words and "<b>" not in words


def test_one_iteration_and_a_wild_rate_still_draw(batch: SmallBatch) -> None:
    for iterations, rate in [(1, 0.5), (4, 1000.0), (2, 0.0)]:
        recording = record_steps(iterations=iterations, learning_rate=rate, batch=batch)
        for stepper in every_state(recording):
            html = rendering.html(stepper)
            ET.fromstring(f"<div>{html}</div>")
            assert "nan" not in html.lower()


def test_the_picture_is_a_png_of_the_promised_size(recording: Recording) -> None:
    pytest.importorskip("resvg_py")
    stepper = Stepper(recording)
    stepper.go_to(2, "backward")
    drawn = shown.framed(rendering.static_picture(stepper), "A caption.", "alt")
    image = shown.png(drawn)
    assert image[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = (int.from_bytes(image[i : i + 4], "big") for i in (16, 20))
    assert (width, height) == (round(2 * drawn.width), round(2 * drawn.height))
    assert len(image) < 150_000  # a notebook may hold 1 MB
    assert shown.png(drawn) == image


def test_the_highlighted_line_is_dashed_exactly_where_its_number_is_negative(recording) -> None:
    signs = set()
    for position in range(1, 5):
        stepper = Stepper(recording)
        for _ in range(position):
            stepper.step()
        for weight in recording.weights:
            stepper.select(weight)
            lines = re.findall(
                r'<line [^>]*class="([^"]*)" stroke-width="4"', network(stepper).body
            )
            negative = carried(stepper, weight) < 0
            signs.add(negative)
            assert [("neg" in classes.split()) for classes in lines] == [negative]
    assert signs == {True, False}
