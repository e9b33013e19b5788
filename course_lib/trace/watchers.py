"""All who watch one block, put together; and the last event, which sums up."""

from typing import Any

from course_lib.trace.alive_graphs import AliveGraphs
from course_lib.trace.batches import Batches
from course_lib.trace.clearing import Clearing
from course_lib.trace.forwards import Forwards
from course_lib.trace.gradients import Gradients
from course_lib.trace.keeping import Keeping
from course_lib.trace.label_samples import LabelSamples
from course_lib.trace.loaders import Loaders
from course_lib.trace.losses import Losses
from course_lib.trace.mode_switches import ModeSwitches
from course_lib.trace.models import Models
from course_lib.trace.optimizers import Optimizers
from course_lib.trace.parameters import Parameters, names
from course_lib.trace.recorder import Recorder, observing
from course_lib.trace.roles import Roles
from course_lib.trace.scaling import Scalers
from course_lib.trace.schedulers import Schedulers
from course_lib.trace.updates_by_hand import UpdatesByHand


class Watchers:
    """One of each kind, sharing one recorder."""

    def __init__(self, by_name: bool = False, **sources: Any) -> None:
        self.recorder = Recorder()
        self.roles = Roles(by_name, **sources)
        self.parameters = Parameters()
        self.graphs = AliveGraphs()
        self.models = Models(self.recorder, self.parameters)
        self.by_hand = UpdatesByHand(self.models)
        self.batches = Batches(self.recorder, self.roles)
        self.labels = LabelSamples()
        self.losses = Losses(self.models, self.batches, self.graphs, self.labels)
        self.forwards = Forwards(self.models, self.batches, self.losses, self.by_hand)
        self.mode_switches = ModeSwitches(self.models)
        self.clearing = Clearing(self.models, self.parameters, self.by_hand)
        self.gradients = Gradients(self.clearing, self.losses, self.graphs, self.by_hand)
        self.optimizers = Optimizers(self.models, self.parameters, self.gradients)
        self.schedulers = Schedulers(self.optimizers)
        self.scalers = Scalers(self.optimizers)
        self.gradients.scaled_by = self.scalers.scaled_by
        self.clearing.optimizer_seen = self.optimizers.seen
        self.keeping = Keeping(self.models, self.by_hand)
        self.loaders = Loaders(self.batches, self.labels)

    @observing
    def finish(self, error: BaseException | None) -> None:
        """Read what still waits, and sum up."""
        self.by_hand.look(None)
        self.recorder.late.flush()
        self.recorder.emit(
            "end",
            where=None,
            raised=None if error is None else type(error).__name__,
            message=None if error is None else str(error)[:300],
            models=[self._model(i) for i in self.models.by_id],
            optimizers=[self._optimizer(i) for i in self.optimizers.by_id],
            labels=self.labels.sets(),
            graphs_alive=self.graphs.before(self.recorder.iteration),
            lost=self.recorder.lost,
        )

    def _model(self, model_id: int) -> dict[str, Any]:
        notes = self.models.by_id[model_id].notes
        cut = [
            note
            for note in notes
            if note.first and not note.reached and note.optimizers and note.trainable
        ]
        left = [note for note in notes if note.reached and not note.optimizers]
        return {
            "id": model_id,
            "parameters": len(notes),
            "trainable": sum(note.trainable for note in notes),
            "got_gradient": sum(note.reached for note in notes),
            "in_optimizer": sum(bool(note.optimizers) for note in notes),
            "got_gradient_not_in_optimizer": len(left),
            "names": names(left),
            "first_layer_without_gradient": names(cut),
            "changed": sum(note.stepped for note in notes),
        }

    def _optimizer(self, optimizer_id: int) -> dict[str, Any]:
        held = self.optimizers.by_id[optimizer_id].held
        return {
            "id": optimizer_id,
            "steps": self.optimizers.by_id[optimizer_id].steps,
            "parameters": len(held),
            "got_gradient": sum(note.reached for note in held),
            "changed": sum(note.stepped for note in held),
            "models": sorted({model for note in held for model in note.models}),
        }
