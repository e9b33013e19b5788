"""The open case as HTML, all cases as one picture and as text that keep the answers back."""

from __future__ import annotations

import html
import re
import textwrap
from collections.abc import Sequence

from course_lib.widgets import svg
from course_lib.widgets.clinic.model import LETTERS, Clinic, Patient
from course_lib.widgets.lab.curves import curves
from course_lib.widgets.live_training import words
from course_lib.widgets.live_training.picture import numbers
from course_lib.widgets.live_training.progress import Frame

TITLE = "Curve clinic"
CAPTION = (
    "Real runs whose cause is hidden. Run this cell to diagnose them: every choice comes with its "
    "reason, then the cause and the run that shows it."
)
ALT = "Curve clinic: training and validation loss of {count} runs whose cause is to be found."
CHOICES = {  # of a diagnosis, as a button says it
    "healthy": "healthy: nothing to change",
    "overfitting": "overfitting",
    "underfitting": "underfitting",
    "lr_too_high": "learning rate too high",
    "lr_too_low": "learning rate too low",
    "not_learning": "learns nothing: a bug",
    "diverged": "blew up: the loss is no number",
}
ASK = "Read the curves, then choose: what would you say to whoever made this run?"
STOPPED = "Stopped because another live run was started. Open the case again to train it."
SMALL_WIDTH, SMALL_HEIGHT = 372.0, 196.0
POINTS = 6  # of each run in the text


def state_line(clinic: Clinic) -> str:
    """Which case, whether it trains, and the score, in one line."""
    total, frame = len(clinic.patients), clinic.patient.frame
    line = f"case {clinic.name}, {clinic.position + 1} of {total}"
    if clinic.patient.solved and clinic.patient.after is not None:
        frame = clinic.patient.after
    if frame is not None and not frame.state.over:
        line += f" \u00b7 training, epoch {frame.epoch} of {frame.num_epochs}"
    score = f"{clinic.solved} of {total} solved \u00b7 {clinic.at_once} at the first try"
    return f"{line} \u00b7 {score}"


def page(clinic: Clinic) -> str:
    """The state and the curves; once solved, the counterfactual run over those of the case."""
    shown = _chart(clinic)
    panel = numbers(_in_front(clinic.patient))
    return (
        f'<div class="course-state">{html.escape(state_line(clinic))}</div>'
        f"{svg.wrapping([shown, panel], gap=0)}"
    )


def _in_front(patient: Patient) -> Frame:
    frame = patient.after if patient.solved and patient.after is not None else patient.frame
    return frame or Frame(1)


def _chart(clinic: Clinic) -> svg.Picture:
    patient = clinic.patient
    frame, after = patient.frame or Frame(1), patient.after
    if patient.solved and after is not None:
        title = f"Case {clinic.name} (faint), and the run that shows its cause"
        return curves(title, after, [(clinic.name, frame)])
    return curves(f"Case {clinic.name}: what happened in this run?", frame)


def feedback(patient: Patient, among: Sequence[Patient]) -> str:
    """The reason for the latest answer, then the cause; in a box as high as any of ``among`` needs.

    So nothing below it jumps, neither with an answer nor with the next case.
    """
    longest = map(max, zip(*map(_longest, among), strict=True))
    room = "".join(f"<div>{'xxxxx ' * (length // 6)}</div>" for length in longest)
    said = "".join(f"<div>{marked_up(line)}</div>" for line in told(patient))
    edge = "transparent"
    if patient.picks:
        role = "update" if patient.picks[-1] == patient.case.label else "loss"
        edge = f"var(--course-{role})"
    return (
        f'<div class="course-words" style="display:grid;border-left:3px solid {edge};'
        'padding-left:10px;margin:2px 0 8px">'
        f'<div style="grid-area:1/1;visibility:hidden" aria-hidden="true">{room}</div>'
        f'<div style="grid-area:1/1">{said}</div></div>'
    )


def told(patient: Patient) -> list[str]:
    """What is to be said of the answers so far, a paragraph each."""
    if not patient.picks:
        if patient.ready:
            return [ASK]
        stopped = patient.frame is not None and patient.frame.state.over
        return [STOPPED if stopped else "The run is being made; then choose a diagnosis."]
    case, known = patient.case, patient.numbers()
    latest = patient.picks[-1]
    mark = "\u2713 **Right.**" if latest == case.label else "\u2717 **Not this one.**"
    lines = [f"{mark} {case.choices[latest].removeprefix('Yes. ').format(**known)}"]
    if patient.solved:
        lines.append(f"**The cause.** {case.cause.format(**known)}")
        if patient.after is not None and patient.after.state.over:
            lines.append(f"**Counterfactual.** {case.after.format(**known)}")
    return lines


def marked_up(words_: str) -> str:
    """``words_`` as HTML, with ``**bold**``."""
    return re.sub(r"\*\*([^*]+)\*\*", r"<b>\1</b>", html.escape(words_))


def _longest(patient: Patient) -> list[int]:
    case = patient.case
    return [max(map(len, case.choices.values())) + 18, len(case.cause) + 14, len(case.after) + 20]


def static_picture(clinic: Clinic) -> svg.Picture:
    """The curves of every case, two in a row, and none of the answers."""
    small = [
        curves(f"Case {letter}", patient.frame, width=SMALL_WIDTH, height=SMALL_HEIGHT)
        for letter, patient in zip(LETTERS, clinic.patients, strict=False)
        if patient.frame is not None
    ]
    rows = [svg.beside(small[i : i + 2], gap=16) for i in range(0, len(small), 2)]
    question = "Which is it: " + ", ".join(_all_choices(clinic)) + "?"
    lines = textwrap.wrap(question, 108)
    body = "".join(svg.text(0, 16 + 20 * row, line, "t") for row, line in enumerate(lines))
    foot = svg.Picture(2 * SMALL_WIDTH + 16, 20 * len(lines) + 4, body, question)
    return svg.stacked([*rows, foot], gap=6, description=text_view(clinic))


def _all_choices(clinic: Clinic) -> list[str]:
    asked = [label for patient in clinic.patients for label in patient.case.choices]
    return [words.LABELS[label] for label in words.LABELS if label in asked]


def text_view(clinic: Clinic) -> str:
    """The cases in numbers, without the answers."""
    lines = [TITLE]
    for letter, patient in zip(LETTERS, clinic.patients, strict=False):
        frame = patient.frame
        if frame is None:
            continue
        lines.append(f"Case {letter}, {frame.num_epochs} epochs")
        step = max(1, (frame.epochs_done - 1) / (POINTS - 1))
        at = sorted({round(step * i) for i in range(POINTS) if round(step * i) < frame.epochs_done})
        lines += [
            f"  epoch {i + 1:>2}  train {words.loss(frame.train_loss[i])}  "
            f"validation {words.loss(frame.val_loss[i])}"
            for i in at
        ]
        if frame.broke is not None:
            lines.append(f"  no finite training loss from epoch {frame.broke[0]} on")
    return "\n".join(lines)
