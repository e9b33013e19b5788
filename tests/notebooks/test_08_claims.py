"""What notebook 08 says about saving holds for other seeds and other moments of a kill.

The notebook's own cells are run, assertions and all, as one reader's session with another seed.
"""

import contextlib
import io
import os
import pickle
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn
from torch.utils.data import TensorDataset

import course_lib
from course_lib import notebook as notebook_module
from course_lib.checkpoint import example
from course_lib.widgets.quick_check.model import load_quiz
from tools.notebooks.source import SOURCES, read_source

KILLED = {"start", "undisturbed", "killed", "resumed", "bit-for-bit"}  # asked of random moments
NOT_RUN = {"setup", "quiz", "one-left-out", *KILLED}
SEEDS = (1, 2, 3, 4)  # the notebook shows 0

Names = dict[str, Any]


def sources() -> dict[str, str]:
    cells = read_source(SOURCES / "08_checkpointing.py").cells
    return {cell.id: cell.source for cell in cells if cell.cell_type == "code"}


def run(names: Names, *cells: str, seed: int) -> str:
    """Run these cells of the notebook with another seed; what they printed."""
    course_lib.seed_everything(seed)
    printed = io.StringIO()
    for cell in cells:
        source = sources()[cell].replace("seed=0", f"seed={seed}")
        source = source.replace("seed_everything(0)", f"seed_everything({seed})")
        source = source.replace('"--out"', f'"--seed", {seed}, "--out"')
        with contextlib.redirect_stdout(printed):
            exec(compile(source, cell, "exec"), names)
    return printed.getvalue()


@pytest.fixture
def names() -> Names:
    return {"notebook": notebook_module}


@pytest.mark.slow
def test_every_assertion_of_the_notebook_holds_with_another_seed(
    names: Names, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notebook_module, "show", lambda fig, alt: None)
    run(names, *(cell for cell in sources() if cell not in NOT_RUN), seed=SEEDS[0])
    # Its sentence that only best.pt needs a best: three periodic checkpoints and no other file.
    left = sorted(path.name for path in (names["folder"] / "nan").iterdir())
    assert left == [f"epoch-000{epoch}-batch-000000.pt" for epoch in range(3)]


@pytest.mark.parametrize("seed", SEEDS)
def test_the_runs_part_where_the_notebook_says(names: Names, seed: int) -> None:
    run(names, "imports", "data", "small-run", "save-small", "interrupted", seed=seed)
    assert names["losses"][0] != names["losses"][1]  # it trains at all
    run(names, "nothing-left-out", "all-left-out", seed=seed)  # they assert
    run(names, "buffers-left-out", seed=seed)


@pytest.mark.parametrize("item", ["buffers", "optimizer", "scheduler", "random", "position"])
def test_the_reader_may_choose_any_item(names: Names, item: str) -> None:
    cells = ("imports", "data", "small-run", "save-small", "interrupted")
    run(names, *cells, seed=0)
    chosen = sources()["one-left-out"].replace('"scheduler"', f'"{item}"', 1)
    assert chosen != sources()["one-left-out"] or item == "scheduler"
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(chosen, names)
    at = names["parting"](names["resumed_without"](item)[1])
    assert f"without {item}: part at iteration {at}" in printed.getvalue()


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS[1:3])  # the first is asked above
def test_without_buffers_the_loss_is_more_than_twice_as_high(names: Names, seed: int) -> None:
    cells = ("imports", "data", "train-cnn", "state-dict", "load-weights", "without-buffers")
    run(names, *cells, seed=seed)  # asserts it


