"""The cheat sheet: every line runs, the page is current, and it prints on one sheet of A4."""

import re
import sys
from html.parser import HTMLParser
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from course_lib.review import cheat_sheet
from tools import cheat_sheet as tool

ASKED = ("train()", "eval()", "zero_grad()", "backward()", "step()", "no_grad()", ".to(device)")
LATER = ("clip_grad_norm_", "lr_scheduler", "autocast", "GradScaler", "unscale_", "torch.load",
         "load_state_dict", "set_epoch", "record", "audit", "train_model", "validate")  # fmt: skip


@pytest.mark.slow
def test_every_line_runs_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In one namespace, as a reader would type them; no line is passed over."""
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    ran: dict[str, set[int]] = {}

    def follow(frame: FrameType, event: str, _: object) -> Any:
        if frame.f_code.co_filename in ran:
            if event == "line":
                ran[frame.f_code.co_filename].add(frame.f_lineno)
            return follow
        return None

    for section in cheat_sheet().sections:
        ran[section.title] = set()
        code = compile(section.program, section.title, "exec")
        before, _ = sys.gettrace(), sys.settrace(follow)
        try:
            exec(code, names)
        finally:
            sys.settrace(before)
        inside_a_call = {
            number
            for number, line in enumerate(section.lines, 1)
            if line.code.endswith(",") or line.code == ")"
        }
        assert ran[section.title] | inside_a_call == {*range(1, len(section.lines) + 1)}
    assert names["accuracy"] > 0.6 and names["iterations"] == 250
    assert names["history"].epochs == 2 and 0 < names["mean_loss"] < 2.3


def test_the_loop_of_the_sheet_passes_the_audit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import course_lib

    monkeypatch.chdir(tmp_path)
    parts = {section.title: section.program for section in cheat_sheet().sections}
    names: dict[str, Any] = {}
    for title in ("Begin", "Data", "Model, loss, optimizer"):
        exec(parts[title], names)
    with course_lib.record(train=names["train_loader"], val=names["val_loader"]) as trace:
        for title in ("One epoch of training", "Validation", "Accumulate, clip, schedule"):
            exec(parts[title], names)
    assert course_lib.audit(trace) == []


@pytest.mark.parametrize("call", ASKED + LATER)
def test_the_call_stands_on_the_sheet(call: str) -> None:
    assert any(call in section.program for section in cheat_sheet().sections)


def test_roles_are_steps_of_the_loop_and_in_their_order() -> None:
    for section in cheat_sheet().sections:
        roles = [line.role for line in section.lines if line.role]
        assert roles == sorted(roles, key=tool.ROLES.index)


def test_the_page_is_current() -> None:
    assert tool.main(["--check"]) == 0


def test_an_old_page_is_found_and_writing_mends_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tool, "PAGE", tmp_path / "sheet.html")
    assert tool.main(["--check"]) == 1
    assert tool.main([]) == 0 and tool.main(["--check"]) == 0
    tool.PAGE.write_text(tool.PAGE.read_text(encoding="utf-8").replace("eval()", "evil()"))
    assert tool.main(["--check"]) == 1


class _Page(HTMLParser):
    """What a page shows, and what it would have to fetch."""

    def __init__(self) -> None:
        super().__init__()
        self.words, self.fetched, self.links = "", [], []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if tag in ("script", "link", "img", "iframe") or "src" in named:
            self.fetched.append(tag)
        if tag == "a":
            self.links.append(named["href"])

    def handle_data(self, data: str) -> None:
        self.words += data


def test_the_page_shows_every_line_and_fetches_nothing() -> None:
    text = tool.PAGE.read_text(encoding="utf-8")
    seen = _Page()
    seen.feed(text)
    assert seen.fetched == [] and "url(" not in text and "@import" not in text
    for section in cheat_sheet().sections:
        for line in section.lines:
            assert line.code in seen.words and line.says in seen.words
    for link in seen.links:
        assert (tool.PAGE.parent / link.split("#")[0]).resolve().parent.name == "notebooks"


def test_a_notebook_shows_every_line_with_its_comment() -> None:
    sheet = cheat_sheet()
    shown = _Page()
    shown.feed(sheet._repr_html_())
    for section in sheet.sections:
        assert section.title in shown.words and section.title in repr(sheet)
        for line in section.lines:
            assert line.code in shown.words and line.code in repr(sheet)
            comment = f"  # {line.says}\n"
            assert not line.says or (
                comment in shown.words + "\n" and comment in repr(sheet) + "\n"
            )
    assert len(shown.links) == len(sheet.sections)


@pytest.mark.browser
@pytest.mark.slow
def test_it_prints_on_one_sheet_of_a4(chromium: str) -> None:
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with playwright.sync_playwright() as running:
        browser = running.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page()
        page.goto(tool.PAGE.as_uri())
        pdf = page.pdf(prefer_css_page_size=True)
        page.emulate_media(media="print")
        page.set_viewport_size({"width": 1062, "height": 733})  # A4 less its margins
        cut = page.evaluate(
            "[...document.querySelectorAll('p')].filter(p => p.scrollWidth > p.clientWidth).length"
        )
        browser.close()
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == 1
    assert re.search(rb"/MediaBox \[0 0 84\d(\.\d+)? 59\d", pdf)
    assert cut == 0  # no line runs over its column
