"""What notebook 09 says beyond what its own cells assert, and the keys of its quiz."""

import math
import re
import shlex
from typing import Any

import pytest
import torch
import yaml
from torch.distributed.run import get_args_parser

import course_lib
from course_lib.measurements import measurement
from course_lib.widgets.quick_check.model import load_quiz
from tools.notebooks.source import SOURCES, read_source


@pytest.fixture(scope="module")
def notebook() -> dict[str, Any]:
    """The names that the notebook's own cells define."""
    source = read_source(SOURCES / "09_beyond_one_device.py")
    cells = {cell.id: cell.source for cell in source.cells}
    names: dict[str, Any] = {}
    torch.manual_seed(0)
    for cell in ("imports", "halves-run", "unequal-run", "ring"):
        exec(compile(cells[cell], cell, "exec"), names)
    return names


def right(question: int) -> str:
    choices = load_quiz("more-devices").questions[question].choices
    return next(choice.text for choice in choices if choice.right)


@pytest.mark.parametrize("seed", range(1, 6))
def test_parts_average_to_the_whole_for_other_weights(notebook: dict[str, Any], seed: int) -> None:
    torch.manual_seed(seed)
    notebook["model"] = course_lib.MLP()
    gradient = notebook["gradient"]
    whole = gradient(slice(0, 32))
    halves = (gradient(slice(0, 16)) + gradient(slice(16, 32))) / 2
    unequal = (gradient(slice(0, 20)) + gradient(slice(20, 32))) / 2
    torch.testing.assert_close(halves, whole, atol=1e-6, rtol=0)
    assert not torch.allclose(unequal, whole, atol=1e-4)


@pytest.mark.parametrize("world", [2, 3, 5, 8])
def test_a_ring_adds_up_whatever_the_number_of_ranks(notebook: dict[str, Any], world: int) -> None:
    vectors = list(torch.arange(world * 120.0).reshape(world, 120))
    sums, sent = notebook["ring_all_reduce"](vectors)
    assert all(torch.equal(own, torch.stack(vectors).sum(0)) for own in sums)
    assert sent == pytest.approx(2 * (world - 1) / world * 120)


def test_the_text_on_the_shipped_figures_holds() -> None:
    shipped = measurement("distributed")
    gain = {
        (row["model"], row["batch_size"]): row["alone_seconds"] / row["together_seconds"]
        for row in shipped["rows"]
    }
    hope = {
        (row["model"], row["batch_size"]): row["alone_seconds"]
        / (row["half_seconds"] + row["exchange_seconds"])
        for row in shipped["rows"]
    }
    assert all(gain["MLP, 32 units", size] < 1 for size in (32, 128, 512, 2048))
    assert gain["small CNN", 128] > 1.1 and gain["MLP, 1024 units", 2048] > 1.3
    parameters = {row["model"]: row["parameters"] for row in shipped["rows"]}
    assert parameters["small CNN"] < parameters["MLP, 32 units"] == 25_450
    assert all(hope[key] > gain[key] for key in gain if key[1] <= 128)
    assert shipped["gpu"] is None and shipped["script"] == "benchmarks/distributed.py"


def fenced(cell_id: str) -> str:
    """The lines between fences in a text cell, lines that are continued joined."""
    source = read_source(SOURCES / "09_beyond_one_device.py")
    (text,) = [cell.source for cell in source.cells if cell.id == cell_id]
    return "\n".join(re.findall(r"```\w*\n(.*?)```", text, re.DOTALL)).replace("\\\n", " ")


def test_the_lines_for_more_machines_are_understood_by_torchrun() -> None:
    lines = [line for line in fenced("machines").splitlines() if "torchrun" in line]
    for line in lines:
        words = shlex.split(line.replace("$SLURM_NNODES", "2"))
        options = get_args_parser().parse_args(words[words.index("torchrun") + 1 :])
        assert (options.nnodes, options.nproc_per_node, options.rdzv_backend) == ("2", "8", "c10d")
        assert options.rdzv_endpoint.endswith("FIRST_MACHINE:29500") and options.rdzv_id
    assert len(lines) == 2 and "srun" in lines[1]


def test_the_pods_of_the_job_meet_at_the_first_one() -> None:
    service, job = yaml.safe_load_all(fenced("kubernetes"))
    spec, name = job["spec"], job["metadata"]["name"]
    pod = spec["template"]["spec"]
    assert service["spec"] == {"clusterIP": "None", "selector": {"job-name": name}}
    assert spec["completionMode"] == "Indexed" and pod["subdomain"] == service["metadata"]["name"]
    (container,) = pod["containers"]
    assert container["command"][0] == "torchrun"
    options = get_args_parser().parse_args(container["command"][1:])
    assert options.rdzv_endpoint == f"{name}-0.{pod['subdomain']}:29500"
    assert options.nnodes == str(spec["completions"]) == str(spec["parallelism"])
    assert options.nproc_per_node == str(container["resources"]["limits"]["nvidia.com/gpu"])
    assert options.training_script == "train.py"


@pytest.mark.quiz_key("more-devices", 0)
def test_quiz_updates_of_four_processes() -> None:
    assert right(0) == str(math.ceil(50_000 / (4 * 32)))
    wrong = {choice.text for choice in load_quiz("more-devices").questions[0].choices[::2]}
    assert wrong == {f"{math.ceil(50_000 / 32):,}", f"{4 * math.ceil(50_000 / 32):,}"}


@pytest.mark.quiz_key("more-devices", 1)
def test_quiz_weights_of_unequal_shares(notebook: dict[str, Any]) -> None:
    gradient = notebook["gradient"]
    five, three, eight = gradient(slice(0, 5)), gradient(slice(5, 8)), gradient(slice(0, 8))
    torch.testing.assert_close(5 / 8 * five + 3 / 8 * three, eight, atol=1e-6, rtol=0)
    torch.testing.assert_close(5 * five + 3 * three, 8 * eight, atol=1e-5, rtol=0)
    assert right(1) == "5/8 of the first plus 3/8 of the second"


@pytest.mark.quiz_key("more-devices", 2)
def test_quiz_larger_batches_help() -> None:
    rows = [row for row in measurement("distributed")["rows"] if row["model"] == "MLP, 32 units"]
    gains = [row["alone_seconds"] / row["together_seconds"] for row in rows]
    assert gains == sorted(gains) and right(2).startswith("Larger batches")
