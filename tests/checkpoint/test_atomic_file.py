"""A file is the old one or the new one, whatever happens in between."""

import errno
import os
import stat

import pytest

from course_lib import atomic_file
from course_lib.atomic_file import remove_leftovers, write_atomically


def test_writes_and_replaces(tmp_path):
    path = tmp_path / "new folder" / "file.bin"
    write_atomically(path, b"old")
    write_atomically(path, b"new")
    assert path.read_bytes() == b"new"
    assert os.listdir(path.parent) == ["file.bin"]


@pytest.mark.parametrize("call", ["fsync", "replace"])
@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "full"), KeyboardInterrupt()])
def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch, call, error):
    path = tmp_path / "file.bin"
    write_atomically(path, b"old")

    def fail(*_, **__):
        raise error

    monkeypatch.setattr(os, call, fail)
    with pytest.raises(type(error)):
        write_atomically(path, b"new")
    monkeypatch.undo()
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["file.bin"]


def test_the_bytes_reach_the_disk_before_the_name_points_to_them(tmp_path, monkeypatch):
    calls = []
    fsync, replace = os.fsync, os.replace

    def watched_fsync(descriptor):
        calls.append("folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file")
        if calls[-1] == "file":
            assert os.fstat(descriptor).st_size == 3, "synced before it was flushed"
        fsync(descriptor)

    def watched_replace(source, target):
        calls.append("replace")
        replace(source, target)

    monkeypatch.setattr(os, "fsync", watched_fsync)
    monkeypatch.setattr(os, "replace", watched_replace)
    write_atomically(tmp_path / "file.bin", b"new")
    assert calls == ["file", "replace", "folder"]


def test_a_disk_that_cannot_sync_folders_is_no_failure(tmp_path, monkeypatch):
    # network and FUSE file systems (a mounted Google Drive, say) may refuse it
    fsync = os.fsync

    def no_folders(descriptor):
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "Invalid argument")
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", no_folders)
    write_atomically(tmp_path / "file.bin", b"new")
    assert (tmp_path / "file.bin").read_bytes() == b"new"


@pytest.mark.skipif(os.name != "posix", reason="permissions as on POSIX")
@pytest.mark.parametrize("mask, mode", [(0o022, 0o644), (0o027, 0o640), (0o077, 0o600)])
def test_the_umask_decides_who_can_read(tmp_path, mask, mode):
    before = os.umask(mask)
    try:
        write_atomically(tmp_path / "file.bin", b"new")
        assert os.umask(mask) == mask, "the process's umask was changed"
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "file.bin").stat().st_mode) == mode


def test_the_umask_is_never_open_for_other_threads(tmp_path, monkeypatch):
    def forbidden(mask):
        raise AssertionError(f"umask({mask:o}) holds for every thread of the process")

    monkeypatch.setattr(os, "umask", forbidden)
    write_atomically(tmp_path / "file.bin", b"new")


def test_leftovers_go_and_everything_else_stays(tmp_path):
    leftover = tmp_path / f".file.bin.x1y2{atomic_file.TEMPORARY_SUFFIX}"
    others = [tmp_path / name for name in ("file.bin", "download.part", ".hidden", "a.pt")]
    for path in (leftover, *others):
        path.write_bytes(b"x")
    remove_leftovers(tmp_path)
    assert sorted(tmp_path.iterdir()) == sorted(others)
    remove_leftovers(tmp_path / "missing")
