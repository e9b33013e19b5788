"""Files that must not be loaded: each is refused in one clear sentence."""

import os
import pickle
import random
import re
import zipfile

import numpy as np
import pytest
import torch
from checkpoint_compare import differences
from checkpoint_runs import make_model, plain, train

from course_lib import CheckpointError, load_checkpoint, save_checkpoint
from course_lib.checkpoint.files import FORMAT, read_checkpoint, write_checkpoint
from course_lib.checkpoint.folder import CheckpointFolder


@pytest.fixture
def saved(tmp_path):
    path = tmp_path / "saved.pt"
    write_checkpoint(path, {"a": torch.arange(40.0), "b": {"c": 3, "d": torch.ones(3).bool()}})
    return path


def refusal(path) -> str:
    model = make_model()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    with pytest.raises(CheckpointError) as caught:
        load_checkpoint(path, model)
    assert not differences(dict(model.state_dict()), before), "the model was changed"
    message = str(caught.value)
    assert str(path) in message and "\n" not in message and message.endswith(".")
    assert len(message) < 500
    return message


def test_missing(tmp_path):
    assert refusal(tmp_path / "no.pt") == f"There is no checkpoint at {tmp_path / 'no.pt'}."
    assert "There is no checkpoint" in refusal(tmp_path)


def test_empty(tmp_path):
    (tmp_path / "empty.pt").touch()
    assert "is truncated or is no checkpoint at all" in refusal(tmp_path / "empty.pt")


def test_truncated_at_any_length(saved):
    whole = saved.read_bytes()
    for length in {*range(0, len(whole), 61), 1, 2, 3, 4, len(whole) - 1, len(whole) - 22}:
        saved.write_bytes(whole[:length])
        assert "is truncated or is no checkpoint at all" in refusal(saved), length


def test_any_flipped_bit_is_refused_or_changes_nothing(saved):
    whole, good = saved.read_bytes(), read_checkpoint(saved)
    refused = 0
    rng = random.Random(5)
    for place in range(len(whole)):
        bit = 1 << rng.randrange(8)
        damaged = bytearray(whole)
        damaged[place] ^= bit
        saved.write_bytes(damaged)
        try:
            content = read_checkpoint(saved)
        except CheckpointError as error:
            refused += 1
            assert "\n" not in str(error) and "use an older one" in str(error), (place, bit)
        else:
            assert not differences(good, content), f"byte {place}, bit {bit}: silently changed"
    assert refused > 1000  # names, sizes, check sums and data; the rest is padding


def test_a_bit_that_makes_a_tensor_a_folder(saved):
    """torch then leaves the tensor's memory as it found it, without a word."""
    whole = saved.read_bytes()
    for begin in [match.start() for match in re.finditer(rb"PK\x01\x02", whole)]:
        damaged = bytearray(whole)
        damaged[begin + 38] ^= 0x10  # external attributes: the folder bit
        saved.write_bytes(damaged)
        assert "is damaged (in its part" in refusal(saved)


