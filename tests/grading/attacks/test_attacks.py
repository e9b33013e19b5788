"""The cleverest cheats in class: each gets its own row, nobody else's changes, nothing is left."""

import os
import socket
import sys
import time
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import LIMITS
from toy.exercise import DRIVERS, FULL, RIGHT

from course_lib.grading.sandbox import processes

HOSTILE = tomllib.loads(Path(__file__).with_name("hostile.toml").read_text(encoding="utf-8"))
# Where the attacks try to leave something; `{mark}` in an attack is this name.
MARK = f"course-attack-{os.getpid()}"
PLACES = (Path("/tmp"), Path("/var/tmp"), Path("/dev/shm"), Path.home(), Path.cwd(), DRIVERS)
SECRET = "course_secret_of_the_grader"
PORT = 47631
LONGEST = 30.0  # seconds; wall limit is 8, the rest is loading on a busy machine

linux = pytest.mark.skipif(sys.platform != "linux", reason="Linux holds more than others")


def below():
    """Processes below this one; not what multiprocessing keeps for itself."""
    return set(processes.descendants(os.getpid()))


def settled(before, seconds=5.0):
    """Processes that were not there before and do not go away."""
    deadline = time.monotonic() + seconds
    while (new := below() - before) and time.monotonic() < deadline:
        time.sleep(0.05)
    return [Path(f"/proc/{pid}/cmdline").read_bytes()[:200] for pid in new]


@pytest.fixture
def limits(request):
    """What wants memory gets the time for it: a busy machine finds it new pages but slowly."""
    attack = HOSTILE[request.node.callspec.params["name"]]
    return replace(LIMITS, cpu_seconds=20) if attack["status"] == ["memory"] else LIMITS


@linux
@pytest.mark.parametrize("name", HOSTILE)
def test_an_attack_earns_nothing_and_leaves_nothing(name, grade, grader, tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_SECRET", SECRET)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    attack = HOSTILE[name]
    if grader._sandbox.isolation not in attack.get("isolation", ["bubblewrap", "process"]):
        pytest.skip(attack["why"])
    other = tmp_path / "other.ipynb"
    other.write_text(RIGHT, encoding="utf-8")
    code = attack["code"].replace("{mark}", MARK).replace("{other}", str(other))
    code = code.replace("{pid}", str(os.getpid())).replace("{port}", str(PORT))
    code = code.replace("{checks}", str(Path(__file__).parents[1])).replace("{right}", RIGHT)
    before = below()
    started = time.monotonic()

    row = grade(code)

    assert time.monotonic() - started < LONGEST
    assert row.status in attack["status"], row
    assert row.score == attack.get("score", 0), row
    told = repr(row)
    assert SECRET not in told
    assert "reached" not in told  # what an attack raises where it got through
    assert grade(RIGHT).score == FULL, "the next submission has to pay for it"
    assert other.read_text(encoding="utf-8") == RIGHT
    zygotes = {grader._sandbox._zygote.process.pid} if grader._sandbox._zygote else set()
    if not zygotes <= before:  # a zygote was replaced, and that is all right
        before |= zygotes | set(processes.descendants(*zygotes))
    assert settled(before) == []
    left = [place / MARK for place in PLACES if (place / MARK).exists()]
    left += list(tmp_path.glob("course-grade-*"))
    assert left == []
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", PORT)) != 0


@linux
def test_every_attack_would_do_harm_without_the_sandbox():
    """An attack with a typing error attacks nothing: each has to compile at least."""
    for name, attack in HOSTILE.items():
        if attack["status"] != ["error"]:
            compile(attack["code"].replace("{right}", RIGHT), name, "exec")
