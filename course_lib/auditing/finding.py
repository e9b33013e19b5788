"""What the audit has to say: a finding, and the evidence that it was made from."""

from dataclasses import dataclass, field

from course_lib.trace.events import Event


@dataclass(frozen=True, slots=True)
class Finding:
    """One mistake in a loop.

    Attributes:
        code: its short name, such as ``missing-zero-grad``.
        message: what happened, and where: iteration and line of the reader's own code.
        why: what it does to the training.
        fix: what to change.
    """

    code: str
    message: str
    why: str
    fix: str

    def __str__(self) -> str:
        return f"{self.code}: {self.message}\n  Why: {self.why}\n  Fix: {self.fix}"


@dataclass(frozen=True, slots=True)
class Evidence:
    """A rule's claim that a mistake happened.

    Attributes:
        code: of the finding.
        event: where it shows first.
        words: what the message needs besides iteration and line.
    """

    code: str
    event: Event
    words: dict[str, object] = field(default_factory=dict)
