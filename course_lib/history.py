"""How a run went, epoch by epoch: the record that plots, dashboards and diagnosis read."""

import json
import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from course_lib.atomic_file import write_atomically


class History(dict[str, list[Any]]):
    """A dict of lists with one entry for each finished epoch: ``history["val_loss"]``.

    ``train_model`` fills ``train_loss``, ``val_loss``, ``val_accuracy`` (None for a task without
    one) and ``lr``; with clipping also ``grad_norm``, the epoch's mean norm before clipping.
    """

    def __init__(self, values: Mapping[str, Iterable[Any]] | None = None) -> None:
        super().__init__({key: list(entries) for key, entries in (values or {}).items()})

    def append(self, **entries: float | None) -> None:
        """Add one epoch. Raises ValueError if its keys are not those of the epochs before."""
        if self and set(entries) != set(self):
            raise ValueError(f"This history has the keys {sorted(self)}, not {sorted(entries)}.")
        for key, value in entries.items():
            self.setdefault(key, []).append(value)

    @property
    def epochs(self) -> int:
        """Number of finished epochs."""
        return len(next(iter(self.values()), []))

    @property
    def best_epoch(self) -> int | None:
        """The epoch (counted from 1) with the lowest finite validation loss; None if none has."""
        losses = self.get("val_loss", [])
        finite = [(v, i) for i, v in enumerate(losses, 1) if v is not None and math.isfinite(v)]
        return min(finite)[1] if finite else None

    def to_json(self, path: str | Path | None = None) -> str:
        """The history as JSON text; with ``path`` also written there, atomically.

        NaN and infinities are written the way Python's ``json`` reads them back; NumPy's numbers
        and 0-d tensors, which a loop of one's own may have appended, as plain ones.
        """
        text = json.dumps(self, indent=1, default=lambda number: number.item())
        if path is not None:
            write_atomically(Path(path), text.encode())
        return text

    @classmethod
    def from_json(cls, source: str | Path) -> "History":
        """Read what :meth:`to_json` wrote: a path, or the JSON text itself."""
        is_text = isinstance(source, str) and source.lstrip().startswith("{")
        text = source if is_text else Path(source).read_text(encoding="utf-8")
        return cls(json.loads(str(text)))

    def to_dataframe(self) -> Any:
        """A pandas DataFrame, one row an epoch, index ``epoch`` from 1. Needs pandas."""
        try:
            import pandas as pd
        except ModuleNotFoundError:
            raise ModuleNotFoundError("to_dataframe needs pandas: pip install pandas") from None
        return pd.DataFrame(dict(self), index=pd.RangeIndex(1, self.epochs + 1, name="epoch"))
