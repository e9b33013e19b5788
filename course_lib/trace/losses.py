"""Watching losses: torch's functions, however they were imported, and the reader's modules."""

import weakref
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from course_lib.trace.alive_graphs import AliveGraphs
from course_lib.trace.batches import Batches
from course_lib.trace.data_order import of_one_class
from course_lib.trace.events import Event
from course_lib.trace.label_samples import LabelSamples
from course_lib.trace.models import Models
from course_lib.trace.origins import origin_of
from course_lib.trace.recorder import observing
from course_lib.trace.tensors import inside_transform, operation_behind, samples_in, tensors_given

Call = Callable[..., Any]

# What torch.nn.functional calls in the end, and the place of the reduction among its arguments.
FUNCTIONS = (
    (torch._C._nn, "cross_entropy_loss", "cross_entropy", 3),
    (torch._C._nn, "nll_loss_nd", "nll_loss", 3),
    (torch._C._nn, "mse_loss", "mse_loss", 2),
    (torch._C._nn, "l1_loss", "l1_loss", 2),
    (torch._C._nn, "smooth_l1_loss", "smooth_l1_loss", 2),
    (torch._C._nn, "huber_loss", "huber_loss", 2),
    (torch._C._nn, "binary_cross_entropy", "binary_cross_entropy", 3),
    (torch._C._nn, "soft_margin_loss", "soft_margin_loss", 2),
    (torch._C._nn, "multi_margin_loss", "multi_margin_loss", 5),
    (torch._C._nn, "multilabel_margin_loss", "multilabel_margin_loss", 2),
    (torch, "binary_cross_entropy_with_logits", "binary_cross_entropy_with_logits", 4),
    (torch, "kl_div", "kl_div", 2),
    (torch, "ctc_loss", "ctc_loss", 5),
    (torch, "poisson_nll_loss", "poisson_nll_loss", 5),
    (torch, "margin_ranking_loss", "margin_ranking_loss", 4),
    (torch, "hinge_embedding_loss", "hinge_embedding_loss", 3),
    (torch, "cosine_embedding_loss", "cosine_embedding_loss", 4),
    (torch, "triplet_margin_loss", "triplet_margin_loss", 7),
)
_REDUCTIONS = ("none", "mean", "sum")
_TAKES_SCORES = {"cross_entropy", "nll_loss", "binary_cross_entropy_with_logits"}
_LOOK_FIRST, _LOOK_EVERY = 5, 50
_KEPT = 32


