"""A good checkpoint for something else: one clear sentence, and nothing is changed."""

import warnings
from copy import deepcopy

import pytest
import torch
from checkpoint_compare import differences
from checkpoint_runs import BATCH_SIZE, make_data, make_model, plain, train
from torch import nn
from torch.optim import SGD, Adam, AdamW
from torch.optim.lr_scheduler import ConstantLR, LinearLR, SequentialLR, StepLR

from course_lib import (
    CheckpointError,
    EarlyStopping,
    StopTraining,
    load_checkpoint,
    make_loader,
    save_checkpoint,
)


def stepped(model, optimizer):
    for parameter in model.parameters():
        parameter.grad = torch.ones_like(parameter)
    optimizer.step()
    return optimizer


def refuse(path, model, optimizer=None, scheduler=None, **keywords) -> str:
    parts = [part for part in (model, optimizer, scheduler) if part is not None]
    before = [deepcopy(part.state_dict()) for part in parts]
    states = torch.get_rng_state()
    with pytest.raises(CheckpointError) as caught:
        load_checkpoint(path, model, optimizer, scheduler, **keywords)
    assert not differences([part.state_dict() for part in parts], before), "something was changed"
    assert torch.equal(states, torch.get_rng_state())
    message = str(caught.value)
    assert str(path) in message and "\n" not in message
    return message


@pytest.fixture
def saved(tmp_path):
    torch.manual_seed(1)
    model = make_model()
    optimizer = stepped(model, Adam(model.parameters(), lr=0.02))
    return save_checkpoint(tmp_path / "saved.pt", model, optimizer, StepLR(optimizer, 3))


def test_other_architectures(saved):
    model = make_model()
    model.add_module("extra", nn.Linear(2, 2))
    message = refuse(saved, model, Adam(model.parameters()))
    assert "is of another architecture: it lacks extra.weight, extra.bias" in message
    assert "Build the model that was saved" in message

    model = make_model()
    del model[2]  # the batch norm: the last layers' names move up, too
    assert "this model lacks 2." in refuse(saved, model)

    model = make_model()
    model[-1] = nn.Linear(8, 4)
    message = refuse(saved, model, Adam(model.parameters()))
    assert "5.weight has shape (3, 8) there and (4, 8) in this model" in message


def test_other_optimizers(saved):
    model = make_model()
    for make in (AdamW, SGD):
        message = refuse(saved, model, make(model.parameters(), lr=0.1))
        assert f"holds the state of Adam, but this optimizer is {make.__name__}" in message
    message = refuse(saved, model, Adam(model[-1].parameters()))
    assert "parameter groups of [6] tensors" in message


def test_parameters_in_another_order(saved):
    model = make_model()
    optimizer = Adam(list(model.parameters())[::-1])
    assert "in the same order" in refuse(saved, model, optimizer)


def test_other_schedulers(saved, tmp_path):
    model = make_model()
    optimizer = Adam(model.parameters())
    message = refuse(saved, model, optimizer, LinearLR(optimizer))
    assert "holds the state of StepLR, but this scheduler is LinearLR" in message
    bare = save_checkpoint(tmp_path / "bare.pt", model)
    assert "holds no optimizer state: leave the optimizer out" in refuse(bare, model, optimizer)


def test_a_part_that_fails_late_undoes_what_was_loaded(tmp_path):
    """The scheduler's class agrees, its number of parts does not."""

    def sequence(optimizer, number):
        parts = [ConstantLR(optimizer) for _ in range(number)]
        return SequentialLR(optimizer, parts, milestones=list(range(1, number)))

    torch.manual_seed(1)
    model = make_model()
    optimizer = stepped(model, Adam(model.parameters()))
    path = save_checkpoint(tmp_path / "a.pt", model, optimizer, sequence(optimizer, 3))
    other = make_model()
    optimizer = Adam(other.parameters())
    message = refuse(path, other, optimizer, sequence(optimizer, 2))
    assert "does not fit this scheduler" in message


@pytest.fixture
def half_run(tmp_path):
    """A run that was stopped in the middle of its second epoch."""
    stop_at(tmp_path, 2, 5)
    return tmp_path


