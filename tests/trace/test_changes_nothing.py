"""A recording changes nothing: weights, random numbers, attributes, exceptions, memory."""

import gc
import random
import sys
import threading
import weakref
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler
from torch.utils.data import DataLoader
from torch.utils.data.dataloader import _BaseDataLoaderIter

from course_lib import record

_SPEC = spec_from_file_location("trace_loops", Path(__file__).with_name("loops.py"))
loops = module_from_spec(_SPEC)
_SPEC.loader.exec_module(loops)


def states() -> tuple:
    return random.getstate(), np.random.get_state()[1].tolist(), torch.get_rng_state().tolist()


def weights(models) -> list[torch.Tensor]:
    return [value.clone() for model in models for value in model.state_dict().values()]


@pytest.mark.parametrize("name", loops.ALL)
def test_weights_and_random_numbers_are_the_same_bit_for_bit(name):
    torch.manual_seed(7)
    plain, after_plain = weights(loops.ALL[name]()), states()
    torch.manual_seed(7)
    with record() as trace:
        recorded = loops.ALL[name]()
    assert states() == after_plain
    for expected, found in zip(plain, weights(recorded), strict=True):
        assert torch.equal(expected, found)
    assert trace.lost == 0, trace.surprises
    assert len(trace) > 5


def scheduler_classes(base=LRScheduler):
    yield base
    for sub in base.__subclasses__():
        yield from scheduler_classes(sub)


def attributes() -> dict:
    """Everything of torch that a watcher could think of replacing."""
    owners = [
        nn.Module, nn.functional, nn.utils, nn.utils.clip_grad, torch, torch.autograd,
        torch.autograd.graph, torch._C._nn, torch.Tensor, Optimizer, torch.amp.GradScaler,
        torch.serialization,
        DataLoader, _BaseDataLoaderIter, *set(scheduler_classes()),
    ]  # fmt: skip
    found = {(id(owner), name): value for owner in owners for name, value in vars(owner).items()}
    hooks = sys.modules["torch.optim.optimizer"]
    found["pre"] = tuple(hooks._global_optimizer_pre_hooks.values())
    found["post"] = tuple(hooks._global_optimizer_post_hooks.values())
    return found


def differences(before: dict, after: dict) -> list:
    hooks = [key for key in ("pre", "post") if before[key] != after[key]]
    return hooks + [
        key
        for key in before.keys() | after.keys()
        if key not in ("pre", "post") and before.get(key) is not after.get(key)
    ]


def test_every_attribute_is_the_original_object_afterwards():
    loops.textbook()  # torch imports some of its parts on first use
    before = attributes()
    with record():
        inside = attributes()
        loops.textbook()
    assert len(differences(before, inside)) > 20  # the check does see patches
    assert differences(before, attributes()) == []


def test_an_exception_passes_through_and_the_trace_stays(loader, model, optimizer):
    before = attributes()
    error = ValueError("no more")
    with pytest.raises(ValueError, match="no more") as caught, record() as trace:
        for number, (inputs, targets) in enumerate(loader):
            nn.functional.cross_entropy(model(inputs), targets).backward()
            optimizer.step()
            if number == 1:
                raise error
    assert caught.value is error
    assert differences(before, attributes()) == []
    assert len(trace.of_kind("step")) == 2
    assert trace[-1].kind == "end"
    assert trace[-1].numbers["raised"] == "ValueError"
    assert "no more" in trace[-1].numbers["message"]
    with record() as again:  # and the next recording begins anew
        model(loader.dataset.tensors[0])
    assert len(again.of_kind("forward")) == 1


