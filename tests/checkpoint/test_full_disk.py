"""No room for a checkpoint: the run says so, goes on, and the older checkpoint stands."""

import errno
import os
import re
import shutil
import subprocess

import pytest
from checkpoint_compare import differences
from checkpoint_runs import NUM_EPOCHS, plain, train

from course_lib.checkpoint.files import read_checkpoint

NOT_WRITTEN = r"could not be written \(.*\). Training goes on; the older checkpoints are untouched"


@pytest.fixture(scope="module")
def reference():
    return train(plain(), None)


def test_enospc_from_the_disk(tmp_path, monkeypatch, reference):
    fsync, calls = os.fsync, []

    def full_after_five(descriptor):
        calls.append(descriptor)
        if len(calls) > 5:
            raise OSError(errno.ENOSPC, "No space left on device")
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", full_after_five)
    with pytest.warns(RuntimeWarning, match=r"could not be written \(the disk is full\)"):
        result = train(plain(), tmp_path)
    assert not differences(reference, result), "the failed checkpoints changed the run"
    monkeypatch.undo()
    saved = sorted(tmp_path.glob("*.pt"))
    assert saved and not list(tmp_path.glob(".*")), "half a file stayed"
    assert read_checkpoint(saved[-1])["epoch"] < NUM_EPOCHS
    assert not differences(reference, train(plain(), tmp_path, resume=True))


def test_a_limit_on_file_sizes(zygote, tmp_path, reference):
    """The kernel itself refuses in the middle of a write, after some bytes."""
    train(plain(), tmp_path, **one_epoch_of_many())
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    life = zygote.live("plain", tmp_path, limit=2000)
    assert not differences(reference, life["result"])
    assert life["warnings"] and all(re.search(NOT_WRITTEN, text) for text in life["warnings"])
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    assert not differences(reference, train(plain(), tmp_path, resume=True))


def one_epoch_of_many() -> dict:
    """Stop after one epoch of a schedule that was made for all of them."""
    from course_lib.progress import StopTraining

    def stop(history):
        raise StopTraining

    return {"on_epoch": stop, "num_epochs": NUM_EPOCHS}


@pytest.fixture
def small_disk(tmp_path):
    folder = tmp_path / "disk"
    folder.mkdir()
    if not hasattr(os, "geteuid") or os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("mounting a small disk takes root")
    mount = ["mount", "-t", "tmpfs", "-o", "size=160k", "tmpfs", str(folder)]
    if (tried := subprocess.run(mount, capture_output=True, text=True)).returncode:
        pytest.skip(f"no disk can be mounted here: {tried.stderr.strip()}")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_real_small_disk(small_disk, reference):
    train(plain(), small_disk, keep_last=1, **one_epoch_of_many())
    ballast = small_disk / "ballast"
    with pytest.raises(OSError, match="No space"), open(ballast, "wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))
    with pytest.warns(RuntimeWarning, match="the disk is full"):
        result = train(plain(), small_disk, keep_last=1, resume=True)
    assert not differences(reference, result)
    assert not list(small_disk.glob(".*"))
    ballast.unlink()
    assert not differences(reference, train(plain(), small_disk, keep_last=1, resume=True))
