"""An epoch with accumulated gradients: done rightly, and in the usual wrong ways.

Choices, the right value first:

- ``scale``: samples (the mean over all samples of the group); K (each batch's mean divided by
  accumulation_steps), batches (… by the number of batches in the group), nominal (weighted by
  samples, divided by K full batches), none (the batches' means added up), sum (… over samples),
  epoch_samples (the share of the whole epoch), epoch_batches (divided by all batches), running
  (divided by the samples so far), twice_K, twice_batches (the right share, divided once more),
  left_over_sum (the group left over is not divided), times_K
- ``left_over``: stepped; dropped, merged (into the group before)
- ``start``: clean; stale (what the gradients held before counts)
- ``zeroing``: after_step; each_batch, never, never_rescaled (what is left is divided again),
  before_step (after the group's backward passes, but before its step)
- ``steps``: group; each_batch, ordinary (each batch is its own group), twice, shifted (when
  i % K == 0), never, epoch (all batches are one group), one_more, one_less (batches in a group),
  again_at_end (another step with the last gradient), again_if_even (… where nothing is left over),
  turned (where i % K is not 0, from 1), each_and_group (at each batch, and for the group once
  more), each_sum_and_group (… with gradients that are divided at the end of the group only),
  samples (a group has K samples), samples_divisible (… ends where the samples so far are a multiple
  of K), early_end (the last batch but one ends a group too, the last one does not),
  before_backward (zeroes and steps before the group's backward passes), late (steps there with the
  gradient of the group before, and then zeroes)
- ``train_mode``: yes; no
"""

from __future__ import annotations

from torch import Tensor, nn

from course_lib.grading.checks.accumulation_groups import Group, divided, length
from course_lib.grading.checks.accumulation_shares import Share
from course_lib.grading.checks.agreement import State
from course_lib.grading.checks.explaining import Choices
from course_lib.grading.checks.network_runs import batches
from course_lib.grading.checks.plain_sgd import PlainSGD
from course_lib.grading.drivers import networks
from course_lib.grading.exercise import Scenario

CHOICES = {
    "scale": (
        "samples",
        "K",
        "batches",
        "nominal",
        "none",
        "sum",
        "epoch_samples",
        "epoch_batches",
        "running",
        "twice_K",
        "twice_batches",
        "left_over_sum",
        "times_K",
    ),
    "left_over": ("stepped", "dropped", "merged"),
    "start": ("clean", "stale"),
    "zeroing": ("after_step", "each_batch", "never", "never_rescaled", "before_step"),
    "steps": (
        "group",
        "each_batch",
        "ordinary",
        "twice",
        "shifted",
        "never",
        "epoch",
        "one_more",
        "one_less",
        "again_at_end",
        "again_if_even",
        "turned",
        "each_and_group",
        "each_sum_and_group",
        "samples",
        "samples_divisible",
        "early_end",
        "before_backward",
        "late",
    ),
    "train_mode": (True, False),
}
RIGHT: Choices = {aspect: values[0] for aspect, values in CHOICES.items()}

_STEPS_PER_GROUP = {"each_batch": 0, "ordinary": 0, "never": 0, "late": 0, "twice": 2}  # else 1
_WITHOUT_GRADIENT = {("zeroing", "before_step"), ("steps", "before_backward")}


def never_moves(choices: Choices) -> bool:
    """Whether each step finds its gradient zeroed."""
    return bool(_WITHOUT_GRADIENT & set(choices.items()))


def train(scenario: Scenario, choices: Choices) -> State:
    """The parameters after one epoch; of who steps without a gradient, those that were meant.

    A gradient that is zeroed before any step used it moves nothing. What it would have done to the
    weights that the model began with is meant.
    """
    model = networks.build_model(scenario["model"])
    model.train(choices["train_mode"])
    if choices["start"] == "stale":
        for name, parameter in model.named_parameters():
            if name in scenario["stale_gradients"]:
                parameter.grad = networks.tensor(scenario["stale_gradients"][name])
    epoch = _Epoch(model, scenario, choices)
    groups = divided(
        epoch.batches, scenario["accumulation_steps"], choices["steps"], choices["left_over"]
    )
    for group in groups:
        epoch.train_on(group)
    if never_moves(choices):
        epoch.step_as_meant()
    return networks.state_of(model)


class _Epoch:
    def __init__(self, model: nn.Module, scenario: Scenario, choices: Choices) -> None:
        self.model, self.choices = model, choices
        self.batches = batches(scenario["train"])
        self.size = scenario["train"]["batch_size"]
        self.k = length(choices["steps"], scenario["accumulation_steps"], len(self.batches))
        self.done = 0
        self._loss_fn = networks.build_loss(scenario["train"])
        self._optimizer = PlainSGD(model.parameters(), **scenario["optimizer"])
        self._meant: list[list[Tensor]] = []

    def train_on(self, group: Group) -> None:
        """Accumulate the gradients of a group, and step, as far as the choices do."""
        found, complete = group
        steps, zeroing = self.choices["steps"], self.choices["zeroing"]
        ordinary = steps == "ordinary"
        share = Share(found, self.done, self.batches, self.k, self.size, complete)
        if steps == "late":
            self._optimizer.step()
            self._optimizer.zero_grad()
        for batch in found:
            if zeroing == "each_batch" or ordinary:
                self._optimizer.zero_grad()
            if zeroing == "never_rescaled" and batch is found[0]:
                self._divide_gradients(sum(len(targets) for _, targets in found))
            loss = self._loss_fn(self.model(batch[0]), batch[1])
            weight = 1.0 if ordinary else share.weight(self.choices["scale"], batch)
            (loss * weight).backward()
            if steps == "each_sum_and_group":  # the sum so far, and no mean
                self._divide_gradients(1 / share.samples)
            if ordinary or steps in ("each_batch", "each_and_group", "each_sum_and_group"):
                self._optimizer.step()
            if steps == "each_sum_and_group":
                self._divide_gradients(share.samples)
        self.done += len(found)
        if complete or self.choices["left_over"] == "stepped":
            self._step()
        self._step_again(complete)
        if not zeroing.startswith("never") and steps != "late":
            self._optimizer.zero_grad()

    def _step(self) -> None:
        if never_moves(self.choices):
            parameters = self.model.parameters()
            self._meant.append([p.grad.clone() for p in parameters if p.grad is not None])
            return
        for _ in range(_STEPS_PER_GROUP.get(self.choices["steps"], 1)):
            self._optimizer.step()

    def _step_again(self, complete: bool) -> None:
        again = self.choices["steps"]
        if self.done == len(self.batches) and (
            again == "again_at_end" or (again == "again_if_even" and complete)
        ):
            self._optimizer.step()

    def step_as_meant(self) -> None:
        """One step with all gradients that were zeroed before a step."""
        if self.choices["steps"] == "before_backward":
            self._meant = self._meant[:-1]  # the last group's are still there, and nobody steps
        self._optimizer.zero_grad()
        for gradients in self._meant:
            for parameter, gradient in zip(self.model.parameters(), gradients, strict=True):
                parameter.grad = gradient if parameter.grad is None else parameter.grad + gradient
        self._optimizer.step()

    def _divide_gradients(self, samples: float) -> None:
        for parameter in self.model.parameters():
            if parameter.grad is not None:
                parameter.grad /= samples
