"""The rules for what an executed notebook shows."""

import ast
import json
import re
from collections.abc import Iterator

from nbformat import NotebookNode

from tools.notebooks.normalise import WIDGET_VIEW

MAX_BYTES = 1_000_000
PNG = "image/png"
ADDRESS = re.compile(r"\bat 0x[0-9a-fA-F]+")

Problems = Iterator[tuple[str, str]]


def file_size(notebook: NotebookNode) -> Problems:
    """A committed notebook stays small."""
    size = len(json.dumps(notebook, indent=1, ensure_ascii=False).encode())
    if size > MAX_BYTES:
        yield "", f"{size / 1e6:.2f} MB; {MAX_BYTES / 1e6:.0f} MB is the limit"


def every_cell_has_run(notebook: NotebookNode) -> Problems:
    """Execution counts are 1, 2, 3 …, and a cell that prints or shows has an output."""
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for count, cell in enumerate(code, start=1):
        if cell.execution_count != count:
            yield (
                cell.get("id", ""),
                f"execution count {cell.execution_count} where {count} belongs",
            )
        elif not cell.outputs and _prints(cell.source):
            yield cell.get("id", ""), "it prints or shows something, and its output is not stored"


def no_errors(notebook: NotebookNode) -> Problems:
    """No error is stored, unless the cell is there to raise it."""
    for cell, output in _outputs(notebook):
        if output.output_type == "error" and "raises-exception" not in cell.metadata.get(
            "tags", []
        ):
            yield cell.get("id", ""), f"a stored error: {output.ename}: {output.evalue[:80]}"


def no_stderr(notebook: NotebookNode) -> Problems:
    """No warning is stored."""
    for cell, output in _outputs(notebook):
        if output.output_type == "stream" and output.name == "stderr":
            yield cell.get("id", ""), f"text on stderr: {output.text.strip()[:80]}"


def no_addresses(notebook: NotebookNode) -> Problems:
    """No object shows where it lies in memory: that is elsewhere in every run."""
    for cell, output in _outputs(notebook):
        text = output.get("text") or output.get("data", {}).get("text/plain", "")
        if found := ADDRESS.search(text):
            yield cell.get("id", ""), f"an address in memory ({found[0]}), other in every run"


def no_widget_state(notebook: NotebookNode) -> Problems:
    """No stored widget view or state: a notebook opened but not run would show an error for it."""
    if "widgets" in notebook.metadata:
        yield "", "the notebook's metadata holds widgets, which GitHub refuses to show"
    for cell, output in _outputs(notebook):
        if WIDGET_VIEW in output.get("data", {}):
            yield cell.get("id", ""), "a stored widget view"


def outputs_have_alt_text(notebook: NotebookNode) -> Problems:
    """Every picture among the outputs says what it shows."""
    for cell, output in _outputs(notebook):
        if PNG in output.get("data", {}):
            alt = output.metadata.get(PNG, {}).get("alt", "")
            if len(alt.split()) < 3:
                yield (
                    cell.get("id", ""),
                    "a picture without alt text: use notebook.show(fig, alt=…)",
                )


def interactive_cells_have_pictures(notebook: NotebookNode) -> Problems:
    """What is used by hand shows a picture where no kernel runs."""
    shows_picture = {
        c.get("id") for c, output in _outputs(notebook) if PNG in output.get("data", {})
    }
    for cell in notebook.cells:
        if "interactive" in cell.metadata.get("tags", []) and cell.get("id") not in shows_picture:
            yield cell.get("id", ""), "tagged interactive, and no static picture among its outputs"


OUTPUT_RULES = (
    file_size,
    every_cell_has_run,
    no_errors,
    no_stderr,
    no_addresses,
    no_widget_state,
    outputs_have_alt_text,
    interactive_cells_have_pictures,
)


def _outputs(notebook: NotebookNode) -> Iterator[tuple[NotebookNode, NotebookNode]]:
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            yield cell, output


def _prints(source: str) -> bool:
    """Whether a cell surely prints or shows: a call of print or show at its top."""
    try:
        statements = ast.parse(source).body
    except SyntaxError:
        return False  # magics
    for statement in statements:
        if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
            called = statement.value.func
            name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
            if name in ("print", "show"):
                return True
    return False
