"""Joined pages hold what was in them, and a fork finds fewer of them."""

import subprocess
import sys

import pytest

JOINED = """
import ctypes, mmap, re
from course_lib.grading.sandbox import kernel
from course_lib.grading.sandbox.huge_pages import use_huge_pages

def huge():
    with open("/proc/self/smaps_rollup") as lines:
        return int(re.search(r"AnonHugePages: *([0-9]+) kB", lines.read())[1])

own = mmap.mmap(-1, 16 << 20, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
own.write(bytes(range(256)) * (len(own) // 256))
start = -(-ctypes.addressof(ctypes.c_char.from_buffer(own)) // (2 << 20)) * (2 << 20)
try:
    kernel.advise_memory(start, 2 << 20, 25)
except OSError:
    print("not here")
    raise SystemExit
before = huge()
use_huge_pages()
own.seek(0)
assert own.read() == bytes(range(256)) * (len(own) // 256)
print(huge() - before >= 8 << 10)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="a call to Linux")
def test_memory_is_joined_and_keeps_its_content():
    done = subprocess.run(
        [sys.executable, "-c", JOINED], capture_output=True, text=True, check=True
    )
    if done.stdout == "not here\n":
        pytest.skip("this system joins no pages")
    assert done.stdout == "True\n"
