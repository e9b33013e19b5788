"""On a GPU numbers are read late, many at once: the record must come out the same."""

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F

from course_lib import record
from course_lib.trace.late_reading import LateReading

_SPEC = spec_from_file_location("trace_loops", Path(__file__).with_name("loops.py"))
loops = module_from_spec(_SPEC)
_SPEC.loader.exec_module(loops)


@pytest.fixture
def always_late(monkeypatch):
    """As on a GPU: nothing is read at once, and what others may change is copied."""
    monkeypatch.setattr(LateReading, "is_at_hand", lambda self, numbers: False)


@pytest.mark.parametrize(
    "name", ["textbook", "keyword_only", "gan", "lbfgs", "scaled", "accumulated", "averaged"]
)
def test_the_record_is_the_same(name, request):
    torch.manual_seed(5)
    with record() as now:
        loops.ALL[name]()
    request.getfixturevalue("always_late")
    torch.manual_seed(5)
    with record() as late:
        loops.ALL[name]()
    assert late.lost == 0, late.surprises
    for trace in (now, late):
        for epoch in trace.of_kind("epoch"):
            del epoch.numbers["calls"]  # the two blocks stand on different lines
    assert late.events == now.events


def test_a_value_changed_after_it_was_noted(always_late, model, dataset):
    inputs, targets = dataset.tensors
    with record() as trace:
        loss = F.cross_entropy(model(inputs), targets)
        value = loss.item()
        loss /= 4
        loss.backward()
        assert trace.of_kind("loss")[0].numbers["value"] is None
    assert trace.of_kind("loss")[0].numbers["value"] == value


def test_numbers_are_given_in_order_and_many_at_once(always_late):
    reading, taken = LateReading(), []
    for number in range(600):
        reading.read(torch.tensor([number, -number]), taken.append)
        assert len(taken) == (number + 1) // 256 * 256
    reading.flush()
    assert taken == [[float(n), float(-n)] for n in range(600)]


def test_numbers_in_main_memory_wait_behind_those_that_wait():
    reading, taken = LateReading(), []
    reading._waiting.append((torch.zeros(1), taken.append))
    reading.read(torch.ones(1), taken.append)
    reading.read_after(lambda: taken.append("after"))
    assert taken == []
    reading.flush()
    assert taken == [[0.0], [1.0], "after"]


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_on_a_gpu(dataset):
    from torch import nn

    inputs, targets = (tensor.cuda() for tensor in dataset.tensors)
    model = nn.Linear(6, 3).cuda()
    optimizer = torch.optim.Adam(model.parameters())
    values = []
    with record() as trace:
        for _ in range(100):
            optimizer.zero_grad()
            loss = F.cross_entropy(model(inputs), targets)
            loss.backward()
            optimizer.step()
            values.append(loss.detach())
    assert trace.lost == 0, trace.surprises
    told = [e.numbers["value"] for e in trace.of_kind("loss")]
    assert told == [float(value) for value in values]
    assert all(e.numbers["update_norm"] > 0 for e in trace.of_kind("step"))
