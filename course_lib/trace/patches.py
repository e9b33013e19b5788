"""Replacing attributes for a while, and putting the very same objects back."""

import functools
from collections.abc import Callable
from typing import Any

_MISSING = object()


class Patches:
    """Attributes that were replaced, in order."""

    def __init__(self) -> None:
        self._replaced: list[tuple[Any, str, Any]] = []

    def replace(self, owner: Any, name: str, new: Any) -> None:
        """Set ``owner.name``; remember what ``owner`` itself held before, not what it inherits."""
        before = vars(owner).get(name, _MISSING)
        setattr(owner, name, new)
        self._replaced.append((owner, name, before))

    def wrap(self, owner: Any, name: str, watched: Callable[..., Any], *args: Any) -> None:
        """Replace ``owner.name`` by ``watched(original, *args)``, with the original's signature."""
        original = getattr(owner, name)
        self.replace(owner, name, functools.wraps(original)(watched(original, *args)))

    def restore(self) -> None:
        """Put everything back, the latest replacement first."""
        while self._replaced:
            owner, name, before = self._replaced.pop()
            if before is _MISSING:
                delattr(owner, name)
            else:
                setattr(owner, name, before)
