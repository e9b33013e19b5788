"""Exercise 00: what is asked about iterations, zeroing, modes and the test set."""

from __future__ import annotations

import random
import re
import tomllib
from collections.abc import Callable
from functools import cache, partial
from importlib.resources import files
from typing import Any

from course_lib.grading.checks.trials import Trials, require_result
from course_lib.grading.checks.wording import fail
from course_lib.grading.drivers.concepts import REQUIRED
from course_lib.grading.exercise import Call, Check, Exercise

_NAME = "concepts"
SAMPLES, BATCH_SIZE, EPOCHS = 45_000, 128, 3
_FULL_BATCHES = SAMPLES // BATCH_SIZE
_ITERATIONS = -(-SAMPLES // BATCH_SIZE)
_LETTER = re.compile(r"^\W*([A-Za-z])\W*$")

_RIGHT_NUMBERS = {
    "iterations_per_epoch": _ITERATIONS,
    "total_iterations": EPOCHS * _ITERATIONS,
    "weight_updates": EPOCHS * _ITERATIONS,
}
_WRONG_NUMBERS = {
    "iterations_per_epoch": {
        _FULL_BATCHES: "last_batch_left_out",
        SAMPLES: "one_sample_at_a_time",
        EPOCHS * _ITERATIONS: "of_all_epochs",
        BATCH_SIZE: "is_the_batch_size",
    },
    "total_iterations": {
        EPOCHS * _FULL_BATCHES: "last_batch_left_out",
        -(-EPOCHS * SAMPLES // BATCH_SIZE): "rounded_after_the_epochs",
        _ITERATIONS: "of_one_epoch",
        EPOCHS: "is_the_number_of_epochs",
        EPOCHS * SAMPLES: "one_sample_at_a_time",
    },
    "weight_updates": {
        EPOCHS * _FULL_BATCHES: "last_batch_left_out",
        -(-EPOCHS * SAMPLES // BATCH_SIZE): "rounded_after_the_epochs",
        _ITERATIONS: "of_one_epoch",
        EPOCHS: "one_update_per_epoch",
        EPOCHS * SAMPLES: "one_sample_at_a_time",
    },
}


@cache
def questions() -> dict[str, dict[str, Any]]:
    """The questions answered by choosing, with their choices, for whoever builds the notebook."""
    source = files("course_lib.grading.checks") / "concepts_questions.toml"
    return tomllib.loads(source.read_text(encoding="utf-8"))


def _answer(name: str, call: Call) -> dict[str, Any]:
    trials = Trials.around(call)
    told = require_result(trials.once("answers", lambda: trials({"kind": "answers"})))[name]
    if told.get("open"):
        raise fail(_NAME, "not_answered", name=name)
    return dict(told)


def judge_number(name: str, call: Call, rng: random.Random) -> None:
    """A whole number."""
    told = _answer(name, call)
    value = told.get("number")
    if value is None:
        raise fail(_NAME, "not_a_number", name=name, type=told["type"])
    if value == _RIGHT_NUMBERS[name]:
        return
    if not float(value).is_integer():
        raise fail(_NAME, "not_whole", name=name)
    raise fail(_NAME, _WRONG_NUMBERS[name].get(int(value), "number_differs"), name=name)


def judge_choice(name: str, call: Call, rng: random.Random) -> None:
    """The letter of a choice."""
    told, question = _answer(name, call), questions()[name]
    found = _LETTER.match(_only_text(told))
    letter = found[1].upper() if found else ""
    if letter not in question["choices"]:
        letters = ", ".join(question["choices"])
        raise fail(_NAME, "not_a_letter", name=name, letters=letters)
    if letter != question["right"]:
        why = question["wrong"][letter]
        raise fail(_NAME, f"{name}_wrong", letter=letter, why=why)


def _only_text(told: dict[str, Any]) -> str:
    items = told.get("items", [])
    one = items[0] if len(items) == 1 and told["type"] in ("list", "tuple", "set") else ""
    return str(told.get("text", one))


def judge_layers(call: Call, rng: random.Random) -> None:
    """A set of layers from the list."""
    name = "mode_dependent_layers"
    told, question = _answer(name, call), questions()[name]
    known = {layer.lower(): layer for layer in question["layers"]}
    items = told.get("items")
    named = re.split(r"[\s,;]+", told["text"].strip(" {}[]()")) if items is None else items
    chosen = {_bare(item) for item in named if _bare(item)}
    strange = sorted(item for item in chosen if item not in known)
    if strange or not chosen:
        layers = ", ".join(question["layers"])
        raise fail(_NAME, "not_a_layer", item=strange[0] if strange else "nothing", layers=layers)
    right = {layer.lower() for layer in question["right"]}
    for item in sorted(chosen - right):
        raise fail(_NAME, "layer_too_many", layer=known[item], why=question["wrong"][known[item]])
    if right - chosen:
        raise fail(_NAME, "layer_missing", missing=len(right - chosen))


def _bare(item: str) -> str:
    """``torch.nn.BatchNorm2d()`` and ``"BatchNorm2d"`` are the same layer."""
    return item.strip(" '\"").split("(")[0].rsplit(".", 1)[-1].strip(" '\"").lower()


def _check(name: str, points: float, judge: Callable[..., None]) -> Check:
    return Check(name, points, partial(judge, name))


EXERCISE = Exercise(
    name=_NAME,
    file="00_concepts",
    title="Concepts",
    required=REQUIRED,
    checks=(
        _check("iterations_per_epoch", 2, judge_number),
        _check("total_iterations", 1, judge_number),
        _check("weight_updates", 1, judge_number),
        _check("missing_zero_grad", 2, judge_choice),
        Check("mode_dependent_layers", 2, judge_layers),
        _check("stopping_on_test", 2, judge_choice),
    ),
)
