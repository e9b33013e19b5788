"""Every kind of state goes into a file and comes back, bit for bit."""

import random
from collections import Counter

import numpy as np
import pytest
import torch
from checkpoint_compare import differences
from checkpoint_runs import FEATURES, make_data, make_model, plain, train
from torch import nn, optim
from torch.optim import lr_scheduler as schedulers

from course_lib import load_checkpoint, save_checkpoint
from course_lib.seeding import random_states, restore_random_states

DATA = make_data(40)


def steps(model, optimizer, scheduler, number, first=0):
    """Train deterministically on one batch after the other; return the losses."""
    losses = []
    for step in range(first, first + number):
        inputs, targets = DATA.tensors[0][step % 8 :: 8], DATA.tensors[1][step % 8 :: 8]

        def closure(inputs=inputs, targets=targets):
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(model(inputs), targets)
            loss.backward()
            return loss

        losses.append(float(optimizer.step(closure).detach()))
        if isinstance(scheduler, schedulers.ReduceLROnPlateau):
            scheduler.step(losses[-1])
        elif scheduler is not None:
            scheduler.step()
    return losses


OPTIMIZERS = {
    "sgd momentum": lambda p: optim.SGD(p, lr=0.1, momentum=0.9, nesterov=True),
    "adam fused": lambda p: optim.Adam(p, lr=0.01, fused=True),
    "adamw amsgrad": lambda p: optim.AdamW(p, lr=0.01, amsgrad=True),
    "adam, rate as a tensor": lambda p: optim.Adam(p, lr=torch.tensor(0.01)),
    "lbfgs": lambda p: optim.LBFGS(p, lr=0.1, max_iter=3, history_size=4),
    "rmsprop": lambda p: optim.RMSprop(p, lr=0.01, momentum=0.9, centered=True),
    "adagrad": lambda p: optim.Adagrad(p, lr=0.1),
    "adafactor": lambda p: optim.Adafactor(p, lr=0.1),
    "two groups": lambda p: optim.AdamW(
        [{"params": p[:2], "lr": 0.1}, {"params": p[2:], "weight_decay": 0.5}], lr=0.01
    ),
}
SCHEDULERS = {
    "none": lambda o: None,
    "plateau": lambda o: schedulers.ReduceLROnPlateau(o, patience=0, threshold=0.05, cooldown=1),
    "lambda": lambda o: schedulers.LambdaLR(o, lambda epoch: 0.9**epoch),
    "restarts": lambda o: schedulers.CosineAnnealingWarmRestarts(o, T_0=3, T_mult=2),
    "one cycle": lambda o: schedulers.OneCycleLR(o, max_lr=0.1, total_steps=20),
    "cyclic": lambda o: schedulers.CyclicLR(o, 0.01, 0.1, step_size_up=3),
    "multi step": lambda o: schedulers.MultiStepLR(o, [2, 5, 9], gamma=0.5),
    "warm-up, then multi step": lambda o: schedulers.SequentialLR(
        o,
        [schedulers.LinearLR(o, 0.1, total_iters=7), schedulers.MultiStepLR(o, [2, 2, 4])],
        milestones=[7],
    ),
    "chained": lambda o: schedulers.ChainedScheduler(
        [schedulers.ConstantLR(o, 0.5, 7), schedulers.ExponentialLR(o, 0.9)]
    ),
}
PAIRS = [(o, "none") for o in OPTIMIZERS] + [("sgd momentum", s) for s in SCHEDULERS]


@pytest.mark.parametrize("optimizer_name, scheduler_name", PAIRS)
def test_optimizers_and_schedulers_go_on_exactly(tmp_path, optimizer_name, scheduler_name):
    def build():
        torch.manual_seed(2)
        model = make_model().eval()  # no noise: only the states decide
        optimizer = OPTIMIZERS[optimizer_name](list(model.parameters()))
        return model, optimizer, SCHEDULERS[scheduler_name](optimizer)

    whole = build()
    steps(*whole, 5)
    path = save_checkpoint(tmp_path / "a.pt", *whole)
    expected = steps(*whole, 8, first=5)
    other = build()
    load_checkpoint(path, *other)
    found = steps(*other, 8, first=5)
    assert not differences(expected, found)
    for ours, theirs in zip(whole, other, strict=True):
        if ours is not None:
            assert not differences(ours.state_dict(), theirs.state_dict())


def test_the_loss_scaler_of_float16(tmp_path):
    def build():
        torch.manual_seed(2)
        model = make_model()
        return model, optim.SGD(model.parameters(), lr=0.1), torch.amp.GradScaler("cpu")

    def step(model, optimizer, scaler, factor):
        optimizer.zero_grad()
        scaler.scale(factor * model(DATA.tensors[0]).sum()).backward()
        scaler.step(optimizer)
        scaler.update()

    model, optimizer, scaler = build()
    step(model, optimizer, scaler, float("inf"))  # an overflow halves the scale
    step(model, optimizer, scaler, 1.0)
    path = save_checkpoint(tmp_path / "a.pt", model, optimizer, scaler=scaler)
    other = build()
    load_checkpoint(path, *other[:2], scaler=other[2])
    assert other[2].state_dict() == scaler.state_dict()
    assert other[2].get_scale() == 2.0**15


