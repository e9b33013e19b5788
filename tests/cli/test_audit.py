"""`course audit`: scripts and notebooks are run, judged, and their errors passed on."""

import json
import os
import sys
from pathlib import Path

import pytest

from course_lib.auditing.running import without_magics
from course_lib.cli import main

LOOP = """\
import sys
import torch
from torch import nn
torch.manual_seed(0)
net = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 1))
opt = torch.optim.SGD(net.parameters(), lr=0.1)
x = torch.randn(8, 3)
for i in range(4):
    {zero}
    loss = (net(x) ** 2).mean()
    loss.backward()
    opt.step()
"""
CORRECT = LOOP.format(zero="opt.zero_grad()")
MISTAKEN = LOOP.format(zero="pass")


def notebook(path: Path, *cells: str) -> Path:
    content = [{"cell_type": "markdown", "source": ["# Title"]}]
    content += [{"cell_type": "code", "source": c.splitlines(keepends=True)} for c in cells]
    path.write_text(json.dumps({"cells": content, "nbformat": 4}), encoding="utf-8")
    return path


def script(path: Path, source: str) -> Path:
    path.write_text(source, encoding="utf-8")
    return path


def test_a_correct_script(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", str(script(tmp_path / "good.py", CORRECT))]) == 0
    assert capsys.readouterr().out.strip() == "good.py: no mistake was seen in 4 iterations."


def test_a_mistake_is_told_with_its_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["audit", str(script(tmp_path / "bad.py", MISTAKEN))]) == 1
    said = capsys.readouterr().out
    assert "\nmissing-zero-grad\n  At iteration 2, bad.py:12, " in said
    assert "\n  Why: " in said and "\n  Fix: " in said
    assert said.endswith("bad.py: 1 finding in 4 iterations.\n")


