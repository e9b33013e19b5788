"""What a teacher reads: a table, the class's misconceptions, a file for the gradebook."""

from __future__ import annotations

import csv
import io
import json
import re
import textwrap
from collections import Counter, defaultdict
from collections.abc import Sequence

from course_lib.grading.results import Row

_WIDTH = 100
_FIELDS = ("submission", "exercise", "status", "score", "max_score", "isolation", "message")
# Names and messages come from strangers: no line of them may steer a terminal or a spreadsheet.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
# The last four are as wide as Chinese characters, and some spreadsheets take them for the first.
_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def as_json(rows: Sequence[Row]) -> str:
    """The rows as a JSON list."""
    content = json.dumps([row.public() for row in rows], ensure_ascii=False, indent=1)
    return content.encode("utf-8", "replace").decode() + "\n"


def as_csv(rows: Sequence[Row]) -> str:
    """A line for each row; cells that a spreadsheet would take for a formula begin with '."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_FIELDS)
    for row in rows:
        public = row.public()
        public["message"] = _first_message(row)
        writer.writerow([_cell(public[field]) for field in _FIELDS])
    return text.getvalue().encode("utf-8", "replace").decode()


def as_table(rows: Sequence[Row]) -> str:
    """A line for each row: submission, exercise, status, score; why, where nothing was judged."""
    lines = [("submission", "exercise", "status", "score")]
    for row in rows:
        score = f"{row.score:g} of {row.max_score:g}"
        lines.append((_shown(row.submission), row.exercise or "-", row.status, score))
    widths = [max(len(line[column]) for line in lines) for column in range(4)]
    table = []
    for number, line in enumerate(lines):
        cells = (f"{text:<{width}}" for text, width in zip(line, widths, strict=True))
        table.append("  ".join(cells).rstrip())
        if number and rows[number - 1].status not in ("graded", "unsolved"):
            why = _first_message(rows[number - 1]).splitlines() or [""]
            table.append(f"    {_shown(why[0])[:_WIDTH]}")
    return "\n".join(table)


def summary(rows: Sequence[Row]) -> str:
    """How many of each status, and which misconceptions the class has, the commonest first."""
    statuses = Counter(row.status for row in rows)
    told = ", ".join(f"{count} {status}" for status, count in statuses.most_common())
    parts = [f"{_count(len(rows), 'submission')}: {told or 'none'}."]
    for exercise, having in sorted(_misconceptions(rows).items()):
        answers = sum(row.exercise == exercise for row in rows)
        parts.append(f"\nMisconceptions in {exercise} ({_count(answers, 'submission')})")
        by_number = sorted(having.items(), key=lambda item: (-len(item[1]), item[0]))
        for code, messages in by_number:
            example = Counter(messages).most_common(1)[0][0].splitlines() or [""]
            parts.append(f"{len(messages):>5}  {code}")
            parts.append(
                textwrap.fill(
                    _shown(example[0]), _WIDTH, initial_indent=" " * 7, subsequent_indent=" " * 7
                )
            )
    return "\n".join(parts)


def _misconceptions(rows: Sequence[Row]) -> dict[str, dict[str, list[str]]]:
    """By exercise and code, a message of each submission that shows it."""
    found: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        if row.status == "graded":
            # Once a submission, however many of its checks tripped over it.
            for code, message in {c.misconception: c.message for c in row.checks}.items():
                if code:
                    found[row.exercise][code].append(message)
    return found


def _first_message(row: Row) -> str:
    return next((check.message for check in row.checks if check.message), "")


def _count(number: int, name: str) -> str:
    return f"1 {name}" if number == 1 else f"{number} {name}s"


def _shown(text: str) -> str:
    return _CONTROL.sub("?", text.replace("\n", " ")).encode("utf-8", "replace").decode()


def _cell(value: object) -> object:
    if not isinstance(value, str):
        return value
    text = _CONTROL.sub("?", value)
    return f"'{text}" if text.startswith(_STARTS_A_FORMULA) else text
