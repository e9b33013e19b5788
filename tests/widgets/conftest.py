"""A small real batch and its recording, shared by all tests of the stepper."""

import pytest

from course_lib.widgets.stepper import Recording, record_steps
from course_lib.widgets.stepper.batch import SmallBatch, course_batch


@pytest.fixture(scope="session")
def batch() -> SmallBatch:
    return course_batch(seed=0)


@pytest.fixture(scope="session")
def recording(batch: SmallBatch) -> Recording:
    return record_steps(iterations=6, batch=batch)
