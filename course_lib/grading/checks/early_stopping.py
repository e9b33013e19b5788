"""Exercise 01: what is asked of ``train_with_early_stopping``."""

from __future__ import annotations

from course_lib.grading.checks.early_stopping_counting import (
    judge_counting,
    judge_patience,
    judge_strictly_lower,
)
from course_lib.grading.checks.early_stopping_history import judge_history
from course_lib.grading.checks.early_stopping_keeping import (
    judge_best_buffers,
    judge_best_parameters,
)
from course_lib.grading.checks.early_stopping_means import judge_means
from course_lib.grading.checks.early_stopping_training import (
    judge_arguments,
    judge_training,
    judge_validation,
)
from course_lib.grading.exercise import Check, Exercise

EXERCISE = Exercise(
    name="early_stopping",
    file="01_early_stopping",
    title="Early stopping",
    required=("train_with_early_stopping",),
    checks=(
        Check("patience", 1, judge_patience),
        Check("counting", 1, judge_counting),
        Check("strictly_lower", 1, judge_strictly_lower),
        Check("best_parameters", 1, judge_best_parameters),
        Check("best_buffers", 1, judge_best_buffers),
        Check("history", 1, judge_history),
        Check("mean_losses", 1, judge_means),
        Check("training", 1, judge_training),
        Check("validation", 1, judge_validation),
        Check("arguments", 1, judge_arguments),
    ),
)
