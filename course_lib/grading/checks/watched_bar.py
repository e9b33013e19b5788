"""The run of ``train_one_epoch_with_progress`` in which its bar is watched."""

from __future__ import annotations

import random
from itertools import pairwise
from typing import Any

import numpy as np
import torch

from course_lib.grading.checks.bar_texts import all_differ
from course_lib.grading.checks.means import candidates
from course_lib.grading.checks.network_draws import Layers, draw_network
from course_lib.grading.checks.network_runs import RIGHT, sizes, train
from course_lib.grading.checks.seen_batches import trained_on
from course_lib.grading.checks.trials import Trials, require_result
from course_lib.grading.checks.wording import fail
from course_lib.grading.drivers import networks
from course_lib.grading.exercise import Call, Outcome, Scenario

_NAME = "progress_bar"
BATCHES = 5
_WATCHED: Layers = [["linear", 3, 2]]


def _draw(rng: random.Random) -> Scenario:
    """Five batches of two classes, the last batch smaller, with losses far apart; a rate of 0.

    So the losses are the same for answers that train wrongly: another run is for that. Classes,
    so that an answer may show an accuracy beside the loss. Each target is the class that the
    network finds less likely: its loss then grows with the scale of the batch's inputs.
    """
    draw = np.random.default_rng(rng.getrandbits(64))
    model = draw_network(draw, _WATCHED)
    one, other = model["state"]["0.weight"]
    apart = (one - other) / ((one - other) ** 2).sum()  # one step along it: outputs differ by 1
    while True:
        margins = np.repeat(draw.permutation([1.5, 3.0, 5.0, 8.0, 12.0]), 4)[:18]
        margins *= draw.choice([-1.0, 1.0], 18) * draw.uniform(0.9, 1.1, 18)
        inputs = (margins[:, None] * apart).astype("float32")
        with torch.no_grad():
            targets = networks.build_model(model)(networks.tensor(inputs)).argmin(1).numpy()
        scenario: Scenario = {
            "model": model,
            "train": {"inputs": inputs, "targets": targets, "batch_size": 4},
            "optimizer": {"lr": 0.0},
            "epoch": rng.randint(2, 60),
        }
        losses = sorted(train(scenario, RIGHT, 1).train_losses[0])
        if all(more > 1.2 * less for less, more in pairwise(losses)) and _tells_apart(scenario):
            return scenario


def _tells_apart(scenario: Scenario) -> bool:
    """Whether what is right and the usual wrong numbers differ clearly.

    No usual wrong mean is near the right one. No loss is so near to a whole number that three
    digits of it may read as one. And a loss rises before the last batch, so that the lowest one so
    far is not just late.
    """
    losses, batch_sizes = train(scenario, RIGHT, 1).train_losses[0], sizes(scenario["train"])
    named = candidates(losses, batch_sizes)
    right = named.pop("right")
    if not all(abs(right - wrong) > 0.02 for wrong in named.values()):
        return False
    decimals = np.abs(losses - np.round(losses))
    rises = bool((np.diff(losses[:-1]) > 0).any())
    clear = decimals.min() > 0.03 and decimals.max() > 0.2 and rises
    return clear and all_differ(losses, batch_sizes)


class WatchedRun:
    """The run whose bar is watched."""

    def __init__(self, trials: Trials, rng: random.Random) -> None:
        self.scenario = _draw(rng)
        self.outcome: Outcome = trials(self.scenario)
        done = trained_on(self.scenario, self.outcome)
        self.losses = train(done, RIGHT, 1).train_losses[0]
        self.sizes = sizes(done["train"])
        self.batches = len(self.sizes)
        self.samples = sum(sizes(self.scenario["train"]))  # of the whole epoch

    def bar(self) -> dict[str, Any]:
        """The bar to judge: of several the one that moved most.

        Raises Fail if there is none.
        """
        bars = require_result(self.outcome)["bars"]
        enabled = [bar for bar in bars if not bar["disabled"]]
        shown = [bar for bar in enabled if bar["shown"]]
        if len(shown) > 1 and all(bar["iterated"] + bar["by_hand"] <= 1 for bar in shown):
            return _joined(shown)  # a bar for each batch: the check on one bar says so
        if not shown:
            code = "bar_not_shown" if enabled else "bar_disabled" if bars else "no_bar"
            raise fail(_NAME, code)
        best: dict[str, Any] = max(shown, key=lambda bar: bar["iterated"] + bar["by_hand"])
        return best

    def after_batches(self, bar: dict[str, Any], what: str) -> list[Any]:
        """What the bar said after each batch that was done."""
        empty = {"n": 0.0, "description": "", "postfix": "", "closed": False, "unseen": []}
        snapshots = [snapshot or empty for snapshot in bar["snapshots"]] or [empty]
        # Per batch; 1 unless somebody looks.
        forwards = max((len(snapshots) - 1) // self.batches, 1)
        at = [min(k * forwards, len(snapshots) - 1) for k in range(1, self.batches + 1)]
        return [snapshots[i][what] for i in at]

    def never_seen(self, bar: dict[str, Any], what: str) -> bool:
        """Whether the bar had this to say after each batch, and nobody could read it."""
        if any(self.after_batches(bar, "closed")[:-1]):
            return False  # a closed bar is drawn no more: the checks on moving say so
        unseen = self.after_batches(bar, "unseen")
        return all(what in names for names in unseen[:-1] or unseen)


def _joined(bars: list[dict[str, Any]]) -> dict[str, Any]:
    """Bars that moved by one each, as one bar that moved with all of them."""
    moments = zip(*(bar["snapshots"] for bar in bars), strict=True)
    snapshots = []
    for moment in moments:
        known = [snapshot for snapshot in moment if snapshot]
        said = {
            key: next((snapshot[key] for snapshot in reversed(known) if snapshot[key]), "")
            for key in ("description", "postfix")
        }
        done = sum(snapshot["n"] for snapshot in known)
        snapshots.append({**said, "n": done, "closed": False, "unseen": []})
    counts = {key: sum(bar[key] for bar in bars) for key in ("iterated", "by_hand")}
    closed = all(bar["closed"] for bar in bars)
    return {**bars[0], **counts, "closed": closed, "snapshots": snapshots}


def watched_run_of(call: Call, rng: random.Random) -> WatchedRun:
    """The run, made only once."""
    trials = Trials.around(call)
    return trials.once("watched", lambda: WatchedRun(trials, rng))
