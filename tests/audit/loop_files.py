"""Running a loop file under the record, as a reader would run it."""

import random
import runpy
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch

from course_lib.trace import Trace, record

LOOPS = Path(__file__).parent / "loops"
CORRECT = sorted((LOOPS / "correct").glob("*.py"))
MISTAKES = sorted((LOOPS / "mistakes").glob("*.py"))


def trace_of(path: Path) -> tuple[str | None, Trace]:
    """The code expected of a loop, and what it did; an error of the loop itself is swallowed."""
    script = runpy.run_path(str(path))
    traces: list[Trace] = []

    @contextmanager
    def recording(**loaders: Any) -> Iterator[Trace]:
        with record(**loaders) as trace:
            traces.append(trace)
            yield trace

    states = torch.get_rng_state(), random.getstate(), np.random.get_state()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the mistakes, PyTorch warns too
            script["main"](recording)
    except (RuntimeError, AssertionError):
        if script["EXPECTED"] is None:
            raise
    finally:
        torch.set_grad_enabled(True)
        torch.set_rng_state(states[0])
        random.setstate(states[1])
        np.random.set_state(states[2])
    return script["EXPECTED"], traces[0]