class Losses:
    """Writes losses down; knows which tensors are losses."""

    def __init__(
        self, models: Models, batches: Batches, graphs: AliveGraphs, labels: LabelSamples
    ) -> None:
        self.recorder = models.recorder
        self.models = models
        self.batches = batches
        self.graphs = graphs
        self.labels = labels
        self.latest: Event | None = None
        self._module: nn.Module | None = None
        self._made: dict[int, tuple[weakref.ref[Tensor], Event]] = {}
        self._classes: set[type] = set()
        self._looked: dict[str, int] = {}
        self._things: dict[str, int] = {}

    def of_module(self, original: Call, module: nn.Module, args: Any, kwargs: Any) -> Any:
        """Call a loss module of torch; the function in it is what is written down."""
        outer, self._module = self._module, module
        try:
            return original(module, *args, **kwargs)
        finally:
            self._module = outer

    def is_loss(self, module: nn.Module, inputs: Any, outputs: list[Tensor]) -> bool:
        """Whether a module of the reader's is a loss: two tensors or more in, one number out."""
        if len(outputs) != 1 or outputs[0].numel() != 1 or not outputs[0].is_floating_point():
            return False
        if len(tensors_given(*inputs)) < 2:
            return False
        kind = type(module)
        name = kind.__name__.lower()
        if outputs[0].requires_grad and next(module.parameters(), None) is None:
            self._classes.add(kind)  # so that it is known without gradients too
        return kind in self._classes or "loss" in name or "criterion" in name

    @observing
    def function(self, name: str, place: int, args: Any, kwargs: Any, value: Any) -> None:
        """A loss function of torch gave ``value``."""
        reduction = kwargs.get("reduction", args[place] if len(args) > place else None)
        event = self.recorder.emit("loss", reduction=_reduction(reduction))
        self.note(event, name, tensors_given(args, kwargs), value, self._module)

    def note(
        self,
        event: Event,
        name: str,
        inputs: list[Tensor],
        value: Tensor,
        module: nn.Module | None,
    ) -> None:
        """Fill in what is known of a loss."""
        numbers = event.numbers
        event.who["loss"] = self._thing(name, module)
        numbers["function"] = name
        numbers.setdefault("reduction", None)
        numbers["samples"] = samples_in(inputs)
        numbers["grad"] = value.requires_grad
        numbers["value"] = None
        if len(self._made) > _KEPT:
            self._made = {key: kept for key, kept in self._made.items() if kept[0]() is not None}
        self._made[id(value)] = (weakref.ref(value), event)
        self.latest = event
        self.graphs.watch(value, event.iteration)
        prediction, *others = inputs
        maker = self.models.maker_of(prediction)
        numbers["after_by"] = "identity"
        if maker is None:
            maker = origin_of(prediction)
            numbers["after_by"] = "order" if maker is None else "graph"
        maker = maker or self.models.latest
        if maker is not None:
            numbers["after"], event.who["model"] = maker
        numbers["input_op"] = operation_behind(prediction)
        if inside_transform():
            return
        if value.dim() == 0:
            self.recorder.late.note_now(numbers, "value", value)
        self._look_at_scores(name, prediction, numbers)
        self.batches.match_targets(event, others)
        if maker is not None and (numbers["batch"] is None or numbers["targets"] == "other"):
            self.labels.judged(*maker, value.requires_grad, others)
        if maker is not None and numbers["batch"] is None:
            numbers["one_class"] = of_one_class(others)

    def made(self, tensor: Tensor) -> Event | None:
        """The loss event that gave this very tensor."""
        known = self._made.get(id(tensor))
        return known[1] if known is not None and known[0]() is tensor else None

    def _thing(self, name: str, module: nn.Module | None) -> int:
        if module is not None:
            return self.recorder.thing("loss", module)[0].id
        if name not in self._things:
            self._things[name] = self.recorder.named("loss", name).id
        return self._things[name]

    def _look_at_scores(self, name: str, scores: Tensor, numbers: dict[str, Any]) -> None:
        """Now and then, see whether the scores are probabilities already."""
        count = self._looked[name] = self._looked.get(name, 0) + 1
        if name not in _TAKES_SCORES or (count > _LOOK_FIRST and count % _LOOK_EVERY):
            return
        numbers["input"] = None
        if scores.numel():
            self.recorder.late.read(
                _score_numbers(scores.detach()), lambda v: numbers.update(input=_kind_of(v))
            )


def _score_numbers(scores: Tensor) -> Tensor:
    """Smallest, largest; how far rows are from summing to 1, they and their exponentials."""
    scores = scores.float()
    classes = 1 if scores.dim() > 1 else 0
    low, high = torch.aminmax(scores)
    off = (scores.sum(classes) - 1).abs().max()
    off_exp = (scores.exp().sum(classes) - 1).abs().max()
    several = torch.tensor(float(scores.dim() > 0 and scores.shape[classes] > 1))
    return torch.stack([low, high, off, off_exp, several.to(scores.device)])


def _kind_of(values: list[float]) -> str:
    low, high, off, off_exp, several = values
    if several and low >= 0 and off < 1e-3:
        return "probabilities"
    if several and high <= 0 and off_exp < 1e-3:
        return "log_probabilities"
    return "unit_interval" if low >= 0 and high <= 1 else "other"


def _reduction(value: Any) -> str | None:
    if isinstance(value, int) and 0 <= value < 3:
        return _REDUCTIONS[value]
    return value if value in _REDUCTIONS else None


def watched_loss(original: Call, name: str, place: int, losses: Losses) -> Call:
    """A loss function of torch that tells its value."""
    here = losses.recorder.here

    def loss(*args: Any, **kwargs: Any) -> Any:
        value = original(*args, **kwargs)
        if not torch.compiler.is_compiling() and here():
            losses.function(name, place, args, kwargs, value)
        return value

    return loss
