"""What all tests share: no windows, one thread, and Chromium for those that click."""

import gc
import os
import shutil

import matplotlib
import pytest

# Before torch is imported anywhere: tests run side by side, one core each.
os.environ.setdefault("OMP_NUM_THREADS", "1")
# Not by MPLBACKEND, which the kernels of the notebooks that run beside the tests would inherit.
matplotlib.use("Agg")


def pytest_collection_finish() -> None:
    """What was imported and collected stays until the end: no use in going through it again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of an installed Chromium; skips without one, except in continuous integration."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if path := shutil.which(name):
            return path
    if os.environ.get("CI"):
        pytest.fail("CI must have Chromium: .ci/run installs it.")
    pytest.skip("no Chromium here; .ci/run shows how to install it")
