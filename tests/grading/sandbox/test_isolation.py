"""What a submission finds around itself."""

import os
import signal
import sys
import time
from pathlib import Path

import pytest
from toy import exercise as toy

from course_lib.grading.sandbox import kernel, landlock, processes, seccomp, wire
from course_lib.grading.sandbox.stopped import StoppedError

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Linux holds more than others")

bubblewrapped = pytest.mark.parametrize("isolation", ["bubblewrap"], indirect=True)


@pytest.fixture
def inside(grader):
    """The value of an expression, worked out where submissions run."""

    def inside(expression, setup=""):
        answer = f"{setup}\ndef double_all(numbers, offset):\n    return {expression}\n"
        with grader._sandbox.open("toy_driver") as submission:
            assert submission.define([answer], ["double_all"]) == []
            outcome = submission.call({"numbers": [], "offset": 1})
            assert "values" in outcome, outcome
            return outcome["values"]

    return inside


STATUS = "dict(line.split(':', 1) for line in open('/proc/self/status'))"


def test_it_has_given_up_every_right(inside):
    status = {key: value.split() for key, value in inside(STATUS).items()}
    assert status["NoNewPrivs"] == ["1"]
    assert status["Seccomp"] == ["2"]
    may_read_what_is_shown = 1 << 2  # CAP_DAC_READ_SEARCH: where the interpreter is root's own
    assert int(status["CapEff"][0], 16) in (0, may_read_what_is_shown)
    assert status["CapPrm"] == status["CapEff"]
    if os.getuid() == 0:
        assert len(set(status["Uid"])) == 1
        assert status["Uid"] != ["0"] * 4
        assert status["Groups"] == []


def test_each_submission_is_another_user(inside):
    if os.getuid() != 0:
        pytest.skip("only root can give each a user of its own")
    users = [inside("os.getuid()", "import os") for _ in range(2)]
    assert users[0] != users[1]


@bubblewrapped
def test_the_network_is_its_own_and_empty(inside):
    lines = inside("open('/proc/net/dev').read()").splitlines()[2:]
    assert {line.split(":")[0].strip() for line in lines} <= {"lo"}


@bubblewrapped
def test_its_processes_are_all_that_it_sees(inside):
    seen = inside("sorted(int(p) for p in os.listdir('/proc') if p.isdecimal())", "import os")
    assert seen in ([1, 2], [])  # what outlives it, and itself


@bubblewrapped
def test_nothing_but_its_own_folder_can_be_written(inside):
    setup = """
import os
def writable():
    found = []
    for place, folders, _ in os.walk("/"):
        if place.startswith("/proc") or place.count("/") > 3:
            folders.clear()
            continue
        try:
            open(os.path.join(place, "x"), "w").close()
            found.append(place)
        except OSError:
            pass
    return found
"""
    scratch = inside("tempfile.gettempdir()", "import tempfile")
    assert scratch in ("/tmp", "/scratch")  # the latter where the interpreter lies in the former
    assert sorted(inside("writable()", setup)) == ["/dev/shm", scratch]


def test_the_folder_of_one_is_not_that_of_the_next(inside):
    setup = "import os, tempfile\nopen(os.path.join(tempfile.gettempdir(), 'note'), 'w').close()"
    listing = "os.listdir(tempfile.gettempdir())"
    assert inside(listing, setup) == ["note"]
    assert inside(listing, "import os, tempfile") == []
    for variable in ("TMPDIR", "HOME"):
        assert inside(f"os.listdir(os.environ['{variable}'])", "import os") == []


def test_the_course_is_there_but_for_what_judges(inside):
    setup = """
import importlib
def found(*names):
    there = []
    for name in names:
        try:
            importlib.import_module("course_lib." + name)
            there.append(name)
        except (ImportError, OSError):
            pass
    return there
"""
    public = ("atomic_file", "doctor.machine", "grading.exercise")
    judges = ("grading.checks", "grading.checks.registry", "grading.running", "grading.grade")
    assert inside(f"found{(*public, *judges)}", setup) == list(public)


def test_no_open_file_sends_a_signal_to_whom_it_likes(inside):
    """What owns a file is told of its news by a signal: any owner, any signal, SIGKILL too."""
    setup = """
import array, fcntl, socket
def refused():
    told = []
    mine, _ = socket.socketpair()
    pid = array.array("i", [1])
    for call, command, value in (
        (fcntl.fcntl, 8, 1), (fcntl.fcntl, 10, 9), (fcntl.fcntl, 15, bytes(8)),
        (fcntl.ioctl, 0x8901, pid), (fcntl.ioctl, 0x8902, pid),
    ):
        try:
            call(mine.fileno(), command, value)
        except PermissionError:
            told.append(command)
    fcntl.fcntl(mine.fileno(), fcntl.F_GETFL)
    return told
"""
    assert inside("refused()", setup) == [8, 10, 15, 0x8901, 0x8902]


