"""Resuming in the cases that a kill at a random moment seldom meets."""

import math
import random
import warnings

import pytest
import torch
from checkpoint_compare import differences
from checkpoint_runs import NUM_BATCHES, VARIANTS, Setting, make_data, plain, train, workers
from torch import nn
from torch.utils.data import RandomSampler, WeightedRandomSampler

from course_lib import EarlyStopping, NonFiniteLossError, StopTraining, make_loader, train_model
from course_lib.checkpoint.folder import CheckpointFolder


def stop_at(epoch, batch):
    def stop(at):
        if (at.epoch, at.batch) == (epoch, batch):
            raise StopTraining

    return stop


def in_two_lives(build, folder, epoch=2, batch=5, **keywords):
    train(build(), folder, on_batch=stop_at(epoch, batch), **keywords)
    return train(build(), folder, resume=True, **keywords)


def saved_names(folder):
    return [path.name for path in CheckpointFolder(folder).saved()]


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("epoch, batch", [(1, 1), (2, 6), (2, NUM_BATCHES)])
def test_stop_training_and_resume(tmp_path, variant, epoch, batch):
    build = VARIANTS[variant]
    whole = train(build(), None)
    assert not differences(whole, in_two_lives(build, tmp_path, epoch, batch))


def test_stop_training_saves_that_moment(tmp_path):
    train(plain(), tmp_path, on_batch=stop_at(2, 6))
    assert saved_names(tmp_path)[-1] == "epoch-0001-batch-000006.pt"


def test_stop_training_in_the_middle_of_a_group_keeps_the_checkpoint_before(tmp_path):
    build = VARIANTS["accumulated"]
    train(build(), tmp_path, on_batch=stop_at(2, 5))
    assert saved_names(tmp_path)[-1] == "epoch-0001-batch-000004.pt"


def test_a_finished_run_returns_at_once(tmp_path):
    whole = train(plain(), tmp_path)
    seen = []
    again = train(plain(), tmp_path, resume=True, on_batch=seen.append, on_epoch=seen.append)
    assert not differences(whole, again) and not seen


def test_an_early_stopped_run_stays_stopped(tmp_path):
    def build():
        setting = plain()
        setting.keywords["early_stopping"] = EarlyStopping(patience=1, min_delta=10.0)
        return setting

    whole = train(build(), tmp_path)
    assert len(whole["history"]["lr"]) == 2
    again = train(build(), tmp_path, resume=True)
    assert not differences(whole, again)


@pytest.mark.parametrize("checkpoint_every", [None, 2])
def test_more_epochs(tmp_path, checkpoint_every):
    given = {"scheduler": None, "checkpoint_every": checkpoint_every}
    longer = train(plain(), None, num_epochs=5, **given)
    train(plain(), tmp_path, num_epochs=2, **given)
    assert not differences(longer, train(plain(), tmp_path, num_epochs=5, resume=True, **given))


def test_only_at_the_epochs_ends(tmp_path):
    whole = train(plain(), None)
    train(plain(), tmp_path, on_batch=stop_at(3, 2), checkpoint_every=None, keep_last=10)
    assert saved_names(tmp_path) == [
        "epoch-0000-batch-000000.pt",
        "epoch-0001-batch-000000.pt",
        "epoch-0002-batch-000000.pt",
        "epoch-0002-batch-000002.pt",
    ]
    (tmp_path / "epoch-0002-batch-000002.pt").unlink()
    assert not differences(whole, train(plain(), tmp_path, resume=True, checkpoint_every=None))


def test_callbacks_that_draw_random_numbers_or_change_the_rate(tmp_path):
    """What they do belongs to the state: it is saved after them, not before."""

    def run(folder, stop_at=None, **keywords):
        setting = plain()
        optimizer = torch.optim.Adam(setting.model.parameters(), lr=0.02)
        setting.keywords = {"checkpoint_every": 1, "scheduler": None}

        def on_batch(at):
            torch.rand(1), random.random()
            if (at.epoch, at.batch) == stop_at:
                raise StopTraining

        def on_epoch(history):
            optimizer.param_groups[0]["lr"] *= 0.5
            torch.rand(1)
            if (history.epochs, "end") == stop_at:
                raise StopTraining

        watchers = {"on_batch": on_batch, "on_epoch": on_epoch}
        return train(setting, folder, optimizer=lambda _: optimizer, **watchers, **keywords)

    whole = run(None)
    for moment in ((2, 3), (2, "end")):
        folder = tmp_path / f"{moment[1]}"
        run(folder, stop_at=moment)
        if moment == (2, "end"):
            assert saved_names(folder)[-1] == "epoch-0002-batch-000000.pt"
        else:  # as if killed later: the regular checkpoint, not StopTraining's
            (folder / saved_names(folder)[-1]).unlink()
        assert not differences(whole, run(folder, resume=True))


def test_the_best_is_saved_when_on_epoch_stops_the_run(tmp_path):
    def stop(history):
        raise StopTraining

    train(plain(), tmp_path, on_epoch=stop)
    assert (tmp_path / "best.pt").exists()


