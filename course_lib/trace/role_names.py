"""Which data are for training, validation, test: by the names that the reader gave them."""

import inspect
import re
import sys
from collections.abc import Iterator, Mapping
from types import FrameType
from typing import Any

from course_lib.trace.where import LineFinder

_ROLES = {
    "train": "train", "training": "train", "trn": "train",
    "val": "val", "valid": "val", "validation": "val", "dev": "val", "eval": "val",
    "test": "test", "testing": "test", "tst": "test",
}  # fmt: skip
_HOLDERS = "dataloader|dataset|loader|data|iter|set|dl|ds|batches|it|split|x"

_OURS_AND_THE_FRAMES = 3  # references to a frame's dict: the frame's, our name, the argument


def role_of_name(name: str) -> str | None:
    """``train_loader``, ``valid_dl``, ``testset``: the role that a name tells; None for others."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower().split("_")
    found = set()
    for word in words:
        bare = re.sub(rf"({_HOLDERS})s?$", "", word)
        found |= {_ROLES[w] for w in (word, bare) if w in _ROLES}
    return found.pop() if len(found) == 1 else None


def role_by_name(loader: Any, finder: LineFinder, start: FrameType | None) -> str | None:
    """The role told by the names of a loader, or of its data set, where the reader made it.

    Of the functions that run, the outermost one that has such a name counts: a loader keeps its
    role when it is handed to the wrong argument. None where names disagree or tell nothing.
    """
    frames = []
    while (frame := finder.frame(start)) is not None:
        frames.append(frame)
        start = frame.f_back
    for it in (loader, getattr(loader, "dataset", None)):
        if it is None:
            continue
        for frame in reversed(frames):
            spaces = [_locals_of(frame), frame.f_globals]
            roles = {role_of_name(name) for names in spaces for name in _names_of(it, names)}
            roles.discard(None)
            if roles:
                return roles.pop() if len(roles) == 1 else None
    return None


def _locals_of(frame: FrameType) -> Mapping[str, Any]:
    """The variables of a frame; nothing in it is kept alive by the asking.

    Before Python 3.13 a function's frame fills one dict with them, when asked, and keeps it. It
    is emptied again, unless the function holds it too (``settings = locals()``).
    """
    names = frame.f_locals
    if sys.version_info >= (3, 13) or not frame.f_code.co_flags & inspect.CO_OPTIMIZED:
        return names
    copied = dict(names)
    if sys.getrefcount(names) == _OURS_AND_THE_FRAMES:
        names.clear()
    return copied


def _names_of(it: Any, names: Mapping[str, Any]) -> Iterator[str]:
    """Names, keys of dictionaries and attributes of ``self`` that stand for this very object."""
    for name, value in list(names.items()):
        if value is it:
            yield name
        elif isinstance(value, dict) and len(value) < 10:
            yield from (k for k, v in value.items() if v is it and isinstance(k, str))
    own = names.get("self")
    for name, value in list(getattr(own, "__dict__", {}).items()):
        if value is it:
            yield name
