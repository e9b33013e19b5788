"""The last few, the best apart, and an earlier run out of harm's way."""

import errno
import math
from pathlib import Path

import pytest
import torch
from checkpoint_compare import differences
from checkpoint_runs import NUM_BATCHES, plain, train

from course_lib import load_checkpoint
from course_lib.checkpoint import CheckpointError, CheckpointFolder
from course_lib.checkpoint.files import read_checkpoint, write_checkpoint


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("keep_last", [1, 2, 3])
def test_the_last_few_stay(tmp_path, keep_last):
    train(plain(), tmp_path, keep_last=keep_last)
    last = [
        "epoch-0002-batch-000004.pt",
        "epoch-0002-batch-000008.pt",
        "epoch-0003-batch-000000.pt",
    ]
    assert names(tmp_path) == ["best.pt", *last[-keep_last:]]
    with pytest.raises(ValueError, match="keep at least 1"):
        CheckpointFolder(tmp_path, keep_last=0)


def test_after_epoch_9999_the_order_is_still_that_of_time(tmp_path):
    folder = CheckpointFolder(tmp_path, keep_last=2)
    for epoch, batch in ((9_999, 5), (10_000, 0), (10_000, 1_000_000), (10_001, 0)):
        folder.save({}, epoch, batch)
    assert [path.name for path in folder.saved()] == [
        "epoch-10000-batch-1000000.pt",
        "epoch-10001-batch-000000.pt",
    ]


def test_best_holds_the_best_epochs_weights(tmp_path):
    setting = plain()
    seen = []

    def remember(history):
        seen.append({n: v.clone() for n, v in setting.model.state_dict().items()})

    result = train(setting, tmp_path, on_epoch=remember, num_epochs=3)
    losses = result["history"]["val_loss"]
    best = losses.index(min(losses))
    content = read_checkpoint(tmp_path / "best.pt")
    assert not differences(dict(content["model"]), seen[best])
    extra = load_checkpoint(tmp_path / "best.pt", setting.model)
    assert extra == {"epoch": best + 1, "val_loss": losses[best]}
    assert not differences(dict(setting.model.state_dict()), seen[best])


def test_best_is_not_the_last_when_the_last_is_worse(tmp_path):
    """Here every epoch after the first is worse, and early stopping holds the best, too."""
    from course_lib import EarlyStopping

    setting, seen = plain(), []

    def spoil(history):
        seen.append({n: v.clone() for n, v in setting.model.state_dict().items()})
        with torch.no_grad():
            setting.model[-1].bias += 50 * torch.arange(3.0)

    stopping = EarlyStopping(patience=5)
    result = train(setting, tmp_path, on_epoch=spoil, early_stopping=stopping)
    losses = result["history"]["val_loss"]
    assert losses[0] == min(losses)
    assert not differences(dict(read_checkpoint(tmp_path / "best.pt")["model"]), seen[0])
    newest = read_checkpoint(CheckpointFolder(tmp_path).saved()[-1])
    assert not differences(newest["early_stopping"]["best_state"], seen[0])
    assert not differences(result["model"], seen[0]), "restore_best"


def test_a_new_run_sets_the_earlier_one_aside(tmp_path):
    train(plain(), tmp_path)
    first = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    (tmp_path / "notes.txt").write_text("mine")
    train(plain(), tmp_path, num_epochs=3)
    train(plain(), tmp_path, num_epochs=3)
    aside = tmp_path / "earlier-1"
    assert {path.name: path.read_bytes() for path in aside.iterdir()} == first
    assert (tmp_path / "earlier-2").is_dir() and (tmp_path / "notes.txt").read_text() == "mine"


def test_a_folder_that_lets_nothing_be_moved_is_named(tmp_path, monkeypatch):
    train(plain(), tmp_path)
    before = names(tmp_path)

    def refuse(path, *arguments, **keywords):
        raise OSError(errno.EROFS, "Read-only file system", str(path))

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(CheckpointError, match="Read-only file system"):
        train(plain(), tmp_path)
    assert names(tmp_path) == before


@pytest.mark.parametrize("resume", [True, False])
def test_what_a_killed_write_left_is_removed(tmp_path, resume):
    leftover = tmp_path / ".epoch-0000-batch-000000.pt.abc.part"
    leftover.write_bytes(b"half")
    train(plain(), tmp_path, resume=resume)
    assert not leftover.exists()


def test_checkpoints_of_a_future_that_was_left_go_first(tmp_path):
    """After falling back past a damaged one, the good ones must outlive it."""
    folder = CheckpointFolder(tmp_path, keep_last=2)
    write_checkpoint(tmp_path / "epoch-0001-batch-000000.pt", {})
    (tmp_path / "epoch-0002-batch-000000.pt").write_bytes(b"damaged")
    folder.save({}, 1, 5)
    assert [path.name for path in folder.saved()] == [
        "epoch-0001-batch-000000.pt",
        "epoch-0001-batch-000005.pt",
    ]


def test_a_file_that_cannot_be_dropped_does_not_end_the_run(tmp_path, monkeypatch):
    from pathlib import Path

    def locked(self, missing_ok=False):
        raise PermissionError(13, "in use")  # as on Windows, while a scanner reads it

    monkeypatch.setattr(Path, "unlink", locked)
    train(plain(), tmp_path, keep_last=1)
    assert len(names(tmp_path)) == 1 + 1 + 3 * (NUM_BATCHES // 4 + 1)  # best, start, all others


def test_a_nan_validation_loss_from_the_start_still_leaves_a_checkpoint(tmp_path):
    def nan_in_validation(outputs, targets):
        loss = torch.nn.functional.cross_entropy(outputs, targets)
        return loss if outputs.requires_grad else loss * math.nan

    result = train(plain(), tmp_path, loss_fn=nan_in_validation)
    assert all(math.isnan(loss) for loss in result["history"]["val_loss"])
    assert "epoch-0003-batch-000000.pt" in names(tmp_path) and "best.pt" not in names(tmp_path)
    again = train(plain(), tmp_path, loss_fn=nan_in_validation, resume=True)
    assert not differences(result, again)


def test_best_is_the_best_of_both_lives(tmp_path):
    """best_val_loss is saved: a worse epoch after the resume does not replace best.pt."""
    setting = plain()
    losses = iter([0.5, 0.7, 0.6])

    def scripted(outputs, targets):
        if outputs.requires_grad:
            return torch.nn.functional.cross_entropy(outputs, targets)
        return 0 * outputs.sum() + losses_now[0]

    from course_lib.progress import StopTraining

    losses_now = [next(losses)]

    def stop(history):
        losses_now[0] = next(losses)
        if history.epochs == 1:
            raise StopTraining

    train(setting, tmp_path, loss_fn=scripted, on_epoch=stop)
    best = (tmp_path / "best.pt").read_bytes()
    result = train(plain(), tmp_path, loss_fn=scripted, resume=True)
    assert result["history"]["val_loss"] == pytest.approx([0.5, 0.7, 0.7])
    assert (tmp_path / "best.pt").read_bytes() == best


def test_arguments_that_cannot_be_right(tmp_path):
    with pytest.raises(ValueError, match="resume=True needs checkpoint_dir"):
        train(plain(), None, resume=True)
    with pytest.raises(ValueError, match="checkpoint_every is 0; give at least 1 batch"):
        train(plain(), tmp_path, checkpoint_every=0)
    with pytest.raises(CheckpointError, match="There is no checkpoint at"):
        load_checkpoint(tmp_path / "missing.pt")
