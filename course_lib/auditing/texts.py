"""Every sentence of the audit: what happened, why it matters, what to change.

In ``what``, ``{at}`` is the iteration and the line; other names in braces are the evidence's words.
"""

from typing import NamedTuple

from course_lib.auditing.finding import Evidence, Finding
from course_lib.trace.events import Event


class Text(NamedTuple):
    """The three sentences of a finding."""

    what: str
    why: str
    fix: str


TEXTS: dict[str, Text] = {
    "missing-zero-grad": Text(
        "At {at}, the gradients of an earlier step are still there and are used once more.",
        "backward() adds to .grad. Without clearing, each step follows the sum of all gradients so "
        "far, most of them computed for weights that no longer exist.",
        "Call optimizer.zero_grad() once for each step: before backward(), or right after step().",
    ),
    "zero-grad-before-step": Text(
        "At {at}, the gradients are cleared after backward() and before step() ({step}).",
        "The step finds no gradient, or zeros, so what backward() computed never reaches the "
        "weights.",
        "Move zero_grad() to before backward(), or to after step().",
    ),
    "missing-backward": Text(
        "At {at}, the optimizer steps, but no backward() has computed gradients for it.",
        "Without gradients a step changes nothing: the model stays as it was made.",
        "Call loss.backward() between the loss and optimizer.step().",
    ),
    "step-before-backward": Text(
        "At {at}, step() comes between the forward pass and its backward() ({backward}).",
        "The step cannot use this batch's gradients. It uses those of the batch before, or none, "
        "and changes weights that backward() still needs: PyTorch may report that one iteration "
        "later as an in-place modification.",
        "Order the steps: forward, loss, backward(), then optimizer.step().",
    ),
    "no-step": Text(
        "Gradients are computed (first at {at}), but no optimizer step uses them.",
        "backward() only fills .grad. The weights change in step(), so nothing is learned.",
        "Call optimizer.step() after loss.backward() (with a GradScaler: scaler.step(optimizer)).",
    ),
    "missing-eval-mode": Text(
        "At {at}, data that is only evaluated goes through the model in training mode, with "
        "{layers} active.",
        "Dropout makes the score random and too low; batch norm uses the batch's own statistics "
        "and even learns from the held-out data.",
        "Call model.eval() before the evaluation and model.train() before training goes on.",
    ),
    "missing-train-mode": Text(
        "At {at}, training goes on in eval mode, set at {switch}: {layers} no longer work as in "
        "training.",
        "Dropout no longer regularises and batch norm no longer updates its statistics: it is "
        "another model that is trained from here on.",
        "Call model.train() at the start of every training epoch, after each evaluation.",
    ),
    "grad-in-validation": Text(
        "At {at}, a forward pass whose loss is never used for learning records a graph.",
        "Autograd keeps every activation for a backward pass that never comes: memory and time "
        "for nothing.",
        "Put the evaluation under torch.no_grad() or torch.inference_mode(); eval() does not do "
        "that.",
    ),
    "validation-updates-weights": Text(
        "At {at}, an optimizer step uses {role} data inside what looks like an evaluation.",
        "A set that the weights have learned from no longer tells how the model does on new data.",
        "Take backward() and step() out of the evaluation, and put it under torch.no_grad().",
    ),
    "loss-graph-retained": Text(
        "At {at}, the graphs of {alive} earlier iterations are still alive, and each iteration "
        "adds one.",
        "A stored loss or output keeps its whole graph. Memory grows with every batch until none "
        "is left.",
        "Store numbers: loss.item(), or loss.detach() where waiting for a GPU would cost.",
    ),
    "scheduler-before-optimizer": Text(
        "At {at}, scheduler.step() comes before the optimizer's first step.",
        "The first value of the schedule is skipped, and every later one comes one step too early.",
        "Call optimizer.step() first, then scheduler.step().",
    ),
    "params-not-in-optimizer": Text(
        "{count} parameter tensors that get gradients are in no optimizer: {names} (seen at {at}).",
        "They keep their initial values, whatever backward() computes for them.",
        "Give the optimizer all of model.parameters(). Layers in a plain list are not found: use "
        "nn.ModuleList. If they are to stay fixed, say so with requires_grad_(False).",
    ),
    "optimizer-has-stale-params": Text(
        "At {at}, the optimizer steps {count} parameter tensors that the model no longer uses; "
        "{orphans} that it does use are in no optimizer: {names}.",
        "Parameters were replaced after the optimizer was made: it moves the old ones, the new "
        "ones never learn.",
        "Make the optimizer after the model has its final layers (and after copying it).",
    ),
    "optimizer-recreated": Text(
        "At {at}, the same optimizer is made again, {times} times in all.",
        "A new optimizer has forgotten its state: momentum, Adam's moments and their warm-up start "
        "over.",
        "Make the optimizer once, before the loop over epochs.",
    ),
    "accumulation-unscaled": Text(
        "At {at}, the step uses the sum of {count} batches' mean losses, none of them divided.",
        "The gradient is {count} times that of one large batch, as if the learning rate were "
        "{count} times as high.",
        "Divide each loss by the number of batches accumulated: (loss / {count}).backward().",
    ),
    "clip-after-step": Text(
        "At {at}, gradients are clipped after the step that used them.",
        "The step has already followed the full gradient: the clipping has no effect.",
        "Call the clipping between backward() and step().",
    ),
    "clip-before-unscale": Text(
        "At {at}, gradients are clipped while they are still multiplied by the GradScaler's "
        "factor.",
        "The limit is compared with gradients many times too large, so nearly all of each gradient "
        "is clipped away.",
        "Call scaler.unscale_(optimizer) before the clipping.",
    ),
    "gradient-not-reaching-model": Text(
        "At {at}, the way back from the loss is cut: no gradient reaches {what}.",
        "detach(), item(), argmax, NumPy or no_grad() end the graph: what lies before never "
        "learns.",
        "Compute the loss from the model's own outputs, with tensor operations that have a "
        "gradient.",
    ),
    "softmax-before-cross-entropy": Text(
        "At {at}, probabilities go into {function}, which expects raw scores.",
        "The loss applies (log-)softmax itself. Applied twice, it flattens the gradient: the loss "
        "cannot come near zero and learning is slow.",
        "Give the loss the logits. Take softmax or sigmoid only where you need probabilities.",
    ),
    "train-on-val": Text(
        "At {at}, backward() goes through validation data in the training loop.",
        "A set that the weights have learned from no longer tells how the model does on new data.",
        "Iterate over the training loader in the training loop, and make that loader of the "
        "training part of a split.",
    ),
    "train-on-test": Text(
        "At {at}, backward() goes through test data in the training loop.",
        "The test score is then a score on data that the model has seen: it says nothing about "
        "new data.",
        "Keep the test set out of training, and look at it once, at the end.",
    ),
    "test-for-selection": Text(
        "At {at}, the test data is evaluated once more between epochs, and decides what is kept.",
        "Whatever is chosen by the test score fits the test set a little: the reported score is "
        "too good.",
        "Choose by a validation set; look at the test set once, after everything is decided.",
    ),
    "shuffled-labels": Text(
        "At {at}, inputs and targets are in different orders.",
        "Each sample is taught with another one's target: there is nothing to learn but the mean.",
        "Index inputs and targets with the same permutation, or let the DataLoader shuffle pairs.",
    ),
    "same-batch": Text(
        "At {at}, the same batch is learned from again, though the data has more.",
        "The model memorises a few samples and never sees the rest.",
        "Iterate over the loader: for inputs, targets in loader. next(iter(loader)) starts anew "
        "each time.",
    ),
    "unshuffled-training": Text(
        "At {at}, the training data comes in its stored order in every epoch.",
        "Neighbouring samples are often alike, so each update pulls towards what came last, and "
        "every epoch repeats it.",
        "Give the training DataLoader shuffle=True; without a loader, take the rows in the order "
        "torch.randperm(len(x)), drawn anew for each epoch.",
    ),
    "no-learning": Text(
        "From {at} on, the optimizer steps and no weight moves: {reason}.",
        "The loss can only change by chance.",
        "Print the learning rate and the gradient norm of a few steps; one of them is zero.",
    ),
}

CODES = tuple(TEXTS)


def finding_of(evidence: Evidence) -> Finding:
    """The finding in words."""
    text = TEXTS[evidence.code]
    words = {"at": place(evidence.event), **evidence.words}
    return Finding(
        evidence.code,
        text.what.format(**words),
        text.why.format(**words),
        text.fix.format(**words),
    )


def place(event: Event) -> str:
    """Iteration and line of an event, as far as they are known."""
    parts = [f"iteration {event.iteration}"] if event.iteration else []
    if event.where is not None:
        parts.append(str(event.where))
    return ", ".join(parts) or "the start"
