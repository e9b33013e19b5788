"""Where a note is fastened: a piece of code that must stand in the source exactly once.

A line number would be wrong after the next change above it, and a copy of the line would hide that
the line is gone. A piece of code is found wherever it has moved to, and missed when it is changed.
"""

from __future__ import annotations

import io
import tokenize

from course_lib.widgets.source_tour.source import Source

_NO_WORDS = (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT)


class AnchorError(ValueError):
    """A piece of code that the source does not hold exactly once."""


def find(code: str, source: Source) -> tuple[int, int]:
    """First and last row (from 0) of the one place where ``code`` stands in ``source``.

    Compared is token by token: spaces, line ends and comments do not count, and ``loss`` is not
    found in ``train_loss``.

    Raises:
        AnchorError: if it stands there not once, but never or several times.
    """
    wanted = _tokens(code)
    words = [word for word in source.words if word.kind != "comment"]
    texts = [word.text for word in words]
    starts = [
        start
        for start in range(len(texts) - len(wanted) + 1)
        if wanted and texts[start : start + len(wanted)] == wanted
    ]
    if len(starts) != 1:
        raise AnchorError(
            f"The code `{code}` stands {len(starts)} times in {source.name}, and a note needs it "
            "once: give the note the code that it speaks about, in notes.toml."
        )
    last = words[starts[0] + len(wanted) - 1]
    return words[starts[0]].start[0], last.end[0]


def _tokens(code: str) -> list[str]:
    found: list[str] = []
    try:
        for token in tokenize.generate_tokens(io.StringIO(code).readline):
            if token.type not in _NO_WORDS and token.string.strip():
                found.append(token.string)
    except tokenize.TokenError:
        pass  # a piece may end with its brackets open: what came before counts
    return found
