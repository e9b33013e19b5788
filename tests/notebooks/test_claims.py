"""The ledger of claims: every number in prose is produced by a cell, or says where it is from.

What is neither produced nor asserted stands in claims/NOTEBOOK.toml, as a definition or as a fact
cited with its source.
"""

import tomllib
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from tests.notebooks.ledger import NEAR, Number, claims, unproduced

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = [
    path
    for folder in ("notebooks", "solutions")
    for path in sorted((ROOT / folder).glob("*.ipynb"))
]
LEDGER = Path(__file__).parent / "claims"


def entries(name: str) -> list[dict[str, str]]:
    file = LEDGER / f"{name}.toml"
    return tomllib.loads(file.read_text(encoding="utf-8"))["claim"] if file.exists() else []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_number_in_prose_has_its_ground(path: Path) -> None:
    known = {(entry["cell"], entry["number"]) for entry in entries(path.stem)}
    missing = unproduced(nbformat.read(path, as_version=4))
    assert [c for c in missing if (c.cell, c.number.text) not in known] == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_ledger_holds_no_stale_or_groundless_entry(path: Path) -> None:
    stated = {(c.cell, c.number.text) for _, c in claims(nbformat.read(path, as_version=4))}
    for entry in entries(path.stem):
        assert (entry["cell"], entry["number"]) in stated, entry
        assert entry["kind"] in ("definition", "cited"), entry
        assert len(entry["source" if entry["kind"] == "cited" else "of"].split()) >= 3, entry


def missing_in(prose: str, *, code: str = "pass", output: str = "", tags: tuple = ()) -> list[str]:
    cell = new_code_cell(code, metadata={"tags": list(tags)})
    cell.outputs = [new_output("stream", text=output)]
    notebook = new_notebook(cells=[cell, new_markdown_cell(prose)])
    return [claim.number.text for claim in unproduced(notebook)]


@pytest.mark.parametrize(
    ("prose", "code", "output", "missing"),
    [
        ("It fell to 0.36.", "pass", "loss 0.3571", []),
        ("It fell to 0.36.", "pass", "loss 0.3512", ["0.36"]),
        ("It fell to 0.36.", "assert loss < 0.36", "", []),
        ("Over 1,563 iterations.", "pass", "1563", []),
        ("Right for 84 %.", "pass", "accuracy 0.841", []),
        ("Right for 84 %.", "pass", "accuracy 84.1 %", []),
        ("Right for 84 %.", "pass", "accuracy 0.83", ["84 %"]),
        ("A share of 0.841.", "pass", "84.1 %", []),
        ("The gap is −0.05.", "pass", "gap -0.052", []),
        ("In `f(7)`, $x^9$ and notebook 03, see [it](a8.html).", "pass", "", []),
        ("**Correction 7.** It is 6.", "pass", "6", []),
        ("**Correction 7.** It is 7.", "pass", "6", ["7"]),
        ("1. First\n2. Then 5 of them", "pass", "", ["5"]),
        ("It took 3 steps.", "pass", "2.9", ["3"]),
        ("It took 3 steps.", "pass", "in 3 steps", []),
        ("It took 30 s.", "pass", "29.8 s", []),
        ("Torch 2.6 does.", "pass", "2.61", []),
        ("It is 7.", "x = 'seven, 7'", "", ["7"]),
    ],
)
def test_a_number_is_recognised(prose: str, code: str, output: str, missing: list[str]) -> None:
    assert missing_in(prose, code=code, output=output) == missing


def test_an_output_that_is_not_compared_proves_nothing() -> None:
    assert missing_in("It is 0.36.", output="0.36") == []
    assert missing_in("It is 0.36.", output="0.36", tags=("nbval-ignore-output",)) == ["0.36"]


def test_a_number_shown_only_far_below_is_not_yet_shown() -> None:
    later = new_code_cell("pass")
    later.outputs = [new_output("stream", text="0.36")]
    cells = [new_markdown_cell("It is 0.36."), new_code_cell("pass"), later]
    assert len(unproduced(new_notebook(cells=cells))) == 1
    assert unproduced(new_notebook(cells=[cells[0], cells[2]])) == []


def test_a_number_shown_long_before_is_not_shown_any_more() -> None:
    shown = new_code_cell("pass")
    shown.outputs = [new_output("stream", text="0.36")]
    text = new_markdown_cell("It is 0.36.")
    between = [new_code_cell("pass") for _ in range(NEAR)]
    assert unproduced(new_notebook(cells=[shown, *between[1:], text])) == []
    assert len(unproduced(new_notebook(cells=[shown, *between, text]))) == 1


def test_numbers_keep_their_decimals() -> None:
    assert Number.read("−1,234.50 %") == Number("−1,234.50 %", -1234.5, 2, True)
