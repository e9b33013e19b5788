"""Which models there are, what parameters they hold, what they gave out."""

import weakref
from collections.abc import Iterable

from torch import Tensor, nn

from course_lib.trace.events import Event, Thing, Where
from course_lib.trace.fingerprint import Fingerprint
from course_lib.trace.origins import mark_made
from course_lib.trace.parameters import ParameterNote, Parameters
from course_lib.trace.recorder import Recorder
from course_lib.trace.sensitive_layers import sensitive_in


class Model:
    """What is remembered of one module that ran, or switched its mode, as the outermost one."""

    def __init__(self, thing: Thing, module: nn.Module) -> None:
        self.thing = thing
        self.module = weakref.ref(module)
        self.notes: list[ParameterNote] = []  # of its parameters, those that are gone too
        self.last_forward = -1  # index of the latest forward event with gradients
        self.inputs: Fingerprint | None = None  # of the latest forward with gradients
        self.looked: Fingerprint | None = None  # of the latest one without
        self.repeat = 0

    def look_which_learn(self) -> tuple[int, int]:
        """How many of its parameters there are now, and how many of all require gradients; their
        notes say so from here on.
        """
        alive = trainable = 0
        for note in self.notes:
            parameter = note.parameter()
            if parameter is not None:
                alive += 1
                note.trainable = parameter.requires_grad
            trainable += note.trainable
        return alive, trainable


class Models:
    """The models seen so far."""

    def __init__(self, recorder: Recorder, parameters: Parameters) -> None:
        self.recorder = recorder
        self.parameters = parameters
        self.by_id: dict[int, Model] = {}
        self._by_content: dict[tuple[int, ...], Model] = {}
        self.forwards_since_backward: list[int] = []  # those with gradients
        self.steps_since_forward: list[int] = []  # ids of optimizers
        self.latest: tuple[int, int] | None = None  # forward and model
        self._outputs: dict[int, tuple[weakref.ref[Tensor], int, int]] = {}

    def seen(self, module: nn.Module, where: Where | None, announce: bool = True) -> Model:
        """The model, written down when it is new and to be announced."""
        known = self.known(module)
        if known is not None:
            return known
        content = tuple(id(p) for p in module.parameters())
        earlier = self._by_content.get(content)
        if earlier is not None and content and earlier.module() is None:
            earlier.module = weakref.ref(module)  # model[:3], made anew for every batch
            self.recorder.adopt(module, earlier.thing)
            self.learn_parameters(earlier, module)
            return earlier
        thing, _ = self.recorder.thing("model", module)
        model = self.by_id[thing.id] = Model(thing, module)
        self._by_content[content] = model
        part_of = self._whole(module)
        self.learn_parameters(model, module)
        if not announce:
            return model
        tensors = list(module.parameters())
        self.recorder.emit(
            "model",
            {"model": thing.id},
            where=where,
            parameters=len(tensors),
            elements=sum(p.numel() for p in tensors if not _is_lazy(p)),
            trainable=sum(p.requires_grad for p in tensors),
            layers=sensitive_in(module),
            part_of=part_of,
        )
        return model

    def known(self, module: nn.Module) -> Model | None:
        """The model, if it was seen before."""
        known = self.recorder.id_of(module)
        return None if known is None else self.by_id.get(known)

    def _whole(self, module: nn.Module) -> int | None:
        for other in self.by_id.values():
            whole = other.module()
            if whole is not None and any(part is module for part in whole.modules()):
                return other.thing.id
        return None

    def learn_parameters(self, model: Model, module: nn.Module) -> None:
        """Note which parameters the model holds now; a layer may have been exchanged."""
        for note in model.notes:
            note.models.discard(model.thing.id)
        model.notes = []
        for name, parameter in module.named_parameters():
            if not parameter.is_leaf:
                continue
            note = self.parameters.note(parameter, name)
            if not note.models:
                note.name = name
            note.models.add(model.thing.id)
            model.notes.append(note)

    def note_first_layer(self, called: Iterable[nn.Module]) -> None:
        """Mark the parameters of the first layer called that has any."""
        for layer in called:
            held = list(_own(layer).values())
            if held:
                for note in self.parameters.known_among(held):
                    note.first = True
                return

    def learn_new_parameters(self, model: Model, called: Iterable[nn.Module]) -> None:
        """Look again where a layer that ran holds a parameter never seen."""
        held = [p for layer in called for p in _own(layer).values()]
        if len(self.parameters.known_among(held)) < len(held):
            module = model.module()
            if module is not None:
                self.learn_parameters(model, module)
            self._learn_unregistered(model, called)

    def _learn_unregistered(self, model: Model, called: Iterable[nn.Module]) -> None:
        """Layers in a plain list: they run with the model, which does not know them."""
        for layer in called:
            for name, parameter in _own(layer).items():
                if self.parameters[parameter] is None:
                    note = self.parameters.note(parameter, f"{type(layer).__name__}.{name}")
                    note.models.add(model.thing.id)
                    model.notes.append(note)

    def remember_outputs(self, outputs: Iterable[Tensor], event: Event, model: int) -> None:
        """These tensors came out of that forward."""
        self.latest = (event.index, model)
        if len(self._outputs) > 64:
            alive = [(key, kept) for key, kept in self._outputs.items() if kept[0]() is not None]
            self._outputs = dict(alive[-32:])
        for tensor in outputs:
            self._outputs[id(tensor)] = (weakref.ref(tensor), event.index, model)
            mark_made(tensor, (event.index, model))

    def maker_of(self, tensor: Tensor) -> tuple[int, int] | None:
        """(index of the forward, id of the model) that gave this very tensor, or what it views."""
        for it in (tensor, tensor._base):
            known = None if it is None else self._outputs.get(id(it))
            if known is not None and known[0]() is it:
                return known[1:]
        return None


def _is_lazy(parameter: Tensor) -> bool:
    return isinstance(parameter, nn.parameter.UninitializedParameter)


def _own(layer: nn.Module) -> dict[str, Tensor]:
    """A layer's parameters, without what ``functional_call`` has put in their place: what was
    computed never has a gradient of its own."""
    own = layer._parameters.items()
    return {name: p for name, p in own if p is not None and p.is_leaf}
