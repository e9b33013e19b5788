"""SVG building blocks: numbers, words, lines and arrows, and pictures made of them.

Everything is a pure function from values to text. Colours and faces are CSS classes (see
:mod:`course_lib.widgets.palette`), so the same markup serves every theme and stays small.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from course_lib.widgets import palette


def number(value: float | None, decimals: int = 2, *, sign: bool = False) -> str:
    """Format ``value`` with a real minus sign and a fixed number of decimals.

    ``None`` becomes a dot (nothing there yet); a number that is not finite is spelled out, so
    that a loss of NaN is read and not overlooked. ``sign`` writes a plus before positives.
    """
    if value is None:
        return "·"
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    text = f"{value:+.{decimals}f}" if sign else f"{value:.{decimals}f}"
    if not text.strip("+-0."):  # no "−0.00": zero has no sign a reader could use
        text = text.lstrip("+-")
    return text.replace("-", "−")


def scientific(value: float, digits: int = 1) -> str:
    """Format ``value`` as 3.1·10⁻¹¹, with real minus signs and superscripts."""
    if value == 0 or not math.isfinite(value):
        return number(value, 0)
    mantissa, exponent = f"{value:.{digits}e}".split("e")
    return f"{mantissa}·{power_of_ten(10.0 ** int(exponent))}".replace("-", "−")


def power_of_ten(value: float) -> str:
    """Format 1e-5 as 10⁻⁵; of other numbers the nearest power below."""
    exponent = f"{value:e}".split("e")[1]
    return "10" + str(int(exponent)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))


def _at(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def text(x: float, y: float, content: str, classes: str = "t") -> str:
    """Words or numbers at ``(x, y)`` (baseline). Classes: ``t`` words, ``n`` numbers, ``sm``,
    ``lg``, ``b`` (bold), ``mid``/``end`` (anchor), ``m`` (muted), ``w`` (white), ``x-ROLE``."""
    return f'<text x="{_at(x)}" y="{_at(y)}" class="{classes}">{escape(content)}</text>'


def line(
    x1: float, y1: float, x2: float, y2: float, classes: str = "grid", *,
    width: float = 1, opacity: float = 1,
) -> str:  # fmt: skip
    """A straight stroke from ``(x1, y1)`` to ``(x2, y2)``. Classes: ``grid``, ``l-ROLE``."""
    faint = f' opacity="{opacity:.2f}"' if opacity < 1 else ""
    return (
        f'<line x1="{_at(x1)}" y1="{_at(y1)}" x2="{_at(x2)}" y2="{_at(y2)}" '
        f'class="{classes}" stroke-width="{_at(width)}"{faint}/>'
    )


def polyline(points: Sequence[tuple[float, float]], classes: str, *, width: float = 2) -> str:
    """An open curve through ``points``. Classes: ``l-ROLE``."""
    path = " ".join(f"{_at(x)},{_at(y)}" for x, y in points)
    return (
        f'<polyline points="{path}" class="{classes}" fill="none" stroke-width="{_at(width)}" '
        'stroke-linejoin="round" stroke-linecap="round"/>'
    )


def rect(
    x: float, y: float, width: float, height: float, classes: str = "panel", *,
    radius: float = 0, stroke: float = 0, opacity: float = 1,
) -> str:  # fmt: skip
    """A box. Classes: ``panel``, ``f-ROLE`` (filled, white text), ``ground``, ``l-ROLE``."""
    round_ = f' rx="{_at(radius)}"' if radius else ""
    edge = f' stroke-width="{_at(stroke)}"' if stroke else ""
    faint = f' opacity="{opacity:.2f}"' if opacity < 1 else ""
    return (
        f'<rect x="{_at(x)}" y="{_at(y)}" width="{_at(width)}" height="{_at(height)}" '
        f'class="{classes}"{round_}{edge}{faint}/>'
    )


def circle(x: float, y: float, radius: float, classes: str, *, stroke: float = 0) -> str:
    """A disc or ring. Classes: ``ground l-ROLE`` (ring), ``a-ROLE`` (marker in the line's hue)."""
    edge = f' stroke-width="{_at(stroke)}"' if stroke else ""
    return f'<circle cx="{_at(x)}" cy="{_at(y)}" r="{_at(radius)}" class="{classes}"{edge}/>'


def arrow(
    x1: float, y1: float, x2: float, y2: float, role: str, *, width: float = 2, head: float = 10
) -> str:
    """A stroke of hue ``role`` from ``(x1, y1)`` with its point at ``(x2, y2)``."""
    length = math.hypot(x2 - x1, y2 - y1) or 1.0
    ux, uy = (x2 - x1) / length, (y2 - y1) / length
    bx, by, half = x2 - head * ux, y2 - head * uy, head * 0.45
    corners = f"{_at(x2)},{_at(y2)} {_at(bx - half * uy)},{_at(by + half * ux)} "
    corners += f"{_at(bx + half * uy)},{_at(by - half * ux)}"
    return line(x1, y1, bx, by, f"l-{role}", width=width) + (
        f'<polygon points="{corners}" class="a-{role}"/>'
    )


@dataclass(frozen=True)
class Picture:
    """Markup with a size in pixels and a description for those who cannot see it."""

    width: float
    height: float
    body: str
    description: str

    def _open(self, extra: str) -> str:
        return (
            f'<svg class="course-svg" viewBox="0 0 {_at(self.width)} {_at(self.height)}" '
            f'role="img" aria-label={quoteattr(self.description)} {extra}>'
        )

    def inline(self) -> str:
        """The picture for an HTML page: fits ``width``, shrinks to less, follows the theme."""
        # display:block, or the line box under an inline <svg> adds a few pixels of height
        extra = f'style="display:block;width:100%;max-width:{_at(self.width)}px;height:auto"'
        return self._open(extra) + self.body + "</svg>"

    def standalone(self) -> str:
        """The picture as a file of its own: white ground, plain light-theme colours."""
        size = f'xmlns="http://www.w3.org/2000/svg" width="{_at(self.width)}"'
        head = self._open(f'{size} height="{_at(self.height)}"')
        ground = rect(0, 0, self.width, self.height, "ground")
        return f"{head}<style>{palette.static_css()}</style>{ground}{self.body}</svg>"


def placed(picture: Picture, x: float, y: float) -> str:
    """``picture`` moved to ``(x, y)``, as part of a larger picture's body."""
    return f'<g transform="translate({_at(x)} {_at(y)})">{picture.body}</g>'


def stacked(pictures: Sequence[Picture], *, gap: float = 8, description: str = "") -> Picture:
    """Pictures below one another, as one picture."""
    body, y = "", 0.0
    for picture in pictures:
        body += placed(picture, 0, y)
        y += picture.height + gap
    words = description or " ".join(p.description for p in pictures)
    return Picture(max(p.width for p in pictures), y - gap, body, words)


def beside(pictures: Sequence[Picture], *, gap: float = 20, description: str = "") -> Picture:
    """Pictures side by side, as one picture."""
    body, x = "", 0.0
    for picture in pictures:
        body += placed(picture, x, 0)
        x += picture.width + gap
    words = description or " ".join(p.description for p in pictures)
    return Picture(x - gap, max(p.height for p in pictures), body, words)


def wrapping(pictures: Sequence[Picture], *, gap: float = 20) -> str:
    """HTML: pictures side by side where there is room, below one another where there is not.

    A picture that merely shrinks has 6-pixel words on a phone; one that wraps stays readable.
    """
    boxes = "".join(
        # grows and shrinks in proportion to its width, and wraps below 60 % of it
        f'<div style="flex:{_at(p.width)} 1 {_at(p.width * 0.75)}px;min-width:0;'
        f'max-width:{_at(p.width)}px">{p.inline()}</div>'
        for p in pictures
    )
    return f'<div style="display:flex;flex-wrap:wrap;gap:8px {_at(gap)}px">{boxes}</div>'
