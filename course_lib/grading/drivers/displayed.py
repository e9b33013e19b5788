"""What kind of thing was displayed: a figure, a picture in bytes, or text."""

from __future__ import annotations

import re
from typing import Any

_LEAST = 1000  # characters or bytes: no figure with axes makes a smaller picture
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
    return _in_html(thing.data) if issubclass(type(thing), HTML) else None


def _picture(content: Any) -> str | bytes | None:
    long_enough = isinstance(content, (str, bytes)) and len(content) >= _LEAST
    return content if long_enough else None


def _in_html(content: Any) -> str | None:
    return content if isinstance(content, str) and _IN_HTML.search(content) else None