def test_mixed_precision_resumes_exactly(tmp_path):
    whole = train(plain(), None, amp=torch.float16)
    stopped_in_the_middle(tmp_path, amp=torch.float16)
    assert not differences(whole, train(plain(), tmp_path, resume=True, amp=torch.float16))


def stopped_in_the_middle(folder, **keywords):
    from course_lib import StopTraining

    def stop(at):
        if (at.epoch, at.batch) == (2, 5):
            raise StopTraining

    train(plain(), folder, on_batch=stop, **keywords)


def draw(generator):
    return [
        random.random(),
        random.gauss(0, 1),
        float(np.random.rand()),
        float(np.random.normal()),
        torch.rand(3),
        torch.randn(5),
        torch.randperm(9, generator=generator),
    ]


@pytest.mark.parametrize("draws_before", [0, 1, 3])  # an odd number leaves half a Gaussian pair
def test_random_states(tmp_path, draws_before):
    generator = torch.Generator().manual_seed(4)
    random.seed(1), np.random.seed(2), torch.manual_seed(3)
    for _ in range(draws_before):
        random.gauss(0, 1), np.random.normal(), torch.randn(1)
    path = save_checkpoint(tmp_path / "a.pt", make_model(), generators=[generator])
    restore = random_states([generator])
    expected = [draw(generator) for _ in range(3)]
    load_checkpoint(path, generators=[generator])
    assert not differences(expected, [draw(generator) for _ in range(3)])
    restore_random_states(restore, [generator])
    assert not differences(expected, [draw(generator) for _ in range(3)])
    load_checkpoint(path, generators=[generator], restore_random=False)
    assert differences(expected[0], draw(generator))


def test_extras_come_back_as_they_were(tmp_path):
    extras = {
        "epoch": 3,
        "best_val_loss": float("inf"),
        "history": {"val_loss": [0.5, float("nan"), None]},
        "names": ("a", "b"),
        "seen": {1, 2},
        "counts": Counter("abracadabra"),
        "mean": torch.ones(2),
        "numpy_number": np.float32(0.5),
        "by_number": {np.int64(3): "c", np.str_("d"): 4},
        "nothing": None,
        "raw": b"\0\1",
    }
    path = save_checkpoint(tmp_path / "a.pt", make_model(), **extras)
    loaded = load_checkpoint(path)
    assert loaded.pop("mean").equal(extras.pop("mean"))
    assert loaded.pop("history")["val_loss"][0] == extras.pop("history")["val_loss"][0]
    assert loaded == extras
    assert type(loaded["numpy_number"]) is float and type(loaded["counts"]) is Counter


@pytest.mark.parametrize("value", [object(), np.ones(3), np.ones(1), [{"a": print}]])
def test_extras_that_could_not_be_read_back_are_refused(tmp_path, value):
    with pytest.raises(TypeError, match="which the safe loader would refuse: save tensors"):
        save_checkpoint(tmp_path / "a.pt", make_model(), value=value)
    assert not list(tmp_path.iterdir())


class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(FEATURES, FEATURES, bias=False)
        self.second = nn.Linear(FEATURES, FEATURES, bias=False)
        self.second.weight = self.first.weight
        flat = torch.randn(10)
        self.register_buffer("low", flat[:6])
        self.register_buffer("high", flat[4:])  # overlaps


def test_tied_weights_and_shared_memory(tmp_path):
    model, other = Tied(), Tied()
    load_checkpoint(save_checkpoint(tmp_path / "a.pt", model), other)
    assert not differences(dict(model.state_dict()), dict(other.state_dict()))
    assert other.second.weight is other.first.weight


class Counting(nn.Linear):
    """A model with a state that is no tensor."""

    def __init__(self, extra):
        super().__init__(FEATURES, 3)
        self.extra = extra

    def forward(self, inputs):
        if self.training and isinstance(self.extra, dict):
            self.extra["batches"] += 1
            inputs = inputs * (1 + 0.01 * self.extra["batches"])
        return super().forward(inputs)

    def get_extra_state(self):
        return self.extra

    def set_extra_state(self, state):
        self.extra = state


def test_extra_state_of_a_model_is_part_of_the_run(tmp_path):
    from course_lib import EarlyStopping, StopTraining

    def build():
        setting = plain()
        torch.manual_seed(5)
        setting.model = Counting({"batches": 0})
        setting.keywords["early_stopping"] = EarlyStopping()
        return setting

    def run(folder, **keywords):
        setting = build()
        stopping = setting.keywords["early_stopping"]
        history = train_copy(setting, folder, **keywords)
        return history, setting.model.extra, setting.model.weight.detach(), stopping.best_loss

    def stop(at):
        if (at.epoch, at.batch) == (2, 5):
            raise StopTraining

    whole = run(None)
    run(tmp_path, on_batch=stop)
    assert not differences(whole, run(tmp_path, resume=True))


def train_copy(setting, folder, **keywords):
    from course_lib import train_model

    given = {**setting.keywords, **keywords, "device": "cpu", "progress": False}
    given["checkpoint_dir"] = folder
    if folder is None:
        given.pop("checkpoint_every")
    return dict(train_model(setting.model, setting.train_loader, setting.val_loader, 3, **given))


def test_extra_state_that_could_not_be_read_back_is_refused_at_once(tmp_path):
    with pytest.raises(TypeError, match=r"model's _extra_state holds a object, which the safe"):
        save_checkpoint(tmp_path / "a.pt", Counting(object()))
