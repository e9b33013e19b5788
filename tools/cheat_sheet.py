"""Writes docs/cheat_sheet.html, the calls of the course on one printable page.

    python -m tools.cheat_sheet            write the page
    python -m tools.cheat_sheet --check    only say whether the page is current

What stands on it is in ``course_lib/review/cheat_sheet.toml``. The page needs no other file.
"""

import argparse
import sys
from html import escape
from pathlib import Path

from course_lib.review import CheatSheet, Place, cheat_sheet
from course_lib.review.cheat_sheet import Line, Section
from course_lib.widgets.palette import HUES, NUMBERS, WORDS

PAGE = Path(__file__).resolve().parents[1] / "docs" / "cheat_sheet.html"
ROLES = ("forward", "loss", "backward", "update")

STYLE = f"""
@page {{ size: A4 landscape; margin: 8mm }}
:root {{ color-scheme: light dark; --rule: #8886 }}
body {{ font: 13px/1.45 {WORDS}; margin: 0 auto; padding: 16px; max-width: 1400px }}
h1 {{ font-size: 1.5em; margin: 0 0 .4em }}
h1 small {{ font-size: .6em; font-weight: normal }}
main {{ columns: 2; column-gap: 28px }}
section {{ break-inside: avoid; margin: 0 0 .8em; border-top: 1px solid var(--rule) }}
h2 {{ font-size: 1em; margin: .2em 0; display: flex; justify-content: space-between; gap: 1em }}
h2 a {{ font-weight: normal; color: inherit; text-decoration-color: var(--rule) }}
p {{ margin: 0; display: flex; justify-content: space-between; gap: 1em; padding-left: 8px;
  border-left: 3px solid transparent }}
p span {{ text-align: right }}
code {{ font: .92em/1.35 {NUMBERS}; white-space: pre }}
p[class] code {{ font-weight: 600 }}
{"".join(f"p.{role} {{ border-color: {HUES[role].fill} }} " for role in ROLES)}
@media (max-width: 1000px) {{ main {{ columns: 1 }} code {{ white-space: pre-wrap }} }}
@media print {{
  :root {{ color-scheme: light }}
  * {{ print-color-adjust: exact }}
  body {{ font-size: 7pt; line-height: 1.3; padding: 0; max-width: none }}
  main {{ columns: 2; column-gap: 7mm }}
  code {{ white-space: pre }}
  a {{ text-decoration: none }}
}}
"""


def _row(line: Line) -> str:
    role = f' class="{line.role}"' if line.role else ""
    return f"<p{role}><code>{escape(line.code)}</code> <span>{escape(line.says)}</span></p>"


def _link(place: Place) -> str:
    return f'<a href="../notebooks/{escape(place.address)}">{escape(place.words)}</a>'


def _section(section: Section) -> str:
    rows = "\n".join(map(_row, section.lines))
    title = f"<h2>{escape(section.title)} {_link(section.place)}</h2>"
    return f"<section>{title}\n{rows}\n</section>"


def page(sheet: CheatSheet) -> str:
    """The sheet as an HTML page that loads nothing and prints on one sheet of A4."""
    sections = "\n".join(map(_section, sheet.sections))
    return (
        '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width">\n'
        "<title>The training loop: cheat sheet</title>\n"
        f"<style>{STYLE}</style>\n"
        "<h1>The training loop <small>Every line runs, in this order. On the right of each title: "
        "the notebook and the heading that teach it.</small></h1>\n"
        f"<main>\n{sections}\n</main>\n</html>\n"
    )


def main(arguments: list[str] | None = None) -> int:
    """Write the page or check it; return how the process should exit."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing, exit 1 if it is old")
    options = parser.parse_args(arguments)
    text = page(cheat_sheet())
    if not options.check:
        PAGE.write_text(text, encoding="utf-8", newline="\n")
    elif not PAGE.exists() or PAGE.read_text(encoding="utf-8") != text:
        print("docs/cheat_sheet.html is old: python -m tools.cheat_sheet", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