def test_an_error_passes_through_and_the_findings_so_far_stay(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = script(tmp_path / "bad.py", MISTAKEN + "raise ValueError('enough')\n")
    assert main(["audit", str(bad)]) == 1
    said = capsys.readouterr().out
    assert said.index("bad.py stopped with an error:") < said.index("missing-zero-grad")
    assert 'bad.py", line 13, in <module>' in said
    assert "ValueError: enough" in said
    assert "running.py" not in said  # the traceback begins with the reader's own line


@pytest.mark.parametrize("source", ["1 / 0", "def broken(:", "import sys; sys.exit(3)"])
def test_a_script_that_fails_before_it_trains(
    source: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["audit", str(script(tmp_path / "early.py", source))]) == 2
    said = capsys.readouterr().out
    assert "early.py stopped with an error:" in said
    assert any(words in said for words in ("ZeroDivisionError", "SyntaxError: ", "sys.exit(3)"))


def test_a_script_that_does_not_train(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", str(script(tmp_path / "idle.py", "print('hello')"))]) == 0
    said = capsys.readouterr().out
    assert said.startswith("hello\n")
    assert "no training was seen" in said


BARE = """
import torch
weight = torch.zeros(2, requires_grad=True)
for _ in range(3):
    loss = (weight - 1).square().sum()
    loss.backward()
    with torch.no_grad():
        weight -= 0.1 * weight.grad
    weight.grad = None
"""


def test_a_training_without_a_model_gets_no_clean_bill(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["audit", str(script(tmp_path / "bare.py", BARE))]) == 0
    said = capsys.readouterr().out
    assert "by no model (torch.nn.Module)" in said and "no mistake" not in said


def test_the_script_finds_its_arguments_and_its_neighbours(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    script(tmp_path / "neighbour_of_this_script.py", "ANSWER = 'found'")
    asks = (
        "import sys, neighbour_of_this_script\n"
        "print(__name__, sys.argv[1:], neighbour_of_this_script.ANSWER)"
    )
    before = list(sys.path), list(sys.argv)
    path = script(tmp_path / "asks.py", asks)
    assert main(["audit", str(path), "--epochs", "3"]) == 0
    assert "__main__ ['--epochs', '3'] found" in capsys.readouterr().out
    assert (list(sys.path), list(sys.argv)) == before


@pytest.mark.parametrize("made_by", ["an __init__.py", "its folder alone"])
def test_a_script_of_a_package_imports_its_neighbours_as_python_m_does(
    made_by: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name = f"package_by_{made_by.split()[-1].strip('_.py')}"
    folder = tmp_path / "a folder" / name
    (folder / "parts").mkdir(parents=True)
    if made_by == "an __init__.py":
        script(folder / "__init__.py", "")
    script(folder / "nets.py", "from torch import nn\n\ndef make(): return nn.Linear(3, 1)")
    script(folder / "parts" / "beside.py", "ANSWER = 'found'")
    own = "from ..nets import make\nfrom .beside import ANSWER\nprint(ANSWER, __package__)\n"
    train = script(folder / "parts" / "train.py", own + MISTAKEN)
    before = list(sys.path), list(sys.argv), sys.modules["__main__"]
    assert main(["audit", str(train)]) == 1
    said = capsys.readouterr().out
    assert said.startswith(f"found {name}.parts\n")
    assert "At iteration 2, train.py:15, " in said
    assert (list(sys.path), list(sys.argv), sys.modules["__main__"]) == before


def test_a_relative_import_that_leads_nowhere_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lost = script(tmp_path / "lost.py", "from .missing_neighbour import net")
    assert main(["audit", str(lost)]) == 2
    said = capsys.readouterr().out
    assert 'lost.py", line 1, in <module>' in said
    assert "ModuleNotFoundError: No module named" in said and "missing_neighbour" in said


WITH_WORKERS = """\
import sys
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

class Own(Dataset):
    def __len__(self):
        return 16
    def __getitem__(self, index):
        return torch.full((3,), float(index)), torch.ones(1)

def train():
    loader = DataLoader(Own(), 4, num_workers=2, multiprocessing_context=sys.argv[1])
    net = nn.Linear(3, 1)
    opt = torch.optim.SGD(net.parameters(), lr=1e-3)
    for inputs, targets in loader:
        loss = nn.functional.mse_loss(net(inputs), targets)
        loss.backward()
        opt.step()

if __name__ == "__main__":
    train()
"""


@pytest.mark.parametrize("way", ["fork", "spawn"])
def test_workers_start_under_the_script_s_own_guard(
    way: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = script(tmp_path / "with workers.py", WITH_WORKERS)
    assert main(["audit", str(path), way]) == 1
    said = capsys.readouterr().out
    assert "At iteration 2, with workers.py:19, " in said
    assert said.endswith("with workers.py: 1 finding in 4 iterations.\n")


def test_a_file_draws_without_a_window_and_leaves_the_environment_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("MPLBACKEND", raising=False)
    monkeypatch.setenv("COURSE_HEADLESS", "0")
    names = ("MPLBACKEND", "COURSE_HEADLESS")
    told = f"import os\nprint([os.environ.get(name) for name in {names}])\n"
    before = dict(os.environ)
    main(["audit", str(script(tmp_path / "file.py", told))])
    assert "['Agg', '0']" in capsys.readouterr().out
    assert dict(os.environ) == before


def test_a_notebook_is_run_cell_by_cell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    setup, loop = MISTAKEN.split("for i", 1)
    path = notebook(
        tmp_path / "n.ipynb", "%matplotlib inline\n" + setup, "%%bash\nexit 1", "for i" + loop
    )
    assert main(["audit", str(path)]) == 1
    said = capsys.readouterr().out
    assert "At iteration 2, In [3] line 5, " in said  # the second code cell is the shell's


def test_a_notebook_runs_in_its_own_folder_and_pickles_its_classes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "my notebooks"
    folder.mkdir()
    (folder / "data.txt").write_text("seven words", encoding="utf-8")
    notebook(
        folder / "my run.ipynb",
        "import torch\nprint(open('data.txt').read())\nclass Net(torch.nn.Linear): pass",
        "torch.save(Net(2, 2), 'net.pt')\nprint(torch.load('net.pt', weights_only=False))",
    )
    monkeypatch.chdir(tmp_path)
    before = sys.modules["__main__"]
    assert main(["audit", "my notebooks/my run.ipynb"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("seven words\nNet(in_features=2")
    assert Path.cwd() == tmp_path and (folder / "net.pt").exists()
    assert sys.modules["__main__"] is before


def test_a_notebook_s_error_names_its_cell(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = notebook(tmp_path / "n.ipynb", "a = 1", "b = a\nb / 0")
    assert main(["audit", str(path)]) == 2
    said = capsys.readouterr().out
    assert '"<cell 2>", line 2' in said
    assert "b / 0" in said
    assert "ZeroDivisionError" in said


def test_a_cell_may_await(tmp_path: Path) -> None:
    path = notebook(tmp_path / "n.ipynb", "import asyncio\nawait asyncio.sleep(0)\nx = 1", "x")
    assert main(["audit", str(path)]) == 0


def test_a_cell_may_ask_for_the_shell(tmp_path: Path) -> None:
    cell = "get_ipython().run_line_magic('matplotlib', 'inline')"
    assert main(["audit", str(notebook(tmp_path / "n.ipynb", cell))]) == 0


@pytest.mark.parametrize(
    ("cell", "left"),
    [
        ("!pip list\nx = 1", "pass  # !pip list\nx = 1"),
        ("%%time\nx = 1", "pass  # %%time\nx = 1"),
        ("if x:\n    %matplotlib inline", "if x:\n    pass  # %matplotlib inline"),
        ("%%bash\nls", ""),
        ("files = !ls\nx = 1", "files = []  # !ls\nx = 1"),
        ("    best = %timeit -o f()", "    best = []  # %timeit -o f()"),
        ("model?\nx = 1", "pass  # model?\nx = 1"),
        ("y = ('%d'\n% 3)", "y = ('%d'\n% 3)"),
        ("# is it?\nx = 1", "# is it?\nx = 1"),
    ],
)
def test_ipython_s_own_lines(cell: str, left: str) -> None:
    assert without_magics(cell) == left


@pytest.mark.parametrize("name", ["missing.py", "notes.txt", "broken.ipynb"])
def test_what_cannot_be_run(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    if name != "missing.py":
        (tmp_path / name).write_text("no json", encoding="utf-8")
    assert main(["audit", str(tmp_path / name)]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert name in said.err and said.err.count("\n") == 1


NAMED = """\
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset
torch.manual_seed(0)
x = torch.randn(60, 3)
train_loader = DataLoader(TensorDataset(x[:40], x[:40, :1]), 8, shuffle=True)
val_loader = DataLoader(TensorDataset(x[40:], x[40:, :1]), 8)
net = nn.Linear(3, 1)
opt = torch.optim.SGD(net.parameters(), lr=0.1)
def fit(train_data, val_data):
    for epoch in range(2):
        for a, b in train_data:
            opt.zero_grad()
            nn.functional.mse_loss(net(a), b).backward()
            opt.step()
        with torch.no_grad():
            [nn.functional.mse_loss(net(a), b) for a, b in val_data]
fit({arguments})
"""


def test_loaders_have_the_role_that_their_names_tell(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    right = script(tmp_path / "right.py", NAMED.format(arguments="train_loader, val_loader"))
    wrong = script(tmp_path / "wrong.py", NAMED.format(arguments="val_loader, val_loader"))
    assert main(["audit", str(right)]) == 0
    assert main(["audit", str(wrong)]) == 1
    assert "\ntrain-on-val\n" in capsys.readouterr().out


SPLIT = """
import copy, torch
from torch import nn
from torch.utils.data import DataLoader, Subset, TensorDataset, random_split
torch.manual_seed(0)
x = torch.randn(60, 3)
data = TensorDataset(x, x[:, :1])
net = nn.Linear(3, 1)
opt = torch.optim.SGD(net.parameters(), lr=0.1)
def train(loader):
    for a, b in loader:
        opt.zero_grad()
        nn.functional.mse_loss(net(a), b).backward()
        opt.step()
def look(loader):
    with torch.no_grad():
        return sum(nn.functional.mse_loss(net(a), b).item() for a, b in loader)
"""
WHOLE_SET = """
train_set, val_set = random_split(data, [40, 20])
train_loader, val_loader = DataLoader({given}, 8, shuffle=True), DataLoader(val_set, 8)
for epoch in range(3):
    train(train_loader)
    look(val_loader)
"""
FOLDS = """
alive = []
for fold in range(3):
    net = nn.Linear(3, 1)
    opt = torch.optim.SGD(net.parameters(), lr=0.1)
    held = range(20 * fold, 20 * fold + 20)
    others = [i for i in range(60) if i not in held]
    train_loader = DataLoader(Subset(data, others), 8, shuffle=True)
    val_loader = DataLoader(Subset(data, list(held)), 8)
    alive.append(val_loader)
    for epoch in range(2):
        train(train_loader)
        look(val_loader)
"""
CHOOSING = """
train_set, held = random_split(data, [40, 20])
train_loader, test_loader = DataLoader(train_set, 8, shuffle=True), DataLoader(held, 8)
best = float("inf")
for epoch in range(4):
    train(train_loader)
    score = look(test_loader)
    if {condition}:
        best = score
        kept = copy.deepcopy(net.state_dict())
print(best)
"""


@pytest.mark.parametrize(
    ("loop", "code"),
    [
        (WHOLE_SET.format(given="train_set"), None),
        (WHOLE_SET.format(given="data"), "train-on-val"),  # the whole set, split or not
        (FOLDS, None),  # another fold trains on what this one holds out
        (CHOOSING.format(condition="score < best"), "test-for-selection"),
        (CHOOSING.format(condition="epoch == 3"), None),
    ],
    ids=["split", "never split off", "k folds", "best on the test set", "the last is kept"],
)
def test_what_names_and_splits_tell(
    loop: str, code: str | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = main(["audit", str(script(tmp_path / "loop.py", SPLIT + loop))])
    said = capsys.readouterr().out
    assert status == (code is not None), said
    assert code is None or (f"\n{code}\n" in said and "1 finding" in said)
