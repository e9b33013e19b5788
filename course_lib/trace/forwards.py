"""Watching modules: forward passes."""

from dataclasses import replace
from types import FrameType
from typing import Any

import torch
from torch import Tensor, nn

from course_lib.trace.batches import Batches
from course_lib.trace.events import Event
from course_lib.trace.fingerprint import Fingerprint
from course_lib.trace.losses import Losses
from course_lib.trace.models import Model, Models
from course_lib.trace.recorder import observing
from course_lib.trace.sensitive_layers import modes
from course_lib.trace.slices import Slices
from course_lib.trace.tensors import (
    inside_transform,
    operation,
    samples_in,
    tensors_given,
    tensors_in,
)
from course_lib.trace.updates_by_hand import UpdatesByHand


class Forwards:
    """Writes forward passes down."""

    def __init__(
        self, models: Models, batches: Batches, losses: Losses, by_hand: UpdatesByHand
    ) -> None:
        self.by_hand = by_hand
        self.recorder = models.recorder
        self.models = models
        self.batches = batches
        self.losses = losses
        self.slices = Slices()
        self.depth = 0
        self.called: list[nn.Module] = []  # in the outermost call that runs now
        self.first_with_grad = False  # gradients were on when the first of these was called
        self.functional_dropout: list[bool] = []
        self._grad_enabled = True
        self._by_hand: tuple[int, Event] | None = None  # a frame of ``forward``, its event

    @observing
    def begin(self, module: nn.Module, inputs: Any, caller: FrameType) -> Event:
        """An outermost call begins; or a layer's, in ``model.forward(x)`` without ``model(x)``."""
        self.called.clear()
        self.functional_dropout.clear()
        if caller.f_code.co_name == "forward" and caller.f_code.co_argcount:
            whole = caller.f_locals.get(caller.f_code.co_varnames[0])
            if isinstance(whole, nn.Module) and whole is not module:
                return self._begin_by_hand(whole, inputs, caller)
        return self._begin(module, inputs, caller)

    def _begin_by_hand(self, whole: nn.Module, inputs: Any, caller: FrameType) -> Event:
        if self._by_hand is not None:
            frame, event = self._by_hand
            if frame == id(caller) and self.recorder.events[-1] is event:
                self.recorder.enter(event)
                return event
        event = self._begin(whole, inputs, caller.f_back or caller)
        self._by_hand = id(caller), event
        return event

    def _begin(self, module: nn.Module, inputs: Any, caller: FrameType) -> Event:
        where = self.recorder.finder.where(caller)
        enabled, inference = torch.is_grad_enabled(), torch.is_inference_mode_enabled()
        if enabled != self._grad_enabled:
            self._grad_enabled = enabled
            self.recorder.emit(
                "grad_enabled", where=where, enabled=enabled, inference_mode=inference
            )
        model = self.models.known(module)
        if model is None:
            has_any = next(module.parameters(), None) is not None
            model = self.models.seen(module, where, announce=has_any)
        learns = bool(model.notes)
        self.by_hand.look(where)
        event = self.recorder.emit(
            "forward",
            {"model": model.thing.id},
            where,
            training=module.training,
            grad=enabled,
            inference_mode=inference,
        )
        self.recorder.enter(event)
        if learns:
            self.models.latest = (event.index, model.thing.id)
        if enabled and learns:
            self.models.forwards_since_backward.append(event.index)
            del self.models.forwards_since_backward[:-16]
            self.models.steps_since_forward.clear()
            model.last_forward = event.index
        if not inside_transform():
            self._note_inputs(model, event, tensors_given(*inputs))
        return event

    def _note_inputs(self, model: Model, event: Event, inputs: list[Tensor]) -> None:
        numbers = event.numbers
        numbers["samples"] = samples_in(inputs)
        numbers["repeat"], numbers["new"] = 0, None
        maker = self.models.maker_of(inputs[0]) if inputs else None
        numbers["fed_by"] = None if maker is None else maker[0]

        def take(seen: Fingerprint) -> None:
            if not numbers["grad"]:
                numbers["new"] = seen not in (model.inputs, model.looked)
                model.looked = seen
            else:
                model.repeat = model.repeat + 1 if seen == model.inputs else 0
                model.inputs = seen
                numbers["repeat"] = model.repeat

        self.batches.match_inputs(event, inputs, take)
        unknown = numbers["batch"] is None
        if unknown:
            numbers["slice"] = self.slices.of(inputs[0]) if inputs else None
        if unknown or numbers["inputs"] == "other":
            self.losses.labels.fed(event.index, model.thing.id, numbers["grad"], inputs, unknown)

    @observing
    def end(self, event: Event, module: nn.Module, inputs: Any, output: Any) -> None:
        """The outermost call gave ``output``."""
        self.recorder.leave(event)
        numbers = event.numbers
        model = self.models.by_id[event.who["model"]]
        self.models.learn_new_parameters(model, self.called)
        if numbers["grad"] and self.first_with_grad:
            self.models.note_first_layer(self.called)
        layers = modes([module, *self.called], self.functional_dropout)
        for kind, count in numbers.get("layers", {}).items():
            layers[kind] += count
        numbers["layers"] = layers
        alive, trainable = model.look_which_learn()
        if not alive:  # torch.func puts other tensors in their place for a while
            self.models.learn_parameters(model, module)
            alive, trainable = model.look_which_learn()
        numbers["parameters"] = alive
        numbers["trainable"] = trainable
        outputs = tensors_in(output)
        if self.losses.is_loss(module, inputs, outputs):
            self._was_loss(event, module, inputs, outputs[0])
            return
        if not alive and self.recorder.events[-1] is event:
            self.recorder.events.pop()  # an activation or a metric, not a model
            return
        first = next((t for t in outputs if t.is_floating_point()), None)
        numbers["output_grad"] = any(t.requires_grad for t in outputs)
        if first is not None and numbers["training"]:
            self.losses.graphs.watch(first, event.iteration)
        numbers["output_op"] = operation(first)
        self.models.remember_outputs(outputs, event, model.thing.id)

    def _was_loss(self, event: Event, module: nn.Module, inputs: Any, value: Tensor) -> None:
        """What looked like a model was a loss of the reader's: tell it so."""
        forwards = self.models.forwards_since_backward
        if event.index in forwards:
            forwards.remove(event.index)
        loss = replace(event, kind="loss", who={}, numbers={})
        self.recorder.events[event.index] = loss
        self.losses.note(loss, type(module).__name__, tensors_given(*inputs), value, module)

    @observing
    def failed(self, event: Event, error: BaseException) -> None:
        """The outermost call raised."""
        self.recorder.leave(event)
        self.recorder.raised(event, error)
