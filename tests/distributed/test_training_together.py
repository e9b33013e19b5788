"""``train_model`` under torchrun: two processes give what one gives with the doubled batch.

Starting processes takes seconds, so one start trains all runs that end well.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import torch

SCRIPT = Path(__file__).with_name("script.py")
ROOT = Path(__file__).parents[2]
TORCHRUN = (sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not torch.distributed.is_available(), reason="this torch has no distributed package"
    ),
]

Settings = dict[str, Any]
Results = dict[str, list[dict[str, Any]]]

EQUAL = {
    "ragged-to-one-sample": {"samples": 97, "generator": True},
    "no-generator": {"samples": 101},
    "even": {"samples": 96, "generator": True},
    "accumulated-and-clipped": {
        "samples": 101,
        "generator": True,
        "keywords": {"accumulation_steps": 3, "max_grad_norm": 0.1},
    },
    "drop-last-and-workers": {
        "samples": 105,
        "generator": True,
        "drop_last": True,
        "num_workers": 1,
    },
    "mixed-precision": {"samples": 97, "keywords": {"amp": True}, "generator": True},
}
TOGETHER: dict[str, Settings] = {
    **EQUAL,
    "once": {"samples": 97, "epochs": 1},
    "distributed-sampler": {"samples": 96, "distributed_sampler": True, "epochs": 1},
    "random-layers": {"samples": 96, "dropout": True, "batch_norm": True, "generator": True},
    "seeded-apart": {"samples": 100, "seed_by_rank": 1},
    "stopped": {"stop": [1, 2, 3]},
    "nan": {"nan_at": 3},
    "idle": {"spare": True},
    "dropout": {"samples": 97, "dropout": True, "generator": True},
}


def start(out: Path, processes: int, runs: dict[str, Settings], **environment: str) -> Any:
    out.mkdir(exist_ok=True, parents=True)
    command = [*TORCHRUN, str(processes)] if processes > 1 else [sys.executable]
    outside = {k: v for k, v in os.environ.items() if k not in ("RANK", "WORLD_SIZE")}
    return subprocess.run(
        [*command, str(SCRIPT), str(out), json.dumps(runs)],
        capture_output=True,
        text=True,
        timeout=180,
        env={**outside, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT), **environment},
    )


def results(out: Path, processes: int, runs: dict[str, Settings]) -> Results:
    done = start(out, processes, runs)
    assert done.returncode == 0, done.stderr[-3000:]
    return {
        name: [torch.load(out / f"{name}-rank-{rank}.pt") for rank in range(processes)]
        for name in runs
    }


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Results:
    runs = {**EQUAL, "seeded-apart": TOGETHER["seeded-apart"]}
    return results(tmp_path_factory.mktemp("alone"), 1, runs)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("kept")


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory, kept: Path) -> Results:
    keeping = {**EQUAL["ragged-to-one-sample"], "epochs": 2}
    keeping["keywords"] = {"checkpoint_dir": str(kept)}
    return results(tmp_path_factory.mktemp("two"), 2, {**TOGETHER, "keeping": keeping})


def assert_same_run(one: dict[str, Any], other: dict[str, Any], tolerance: float = 1e-5) -> None:
    for name, value in one["model"].items():
        torch.testing.assert_close(other["model"][name], value, rtol=tolerance, atol=tolerance)
    for name, values in one["history"].items():
        assert other["history"][name] == pytest.approx(values, rel=tolerance, abs=tolerance)


@pytest.mark.parametrize("name", EQUAL)
def test_two_processes_equal_one_with_the_doubled_batch(
    alone: Results, two: Results, name: str
) -> None:
    loose = 2e-2 if TOGETHER[name].get("keywords", {}).get("amp") else 1e-5  # bfloat16 rounds
    assert_same_run(alone[name][0], two[name][0], tolerance=loose)
    assert_same_run(*two[name], tolerance=0)
    assert {run["updates"] for run in alone[name] + two[name]} == {two[name][0]["updates"]}


def test_every_sample_is_drawn_once_an_epoch(two: Results) -> None:
    seen = two["once"][0]["seen"] + two["once"][1]["seen"]
    # The last whole batch has one sample: rank 1, without any, takes part with a weightless one.
    assert len(seen) == 98 and sorted(set(seen)) == list(range(97))


def test_processes_that_were_seeded_differently_train_the_main_ones_run(
    alone: Results, two: Results
) -> None:
    for rank in two["seeded-apart"]:
        assert_same_run(alone["seeded-apart"][0], rank)


def test_a_loader_with_a_distributed_sampler_stays_as_it_is(two: Results) -> None:
    first, second = two["distributed-sampler"]
    assert sorted(first["seen"] + second["seen"]) == list(range(96))
    assert_same_run(first, second, tolerance=0)


def test_ranks_with_dropout_and_batch_norm_end_alike(two: Results) -> None:
    first, second = two["random-layers"]
    assert_same_run(first, second, tolerance=0)
    assert not torch.equal(first["random"], second["random"])  # each drops units of its own


def test_all_ranks_stop_where_one_asks_for_it(two: Results) -> None:
    assert [rank["updates"] for rank in two["stopped"]] == [7 + 3, 7 + 3]
    assert_same_run(*two["stopped"], tolerance=0)


def test_a_loss_that_is_nan_on_one_rank_is_an_error_on_all(two: Results) -> None:
    for rank in two["nan"]:
        assert "no longer a finite number in epoch 1" in rank["error"]
        assert all(torch.isfinite(value).all() for value in rank["model"].values())


def test_parameters_that_take_no_part_are_named_on_all_ranks(two: Results) -> None:
    for rank in two["idle"]:
        assert rank["error"].startswith("The model has parameters that take no part")


def test_only_the_main_rank_writes(two: Results, kept: Path) -> None:
    names = sorted(path.name for path in kept.iterdir())
    assert names == ["best.pt", *(f"epoch-{epoch:04d}-batch-000000.pt" for epoch in range(3))]


def test_one_process_goes_on_between_epochs_where_two_had_been(
    alone: Results, two: Results, kept: Path, tmp_path: Path
) -> None:
    settings = {**EQUAL["ragged-to-one-sample"]}
    settings["keywords"] = {"checkpoint_dir": str(kept), "resume": True}
    resumed = results(tmp_path, 1, {"resumed": settings})["resumed"][0]
    assert_same_run(alone["ragged-to-one-sample"][0], resumed)
    assert resumed["updates"] == 7


def test_a_killed_rank_ends_the_run_with_a_word_and_it_resumes(
    two: Results, tmp_path: Path
) -> None:
    settings = dict(TOGETHER["dropout"])
    keeping = {"checkpoint_dir": str(tmp_path / "kept"), "checkpoint_every": 2}
    killed = start(tmp_path, 2, {"x": {**settings, "keywords": keeping, "kill": [1, 2, 4]}})
    assert killed.returncode != 0
    assert "Another of the 2 processes of this run has ended" in killed.stderr
    assert f"exitcode  : -{int(signal.SIGKILL)}" in killed.stderr

    settings["keywords"] = {**keeping, "resume": True}
    alone = tmp_path / "alone"
    for path in (tmp_path / "kept").glob("*-batch-000000.pt"):
        path.rename(path.with_suffix(".aside"))  # so that only those inside the epoch are found
    refused = start(alone, 1, {"x": settings})
    assert refused.returncode == 1
    assert "CheckpointError" in refused.stderr and "in 2 process(es)" in refused.stderr

    resumed = results(tmp_path, 2, {"x": settings})["x"]
    for before, after in zip(two["dropout"], resumed, strict=True):
        assert_same_run(before, after, tolerance=0)
        assert after["updates"] < before["updates"]


def test_a_rank_that_hangs_ends_the_run_too(tmp_path: Path) -> None:
    done = start(tmp_path, 2, {"x": {"hang": [1, 1, 4]}}, COURSE_RANK_SECONDS="3")
    assert done.returncode != 0 and "no longer answers" in done.stderr


WAITING = """
import torch
from course_lib.distributed.joining import join_ranks
print("joins", flush=True)
join_ranks(torch.device("cpu"))
"""


def test_a_process_that_is_ended_while_it_waits_for_the_others_says_why() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        free_port = probe.getsockname()[1]
    place = {"RANK": "0", "WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1"}
    environment = {**os.environ, **place, "MASTER_PORT": str(free_port), "PYTHONPATH": str(ROOT)}
    waiting = subprocess.Popen(
        [sys.executable, "-c", WAITING],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert waiting.stdout is not None and waiting.stdout.readline() == "joins\n"
    time.sleep(1)  # it then waits inside torch, where no exception of Python's would come through
    waiting.send_signal(signal.SIGTERM)
    _, said = waiting.communicate(timeout=20)
    assert waiting.returncode == 128 + signal.SIGTERM
    assert "LostProcessError: Another of the 2 processes of this run has ended" in said
    assert "rank 0 was told to end too" in said


LEAVING = """
import atexit
from pathlib import Path

import torch

from course_lib.distributed import joining

def tell(when):
    names = [(task / "comm").read_text() for task in Path("/proc/self/task").iterdir()]
    print(when, sum("gloo" in name for name in names), flush=True)

def exchange():
    joining.join_ranks(torch.device("cpu")).total(1.0)
    tell("running:")

atexit.register(tell, "left:")  # before the course registers its own: it comes after that
exchange()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="Linux tells the threads' names")
def test_no_thread_of_torch_outlives_python(tmp_path: Path) -> None:
    # One that does may let go of a tensor while Python ends, and that aborts the process.
    (tmp_path / "leaving.py").write_text(LEAVING)
    done = subprocess.run(
        [*TORCHRUN, "2", str(tmp_path / "leaving.py")],
        capture_output=True,
        text=True,
        timeout=180,
        env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 0, done.stderr[-3000:]
    lines = sorted(done.stdout.splitlines())
    assert lines[:2] == ["left: 0", "left: 0"]
    assert len(lines) == 4 and all(int(line.split()[1]) > 0 for line in lines[2:])