@pytest.mark.parametrize("where", ["forward", "loss", "backward", "step"])
def test_an_exception_in_any_part_leaves_the_watchers_in_order(where, loader):
    class Trouble(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x.clone()

        @staticmethod
        def backward(ctx, grad):
            if trouble:
                raise RuntimeError("trouble")
            return grad

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = nn.Linear(6, 3)

        def forward(self, x):
            x = self.layer(x)
            if trouble and where == "forward":
                raise RuntimeError("trouble")
            return Trouble.apply(x) if where == "backward" else x

    class Sgd(torch.optim.SGD):
        def step(self, closure=None):
            if trouble and where == "step":
                raise RuntimeError("trouble")
            return super().step(closure)

    model = Net()
    optimizer = Sgd(model.parameters(), lr=0.1)
    with record() as trace:
        for number, (inputs, targets) in enumerate(loader):
            trouble = number == 1
            targets = targets.float() if trouble and where == "loss" else targets
            try:
                nn.functional.cross_entropy(model(inputs), targets).backward()
                optimizer.step()
            except RuntimeError:
                continue
            finally:
                optimizer.zero_grad()
    assert trace.lost == 0, trace.surprises
    assert len(trace.of_kind("forward")) == 4
    last = [e for e in trace.iterations[-1] if e.kind in ("forward", "loss", "backward", "step")]
    assert [e.kind for e in last] == ["forward", "loss", "backward", "step"]
    assert [e.within for e in last] == [None] * 4
    broken = [e.kind for e in trace if e.numbers.get("raised") and e.kind != "end"]
    assert broken == ([] if where == "loss" else [where])


def test_nesting_is_refused_and_the_outer_block_goes_on(model, dataset):
    with record() as outer:
        with pytest.raises(RuntimeError, match="cannot be nested"), record():
            pass
        model(dataset.tensors[0])
    assert len(outer.of_kind("forward")) == 1
    with record():
        pass


def test_other_threads_are_left_alone(model, dataset):
    with record() as trace:
        thread = threading.Thread(target=lambda: model(dataset.tensors[0]))
        thread.start()
        thread.join()
    assert trace.of_kind("forward") == []


def test_no_tensor_is_kept_alive(loader):
    """Neither activations nor weights: what the loop lets go of is gone."""
    gone: list[weakref.ref] = []
    with record() as trace:
        model = nn.Linear(6, 3)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        for inputs, targets in loader:
            outputs = model(inputs)
            loss = nn.functional.cross_entropy(outputs, targets)
            loss.backward()
            gone += [weakref.ref(t) for t in (inputs, targets, outputs, loss, model.weight.grad)]
            optimizer.step()
            optimizer.zero_grad()
            del outputs, loss, inputs, targets
        gone += [weakref.ref(p) for p in model.parameters()]
        gone += [weakref.ref(model), weakref.ref(optimizer)]
        del model, optimizer
        gc.collect()
        assert [ref for ref in gone if ref() is not None] == []
    assert len(trace.of_kind("step")) == 4


def test_memory_grows_by_the_records_only():
    """A long run: a few hundred bytes an event, nothing that grows with the data."""
    model, inputs = nn.Linear(100, 1), torch.randn(500, 100)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.0)

    def go(rounds):
        for _ in range(rounds):
            optimizer.zero_grad()
            model(inputs).mean().backward()
            optimizer.step()

    def live_tensors():
        gc.collect()
        return sum(issubclass(type(o), torch.Tensor) for o in gc.get_objects())

    with record() as trace:
        go(20)
        before, events = live_tensors(), len(trace)
        go(600)
        assert live_tensors() <= before + 2
        assert len(trace) - events == 600 * 4
    size = len(trace.to_json()) / len(trace)
    assert size < 1500


def test_nothing_inherited_is_copied_into_a_class():
    """Put back is what the owner itself held; what it only inherited is taken away again."""
    from course_lib.trace.patches import Patches

    class Base:
        def go(self):
            return "base"

    class Sub(Base):
        pass

    patches = Patches()
    patches.replace(Sub, "go", lambda self: "replaced")
    patches.wrap(Sub, "go", lambda original: lambda self: original(self) + " twice")
    patches.wrap(Base, "go", lambda original: lambda self: original(self) + "!")
    assert (Sub().go(), Base().go()) == ("replaced twice", "base!")
    patches.restore()
    assert "go" not in vars(Sub)
    assert Sub().go() == "base"


@pytest.mark.filterwarnings("ignore:Detected call of `lr_scheduler.step")
def test_a_scheduler_class_of_the_readers_gets_its_step_back():
    class Own(LRScheduler):
        def get_lr(self):
            return [0.5]

        def step(self, epoch=None):
            super().step(epoch)

    step, init = vars(Own)["step"], Own.__init__
    scheduler = Own(torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=0.1))
    with record() as trace:
        scheduler.step()
    assert len(trace.of_kind("scheduler_step")) == 1
    assert vars(Own)["step"] is step
    assert Own.__init__ is init
    assert "__init__" not in vars(Own)


def test_weights_that_were_computed_are_not_asked_for_a_gradient(recwarn):
    """As in meta-learning: functional_call puts what it was given in the parameters' place."""
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(1, 4), torch.nn.Tanh(), torch.nn.Linear(4, 1))
    inputs = torch.randn(8, 1)
    with record() as trace:
        weights = dict(model.named_parameters())
        for _ in range(2):
            loss = torch.func.functional_call(model, weights, (inputs,)).square().mean()
            slopes = torch.autograd.grad(loss, list(weights.values()), create_graph=True)
            weights = {n: w - 0.1 * g for (n, w), g in zip(weights.items(), slopes, strict=True)}
        torch.func.functional_call(model, weights, (inputs,)).square().mean().backward()
    assert [str(warning.message) for warning in recwarn] == []
    assert trace.lost == 0
    assert [e.numbers["reached"] for e in trace if e.kind == "backward"][-1] == 4
