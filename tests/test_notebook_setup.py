"""The one setup of every notebook, and figures that carry their alt text."""

import io
import random
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
import torch
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from course_lib import notebook


@pytest.fixture
def displayed(monkeypatch: pytest.MonkeyPatch) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """What was given to Jupyter's display: pairs of data and metadata."""
    calls: list[tuple[dict[str, Any], dict[str, Any]]] = []

    def display(data: dict[str, Any], *, metadata: dict[str, Any] | None = None, raw: bool) -> None:
        assert raw
        calls.append((data, metadata or {}))

    monkeypatch.setattr("IPython.display.display", display)
    return calls


def line() -> Figure:
    figure, axes = plt.subplots(figsize=(4, 2))
    axes.plot([2, 3, 5])
    return figure


def test_setup_seeds_every_generator() -> None:
    drawn = []
    for _ in range(2):
        notebook.setup(seed=3)
        drawn.append((random.random(), np.random.rand(), torch.rand(1).item()))
    assert drawn[0] == drawn[1]
    notebook.setup(seed=4)
    fresh = (random.random(), np.random.rand(), torch.rand(1).item())
    assert all(one != other for one, other in zip(drawn[0], fresh, strict=True))


def test_setup_prints_one_line_that_names_device_and_version(
    capsys: pytest.CaptureFixture[str],
) -> None:
    notebook.setup(seed=7)
    said = capsys.readouterr()
    (only,) = said.out.splitlines()
    assert only.startswith("Ready on ")
    assert torch.__version__ in only
    assert only.endswith("seed 7")
    assert said.err == ""


def test_setup_sets_the_style_of_figures() -> None:
    with mpl.rc_context():
        mpl.rcdefaults()
        plain = dict(mpl.rcParams)
        notebook.setup()
        assert dict(mpl.rcParams) != plain


def test_a_figure_is_shown_with_its_alt_text_and_closed(
    displayed: list[tuple[dict[str, Any], dict[str, Any]]],
) -> None:
    open_before = plt.get_fignums()
    notebook.show(line(), alt="A line that rises from 2 to 5.")
    (data, metadata), _ = displayed
    assert data["text/plain"] == "A line that rises from 2 to 5."
    assert metadata["image/png"]["alt"] == "A line that rises from 2 to 5."
    assert data["image/png"].startswith(b"\x89PNG")
    assert plt.get_fignums() == open_before


def test_a_picture_is_twice_as_sharp_as_it_is_wide(
    displayed: list[tuple[dict[str, Any], dict[str, Any]]],
) -> None:
    notebook.show(line(), alt="A line that rises from 2 to 5.")
    data, metadata = displayed[0]
    pixels = plt.imread(io.BytesIO(data["image/png"])).shape[1]
    assert metadata["image/png"]["width"] == pixels // 2


def test_the_same_figure_gives_the_same_bytes_without_a_version_in_them(
    displayed: list[tuple[dict[str, Any], dict[str, Any]]],
) -> None:
    for _ in range(2):
        notebook.show(line(), alt="A line that rises from 2 to 5.")
    (first, _), _, (second, _), _ = displayed
    assert first == second
    assert b"atplotlib" not in first["image/png"]


def test_a_figure_outside_pyplot_is_shown_too(
    displayed: list[tuple[dict[str, Any], dict[str, Any]]],
) -> None:
    figure = Figure(figsize=(3, 2))
    figure.subplots().plot([1, 2])
    notebook.show(figure, alt="A line that rises.")
    assert displayed[0][0]["image/png"].startswith(b"\x89PNG")


def test_the_alt_text_can_be_read_where_front_ends_drop_it(
    displayed: list[tuple[dict[str, Any], dict[str, Any]]],
) -> None:
    notebook.show(line(), alt="A line that stays < 5 & rises.")
    words = displayed[1][0]["text/html"]
    assert "A line that stays &lt; 5 &amp; rises." in words
    assert "<summary>" in words


@pytest.mark.parametrize("alt", ["", "Figure 1", "   "])
def test_alt_text_that_says_nothing_is_refused(alt: str) -> None:
    figure = line()
    with pytest.raises(ValueError, match="Say in a sentence"):
        notebook.show(figure, alt=alt)
    plt.close(figure)
