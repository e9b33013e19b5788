"""The house stands as it was drawn: floors, sizes, names, and nothing of one machine in it.

Each rule is a function that is first shown a planted violation, so that none can pass by sleeping.
"""

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
LIBRARY = ROOT / "course_lib"

# A room is a module or package directly under course_lib; it imports only from lower floors, or
# from its own.
FLOORS = {
    0: {"atomic_file"},
    1: {
        "alt_text",
        "batches",
        "data",
        "device",
        "launcher",
        "measurements",
        "metrics",
        "models",
        "review",
        "seeding",
    },
    2: {
        "checked_loss",
        "checkpoint",
        "distributed",
        "early_stopping",
        "evaluation_mode",
        "history",
        "loop",
        "non_finite",
        "preparation",
        "progress",
        "resumable_loader",
        "run",
        "running_mean",
        "sanity",
        "validation_trial",
        "weight_update",
    },
    3: {"trace"},  # what happened, and half a floor up what to make of it
    3.5: {"auditing", "diagnosis", "doctor", "lr_range", "plots"},
    4: {"grading", "notebook", "widgets"},
    5: {"cli"},
    6: {"__main__"},
}
FLOOR_OF = {room: floor for floor, rooms in FLOORS.items() for room in rooms}

FOR_SCREENS = {"IPython", "ipywidgets", "matplotlib"}
MAX_LINES = 250
EMPTY_NAMES = re.compile(r"(^|_)(utils?|helpers?|managers?|misc|common)(_|$)")
NAME_OF_MACHINE = re.compile(
    r"(?<![\w.])/(work|root|tmp|home|Users)/(?!reader\b)[\w.]"  # somebody's folders
    r"|pypi\.org|pythonhosted|download\.pytorch|deb\.debian|registry\.npmjs|/simple/",
)


def library_modules() -> list[Path]:
    return sorted(LIBRARY.rglob("*.py"))


def room_of(module: Path, library: Path = LIBRARY) -> str:
    return module.relative_to(library).with_suffix("").parts[0]


