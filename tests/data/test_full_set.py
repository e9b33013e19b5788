"""The full set: found in a folder or the cache, or downloaded from a server that may misbehave."""

import gzip
import os
import subprocess
import sys
import time

import numpy as np
import pytest

from course_lib.atomic_file import TEMPORARY_SUFFIX
from course_lib.data import fashion_mnist
from course_lib.data.full_set import cache_folder
from course_lib.data.idx_files import CONTENT_SHA256, parse_idx

TRAIN_IMAGES = "train-images-idx3-ubyte"


def assert_is(data, arrays):
    for dataset, prefix in ((data.train, "train"), (data.test, "t10k")):
        images, labels = dataset.tensors
        assert np.array_equal(images.numpy(), arrays[f"{prefix}-images-idx3-ubyte"])
        assert np.array_equal(labels.numpy(), arrays[f"{prefix}-labels-idx1-ubyte"])
        assert labels.numpy().dtype == np.int64


def write_files(folder, files):
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)


def file_names(folder):
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


NOWHERE: tuple[str, ...] = ()


# --- folder and cache -------------------------------------------------------------------------


@pytest.mark.parametrize("packed", [True, False])
def test_a_named_folder_needs_no_network(
    small_set, small_files, plain_files, tmp_path, cache, packed
):
    write_files(tmp_path / "mine", small_files if packed else plain_files)
    assert_is(fashion_mnist(full=True, folder=tmp_path / "mine", mirrors=NOWHERE), small_set)
    assert file_names(cache) == []


def test_the_cache_is_used_before_the_network(small_set, small_files, cache):
    write_files(cache, small_files)
    assert_is(fashion_mnist(full=True, mirrors=NOWHERE), small_set)


def test_what_the_folder_lacks_is_downloaded(small_set, small_files, tmp_path, cache, server):
    some = {name: content for name, content in small_files.items() if "train" in name}
    write_files(tmp_path / "mine", some)
    mirrors = [server.mirror("good")]
    data = fashion_mnist(full=True, folder=str(tmp_path / "mine"), mirrors=mirrors, progress=False)
    assert_is(data, small_set)
    assert file_names(cache) == sorted(set(small_files) - set(some))


def test_a_folder_that_does_not_exist_is_named(tmp_path, cache):
    with pytest.raises(FileNotFoundError, match=r"There is no folder .*nowhere.*leave folder out"):
        fashion_mnist(full=True, folder=tmp_path / "nowhere", mirrors=NOWHERE)


def test_a_wrong_file_in_a_named_folder_is_not_passed_over(small_files, tmp_path, cache, server):
    wrong = {**small_files, f"{TRAIN_IMAGES}.gz": gzip.compress(b"something else")}
    write_files(tmp_path / "mine", wrong)
    with pytest.raises(RuntimeError, match=rf"{TRAIN_IMAGES}.gz is not the official file .*SHA"):
        fashion_mnist(full=True, folder=tmp_path / "mine", mirrors=[server.mirror("good")])
    assert server.requests == []


def test_a_damaged_cache_mends_itself(small_set, small_files, cache, server):
    half = small_files[f"{TRAIN_IMAGES}.gz"][:1000]
    write_files(cache, {**small_files, f"{TRAIN_IMAGES}.gz": half})
    assert_is(fashion_mnist(full=True, mirrors=[server.mirror("good")], progress=False), small_set)
    assert server.requests == [f"/good/{TRAIN_IMAGES}.gz"]
    assert_is(fashion_mnist(full=True, mirrors=NOWHERE), small_set)


def test_folder_without_full_is_refused(tmp_path):
    with pytest.raises(ValueError, match="add full=True"):
        fashion_mnist(folder=tmp_path)


@pytest.mark.parametrize(
    ("platform", "variables", "expected"),
    [
        ("linux", {"COURSE_CACHE": "/data/here"}, "/data/here"),
        ("linux", {"XDG_CACHE_HOME": "/xdg"}, "/xdg/training-loop-course"),
        ("linux", {}, "/home/reader/.cache/training-loop-course"),
        ("darwin", {}, "/home/reader/Library/Caches/training-loop-course"),
        ("win32", {"LOCALAPPDATA": "/appdata"}, "/appdata/training-loop-course"),
        ("win32", {}, "/home/reader/AppData/Local/training-loop-course"),
    ],
)
def test_the_cache_is_where_the_system_keeps_caches(monkeypatch, platform, variables, expected):
    for name in ("COURSE_CACHE", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"HOME": "/home/reader", **variables}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "platform", platform)
    assert cache_folder().as_posix() == expected


