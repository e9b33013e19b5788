"""A quiz without a screen: its questions, what was answered, and what to say to that."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from importlib import resources

LETTERS = "ABCDEF"
_FOLDER = resources.files(__package__).joinpath("quizzes")


@dataclass(frozen=True)
class Choice:
    """One possible answer, and why it is right or wrong."""

    text: str
    reason: str
    right: bool = False


@dataclass(frozen=True)
class Question:
    """A question with its choices, exactly one of them right.

    ``read`` says where its matter is taught ("notebook 03, Never peek"), or is empty.
    """

    text: str
    choices: tuple[Choice, ...]
    read: str = ""


@dataclass
class Quiz:
    """Questions and the reader's answers so far.

    ``answers`` holds for each question the choices tried, in the order of trying.
    """

    questions: tuple[Question, ...]
    answers: list[list[int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget all answers."""
        self.answers = [[] for _ in self.questions]

    def answer(self, question: int, choice: int) -> Choice:
        """Note that ``choice`` was tried for ``question`` (both from 0) and return it.

        Raises:
            IndexError: for a question or choice that the quiz does not have.
        """
        if question < 0 or choice < 0:
            raise IndexError("questions and choices count from 0")
        chosen = self.questions[question].choices[choice]
        self.answers[question].append(choice)
        return chosen

    def current(self, question: int) -> Choice | None:
        """The choice tried last, ``None`` before the first try."""
        tried = self.answers[question]
        return self.questions[question].choices[tried[-1]] if tried else None

    @property
    def solved(self) -> int:
        """How many questions have been answered rightly, at whichever try."""
        pairs = zip(self.questions, self.answers, strict=True)
        return sum(any(question.choices[c].right for c in tried) for question, tried in pairs)

    @property
    def right_at_once(self) -> int:
        """How many questions were answered rightly at the first try."""
        pairs = zip(self.questions, self.answers, strict=True)
        return sum(bool(tried) and question.choices[tried[0]].right for question, tried in pairs)

    @property
    def read_again(self) -> list[str]:
        """The places of the questions whose first try was wrong, each once."""
        pairs = zip(self.questions, self.answers, strict=True)
        missed = (q.read for q, tried in pairs if tried and not q.choices[tried[0]].right)
        return [place for place in dict.fromkeys(missed) if place]


def quiz_names() -> list[str]:
    """The names of all quizzes."""
    return sorted(entry.name.removesuffix(".toml") for entry in _FOLDER.iterdir())


def load_quiz(name: str) -> Quiz:
    """The quiz called ``name``, unanswered.

    Each quiz is one file of ``quizzes/``: questions with their choices, exactly one of them right,
    and a reason for each, whether right or wrong. Code stands in backticks. A question may say
    where to read again: ``read = "notebook 03, Never peek"``.

    Raises:
        ValueError: if there is none of that name.
    """
    if name not in quiz_names():
        raise ValueError(f"there is no quiz {name!r}; there are {', '.join(quiz_names())}")
    text = _FOLDER.joinpath(f"{name}.toml").read_text(encoding="utf-8")
    return Quiz(
        tuple(
            Question(
                entry["question"],
                tuple(Choice(**choice) for choice in entry["choices"]),
                entry.get("read", ""),
            )
            for entry in tomllib.loads(text)["questions"]
        )
    )
