"""Checkpoints of several ranks: one writes, all resume from the same."""

from collections.abc import Callable
from typing import Any

from course_lib.checkpoint.files import CheckpointError
from course_lib.checkpoint.folder import CheckpointFolder


class SharedFolder(CheckpointFolder):
    """A checkpoint folder that only the main rank touches; the others hear from it."""

    def __init__(
        self, folder: CheckpointFolder, is_main: bool, from_main: Callable[[Any], Any]
    ) -> None:
        super().__init__(folder.folder, folder.keep_last)
        self._is_main, self._from_main = is_main, from_main

    def _write(self, path: Any, content: dict[str, Any]) -> bool:
        return super()._write(path, content) if self._is_main else False

    def load_newest(self, accept: Callable[[dict[str, Any], str], None]) -> bool:
        """As for one process; every rank accepts what the main one found and accepted."""
        if not self._is_main:
            found = self._from_main(None)
            if isinstance(found, CheckpointError):
                raise found
            if found is not None:
                accept(*found)
            return found is not None
        accepted: list[tuple[dict[str, Any], str]] = []

        def remember(content: dict[str, Any], source: str) -> None:
            accept(content, source)
            accepted.append((content, source))

        try:
            super().load_newest(remember)
        except CheckpointError as error:
            self._from_main(error)
            raise
        self._from_main(accepted[0] if accepted else None)
        return bool(accepted)

    def set_aside_earlier_run(self) -> Any:
        """As for one process, by the main rank."""
        return super().set_aside_earlier_run() if self._is_main else None
