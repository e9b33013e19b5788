import inspect

import pytest
import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset

import course_lib
from course_lib import EarlyStopping, StopTraining, train_model, train_one_epoch, validate

from .conftest import classes_dataset

QUIET = {"device": "cpu", "progress": False}


@pytest.fixture
def val_loader():
    inputs, targets = classes_dataset(90).tensors
    return DataLoader(TensorDataset(inputs[50:], targets[50:]), batch_size=16)


def test_is_its_two_parts_repeated(net, loader, val_loader):
    """The oracle: train_one_epoch and validate in a loop, with torch's own unfused Adam."""
    ours, theirs = net(), net()
    history = train_model(ours, loader, val_loader, 4, 0.01, **QUIET)
    optimizer = torch.optim.Adam(theirs.parameters(), lr=0.01)
    for epoch in range(4):
        train_loss = train_one_epoch(theirs, loader, F.cross_entropy, optimizer, "cpu")
        val_loss, accuracy = validate(theirs, val_loader, F.cross_entropy, "cpu")
        assert history["train_loss"][epoch] == pytest.approx(train_loss, rel=1e-5)
        assert history["val_loss"][epoch] == pytest.approx(val_loss, rel=1e-5)
        assert history["val_accuracy"][epoch] == accuracy
    for mine, reference in zip(ours.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(mine, reference)
    assert list(history) == ["train_loss", "val_loss", "val_accuracy", "lr"]
    assert history["lr"] == [0.01] * 4


def test_learns(model, loader, val_loader):
    history = train_model(model, loader, val_loader, 30, 0.03, **QUIET)
    assert history["train_loss"][-1] < 0.3 * history["train_loss"][0]
    assert history["val_accuracy"][-1] > 0.8


def test_regression_has_no_accuracy(loader, val_loader):
    line = course_lib.noisy_line(64)
    batches = course_lib.make_loader(line, 16)
    model = nn.Linear(1, 1)
    history = train_model(model, batches, batches, 2, 0.1, loss_fn=nn.MSELoss(), **QUIET)
    assert history["val_accuracy"] == [None, None]
    assert history["val_loss"][1] < history["val_loss"][0]


def test_early_stopping_brings_the_best_weights_back(net, loader, val_loader):
    """With a rate that is much too high the validation loss turns up at once."""
    stopping = EarlyStopping(patience=2)
    model = net()
    history = train_model(model, loader, val_loader, 50, 3.0, early_stopping=stopping, **QUIET)
    assert history.epochs == history.best_epoch + 2 < 50
    assert stopping.best_epoch == history.best_epoch
    assert validate(model, val_loader, F.cross_entropy, "cpu")[0] == min(history["val_loss"])


def test_early_stopping_can_be_used_for_a_second_run(net, loader, val_loader):
    stopping = EarlyStopping(patience=2)
    first = train_model(net(), loader, val_loader, 50, 3.0, early_stopping=stopping, **QUIET)
    again = train_model(net(), loader, val_loader, 50, 3.0, early_stopping=stopping, **QUIET)
    assert first == again


def test_schedulers_step_where_they_belong(net, loader, val_loader):
    def rates(make, interval, epochs=4, **more):
        history = train_model(
            net(), loader, val_loader, epochs, 1.0, scheduler=make, scheduler_interval=interval,
            **QUIET, **more,
        )  # fmt: skip
        return history["lr"]

    schedulers = torch.optim.lr_scheduler
    assert rates(lambda o: schedulers.StepLR(o, 2, 0.1), "epoch") == pytest.approx(
        [1.0, 1.0, 0.1, 0.1]
    )
    halve = lambda o: schedulers.ExponentialLR(o, 0.5)  # noqa: E731
    assert rates(halve, "batch", 2) == [0.5**4, 0.5**8]  # 4 batches an epoch
    assert rates(halve, "batch", 2, accumulation_steps=3) == [0.5**2, 0.5**4]


def plateau_rates(model, loader, val_loader, rate):
    optimizer = torch.optim.SGD(model.parameters(), lr=rate)
    plateau = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, patience=0, factor=0.5, eps=0)
    history = train_model(
        model, loader, val_loader, 4, optimizer=optimizer, scheduler=plateau, **QUIET
    )
    return history["lr"]


