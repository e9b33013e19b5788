"""The pace of the drawing: never faster than asked, never without the last frame."""

import threading
import time
from itertools import pairwise

from course_lib.widgets.live_training.painter import FRAMES_PER_SECOND, paint


def run_painter(work, **options):
    drawn, value = [], [0]
    changed, over = threading.Event(), threading.Event()

    def draw():
        drawn.append((time.monotonic(), value[0]))

    thread = threading.Thread(target=paint, args=(draw, changed, over), kwargs=options)
    thread.start()
    work(value, changed)
    over.set()
    changed.set()
    thread.join(60)
    assert not thread.is_alive()
    return drawn, value[0]


def count_fast(value, changed):
    end = time.monotonic() + 1.0
    while time.monotonic() < end:
        value[0] += 1
        changed.set()
        time.sleep(0.0005)


def test_it_draws_at_most_25_times_a_second_however_much_changes():
    drawn, _ = run_painter(count_fast)
    assert FRAMES_PER_SECOND == 25
    # the last frame follows at once, the others keep their distance
    gaps = [b - a for (a, _), (b, _) in pairwise(drawn[:-1])]
    assert len(gaps) >= 3
    assert min(gaps) >= 0.04 - 0.002


def test_the_last_value_is_always_drawn():
    for _ in range(20):
        drawn, last = run_painter(lambda value, changed: count_to(7, value, changed))
        assert drawn[-1][1] == last == 7


def count_to(end, value, changed):
    for value[0] in range(1, end + 1):
        changed.set()


def test_nothing_is_drawn_while_nothing_changes():
    drawn, _ = run_painter(lambda value, changed: time.sleep(0.3))
    assert len(drawn) == 2  # the first and the last


def test_what_changes_during_a_drawing_is_drawn_next():
    # else a run that pauses at that moment would be shown as running for as long as it is held
    drawn, changed, over = [], threading.Event(), threading.Event()

    def draw():
        drawn.append(time.monotonic())
        if len(drawn) == 1:
            changed.set()

    thread = threading.Thread(target=paint, args=(draw, changed, over))
    thread.start()
    for _ in range(6000):
        if len(drawn) == 2:
            break
        time.sleep(0.01)
    before_the_end = len(drawn)
    over.set()
    changed.set()
    thread.join(60)
    assert before_the_end == 2
