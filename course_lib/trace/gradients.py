"""Watching backward passes: where they start, and which parameters they reach."""

import math
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import torch
from torch import Tensor

from course_lib.trace.alive_graphs import AliveGraphs
from course_lib.trace.bare_weights import learn_bare_weights
from course_lib.trace.clearing import Clearing
from course_lib.trace.events import Event
from course_lib.trace.losses import Losses
from course_lib.trace.parameters import ParameterNote
from course_lib.trace.recorder import observing
from course_lib.trace.tensors import inside_transform, operation
from course_lib.trace.updates_by_hand import UpdatesByHand

Call = Callable[..., Any]


class Gradients:
    """Writes backward passes down."""

    def __init__(
        self,
        clearing: Clearing,
        losses: Losses,
        graphs: AliveGraphs,
        by_hand: UpdatesByHand,
    ) -> None:
        models = clearing.models
        self.by_hand = by_hand
        self.asked: list[ParameterNote] = []
        self.recorder = models.recorder
        self.models = models
        self.parameters = clearing.parameters
        self.clearing = clearing
        self.losses = losses
        self.graphs = graphs
        self.scaled_by: Callable[[Tensor], int | None] = lambda tensor: None
        self.backward: Event | None = None  # that runs now
        self.steps_within = 0

    @observing
    def begin_backward(self, roots: Any, settings: Sequence[Any], into_grad: bool) -> Event:
        """The engine starts from ``roots``."""
        where = self.recorder.finder.where(sys._getframe(3))
        self.by_hand.look(where)
        self.clearing.notice_hand()
        root = next((t for t in roots if isinstance(t, Tensor)), None)
        _, retain_graph, create_graph, inputs = settings[:4]
        self.asked = self._known_among(inputs)
        event = self.recorder.emit(
            "backward",
            None,
            where,
            how="backward" if into_grad else "autograd.grad",
            value=None,
            retain_graph=bool(retain_graph),
            create_graph=bool(create_graph),
            operation=operation(root),
            graph=root is not None and (root.grad_fn is not None or root.requires_grad),
            parameters_asked=len(self.asked) if inputs else None,
            forwards=list(self.models.forwards_since_backward),
            stepped_since_forward=list(self.models.steps_since_forward),
            graphs_alive=self.graphs.before(self.recorder.iteration),
            reached=0,
            accumulated=0,
            models=[],
        )
        self.models.forwards_since_backward.clear()
        if root is not None:
            self._note_root(event, root)
            if into_grad:
                learn_bare_weights(self.parameters, root)
        self.backward = event
        return event

    def _note_root(self, event: Event, root: Tensor) -> None:
        numbers = event.numbers
        made = self.losses.made(root)
        numbers["loss_by"] = "order" if made is None else "identity"
        latest = self.losses.latest
        if made is None and latest is not None and latest.iteration == event.iteration:
            made = latest
        numbers["loss"] = None if made is None else made.index
        numbers["scaled_by"] = self.scaled_by(root)
        self.graphs.watch(root, event.iteration)
        if root.dim() or inside_transform():
            return

        def take(value: float) -> None:
            numbers["value"] = value
            before = None if made is None else made.numbers.get("value")
            if before and math.isfinite(before):
                numbers["scale"] = value / before

        self.recorder.late.read_now(root, take)

    def _known_among(self, tensors: Iterable[Any]) -> list[ParameterNote]:
        return self.parameters.known_among(t for t in tensors if isinstance(t, Tensor))

    @observing
    def end_backward(self, event: Event, error: BaseException | None) -> None:
        """The engine is done."""
        self.backward = None
        if error is not None:
            self.recorder.raised(event, error)
        reached = self.count_reached(event, self.parameters.alive())
        self.by_hand.after_backward(reached or self.asked)
        self.asked = []

    def count_reached(
        self, event: Event, among: Sequence[tuple[ParameterNote, Tensor]]
    ) -> list[ParameterNote]:
        """Add the parameters whose gradients changed to what the backward pass reached."""
        reached, accumulated = self.parameters.after_backward(event.index, among)
        numbers = event.numbers
        numbers["reached"] += len(reached)
        numbers["accumulated"] += accumulated
        scaler = numbers.get("scaled_by")
        if scaler is not None:
            for note in reached:
                note.scaler = scaler
        numbers["models"] = sorted(set(numbers["models"]).union(*(n.models for n in reached)))
        return reached


def watched_engine(original: Call, gradients: Gradients) -> Call:
    """What ``backward`` and ``autograd.grad`` hand their tensors to."""
    recorder = gradients.recorder

    def _engine_run_backward(t_outputs: Any, *args: Any, **kwargs: Any) -> Any:
        if torch.compiler.is_compiling() or not recorder.here():
            return original(t_outputs, *args, **kwargs)
        into_grad = kwargs.get("accumulate_grad", False)
        event = gradients.begin_backward(t_outputs, args, into_grad)
        if event is not None:
            recorder.enter(event)
        recorder.in_backward = True
        error: BaseException | None = None
        try:
            return original(t_outputs, *args, **kwargs)
        except BaseException as raised:
            error = raised
            raise
        finally:
            recorder.in_backward = False
            if event is not None:
                recorder.leave(event)
                gradients.end_backward(event, error)
            error = None

    return _engine_run_backward