def test_no_other_process_of_the_same_user_is_limited_or_slowed(inside):
    setup = """
import os, resource, socket, time
def refused():
    told = []
    other = os.fork()
    if other == 0:
        time.sleep(60)
    one, _ = socket.socketpair()
    for name, call in {
        "prlimit": lambda: resource.prlimit(other, resource.RLIMIT_FSIZE, (0, 0)),
        "affinity": lambda: os.sched_setaffinity(other, [0]),
        "priority": lambda: os.setpriority(os.PRIO_PROCESS, other, 19),
        "all priorities": lambda: os.setpriority(os.PRIO_USER, 0, 19),
        "policy": lambda: os.sched_setscheduler(other, os.SCHED_IDLE, os.sched_param(0)),
        "buffer": lambda: one.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 10**6),
    }.items():
        try:
            call()
        except PermissionError:
            told.append(name)
    resource.prlimit(0, resource.RLIMIT_CORE)
    os.sched_setaffinity(0, os.sched_getaffinity(0))
    return told
"""
    told = ["prlimit", "affinity", "priority", "all priorities", "policy", "buffer"]
    assert inside("refused()", setup) == told


def test_threads_and_children_of_its_own_work(inside):
    setup = """
import subprocess, sys, threading
heard = []
thread = threading.Thread(target=heard.append, args=(3,))
thread.start()
thread.join()
said = subprocess.run([sys.executable, "-c", "print(4)"], capture_output=True, text=True)
"""
    assert inside("[heard, said.stdout.strip()]", setup) == [[3], "4"]


def test_a_stopped_submission_stays_stopped(grader):
    with grader._sandbox.open("toy_driver") as submission:
        submission.define(["def double_all(n, o):\n    raise SystemExit"], ["double_all"])
        assert submission.call({"numbers": [], "offset": 1})["raised"]["type"] == "SystemExit"
        submission.define(["import os\ndef double_all(n, o): os._exit(7)"], ["double_all"])
        for _ in range(2):
            with pytest.raises(StoppedError, match="ended itself with code 7") as stopped:
                submission.call({"numbers": [], "offset": 1})
            assert stopped.value.status == "crashed"


def test_what_it_prints_is_kept_also_of_who_is_killed(grade):
    assert grade("print('a few words')\n" + toy.RIGHT).printed == "a few words\n"
    row = grade("def double_all(n, o):\n    print('so far', end='')\n    while True: pass")
    assert (row.status, row.printed) == ("timeout", "so far")


def test_what_it_prints_is_kept_up_to_a_limit(grade):
    row = grade("print('begin' + 'x' * 10**6)\nprint('\\udcff', end='')\n" + toy.RIGHT)
    assert row.score == toy.FULL
    assert row.printed.startswith("beginxxx")
    assert len(row.printed) <= 20 * 1024


def test_no_process_of_the_same_user_looks_into_the_judge(grader):
    is_open_to_others = 3  # PR_GET_DUMPABLE
    assert kernel.prctl(is_open_to_others) == 0


def test_a_keeper_that_is_stuck_leaves_no_process_behind(grader, monkeypatch):
    monkeypatch.setattr(wire, "_TO_REPORT_SECONDS", 0.5)
    before = set(processes.descendants(os.getpid()))
    orphan = "import os, time\nif os.fork() == 0:\n    os.setsid()\n    time.sleep(60)\n"
    with grader._sandbox.open("toy_driver") as submission:
        submission.define([orphan + toy.RIGHT], ["double_all"])
        new = [pid for pid in processes.descendants(os.getpid()) if pid not in before]
        keeper = new[0]  # parents come first
        assert len(new) >= 3
        os.kill(keeper, signal.SIGSTOP)
    until = time.monotonic() + 10
    while (left := [pid for pid in new if _is_alive(pid)]) and time.monotonic() < until:
        time.sleep(0.05)
    assert left == []


def _is_alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_this_kernel_helps_where_it_says_so():
    assert landlock.version() >= 0
    assert len(seccomp._rules("x86_64", False, 7)) < 4096
    assert len(seccomp._rules("aarch64", True, None)) < 4096