class NoiseOfALoader(nn.Module):
    def __init__(self, generator):
        super().__init__()
        self.generator = generator
        self.layer = nn.Linear(6, 3)

    def forward(self, inputs):
        noise = torch.randn(inputs.shape, generator=self.generator) if self.training else 0
        return self.layer(inputs + noise)


@pytest.mark.parametrize("num_workers", [0, 2])
def test_one_generator_for_both_loaders_and_the_model(tmp_path, num_workers):
    def build():
        setting = plain()
        generator = setting.train_loader.generator
        setting.model = NoiseOfALoader(generator)
        setting.val_loader = make_loader(
            make_data(20, 2), 8, shuffle=True, generator=generator, num_workers=num_workers
        )
        return setting

    whole = train(build(), None)
    assert not differences(whole, in_two_lives(build, tmp_path))


@pytest.mark.parametrize("num_workers", [0, 2])
@pytest.mark.parametrize("kind", ["weighted", "with replacement", "sampler's own generator"])
def test_samplers(tmp_path, kind, num_workers):
    def build():
        setting, data = plain(), make_data()
        generator = torch.Generator().manual_seed(8)
        if kind == "weighted":
            sampler = WeightedRandomSampler([1.0, 2.0] * 22, 44, generator=generator)
        elif kind == "with replacement":  # draws as it goes, 32 at a time
            sampler = RandomSampler(data, True, 100, generator=generator)
        else:
            sampler = RandomSampler(data, generator=generator)
        setting.train_loader = make_loader(data, 5, sampler=sampler, num_workers=num_workers)
        setting.keywords = {"checkpoint_every": 4}
        return setting

    whole = train(build(), None)
    assert not differences(whole, in_two_lives(build, tmp_path))


@pytest.mark.parametrize("moment", [(1, 3), (1, NUM_BATCHES), (2, 4)])
@pytest.mark.parametrize("used_before", [False, True])
@pytest.mark.parametrize("same_process", [False, True])
def test_persistent_workers(tmp_path, moment, used_before, same_process):
    """Such workers draw a seed when they start: the first epoch of a loader that was used before
    draws none, and a resumed run must draw as the first one did."""
    build = VARIANTS["persistent"]

    def setting():
        made = build()
        if used_before:
            state = made.train_loader.generator.get_state()
            next(iter(made.train_loader))
            made.train_loader.generator.set_state(state)
        return made

    whole = train(setting(), None)
    first = setting()
    train(first, tmp_path, on_batch=stop_at(*moment))
    second = build()
    if same_process:
        second.train_loader, second.val_loader = first.train_loader, first.val_loader
    assert not differences(whole, train(second, tmp_path, resume=True))


def test_best_state_of_early_stopping_survives(tmp_path):
    """Killed after the best epoch: its weights come from the checkpoint, not from the last one."""

    def build():
        setting = plain()
        setting.keywords["early_stopping"] = EarlyStopping(patience=5)
        setting.keywords["on_epoch"] = spoiling(setting.model)
        return setting

    def spoiling(model):
        def spoil(history):  # every epoch after the first is worse
            with torch.no_grad():
                model[-1].bias += 50 * torch.arange(3.0)

        return spoil

    whole = train(build(), None)
    losses = whole["history"]["val_loss"]
    assert losses[0] == min(losses)
    assert not differences(whole, in_two_lives(build, tmp_path, 3, 2))


def test_weights_that_are_not_finite_from_the_start(tmp_path):
    setting = plain()
    with torch.no_grad():
        setting.model[1].weight[0, 0] = math.nan
    with pytest.raises(NonFiniteLossError, match="epoch 1, batch 1"):
        train(setting, tmp_path)


def test_stop_training_with_weights_that_are_not_finite_saves_nothing(tmp_path):
    setting = plain()

    def stop(at):
        if at.batch == 3:
            with torch.no_grad():
                setting.model[1].weight[0, 0] = math.inf
            raise StopTraining

    train(setting, tmp_path, on_batch=stop)
    assert saved_names(tmp_path) == ["epoch-0000-batch-000000.pt"]


def test_a_list_of_batches_is_a_loader(tmp_path):
    def build():
        setting = plain()
        batches = list(make_loader(make_data(), 5))
        return Setting(setting.model, batches, batches, {"checkpoint_every": 4})

    def run(folder, **keywords):
        setting = build()
        given = {**setting.keywords, "checkpoint_dir": folder, **keywords}
        history = train_model(
            setting.model, setting.train_loader, setting.val_loader, 3, progress=False, **given
        )
        return dict(history), dict(setting.model.state_dict())

    whole = run(tmp_path / "whole")
    run(tmp_path / "halved", on_batch=stop_at(2, 5))
    assert not differences(whole, run(tmp_path / "halved", resume=True))


def test_nothing_to_resume_begins_anew(tmp_path):
    whole = train(workers(), None)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert not differences(whole, train(workers(), tmp_path / "new", resume=True))
