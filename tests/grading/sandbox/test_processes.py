"""What a tree of processes is said to use."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

MIB = 2**20
# Each child gives back what all have from their parent, and fills as much of its own.
PROGRAM = """
import json, mmap, os, signal
from course_lib.grading.sandbox import processes
private, length = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, 40 * 2**20
shared = mmap.mmap(-1, length, flags=private)
shared.write(b"x" * length)
before = processes.use_of([os.getpid()], 0).memory
ready, tell = os.pipe()
children = []
for _ in range(4):
    if (child := os.fork()) == 0:
        shared.close()
        own = mmap.mmap(-1, length, flags=private)
        own.write(b"y" * length)
        os.write(tell, b".")
        signal.pause()
    children.append(child)
for _ in children:
    os.read(ready, 1)
use = processes.use_of(children, before)
for child in children:
    os.kill(child, signal.SIGKILL)
print(json.dumps([before, use.memory, use.processes]))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="Linux has /proc")
def test_who_lets_go_of_what_is_shared_is_not_credited_with_it():
    said = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        capture_output=True,
        check=True,
        cwd=Path(__file__).parents[3],
    )
    before, memory, living = json.loads(said.stdout)
    assert living == 4
    assert before < 80 * MIB  # resident sets alone would say this, whatever the children fill
    assert 160 * MIB < memory < 240 * MIB