# --- downloads --------------------------------------------------------------------------------


def test_a_download_is_kept_and_not_repeated(small_set, small_files, cache, server):
    mirrors = [server.mirror("good")]
    assert_is(fashion_mnist(full=True, mirrors=mirrors, progress=False), small_set)
    assert {name: (cache / name).read_bytes() for name in file_names(cache)} == small_files
    assert_is(fashion_mnist(full=True, mirrors=mirrors, progress=False), small_set)
    assert len(server.requests) == 4


FAULTS = {
    "missing": "it answered 404 Not Found",
    "page": "its SHA-256 is not that of the official file",
    "truncated": r"it broke off after [\d,]+ of [\d,]+ bytes",
    "short": "it ends too early",
    "corrupted": "it is damaged|its SHA-256 is not",
    "other": "its SHA-256 is not that of the official file",
    "reset": "[Cc]onnection reset|it broke off after",
    "stalled": "it was silent for 0.3 seconds",
    "silent": "it was silent for 0.3 seconds",
    "endless": "it sends far more than the file",
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_faulty_mirror_is_left_for_the_next(small_set, small_files, cache, server, fault):
    mirrors = [server.mirror(fault), server.mirror("good")]
    data = fashion_mnist(full=True, mirrors=mirrors, timeout=0.3, progress=False)
    assert_is(data, small_set)
    assert [path.split("/")[1] for path in server.requests] == [fault, "good"] * 4
    assert {name: (cache / name).read_bytes() for name in file_names(cache)} == small_files


@pytest.mark.parametrize("fault", FAULTS)
def test_where_every_mirror_fails_one_sentence_says_what_to_do(cache, server, fault):
    with pytest.raises(ConnectionError) as caught:
        fashion_mnist(full=True, mirrors=[server.mirror(fault)], timeout=0.3, progress=False)
    message = str(caught.value)
    assert message.startswith(f"{TRAIN_IMAGES}.gz could not be downloaded (http://127.0.0.1:")
    caught.match(FAULTS[fault])
    assert 'fashion_mnist(full=True, folder="' in message
    assert "\n" not in message
    assert file_names(cache) == []


@pytest.mark.parametrize("fault", ["stalled", "silent"])
def test_a_mirror_that_says_nothing_is_given_up_after_the_timeout(cache, server, fault):
    start = time.monotonic()
    with pytest.raises(ConnectionError):
        fashion_mnist(full=True, mirrors=[server.mirror(fault)], timeout=0.2, progress=False)
    assert 0.2 <= time.monotonic() - start < 5  # the server would keep silent for 30 seconds


def test_each_mirror_tells_its_own_reason(cache, server, unused_port):
    mirrors = [f"http://127.0.0.1:{unused_port}", server.mirror("missing")]
    with pytest.raises(ConnectionError, match=r"Connection refused; http.*404 Not Found"):
        fashion_mnist(full=True, mirrors=mirrors, progress=False)


@pytest.fixture
def unused_port():
    import socket

    with socket.socket() as probe:  # bound but not listening: connections are refused
        probe.bind(("127.0.0.1", 0))
        yield probe.getsockname()[1]


def test_one_mirror_may_be_given_as_a_string(small_set, cache, server):
    data = fashion_mnist(full=True, mirrors=server.mirror("good"), progress=False)
    assert_is(data, small_set)


def test_a_progress_bar_names_the_file_and_can_be_switched_off(cache, server, capsys):
    with pytest.raises(ConnectionError):
        fashion_mnist(full=True, mirrors=[server.mirror("page")])
    assert f"{TRAIN_IMAGES}.gz: 100%" in capsys.readouterr().err
    with pytest.raises(ConnectionError):
        fashion_mnist(full=True, mirrors=[server.mirror("page")], progress=False)
    assert capsys.readouterr().err == ""


def test_without_a_place_for_the_cache_the_data_still_come(
    small_set, server, tmp_path, monkeypatch
):
    (tmp_path / "a_file").write_text("in the way")
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "a_file"))
    with pytest.warns(UserWarning, match="could not be kept in .*set COURSE_CACHE"):
        data = fashion_mnist(full=True, mirrors=[server.mirror("good")], progress=False)
    assert_is(data, small_set)


