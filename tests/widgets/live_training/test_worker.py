"""The run in its thread: stop within one batch, pause exactly, tell what went wrong."""

import functools
import threading

import pytest
import torch
from live_training_small_run import (
    LOOK,
    NUM_BATCHES,
    PATIENCE,
    VAL_BATCHES,
    counted_model,
    loaders,
    wait_for,
)

from course_lib import StopTraining, train_model
from course_lib.widgets.live_training.progress import Progress, State
from course_lib.widgets.live_training.worker import Worker

pytestmark = pytest.mark.filterwarnings("error::pytest.PytestUnhandledThreadExceptionWarning")


def start(model, num_epochs=3, data=None, **options):
    data = data or loaders()
    train = functools.partial(train_model, model, *data, num_epochs, progress=False)
    worker = Worker(train, model, Progress(num_epochs), **options)
    thread = threading.Thread(target=worker.run, daemon=True)
    thread.start()
    return worker, thread


def state(worker):
    return worker.progress.frame().state


def test_an_undisturbed_run_ends_done_with_every_epoch_in_its_history():
    model = counted_model()
    worker, thread = start(model)
    thread.join(PATIENCE)
    assert state(worker) is State.DONE
    assert worker.history.epochs == 3
    assert worker.progress.frame().val_loss == tuple(worker.history["val_loss"])
    assert model.passes == {"train": 3 * NUM_BATCHES, "eval": LOOK + 3 * VAL_BATCHES}


def test_stop_lets_the_batch_under_way_finish_and_begins_no_other():
    model = counted_model(hold_at=("train", NUM_BATCHES + 2))
    worker, thread = start(model)
    assert model.arrived.wait(PATIENCE)
    worker.stop()
    assert state(worker) is State.STOPPING
    model.release.set()
    thread.join(PATIENCE)
    assert state(worker) is State.STOPPED
    assert model.passes["train"] == NUM_BATCHES + 2
    assert worker.progress.frame().batch == 2
    assert worker.history.epochs == 1


def test_stop_draws_no_further_batch_from_the_loader():
    # a checkpoint of that moment would otherwise resume with other random numbers
    train_loader, val_loader = loaders()
    collate, drawn = train_loader.collate_fn, []
    train_loader.collate_fn = lambda samples: drawn.append(len(samples)) or collate(samples)
    model = counted_model(hold_at=("train", 3))
    worker, thread = start(model, data=(train_loader, val_loader))
    assert model.arrived.wait(PATIENCE)
    worker.stop()
    model.release.set()
    thread.join(PATIENCE)
    assert (len(drawn), model.passes["train"]) == (3, 3)


def test_stop_during_validation_does_not_wait_for_the_rest_of_it():
    model = counted_model(hold_at=("eval", LOOK + 1))
    worker, thread = start(model)
    assert model.arrived.wait(PATIENCE)
    assert worker.progress.frame().validating
    worker.stop()
    model.release.set()
    thread.join(PATIENCE)
    assert model.passes == {"train": NUM_BATCHES, "eval": LOOK + 1}
    assert state(worker) is State.STOPPED


def test_a_paused_run_trains_nothing_and_ends_with_the_same_weights_as_one_never_paused():
    untouched = counted_model()
    train_model(untouched, *loaders(), 3, progress=False)

    model = counted_model(hold_at=("train", 4))
    worker, thread = start(model)
    assert model.arrived.wait(PATIENCE)
    worker.pause()
    assert state(worker) is State.PAUSING
    model.release.set()
    wait_for(lambda: state(worker) is State.PAUSED)
    passes = dict(model.passes)
    thread.join(0.3)
    assert thread.is_alive()
    assert model.passes == passes == {"train": 4, "eval": LOOK}

    worker.go_on()
    thread.join(PATIENCE)
    assert state(worker) is State.DONE
    for name, value in untouched.state_dict().items():
        assert torch.equal(model.state_dict()[name], value), name


def test_a_paused_run_can_be_stopped():
    model = counted_model(hold_at=("train", 1))
    worker, thread = start(model)
    worker.pause()
    model.release.set()
    wait_for(lambda: state(worker) is State.PAUSED)
    passes = dict(model.passes)
    worker.stop("enough")
    thread.join(PATIENCE)
    assert not thread.is_alive()
    assert state(worker) is State.STOPPED
    assert worker.progress.frame().note == "enough"
    assert model.passes == passes


def test_an_error_is_kept_with_its_traceback_and_the_run_is_over():
    def breaks(progress):
        if progress.batch == 3:
            raise RuntimeError("the third batch is one too many")

    worker, thread = start(counted_model(), on_batch=breaks)
    thread.join(PATIENCE)
    assert state(worker) is State.FAILED
    assert worker.over.is_set()
    assert str(worker.error) == "the third batch is one too many"
    assert "in breaks" in worker.traceback
    assert "the third batch is one too many" in worker.progress.frame().note


def test_the_callers_own_callbacks_are_called_for_every_batch_and_epoch():
    batches, epochs = [], []
    _, thread = start(
        counted_model(),
        on_batch=lambda progress: batches.append((progress.epoch, progress.batch)),
        on_epoch=lambda history: epochs.append(history.epochs),
    )
    thread.join(PATIENCE)
    assert batches == [(e, b) for e in (1, 2, 3) for b in range(1, NUM_BATCHES + 1)]
    assert epochs == [1, 2, 3]


def test_the_callers_own_stop_ends_the_run_as_done():
    def enough(history):
        if history.epochs == 2:
            raise StopTraining

    worker, thread = start(counted_model(), on_epoch=enough)
    thread.join(PATIENCE)
    assert state(worker) is State.DONE
    assert worker.history.epochs == 2


def test_the_model_keeps_no_hook_of_ours():
    model = counted_model()
    worker, thread = start(model)
    thread.join(PATIENCE)
    assert worker.over.is_set()
    assert not model._forward_pre_hooks
