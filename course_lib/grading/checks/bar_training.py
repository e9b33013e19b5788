"""Whether ``train_one_epoch_with_progress`` trains as ``train_one_epoch`` does."""

from __future__ import annotations

import random
from typing import Any

import numpy as np

from course_lib.grading.checks.agreement import State, same_state
from course_lib.grading.checks.explaining import explain
from course_lib.grading.checks.network_draws import (
    LONG,
    Layers,
    draw_classes,
    draw_network,
    with_gradients,
)
from course_lib.grading.checks.network_runs import RIGHT, TRAINING, sizes, train
from course_lib.grading.checks.plain_sgd import PlainSGD
from course_lib.grading.checks.seen_batches import trained_on
from course_lib.grading.checks.trials import Trials, require_result
from course_lib.grading.checks.wording import fail
from course_lib.grading.drivers import networks
from course_lib.grading.exercise import Call, Scenario

_NAME = "progress_bar"
_CHOICES = {
    "zeroing": TRAINING["zeroing"][:3],  # in one epoch, "each_epoch" is "never"
    "steps": TRAINING["steps"],
    "outputs": TRAINING["outputs"],
    "train_mode": ("each", "never"),
}


def _training_run(rng: random.Random) -> Scenario:
    draw = np.random.default_rng(rng.getrandbits(64))
    layers: Layers = [["linear", 3, 4], ["batch_norm", 4], ["tanh"], ["linear", 4, 3]]
    scenario = {
        "model": draw_network(draw, layers),
        "train": draw_classes(draw, 11, 4, 3, 3),
        "optimizer": {"lr": 0.3},
        "epoch": rng.randint(2, 60),
    }
    return with_gradients(scenario, LONG)


def _trained_twice(scenario: Scenario) -> State:
    """What becomes of the network if each batch is trained on twice in a row."""
    data = scenario["train"]
    counts = sizes(data)
    starts = np.cumsum([0, *counts[:-1]])
    rows = [np.arange(a, a + n) for a, n in zip(starts, counts, strict=True) for _ in range(2)]
    model = networks.build_model(scenario["model"])
    model.train()
    optimizer = PlainSGD(model.parameters(), **scenario["optimizer"])
    inputs, targets = networks.tensor(data["inputs"]), networks.tensor(data["targets"])
    for batch in rows:
        optimizer.zero_grad()
        networks.build_loss(data)(model(inputs[batch]), targets[batch]).backward()
        optimizer.step()
    return networks.state_of(model)


def judge_training(call: Call, rng: random.Random) -> None:
    """It trains as train_one_epoch does."""
    trials = Trials.around(call)
    scenario = trials.once("training scenario", lambda: _training_run(rng))
    outcome = require_result(trials.once("training", lambda: trials(scenario)))
    state, done = outcome["state"], trained_on(scenario, outcome)

    def predicts(choices: dict[str, Any]) -> bool:
        wanted = train(done, {**RIGHT, **choices}, 1).states[0]
        return same_state(state, wanted, list(wanted))

    mistakes = explain(_CHOICES, predicts)
    if mistakes is None:
        if outcome["forwards"] != 2 * len(sizes(done["train"])):
            raise fail(_NAME, "training_differs")
        wanted = _trained_twice(done)
        again = same_state(state, wanted, list(wanted))
        raise fail(_NAME, "trained_twice" if again else "forward_twice")
    codes = {
        ("zeroing", "never"): "no_zero_grad",
        ("zeroing", "after_backward"): "weights_never_move",
        ("steps", "epoch"): "one_step_per_epoch",
        ("steps", "twice"): "steps_twice",
        ("outputs", "softmax"): "softmax_before_the_loss",
        ("steps", "never"): "weights_never_move",
        ("train_mode", "never"): "not_in_train_mode",
    }
    if mistakes:
        raise fail(_NAME, [codes[mistake] for mistake in mistakes.items()])
    trained, batches = len(sizes(done["train"])), len(sizes(scenario["train"]))
    if trained < batches and outcome["drawn"] >= sum(sizes(scenario["train"])):
        raise fail(_NAME, "batches_left_out", trained=trained, batches=batches)
