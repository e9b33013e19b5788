"""Which forward pass a loss judges, and which rows a batch was cut from."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from course_lib import record


def losses_of(trace):
    return [(e.numbers["after_by"], e.who.get("model")) for e in trace.of_kind("loss")]


def test_a_view_of_an_output_is_known_without_a_graph():
    first, second = nn.Linear(3, 1), nn.Linear(3, 1)
    x = torch.randn(4, 3)
    with record() as trace, torch.no_grad():
        values = first(x)
        second(x)
        F.mse_loss(values.squeeze(1), torch.zeros(4))
    model = trace.of_kind("forward")[0].who["model"]
    assert losses_of(trace) == [("identity", model)]


def test_what_was_computed_from_an_output_is_known_by_its_graph():
    first, second = nn.Linear(3, 2), nn.Linear(3, 2)
    x = torch.randn(4, 3)
    with record() as trace:
        scores = first(x)
        second(x)
        F.nll_loss(scores.log_softmax(1), torch.zeros(4, dtype=torch.long))
    model = trace.of_kind("forward")[0].who["model"]
    assert losses_of(trace) == [("graph", model)]


def test_without_either_the_latest_forward_is_taken():
    first = nn.Linear(3, 2)
    with record() as trace, torch.no_grad():
        F.mse_loss(first(torch.randn(4, 3)) * 2, torch.zeros(4, 2))
    assert losses_of(trace)[0][0] == "order"


def test_the_operation_behind_a_view_is_told():
    net = nn.Sequential(nn.Linear(3, 1), nn.Sigmoid())
    with record() as trace:
        F.binary_cross_entropy_with_logits(net(torch.randn(4, 3)).squeeze(1), torch.zeros(4))
    assert trace.of_kind("loss")[0].numbers["input_op"] == "SigmoidBackward0"


def cut(*batches):
    net = nn.Linear(3, 1)
    with record() as trace:
        for batch in batches:
            net(batch)
    return [e.numbers["slice"] for e in trace.of_kind("forward")]


def test_rows_of_a_larger_tensor():
    x, y = torch.randn(20, 3), torch.randn(10, 3)
    told = cut(x[:5], x[5:10], y[2:4], *x.split(10))
    starts = [(one["whole"], one["start"], one["of"]) for one in told]
    assert starts == [(1, 0, 20), (1, 5, 20), (2, 2, 10), (1, 0, 20), (1, 10, 20)]


@pytest.mark.parametrize("batch", ["copy", "every second", "columns"])
def test_what_is_no_slice_of_rows(batch):
    x = torch.randn(20, 6)
    batches = {"copy": x[:, :3][torch.arange(5)], "every second": x[:, :3].clone()[::2]}
    assert cut(batches.get(batch, x[:, :3])) == [None]


def test_a_scaler_that_refuses_leaves_its_reason():
    net = nn.Linear(3, 1)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    scaler = torch.amp.GradScaler("cpu")
    with record() as trace, pytest.raises(AssertionError, match="No inf checks"):
        scaler.scale(net(torch.randn(4, 3)).sum())
        scaler.step(optimizer)
    assert trace.of_kind("scaler_step")[0].numbers["raised"] == "AssertionError"
    with record() as trace, pytest.raises(AssertionError, match="_scale is None"):
        torch.amp.GradScaler("cpu").update()
    assert trace.lost == 0, trace.surprises
