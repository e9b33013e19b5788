"""The benchmarks run, compare the same mathematics, and compute their figures rightly."""

import json
import math

import pytest
import torch

from benchmarks import cpu, import_time, timing
from benchmarks.loops import LOOPS
from benchmarks.tasks import CPU_TASKS, Task
from course_lib import MLP, SmallCNN

TINY = (
    Task("MLP, batch 32", MLP, 32, 200, 70),  # the last batches are smaller
    Task("small CNN, batch 32", SmallCNN, 32, 70, 40),
)


@pytest.mark.parametrize("task", TINY, ids=lambda task: task.name)
def test_every_loop_does_the_same_mathematics(task):
    # One epoch: DataLoader draws one more permutation at its end, so later orders differ.
    expected = LOOPS["textbook"](task, 1)()
    for name, loop in LOOPS.items():
        assert loop(task, 1)() == pytest.approx(expected, rel=1e-5), name


def test_every_run_starts_anew():
    for name, loop in LOOPS.items():
        assert loop(TINY[0], 2)() == loop(TINY[0], 2)(), name


def test_early_stopping_never_cuts_a_timed_run_short():
    outcome = LOOPS["train_model"](TINY[0], 8)()
    assert outcome.train_loss < LOOPS["train_model"](TINY[0], 4)().train_loss


def test_multiples_are_medians_of_the_ratios_within_rounds():
    timings = {
        "fastest": timing.Timings(cpu=[1.0, 2.0, 4.0], wall=[1.0, 1.0, 1.0]),
        "other": timing.Timings(cpu=[2.0, 3.0, 12.0], wall=[5.0, 6.0, 7.0]),
    }
    by_cpu = timing.summarise(timings, "fastest", "cpu")["other"]
    assert by_cpu["multiple"] == 2.0
    assert by_cpu["multiple_quartiles"] == [1.75, 2.5]
    assert by_cpu["multiple_of_best"] == 2.0
    assert by_cpu["cpu_seconds_per_epoch"] == 3.0
    assert timing.summarise(timings, "fastest", "wall")["other"]["multiple"] == 6.0


def test_rounds_time_every_loop_and_prepare_outside_the_clock(monkeypatch):
    now = {"seconds": 0.0}
    monkeypatch.setattr(timing.time, "perf_counter", lambda: now["seconds"])
    monkeypatch.setattr(timing.time, "process_time", lambda: now["seconds"] / 2)
    calls = []

    def prepare(name):
        now["seconds"] += 100
        calls.append(name)
        return lambda: now.update(seconds=now["seconds"] + {"a": 6, "b": 10}[name])

    loops = {name: lambda name=name: prepare(name) for name in "ab"}
    timings = timing.interleave(loops, num_epochs=2, rounds=3, warm_up=1)
    assert sorted(calls) == ["a"] * 4 + ["b"] * 4
    assert timings["a"] == timing.Timings(cpu=[1.5] * 3, wall=[3.0] * 3)
    assert timings["b"] == timing.Timings(cpu=[2.5] * 3, wall=[5.0] * 3)


def test_cpu_benchmark_writes_its_report(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(cpu, "CPU_TASKS", TINY[:1])
    threads = torch.get_num_threads()
    try:
        assert (
            cpu.main(["--no-peers", "--rounds=1", "--epochs=1", f"--output={tmp_path / 'o'}"]) == 0
        )
    finally:
        torch.set_num_threads(threads)
    report = json.loads((tmp_path / "o").read_text())
    loops = report["tasks"]["MLP, batch 32"]["loops"]
    assert set(loops) == {"fastest", "train_model", "textbook"}
    assert loops["fastest"]["multiple"] == 1.0
    assert all(math.isfinite(row["multiple"]) and row["multiple"] > 0 for row in loops.values())
    assert report["versions"]["torch"] == torch.__version__
    assert "train_model" in capsys.readouterr().out


@pytest.mark.slow
def test_import_benchmark_counts_only_what_the_course_adds(tmp_path, monkeypatch):
    (tmp_path / "course_lib.py").write_text(
        "import sys, time, types\n"
        "sys.modules['pandas'] = types.ModuleType('pandas')\n"
        "end = time.process_time() + 0.2\n"
        "while time.process_time() < end: pass\n"
        "__all__ = []\n"
    )
    (tmp_path / "torch.py").write_text("import sys, types\nsys.modules['tqdm'] = sys\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    measured = import_time.measure(rounds=1)
    assert 195 < measured["import_course_lib_adds_cpu_ms"] < 1000
    assert measured["loaded_but_should_not_be"] == ["pandas"]  # tqdm came with torch


def test_tasks_fit_the_shipped_sample():
    assert all(task.num_train <= 10_000 and task.num_val <= 2_000 for task in CPU_TASKS)
    images, labels = CPU_TASKS[0].train
    assert images.shape == (10_000, 28, 28)
    assert images.dtype == torch.float32
    assert 0 <= images.min() < images.max() <= 1
    assert labels.shape == (10_000,)
