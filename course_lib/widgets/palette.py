"""One meaning, one colour: the hues and greys of every picture in the course.

Pictures name *roles* (CSS classes such as ``x-loss`` or ``l-train``), never colours. Here a role
becomes a colour twice: as theme variables for the live picture, so that it follows the light or
dark theme around it, and as plain light-theme colours for the static picture, whose renderer
knows no CSS variables.
"""

from __future__ import annotations

from dataclasses import dataclass

WHITE = "#FFFFFF"
INK = {"light": "#1F2328", "dark": "#E6E8EB"}
GROUND = {"light": "#FFFFFF", "dark": "#111111"}
MUTED_OPACITY = 0.74  # of the ink: secondary words; still >= 4.5:1 on ground and panel
PANEL_OPACITY = 0.06  # of the ink: the tint of a box
GRID_OPACITY = 0.16  # of the ink: hairlines
QUIET_OPACITY = 0.45  # of the ink: outlines that carry no meaning by colour


@dataclass(frozen=True)
class Hue:
    """One hue in its four uses.

    Attributes:
        line: strokes and markers, on both themes.
        fill: areas that carry white text (contrast at least 4.5:1).
        on_light: coloured text on a light ground.
        on_dark: coloured text on a dark ground.
        dash: SVG dash pattern that goes with the hue, so that colour is never the only sign.
    """

    line: str
    fill: str
    on_light: str
    on_dark: str
    dash: str = ""


_BLUE = Hue("#0072B2", "#0072B2", "#00609A", "#5DB8EE")
_VERMILION = Hue("#D55E00", "#B84A00", "#A84300", "#FF9248")
_PURPLE = Hue("#CC79A7", "#9C4A80", "#8F3F74", "#E8A3CB")
_GREEN = Hue("#009E73", "#00785A", "#006B50", "#45CFA3")

HUES: dict[str, Hue] = {
    "forward": _BLUE,
    "loss": _VERMILION,
    "backward": _PURPLE,
    "update": _GREEN,
    "train": _BLUE,
    "validation": Hue("#D55E00", "#B84A00", "#A84300", "#FF9248", dash="6 4"),
    "test": Hue("#009E73", "#00785A", "#006B50", "#45CFA3", dash="2 3"),
}

WORDS = "system-ui,-apple-system,'Segoe UI',Roboto,'DejaVu Sans',sans-serif"
NUMBERS = "ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace"

_SHAPES = (
    "{s} .t{{font:13px {words};fill:{ink}}}"
    "{s} .n{{font:13px {numbers};fill:{ink};font-variant-numeric:tabular-nums;white-space:pre}}"
    "{s} .sm{{font-size:12px}}{s} .lg{{font-size:15px}}{s} .b{{font-weight:600}}"
    "{s} .mid{{text-anchor:middle}}{s} .end{{text-anchor:end}}"
    "{s} .m{{fill:{ink};fill-opacity:{muted}}}{s} .w{{fill:#FFFFFF}}"
    "{s} .panel{{fill:{ink};fill-opacity:{panel}}}{s} .ground{{fill:{ground}}}"
    "{s} .grid{{stroke:{ink};stroke-opacity:{grid}}}"
    "{s} .quiet{{stroke:{ink};stroke-opacity:{quiet}}}"
    "{s} .neg{{stroke-dasharray:4 3}}"
)


def _rules(scope: str, ink: str, ground: str, text: dict[str, str], numbers: str) -> str:
    shapes = _SHAPES.format(
        s=scope, ink=ink, ground=ground, words=WORDS, numbers=numbers, muted=MUTED_OPACITY,
        panel=PANEL_OPACITY, grid=GRID_OPACITY, quiet=QUIET_OPACITY,
    )  # fmt: skip
    hues = "".join(
        f"{scope} .f-{role}{{fill:{hue.fill}}}{scope} .x-{role}{{fill:{text[role]}}}"
        f"{scope} .l-{role}{{stroke:{hue.line}"
        + (f";stroke-dasharray:{hue.dash}" if hue.dash else "")
        + f"}}{scope} .a-{role}{{fill:{hue.line}}}"
        for role, hue in HUES.items()
    )
    return shapes + hues


def static_css(scope: str = ".course-svg") -> str:
    """Style sheet of the static picture: the light theme in plain colours, no variables."""
    text = {role: hue.on_light for role, hue in HUES.items()}
    return _rules(scope, INK["light"], GROUND["light"], text, NUMBERS)


def live_css(scope: str = ".course-svg", host: str = ".course-live") -> str:
    """Style sheet of the live picture; follows JupyterLab's, VS Code's and Colab's theme.

    Greys come from the theme's own variables, with a fallback where there are none. Coloured
    text is darker on light grounds and lighter on dark ones, which no theme variable offers.
    """

    def variables(theme: str) -> str:
        hues = "".join(
            f"--course-{role}:{hue.on_light if theme == 'light' else hue.on_dark};"
            for role, hue in HUES.items()
        )
        return (
            f"--course-ink:var(--jp-ui-font-color0,var(--vscode-editor-foreground,{INK[theme]}));"
            "--course-ground:"
            f"var(--jp-layout-color0,var(--vscode-editor-background,{GROUND[theme]}));{hues}"
        )

    dark = ",".join(
        f"{mark} {host}"
        for mark in ('[data-jp-theme-light="false"]', ".vscode-dark", "html[theme=dark]")
    )
    text = {role: f"var(--course-{role})" for role in HUES}
    numbers = f"var(--jp-code-font-family,{NUMBERS})"
    return f"{host}{{{variables('light')}}}{dark}{{{variables('dark')}}}" + _rules(
        scope, "var(--course-ink)", "var(--course-ground)", text, numbers
    )
