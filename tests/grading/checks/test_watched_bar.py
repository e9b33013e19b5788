"""What is drawn never decides what a bar's postfix is told to show."""

import random
from itertools import permutations

import numpy as np
import pytest

from course_lib.grading.checks import watched_bar
from course_lib.grading.checks.bar_texts import other_values, shows
from course_lib.grading.checks.network_runs import RIGHT, sizes, train

SEEDS = range(40)


@pytest.mark.parametrize("seed", SEEDS)
def test_no_usual_wrong_number_reads_as_another(seed):
    scenario = watched_bar._draw(random.Random(seed))
    losses = train(scenario, RIGHT, 1).train_losses[0]
    values = {"right": list(losses), **other_values(losses, sizes(scenario["train"]))}
    of_code = {name: name.split(":")[0] for name in values}
    for shown, taken_for in permutations(values, 2):
        if of_code[shown] == of_code[taken_for]:
            continue
        texts = [f"loss={value:.3g}" for value in values[shown]]
        told = [shows(text, value) for text, value in zip(texts, values[taken_for], strict=True)]
        assert not all(told[1:]), (shown, taken_for)


def test_three_digits_of_a_rounded_loss_still_show_it():
    """As tqdm writes a number that an answer has rounded before."""
    for seed in range(150):
        losses = train(watched_bar._draw(random.Random(seed)), RIGHT, 1).train_losses[0]
        for loss in losses:
            for text in (f"{np.round(loss, 3):.3g}", f"{loss:.3g}", f"{loss:.2f}", f"{loss:.4f}"):
                assert shows(text, loss)
