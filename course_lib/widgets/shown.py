"""The host: what a cell shows, live with a kernel and as a picture without one.

A widget *subclass* cannot carry a picture of its own (ipywidgets 7 bypasses the display
formatter), so a plain object owns the widgets and hands Jupyter three forms at once: the live
widget, a PNG for GitHub and exported pages, and text. A line under it unfolds to the picture's alt
text, as under every figure: exported pages show no other.
"""

from __future__ import annotations

import base64
import importlib.util
import os
import textwrap
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from course_lib.alt_text import in_words
from course_lib.widgets import palette
from course_lib.widgets.svg import Picture, stacked
from course_lib.widgets.svg import text as svg_text

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
PNG_ZOOM = 2  # pixels of the PNG per pixel of the page: sharp on dense screens


class Shown:
    """Owns the widgets of one visual and shows them in every front end.

    Put it last in a cell or pass it to ``display``. ``widget`` is the box of widgets.

    Args:
        children: ipywidgets, from top to bottom.
        picture: returns the :class:`~course_lib.widgets.svg.Picture` for the static view.
        text: returns the same as plain text, for terminals and screen readers.
        alt: one sentence that stands for the picture.
        caption: drawn under the static picture; says what one would do with the live one.
        title: heading above the controls.
        zoom: pixels of the PNG per pixel of the page; less for a tall picture, which grows large.
    """

    def __init__(
        self,
        children: Sequence[Any],
        *,
        picture: Callable[[], Picture],
        text: Callable[[], str],
        alt: str,
        caption: str,
        title: str = "",
        zoom: float = PNG_ZOOM,
    ) -> None:
        import ipywidgets

        self.alt, self.caption, self.zoom = alt, caption, zoom
        self._picture, self._text = picture, text
        style = ipywidgets.HTML(f"<style>{palette.live_css()}{_HOST_CSS}</style>")
        style.layout.display = "none"  # the rules still hold; the empty line does not show
        heading = [ipywidgets.HTML(f'<div class="course-title">{title}</div>')] if title else []
        self.widget = ipywidgets.VBox([style, *heading, *children])
        self.widget.layout.max_width = "800px"
        self.widget.add_class("course-live")

    def picture(self) -> Picture:
        """The static picture with its caption."""
        drawn = self._picture()
        return framed(drawn, self.caption, self.alt)

    def _ipython_display_(self) -> None:
        from IPython.display import display

        data, metadata = self._repr_mimebundle_()
        display(data, metadata=metadata, raw=True)
        display(in_words(self.alt), raw=True)

    def _repr_mimebundle_(
        self, include: object = None, exclude: object = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        view = {"version_major": 2, "version_minor": 0, "model_id": self.widget.model_id}
        data: dict[str, Any] = {"text/plain": f"{self._text()}\n\n{self.caption}"}
        data[WIDGET_VIEW] = view
        metadata: dict[str, Any] = {}
        if can_draw_png():
            drawn = self.picture()
            data["image/png"] = base64.b64encode(png(drawn, self.zoom)).decode("ascii")
            metadata["image/png"] = {"alt": self.alt, "width": round(drawn.width)}
        return data, metadata


_HOST_CSS = (
    ".course-live{padding:4px 2px}"
    ".course-live .course-title{font-weight:600;font-size:15px;line-height:24px;"
    "color:var(--course-ink)}"
    ".course-live .jupyter-button{border-radius:6px;border:1px solid transparent}"
    # the primary action: white words on the forward blue, 5.2:1, on both themes
    ".course-live .jupyter-button.mod-primary{background:#0072B2;color:#fff}"
    ".course-live .jupyter-button.mod-primary:hover{background:#005F94;color:#fff}"
    ".course-live .course-words{margin-top:4px;font-size:14px;line-height:21px;"
    "color:var(--course-ink)}"
    ".course-live .course-state{font-size:13px;line-height:20px;color:var(--course-ink);"
    "font-family:var(--jp-code-font-family,ui-monospace,monospace);"
    "font-variant-numeric:tabular-nums}"
    ".course-live .course-choice{text-align:left;white-space:normal;line-height:20px;"
    "padding:5px 12px;color:var(--course-ink)}"
    ".course-live .course-chosen{border-color:var(--course-ink)}"
    ".course-live .course-words code{font-size:13px;background:transparent;color:inherit}"
    # a dash runs along a line once; whoever asked for less motion sees none of it
    ".course-svg .pulse{display:none}"
    "@media (prefers-reduced-motion:no-preference){.course-svg .pulse{display:inline;"
    "fill:none;stroke-width:3.5;stroke-linecap:round;stroke-dasharray:1 20;opacity:0;"
    "animation:course-pulse .45s ease-in-out}.course-svg .later{animation-delay:.35s}}"
    "@keyframes course-pulse{from{stroke-dashoffset:1;opacity:.9}"
    "to{stroke-dashoffset:-9;opacity:.9}}"
)


def framed(drawn: Picture, caption: str, alt: str, *, margin: float = 16) -> Picture:
    """``drawn`` with a margin and its caption underneath, for the static view."""
    columns = int(drawn.width / 6.6)  # a 12 px letter of the face is about 6.6 px wide
    lines = textwrap.wrap(caption, columns)
    words = "".join(svg_text(0, 14 + 17 * row, words, "t sm m") for row, words in enumerate(lines))
    foot = Picture(drawn.width, 17 * len(lines) + 4, words, caption)
    whole = stacked([drawn, foot], gap=10)
    body = f'<g transform="translate({margin} {margin})">{whole.body}</g>'
    return Picture(whole.width + 2 * margin, whole.height + 2 * margin, body, alt)


def can_draw_png() -> bool:
    """Whether a PNG can be made here.

    Raises:
        RuntimeError: in a build (``COURSE_BUILD=1``), where a missing picture must not pass.
    """
    if importlib.util.find_spec("resvg_py") is not None:
        return True
    if os.environ.get("COURSE_BUILD") == "1":
        raise RuntimeError(
            "The build needs resvg-py to draw static pictures: pip install 'resvg-py>=0.2.3'."
        )
    return False


def png(drawn: Picture, zoom: float = PNG_ZOOM) -> bytes:
    """``drawn`` as a PNG of ``zoom`` pixels per pixel, the same bytes on every machine.

    matplotlib's own DejaVu fonts are used and the system's are not, so that a picture does not
    depend on what happens to be installed.
    """
    import matplotlib
    import resvg_py

    fonts = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    names = ["DejaVuSans.ttf", "DejaVuSans-Bold.ttf", "DejaVuSansMono.ttf"]
    names.append("DejaVuSansMono-Bold.ttf")
    return smaller(
        resvg_py.svg_to_bytes(
            svg_string=drawn.standalone(),
            zoom=zoom,
            skip_system_fonts=True,
            font_files=[str(fonts / name) for name in names],
            font_family="DejaVu Sans",
            sans_serif_family="DejaVu Sans",
            monospace_family="DejaVu Sans Mono",
        )
    )


def smaller(image: bytes, colours: int = 96) -> bytes:
    """A PNG with a palette: a third of the size, and no difference that an eye would find."""
    import io

    from PIL import Image  # matplotlib brings it

    out = io.BytesIO()
    full = Image.open(io.BytesIO(image)).convert("RGB")
    full.quantize(colours, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
    return out.getvalue()
