"""The light colouring of code: the notebook's own, where it has one.

Kinds of words become CSS classes. Live, they take the colours of the code cells around them
(JupyterLab's theme variables, ours where there are none); in the static picture, plain ones of the
light theme. Keywords are bold and comments italic too, so that colour is not the only sign.
"""

from __future__ import annotations

from dataclasses import dataclass

from course_lib.widgets import palette

ROW_HEIGHT = 19  # pixels; the buttons beside the listing are as high as its rows
LIT = {"light": "rgba(0,114,178,.10)", "dark": "rgba(0,114,178,.34)"}  # the forward blue


@dataclass(frozen=True)
class Ink:
    """How one kind of word is written: class, theme variable, our colours, further rules."""

    css: str
    variable: str
    light: str
    dark: str
    rules: str = ""


INKS = {
    "keyword": Ink("ck", "keyword", "#007A00", "#66BB6A", "font-weight:600"),
    "string": Ink("cs", "string", "#A81E1E", "#FF8A80"),
    "number": Ink("cn", "number", "#00665A", "#66CDB4"),
    "name-defined": Ink("cd", "def", "#1A1AE0", "#82B1FF", "font-weight:600"),
}
COMMENT = "cc"


def css_class(kind: str) -> str:
    """The class of a kind of word; "" for words that stay plain."""
    return COMMENT if kind == "comment" else INKS[kind].css if kind in INKS else ""


def static_css() -> str:
    """For the static picture, where classes fill SVG text."""
    rules = "".join(
        f".course-svg .{ink.css}{{fill:{ink.light};{ink.rules}}}" for ink in INKS.values()
    )
    return rules + f".course-svg .{COMMENT}{{fill-opacity:{palette.MUTED_OPACITY}}}"


def live_css() -> str:
    """For the live listing: a box with rows of one height, a mark beside the lit ones."""

    def own(theme: str) -> str:
        return f"--course-lit:{LIT[theme]};" + "".join(
            f"--course-{ink.css}:{ink.light if theme == 'light' else ink.dark};"
            for ink in INKS.values()
        )

    dark = ",".join(
        f"{mark} .course-code"
        for mark in ('[data-jp-theme-light="false"]', ".vscode-dark", "html[theme=dark]")
    )
    inks = "".join(
        f".course-code .{ink.css}{{color:var(--jp-mirror-editor-{ink.variable}-color,"
        f"var(--course-{ink.css}));{ink.rules}}}"
        for ink in INKS.values()
    )
    return (
        f".course-code{{{own('light')}overflow-x:auto;overflow-y:hidden;color:var(--course-ink);"
        f"font:12px/{ROW_HEIGHT}px var(--jp-code-font-family,{palette.NUMBERS})}}"
        f"{dark}{{{own('dark')}}}"
        # the widget's own box would grow with the longest line instead of letting it scroll
        ".course-listing .widget-html-content{min-width:0;width:100%}"
        ".course-code .rows{width:max-content;min-width:100%}"
        f".course-code .row{{height:{ROW_HEIGHT}px;white-space:pre;padding-right:6px;"
        "border-left:3px solid transparent}"
        f".course-code .no{{display:inline-block;width:28px;margin-right:10px;text-align:right;"
        f"opacity:{palette.MUTED_OPACITY}}}"
        f".course-code .{COMMENT}{{opacity:{palette.MUTED_OPACITY};font-style:italic}}"
        f"{inks}"
        ".course-live .course-note-button{font-size:11px;padding:0;min-width:0;"
        f"line-height:{ROW_HEIGHT - 3}px}}"
    )


def lit_css(scope: str, rows: tuple[int, int]) -> str:
    """Light the rows from first to last (from 0) of the listing of class ``scope``."""
    names = ",".join(f".{scope} .r{row}" for row in range(rows[0], rows[1] + 1))
    return f"{names}{{background:var(--course-lit);border-left-color:#0072B2 !important}}"
