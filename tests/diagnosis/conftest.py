"""The labelled runs that others made, and never trained on.

``public_runs.jsonl.xz``: 81 real runs of 10 problems, given to this project with their labels and
the losses of the counterfactual runs that decide them. Numbers are rounded to five digits.
"""

import json
import lzma
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="session")
def public_runs() -> list[dict[str, Any]]:
    lines = lzma.decompress(Path(__file__).with_name("public_runs.jsonl.xz").read_bytes())
    return [json.loads(line) for line in lines.decode().splitlines()]


def asked(run: dict[str, Any]) -> dict[str, Any]:
    """What ``diagnose`` is told about a run besides its history."""
    return {
        "task": run["task"],
        "num_classes": run["num_classes"] or None,
        "baseline_loss": run["baseline_loss"],
    }
