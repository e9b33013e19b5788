"""What notebook 07 says holds for other seeds than the one it shows; its quiz's keys are computed.

The notebook's own cells are run, assertions and all; only the seed is another.
"""

import contextlib
import io
import json
import pickle
import subprocess
import sys
from typing import Any

import pytest
import torch
from torch import nn
from torch.nn import functional as F

import course_lib
from course_lib import measurements
from course_lib import notebook as notebook_module
from course_lib.widgets.quick_check.model import load_quiz
from tools.notebooks.source import SOURCES, read_source

SEEDS = (1, 2, 3, 4)  # the notebook shows 0
NOT_RUN = {"setup", "quiz"}
SPAWN = ("spawn-parcel", "spawn-sent", "spawn")  # need a class in __main__: tested apart

Names = dict[str, Any]


@pytest.fixture(scope="module")
def cells() -> dict[str, str]:
    source = read_source(SOURCES / "07_gpu_training.py")
    return {
        cell.id: cell.source
        for cell in source.cells
        if cell.cell_type == "code" and cell.id not in NOT_RUN
    }


@pytest.fixture(autouse=True)
def as_it_was(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(notebook_module, "show", lambda fig, alt: None)
    threads = torch.get_num_threads()
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def run(cells: dict[str, str]) -> Any:
    """Run cells of the notebook by their ids, in one set of names; gives names and output."""
    names: Names = {"notebook": notebook_module}

    def run_cells(*ids: str, seed: int = 0) -> tuple[Names, str]:
        shown = io.StringIO()
        with contextlib.redirect_stdout(shown):
            for cell in ids:
                source = cells[cell].replace("manual_seed(0)", f"manual_seed({seed})")
                exec(compile(source, cell, "exec"), names)
        return names, shown.getvalue()

    run_cells("imports", "get-device", "no-gpu")
    return run_cells


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS[:1])
def test_every_assertion_of_the_notebook_holds(cells: dict[str, str], run: Any, seed: int) -> None:
    course_lib.seed_everything(seed)
    run(*(cell for cell in cells if cell not in SPAWN), seed=seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_what_depends_on_chance(run: Any, seed: int) -> None:
    run("meter", "cures-network", "cures-forward", "cures-count", "cures", "cures-hold", seed=seed)
    run("small-gradients-train", "small-gradients-taken", "small-gradients-hold", seed=seed)
    run("split", "train-amp", seed=seed)


def test_the_meter_counts_what_is_alive_and_nothing_else(run: Any) -> None:
    names, _ = run("meter")
    given = torch.zeros(100)
    with names["Meter"](given) as meter:
        first = torch.ones(1000)
        view = first[10:].reshape(-1, 2)
        same = given.view(10, 10)
        assert meter.allocated == 4000  # a view has no memory of its own; given is not counted
        second = first + 1
        assert meter.allocated == meter.peak == 8000
        del first
        assert meter.allocated == 8000  # the view still holds it
        del view
        assert meter.allocated == 4000
        del second
    assert meter.allocated == 0 and meter.peak == 8000 and same.shape == (10, 10)


def test_predicted_bytes_are_those_counted_by_hand(run: Any) -> None:
    names, _ = run("predicted", "wide-cnn")
    parts = names["predicted"](lambda: course_lib.MLP(hidden=(30, 20)), 7)
    numbers = 784 * 30 + 30 + 30 * 20 + 20 + 20 * 10 + 10
    assert parts["parameters"] == parts["gradients"] == parts["Adam"] / 2 == 4 * numbers
    assert parts["activations"] == 4 * 7 * (30 + 20 + 10)
    one, many = (names["predicted"](names["wide_cnn"], B)["activations"] for B in (1, 1000))
    assert many / one == pytest.approx(1000, rel=0.01)  # activations grow with the batch


def test_the_models_allocator_behaves_as_torch_documents(run: Any) -> None:
    names, shown = run("allocator", "allocator-run")
    last = [int(word) for word in shown.splitlines()[-1].split() if word.isdigit()]
    assert last == [80, 130, 130, 150]
    for line in shown.splitlines():
        allocated, reserved, peak = [int(word) for word in line.split() if word.isdigit()][-3:]
        assert allocated <= reserved and allocated <= peak
    before = names["CachingAllocator"]()
    before.new(150), before.delete(100), before.new(80)
    assert before.reserved == 150  # without empty_cache the room was there


def test_the_scaler_follows_its_documented_rule(run: Any) -> None:
    _, shown = run("scaler-made", "scaler")
    scales = [int(line.rsplit(" ", 1)[1].replace(",", "")) for line in shown.splitlines()]
    assert scales == [2**16, 2**16, 2**15, 2**15, 2**15, 2**16]
    assert "1e+35: moved by 0.0000" in shown


def test_accumulated_quarters_are_the_whole_batch_in_float64() -> None:
    torch.manual_seed(0)
    model = course_lib.MLP().double()
    images, labels = torch.rand(100, 28, 28).double(), torch.randint(10, (100,))
    whole = torch.autograd.grad(F.cross_entropy(model(images), labels), list(model.parameters()))
    for some, answers in zip(images.chunk(3), labels.chunk(3), strict=True):  # 34, 34, 32
        (F.cross_entropy(model(some), answers) * len(answers) / 100).backward()
    for parameter, gradient in zip(model.parameters(), whole, strict=True):
        torch.testing.assert_close(parameter.grad, gradient, rtol=1e-12, atol=1e-14)


@pytest.mark.slow
def test_a_data_set_of_a_notebook_breaks_a_real_spawned_worker() -> None:
    program = (
        "from torch.utils.data import DataLoader, Dataset\n"
        "class Squares(Dataset):\n"
        "    def __len__(self): return 8\n"
        "    def __getitem__(self, i): return i * i\n"
        "try:\n"
        "    list(DataLoader(Squares(), 4, num_workers=1, multiprocessing_context='spawn'))\n"
        "except RuntimeError as error:\n"
        "    print(error)\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=120
    )
    assert "exited unexpectedly" in ran.stdout
    assert "Can't get attribute 'Squares'" in ran.stderr


def test_the_worker_of_the_notebook_fails_for_that_reason_only(run: Any) -> None:
    names, _ = run()
    names["parcel"] = pickle.dumps(course_lib.iterations_per_epoch)  # can be imported
    with pytest.raises((AssertionError, IndexError)):
        run("spawn")


def test_tables_are_shown_or_said_to_be_missing(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    names, shown = run("shipped", "speed-shipped")
    content = measurements.measurement("gpu")
    if content["speed_up"] is None:
        assert (
            "Not yet measured: an iteration" in shown
            and "-m benchmarks.gpu --only speed_up" in shown
        )
    rows = [{"network": "MLP", "batch size": 32, "GPU ms": 0.5}]
    there = content | {"device": "a GPU", "versions": {"torch": "2"}, "date": "d", "loading": rows}
    names["measurement"] = lambda name: json.loads(json.dumps(there))
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        table = names["show_shipped"]("loading", "an epoch")
    assert "a GPU, torch 2, d" in said.getvalue()
    assert "| MLP | 32 | 0.5 |" in table._repr_markdown_()


# The keys of the quiz.


def key(question: int) -> str:
    return next(c.text for c in load_quiz("gpu-training").questions[question].choices if c.right)


@pytest.mark.quiz_key("gpu-training", 0)
def test_key_four_times_the_parameters() -> None:
    model = nn.Linear(1000, 1000, bias=False)
    optimizer = torch.optim.Adam(model.parameters())
    model(torch.rand(2, 1000)).sum().backward()
    optimizer.step()
    state = [t for t in optimizer.state[model.weight].values() if t.numel() > 1]
    total = sum(t.nbytes for t in (model.weight, model.weight.grad, *state))
    assert key(0) == f"{total / 1e6 * 100 / 1000:.1f} GB" == "1.6 GB"  # 100 times as many


@pytest.mark.quiz_key("gpu-training", 1)
def test_key_range_and_not_digits() -> None:
    small = torch.tensor(1e-12)
    assert small.half() == 0 and small.bfloat16() != 0
    assert 1 + torch.finfo(torch.bfloat16).eps == pytest.approx(1.0078, abs=1e-4)
    assert 1 + torch.finfo(torch.float16).eps == pytest.approx(1.00098, abs=1e-5)
    assert key(1).startswith("Small gradients become 0 in float16")


@pytest.mark.quiz_key("gpu-training", 2)
def test_key_empty_cache_gains_nothing(run: Any) -> None:
    names, _ = run("allocator")
    reserved = []
    for emptied in (False, True):
        memory = names["CachingAllocator"]()
        memory.new(100), memory.delete(60)
        if emptied:
            memory.empty_cache()
        asked_before = memory.reserved
        memory.new(50)
        reserved.append(memory.reserved - asked_before)  # fetched from the driver
    assert reserved == [0, 50]
    assert key(2).startswith("Nothing is gained")
