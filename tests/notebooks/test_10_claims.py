"""The review: the words and places that it names are there, and its quiz's keys, computed."""

import linecache
import math
import re
from functools import cache
from typing import Any

import pytest
import torch
from torch import nn
from torch.nn import functional as F
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.data import BatchSampler, DistributedSampler, SequentialSampler

import course_lib
from course_lib.metrics import accuracy_interval
from course_lib.review import Place, cheat_sheet, concepts
from course_lib.review.places import NOTEBOOKS
from course_lib.widgets.quick_check.model import Question, load_quiz, quiz_names
from tools.notebooks.source import SOURCES, read_source

HEADING = re.compile(r"^#{2,3} (.+)$", re.MULTILINE)


@cache
def sections(name: str) -> dict[str, str]:
    """The text under each heading of a notebook's source, markdown and code alike."""
    text = "\n".join(cell.source for cell in read_source(SOURCES / f"{name}.py").cells)
    _, *parts = HEADING.split(text)
    return dict(zip(parts[::2], parts[1::2], strict=True))


def places() -> list[Place]:
    """Every place that the review names."""
    named = [
        Place.read(q.read) for name in quiz_names() for q in load_quiz(name).questions if q.read
    ]
    named += [row.place for row in concepts().rows]
    return named + [section.place for section in cheat_sheet().sections]


def test_every_place_is_a_heading_of_its_notebook() -> None:
    assert [p for p in places() if p.heading not in sections(p.name)] == []


def test_every_word_is_used_where_it_is_said_to_be_taught() -> None:
    missing = [
        row.term
        for row in concepts().rows
        if row.term.strip("`").lower()
        not in " ".join(sections(row.place.name)[row.place.heading].split()).lower()
    ]
    assert missing == []


def test_words_are_told_once_and_shortly() -> None:
    rows = concepts().rows
    assert len({row.term for row in rows}) == len(rows)
    assert all(len(row.says.split()) <= 16 and "|" not in row.says for row in rows)
    order = [row.place.number for row in rows]
    assert order == sorted(order) and set(order) == set(NOTEBOOKS)


def test_concepts_of_some_notebooks_only() -> None:
    assert {row.place.number for row in concepts("03", "05").rows} == {"03", "05"}
    assert concepts("03").terms[0] == "training set"


@pytest.mark.parametrize("words", ["notebook 3, Never peek", "notebook 42, X", "Never peek", ""])
def test_a_place_that_is_none_is_refused(words: str) -> None:
    with pytest.raises(ValueError, match="names no place"):
        Place.read(words)


def test_a_place_links_to_its_heading() -> None:
    place = Place.read("notebook 04, What `.item()` costs")
    assert place.address == "04_complete_loop.ipynb#What-.item()-costs"
    assert concepts()._repr_markdown_().count("](") == len(concepts())


def test_the_quiz_draws_on_every_notebook() -> None:
    asked = load_quiz("review").questions
    assert {Place.read(q.read).number for q in asked} == set(NOTEBOOKS)


TRIAL = ("imports", "data", "my-run", "trial", "by-library", "trials", "audited", "close", "agree",
         "compared", "leave-out", "noticed", "one-at-a-time")  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])  # the notebook shows 0
def test_the_trial_tells_the_same_for_other_seeds(
    seed: int, capsys: pytest.CaptureFixture[str]
) -> None:
    cells = {cell.id: cell.source for cell in read_source(SOURCES / "10_review.py").cells}
    assert cells["trial"].count("manual_seed(0)") == 2
    cells["trial"] = cells["trial"].replace("manual_seed(0)", f"manual_seed({seed})")
    names: dict[str, Any] = {}
    for cell in TRIAL:
        file = f"<{cell}>"  # known to linecache, as in a kernel: the notebook reads its own code
        linecache.cache[file] = (0, None, cells[cell].splitlines(keepends=True), file)
        exec(compile(cells[cell], file, "exec"), names)
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == ["findings of the audit: 0", "my loop and train_model agree: True"]
    table = {line[:50].rstrip(): line[50:].strip() for line in lines[2:]}
    assert [statement for statement, who in table.items() if who == "NOBODY"] == [
        "model.to(device)"
    ]
    assert table["with torch.no_grad():"] == "grad-in-validation"
    assert table["total = 0"] == "numbers" and len(table) == 19
    assert table["optimizer.zero_grad()"] == "numbers, missing-zero-grad"
    assert table["model.eval()"] == "numbers, missing-eval-mode"


