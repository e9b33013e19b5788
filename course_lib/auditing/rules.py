"""All rules, and which finding explains which other."""

from collections.abc import Callable, Iterator

from course_lib.auditing import (
    criteria,
    cut_batches,
    data,
    labels,
    losses,
    modes,
    optimizers,
    recreated,
    refusals,
    repeats,
    selection,
    steps,
)
from course_lib.auditing.facts import Facts
from course_lib.auditing.finding import Evidence

Rule = Callable[[Facts], Iterator[Evidence]]

RULES: tuple[Rule, ...] = (
    steps.missing_zero_grad,
    steps.zero_grad_before_step,
    steps.missing_backward,
    steps.step_before_backward,
    steps.no_step,
    refusals.scaler_refused,
    steps.clip_after_step,
    steps.clip_before_unscale,
    modes.missing_eval_mode,
    modes.missing_train_mode,
    modes.grad_in_validation,
    data.held_out_data,
    data.joined_data,
    data.validation_without_roles,
    data.shuffled_labels,
    labels.unrelated_labels,
    repeats.same_batch,
    data.unshuffled_training,
    cut_batches.cut_in_order,
    cut_batches.cut_at_one_place,
    losses.loss_graph_retained,
    losses.softmax_before_cross_entropy,
    losses.accumulation_unscaled,
    losses.gradient_not_reaching_model,
    optimizers.scheduler_before_optimizer,
    optimizers.params_not_in_optimizer,
    criteria.criterion_not_in_optimizer,
    optimizers.optimizer_has_stale_params,
    recreated.optimizer_recreated,
    selection.test_for_selection,
    selection.no_learning,
)

# One mistake, one finding: what stands on the left explains what stands on the right.
EXPLAINS: dict[str, frozenset[str]] = {
    "optimizer-has-stale-params": frozenset(
        {"params-not-in-optimizer", "gradient-not-reaching-model"}
    ),
    "step-before-backward": frozenset({"missing-backward", "zero-grad-before-step"}),
    "zero-grad-before-step": frozenset({"no-learning"}),
    "missing-backward": frozenset({"gradient-not-reaching-model"}),
    "validation-updates-weights": frozenset({"missing-train-mode", "unshuffled-training"}),
    "train-on-test": frozenset({"test-for-selection"}),
    "same-batch": frozenset({"unshuffled-training"}),
}


def judge(facts: Facts) -> list[Evidence]:
    """The first evidence of each code, without what another code explains, in order of events."""
    found: dict[str, Evidence] = {}
    for rule in RULES:
        for evidence in rule(facts):
            found.setdefault(evidence.code, evidence)
    explained = {code for left in found for code in EXPLAINS.get(left, ())}
    kept = [evidence for code, evidence in found.items() if code not in explained]
    return sorted(kept, key=lambda evidence: evidence.event.index)