def test_any_flipped_bit_of_a_tensor_is_refused(saved):
    whole = saved.read_bytes()
    begin = whole.index(torch.arange(40.0).numpy().tobytes())
    for bit in range(0, 8 * 160, 3):
        damaged = bytearray(whole)
        damaged[begin + bit // 8] ^= 1 << bit % 8
        saved.write_bytes(damaged)
        assert "is damaged" in refusal(saved)


def foreign_files(folder):
    torch.save(make_model().state_dict(), folder / "a state_dict")
    torch.save([1, 2], folder / "a list")
    torch.save({1: 2}, folder / "a dict")
    with open(folder / "an npz", "wb") as file:
        np.savez(file, a=np.ones(3))
    with zipfile.ZipFile(folder / "a zip", "w") as archive:
        archive.writestr("hello.txt", "hello")
    torch.save({"a": 1}, folder / "an old torch file", _use_new_zipfile_serialization=False)
    (folder / "a pickle").write_bytes(pickle.dumps({"a": 1}))
    (folder / "a text").write_text("PK and other words\n" * 40)


def test_foreign_files(tmp_path):
    foreign_files(tmp_path)
    expected = {
        "a state_dict": "was not written by save_checkpoint or train_model",
        "a list": "was not written by save_checkpoint or train_model",
        "a dict": "was not written by save_checkpoint or train_model",
        "an npz": "is damaged or no PyTorch checkpoint",
        "a zip": "is damaged or no PyTorch checkpoint (file in archive is not in a subdirectory",
        "an old torch file": "no checkpoint at all",
        "a pickle": "no checkpoint at all",
        "a text": "no checkpoint at all",
    }
    for name, sentence in expected.items():
        assert sentence in refusal(tmp_path / name), name


class Malicious:
    def __reduce__(self):
        return os.mkdir, (self.target,)


@pytest.mark.parametrize("whole", [True, False])
def test_code_in_a_file_is_not_executed(tmp_path, whole):
    payload = Malicious()
    payload.target = str(tmp_path / "executed")
    ours = {"format": FORMAT, "version": 1, "extra": payload}
    torch.save(payload if whole else ours, tmp_path / "bad.pt")
    assert "could run foreign code; it was not loaded" in refusal(tmp_path / "bad.pt")
    assert not (tmp_path / "executed").exists()
    torch.load(tmp_path / "bad.pt", weights_only=False)  # what it would have done
    assert (tmp_path / "executed").exists()


def test_another_version_of_ours(tmp_path):
    torch.save({"format": FORMAT, "version": 99, "model": {}}, tmp_path / "new.pt")
    message = refusal(tmp_path / "new.pt")
    assert "has checkpoint version 99" in message and "install the course_lib" in message


def test_a_file_without_check_sums_of_torch_is_still_protected(tmp_path):
    """A process may have switched torch's check sums off; ours are needed to read the file."""
    torch.serialization.set_crc32_options(False)
    try:
        path = save_checkpoint(tmp_path / "a.pt", make_model(), epoch=3)
        assert torch.serialization.get_crc32_options() is False, "the caller's choice was changed"
    finally:
        torch.serialization.set_crc32_options(True)
    assert load_checkpoint(path)["epoch"] == 3


@pytest.fixture(scope="module")
def reference():
    return train(plain(), None)


def half_a_run(folder):
    from course_lib import StopTraining

    def stop(at):
        if (at.epoch, at.batch) == (2, 8):
            raise StopTraining

    train(plain(), folder, on_batch=stop)
    return CheckpointFolder(folder).saved()


def damage(path, how):
    whole = path.read_bytes()
    if how == "emptied":
        path.write_bytes(b"")
    elif how == "truncated":
        path.write_bytes(whole[: len(whole) // 2])
    elif how == "flipped":
        damaged = bytearray(whole)
        damaged[len(whole) // 3] ^= 16
        path.write_bytes(damaged)
    else:
        torch.save({"model": {}}, path)


@pytest.mark.parametrize("how", ["emptied", "truncated", "flipped", "foreign"])
@pytest.mark.parametrize("number", [1, 2])
def test_damaged_newest_ones_are_passed_over(tmp_path, reference, how, number):
    saved = half_a_run(tmp_path)
    for path in saved[-number:]:
        damage(path, how)
    with pytest.warns(RuntimeWarning) as warned:
        result = train(plain(), tmp_path, resume=True)
    messages = [str(w.message) for w in warned if issubclass(w.category, RuntimeWarning)]
    assert len(messages) == number
    for path, message in zip(reversed(saved), messages, strict=False):
        assert str(path) in message and f"Resumed from {saved[-number - 1].name}" in message
    assert not differences(reference, result)


def test_all_damaged_is_an_error_and_changes_nothing(tmp_path):
    for path in half_a_run(tmp_path):
        damage(path, "truncated")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    setting = plain()
    weights = {name: value.clone() for name, value in setting.model.state_dict().items()}
    with pytest.raises(CheckpointError, match="To begin again, give another checkpoint_dir"):
        train(setting, tmp_path, resume=True)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    assert not differences(dict(setting.model.state_dict()), weights)
