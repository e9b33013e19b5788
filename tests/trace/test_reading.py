"""Reading a trace: lines of the reader's own, the table, JSON, iterations."""

import json
import math
import subprocess
import sys
import textwrap

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from course_lib import Trace, record
from course_lib.trace import KINDS
from course_lib.trace.where import is_readers_file


def one_epoch(loader, model, optimizer):
    for inputs, targets in loader:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(inputs), targets)
        loss.backward()
        optimizer.step()


@pytest.fixture
def trace(loader, model, optimizer) -> Trace:
    with record(train=loader) as trace:
        model.train()
        one_epoch(loader, model, optimizer)
        model.eval()
        with torch.no_grad():
            model(loader.dataset.tensors[0])
    return trace


def test_every_event_tells_the_readers_own_line(trace):
    first = one_epoch.__code__.co_firstlineno
    lines = {
        "batch": first + 1,
        "zero_grad": first + 2,
        "forward": first + 3,
        "loss": first + 3,
        "backward": first + 4,
        "step": first + 5,
    }
    for kind, line in lines.items():
        for event in trace.of_kind(kind)[:4]:
            assert (event.where.file, event.where.line) == (__file__, line), kind
            assert event.where.function == "one_epoch"
            assert str(event.where) == f"test_reading.py:{line}"


def test_whose_files_are_the_readers():
    assert is_readers_file(__file__)
    assert is_readers_file("<stdin>")
    assert is_readers_file("/somewhere/ipykernel_12/345.py")
    for theirs in (torch.__file__, nn.modules.module.__file__, json.__file__, pytest.__file__):
        assert not is_readers_file(theirs)
    assert not is_readers_file("<frozen runpy>")
    assert not is_readers_file(one_epoch.__globals__["record"].__wrapped__.__code__.co_filename)


def test_cells_of_a_notebook_are_told_by_number():
    pytest.importorskip("ipykernel")
    program = """
        from IPython.core.interactiveshell import InteractiveShell
        from ipykernel.compiler import XCachingCompiler
        import ipykernel.compiler
        shell = InteractiveShell.instance()
        shell.compile = XCachingCompiler()
        shell.run_cell("import torch; from torch import nn; from course_lib import record", True)
        shell.run_cell("model = nn.Linear(2, 1)\\ndef go():\\n    model(torch.ones(1, 2))", True)
        shell.run_cell("with record() as trace:\\n    model(torch.ones(1, 2))\\n    go()", True)
        for event in shell.user_ns["trace"].of_kind("forward"):
            print(event.where)
        from course_lib.trace.where import _cell_by_its_source  # what IPython 7 is asked
        print(_cell_by_its_source(shell, shell.user_ns["go"].__code__.co_filename))
    """
    out = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert out.split("\n")[-4:] == ["In [3] line 2", "In [2] line 3", "2", ""]


def test_kinds_and_places_are_as_told(trace):
    assert [event.index for event in trace] == list(range(len(trace)))
    assert {event.kind for event in trace} <= set(KINDS)
    for event in trace:
        assert all(trace.things[i].id == i for i in event.who.values())
        assert all(trace.things[i].kind == role for role, i in event.who.items())


def test_iterations(trace):
    rounds = trace.iterations
    assert len(rounds) == 4
    kinds = ["batch", "zero_grad", "forward", "loss", "backward", "step"]
    for events in rounds[1:3]:
        assert [event.kind for event in events] == kinds
    assert all(event.iteration == 0 for event in trace[: trace.of_kind("batch")[0].index])


def test_a_loop_without_a_loader_has_iterations_too(dataset, model, optimizer):
    inputs, targets = dataset.tensors
    with record() as trace:
        for _ in range(3):
            optimizer.zero_grad()
            F.cross_entropy(model(inputs), targets).backward()
            optimizer.step()
    assert [e.iteration for e in trace.of_kind("forward")] == [1, 2, 3]
    assert [e.iteration for e in trace.of_kind("step")] == [1, 2, 3]


def test_table(trace):
    lines = trace.table().split("\n")
    assert len(lines) == len(trace) + 1
    assert lines[0].split() == ["#", "iteration", "what", "who", "numbers", "where"]
    step = trace.of_kind("step")[0]
    assert lines[step.index + 1].split()[:4] == [str(step.index), "1", "step", "SGD"]
    assert f"gradient {step.numbers['grad_norm']:.4g}" in lines[step.index + 1]
    assert trace.table(last=2).split("\n")[1:] == trace.table(first=None).split("\n")[-2:] or (
        len(trace.table(last=2).split("\n")) == 3
    )
    assert len(trace.table(first=5).split("\n")) == 6


def test_a_long_trace_prints_its_ends(dataset):
    model = nn.Linear(6, 3)
    with record() as trace:
        for _ in range(100):
            model(dataset.tensors[0])
    shown = str(trace).split("\n")
    assert len(shown) == 62
    assert f"{len(trace) - 60} more events" in shown[31]
    assert shown[-1].split()[:3] == [str(len(trace) - 1), str(trace[-1].iteration), "end"]
    assert repr(trace) == f"<Trace: {len(trace)} events, {trace[-1].iteration} iterations>"


def test_json_round_trip(trace, tmp_path):
    text = trace.to_json(tmp_path / "trace.json")
    assert json.loads(text)["format"] == 1
    for source in (text, tmp_path / "trace.json", str(tmp_path / "trace.json")):
        back = Trace.from_json(source)
        assert back.events == trace.events
        assert back.things == trace.things
        assert str(back) == str(trace)
        assert back == trace
    with pytest.raises(ValueError, match="to_json"):
        Trace.from_json('{"format": 99}')


def test_json_keeps_what_is_not_finite(model, dataset):
    with record() as trace:
        (F.cross_entropy(model(dataset.tensors[0]), dataset.tensors[1]) * math.inf).backward()
    value = Trace.from_json(trace.to_json()).of_kind("backward")[0].numbers["value"]
    assert value == math.inf


def test_where_of_code_that_nobody_wrote_here():
    """A loop within the library is told by the reader's line that called it."""
    from course_lib import train_model

    model = nn.Linear(6, 3)
    loader = torch.utils.data.DataLoader(
        torch.utils.data.TensorDataset(torch.randn(8, 6), torch.zeros(8, dtype=torch.int64)), 4
    )
    with record() as trace:
        line = sys._getframe().f_lineno + 1
        train_model(model, loader, loader, 1, progress=False, device="cpu")
    told = {(e.where.file, e.where.line) for e in trace.of_kind("forward", "step", "batch")}
    assert told == {(__file__, line)}


def test_a_checkpoint_is_seen_by_whatever_name_save_was_imported(tmp_path, model):
    from torch import save

    with record() as trace:
        save(model.state_dict(), tmp_path / "own.pt")
        save({"a": 1}, tmp_path / "old.pt", _use_new_zipfile_serialization=False)
    assert [e.numbers["file"] for e in trace.of_kind("checkpoint")] == ["own.pt", "old.pt"]
    assert {e.where.file for e in trace.of_kind("checkpoint")} == {__file__}