def program(folder: Path, name: str, *options: object) -> subprocess.Popen[str]:
    module = [sys.executable, "-m", example.__name__, "--out", str(folder / name)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    return subprocess.Popen(
        [*module, *map(str, options)], stdout=subprocess.PIPE, text=True, env=environment
    )


@pytest.mark.slow
def test_the_example_killed_twice_at_any_moment_is_the_same_run(tmp_path: Path) -> None:
    rng = random.Random()
    seed = rng.randrange(1000)
    whole = program(tmp_path, "whole", "--seed", seed)
    assert len(whole.communicate()[0].splitlines()) == example.EPOCHS * example.BATCHES == 120
    options = ("--seed", seed, "--checkpoints", tmp_path / "kept")
    moments = []
    # First in epoch 2: in epoch 1 a fresh process draws the done batches from the seed anyway.
    for earliest, latest in ((45, 75), (1, 25)):
        moments.append(rng.randint(earliest, latest))
        child = program(tmp_path, "resumed", *options, "--pause", 0.01)
        assert child.stdout is not None
        for batches, _ in enumerate(child.stdout, 1):
            if batches == moments[-1]:
                child.kill()
                break
        child.stdout.close()
        assert child.wait() != 0, moments
    child = program(tmp_path, "resumed", *options)
    first = child.communicate()[0].splitlines()[0]
    assert int(first.split()[-1]) % 10 == 1, "it goes on after a checkpoint of every 10 batches"
    for ending in ("", ".json"):
        ours, theirs = (tmp_path / f"{name}{ending}" for name in ("whole", "resumed"))
        assert ours.read_bytes() == theirs.read_bytes(), (seed, moments)


def test_each_kind_of_chance_has_a_hand_in_the_example() -> None:
    """Mirroring is Python's and brightness NumPy's, each alone: so the proof needs both states."""
    image = torch.rand(28, 28)
    varied = example.Varied(TensorDataset(image[None], torch.tensor([3])), 1)
    course_lib.seed_everything(0)
    drawn = [varied[0] for _ in range(20)]
    assert {label.item() for _, label in drawn} == {3}
    plain = [float(v.sum() / image.sum()) for v, _ in drawn]
    assert len({round(p, 6) for p in plain}) == 20 and all(0.8 <= p <= 1.2 for p in plain)
    ahead = [torch.allclose(v / v.sum(), image / image.sum()) for v, _ in drawn]
    back = [torch.allclose(v / v.sum(), image.flip(-1) / image.sum()) for v, _ in drawn]
    assert any(ahead) and any(back) and all(a != b for a, b in zip(ahead, back, strict=True))


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS[1:2])  # the first is asked above
def test_exported_models_give_the_same_logits(names: Names, seed: int) -> None:
    for package in ("onnx", "onnxscript", "onnxruntime"):
        pytest.importorskip(package)
    cells = ("imports", "data", "export", "export-loaded", "onnx-export", "onnx")
    assert "largest difference" in run(names, *cells, seed=seed)
    assert names["logits"].shape == (9, 10)


def test_without_the_packages_the_cell_says_what_it_would_show(
    names: Names, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(names, "imports", "data", seed=0)
    monkeypatch.setattr(names["importlib"].util, "find_spec", lambda name: None)
    printed = run(names, "onnx", seed=0)
    assert "pip install onnx onnxscript onnxruntime" in printed and "It would export" in printed


def right_answers() -> list[str]:
    return [next(c.text for c in q.choices if c.right) for q in load_quiz("saving").questions]


@pytest.mark.quiz_key("saving", 0)
def test_quick_check_random_states(names: Names) -> None:
    assert right_answers()[0].startswith("It trains on without an error")
    run(names, "imports", "data", "small-run", "save-small", "interrupted", seed=7)
    _, differences = names["resumed_without"]("random")
    assert differences[0] != 0


@pytest.mark.quiz_key("saving", 1)
def test_quick_check_how_many_batches_are_left(tmp_path: Path) -> None:
    """The question's run in small: 10 epochs of 40 batches, killed in the 26th of epoch 4."""
    data = TensorDataset(torch.randn(40, 2), torch.randint(0, 2, (40,)))
    seen: list[tuple[int, int]] = []

    def train(on_batch: Any) -> None:
        course_lib.train_model(
            nn.Linear(2, 2), course_lib.make_loader(data, 1, shuffle=True),
            course_lib.make_loader(data, 40), 10, device="cpu", progress=False, resume=True,
            checkpoint_dir=tmp_path, checkpoint_every=10, on_batch=on_batch,
        )  # fmt: skip

    def die(at: course_lib.BatchProgress) -> None:
        if (at.epoch, at.batch) == (4, 26):
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        train(die)
    train(lambda at: seen.append((at.epoch, at.batch)))
    assert right_answers()[1] == str(len(seen)) == "260"
    assert seen[0] == (4, 21)


@pytest.mark.quiz_key("saving", 2)
def test_quick_check_a_strangers_file(names: Names) -> None:
    assert "safetensors" in right_answers()[2] and "weights_only=True" in right_answers()[2]
    run(names, "imports", "data", "malicious", seed=0)
    gift = names["folder"] / "gift.pt"
    model = course_lib.MLP()
    with pytest.raises(pickle.UnpicklingError):
        torch.load(gift)
    with pytest.raises(course_lib.CheckpointError):
        course_lib.load_checkpoint(gift)
    renamed = gift.rename(gift.with_name("model.safetensors"))
    for read in (course_lib.load_checkpoint, course_lib.load_weights):
        with pytest.raises(course_lib.CheckpointError):
            read(renamed, model)
    assert not (names["folder"] / "you-have-been-visited").exists()
    torch.load(renamed.rename(gift), weights_only=False)  # the wrong choice: no error at all
    assert (names["folder"] / "you-have-been-visited").is_dir()
