"""The clinic without a browser: answers, score, reasons, and runs that are made when needed."""

import threading

import pytest

from course_lib.widgets import curve_clinic
from course_lib.widgets.clinic import load_cases, rendering
from course_lib.widgets.clinic.case import Case
from course_lib.widgets.clinic.model import Clinic
from course_lib.widgets.lab.settings import Settings
from course_lib.widgets.live_training.progress import Progress, State
from course_lib.widgets.shown import can_draw_png

RISING = {"train_loss": [1.0, 0.5, 0.2, 0.1], "val_loss": [1.1, 0.7, 0.9, 1.2]}
CURED = {"train_loss": [1.0, 0.6, 0.5, 0.4], "val_loss": [1.0, 0.7, 0.6, 0.45]}
QUICK = Settings(0.1, "SGD", 8, 64, epochs=3)


@pytest.fixture(autouse=True)
def watched(monkeypatch):
    monkeypatch.delenv("COURSE_HEADLESS", raising=False)


def recorded(label="overfitting"):
    choices = {
        "healthy": "validation was at {low} in epoch {low_epoch}",
        "overfitting": "Yes. the gap is {gap}",
        "underfitting": "training ends at {train}",
    }
    after = "validation ends at {new_val} instead of {val}"
    return Case(label, choices, "few images", after, RISING, CURED)


def trained(label="healthy"):
    choices = {"healthy": "yes", "overfitting": "no"}
    return Case(label, choices, "nothing", "{new_train}", QUICK, QUICK.changed(seed=1))


def pick(shown, label):
    shown.choices[list(shown.clinic.patient.case.choices).index(label)].click()


def test_only_the_first_answer_counts_for_the_score():
    clinic = Clinic([recorded(), recorded(), recorded()])
    clinic.pick("healthy")
    clinic.pick("overfitting")
    clinic.move(1)
    clinic.pick("overfitting")
    clinic.pick("healthy")  # read that reason too: it costs nothing
    clinic.pick("overfitting")
    assert (clinic.solved, clinic.at_once) == (2, 1)
    assert "2 of 3 solved · 1 at the first try" in rendering.state_line(clinic)


def test_every_choice_has_its_reason_with_the_runs_own_numbers():
    clinic = Clinic([recorded()])
    clinic.pick("healthy")
    assert rendering.told(clinic.patient) == [
        "✗ **Not this one.** validation was at 0.700 in epoch 2"
    ]
    clinic.pick("underfitting")
    assert "training ends at 0.100" in rendering.told(clinic.patient)[0]
    clinic.pick("overfitting")
    assert rendering.told(clinic.patient) == [
        "✓ **Right.** the gap is +1.100",
        "**The cause.** few images",
        "**Counterfactual.** validation ends at 0.450 instead of 1.200",
    ]


def test_nothing_gives_the_cause_away_before_the_right_answer():
    shown = curve_clinic([recorded()])
    for before in (None, "healthy"):
        if before:
            pick(shown, before)
        page = shown._page.value + shown._said.value
        assert "few images" not in page and "0.450" not in page
        assert "Validation loss was lowest" not in page  # the lab's title would tell
    pick(shown, "overfitting")
    assert "few images" in shown._said.value and "A train" in shown._page.value


def test_the_shipped_static_forms_hold_no_answer():
    cases = load_cases()
    clinic = Clinic([recorded(), recorded()])
    text, drawn = rendering.text_view(clinic), rendering.static_picture(clinic).standalone()
    assert "Case A, 4 epochs" in text and "validation 0.700" in text
    for case in cases:
        assert case.cause not in text + drawn
    assert "few images" not in text + drawn and "0.450" not in text + drawn


def test_a_case_made_of_settings_is_trained_when_it_is_opened():
    shown = curve_clinic([trained(), trained()])
    assert shown.clinic.patients[0].ready and shown.clinic.patients[1].run is None
    shown.next.click()
    shown.wait()
    assert shown.clinic.patient.frame.epochs_done == 3
    assert not any(button.disabled for button in shown.choices)
    made = shown.clinic.patient.run
    shown.back.click()
    shown.next.click()
    assert shown.clinic.patient.run is made  # not trained again


def test_the_right_answer_trains_the_counterfactual_once_and_draws_it_over():
    shown = curve_clinic([trained()])
    pick(shown, "overfitting")
    assert shown.clinic.patient.counterfactual is None
    pick(shown, "healthy")
    shown.wait()
    made = shown.clinic.patient.counterfactual
    assert made.frame().epochs_done == 3
    assert "Counterfactual" in shown._said.value and "A train" in shown._page.value
    pick(shown, "healthy")
    assert shown.clinic.patient.counterfactual is made


def test_no_answer_is_taken_while_the_curves_are_growing():
    clinic = Clinic([trained()])
    clinic.patient.run = Progress(3)
    clinic.patient.run.enter(State.RUNNING)
    assert not clinic.pick("healthy") and clinic.patient.picks == []


def test_a_run_that_another_stopped_is_made_again_when_its_case_is_opened():
    shown = curve_clinic([recorded(), trained()])
    halfway = Progress(3)
    halfway.enter(State.STOPPED, "Stopped because another live run was started.")
    shown.clinic.patients[1].run = halfway
    shown.next.click()
    shown.wait()
    assert shown.clinic.patient.run is not halfway and shown.clinic.patient.ready


def test_a_choice_that_is_none_is_refused():
    with pytest.raises(ValueError, match="none of the choices"):
        Clinic([recorded()]).pick("diverged")


def test_a_clinic_needs_a_case():
    with pytest.raises(ValueError, match="at least one case"):
        curve_clinic([])


def test_the_box_of_reasons_has_room_for_the_longest():
    for case in load_cases():
        patient = Clinic([case]).patient
        room = rendering._longest(patient)
        reasons = [text.removeprefix("Yes. ") for text in case.choices.values()]
        for said, space in ((max(reasons, key=len), room[0]), (case.cause, room[1])):
            assert space >= len(said) + len("The cause.")


def test_the_box_of_reasons_is_as_high_in_every_case():
    patients = Clinic(load_cases()).patients
    boxes = [rendering.feedback(patient, patients) for patient in patients]
    rooms = {box.split('aria-hidden="true">')[1].split("</div></div>")[0] for box in boxes}
    assert len(rooms) == 1
    longest = max(len(patient.case.cause) for patient in patients)
    assert len(rooms.pop().split("<div>")[2]) >= longest


def test_where_nobody_watches_every_case_is_trained_for_the_picture(monkeypatch):
    monkeypatch.setenv("COURSE_HEADLESS", "1")
    before = set(threading.enumerate())
    shown = curve_clinic([trained(), trained(), trained()])
    assert set(threading.enumerate()) <= before
    assert all(patient.ready for patient in shown.clinic.patients)
    data, _ = shown._repr_mimebundle_()
    assert data["text/plain"].count("Case ") == 3
    assert ("image/png" in data) == can_draw_png()
