"""The clinic as HTML, as one picture and as text: listing, readings, curves, findings."""

from __future__ import annotations

import html
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from course_lib.widgets import svg
from course_lib.widgets.bugs import listing
from course_lib.widgets.bugs.model import BugClinic, Stage
from course_lib.widgets.bugs.planting import load_bugs, sick_rows
from course_lib.widgets.bugs.readings import epoch_in_words
from course_lib.widgets.lab.curves import Named, curves
from course_lib.widgets.live_training.progress import Frame, Progress, State
from course_lib.widgets.source_tour.colours import static_css

TITLE = "Bug clinic"
CAPTION = (
    "Run this cell to use it: choose a mistake, predict its symptom, press Run; then read the "
    "trace and the audit, press Repair and run, and see the loop heal."
)
ALT = (
    "Bug clinic: a training loop with a planted mistake marked in its code, what the trace of its "
    "run tells beside that of the working loop, the loss curves, and the audit's finding."
)
PANEL_WIDTH, CHART_WIDTH, CHART_HEIGHT = 250.0, 440.0, 268.0
ROW = 37.0
EPOCHS = 6


def state_line(clinic: BugClinic, running: str = "") -> str:
    """What is planted, how far the reader is, and how many mistakes were seen and healed."""
    total = len(clinic.bugs)
    counts = f"{len(clinic.found)} of {total} run · {len(clinic.healed)} healed"
    return f"{clinic.bug.name} · {running or clinic.stage.value} · {counts}"


def lines_found(clinic: BugClinic) -> list[int]:
    """The lines of the shown text that the audit speaks of."""
    return [] if clinic.shown is None else clinic.shown.lines


def most_rows() -> int:
    """Rows of the longest listing: the box keeps the height of this one."""
    return max(len(listing.folded(sick_rows(bug), [])) for bug in load_bugs()) + 3


def top(clinic: BugClinic) -> str:
    """The listing, and beside it what the trace tells."""
    lines = lines_found(clinic)
    rows = listing.folded(clinic.rows(), lines)
    code = listing.listing_html(rows, _text(clinic), lines, most_rows())
    panel = readings_picture(clinic).inline()
    return (
        '<div style="display:flex;flex-wrap:wrap;gap:8px 14px">'
        f'<div style="flex:500 1 340px;min-width:0">{code}</div>'
        f'<div style="flex:{PANEL_WIDTH:.0f} 1 200px;min-width:0;max-width:{PANEL_WIDTH:.0f}px">'
        f"{panel}</div></div>"
    )


def _text(clinic: BugClinic) -> str:
    """The text whose line numbers the rows carry."""
    return "\n".join(row.text for row in clinic.rows() if row.number is not None) + "\n"


def readings_picture(clinic: BugClinic) -> svg.Picture:
    """Nine readings of the trace; one that differs from the working loop's is marked."""
    title = "The trace of this run" if clinic.shown else "The trace of the working loop"
    body = svg.text(0, 14, title, "t b")
    compared = clinic.compared_readings()
    body += svg.rect(0, 24, PANEL_WIDTH, ROW * len(compared) + 8, "panel", radius=6)
    words = [title]
    for place, (usual, now) in enumerate(compared):
        y = 43 + ROW * place
        differs = now is not None and now != usual.value
        colour = "x-loss" if differs else ""
        body += svg.text(10, y, usual.name, f"t sm {colour or 'm'}")
        body += svg.text(10, y + 15, usual.value if now is None else now, f"n b {colour}".strip())
        words.append(f"{usual.name}: {usual.value if now is None else now}")
        if differs:
            body += svg.text(PANEL_WIDTH - 10, y + 15, f"✗ not {usual.value}", "n sm b x-loss end")
            words[-1] += f", in the working loop {usual.value}"
    height = 36 + ROW * len(compared)
    return svg.Picture(PANEL_WIDTH, height, body, ". ".join(words))


def chart(clinic: BugClinic, growing: Mapping[str, Sequence[Any]] | None = None) -> svg.Picture:
    """The curves: of the run under way, or the shown one, over the one that it is compared with."""
    sound: Named = ("sound", _frame(clinic.working.history))
    frame, earlier = Frame(EPOCHS), [sound]
    title = "The working loop. And with the mistake?"
    if clinic.stage is Stage.MENDED or (growing is not None and clinic.sick is not None):
        assert clinic.sick is not None
        earlier, title = (
            [("sick", _frame(clinic.sick.history))],
            "Repaired (faint: with the mistake)",
        )
    elif clinic.sick is not None or growing is not None:
        title = "With the mistake (faint: the sound loop)"
    if growing is not None:
        frame = _frame(growing)
    elif clinic.shown is not None:
        frame = _frame(clinic.shown.history)
    return curves(title, frame, earlier, width=CHART_WIDTH, height=CHART_HEIGHT, epochs=EPOCHS)


