"""The view without a browser: pressing the buttons and moving the sliders."""

import pytest

from course_lib.widgets.splits.model import course_explorer
from course_lib.widgets.splits.view import PLAIN, STRATIFIED, SplitExplorerView


@pytest.fixture
def view() -> SplitExplorerView:
    return SplitExplorerView(course_explorer())


def press(view: SplitExplorerView, *names: str) -> None:
    for name in names:
        view.buttons[name].click()


def sliders(view: SplitExplorerView) -> tuple[int, ...]:
    return tuple(slider.value for slider in view.sliders)


def test_every_button_is_worded_and_explained(view: SplitExplorerView) -> None:
    assert list(view.buttons) == [
        "70/15/15", "80/10/10", "60/20/20", "98/1/1", "− train", "+ train", "− validation",
        "+ validation", "− test", "+ test", "− seed", "+ seed", "− samples", "+ samples",
    ]  # fmt: skip
    for name, button in view.buttons.items():
        assert button.description == name and len(button.tooltip) > 8


def test_a_slider_moves_the_others_so_that_all_is_100(view: SplitExplorerView) -> None:
    for part, value in ((0, 98), (1, 40), (2, 98), (0, 1), (1, 1), (2, 1)):
        view.sliders[part].value = value
        assert sliders(view) == view.explorer.percents and sum(sliders(view)) == 100
        assert view.sliders[part].value == value
        shares = " / ".join(map(str, sliders(view)))
        assert f"{shares} %" in view.page.value


def test_what_a_slider_can_do_the_buttons_can(view: SplitExplorerView) -> None:
    press(view, "+ train", "+ train")
    assert sliders(view) == view.explorer.percents == (72, 14, 14)
    press(view, "− train", "− train", "+ validation", "− test")
    assert sliders(view) == (70, 16, 14)
    press(view, "− validation", "+ test")
    assert sliders(view) == (70, 15, 15)
    press(view, "60/20/20")
    assert sliders(view) == (60, 20, 20) and "60 / 20 / 20 %" in view.page.value


def test_plain_seed_and_samples_reach_model_and_page(view: SplitExplorerView) -> None:
    view.how.value = PLAIN
    assert not view.explorer.stratify and "plain · seed 0" in view.page.value
    press(view, "+ seed", "+ seed", "− seed")
    assert view.explorer.seed == 1 and "Seed 1 deals anew" in view.page.value
    press(view, "+ samples")
    assert view.size.value == view.explorer.num_samples == 3000 and "2,100" in view.page.value
    view.size.value = 100
    assert view.explorer.num_samples == 100 and "100 samples" in view.page.value
    view.how.value = STRATIFIED
    assert view.explorer.stratify and "stratified" in view.page.value


def test_a_move_back_shows_the_same_page(view: SplitExplorerView) -> None:
    start = view.page.value
    press(view, "+ test")
    assert view.page.value != start
    press(view, "− test")
    assert view.page.value == start


def test_one_move_draws_once(view: SplitExplorerView) -> None:
    drawn = []
    view.page.observe(lambda change: drawn.append(change["new"]), names="value")
    view.sliders[0].value = 50
    press(view, "98/1/1")
    assert len(drawn) == 2


def test_two_explorers_do_not_share_their_place(view: SplitExplorerView) -> None:
    other = SplitExplorerView(course_explorer())
    press(view, "98/1/1", "+ seed")
    assert other.explorer.percents == (70, 15, 15) and other.explorer.seed == 0
