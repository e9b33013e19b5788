"""How long ``import course_lib`` takes beyond ``import torch``, and what it loads.

    python -m benchmarks.import_time [--rounds N] [--output FILE]

Each round is a fresh process that imports torch, then the course, then asks for every public name
(they are resolved on first use), and reads its own CPU clock in between. The first process, which
fills the file cache, is not counted.
"""

import argparse
import json
import statistics
import subprocess
import sys
from pathlib import Path

from benchmarks.timing import environment, processor

OUTPUT = Path(__file__).parent / "results" / "import_time.json"
NOT_TO_BE_LOADED = ("matplotlib", "ipywidgets", "IPython", "tqdm", "pandas", "safetensors", "PIL")

PROGRAM = """
import json, sys, time
start = time.process_time()
import torch
middle = time.process_time()
before = set(sys.modules)
imported = time.process_time()
import course_lib
resolved = time.process_time()
for name in course_lib.__all__:
    getattr(course_lib, name)
end = time.process_time()
new = sorted({name.partition(".")[0] for name in set(sys.modules) - before})
print(json.dumps([middle - start, resolved - imported, end - imported, new]))
"""


def measure(rounds: int) -> dict[str, object]:
    """Medians in milliseconds of CPU, and the packages that came with it."""
    seconds = []
    for number in range(-1, rounds):
        output = subprocess.run(
            [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True
        ).stdout
        *times, new = json.loads(output)
        if number >= 0:
            seconds.append(times)
    torch_ms, import_ms, names_ms = (
        round(1000 * statistics.median(column), 1) for column in zip(*seconds, strict=True)
    )
    return {
        "import_torch_cpu_ms": torch_ms,
        "import_course_lib_adds_cpu_ms": import_ms,
        "every_public_name_adds_cpu_ms": names_ms,
        "loaded_but_should_not_be": [name for name in NOT_TO_BE_LOADED if name in new],
        "packages_new_after_torch": [name for name in new if not name.startswith("_")],
    }


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Time import course_lib beyond import torch.")
    parser.add_argument("--rounds", type=int, default=15, help="fresh processes")
    parser.add_argument("--output", type=Path, default=OUTPUT)
    options = parser.parse_args(arguments)
    measured = measure(options.rounds)
    report = environment(processor()) | {"rounds": options.rounds} | measured
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_text(json.dumps(report, indent=1) + "\n")
    print(f"import torch: {measured['import_torch_cpu_ms']} ms of CPU")
    print(f"import course_lib adds {measured['import_course_lib_adds_cpu_ms']} ms")
    print(f"with every public name {measured['every_public_name_adds_cpu_ms']} ms")
    print(f"Loaded, but should not be: {measured['loaded_but_should_not_be'] or 'nothing'}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
