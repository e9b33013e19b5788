"""A trace, arranged for the rules: who learned from what, and which passes only looked."""

from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from course_lib.trace.events import Event
from course_lib.trace.trace import Trace

KNOWN = ("same", "permuted")  # the recorder saw that these are the batch's own tensors


@dataclass(slots=True)
class Pass:
    """One pass over a loader, as far as it was drawn.

    ``trained``: a backward pass went through one of its batches. ``forwards``: those over its
    batches.
    """

    loader: int
    role: str | None
    number: int
    batches: list[Event] = field(default_factory=list)
    forwards: list[Event] = field(default_factory=list)
    trained: bool = False


def _is_looked_at(one: Pass, backward: Event) -> bool:
    """Whether held-out batches went through a model without gradients in this iteration.

    Then the backward, which goes through none of them, belongs to the training that follows.
    """
    return one.role in ("val", "test") and any(
        f.iteration == backward.iteration and not f.numbers["grad"] for f in one.forwards
    )


class Facts:
    """What the rules ask of a trace."""

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self.events = trace.events
        self._by_kind: dict[str, list[Event]] = defaultdict(list)
        for event in self.events:
            self._by_kind[event.kind].append(event)

    def of(self, kind: str) -> list[Event]:
        """The events of a kind that did not raise, in order."""
        return [e for e in self._by_kind.get(kind, []) if not e.numbers.get("raised")]

    def all_of(self, kind: str) -> list[Event]:
        """The events of a kind, those that raised too."""
        return self._by_kind.get(kind, [])

    def between(self, kind: str, after: int, before: int) -> list[Event]:
        """Events of a kind with ``after < index < before``."""
        return [e for e in self.all_of(kind) if after < e.index < before]

    def name(self, thing: int | None) -> str:
        """What a thing is called."""
        return "?" if thing is None else self.trace.things[thing].name

    @cached_property
    def end(self) -> dict[str, Any]:
        """The numbers of the last event."""
        ends = self.all_of("end")
        return ends[-1].numbers if ends else {}

    @cached_property
    def steps(self) -> list[Event]:
        """Steps of optimizers."""
        return self.of("step")

    def loss_behind(self, backward: Event) -> Event | None:
        """The loss that a backward pass started from, when it is that very tensor."""
        index = backward.numbers.get("loss")
        if index is None or backward.numbers.get("loss_by") != "identity":
            return None
        return self.events[index]

    def forwards_behind(self, backward: Event) -> list[Event]:
        """The forwards that a backward pass went through, as well as can be told."""
        loss = self.loss_behind(backward)
        if loss is not None:
            after = loss.numbers.get("after")
            if loss.within is not None and self.events[loss.within].kind == "forward":
                return [self.events[loss.within]]
            if after is not None and loss.numbers.get("after_by") == "identity":
                return [self.events[after]]
        found = [self.events[index] for index in backward.numbers.get("forwards") or []]
        return [f for f in found if f.iteration == found[-1].iteration]

    def batches_behind(self, backward: Event) -> list[Event]:
        """The batches whose own tensors a backward pass demonstrably went through."""
        found: dict[int, Event] = {}
        for forward in self.forwards_behind(backward):
            if forward.numbers.get("inputs") in KNOWN:
                self._add_batch(found, forward)
        loss = self.loss_behind(backward)
        if loss is not None and loss.numbers.get("targets") in KNOWN:
            self._add_batch(found, loss)
        return list(found.values())

    def _add_batch(self, found: dict[int, Event], event: Event) -> None:
        index = event.numbers.get("batch")
        if index is not None:
            found[index] = self.events[index]

    def backwards_of(self, step: Event) -> list[Event]:
        """The backward passes whose gradients a step used."""
        indices = {i for group in step.numbers.get("gradients") or [] for i in group["backwards"]}
        return [self.events[index] for index in sorted(indices)]

    @cached_property
    def trained_forwards(self) -> list[Event]:
        """Forwards whose gradients an optimizer's step used, in order."""
        found: dict[int, Event] = {}
        for backward in self.learning_backwards:
            for forward in self.forwards_behind(backward):
                found[forward.index] = forward
        return [found[index] for index in sorted(found)]

    @cached_property
    def learning_backwards(self) -> list[Event]:
        """Backward passes that changed weights, in order."""
        found: dict[int, Event] = {}
        for step in self.steps:
            for backward in self.backwards_of(step):
                found[backward.index] = backward
        by_hand = self.of("manual_update")
        if by_hand:
            found |= {b.index: b for b in self.of("backward") if b.numbers.get("reached")}
        return [found[index] for index in sorted(found)]

    @cached_property
    def trained_models(self) -> set[int]:
        """Ids of the models that learned."""
        return {m for b in self.learning_backwards for m in b.numbers.get("models") or []}

    @cached_property
    def passes(self) -> list[Pass]:
        """The passes over all loaders, in order."""
        found: dict[tuple[int, int], Pass] = {}
        of_batch: dict[int, Pass] = {}
        of_iteration: dict[int, list[Pass]] = defaultdict(list)
        for batch in self.of("batch"):
            loader, number = batch.who["loader"], batch.numbers.get("pass") or 0
            one = found.setdefault(
                (loader, number), Pass(loader, batch.numbers.get("role"), number)
            )
            one.batches.append(batch)
            of_batch[batch.index] = one
            if one not in of_iteration[batch.iteration]:
                of_iteration[batch.iteration].append(one)
        for forward in self.of("forward"):
            index = forward.numbers.get("batch")
            if index in of_batch:
                of_batch[index].forwards.append(forward)
        learning = {i for b in self.learning_backwards for i in b.numbers.get("forwards") or []}
        for backward in self.all_of("backward"):
            batches = self.batches_behind(backward)
            behind = [of_batch[b.index] for b in batches] or of_iteration[backward.iteration]
            for one in behind:
                one.trained |= bool(batches) or not _is_looked_at(one, backward)
        for one in found.values():
            if one.role in ("val", "test") and not one.trained:
                one.forwards = [
                    f
                    for f in one.forwards
                    if f.index not in learning or f.numbers.get("inputs") in KNOWN
                ]
        return list(found.values())

    @cached_property
    def trained_loaders(self) -> set[int]:
        """Ids of loaders with a pass that a backward pass went through."""
        return {one.loader for one in self.passes if one.trained}

    @cached_property
    def evaluations(self) -> list[Pass]:
        """Passes that only looked: data of validation or test, or a loader never learned from."""
        return [
            one
            for one in self.passes
            if one.forwards
            and not one.trained
            and (
                one.role in ("val", "test")
                or (one.role is None and one.loader not in self.trained_loaders)
            )
        ]

    def mode_before(self, forward: Event) -> Event | None:
        """The latest train/eval switch of the forward's model."""
        model = forward.who.get("model")
        switches = [
            e for e in self.of("mode") if e.index < forward.index and e.who.get("model") == model
        ]
        return switches[-1] if switches else None

    def losses_of(self, forward: Event) -> list[Event]:
        """Losses computed from a forward's outputs."""
        return self._losses_after.get(forward.index, [])

    @cached_property
    def _losses_after(self) -> dict[int, list[Event]]:
        found: dict[int, list[Event]] = defaultdict(list)
        for loss in self.of("loss"):
            within = loss.within
            if within is not None and self.events[within].kind == "forward":
                found[within].append(loss)
            elif loss.numbers.get("after") is not None:
                found[loss.numbers["after"]].append(loss)
        return found
