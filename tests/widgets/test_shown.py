"""The host: three forms of one visual, with and without the means to draw a PNG."""

import base64
import json
import re

import pytest

from course_lib.widgets import shown, svg
from course_lib.widgets.shown import Shown


def host() -> Shown:
    import ipywidgets

    return Shown(
        [ipywidgets.Button(description="Step")],
        picture=lambda: svg.Picture(200, 100, svg.text(10, 20, "1.205", "n"), "drawn"),
        text=lambda: "loss 1.205",
        alt="A loss of 1.205.",
        caption="Run this notebook and press Step.",
        title="Host",
    )


def test_the_bundle_holds_widget_picture_and_text() -> None:
    pytest.importorskip("resvg_py")
    made = host()
    data, metadata = made._repr_mimebundle_(include=None, exclude=None)
    assert data[shown.WIDGET_VIEW]["model_id"] == made.widget.model_id
    assert base64.b64decode(data["image/png"])[:4] == b"\x89PNG"
    assert data["text/plain"] == "loss 1.205\n\nRun this notebook and press Step."
    assert metadata["image/png"] == {"alt": "A loss of 1.205.", "width": 232}
    json.dumps([data, metadata])


def test_the_caption_is_part_of_the_picture() -> None:
    drawn = host().picture()
    words = re.findall(r">([^<>]+)</text>", drawn.body)
    assert " ".join(words) == "1.205 Run this notebook and press Step."
    assert drawn.height > 100 and drawn.description == "A loss of 1.205."


def test_a_long_caption_wraps_inside_the_picture() -> None:
    drawn = svg.Picture(200, 10, "", "")
    short, long = (shown.framed(drawn, "word " * n, "alt") for n in (3, 30))
    assert long.width == short.width == 232
    assert long.height > short.height + 60


def without_resvg(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shown.importlib.util, "find_spec", lambda name: None)


def test_without_resvg_the_live_widget_still_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    without_resvg(monkeypatch)
    monkeypatch.delenv("COURSE_BUILD", raising=False)
    data, metadata = host()._repr_mimebundle_()
    assert "image/png" not in data and shown.WIDGET_VIEW in data and metadata == {}


def test_a_build_without_resvg_fails_loudly(monkeypatch: pytest.MonkeyPatch) -> None:
    without_resvg(monkeypatch)
    monkeypatch.setenv("COURSE_BUILD", "1")
    with pytest.raises(RuntimeError, match="pip install"):
        host()._repr_mimebundle_()


def test_jupyter_shows_the_bundle_and_below_it_the_alt_text() -> None:
    """As the last value of a cell and through display() alike."""
    pytest.importorskip("resvg_py")
    from IPython.core.interactiveshell import InteractiveShell
    from IPython.utils.capture import capture_output

    formatter = InteractiveShell.instance().display_formatter
    with capture_output() as screen:
        assert formatter.format(host()) == ({}, {})  # all is shown already
    bundle, words = screen.outputs
    assert {"image/png", shown.WIDGET_VIEW} <= set(bundle.data)
    assert bundle.data["text/plain"].startswith("loss 1.205")
    assert bundle.metadata["image/png"]["alt"] == "A loss of 1.205."
    assert "<details>" in words.data["text/html"]
    assert words.data["text/plain"] == "A loss of 1.205."


def test_the_picture_does_not_depend_on_installed_fonts() -> None:
    """Words drawn and words left out must differ: the bundled fonts are really used."""
    pytest.importorskip("resvg_py")
    empty = svg.Picture(200, 100, "", "drawn")
    words = svg.Picture(200, 100, svg.text(10, 20, "ŷ₁ ∂L/∂w −0.41 ✓ θ", "t"), "drawn")
    numbers = svg.Picture(200, 100, svg.text(10, 20, "ŷ₁ ∂L/∂w −0.41 ✓ θ", "n"), "drawn")
    assert len({shown.png(p) for p in (empty, words, numbers)}) == 3
