"""Quick checks: questions with a reason for every choice."""

from course_lib.widgets.quick_check.view import quiz

__all__ = ["quiz"]
