"""Which progress bars an answer shows, and what they say while it trains."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from course_lib.grading.drivers.bar_screen import (
    Screens,
    Terminal,
    Texts,
    container_text,
    readable,
    tells,
)

_LONGEST = 300
_ON_SCREEN = ("tqdm.std", "tqdm.asyncio", "tqdm.auto", "tqdm.autonotebook", "tqdm.notebook")


class Bars:
    """The bars so far, and a snapshot of each at the moments that were asked for."""

    def __init__(self, *terminals: Terminal) -> None:
        self.screens = Screens(terminals, self.__len__)
        self.displayed: list[Any] = []  # containers of notebooks' bars
        self._bars: list[Any] = []  # kept alive: a bar that is collected closes itself
        self._disabled: list[bool] = []
        self._finished: list[int] = []  # items that iterating over the bar has brought to an end
        self._by_hand: list[float] = []  # what update() has added
        self._inside: set[int] = set()  # bars that are just advancing by themselves
        self._containers: list[Texts] = []  # what notebooks' bars said
        self._snapshots: list[list[dict[str, Any]]] = []

    def add(self, bar: Any) -> None:
        """A bar was made."""
        if self._index(bar) is None:
            self._bars.append(bar)
            self._disabled.append(bool(bar.disable))
            self._finished.append(0)
            self._by_hand.append(0)
            self._containers.append(Texts())

    def iterate(self, bar: Any, items: Iterator[Any]) -> Iterator[Any]:
        """The items of a bar's own loop; counts those that are done with."""
        index = self._index(bar)
        if index is None:
            yield from items
            return
        while True:
            self._inside.add(index)
            try:
                item = next(items)
            except StopIteration:
                return
            finally:
                self._inside.discard(index)
            yield item
            self._finished[index] += 1

    def update(self, bar: Any, by: Any) -> None:
        """The bar's update() was called."""
        index = self._index(bar)
        if index is not None and index not in self._inside:
            self._by_hand[index] += float(by or 0)

    def snapshot(self) -> None:
        """Note what each bar says now."""
        self._snapshots.append([self._now(index) for index in range(len(self._bars))])

    def __len__(self) -> int:
        """The number of moments noted."""
        return len(self._snapshots)

    def told(self) -> list[dict[str, Any]]:
        """For each bar: its total; whether it is closed, was disabled, was shown; snapshots."""
        return [
            {
                "total": _number(getattr(bar, "total", None)),
                "closed": self._closed(index),
                "disabled": self._disabled[index],
                "shown": self._shown(index),
                "iterated": self._finished[index],
                "by_hand": self._by_hand[index],
                "snapshots": [self._seen(index, moment) for moment in range(len(self))][:200],
            }
            for index, bar in enumerate(self._bars[:50])
        ]

    def _shown(self, index: int) -> bool:
        bar, texts = self._bars[index], self._texts(index)
        if texts is None or self._disabled[index]:
            return texts is None
        if not texts:
            return False
        begun_and_ended = bar.leave and not bar.delay and self._closed(index)
        return len(texts) >= (2 if begun_and_ended else 1)

    def _texts(self, index: int) -> Texts | None:
        """What a bar has shown; None for a front end of tqdm's whose screen we do not see."""
        bar = self._bars[index]
        own = vars(bar)
        if any(own.get("container") is container for container in self.displayed):
            return self._containers[index]
        if "sp" in own or type(bar).__module__ in _ON_SCREEN:
            return self.screens.of(own.get("sp"))
        return None if type(bar).__module__.startswith("tqdm.") else Texts()

    def _seen(self, index: int, moment: int) -> dict[str, Any] | None:
        """A snapshot, with the names of what of it nobody could see."""
        at = self._snapshots[moment]
        if index >= len(at):
            return None
        said, texts = at[index], self._texts(index)
        unseen = [] if texts is None else [*self._unseen(self._bars[index], said, texts, moment)]
        return {**said, "unseen": unseen}

    def _unseen(self, bar: Any, said: dict[str, Any], texts: Texts, moment: int) -> Iterator[str]:
        for name in ("description", "postfix"):
            wanted = readable(said[name]).removesuffix(":")
            if wanted and not any(wanted in text for text in texts.around(moment)):
                yield name
        marks, total = getattr(bar, "ascii", ""), _number(getattr(bar, "total", None))
        marks = marks if isinstance(marks, str) else ""
        rest = [text.replace(readable(said["description"]), "") for text in texts.at(moment)]
        if said["n"] and not any(tells(text, said["n"], total, marks) for text in rest):
            yield "n"

    def _now(self, index: int) -> dict[str, Any]:
        bar = self._bars[index]
        postfix = getattr(bar, "postfix", None)
        if "container" in vars(bar):
            self._containers[index].add(len(self), container_text(bar))
        return {
            "n": max(_number(bar.n) or 0.0, self._finished[index]),
            "description": str(getattr(bar, "desc", "") or "")[:_LONGEST],
            "postfix": "" if postfix is None else str(postfix)[:_LONGEST],
            "closed": self._closed(index),
        }

    def _closed(self, index: int) -> bool:
        return bool(self._bars[index].disable) and not self._disabled[index]

    def _index(self, bar: Any) -> int | None:
        return next((i for i, known in enumerate(self._bars) if known is bar), None)


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, (int, float)) else None