def test_plateau_gets_the_validation_loss(net, loader, val_loader):
    """Where the loss stands still the rate halves from the second epoch on; else never."""
    assert plateau_rates(net(), loader, val_loader, 1e-12) == [1e-12, 1e-12, 0.5e-12, 0.25e-12]
    assert plateau_rates(net(), loader, val_loader, 0.1) == [0.1] * 4


def test_gradient_norms_are_recorded_epoch_by_epoch(net, loader, val_loader):
    """The second epoch's mean is what a run of that epoch alone would record."""

    def run(model, epochs):
        sgd = torch.optim.SGD(model.parameters(), lr=0.5)
        return train_model(
            model, loader, val_loader, epochs, optimizer=sgd, max_grad_norm=1e9, **QUIET
        )["grad_norm"]

    model = net()
    assert run(net(), 2) == [run(model, 1)[0], run(model, 1)[0]]


def test_callbacks_see_every_batch_and_epoch(model, loader, val_loader):
    batches, epochs = [], []
    train_model(
        model, loader, val_loader, 2, on_batch=batches.append,
        on_epoch=lambda history: epochs.append(history.epochs), **QUIET,
    )  # fmt: skip
    assert [(p.epoch, p.batch, p.num_batches, p.num_epochs) for p in batches] == [
        (epoch, batch, 4, 2) for epoch in (1, 2) for batch in (1, 2, 3, 4)
    ]
    assert all(p.loss.ndim == 0 and not p.loss.requires_grad for p in batches)
    assert epochs == [1, 2]


def test_stop_in_the_middle_of_an_epoch_keeps_the_finished_ones(model, loader, val_loader):
    seen = []

    def stop(progress):
        seen.append(progress)
        if (progress.epoch, progress.batch) == (3, 2):
            raise StopTraining

    history = train_model(model, loader, val_loader, 9, on_batch=stop, **QUIET)
    assert history.epochs == 2
    assert len(seen) == 4 + 4 + 2  # not one batch more


def test_stop_after_an_epoch(model, loader, val_loader):
    def stop(history):
        if history.epochs == 3:
            raise StopTraining

    assert train_model(model, loader, val_loader, 9, on_epoch=stop, **QUIET).epochs == 3


def test_progress_bar_counts_all_batches(model, loader, val_loader, capsys):
    train_model(model, loader, val_loader, 3, device="cpu")
    shown = capsys.readouterr().err
    assert "12/12" in shown and "Epoch 3/3" in shown and "val_loss" in shown
    train_model(model, loader, val_loader, 1, **QUIET)
    assert capsys.readouterr().err == ""


def test_mixed_precision_trains(model, loader, val_loader):
    history = train_model(model, loader, val_loader, 20, 0.03, amp=True, **QUIET)
    assert history["train_loss"][-1] < 0.5 * history["train_loss"][0]


def test_a_loader_without_length(model, dataset, val_loader):
    class Stream(torch.utils.data.IterableDataset):
        def __iter__(self):
            return iter(zip(*dataset.tensors, strict=True))

    history = train_model(model, DataLoader(Stream(), batch_size=16), val_loader, 2, **QUIET)
    assert history.epochs == 2


def test_frozen_parameters_stay(model, loader, val_loader):
    model[0].requires_grad_(False)
    before = model[0].weight.clone()
    train_model(model, loader, val_loader, 2, **QUIET)
    assert torch.equal(before, model[0].weight)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"scheduler_interval": "step"}, 'scheduler_interval is "step"; give "epoch" or "batch"'),
        ({"resume": True}, "resume=True needs checkpoint_dir"),
        ({"checkpoint_every": 5}, "checkpoint_every needs checkpoint_dir"),
        ({"accumulation_steps": 0}, "accumulation_steps is 0"),
        ({"num_epochs": 0}, "num_epochs is 0; give at least 1"),
        ({"train_loader": classes_dataset()}, "train_loader is a TensorDataset.*wrap it"),
        ({"val_loader": classes_dataset()}, "val_loader is a TensorDataset, which gives single"),
    ],
)
def test_wrong_arguments(model, loader, val_loader, arguments, sentence):
    given = {"train_loader": loader, "val_loader": val_loader, "num_epochs": 1, **arguments}
    with pytest.raises(ValueError, match=sentence):
        train_model(model, **given, **QUIET)