def test_what_the_text_says_of_a_forgotten_total() -> None:
    """The last weights are right, the validation loss is wrong."""
    cells = {cell.id: cell.source for cell in read_source(SOURCES / "10_review.py").cells}
    ends = []
    for forgotten in (False, True):
        names: dict[str, Any] = {}
        for cell in ("imports", "data", "my-run", "trial"):
            code = cells[cell]
            if forgotten and cell == "my-run":
                assert code.count("        total = 0\n") == 1
                code = code.replace("        total = 0\n", "")
            exec(code, names)
        ends.append(names["trial"](names["my_run"]))
    (_, history, _, last), (_, wrong_history, _, wrong_last) = ends
    assert all(torch.equal(value, wrong_last[name]) for name, value in last.items())
    assert history["val_loss"] != wrong_history["val_loss"]
    assert history["train_loss"] == wrong_history["train_loss"]


# The keys of the quiz, computed.


def question(number: int) -> Question:
    return load_quiz("review").questions[number]


def key(number: int) -> str:
    return next(choice.text for choice in question(number).choices if choice.right)


@pytest.mark.quiz_key("review", 0)
def test_key_the_first_loss_of_100_classes() -> None:
    losses, twice = [], []
    for seed in range(5):
        torch.manual_seed(seed)
        logits = nn.Sequential(nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 100))(
            torch.rand(256, 784)
        )
        labels = torch.randint(100, (256,))
        losses.append(F.cross_entropy(logits, labels).item())
        twice.append(F.cross_entropy(logits.softmax(dim=1), labels).item())
    assert f"{math.log(100):.3f}" == "4.605" and f"{math.log(10):.1f}" == "2.3"
    for loss in losses + twice:
        assert loss == pytest.approx(4.6, abs=0.1)
    assert key(0).startswith("All is well")


@pytest.mark.quiz_key("review", 1)
def test_key_the_error_bar_of_the_test_score() -> None:
    low, high = accuracy_interval(0.83, 400)
    assert low < 0.85 < high and key(1).startswith("It cannot be told")
    told = next(choice.reason for choice in question(1).choices if choice.right)
    assert f"from {low:.1%} to {high:.1%}".replace("%", " %") in told


@pytest.mark.quiz_key("review", 2)
def test_key_updates_under_accumulation() -> None:
    batches = list(BatchSampler(SequentialSampler(range(60_000)), 256, drop_last=False))
    updates = len(list(BatchSampler(SequentialSampler(batches), 4, drop_last=False)))
    assert key(2) == f"{updates}" == "59" and len(batches) == 235 and 4 * 235 == 940
    assert len(batches) % 4 == 3  # the smaller group at the end


@pytest.mark.quiz_key("review", 3)
def test_key_zeroing_between_backward_and_step() -> None:
    torch.manual_seed(0)
    model = course_lib.MLP()
    before = [p.detach().clone() for p in model.parameters()]
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for _ in range(5):
        F.cross_entropy(model(torch.rand(8, 1, 28, 28)), torch.arange(8)).backward()
        optimizer.zero_grad()
        optimizer.step()
    assert all(torch.equal(p, b) for p, b in zip(model.parameters(), before, strict=True))
    assert key(3) == "No weight ever moves, and no error says so."


