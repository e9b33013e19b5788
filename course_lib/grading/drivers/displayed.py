"""What kind of thing was displayed: a figure, a picture in bytes, or text."""

from __future__ import annotations

import base64
import io
import re
from typing import Any

import numpy as np
from matplotlib import image

_LEAST_SIDE = 50  # pixels
# No figure with axes makes a smaller picture than that many characters.
_IN_HTML = re.compile(r"<svg.{1000,}|<img[^>]+base64,[^>]{1000,}", re.DOTALL)


def is_figure(thing: Any) -> bool:
    """Whether it is a matplotlib figure."""
    from matplotlib.figure import Figure

    return issubclass(type(thing), Figure)


def picture_in(thing: Any) -> str | bytes | None:
    """The picture that a thing shows in bytes or in HTML; None for text."""
    if type(thing) is dict:  # raw data by type
        for key, content in thing.items():
            if str(key).startswith("image/"):
                return _picture(content)
        return _in_html(thing.get("text/html", ""))
    try:
        from IPython.display import HTML, SVG, Image
    except ImportError:
        return None
    if issubclass(type(thing), (Image, SVG)):
        return _picture(thing.data)
    if issubclass(type(thing), HTML):
        return _in_html(thing.data)
    as_png = getattr(type(thing), "_repr_png_", None)  # as PIL's images have it
    return _picture(as_png(thing)) if callable(as_png) else None


def _picture(content: Any) -> str | bytes | None:
    """The content if a browser would show a picture of some size, not all of one colour."""
    if isinstance(content, str) and "<svg" in content:
        return _in_html(content)
    try:
        # As a str it is base64, as in a notebook's file.
        drawn = base64.b64decode(content) if isinstance(content, str) else bytes(content)
        kind = "png" if drawn.startswith(b"\x89PNG") else "jpeg"
        pixels = image.imread(io.BytesIO(drawn), format=kind)
    except (TypeError, ValueError, OSError, SyntaxError):  # the last for broken PNG files
        return None
    shows_something = min(pixels.shape[:2]) >= _LEAST_SIDE and np.ptp(pixels[..., :3]) > 0
    return content if shows_something else None


def _in_html(content: Any) -> str | None:
    return content if isinstance(content, str) and _IN_HTML.search(content) else None