def _frame(history: Mapping[str, Sequence[Any]]) -> Frame:
    progress = Progress(EPOCHS)
    progress.epoch_done(history)
    progress.enter(State.DONE)
    return progress.frame()


def told(clinic: BugClinic) -> list[tuple[str, str]]:
    """What is said beside the curves: a heading and its words each."""
    if clinic.stage is Stage.PLANTED:
        question = "What will the curves show? Which reading of the trace will change?"
        return [("Predict.", question)]
    assert clinic.sick is not None
    if clinic.stage is Stage.MENDED:
        assert clinic.mended is not None
        found = [finding.code for finding in clinic.mended.findings]
        clean = "The audit finds nothing more, " if not found else f"Still found: {found}, "
        same = clinic.mended.history == clinic.working.history
        again = "and every loss is that of the working loop." if same else "and it learns again."
        return [("Healed.", clean + again), ("Epoch 2.", epoch_in_words(clinic.mended.trace))]
    said = [("Symptom.", clinic.symptom())]
    for finding in clinic.sick.findings:
        said.append((f"Audit: {finding.code}.", f"{finding.message} {finding.why}"))
        said.append(("Repair.", finding.fix))
    if not clinic.sick.findings:
        said.append(("Audit.", "It finds nothing."))
    if clinic.sick.warnings:
        said.append(("PyTorch warns.", clinic.sick.warnings[0].split(". ")[0] + "."))
    said.append(("Epoch 2.", epoch_in_words(clinic.sick.trace)))
    return said


def bottom(clinic: BugClinic, growing: Mapping[str, Sequence[Any]] | None = None) -> str:
    """The curves, and beside them the words; the box keeps its height."""
    said = [] if growing is not None else told(clinic)
    role = "update" if clinic.stage is Stage.MENDED else "loss"
    edge = f"var(--course-{role})" if clinic.shown is not None and said else "transparent"
    words = "".join(
        f'<div style="margin-bottom:4px"><b>{html.escape(head)}</b> {html.escape(text)}</div>'
        for head, text in said
    )
    return (
        '<div style="display:flex;flex-wrap:wrap;gap:8px 14px">'
        f'<div style="flex:{CHART_WIDTH:.0f} 1 330px;min-width:0;max-width:{CHART_WIDTH:.0f}px">'
        f"{chart(clinic, growing).inline()}</div>"
        '<div class="course-words" style="flex:300 1 290px;min-width:0;height:300px;'
        f"overflow-y:auto;border-left:3px solid {edge};padding-left:10px;font-size:13px;"
        f'line-height:18px">{words}</div></div>'
    )


def static_picture(clinic: BugClinic) -> svg.Picture:
    """Listing and readings, curves and words, as one picture."""
    lines = lines_found(clinic)
    code = listing.listing_picture(listing.folded(clinic.rows(), lines), _text(clinic), lines)
    body, y = "", 14.0
    for head, text in told(clinic):
        body += svg.text(0, y, head, "t b")
        for line in textwrap.wrap(text, 46):
            y += 16
            body += svg.text(0, y, line, "t sm")
        y += 21
    words = svg.Picture(310, max(y, CHART_HEIGHT), body, "")
    state = svg.Picture(770, 20, svg.text(0, 14, state_line(clinic), "n"), "")
    drawn = svg.stacked(
        [
            state,
            svg.beside([code, readings_picture(clinic)], gap=16),
            svg.beside([chart(clinic), words], gap=16),
        ],
        gap=10,
        description=text_view(clinic),
    )
    style = f"<style>{static_css()}.course-svg .c11{{font-size:11px}}</style>"
    return svg.Picture(drawn.width, drawn.height, style + drawn.body, drawn.description)


def text_view(clinic: BugClinic) -> str:
    """The same in words: listing, readings, losses, findings."""
    lines = lines_found(clinic)
    parts = [f"{TITLE}: {state_line(clinic)}", listing.as_text(clinic.rows(), lines), ""]
    for usual, now in clinic.compared_readings():
        differs = f"   ✗ not {usual.value}" if now not in (None, usual.value) else ""
        parts.append(f"{usual.name:26} {usual.value if now is None else now}{differs}")
    parts.append("")
    parts += [f"{head} {text}" for head, text in told(clinic)]
    return "\n".join(parts)
