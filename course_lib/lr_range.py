"""The learning-rate range test: train briefly while the rate grows, and watch the loss.

After Smith, "Cyclical Learning Rates for Training Neural Networks" (2017), section 3.3.
"""

from __future__ import annotations

import copy
import itertools
import math
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from course_lib import preparation
from course_lib.checked_loss import CheckedLoss, LossFunction
from course_lib.device import available_device, get_device, to_device
from course_lib.resumable_loader import loader_generators
from course_lib.seeding import random_states, restore_random_states

NEEDED_FALL = 0.02  # of the first loss: less is no evidence that any rate trained
NEEDED_NOISE = 4.0  # and more than so many times the noise of the smoothed loss
# The lowest loss stands where the rate is already a little too high to go on with. Of a third, a
# fifth and a tenth, a third ended lowest in runs of 15 epochs: tools/diagnosis/lr_suggestion.py.
BACK_FROM_LOWEST = 3.0


@dataclass(frozen=True)
class LRRangeResult:
    """What :func:`lr_range_test` saw; ``plots.plot_lr_range`` draws it.

    Attributes:
        rates: the learning rate of each update.
        losses: the loss of the batch *before* the update at the same place, so after the one
            before it.
        smoothed: centred mean of the losses over a few neighbours.
        suggestion: a rate to begin with; None if the loss fell at none.
        diverged: whether the test ended early because the loss blew up.
        advice: one or two sentences: what to do with this.
    """

    rates: list[float]
    losses: list[float]
    smoothed: list[float]
    suggestion: float | None
    diverged: bool
    advice: str

    def __str__(self) -> str:
        return f"{len(self.rates)} updates, {self.rates[0]:.2g} to {self.rates[-1]:.2g}. " + (
            self.advice
        )


