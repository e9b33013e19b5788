"""The clinic without a browser: planted, run, repaired, and what is shown of it."""

import re
import warnings

import pytest

from course_lib.widgets import bug_clinic
from course_lib.widgets.bugs import listing, rendering
from course_lib.widgets.bugs.model import BugClinic, Stage
from course_lib.widgets.bugs.planting import load_bugs, planted_in, sick_rows, working_loop
from course_lib.widgets.bugs.running import run_loop
from course_lib.widgets.shown import can_draw_png


@pytest.fixture(autouse=True)
def watched(monkeypatch):
    monkeypatch.delenv("COURSE_HEADLESS", raising=False)


class Counting:
    """The real runner; remembers the texts that it ran, and runs each one once."""

    def __init__(self):
        self.texts, self._known = [], {}

    def __call__(self, text, on_epoch):
        self.texts.append(text)
        if text not in self._known:
            self._known[text] = run_loop(text, 0, on_epoch)
        return self._known[text]


RUNNER = Counting()


@pytest.fixture
def clinic():
    RUNNER.texts.clear()
    return BugClinic(run=RUNNER)


def test_the_text_with_the_mistake_runs_and_the_repaired_one_is_the_working_loop(clinic):
    clinic.run()
    clinic.repair()
    sick = planted_in(working_loop(), load_bugs()[0])
    assert RUNNER.texts == [working_loop(), sick, working_loop()]
    assert clinic.mended.findings == [] and clinic.sick.findings != []
    assert (clinic.found, clinic.healed) == (["no zero_grad"], ["no zero_grad"])


def test_nothing_is_repaired_before_it_was_run(clinic):
    assert not clinic.repair() and clinic.stage is Stage.PLANTED and clinic.healed == []


def test_another_mistake_begins_anew(clinic):
    clinic.run()
    assert clinic.choose("no eval()") and not clinic.choose("no eval()")
    assert clinic.stage is Stage.PLANTED and clinic.sick is None
    with pytest.raises(ValueError, match="no mistake 'typo'"):
        clinic.choose("typo")


def test_before_a_run_nothing_tells_the_symptom(clinic):
    page = rendering.top(clinic) + rendering.bottom(clinic)
    assert "✗ not" not in page and "Symptom" not in page and "Audit" not in page
    assert "Predict." in page and "◂ audit" not in page


def test_after_it_the_page_shows_reading_line_finding_and_numbers(clinic):
    clinic.run()
    page = rendering.top(clinic) + rendering.bottom(clinic)
    assert "✗ not 1" in page and ">120<" in page
    lit = re.search(r'<div class="row[^"]*">(?:(?!<div).)*◂ audit', page)[0]
    assert re.sub("<[^>]+>", "", lit).strip().endswith("optimizer.step()◂ audit")
    losses = clinic.sick.history["train_loss"], clinic.working.history["train_loss"]
    assert f"{losses[0][-1]:.2f} instead of {losses[1][-1]:.2f}" in page
    assert "Audit: missing-zero-grad." in page


def test_a_healed_loop_has_no_mark_of_trouble_left(clinic):
    clinic.run()
    clinic.repair()
    page = rendering.top(clinic) + rendering.bottom(clinic)
    assert "✗" not in page and "✓" in page and "every loss is that of the working loop" in page


def test_all_texts_of_symptoms_can_be_filled_in(clinic):
    for bug in clinic.bugs:
        clinic.choose(bug.name)
        clinic.run()
        assert not re.search(r"[{}]|nan", clinic.symptom())


def test_a_fold_counts_its_lines_and_no_marked_line_is_folded():
    for bug in load_bugs():
        rows = sick_rows(bug)
        shown = listing.folded(rows, [])
        hidden = sum(int(re.search(r"\d+", r.text)[0]) for r in shown if r.text.startswith("⋯"))
        assert hidden + sum(not row.text.startswith("⋯") for row in shown) == len(rows)
        assert [r for r in rows if r.mark] == [r for r in shown if r.mark]
        assert len(shown) + 2 <= rendering.most_rows()  # two more folds for a finding's line


def test_code_is_escaped():
    rows = [listing.Row("for epoch in a < b:", 1, "planted")]
    assert "a &lt; b" in re.sub("</?span[^>]*>", "", listing.listing_html(rows, "x\n", [], 1))


def test_buttons_run_repair_and_go_on():
    shown = bug_clinic()
    assert shown.repair.disabled
    shown.run.click()
    assert shown.clinic.stage is Stage.SICK and not shown.repair.disabled
    assert "run with the mistake" in shown._state.value
    shown.repair.click()
    assert shown.clinic.stage is Stage.MENDED and shown.repair.disabled
    shown.next.click()
    assert shown.menu.value == "zero_grad after backward" == shown.clinic.bug.name
    shown.menu.value = "test data in training"
    assert "ConcatDataset" in shown._top.value and "not run yet" in shown._state.value


def test_the_curves_grow_while_the_loop_runs():
    shown = bug_clinic()
    drawn = []
    shown._bottom.observe(lambda change: drawn.append(change["new"].count("<circle")), "value")
    shown.run.click()
    assert len(drawn) >= 6 and drawn[:6] == sorted(set(drawn[:6]))


def test_a_run_that_fails_gives_the_buttons_back(monkeypatch):
    shown = bug_clinic()
    monkeypatch.setattr(shown.clinic, "_run", lambda text, on_epoch: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        shown._on_run()
    assert not shown.run.disabled and not shown.menu.disabled


def test_nobody_watches_so_the_first_mistake_is_run_for_the_picture(monkeypatch):
    monkeypatch.setenv("COURSE_HEADLESS", "1")
    with warnings.catch_warnings():
        warnings.simplefilter("error", DeprecationWarning)
        data, metadata = bug_clinic()._repr_mimebundle_()
    assert "Audit: missing-zero-grad." in data["text/plain"]
    assert "−      " in data["text/plain"] and "optimizer.zero_grad()" in data["text/plain"]
    if can_draw_png():
        assert metadata["image/png"]["alt"].startswith("Bug clinic")
