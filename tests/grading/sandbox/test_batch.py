"""Many submissions: rows in order, kept at once, the same after a kill, in parts, in parallel."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from toy import exercise as toy

from course_lib.grading import batch
from course_lib.grading.batch import grade_all
from course_lib.grading.results import ResultsFolder
from course_lib.grading.sandbox import kernel, processes
from course_lib.grading.submissions import find_submissions

ROOT = Path(__file__).resolve().parents[3]
HERE = Path(__file__).resolve().parents[1]

bubblewrapped = pytest.mark.parametrize("isolation", ["bubblewrap"], indirect=True)

# Its message tells what was drawn: it differs unless the same was drawn again.
TELLS = "def double_all(numbers, offset):\n    raise KeyError(repr(numbers))\n"

RUN = """
import sys
sys.path[:0] = [{here!r}, {root!r}]
from pathlib import Path
from toy import exercise as toy
from conftest import setting_for
from course_lib.grading import report
from course_lib.grading.batch import grade_all
from course_lib.grading.results import ResultsFolder
from course_lib.grading.submissions import find_submissions

if __name__ == "__main__":
    folder, results, out = map(Path, sys.argv[1:4])
    rows = grade_all(
        find_submissions([folder]), setting_for("bubblewrap"), ResultsFolder(results), {jobs}
    )
    out.write_text(report.as_json(rows))
"""


def a_class(folder, number):
    for position in range(number):
        answer = (toy.RIGHT, TELLS, "import os\nos._exit(1)\n", toy.STUB)[position % 4]
        toy.write(folder / f"{position:04}.ipynb", f"{answer}# {position}\n")
    return folder


@pytest.mark.slow
@bubblewrapped
def test_a_killed_run_goes_on_and_ends_with_the_same_file(tmp_path, grader):
    """Kill -9 at a random moment, twice; the last run repeats nothing and differs in nothing."""
    folder = a_class(tmp_path / "class", 24)
    script = tmp_path / "run.py"
    script.write_text(RUN.format(here=str(HERE), root=str(ROOT), jobs=1))
    results, out = tmp_path / "results", tmp_path / "out.json"
    command = [sys.executable, str(script), str(folder), str(results), str(out)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    for enough in (5, 12):
        process = subprocess.Popen(command, env=environment)
        until = time.monotonic() + 120
        while len(list(results.glob("*.json"))) < enough:
            assert process.poll() is None
            assert time.monotonic() < until
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert not out.exists()
    kept = {path: path.stat().st_mtime_ns for path in results.glob("*.json")}
    assert 12 <= len(kept) < 24
    subprocess.run(command, env=environment, check=True)
    assert {path: path.stat().st_mtime_ns for path in kept} == kept
    assert len(list(results.glob("*.json"))) == 24
    first = out.read_text()
    sorted(kept)[0].unlink()  # made again, it says the same
    subprocess.run(command, env=environment, check=True)
    assert out.read_text() == first
    rows = json.loads(first)
    assert [Path(row["submission"]).name for row in rows] == [f"{n:04}.ipynb" for n in range(24)]
    assert [row["status"] for row in rows[:4]] == ["graded", "graded", "crashed", "unsolved"]
    assert [row["score"] for row in rows[:4]] == [5, 0, 0, 0]
    assert len({row["checks"][0]["message"] for row in rows[1::4]}) == 6  # each draws its own


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="orphans are found by Linux")
@bubblewrapped
def test_a_killed_run_leaves_no_grading_process_behind(tmp_path, grader):
    kernel.adopt_orphans()
    folder = a_class(tmp_path / "class", 40)
    script = tmp_path / "run.py"
    script.write_text(RUN.format(here=str(HERE), root=str(ROOT), jobs=2))
    results = tmp_path / "results"
    process = subprocess.Popen(
        [sys.executable, str(script), str(folder), str(results), str(tmp_path / "out.json")],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    until = time.monotonic() + 120
    while len(list(results.glob("*.json"))) < 3 and time.monotonic() < until:
        assert process.poll() is None
        time.sleep(0.01)
    started = processes.descendants(process.pid)
    process.kill()
    process.wait()
    until = time.monotonic() + 15
    while (left := [pid for pid in started if is_alive(pid)]) and time.monotonic() < until:
        time.sleep(0.05)
    assert left == []


def is_alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.slow
@bubblewrapped
def test_two_at_a_time_give_the_rows_of_one_at_a_time(tmp_path, setting, grader):
    paths = find_submissions([a_class(tmp_path / "class", 8)])
    secret = tmp_path / "a"
    one = grade_all(paths, setting, ResultsFolder(secret), jobs=1)
    other = ResultsFolder(tmp_path / "b")
    other._secret = ResultsFolder(secret)._secret
    assert grade_all(paths, setting, other, jobs=2) == one


@pytest.mark.slow
@bubblewrapped
def test_a_grading_process_that_dies_is_replaced(tmp_path, setting, monkeypatch):
    paths = find_submissions([a_class(tmp_path / "class", 6)])
    died = []

    def as_they_come(pool, to_do, *rest):
        for position, row in original(pool, to_do, *rest):
            yield position, row
            if not died:
                died.append(position)
                os.kill(next(iter(pool._processes)), signal.SIGKILL)

    original = batch._as_they_come
    monkeypatch.setattr(batch, "_as_they_come", as_they_come)
    rows = grade_all(paths, setting, ResultsFolder(None), jobs=2)
    assert died
    assert [row.score for row in rows] == [5, 0, 0, 0, 5, 0]


@bubblewrapped
def test_a_zygote_that_dies_is_replaced(grade, grader):
    assert grade(toy.RIGHT).score == toy.FULL
    first = grader._sandbox._zygote.process
    first.kill()
    first.wait()
    assert grade(toy.RIGHT).score == toy.FULL
    assert grader._sandbox._zygote.process.pid != first.pid


def test_equal_submissions_are_run_once_and_keep_their_names(tmp_path, grade, grader, monkeypatch):
    folder = tmp_path / "class"
    for name in "ab":
        toy.write(folder / f"{name}.ipynb", TELLS)
    results = ResultsFolder(tmp_path / "results")
    graded = [batch._graded(grader, path, results) for path in find_submissions([folder])]
    assert [Path(row.submission).stem for row in graded] == ["a", "b"]
    assert graded[0].checks == graded[1].checks
    assert len(list((tmp_path / "results").glob("*.json"))) == 1


def test_another_time_limit_makes_rows_anew(tmp_path):
    content = b"{}"
    row = batch.unreadable("x", "why")
    ResultsFolder(tmp_path, "20 seconds").store(row, content)
    assert ResultsFolder(tmp_path, "20 seconds").stored("y", content).submission == "y"
    assert ResultsFolder(tmp_path, "30 seconds").stored("y", content) is None


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'{"checks": 3}', b"\xff"])
def test_a_damaged_result_is_made_anew(tmp_path, damage):
    results = ResultsFolder(tmp_path)
    results.store(batch.unreadable("x", "why"), b"content")
    (path,) = tmp_path.glob("*.json")
    path.write_bytes(damage)
    assert results.stored("x", b"content") is None


def test_shards_that_start_at_once_share_one_secret(tmp_path):
    assert ResultsFolder(tmp_path)._secret == ResultsFolder(tmp_path)._secret
    assert ResultsFolder(tmp_path / "other")._secret != ResultsFolder(tmp_path)._secret
    draws = [ResultsFolder(tmp_path).rng_for(b"x").random() for _ in range(2)]
    assert draws[0] == draws[1] != ResultsFolder(tmp_path).rng_for(b"y").random()
