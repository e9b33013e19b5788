"""A training run as one object that can be saved, resumed and put back: everything that decides
how training goes on, kept together, so that ``train_model`` reads like the textbook."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from typing import Any

from torch import nn

from course_lib.checkpoint.content import pack_objects, unpack_objects
from course_lib.checkpoint.files import CheckpointError, MismatchedCheckpointError
from course_lib.checkpoint.schedule import CheckpointSchedule
from course_lib.distributed.ranks import OneRank
from course_lib.early_stopping import EarlyStopping, copy_state
from course_lib.history import History
from course_lib.non_finite import (
    NonFiniteLossError,
    NonFiniteValue,
    all_finite,
    likely_cause,
)
from course_lib.preparation import refused_pixels, require_pair
from course_lib.progress import BatchProgress, OnBatch, OnEpoch, ProgressBar, StopTraining
from course_lib.resumable_loader import ResumableLoader
from course_lib.weight_update import WeightUpdate


class Run:
    """The state of a run and its position: ``epoch`` epochs and ``batch`` batches are done."""

    def __init__(
        self,
        model: nn.Module,
        update: WeightUpdate,
        scheduler: Any,
        early_stopping: EarlyStopping | None,
        loader: ResumableLoader,
        ranks: OneRank | None = None,
    ) -> None:
        self.model, self.update, self.scheduler = model, update, scheduler
        self.early_stopping, self.loader = early_stopping, loader
        self.ranks = OneRank() if ranks is None else ranks
        self.parallel = self.ranks.parallel(model)  # averages the gradients over the ranks
        self.history = History()
        self.mean_loss = self.ranks.mean_loss()
        self.epoch = self.batch = 0
        self.best_val_loss = math.inf
        self._current: Any = None
        if early_stopping is not None:
            early_stopping.reset()  # it may come from a run before this one

    def epochs(self, num_epochs: int) -> Iterator[int]:
        """The epochs (from 0) that are left to run."""
        stopping = self.early_stopping
        while self.epoch < num_epochs and not (stopping and stopping.should_stop):
            yield self.epoch

    def batches(
        self, bar: ProgressBar, checkpoints: CheckpointSchedule, on_batch: OnBatch | None
    ) -> Iterator[Any]:
        """The epoch's batches that are left; after each: count, save if it is time, tell."""
        bar.start_epoch(self.epoch, self.batch)
        on_batch = self.ranks.agreed(on_batch)
        for batch in self.loader.batches(self.epoch, self.batch):
            require_pair(batch)
            self._current = batch
            yield batch  # train_one_epoch takes its four steps here
            self.batch += 1
            bar.batch_done()
            last_loss = self.mean_loss.last
            if on_batch is not None and last_loss is not None:
                at = (self.epoch + 1, bar.num_epochs, self.batch, bar.num_batches)
                on_batch(BatchProgress(*at, last_loss))
            # After on_batch, which may have drawn random numbers or changed the learning rate.
            if self.update.between_groups:  # no gradient waits for its weight update
                checkpoints.after_batch(self)
        self.ranks.share_buffers(self.model)  # no more of them change before validation

    def end_epoch(self, **entries: float | None) -> None:
        """Write the epoch into the history and move on to the next."""
        if self.update.max_grad_norm is not None:
            entries["grad_norm"] = self.update.grad_norm.value()
        self.history.append(**entries)
        self.mean_loss.reset()
        self.update.grad_norm.reset()
        self.epoch, self.batch = self.epoch + 1, 0

    def tell(self, on_epoch: OnEpoch | None) -> None:
        """Show the history to whoever watches the epochs."""
        if on_epoch is not None:
            self.ranks.agreed(on_epoch)(self.history)

    def is_best(self, val_loss: float) -> bool:
        """Whether this validation loss is the lowest so far (a NaN never is); remembers it."""
        if val_loss < self.best_val_loss:
            self.best_val_loss = val_loss
            return True
        return False

    @contextmanager
    def stopping_on_request(self, checkpoints: CheckpointSchedule) -> Iterator[None]:
        """End quietly when a watcher raises StopTraining, with a checkpoint of that moment."""
        try:
            yield
        except StopTraining:
            if self.update.between_groups and all_finite(self.model):
                checkpoints.save(self, checked=True)
            self.update.abandon()

    @contextmanager
    def keeping_last_good_state(self) -> Iterator[None]:
        """Turn a loss that is not finite into an error that says where and why, and put model
        and optimizer back to where they stood before this block."""
        good = copy_state(self.model), deepcopy(self.update.optimizer.state_dict())
        try:
            yield
            self.require_finite_weights()
        except NonFiniteValue as event:
            inputs, targets = self._current
            cause = likely_cause(self.model, inputs, targets)
            self.model.load_state_dict(good[0])
            self.update.optimizer.load_state_dict(good[1])
            self.update.abandon()
            raise NonFiniteLossError(self.epoch + 1, event.batch, cause, self.history) from None
        except RuntimeError as error:
            if (sentence := refused_pixels(self._current, error)) is not None:
                raise TypeError(sentence) from error
            raise

    def require_finite_weights(self) -> None:
        """Raise NonFiniteValue if a weight is not finite: such a state must not be saved."""
        if not all_finite(self.model):
            raise NonFiniteValue(None)

    def state_dict(self) -> dict[str, Any]:
        """Everything that decides how the run goes on, as tensors and plain data."""
        update, stopping = self.update, self.early_stopping
        content = {
            **pack_objects(self.model, update.optimizer, self.scheduler, update.scaler),
            "early_stopping": None if stopping is None else stopping.state_dict(),
            "history": dict(self.history),
            "epoch": self.epoch,
            "batch": self.batch,
            "best_val_loss": self.best_val_loss,
            "mean_loss": self.mean_loss.state_dict(),
            "grad_norm": update.grad_norm.state_dict(),
            "clipping": update.max_grad_norm,
            "loader": self.loader.state_dict(self.batch),
        }
        return self.ranks.gathered(content, lambda: {"mean_loss": self.mean_loss.state_dict()})

    def load_state_dict(self, content: dict[str, Any], source: str) -> None:
        """Continue from ``content``; CheckpointError, with nothing changed, if it does not fit."""
        self._require_match(content, source)
        content = self.ranks.own_part(content)
        update = self.update
        unpack_objects(
            content, self.model, update.optimizer, self.scheduler, update.scaler, source=source
        )
        if self.early_stopping is not None:
            self.early_stopping.load_state_dict(content["early_stopping"])
        self.history.clear()
        self.history.update(History(content["history"]))
        self.epoch, self.batch = content["epoch"], content["batch"]
        self.best_val_loss = content["best_val_loss"]
        self.mean_loss.load_state_dict(content["mean_loss"])
        update.grad_norm.load_state_dict(content["grad_norm"])
        self.loader.load_state_dict(content["loader"], self.batch)

    def _require_match(self, content: dict[str, Any], source: str) -> None:
        if "loader" not in content:
            raise CheckpointError(
                f"{source} was not written by train_model: read it with load_checkpoint instead."
            )
        self.loader.check(content["loader"], content["batch"], source)
        for argument, saved, own in (
            ("early stopping", content["early_stopping"], self.early_stopping),
            ("a scheduler", content.get("scheduler"), self.scheduler),
            ("max_grad_norm", content["clipping"], self.update.max_grad_norm),
            ("a loss scaler (amp)", content.get("scaler"), self.update.scaler),
        ):
            if (saved is None) != (own is None):
                raise MismatchedCheckpointError(
                    f"{source} was saved {'without' if saved is None else 'with'} {argument}: give "
                    "train_model the arguments of the run that you resume."
                )
