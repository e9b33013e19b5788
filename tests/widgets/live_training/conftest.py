"""The tests say themselves whether somebody watches."""

import importlib.util
import sys
from pathlib import Path

import pytest

# pytest's importlib mode puts no test folder on the path; this one module is shared by the tests
_path = Path(__file__).with_name("small_run.py")
_spec = importlib.util.spec_from_file_location("live_training_small_run", _path)
_module = importlib.util.module_from_spec(_spec)
sys.modules[_spec.name] = _module
_spec.loader.exec_module(_module)


@pytest.fixture(autouse=True)
def watched(monkeypatch):
    """As in a reader's kernel: COURSE_HEADLESS is not set, whatever the shell says."""
    monkeypatch.delenv("COURSE_HEADLESS", raising=False)
