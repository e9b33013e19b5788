"""Visual 1, the loop stepper: a real training, one of its four steps at a time."""

from course_lib.widgets.stepper.record import Recording, record_steps
from course_lib.widgets.stepper.view import loop_stepper

__all__ = ["Recording", "loop_stepper", "record_steps"]
