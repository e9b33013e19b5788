"""The GPU benchmark runs (dry, on a CPU) and writes what notebook 07 reads."""

import json

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from benchmarks import gpu, gpu_iterations, gpu_loading, gpu_memory, gpu_setting
from benchmarks.gpu_memory import predicted_bytes
from benchmarks.gpu_setting import FLOAT32, MODES, Mode, Setting
from benchmarks.tasks import GPU_TASKS, Task
from course_lib import MLP
from course_lib.measurements import measurement

DRY = Setting(torch.device("cpu"), rounds=1, dry=True)
NETWORKS = ["MLP, batch 256"]


@pytest.fixture(scope="module")
def dry(tmp_path_factory):
    out = tmp_path_factory.mktemp("gpu") / "gpu.json"
    assert gpu.main(["--dry-run", "--rounds=1", f"--out={out}"]) == 0
    return json.loads(out.read_text(encoding="utf-8"))


@pytest.mark.slow
def test_a_dry_run_fills_every_table_that_the_notebook_shows(dry):
    shipped = measurement("gpu")
    assert set(shipped) <= set(dry)
    for name in gpu.TABLES:
        assert dry[name] and name in shipped
        assert len({tuple(row) for row in dry[name]}) == 1, "every row has the same columns"
    assert dry["device"].startswith("dry run") and dry["script"] == shipped["script"]
    assert dry["versions"]["torch"] == torch.__version__


def test_what_is_shipped_is_whole_or_says_that_nothing_was_measured():
    shipped = measurement("gpu")
    assert set(gpu.TABLES) <= set(shipped)
    facts = ("date", "device", "versions", *gpu.TABLES)
    assert len({shipped[name] is None for name in facts}) == 1
    assert not str(shipped["device"]).startswith("dry run")


@pytest.mark.slow
def test_every_way_of_loading_and_every_mode_is_measured(dry):
    assert [row["loader"] for row in dry["loading"]] == [way.name for way in gpu_loading.WAYS]
    assert len({way.name for way in gpu_loading.WAYS}) == len(gpu_loading.WAYS)
    modes = [mode.name for mode in MODES if not mode.compiled]
    assert [row["mode"] for row in dry["precision"]] == modes
    assert [row["network"] for row in dry["train_model"]] == NETWORKS * 3


@pytest.mark.slow
def test_a_dry_run_invents_nothing_that_only_a_gpu_can_tell(dry):
    for row in dry["memory"]:
        assert row["peak MB"] is row["reserved MB"] is row["allocated MB"] is None
    assert all(row["waits inside epochs"] is None for row in dry["train_model"])


def settings_of_tf32():
    return torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32


def test_float32_is_float32_unless_a_mode_says_otherwise(monkeypatch):
    """torch allows TF32 in convolutions from the start: a table must not inherit that."""
    before = settings_of_tf32()
    assert any(before)
    monkeypatch.setitem(gpu.TABLES, "speed_up", lambda setting: [{"TF32": settings_of_tf32()}])
    assert gpu.table("speed_up", DRY) == [{"TF32": (False, False)}]
    assert settings_of_tf32() == before


def test_a_table_that_fails_is_null_and_the_others_are_kept(monkeypatch, tmp_path, capsys):
    def too_large(setting):
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(gpu, "TABLES", {"memory": too_large, "loading": lambda s: [{"ms": 1.0}]})
    out = tmp_path / "gpu.json"
    assert gpu.main(["--dry-run", f"--out={out}"]) == 1
    assert "memory: not measured. OutOfMemoryError: CUDA out of memory" in capsys.readouterr().err
    content = json.loads(out.read_text(encoding="utf-8"))
    assert content["memory"] is None and content["loading"] == [{"ms": 1.0}]


def test_compiled_modes_are_left_out_where_nothing_can_be_compiled(monkeypatch, capsys):
    def no_compiler(model):
        raise RuntimeError("no C compiler was found")

    monkeypatch.setattr(torch, "compile", no_compiler)
    gpu_setting.can_compile.cache_clear()
    real = Setting(torch.device("cpu"), rounds=1)
    assert not any(mode.compiled for mode in gpu_setting.usable(MODES, real))
    assert "Without the compiled modes: no C compiler" in capsys.readouterr().err
    monkeypatch.setattr(torch, "compile", lambda model: model)
    gpu_setting.can_compile.cache_clear()
    assert gpu_setting.usable(MODES, real) == list(MODES)
    gpu_setting.can_compile.cache_clear()


