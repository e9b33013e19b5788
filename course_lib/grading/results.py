"""One row for each submission, and the folder that keeps rows so that a killed run goes on."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import hmac
import json
import os
import random
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from course_lib.atomic_file import write_atomically
from course_lib.grading.exercise import CheckResult

STATUSES = ("graded", "unsolved", "error", "timeout", "memory", "crashed", "unreadable")
_SEED = "seed"
_ROOM = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Row:
    """What became of one submission.

    Attributes:
        submission: its path, as it was given.
        exercise: its notebook's name, "01_early_stopping"; "" if unknown.
        status: one of ``STATUSES``.
        isolation: "bubblewrap" or "process"; "" if none of it ran.
        checks: in the exercise's order.
        printed: the first of what the submission printed.
        final: whether another try would come to the same; False if the grader itself failed.
    """

    submission: str
    exercise: str
    status: str
    isolation: str
    checks: tuple[CheckResult, ...] = ()
    printed: str = ""
    final: bool = True

    @property
    def score(self) -> float:
        """Points earned."""
        return round(sum(check.points for check in self.checks), 4)

    @property
    def max_score(self) -> float:
        """Points to be had."""
        return round(sum(check.max_points for check in self.checks), 4)

    def public(self) -> dict[str, Any]:
        """The row of ``--json``."""
        return {
            "submission": self.submission,
            "exercise": self.exercise,
            "status": self.status,
            "score": self.score,
            "max_score": self.max_score,
            "isolation": self.isolation,
            "checks": [
                {
                    "name": check.name,
                    "passed": check.passed,
                    "points": check.points,
                    "message": check.message,
                }
                for check in self.checks
            ],
        }


def unreadable(submission: str, why: str, isolation: str = "") -> Row:
    """The row of a file that holds no answer; its one check says why."""
    return Row(submission, "", "unreadable", isolation, (CheckResult("reading", False, 0, 0, why),))


class ResultsFolder:
    """Rows by the hash of a submission's content, each written at once and whole.

    A secret of the folder's own seeds what is drawn for each content. So a run that goes on draws
    what the killed one would have drawn, and nobody can know it beforehand.

    Args:
        folder: made if need be; None keeps nothing.
        settings: what else a row depends on: another setting, another row.
    """

    def __init__(self, folder: Path | None, settings: str = "") -> None:
        self._folder = folder
        self._settings = f"{settings}\n{_fingerprint()}".encode()
        self._secret = secrets.token_bytes(32)
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
            self._secret = _shared_secret(folder / _SEED)

    def rng_for(self, content: bytes) -> random.Random:
        """What draws the scenarios for this content."""
        digest = hmac.digest(self._secret, b"draw" + content, "sha256")
        return random.Random(int.from_bytes(digest, "big"))

    def stored(self, submission: str, content: bytes) -> Row | None:
        """The row of this content, if there is one."""
        if self._folder is None:
            return None
        try:
            row = json.loads(self._path(content).read_bytes())
            checks = tuple(CheckResult(**check) for check in row.pop("checks"))
            return Row(**{**row, "submission": submission, "checks": checks})
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            return None  # there is none, or none that can be read: it is made anew

    def store(self, row: Row, content: bytes) -> None:
        """Keep a row that is final. Raises OSError."""
        if self._folder is not None and row.final:
            text = json.dumps(dataclasses.asdict(row), ensure_ascii=False, indent=1)
            write_atomically(self._path(content), text.encode("utf-8", "replace"))

    def _path(self, content: bytes) -> Path:
        assert self._folder is not None
        key = hashlib.sha256(self._settings + b"\n" + content).hexdigest()
        return self._folder / f"{key}.json"


def _shared_secret(path: Path) -> bytes:
    """The folder's secret; of several that start at once, one writes it and all read it."""
    for _ in range(100):
        with contextlib.suppress(FileNotFoundError):
            if len(found := path.read_bytes()) >= 32:
                return found
        own = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
        write_atomically(own, secrets.token_bytes(32))
        with contextlib.suppress(FileExistsError):
            os.link(own, path)
        own.unlink()
    raise OSError(f"{path} cannot be made or read.")


def _fingerprint() -> str:
    """Of everything that a verdict rests on here: after a change, rows are made anew."""
    digest = hashlib.sha256()
    for path in sorted(_ROOM.rglob("*")):
        if path.suffix in (".py", ".toml"):
            digest.update(path.read_bytes())
    return digest.hexdigest()
