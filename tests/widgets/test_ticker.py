"""The clock behind Play: its pace, its end, and that only one runs."""

import itertools
import threading
import time

import pytest

from course_lib.widgets.ticker import Ticker


def test_it_ticks_until_there_is_no_more() -> None:
    count, ended = [], threading.Event()
    ticker = Ticker(lambda: count.append(0) or len(count) < 5, 0.001, ended.set)
    ticker.start()
    assert ended.wait(5)
    ticker.join(5)
    assert len(count) == 5 and not ticker.ticking


def test_it_keeps_its_pace() -> None:
    times: list[float] = []
    ticker = Ticker(lambda: times.append(time.monotonic()) or len(times) < 4, 0.1, lambda: None)
    ticker.start()
    ticker.join(10)
    assert all(later - earlier >= 0.09 for earlier, later in itertools.pairwise(times))


def test_a_stop_is_at_once_and_said_once() -> None:
    ends, first = [], threading.Event()
    ticker = Ticker(lambda: first.set() or True, 30, lambda: ends.append(0))
    ticker.start()
    assert first.wait(5)
    before = time.monotonic()
    ticker.stop()
    ticker.join(5)
    ticker.stop()
    assert time.monotonic() - before < 2
    assert ends == [0] and not ticker.ticking


def test_starting_one_stops_the_other() -> None:
    one, two = (Ticker(lambda: True, 30, lambda: None) for _ in range(2))
    one.start()
    two.start()
    one.join(5)
    assert (one.ticking, two.ticking) == (False, True)
    two.stop()
    two.join(5)


def test_it_can_start_again_after_a_stop() -> None:
    count: list[int] = []
    ticker = Ticker(lambda: count.append(0) or False, 0.001, lambda: None)
    for _ in range(3):
        ticker.start()
        ticker.join(5)
    assert len(count) == 3


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_tick_that_fails_ends_the_ticking() -> None:
    ended = threading.Event()

    def fail() -> bool:
        raise ValueError("planted")

    ticker = Ticker(fail, 0.001, ended.set)
    ticker.start()
    assert ended.wait(5)
    ticker.join(5)
    assert not ticker.ticking
