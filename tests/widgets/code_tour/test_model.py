"""The tour as logic: every note owed is there, on its line, and the reader moves among them."""

import re

import pytest

from course_lib.widgets.source_tour import model as model_module
from course_lib.widgets.source_tour.anchors import AnchorError
from course_lib.widgets.source_tour.model import Tour, load_tour, tour_names

# What the course owes the reader, and a line on which the note must stand: written by hand here,
# read from the source there.
OWED = {
    "train_one_epoch": {
        "Training mode": "    model.train()",
        "Iterating": "    for inputs, targets in dataloader:",
        "Moving to the device": "        inputs, targets = to_device(inputs, device)",
        "Forward": "            outputs = model(inputs)",
        "Loss": "            loss = loss_fn(outputs, targets)",
        "Zeroing": "        update.zero_grad()",
        "Backward": "        update.backward(loss",
        "Step": "        update.step()",
        "Tracking the loss": "        mean_loss.add(loss, len(targets))",
        "Weighted by samples": "    self.total += value * samples",
        "One transfer for all": "    values = torch.stack(",
    },
    "validate": {
        "Evaluation mode": "    with evaluation_mode(model), torch.no_grad():",
        "No graph": "    with evaluation_mode(model), torch.no_grad():",
        "argmax: the network's answer": "    return _share(outputs.argmax(dim=1) == targets)",
        "Counting the right ones": "    return _share(outputs.argmax(dim=1) == targets)",
        "Give the model back as it was": "            module.training = training",
    },
    "train_model": {
        "Choosing the device": "    device = get_device()",
        "Moving the model": "    model.to(device)",
        "Choosing Adam": "    return Adam(parameters",
        "Tracking the best": "            checkpoints.save_best(run, best=run.is_best(val_loss))",
        "Lower than ever": "    if val_loss < self.best_val_loss:",
        "Saving the state_dict": "        name: value.detach().clone()",
        "Showing progress": "    bar = ProgressBar(",
    },
}


@pytest.fixture(params=tour_names())
def tour(request: pytest.FixtureRequest) -> Tour:
    return load_tour(request.param)


@pytest.mark.parametrize(
    ("name", "title", "line"),
    [(name, title, line) for name, notes in OWED.items() for title, line in notes.items()],
)
def test_every_note_owed_stands_on_its_line(name: str, title: str, line: str) -> None:
    tour = load_tour(name)
    (note,) = [note for note in tour.notes if note.title == title]
    row = tour.listings[note.listing].rows[note.rows[0]]
    assert row.text.startswith(line) and row.line == note.lines[0]


def test_notes_come_in_the_order_of_the_lines(tour: Tour) -> None:
    places = [(note.listing, note.rows[0]) for note in tour.notes]
    assert places == sorted(places)
    assert len({note.title for note in tour.notes}) == len(tour.notes)


def test_every_listing_has_a_note_and_fits_a_screen(tour: Tour) -> None:
    assert {note.listing for note in tour.notes} == set(range(len(tour.listings)))
    assert all(len(listing.rows) <= 36 for listing in tour.listings)


def test_notes_are_short_and_their_code_is_marked(tour: Tour) -> None:
    for note in tour.notes:
        assert 40 <= len(note.text) <= 330, note.title
        assert note.text.count("`") % 2 == 0 and note.text.endswith("."), note.title
        assert not re.search(r"\b(simply|just|obviously)\b", note.text), note.title


def test_a_walk_goes_over_all_notes_and_back(tour: Tour) -> None:
    forward = [tour.note]
    while tour.next():
        forward.append(tour.note)
    assert tuple(forward) == tour.notes
    backward = [tour.note]
    while tour.back():
        backward.append(tour.note)
    assert backward == forward[::-1] and tour.position == 0


def test_the_listing_is_the_notes_own(tour: Tour) -> None:
    for place, note in enumerate(tour.notes):
        assert tour.go_to(place) == (place > 0)
        assert tour.listing is tour.listings[note.listing]
        assert (place, note) in tour.notes_of(note.listing)


def test_no_place_outside_the_tour(tour: Tour) -> None:
    for place in (-1, len(tour.notes)):
        with pytest.raises(IndexError, match="the tour has the notes"):
            tour.go_to(place)


def test_an_unknown_tour_says_which_there_are() -> None:
    with pytest.raises(ValueError, match=r"'nothing'; there are train_one_epoch, validate"):
        load_tour("nothing")


def with_note(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    notes = [{"title": "Planted", "code": code, "text": "A note."}]
    content = {"planted": {"listings": [{"object": "course_lib.loop.validate", "notes": notes}]}}
    monkeypatch.setattr(model_module, "_content", lambda: content)


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("optimizer.step()", "stands 0 times"),
        ("device", "stands [2-9] times"),
        ("mean_loss.add", ""),
    ],
)
def test_a_note_whose_code_is_gone_or_there_twice_is_an_error(
    monkeypatch: pytest.MonkeyPatch, code: str, says: str
) -> None:
    with_note(monkeypatch, code)
    if says:
        with pytest.raises(AnchorError, match=says):
            load_tour("planted")
    else:
        assert load_tour("planted").note.title == "Planted"


def test_a_note_cannot_hide_in_a_fold(monkeypatch: pytest.MonkeyPatch) -> None:
    fold = {"from": "with evaluation_mode(model)", "to": "outputs = model(inputs)", "says": "…"}
    notes = [{"title": "Planted", "code": "outputs = model(inputs)", "text": "A note."}]
    listing = {"object": "course_lib.loop.validate", "folds": [fold], "notes": notes}
    monkeypatch.setattr(model_module, "_content", lambda: {"planted": {"listings": [listing]}})
    with pytest.raises(AnchorError, match="is folded"):
        load_tour("planted")