class Reads(TorchDispatchMode):
    """Counts how often a number is fetched from a tensor."""

    count = 0

    def __torch_dispatch__(
        self, operation: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        self.count += operation is torch.ops.aten._local_scalar_dense.default
        return operation(*args, **(kwargs or {}))


@pytest.mark.quiz_key("review", 4)
def test_key_the_line_that_reads_a_number() -> None:
    reading = []
    for choice in question(4).choices:
        line = choice.text.strip("`")
        weight = torch.ones(3, requires_grad=True)
        names = {"loss": weight.sum(), "labels": torch.arange(4), "total": torch.zeros(())}
        with Reads() as reads:
            exec(line, names)
        reading += [choice.text] * bool(reads.count)
    assert reading == [key(4)]


@pytest.mark.quiz_key("review", 5)
def test_key_loss_up_and_accuracy_up() -> None:
    """1,000 answers of two classes, with the very numbers of the question."""

    def measured(wrong: int, doubt: float, cost: float) -> tuple[float, float]:
        """The loss where right answers cost ``doubt`` and wrong ones ``cost``, and accuracy."""
        logits = torch.zeros(1000, 2)
        logits[:wrong, 0] = -math.log(math.expm1(cost))
        logits[wrong:, 0] = -math.log(math.expm1(doubt))
        labels = torch.zeros(1000, dtype=torch.long)
        share = (logits.argmax(dim=1) == labels).double().mean().item()
        return F.cross_entropy(logits, labels).item(), share

    before = measured(140, 0.15, (0.40 - 0.86 * 0.15) / 0.14)
    after = measured(130, 0.10, (0.55 - 0.87 * 0.10) / 0.13)
    assert before == pytest.approx((0.40, 0.86)) and after == pytest.approx((0.55, 0.87))
    assert key(5).startswith("There are fewer wrong answers")


@pytest.mark.quiz_key("review", 6)
def test_key_a_constant_answer() -> None:
    labels = course_lib.fashion_mnist().train.tensors[1]
    assert labels.bincount().unique().numel() == 1  # equally frequent, as the question says
    assert all((labels == answer).double().mean() == 0.1 for answer in range(10))
    assert key(6) == "10 %"


@pytest.mark.quiz_key("review", 7)
def test_key_the_schedule_stepped_too_often() -> None:
    optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=0.1)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=30, gamma=0.1)
    for _ in range(100):
        optimizer.step()
        scheduler.step()
    assert float(key(7)) == pytest.approx(optimizer.param_groups[0]["lr"])


@pytest.mark.quiz_key("review", 8)
def test_key_the_bytes_of_training_with_adam() -> None:
    model = nn.Linear(1000, 1000, bias=False)
    optimizer = torch.optim.Adam(model.parameters())
    model(torch.rand(2, 1000)).sum().backward()
    optimizer.step()
    tensors = [*model.parameters(), *(p.grad for p in model.parameters())]
    tensors += [v for state in optimizer.state.values() for v in state.values() if v.numel() > 1]
    total = sum(tensor.numel() * tensor.element_size() for tensor in tensors)
    assert course_lib.count_parameters(model) == 1_000_000
    assert key(8) == f"{total // 1_000_000} million" == "16 million"


@pytest.mark.quiz_key("review", 9)
def test_key_weights_without_buffers() -> None:
    torch.manual_seed(0)
    trained, fresh = course_lib.SmallCNN(), course_lib.SmallCNN()
    images = torch.rand(64, 1, 28, 28)
    trained.train()
    for _ in range(3):
        trained(images)  # moves the running averages
    fresh.load_state_dict(dict(trained.named_parameters()), strict=False)
    same = {}
    for training in (False, True):
        logits = [model.train(training)(images) for model in (trained, fresh)]
        same[training] = torch.allclose(*logits, atol=1e-5)
    assert same == {True: True, False: False}
    assert key(9) == "the same in training mode, others in evaluation mode."


@pytest.mark.quiz_key("review", 10)
def test_key_what_validate_gives_back() -> None:
    cells = {c.id: c.source for c in read_source(SOURCES / "04_complete_loop.py").cells}
    names: dict[str, Any] = {"torch": torch}
    exec(cells["textbook-validate"], names)
    batch = [(torch.rand(4, 1, 28, 28), torch.arange(4))]
    found = {}
    for validate in (names["textbook_validate"], course_lib.validate):
        model = course_lib.SmallCNN().train()
        frozen = model.features[1].eval()
        weights = [p.detach().clone() for p in model.parameters()]
        validate(model, batch, nn.CrossEntropyLoss(), "cpu")
        same = all(torch.equal(p, w) for p, w in zip(model.parameters(), weights, strict=True))
        grads = all(p.grad is None for p in model.parameters())
        found[validate.__name__] = same, grads, model.training and not frozen.training
    assert found == {"textbook_validate": (True, True, False), "validate": (True, True, True)}
    assert key(10) == "The mode of every module."


@pytest.mark.quiz_key("review", 11)
def test_key_samples_counted_twice() -> None:
    dealt = [i for rank in range(3) for i in DistributedSampler(range(1000), 3, rank)]
    assert len(dealt) == 1002 and set(dealt) == set(range(1000))
    assert key(11) == f"{len(dealt) - 1000}"