def test_what_the_first_product_leaves_on_the_device_is_not_the_models(monkeypatch):
    """cuBLAS takes a workspace at its first product, for good: it must be there beforehand."""
    device = {"allocated": 0.0, "workspace": 0.0}

    def new_iteration(new_model, size, where):
        def iterate():
            device["workspace"] = 32e6
            device["allocated"] += 1e6 if size == 64 else 0.0

        return iterate

    def allocated(where):
        return device["allocated"] + device["workspace"]

    fake = {
        "empty_cache": lambda: None,
        "synchronize": lambda where: None,
        "reset_peak_memory_stats": lambda where: None,
        "memory_allocated": allocated,
        "max_memory_allocated": allocated,
        "memory_reserved": allocated,
    }
    for name, answer in fake.items():
        monkeypatch.setattr(torch.cuda, name, answer)
    monkeypatch.setattr(gpu_memory, "new_iteration", new_iteration)
    found = gpu_memory.measured_megabytes(MLP, 64, torch.device("cuda"))
    assert found["allocated MB"] == found["peak MB"] == 2  # two iterations of one MB


def test_predicted_memory_is_that_of_an_mlp_counted_by_hand():
    parts = predicted_bytes(lambda: MLP(784, (30, 20)), batch_size=7)
    numbers = 784 * 30 + 30 + 30 * 20 + 20 + 20 * 10 + 10
    assert parts["parameters"] == parts["gradients"] == 4 * numbers
    assert parts["Adam"] == 8 * numbers
    assert parts["batch"] == 7 * (784 * 4 + 8)
    assert 0 <= parts["activations"] - 4 * 7 * (30 + 20 + 10) <= 4  # and a sum of weights


@pytest.mark.parametrize(
    "mode", [FLOAT32, Mode("channels last", channels_last=True)], ids=lambda mode: mode.name
)
def test_an_iteration_takes_the_step_that_a_plain_loop_takes(mode, monkeypatch):
    made = []

    def new_model():
        made.append(nn.Sequential(nn.Conv2d(1, 2, 3), nn.Flatten(), nn.Linear(2 * 26 * 26, 10)))
        return made[-1]

    cpu = torch.device("cpu")
    iterate = gpu_iterations.new_iteration(new_model, 6, cpu, mode)
    iterate(), iterate()
    torch.manual_seed(gpu_iterations.SEED)
    expected = new_model()
    optimizer = torch.optim.Adam(expected.parameters())
    images, labels = gpu_iterations.random_batch(6, cpu)
    for _ in range(2):
        optimizer.zero_grad()
        F.cross_entropy(expected(images), labels).backward()
        optimizer.step()
    for own, other in zip(made[0].parameters(), expected.parameters(), strict=True):
        torch.testing.assert_close(own, other, rtol=1e-4, atol=1e-5)


def test_reading_the_loss_once_gives_the_same_loss():
    often, once = (
        gpu_iterations.new_epoch(MLP, 4, DRY, read_each_batch=each)() for each in (True, False)
    )
    assert often == pytest.approx(once, rel=1e-6)


def test_every_way_of_loading_gives_the_same_batches():
    task = Task("tiny", MLP, 8, 16, 8)
    batches = {
        way.name: list(gpu_loading.new_loader(way, task, DRY))
        for way in gpu_loading.WAYS
        if not way.workers
    }
    first = batches.pop("one by one")
    assert len(first) == 2
    for name, others in batches.items():
        for (images, labels), (same_images, same_labels) in zip(first, others, strict=True):
            assert torch.equal(images, same_images) and torch.equal(labels, same_labels), name


def test_the_median_time_of_an_iteration_counts_each_repeat(monkeypatch):
    now = {"seconds": 0.0}
    monkeypatch.setattr(gpu_iterations.time, "perf_counter", lambda: now["seconds"])
    taken = gpu_iterations.milliseconds(
        lambda: now.update(seconds=now["seconds"] + 0.01), torch.device("cpu"), 3
    )
    assert taken == pytest.approx(10)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU here")
def test_without_a_gpu_it_says_so_and_writes_nothing(tmp_path, capsys):
    assert gpu.main([f"--out={tmp_path / 'o'}"]) == 2
    assert "No CUDA GPU was found" in capsys.readouterr().err
    assert not (tmp_path / "o").exists()


def test_batches_are_whole_so_that_a_compiled_model_is_compiled_once():
    assert all(task.num_train % task.batch_size == 0 for task in GPU_TASKS)