def test_a_cache_that_may_not_be_looked_into_is_none(small_set, server, tmp_path, monkeypatch):
    # The superuser may look everywhere; but nobody can look for a name as long as this.
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / ("long" * 100)))
    with pytest.warns(UserWarning, match="could not be kept in .*set COURSE_CACHE"):
        data = fashion_mnist(full=True, mirrors=[server.mirror("good")], progress=False)
    assert_is(data, small_set)


# --- killed processes -------------------------------------------------------------------------

CHILD = """
import json, os, sys, time
from course_lib.data import fashion_mnist, idx_files
idx_files.CONTENT_SHA256.update(json.loads(sys.argv[1]))
if sys.argv[3:]:
    def replace(old, new):
        open(sys.argv[3], "w").close()
        time.sleep(60)
    os.replace = replace
fashion_mnist(full=True, mirrors=[sys.argv[2]], progress=False)
"""


def start_child(mirror, *marker):
    import json

    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    command = [sys.executable, "-c", CHILD, json.dumps(CONTENT_SHA256), mirror, *map(str, marker)]
    return subprocess.Popen(command, env={**os.environ, "PYTHONPATH": root})


def test_a_kill_while_receiving_leaves_nothing(small_set, small_files, cache, server):
    child = start_child(server.mirror("stalled"))
    try:
        assert server.half_sent.wait(60)
        time.sleep(0.1)
    finally:
        child.kill()
        child.wait()
    assert file_names(cache) == []
    assert_is(fashion_mnist(full=True, mirrors=[server.mirror("good")], progress=False), small_set)


def test_a_kill_while_writing_leaves_no_file_under_the_name(
    small_set, small_files, cache, server, tmp_path
):
    marker = tmp_path / "about to replace"
    child = start_child(server.mirror("good"), marker)
    try:
        deadline = time.monotonic() + 60
        while not marker.exists():
            assert time.monotonic() < deadline
            time.sleep(0.02)
    finally:
        child.kill()
        child.wait()
    (leftover,) = file_names(cache)
    assert leftover.endswith(TEMPORARY_SUFFIX)
    long_ago = time.time() - 7200
    os.utime(cache / leftover, (long_ago, long_ago))
    assert_is(fashion_mnist(full=True, mirrors=[server.mirror("good")], progress=False), small_set)
    assert file_names(cache) == sorted(small_files)


def test_two_processes_may_download_at_once(small_files, cache, server):
    children = [start_child(server.mirror("good")) for _ in range(2)]
    assert [child.wait(120) for child in children] == [0, 0]
    assert {name: (cache / name).read_bytes() for name in file_names(cache)} == small_files


# --- the format -------------------------------------------------------------------------------


def test_parse_idx_reads_big_endian_shapes():
    content = bytes.fromhex("00000802 00000002 00000003") + bytes([1, 2, 3, 4, 5, 255])
    assert parse_idx(content).tolist() == [[1, 2, 3], [4, 5, 255]]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "not an IDX file"),
        (bytes.fromhex("00000d01 00000001 3f800000"), "not an IDX file of bytes"),
        (bytes.fromhex("00000803 0000"), "ends inside its header"),
        (bytes.fromhex("00000801 00000003 0102"), "should hold .* and holds 2"),
    ],
)
def test_parse_idx_refuses_other_files(content, message):
    with pytest.raises(ValueError, match=message):
        parse_idx(content)


@pytest.mark.slow
def test_the_official_files_are_read_whole(debian_folder, cache):
    data = fashion_mnist(full=True, folder=debian_folder, mirrors=NOWHERE)
    for dataset, prefix, size in ((data.train, "train", 60_000), (data.test, "t10k", 10_000)):
        images, labels = dataset.tensors
        with gzip.open(debian_folder / f"{prefix}-images-idx3-ubyte.gz") as file:
            expected = np.frombuffer(file.read(), np.uint8)[16:].reshape(size, 28, 28)
        assert np.array_equal(images.numpy(), expected)
        assert np.bincount(labels.numpy()).tolist() == [size // 10] * 10