@pytest.mark.parametrize("which", ["train_loader", "val_loader"])
@pytest.mark.parametrize("once", [iter, lambda loader: (batch for batch in loader)])
def test_what_can_be_read_only_once_is_refused_before_training(net, loader, which, once):
    given = {"train_loader": loader, "val_loader": loader, which: once(loader)}
    model = net()
    with pytest.raises(ValueError, match=f"The {which} is a .* which can be read only once"):
        train_model(model, **given, num_epochs=2, **QUIET)
    assert all(map(torch.equal, net().parameters(), model.parameters()))


@pytest.mark.parametrize(
    ("batch", "kind"),
    [
        ({"x": torch.ones(2, 6), "y": torch.zeros(2)}, "a dict of 2"),
        ((torch.ones(2, 6), torch.zeros(2), torch.ones(2)), "a tuple of 3"),
        (torch.ones(2, 6), "a Tensor:"),
    ],
)
def test_a_batch_that_is_no_pair_is_named(model, val_loader, batch, kind):
    with pytest.raises(TypeError, match=f"pair .inputs, targets., and this one is {kind}"):
        train_model(model, [batch], val_loader, 1, **QUIET)


def test_raw_pixels_are_named(model, val_loader):
    raw = [(torch.ones(2, 6, dtype=torch.uint8), torch.zeros(2, dtype=torch.int64))]
    with pytest.raises(TypeError, match=r"are torch\.uint8, .* scale_images\(dataset\)"):
        train_model(model, raw, val_loader, 1, **QUIET)


def test_a_metric_may_return_a_float(model, loader, val_loader):
    history = train_model(model, loader, val_loader, 1, metric=lambda o, t: 0.1, **QUIET)
    assert history["val_accuracy"] == [pytest.approx(0.1, abs=1e-12)]


def test_an_optimizer_of_another_model_is_refused(net, loader, val_loader):
    other = torch.optim.SGD(net().parameters(), lr=0.1)
    with pytest.raises(ValueError, match="holds no parameter of this model"):
        train_model(net(), loader, val_loader, 1, optimizer=other, **QUIET)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU here")
def test_a_device_that_is_not_there(model, loader, val_loader):
    with pytest.raises(ValueError, match='device is "cuda", but torch finds no such device'):
        train_model(model, loader, val_loader, 1, device="cuda", progress=False)


def test_plateau_per_batch_is_refused(model, loader, val_loader):
    with pytest.raises(ValueError, match="ReduceLROnPlateau waits for the validation loss"):
        train_model(
            model, loader, val_loader, 1, scheduler_interval="batch",
            scheduler=torch.optim.lr_scheduler.ReduceLROnPlateau, **QUIET,
        )  # fmt: skip


def test_a_scheduler_of_another_optimizer_is_refused(model, loader, val_loader):
    other = torch.optim.SGD(model.parameters(), lr=0.1)
    scheduler = torch.optim.lr_scheduler.StepLR(other, 1)
    with pytest.raises(ValueError, match="belongs to another optimizer"):
        train_model(model, loader, val_loader, 1, scheduler=scheduler, **QUIET)


@pytest.mark.parametrize("which", ["train_loader", "val_loader"])
def test_empty_loaders_are_named_before_training(model, loader, which):
    empty = DataLoader(classes_dataset(3), batch_size=16, drop_last=True)
    loaders = {"train_loader": loader, "val_loader": loader, which: empty}
    before = model[0].weight.clone()
    with pytest.raises(ValueError, match=f"The {which} gave no batch"):
        train_model(model, num_epochs=1, **loaders, **QUIET)
    assert torch.equal(before, model[0].weight)


def test_nothing_to_train_is_a_clear_error(model, loader, val_loader):
    with pytest.raises(ValueError, match="no parameter to train"):
        train_model(model.requires_grad_(False), loader, val_loader, 1, **QUIET)


@pytest.mark.parametrize("function", [train_one_epoch, validate, train_model])
def test_each_function_fits_on_a_screen(function):
    """Without its signature's keywords and its docstring, at most 45 lines."""
    source = inspect.getsource(function)
    body = source.split('"""')[2]
    assert len(body.strip("\n").splitlines()) <= 45


def test_every_keyword_is_documented():
    names = list(inspect.signature(train_model).parameters)
    arguments = train_model.__doc__.split("Args:")[1]
    assert [name for name in names if name not in arguments] == []
