"""Makes an executed notebook the same on every machine that builds it.

A stored widget view shows "model not found" in a notebook that is opened but not run, where
JupyterLab would show the static picture; so the views go and the pictures stay.
"""

import re
import sys
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from tools.notebooks.source import notebook_metadata

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
ANSI = re.compile(r"\x1b\[[0-9;]*m")


class OutputError(RuntimeError):
    """An output must not be committed; the message says which and why."""


def normalise(notebook: NotebookNode) -> None:
    """Take out of an executed notebook, in place, what differs between builds.

    Raises:
        OutputError: text on stderr, a widget without its static picture, a path of this machine.
    """
    count = 0
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        count += 1
        cell.execution_count = count
        cell.outputs = _merged([_output(output, cell, count) for output in cell.outputs])
        _refuse_machine_paths(cell)
    # Not the kernel's own account of itself, which names its exact version.
    notebook.metadata = notebook_metadata()


def text_of(notebook: NotebookNode) -> str:
    """The notebook as it is written: keys sorted, lines ended by LF alone."""
    nbformat.validate(notebook)
    return nbformat.writes(notebook, version=4).rstrip("\n") + "\n"


def _output(output: NotebookNode, cell: NotebookNode, count: int) -> NotebookNode:
    kind = output.output_type
    if kind == "stream" and output.name == "stderr":
        raise OutputError(f"cell {cell.id} writes to stderr: {output.text.strip()[:300]}")
    if kind == "error":
        # The frames name this machine's folders; what a reader needs is the last line.
        output.evalue = ANSI.sub("", output.evalue)
        output.traceback = [f"{output.ename}: {output.evalue}"]
    if kind == "execute_result":
        output.execution_count = count
    if kind in ("execute_result", "display_data") and WIDGET_VIEW in output.data:
        if "image/png" not in output.data:
            raise OutputError(f"cell {cell.id} shows a widget that has no static picture.")
        del output.data[WIDGET_VIEW]
        output.metadata.pop(WIDGET_VIEW, None)
    return output


def _merged(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """Outputs with neighbouring pieces of one stream joined: the kernel cuts them by time."""
    merged: list[NotebookNode] = []
    for output in outputs:
        if output.output_type == "stream" and merged and merged[-1].output_type == "stream":
            merged[-1].text += output.text
        else:
            merged.append(output)
    return merged


def _refuse_machine_paths(cell: NotebookNode) -> None:
    folders = {str(Path.home()), str(Path(__file__).resolve().parents[2]), sys.prefix} - {"/"}
    for output in cell.outputs:
        texts = [output.get("text", ""), output.get("evalue", "")]
        texts += [value for key, value in output.get("data", {}).items() if key.startswith("text/")]
        for text in texts:
            if found := [folder for folder in folders if folder in text]:
                raise OutputError(f"cell {cell.id} shows a path of this machine: {found[0]}")
