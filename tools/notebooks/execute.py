"""Executes a notebook in a fresh kernel and measures each cell."""

import os
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from tools.notebooks.normalise import ANSI

CELL_SECONDS = 10.0
NOTEBOOK_SECONDS = 60.0

# One thread: small models are faster so, and every build sums in the same order.
KERNEL_ENVIRONMENT = {
    "COURSE_BUILD": "1",
    "COURSE_HEADLESS": "1",
    "OMP_NUM_THREADS": "1",
    "PYTHONHASHSEED": "0",
}


class ExecutionError(RuntimeError):
    """A notebook did not run, or ran too long; the message says which cell."""


def execute(notebook: NotebookNode, folder: Path) -> dict[str, float]:
    """Run all cells in place, in `folder`, with this environment's Python.

    Returns:
        Seconds that each code cell took, by cell id.

    Raises:
        ExecutionError: a cell raised (without the tag `raises-exception`), the kernel died, a cell
            took more than 10 s or the notebook more than 60 s. The limits are those of two cores
            with nothing else to do; where they have, COURSE_PATIENCE=3 makes them 3 times as long.
    """
    patience = float(os.environ.get("COURSE_PATIENCE", "1"))
    cell_limit, notebook_limit = patience * CELL_SECONDS, patience * NOTEBOOK_SECONDS
    # A kernel of the same name in the user's home folder must not take this environment's place.
    os.environ["JUPYTER_PREFER_ENV_PATH"] = "1"
    seconds: dict[str, float] = {}
    began: dict[str, float] = {}

    def start(cell: NotebookNode, **_: object) -> None:
        began[cell.id] = time.perf_counter()

    def stop(cell: NotebookNode, **_: object) -> None:
        seconds[cell.id] = time.perf_counter() - began[cell.id]

    client = NotebookClient(
        notebook,
        kernel_name="python3",
        timeout=int(3 * cell_limit),
        record_timing=False,
        store_widget_state=False,
        resources={"metadata": {"path": str(folder)}},
        on_cell_execute=start,
        on_cell_executed=stop,
    )
    try:
        # What is solved here is not the progress of whoever builds.
        with TemporaryDirectory() as scratch:
            progress = {"COURSE_PROGRESS": str(Path(scratch, "progress.json"))}
            client.execute(env={**os.environ, **KERNEL_ENVIRONMENT, **progress})
    except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
        current = list(began)[-1] if began else "none"
        raise ExecutionError(
            f"cell {current} did not run to its end:\n{ANSI.sub('', str(error))}"
        ) from None
    for cell_id, taken in seconds.items():
        if taken > cell_limit:
            raise ExecutionError(
                f"cell {cell_id} took {taken:.1f} s; {cell_limit:.0f} s is the limit."
            )
    if (total := sum(seconds.values())) > notebook_limit:
        raise ExecutionError(
            f"the notebook took {total:.0f} s; {notebook_limit:.0f} s is the limit."
        )
    return seconds
