"""Moving through the record: every place, forwards and backwards, counted by hand."""

import pytest

from course_lib.widgets.batches.model import BatchExplorer
from course_lib.widgets.batches.record import LoaderSettings


@pytest.fixture
def explorer() -> BatchExplorer:
    """22 samples in batches of 6: K = 4, the last batch has 4."""
    return BatchExplorer(LoaderSettings(22, 6, 3))


def where(explorer: BatchExplorer) -> tuple[int, int, int]:
    return explorer.position, explorer.epoch, explorer.batch_number


def test_the_places_of_a_small_record(explorer: BatchExplorer) -> None:
    places = [where(explorer)]
    while explorer.step():
        places.append(where(explorer))
    assert places == [(0, 1, 0)] + [
        (4 * epoch + batch, epoch + 1, batch) for epoch in range(3) for batch in (1, 2, 3, 4)
    ]
    assert not explorer.step() and explorer.position == explorer.last == 12


def test_states_and_progress_follow_the_record(explorer: BatchExplorer) -> None:
    assert [explorer.state_of(s) for s in range(22)] == ["waiting"] * 22
    assert (explorer.waiting, explorer.progress, explorer.batch) == (22, 0, ())
    used: set[int] = set()
    while explorer.step():
        if explorer.batch_number == 1:
            used = set()
        assert explorer.batch == explorer.record.batches[explorer.position - 1]
        assert explorer.seen == used and not used & set(explorer.batch)
        states = [explorer.state_of(sample) for sample in range(22)]
        assert states.count("current") == len(explorer.batch)
        assert states.count("seen") == len(used)
        assert states.count("waiting") == explorer.waiting == 22 - len(used) - len(explorer.batch)
        used |= set(explorer.batch)
        assert explorer.progress == explorer.batch_number / 4
        assert explorer.epoch_is_over == (used == set(range(22)))


def test_back_undoes_step_across_epochs(explorer: BatchExplorer) -> None:
    forwards = [where(explorer)]
    while explorer.step():
        forwards.append(where(explorer))
    backwards = [where(explorer)]
    while explorer.back():
        backwards.append(where(explorer))
    assert backwards == forwards[::-1]
    assert not explorer.back() and not explorer.reset()


def test_finishing_goes_to_the_end_of_the_epoch_and_then_of_the_next(
    explorer: BatchExplorer,
) -> None:
    explorer.go_to(2)
    stops = []
    while explorer.finish_epoch():
        stops.append(where(explorer))
    assert stops == [(4, 1, 4), (8, 2, 4), (12, 3, 4)]
    assert explorer.reset() and explorer.position == 0


def test_no_place_outside_the_record(explorer: BatchExplorer) -> None:
    assert not explorer.go_to(13) and not explorer.go_to(-1) and explorer.position == 0


def test_a_change_is_another_loader_from_its_start(explorer: BatchExplorer) -> None:
    explorer.go_to(5)
    assert not explorer.change(batch_size=6) and explorer.position == 5
    assert explorer.change(shuffle=False) and explorer.position == 0
    assert explorer.record.batches[0] == (0, 1, 2, 3, 4, 5)
    assert explorer.change(drop_last=True) and explorer.last == 9
    assert explorer.settings == LoaderSettings(22, 6, 3, False, True)


@pytest.mark.parametrize(
    ("asked", "got"),
    [
        ({"num_samples": 4}, (4, 4)),  # a batch cannot hold more than there is
        ({"num_samples": 0}, (1, 1)),
        ({"num_samples": 999}, (256, 6)),
        ({"batch_size": 99}, (22, 22)),
        ({"batch_size": 0}, (22, 1)),
    ],
)
def test_numbers_out_of_range_move_to_the_nearest(
    explorer: BatchExplorer, asked: dict[str, int], got: tuple[int, int]
) -> None:
    explorer.change(**asked)
    assert (explorer.settings.num_samples, explorer.settings.batch_size) == got
    assert sum(map(len, explorer.record.epochs[0])) == got[0]