def stop_at(folder, epoch, batch, **keywords):
    def stop(at):
        if (at.epoch, at.batch) == (epoch, batch):
            raise StopTraining

    return train(plain(), folder, on_batch=stop, **keywords)


def refused_resume(folder, setting=None, **keywords) -> str:
    setting = plain() if setting is None else setting
    before = deepcopy(setting.model.state_dict())
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(CheckpointError) as caught, warnings.catch_warnings():
        warnings.simplefilter("error")
        train(setting, folder, resume=True, keep_last=1, **keywords)
    assert not differences(dict(setting.model.state_dict()), dict(before))
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == files
    return str(caught.value)


def test_resume_with_other_arguments(tmp_path):
    stop_at(tmp_path, 2, 5, keep_last=1)
    assert "was saved without early stopping: give train_model" in refused_resume(
        tmp_path, early_stopping=EarlyStopping()
    )
    assert "was saved with a scheduler" in refused_resume(tmp_path, scheduler=None)
    assert "was saved without max_grad_norm" in refused_resume(tmp_path, max_grad_norm=1.0)
    assert "holds the state of Adam, but this optimizer is SGD" in refused_resume(
        tmp_path, optimizer=lambda parameters: SGD(parameters, lr=0.1, momentum=0.9)
    )


def test_resume_without_what_it_was_saved_with(tmp_path):
    stop_at(tmp_path, 2, 5, keep_last=1, early_stopping=EarlyStopping(), max_grad_norm=1.0)
    assert "was saved with early stopping: give" in refused_resume(tmp_path, max_grad_norm=1.0)
    message = refused_resume(tmp_path, early_stopping=EarlyStopping())
    assert "was saved with max_grad_norm" in message


@pytest.mark.parametrize(
    "num_samples, batch_size, words",
    [
        (44, 4, "9 batches of 5, from 44 samples, but this train_loader has 11 batches of 4"),
        (42, BATCH_SIZE, "from 44 samples, but this train_loader has 9 batches of 5, from 42"),
        (54, 6, "9 batches of 5, from 44 samples, but this train_loader has 9 batches of 6"),
    ],
)
def test_resume_in_mid_epoch_with_other_batches(tmp_path, num_samples, batch_size, words):
    stop_at(tmp_path, 2, 5, keep_last=1)
    setting = plain()
    setting.train_loader = make_loader(make_data(num_samples), batch_size, shuffle=True)
    message = refused_resume(tmp_path, setting)
    assert words in message and "stands in the middle of an epoch of" in message


def test_an_older_checkpoint_is_no_cure_for_other_arguments(tmp_path):
    """It would be resumed with a warning, and the newer ones, all good, dropped by and by."""
    stop_at(tmp_path, 2, 5, keep_last=9)  # ends of epochs are among them, which fit any batch size
    setting = plain()
    setting.train_loader = make_loader(make_data(), 4, shuffle=True)
    message = refused_resume(tmp_path, setting)
    assert message.count("epoch-") == 1 and "but this train_loader has 11 batches of 4" in message


def test_resume_without_the_generator(tmp_path):
    stop_at(tmp_path, 2, 5)
    setting = plain()
    setting.train_loader = make_loader(make_data(), BATCH_SIZE, shuffle=True)
    assert "of loaders with 1 generator(s), but these have 0: give" in refused_resume(
        tmp_path, setting
    )


def test_resume_at_an_epochs_end_with_other_batches_goes_on(tmp_path):
    stop_at(tmp_path, 2, 9, scheduler=None)
    for path in tmp_path.glob("epoch-0001-batch-*[1-9].pt"):
        path.unlink()
    setting = plain()
    setting.train_loader = make_loader(make_data(), 6, shuffle=True)
    result = train(setting, tmp_path, resume=True, scheduler=None)
    assert len(result["history"]["lr"]) == 3


def test_a_single_checkpoint_is_no_run(tmp_path):
    save_checkpoint(tmp_path / "epoch-0001-batch-000000.pt", make_model())
    assert "was not written by train_model: read it with load_checkpoint" in refused_resume(
        tmp_path
    )
