"""A check in a real kernel: its text and nothing else, whatever the answer displays or draws."""

import pytest

from tools.mistake_table import ANSWERS

nbclient = pytest.importorskip("nbclient")
nbformat = pytest.importorskip("nbformat")
pytest.importorskip("ipykernel")

CALLS = {
    "dashboard": "TrainingDashboard",
    "progress_bar": "train_one_epoch_with_progress",
    "early_stopping": "train_with_early_stopping",
}


@pytest.fixture(scope="module")
def outputs(tmp_path_factory):
    """The outputs of each check cell; all run in one kernel, one after another."""
    tried = [
        ("dashboard", "right/display_handle"),
        ("dashboard", "right/new_figure_closed"),
        ("dashboard", "wrong/one_picture_per_update"),
        ("progress_bar", "right/notebook_front_end"),
        ("progress_bar", "wrong/tensor_in_postfix"),
        ("early_stopping", "wrong/typo"),
    ]
    elsewhere = tmp_path_factory.mktemp("progress") / "progress.json"
    setup = f"%matplotlib inline\nimport os\nos.environ['COURSE_PROGRESS'] = {str(elsewhere)!r}"
    cells = [setup + "\nfrom course_lib.grading.check import check"]
    for exercise, stem in tried:
        cells.append((ANSWERS / exercise / f"{stem}.py").read_text(encoding="utf-8"))
        cells.append(f'check("{exercise}", {CALLS[exercise]})')
    cells.append("import matplotlib.pyplot as plt\nplt.get_fignums(), plt.get_backend()")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in cells])
    client = nbclient.NotebookClient(
        notebook, timeout=120, allow_errors=True, kernel_name="python3"
    )
    client.execute()
    found = {key: joined(notebook.cells[2 + 2 * i].outputs) for i, key in enumerate(tried)}
    return found | {"afterwards": notebook.cells[-1].outputs}


def joined(outputs):
    """The outputs with pieces of one stream put together: a busy kernel sends it in several."""
    whole = []
    for output in outputs:
        last = whole[-1] if whole else None
        if last and output.output_type == last.output_type == "stream" and output.name == last.name:
            last.text += output.text
        else:
            whole.append(output)
    return whole


@pytest.mark.slow
def test_a_right_answer_shows_its_points_and_nothing_else(outputs):
    for key, shown in outputs.items():
        if key != "afterwards" and key[1].startswith("right/"):
            assert [output.output_type for output in shown] == ["stream"], (key, shown)
            assert shown[0].name == "stdout"
            assert "10 of 10 points" in shown[0].text


@pytest.mark.slow
@pytest.mark.parametrize(
    ("key", "words"),
    [
        (("dashboard", "wrong/one_picture_per_update"), "the cell shows 7 pictures"),
        (("progress_bar", "wrong/tensor_in_postfix"), "The postfix shows a tensor"),
        (("early_stopping", "wrong/typo"), "loss.bakward()"),
    ],
)
def test_a_wrong_answer_ends_in_its_message_without_our_frames(outputs, key, words):
    text, error = outputs[key]
    assert (text.name, error.output_type, error.ename) == ("stdout", "error", "CheckFailed")
    assert words in text.text
    assert words in error.evalue
    traceback = "\n".join(error.traceback)
    assert words in traceback
    assert "course_lib" not in traceback


@pytest.mark.slow
def test_a_check_leaves_no_figure_open_and_the_backend_as_it_was(outputs):
    told = outputs["afterwards"][0]["data"]["text/plain"]
    assert told.startswith("([], ")
    assert "inline" in told
    assert "grading" not in told
