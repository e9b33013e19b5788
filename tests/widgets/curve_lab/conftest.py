"""Small real runs of the lab, made once."""

import pytest

from course_lib.widgets.lab.settings import Settings
from course_lib.widgets.lab.training import make_worker
from course_lib.widgets.live_training.progress import Frame


@pytest.fixture(autouse=True)
def watched(monkeypatch):
    """As in a reader's kernel: COURSE_HEADLESS is not set, whatever the shell says."""
    monkeypatch.delenv("COURSE_HEADLESS", raising=False)


@pytest.fixture(scope="session")
def trained():
    """settings → the frame at the end of that run; each is made once."""
    made: dict[Settings, Frame] = {}

    def run(settings: Settings) -> Frame:
        if settings not in made:
            worker = make_worker(settings)
            worker.run()
            made[settings] = worker.progress.frame()
        return made[settings]

    return run