def imports_of(tree: ast.AST) -> Iterator[str]:
    """Every module that a file imports, lazily too; not what it imports for type checkers only."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports inside course_lib are written in full"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        yield from imports_of(node)


def violations(source: str, room: str) -> list[str]:
    """What a module in a room imports although its floor does not allow it."""
    if (
        room == "__init__"
    ):  # the door: it hands out names of floors 1 to 3, and loads none by itself
        floor = 3.5
    elif room in FLOOR_OF:
        floor = FLOOR_OF[room]
    else:
        return [f"{room} is on no floor: give it one in tests/test_architecture.py"]
    found = []
    for name in imports_of(ast.parse(source)):
        top, _, rest = name.partition(".")
        if top == "course_lib":
            target = rest.split(".")[0]
            target_floor = FLOOR_OF.get(target, 0)
            at_home = target == room or floor == target_floor == 2  # the heart is one organ
            too_high = target_floor > floor if room == "__init__" else target_floor >= floor
            if too_high and not at_home:
                found.append(f"floor {floor} ({room}) imports {name}")
        elif top in FOR_SCREENS and floor < 4 and (top, room) != ("matplotlib", "plots"):
            found.append(f"floor {floor} ({room}) imports {name}")
    return found


@pytest.mark.parametrize("module", library_modules(), ids=lambda p: str(p.relative_to(ROOT)))
def test_a_module_imports_only_from_below(module: Path) -> None:
    assert violations(module.read_text(encoding="utf-8"), room_of(module)) == []


@pytest.mark.parametrize(
    ("source", "room"),
    [
        ("from course_lib.loop import train_model", "data"),
        ("from course_lib import widgets", "loop"),
        ("import course_lib.cli", "doctor"),
        ("def draw():\n    import matplotlib.pyplot as plt", "history"),
        ("def show():\n    from IPython.display import display", "plots"),
        ("import ipywidgets", "trace"),
        ("from course_lib.auditing import audit", "trace"),
        ("from course_lib.widgets import quiz", "__init__"),
        ("x = 1", "odds_and_ends"),
    ],
)
def test_a_planted_import_is_found(source: str, room: str) -> None:
    assert len(violations(source, room)) == 1


@pytest.mark.parametrize(
    ("source", "room"),
    [
        ("from course_lib.data import fashion_mnist", "loop"),
        ("from course_lib.data.splits import k_fold", "data"),
        ("import matplotlib", "plots"),
        ("from course_lib.loop import train_model\nimport ipywidgets", "widgets"),
        ("if TYPE_CHECKING:\n    from matplotlib.figure import Figure", "history"),
    ],
)
def test_an_allowed_import_is_left_alone(source: str, room: str) -> None:
    assert violations(source, room) == []


def test_importing_the_library_loads_nothing_for_screens() -> None:
    code = (
        "import sys, json; import torch; before = set(sys.modules); import course_lib;"
        "[getattr(course_lib, name) for name in course_lib.__all__];"
        "print(json.dumps(sorted({n.split('.')[0] for n in set(sys.modules) - before})))"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    loaded = set(json.loads(run.stdout))
    assert "course_lib" in loaded
    assert not loaded & (FOR_SCREENS | {"PIL", "pandas", "safetensors", "tqdm"})


def test_the_door_names_each_thing_once_and_opens_for_all() -> None:
    import course_lib

    assert sorted(course_lib._ROOM_OF_NAME) == sorted(course_lib.__all__)
    for name, room in course_lib._ROOM_OF_NAME.items():
        thing = getattr(course_lib, name)
        assert thing is getattr(import_module(f"course_lib.{room}"), name)
        assert thing.__module__.startswith(f"course_lib.{room}")
    with pytest.raises(AttributeError, match="no attribute 'nothing_of_the_kind'"):
        _ = course_lib.nothing_of_the_kind


def test_modules_are_short() -> None:
    long = {
        str(module.relative_to(ROOT)): lines
        for module in [*library_modules(), *sorted((ROOT / "tools").rglob("*.py"))]
        if (lines := len(module.read_text(encoding="utf-8").splitlines())) > MAX_LINES
    }
    assert long == {}


def empty_names(modules: list[Path]) -> list[str]:
    """Modules and packages that are named for nothing in particular."""
    parts = [part for m in modules for part in m.relative_to(ROOT).with_suffix("").parts]
    return [part for part in parts if EMPTY_NAMES.search(part)]


def test_modules_are_named_for_their_idea() -> None:
    assert empty_names(library_modules()) == []


@pytest.mark.parametrize("name", ["utils", "plot_utils", "test_helpers", "run_manager"])
def test_an_empty_name_is_found(name: str) -> None:
    assert empty_names([LIBRARY / name / "x.py"]) == [name]


def test_a_room_that_happens_to_contain_such_letters_is_left_alone() -> None:
    assert empty_names([LIBRARY / "commonest" / "reutilise.py"]) == []


def tracked_text_files() -> Iterator[tuple[Path, str]]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout")
    for name in filter(None, listed.stdout.decode().split("\0")):
        path = ROOT / name
        if not path.is_file():
            continue
        try:
            yield path, path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # data


@pytest.mark.parametrize(
    "line",
    [
        "/wor" + "k/main/x.py",
        'open("/tm' + 'p/a")',
        "https://py" + "pi.org/simple",
        "/Use" + "rs/ada/course",
    ],
)
def test_a_name_of_a_machine_is_found(line: str) -> None:
    assert NAME_OF_MACHINE.search(line)


def test_no_tracked_file_names_a_machine_or_a_registry() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path, text in tracked_text_files()
        if path != Path(__file__).resolve() and (match := NAME_OF_MACHINE.search(text))
    ]
    assert found == []
