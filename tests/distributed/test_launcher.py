"""SIGTERM from the launcher: every process says why it ends, whatever it is doing."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TOLD = "LostProcessError: Another of the 2 processes of this run has ended, or the run was cancel"
AS_TORCHRUN = {"TORCHELASTIC_RUN_ID": "none", "RANK": "1", "WORLD_SIZE": "2"}
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM")


def ended(program: str, **environment: str) -> tuple[int, str]:
    """The exit status of a program, and what it said, that got SIGTERM once it had printed."""
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None and process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=20)
    return process.returncode, said


WAITING = "import time; print('ready', flush=True); time.sleep(30)"


def test_a_process_of_torchruns_listens_from_its_first_import_on() -> None:
    status, said = ended(f"import course_lib; {WAITING}", **AS_TORCHRUN)
    assert status == 128 + signal.SIGTERM
    assert TOLD in said and "rank 1 was told to end too" in said


@pytest.mark.parametrize("environment", [{}, {**AS_TORCHRUN, "WORLD_SIZE": "1"}])
def test_a_process_that_is_alone_does_not(environment: dict[str, str]) -> None:
    status, said = ended(f"import course_lib; {WAITING}", **environment)
    assert (status, said) == (-signal.SIGTERM, "")


OWN = "import signal, sys, time; signal.signal(signal.SIGTERM, lambda *_: [time.sleep(1), exit(7)])"


@pytest.mark.parametrize("order", [(OWN, "import course_lib"), ("import course_lib", OWN)])
def test_a_program_that_listens_itself_is_left_alone(order: tuple[str, str]) -> None:
    status, said = ended("; ".join([*order, WAITING]), **AS_TORCHRUN)
    assert (status, said) == (7, "")


BLOCKING = """
import os, signal
import course_lib
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
child = os.fork()
assert signal.SIGTERM in signal.pthread_sigmask(signal.SIG_BLOCK, [])
if not child:
    os._exit(0)
_, status = os.waitpid(child, 0)
assert status == 0
"""


def test_a_fork_unblocks_nothing() -> None:
    subprocess.run(
        [sys.executable, "-c", BLOCKING],
        env={**os.environ, "PYTHONPATH": str(ROOT), **AS_TORCHRUN},
        check=True,
    )


CLEANING_UP = f"""
import course_lib
from course_lib import launcher
launcher.let_exceptions_end_it()
try:
    {WAITING}
finally:
    print("cleaned up", file=__import__("sys").stderr)
"""


def test_once_there_is_work_an_exception_lets_it_be_cleaned_up() -> None:
    status, said = ended(CLEANING_UP, **AS_TORCHRUN)
    assert status == 1 and said.startswith("cleaned up") and TOLD in said


SWALLOWING = f"""
import course_lib
from course_lib import launcher
launcher.SECONDS_TO_UNWIND = 0.2
launcher.let_exceptions_end_it()
try:
    {WAITING}
except Exception:
    time.sleep(30)
"""


def test_an_exception_that_is_swallowed_has_its_time_only() -> None:
    status, said = ended(SWALLOWING, **AS_TORCHRUN)
    assert status == 128 + signal.SIGTERM and TOLD in said


FORKING = """
import os, signal, time
import course_lib
child = os.fork()
if not child:
    time.sleep(30)
    os._exit(0)
os.kill(child, signal.SIGTERM)
_, status = os.waitpid(child, 0)
assert os.WTERMSIG(status) == signal.SIGTERM, status
time.sleep(0.3)
print("ready", flush=True)
time.sleep(30)
"""


def test_a_fork_ends_in_silence_and_its_parent_goes_on() -> None:
    status, said = ended(FORKING, **AS_TORCHRUN)
    assert status == 128 + signal.SIGTERM and said.count("LostProcessError") == 1