def lr_range_test(
    model: nn.Module, train_loader: Iterable[Any], loss_fn: LossFunction | None = None,
    optimizer: Optimizer | preparation.MakeOptimizer | None = None, *, min_lr: float = 1e-6,
    max_lr: float = 10.0, steps: int = 100, blow_up: float = 4.0,
    device: torch.device | str | None = None,
) -> LRRangeResult:  # fmt: skip
    """Train for ``steps`` updates while the learning rate grows geometrically, then undo it all.

    Afterwards weights, buffers, gradients, modes, the optimizer with its state and its rates, and
    the random states (Python, NumPy, torch, the loader's generators) are what they were, bit for
    bit; also after an exception.

    Args:
        model: on ``device`` already; is trained in training mode meanwhile.
        train_loader: gives pairs ``(inputs, targets)``; begun again when it ends.
        loss_fn: default ``CrossEntropyLoss()``.
        optimizer: the one that the real run will use, or a function that makes it from the
            parameters; default Adam. The rate depends on it, so test with the right one. Groups
            with rates of their own keep their proportion to the first.
        min_lr, max_lr: where the rate begins and where it ends.
        steps: updates, at least 10.
        blow_up: stop once the loss is above that many times its lowest, and above its first.
        device: default: CUDA, then MPS, then the CPU.

    Raises:
        ValueError: for rates that do not grow, too few steps, no batches, a device that is not here
            or not the model's, an optimizer of another model or without a rate (LBFGS).
    """
    if not (0 < min_lr < max_lr < math.inf):
        raise ValueError(f"rates grow from min_lr to max_lr, both positive: {min_lr} to {max_lr}")
    if steps < 10:
        raise ValueError(f"{steps} steps show no shape: give at least 10")
    device = get_device() if device is None else available_device(device)
    preparation.require_device(model, device)
    preparation.require_full_loaders(train_loader=train_loader)
    loss_fn = CheckedLoss(nn.CrossEntropyLoss() if loss_fn is None else loss_fn)
    made = preparation.make_optimizer(optimizer, model, min_lr)
    _require_fitting(made, model)
    rates = [min_lr * (max_lr / min_lr) ** (i / (steps - 1)) for i in range(steps)]
    width = max(1, steps // 40)
    losses: list[float] = []
    diverged = False
    with _put_back(model, made, train_loader):
        model.train()
        for rate, (inputs, targets) in zip(rates, _endless(train_loader), strict=False):
            loss = loss_fn(model(to_device(inputs, device)), to_device(targets, device))
            losses.append(float(loss.detach()))
            if _blown_up(losses, width, blow_up):
                diverged = True
                break
            _set_rates(made, rate)
            made.zero_grad()
            loss.backward()
            made.step()
    rates = rates[: len(losses)]
    smoothed = smooth(losses, width)
    found = suggest(rates, smoothed, noise_of(losses, width))
    advice = _advice(found, rates, losses[0], diverged)
    return LRRangeResult(rates, losses, smoothed, found, diverged, advice)


def _require_fitting(optimizer: Optimizer, model: nn.Module) -> None:
    owned = {id(p) for group in optimizer.param_groups for p in group["params"]}
    if not any(id(p) in owned for p in model.parameters()):
        raise ValueError("The optimizer holds none of this model's parameters.")
    if isinstance(optimizer, torch.optim.LBFGS):
        raise ValueError("LBFGS looks for its step length itself: there is no rate to test.")


def smooth(losses: Sequence[float], width: int) -> list[float]:
    """Mean of each loss and its ``width`` neighbours on either side (fewer at the ends)."""
    return [
        sum(part) / len(part)
        for part in (losses[max(0, i - width) : i + width + 1] for i in range(len(losses)))
    ]


def noise_of(losses: Sequence[float], width: int) -> float:
    """Standard deviation of the smoothed loss, from the steps of the first quarter of the test."""
    early = [v for v in losses[: max(4, len(losses) // 4)] if math.isfinite(v)]
    steps = [(b - a) ** 2 for a, b in itertools.pairwise(early)]
    return math.sqrt(sum(steps) / len(steps) / 2 / (2 * width + 1)) if steps else 0.0


def suggest(rates: Sequence[float], smoothed: Sequence[float], noise: float = 0.0) -> float | None:
    """A third of the rate at which the smoothed loss is lowest; None if it hardly fell.

    A loss follows from the updates before it, so what stands at a rate was brought about by the
    rates just below. Of 72 tests on targets without any pattern (batches of 8 and 32), 26 got a
    suggestion below 1e-3 without the condition on the noise, and 1 with it.
    """
    finite = [(loss, i) for i, loss in enumerate(smoothed) if math.isfinite(loss)]
    if not finite:
        return None
    low, at = min(finite)
    first = smoothed[: max(1, len(smoothed) // 10)]
    start = sum(first) / len(first)
    if at == 0 or low > start - max(NEEDED_FALL * abs(start), NEEDED_NOISE * noise):
        return None
    return max(rates[at] / BACK_FROM_LOWEST, rates[0])


def _advice(found: float | None, rates: Sequence[float], first: float, diverged: bool) -> str:
    if not math.isfinite(first):
        return (
            "The loss is not finite before the first update, so no rate is to blame: look for NaN "
            "and infinity in the data, and for a log, a division or a root that meets zero."
        )
    if found is None:
        return (
            "The loss fell at no rate, or not beyond its noise: check whether the model can learn "
            "one batch (overfit_one_batch), then test with bigger batches or more steps."
        )
    advice = f"Begin with a learning rate near {found:.2g}."
    if not diverged:
        advice += f" The loss did not blow up: a max_lr above {rates[-1]:.2g} would show more."
    return advice


def _blown_up(losses: Sequence[float], width: int, times: float) -> bool:
    if not math.isfinite(losses[-1]):
        return True
    means = smooth(losses, width)
    recent = losses[-width - 1 :]
    now = sum(recent) / len(recent)
    return len(losses) > width and now > max(times * min(means), losses[0])


def _endless(loader: Iterable[Any]) -> Iterator[Any]:
    for epoch in itertools.count():
        batch = None
        for batch in loader:
            yield batch
        if batch is None:
            where = "train_loader" if epoch == 0 else "train_loader, begun again,"
            raise ValueError(preparation.EMPTY_LOADER.format(name=where))


def _set_rates(optimizer: Optimizer, rate: float) -> None:
    groups = optimizer.param_groups
    first = float(groups[0]["lr"])
    shares = [float(g["lr"]) / first if first else 1.0 for g in groups]
    for group, share in zip(groups, shares, strict=True):
        old = group["lr"]
        new = rate * share
        group["lr"] = torch.full_like(old, new) if isinstance(old, Tensor) else new


@contextmanager
def _put_back(model: nn.Module, optimizer: Optimizer, loader: Any) -> Iterator[None]:
    """Undo inside the block: tensors get their bits back, objects stay the objects they were."""
    modes = [(module, module.training) for module in model.modules()]
    slots: list[tuple[dict[str, Any], str, Tensor, Tensor]] = [
        (store, name, tensor, tensor.detach().clone())
        for module in model.modules()
        for store in (cast(dict[str, Any], module._parameters), module._buffers)
        for name, tensor in store.items()
        if tensor is not None
    ]
    owned = [p for group in optimizer.param_groups for p in group["params"]]
    trained = list({id(p): p for p in (*model.parameters(), *owned)}.values())
    beside = [(p, p.detach().clone()) for p in owned]  # the loss may have parameters of its own
    grads = [(p, p.grad, None if p.grad is None else p.grad.clone()) for p in trained]
    groups = [(group, dict(group)) for group in optimizer.param_groups]
    state = {p: copy.deepcopy(kept) for p, kept in optimizer.state.items()}
    called = getattr(optimizer, "_opt_called", None)  # what a scheduler warns by
    generators = loader_generators(loader)
    random = random_states(generators)
    try:
        yield
    finally:
        restore_random_states(random, generators)
        with torch.no_grad():
            for store, name, tensor, kept in slots:
                store[name] = tensor
                tensor.copy_(kept)
            for p, kept in beside:
                p.copy_(kept)
            for p, grad, kept_grad in grads:
                p.grad = grad
                if grad is not None and kept_grad is not None:
                    grad.copy_(kept_grad)
        for group, before in groups:
            group.clear()
            group.update(before)
        optimizer.state.clear()
        optimizer.state.update(state)
        if called is not None:
            optimizer._opt_called = called  # type: ignore[attr-defined]
        for module, training in modes:
            module.training = training
