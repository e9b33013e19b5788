"""How often do experiments settle the label? ``-m tools.diagnosis.measure_experiment RUNS ...``.

``diagnose_by_experiment`` asks for runs; the other runs of the same generated problem answer. A
run with a planted bug gets answers with the same bug.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from course_lib.diagnosis import diagnose, diagnose_by_experiment
from tools.diagnosis.crowd import UNTRAINED
from tools.diagnosis.labels import labelled

ROOMIER = {"bigreg": "big", "mid": "big", "heavy": "big", "tiny": "mid"}


def answers(problem: Mapping[str, Any], run: Mapping[str, Any]) -> Callable[..., Any] | None:
    """``make_run`` for a run of the problem; None where the runs that it needs are missing."""
    table = {(r["variant"], r["bug"], _step(r["lr"])): r for r in problem["runs"]}
    bug, step = run["bug"], _step(run["lr"])

    def make_run(*, lr_factor: float = 1.0, more_capacity: bool = False) -> Any:
        if bug in UNTRAINED or (bug and more_capacity):
            return run["history"]
        variant = ROOMIER.get(run["variant"], run["variant"]) if more_capacity else run["variant"]
        return table[variant, bug, step + round(2 * np.log10(lr_factor))]["history"]

    needed = () if bug in UNTRAINED else (step - 2, step + 2)
    return make_run if all((run["variant"], bug, s) in table for s in needed) else None


def measure(problems: list[Mapping[str, Any]]) -> list[tuple[str, str, str, bool, int]]:
    """Of every clear run: label, verdict from the curves, verdict by experiment, sure, runs."""
    rows = []
    for problem in problems:
        read = {
            "task": problem["task"], "num_classes": problem["num_classes"] or None,
            "baseline_loss": problem["baseline_loss"],
        }  # fmt: skip
        for run, label, clear, _ in labelled(problem):
            make_run = answers(problem, run)
            if not clear or make_run is None:
                continue
            alone = diagnose(run["history"], **read)
            tried = diagnose_by_experiment(make_run, run["history"], **read)
            rows.append((label, alone.label, tried.label, tried.sure, len(tried.experiments)))
    return rows


def main() -> None:
    """Print shares of right verdicts, each label counting alike."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("runs", nargs="+")
    options = parser.parse_args()
    problems = []
    for path in options.runs:
        with open(path, encoding="utf-8") as lines:
            problems += [json.loads(line) for line in lines if line.endswith("\n")]
    rows = measure(problems)
    count = Counter(row[0] for row in rows)
    recall = {
        label: np.mean([tried == label for true, _, tried, _, _ in rows if true == label])
        for label in count
    }
    alone = {
        label: np.mean([verdict == label for true, verdict, _, _, _ in rows if true == label])
        for label in count
    }
    sure = [true == tried for true, _, tried, is_sure, _ in rows if is_sure]
    print(f"{len(rows)} runs of {len(problems)} problems; runs made for each: "
          f"{np.mean([row[4] for row in rows]):.2f}")  # fmt: skip
    print(f"mean recall {np.mean(list(recall.values())):.3f}, from the curves alone "
          f"{np.mean(list(alone.values())):.3f} (if the judge was not fitted to them)")  # fmt: skip
    print(f"sure {len(sure) / len(rows):.2f}, of which right {np.mean(sure):.3f}")
    for label in sorted(count):
        wrong = Counter(row[2] for row in rows if row[0] == label and row[2] != label)
        print(f"  {label:13} {count[label]:5} recall {recall[label]:.2f}  {dict(wrong)}")


def _step(lr: float) -> int:
    return round(2 * np.log10(lr))


if __name__ == "__main__":
    main()
