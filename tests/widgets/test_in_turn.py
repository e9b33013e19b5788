"""Two widgets may be handled in two threads at once, and no press or choice may get lost."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

from course_lib.widgets import curve_lab
from course_lib.widgets.in_turn import in_turn
from course_lib.widgets.splits.model import course_explorer
from course_lib.widgets.splits.view import PLAIN, SplitExplorerView

PATIENCE = 20.0


def meanwhile(held: Any, first: Callable[[], object], second: Callable[[], object]) -> None:
    """Hold ``first`` where it sets the widget ``held``, do ``second`` in another thread, go on."""
    inside, go_on = threading.Event(), threading.Event()

    def hold(change: object) -> None:
        inside.set()
        # as long as another thread could act here, were it not kept waiting
        go_on.wait(0.5)

    held.observe(hold, names="value")
    threads = [threading.Thread(target=act) for act in (first, second)]
    threads[0].start()
    assert inside.wait(PATIENCE)
    threads[1].start()
    for thread in threads:
        thread.join(PATIENCE)
        assert not thread.is_alive()


def test_calls_do_not_overlap_and_may_be_nested() -> None:
    lock, inside, most = threading.RLock(), [], []

    def act(depth: int) -> None:
        inside.append(depth)
        most.append(len(inside))
        if depth:
            called(depth - 1)
        threading.Event().wait(0.001)
        inside.pop()

    called = in_turn(lock, act)
    threads = [threading.Thread(target=called, args=(1,)) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert len(most) == 40 and max(most) == 2


def test_the_split_explorer_keeps_a_choice_made_while_it_draws() -> None:
    view = SplitExplorerView(course_explorer())

    def choose() -> None:
        view.how.value = PLAIN

    meanwhile(view.sliders[0], view.buttons["98/1/1"].click, choose)
    assert view.explorer.percents == (98, 1, 1) and not view.explorer.stratify
    assert view.how.value == PLAIN
    assert "98 / 1 / 1 % · plain" in view.page.value


@pytest.mark.parametrize("name", ["hidden", "epochs"])
def test_the_curve_lab_keeps_a_choice_made_while_it_shows_others(name: str) -> None:
    lab = curve_lab(num_train=100, learning_rate=0.1)
    rate = lab.controls.by_name["learning_rate"]
    control = lab.controls.by_name[name]
    chosen = max(value for _, value in control.options)

    def choose() -> None:
        control.value = chosen

    rate.value = 0.2
    meanwhile(rate, lab.buttons["Reset"].click, choose)
    assert getattr(lab.lab.settings, name) == control.value == chosen
