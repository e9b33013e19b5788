"""The table of typical mistakes and what a student reads: ``python -m tools.mistake_table``.

Each row is a wrong answer from tests/grading/checks/answers, judged anew with the seed that the
notebook's check has. So the table says what the checks say, and never something else.
"""

from __future__ import annotations

import argparse
import importlib.util
import random
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import torch

from course_lib.grading.check import SEED, in_this_process
from course_lib.grading.checks.registry import FILES, exercise
from course_lib.grading.exercise import CheckResult
from course_lib.grading.running import run_checks

ROOT = Path(__file__).resolve().parents[1]
ANSWERS = ROOT / "tests" / "grading" / "checks" / "answers"
GUIDE = ROOT / "docs" / "teaching.md"
BEGIN, END = "<!-- mistakes: begin -->\n", "<!-- mistakes: end -->\n"


@dataclass(frozen=True)
class WrittenAnswer:
    """An answer in a file of its own, right or wrong.

    Attributes:
        exercise: the exercise's name.
        path: the file: an answer cell; a wrong one begins with MISTAKE, LOSES and MESSAGE.
    """

    exercise: str
    path: Path

    @property
    def is_right(self) -> bool:
        """Whether it is meant to be right."""
        return self.path.parent.name == "right"

    def load(self) -> tuple[ModuleType, Any]:
        """The file as a module, and what the exercise asks for: an object, or a dict of them."""
        spec = importlib.util.spec_from_file_location(f"answer_{self.path.stem}", self.path)
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        names = exercise(self.exercise).required
        if len(names) > 1:
            return module, {name: getattr(module, name, None) for name in names}
        return module, getattr(module, names[0])


def written_answers(name: str) -> list[WrittenAnswer]:
    """All answers to an exercise, the right ones first."""
    folder = ANSWERS / name
    paths = [*sorted(folder.glob("right/*.py")), *sorted(folder.glob("wrong/*.py"))]
    return [WrittenAnswer(name, path) for path in paths]


@cache  # the tests ask again for what the table has judged
def judged(answer: WrittenAnswer, seed: int) -> list[CheckResult]:
    """What the checks say to an answer."""
    asked = exercise(answer.exercise)
    call = in_this_process(asked, answer.load()[1])
    return run_checks(asked, call, random.Random(seed))


def table(name: str) -> str:
    """The table of one exercise as Markdown: mistake, what it loses, what the student reads."""
    asked = exercise(name)
    lines = [
        f"### {asked.file[:2]} {asked.title}",
        "",
        "| mistake | loses | what the student reads |",
        "| --- | --- | --- |",
    ]
    for answer in written_answers(name):
        if answer.is_right:
            continue
        module, _ = answer.load()
        lost = [result for result in judged(answer, SEED) if not result.passed]
        points = sum(result.max_points - result.points for result in lost)
        told = list(dict.fromkeys(result.message for result in lost))
        cells = (
            module.MISTAKE,
            f"{points:g} of {asked.max_points:g}: {', '.join(result.name for result in lost)}",
            "<br>".join(message.replace("\n", "<br>").replace("|", "\\|") for message in told),
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def tables_in(guide: str) -> dict[str, str]:
    """The tables that stand in the guide's text, by exercise."""
    between = guide.partition(BEGIN)[2].partition(END)[0]
    parts = [part.strip() for part in re.split(r"^(?=### )", between, flags=re.MULTILINE)]
    return dict(zip(FILES, filter(None, parts), strict=True))


def write_into(guide: str, tables: dict[str, str]) -> str:
    """The guide's text with these tables in the place of those that it has."""
    before, _, rest = guide.partition(BEGIN)
    after = rest.partition(END)[2]
    return (
        f"{before}{BEGIN}\n{chr(10).join(f'{t}{chr(10)}' for t in tables.values())}\n{END}{after}"
    )


def main() -> None:
    """Print the tables, or write them into the teacher's guide."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("exercises", nargs="*", choices=[[], *FILES], default=[])
    parser.add_argument("--write", action="store_true", help=f"all of them into {GUIDE.name}")
    options = parser.parse_args()
    torch.set_num_threads(1)
    if options.write:
        tables = {name: table(name) for name in FILES}
        GUIDE.write_text(write_into(GUIDE.read_text(encoding="utf-8"), tables), encoding="utf-8")
        return
    print("\n\n".join(table(name) for name in options.exercises or FILES))


if __name__ == "__main__":
    main()
