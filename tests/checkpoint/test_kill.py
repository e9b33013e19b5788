"""Kill -9 at any moment, resume in a new process: the same run, to the last bit.

The moments are drawn anew each time. COURSE_KILL_SEED=N draws those of a run that failed.
"""

import json
import os
import random
import subprocess
import sys
import time

import checkpoint_zygote
import pytest
from checkpoint_compare import differences
from checkpoint_runs import VARIANTS
from checkpoint_zygote import child_environment, make_request, read_answer

SEED = int(os.environ.get("COURSE_KILL_SEED", time.time_ns() % 1_000_000))
KILLS = {"anywhere": 3, "while saving": 2, "from outside": 1}  # for each of the variants
MOST_KILLS_OF_ONE_RUN = 3


@pytest.fixture(scope="module")
def references(zygote):
    """Each variant's uninterrupted run, which never heard of checkpoints."""
    return {name: zygote.live(name, None)["result"] for name in VARIANTS}


def kill_again_and_again(zygote, variant, folder, draw_plan, kills):
    """Start one run after another, kill and resume each, until there were so many kills.

    Yields each run's result with the moments at which it was killed.
    """
    done = number = 0
    while done < kills:
        number += 1
        moments = []
        life = {"killed": True}
        while life["killed"]:
            enough = done >= kills or len(moments) == MOST_KILLS_OF_ONE_RUN
            plan = {} if enough else draw_plan()
            life = zygote.live(variant, folder / f"run-{number}", **plan)
            if life["killed"]:
                done += 1
                moments.append({**plan, "where": life.get("where", "?")})
        yield life["result"], moments


@pytest.mark.parametrize("how", KILLS)
@pytest.mark.parametrize("variant", VARIANTS)
def test_a_killed_run_ends_as_if_never_killed(zygote, references, variant, how, tmp_path):
    rng = random.Random(f"{SEED} {variant} {how}")
    within = {"within": "write_atomically"} if how == "while saving" else {}
    begin = time.monotonic()
    whole = zygote.live(variant, tmp_path / "whole", event=10**9, **within)
    seconds = time.monotonic() - begin
    assert not differences(references[variant], whole["result"]), "saving changed the run"

    def draw_plan():
        if how == "from outside":
            return {"delay": rng.uniform(0.0, 0.7 * seconds)}
        return {"event": rng.randint(1, round(0.95 * whole["events"])), **within}

    print(f"seed {SEED}, {whole['events']} moments, {seconds:.2f} s")
    for result, moments in kill_again_and_again(zygote, variant, tmp_path, draw_plan, KILLS[how]):
        print(*moments, sep="\n")
        assert not (found := differences(references[variant], result)), (
            f"COURSE_KILL_SEED={SEED}: killed at {moments}, the run ended differently in {found}"
        )


def test_at_least_twenty_moments():
    assert len(VARIANTS) * sum(KILLS.values()) >= 20


STEPS = (0.0, 0.01, 0.37, 0.999, 1.0, "fsync", "-fsync", "replace", "-replace")


@pytest.mark.parametrize("step", STEPS)
def test_killed_at_a_step_of_writing(zygote, references, step, tmp_path):
    """A share of the bytes written; before and after fsync and rename; early and late writes."""
    variant = "augmented"  # saves after every batch
    for write in (1, 2, random.Random(f"{SEED} {step}").randint(3, 30)):
        folder = tmp_path / f"write-{write}"
        life = zygote.live(variant, folder, step=step, write=write)
        assert life["killed"], f"write {write} was never reached"
        # after the start, a good checkpoint is there at every moment
        result = zygote.live(variant, folder)["result"]
        found = differences(references[variant], result)
        assert not found, f"COURSE_KILL_SEED={SEED}: killed in write {write}: {found}"
        assert not [path for path in folder.iterdir() if path.suffix != ".pt"], "left over"


def test_fresh_interpreters(references, tmp_path):
    """The same without forking: every life has a Python of its own."""
    variant = "augmented_workers"
    rng = random.Random(f"{SEED} fresh")
    moments = []
    for kill in (True, True, False):
        request = make_request(variant, tmp_path / "run", tmp_path / "answer")
        process = subprocess.Popen(
            [sys.executable, checkpoint_zygote.__file__, json.dumps(request)],
            stdout=subprocess.PIPE,
            env=child_environment(),
        )
        assert process.stdout.readline() == b"it trains\n"
        if kill:
            moments.append(rng.uniform(0.0, 0.6))
            time.sleep(moments[-1])
            process.kill()
        process.wait()
        process.stdout.close()
    found = differences(references[variant], read_answer(request)["result"])
    assert not found, f"COURSE_KILL_SEED={SEED}: killed after {moments} s: {found}"
