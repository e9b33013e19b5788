"""The doctor, shown environments in which one thing is broken."""

import dataclasses
import errno
import os
import re
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import Any

import pytest

from course_lib.cli.doctor_command import report
from course_lib.data import shipped_sample
from course_lib.doctor import Environment, Finding, examine, is_ready, machine
from course_lib.doctor.dependencies import floors, reaches, release

ROOT = Path(__file__).resolve().parents[2]

GOOD = {
    "torch": "2.13.0+cpu",
    "numpy": "2.4.6",
    "ipywidgets": "8.1.9",
    "matplotlib": "3.11.2",
    "tqdm": "4.70.1",
    "safetensors": "0.8.0",
    "ipykernel": "7.4.0",
    "jupyterlab": "4.6.6",
    "jupyterlab_widgets": "3.0.17",
}
NEEDED = [
    "torch>=2.10",
    "numpy>=2.0",
    "ipywidgets>=7.7.1",
    "matplotlib>=3.10",
    "tqdm>=4.66.3",
    "safetensors>=0.5",
    'jupyterlab>=4; extra == "lab"',
    'ipykernel>=6.17; extra == "lab"',
    'training-loop-course[build,lab]; extra == "test"',
]


def environment(**versions: str | None) -> Environment:
    """A good environment, but for the packages named (with _ for -)."""
    installed = {**GOOD, **versions}
    return Environment(
        python=(3, 12, 1),
        version_of=installed.get,
        requirements=NEEDED,
        import_problem=lambda name: None,
        variables={},
    )


def finding(findings: list[Finding], about: str) -> Finding:
    return next(found for found in findings if found.about == about)


def test_a_good_environment_is_ready() -> None:
    findings = examine(environment())
    assert is_ready(findings), report(findings)
    assert report(findings).endswith("\nEverything the course needs is here.")


def test_an_old_python_is_named() -> None:
    here = dataclasses.replace(environment(), python=(3, 10, 14))
    found = finding(examine(here), "Python")
    assert (found.status, "3.10.14 is too old" in found.says) == ("FIX", True)
    assert "newer Python" in found.remedy


@pytest.mark.parametrize(
    "name", ["torch", "numpy", "ipywidgets", "matplotlib", "tqdm", "safetensors"]
)
def test_a_missing_package_is_named_with_the_command_that_installs_it(name: str) -> None:
    findings = examine(environment(**{name: None}))
    found = finding(findings, name)
    assert found.status == "FIX"
    assert found.says.startswith("not installed")
    floor = floors(NEEDED)[name]
    assert found.remedy == f'python -m pip install "{name}>={floor}"'
    assert not is_ready(findings)


@pytest.mark.parametrize(
    ("name", "old"),
    [
        ("torch", "2.9.1+cu128"),
        ("numpy", "1.26.4"),
        ("ipywidgets", "7.7.0"),
        ("matplotlib", "3.9.4"),
        ("tqdm", "4.66.2"),
        ("safetensors", "0.4.5"),
        ("ipykernel", "6.16.2"),
    ],
)
def test_a_version_below_the_floor_is_named(name: str, old: str) -> None:
    found = finding(examine(environment(**{name: old})), name)
    assert found.status == "FIX"
    assert found.says.startswith(f"{old} is too old")


@pytest.mark.parametrize(("name", "least"), [("torch", "2.10"), ("ipywidgets", "8.0.0")])
def test_the_floor_itself_is_enough(name: str, least: str) -> None:
    assert finding(examine(environment(**{name: least})), name).status == "OK"


def test_a_package_that_does_not_load_is_named_with_its_error() -> None:
    here = dataclasses.replace(
        environment(),
        import_problem=lambda name: "ImportError: bad binary" if name == "tqdm" else None,
    )
    found = finding(examine(here), "tqdm")
    assert found.status == "FIX"
    assert "does not load: ImportError: bad binary" in found.says
    assert "--force-reinstall" in found.remedy


def test_what_rests_on_torch_is_not_tried_without_torch() -> None:
    about = [found.about for found in examine(environment(torch=None))]
    assert "cpu" not in about
    assert "images" not in about


def test_a_course_that_is_not_installed_is_named() -> None:
    here = dataclasses.replace(environment(), requirements=[])
    found = finding(examine(here), "training-loop-course")
    assert (found.status, found.remedy.startswith("python -m pip install -e .")) == ("FIX", True)


# Devices, data, cache


def test_a_device_that_computes_wrongly_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    right = torch.Tensor.sum
    monkeypatch.setattr(torch.Tensor, "sum", lambda self, *a, **k: right(self, *a, **k) + 1)
    found = finding(examine(environment()), "cpu")
    assert found.status == "FIX"
    assert "computes wrong numbers" in found.says


def test_a_wrong_gradient_alone_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    class Doubling(torch.autograd.Function):
        @staticmethod
        def forward(context: object, a: torch.Tensor) -> torch.Tensor:
            return a.clone()

        @staticmethod
        def backward(context: object, *gradients: torch.Tensor) -> torch.Tensor:
            return 2 * gradients[0]

    product = torch.Tensor.__matmul__
    monkeypatch.setattr(torch.Tensor, "__matmul__", lambda a, b: product(Doubling.apply(a), b))
    assert not machine.computes_rightly(torch.device("cpu"))


def test_a_device_that_fails_is_named_with_its_first_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(device: object) -> bool:
        raise RuntimeError("no kernel image for this device\nlong story")

    monkeypatch.setattr(machine, "computes_rightly", fail)
    found = finding(examine(environment()), "cpu")
    assert found.says == "does not compute: no kernel image for this device"
    assert found.status == "FIX"


@pytest.mark.parametrize("how", ["damaged", "missing"])
def test_a_damaged_data_file_is_named(
    how: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (shipped_sample.SAMPLE_FILE, shipped_sample.PROVENANCE_FILE):
        (tmp_path / name).write_bytes((shipped_sample.FOLDER / name).read_bytes())
    sample = tmp_path / shipped_sample.SAMPLE_FILE
    if how == "missing":
        sample.unlink()
    else:
        sample.write_bytes(sample.read_bytes()[:-1] + b"?")
    read = shipped_sample.read_shipped_sample
    monkeypatch.setattr(shipped_sample, "read_shipped_sample", lambda: read(tmp_path))
    found = finding(examine(environment()), "images")
    assert found.status == "FIX"
    assert found.remedy


def test_a_cache_that_cannot_be_written_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "file" / "cache"))
    found = finding(examine(environment()), "cache")
    assert found.status == "FIX"
    assert "COURSE_CACHE" in found.remedy


def test_a_cache_that_may_not_be_looked_into_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where HOME is another user's; the superuser, who may look everywhere, sees it played."""
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o000)
    stat, temporary = os.stat, tempfile.TemporaryFile

    def look(path: Any, *arguments: Any, **keywords: Any) -> os.stat_result:
        if str(path).startswith(f"{locked}{os.sep}"):
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return stat(path, *arguments, **keywords)

    def write(dir: Path) -> Any:
        if dir == locked:
            raise PermissionError(errno.EACCES, "Permission denied", str(dir))
        return temporary(dir=dir)

    monkeypatch.setattr(os, "stat", look)
    monkeypatch.setattr(tempfile, "TemporaryFile", write)
    monkeypatch.setenv("COURSE_CACHE", str(locked / "home" / "cache"))
    found = finding(examine(environment()), "cache")
    assert found.status == "FIX"
    assert "cannot be written (Permission denied)" in found.says


def test_looking_at_the_cache_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "not" / "yet"))
    assert finding(examine(environment()), "cache").status == "OK"
    assert list(tmp_path.iterdir()) == []


# Front ends


@pytest.mark.parametrize(
    ("lab", "manager", "widgets", "status"),
    [
        ("4.6.6", "3.0.17", "8.1.9", "OK"),
        ("3.6.8", "3.0.17", "8.1.9", "OK"),
        ("3.6.8", "1.1.11", "7.7.1", "OK"),
        ("4.6.6", "3.0.17", "7.7.1", "FIX"),  # the page knows no model of generation 7
        ("4.6.6", "1.1.11", "7.7.1", "FIX"),
        ("3.6.8", "1.1.11", "8.1.9", "FIX"),
        ("4.6.6", None, "8.1.9", "FIX"),
        (None, None, "8.1.9", "NOTE"),
    ],
)
def test_lab_manager_and_widgets_must_fit(
    lab: str | None, manager: str | None, widgets: str, status: str
) -> None:
    here = environment(jupyterlab=lab, jupyterlab_widgets=manager, ipywidgets=widgets)
    found = finding(examine(here), "JupyterLab")
    assert found.status == status
    assert bool(found.remedy) == (status == "FIX")


def test_without_a_kernel_no_front_end_is_promised() -> None:
    findings = examine(environment(ipykernel=None))
    assert finding(findings, "ipykernel").status == "FIX"
    assert not {"VS Code", "JupyterLab"} & {found.about for found in findings}


def test_colab_needs_no_lab() -> None:
    here = dataclasses.replace(
        environment(jupyterlab=None, ipywidgets="7.7.1"),
        variables={"COLAB_RELEASE_TAG": "release-colab"},
    )
    findings = examine(here)
    assert finding(findings, "Colab").status == "OK"
    assert is_ready(findings)


# Versions and the report


@pytest.mark.parametrize(
    ("version", "floor", "enough"),
    [
        ("2.10.0", "2.10", True),
        ("2.9.9", "2.10", False),
        ("2.10", "2.10.0", True),
        ("4", "4.0.0", True),
        ("2.13.0+cpu", "2.13", True),
        ("3.0.0rc1", "3", True),
        ("unknown", "1", False),
    ],
)
def test_versions_are_compared_as_numbers(version: str, floor: str, enough: bool) -> None:
    assert reaches(version, floor) is enough


def test_a_release_has_no_suffix() -> None:
    assert release("2.13.0+cpu") == (2, 13, 0)


def test_the_floors_are_those_of_the_project_file() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    stated = dict(re.split(">=", line) for line in project["dependencies"])
    assert floors(Environment().requirements) == stated


def test_the_report_aligns_and_gives_each_remedy_its_line() -> None:
    said = report([Finding("a", "OK", "1.0"), Finding("long name", "FIX", "gone", "bring it back")])
    assert said.splitlines() == [
        "a          OK    1.0",
        "long name  FIX   gone",
        "                 To do: bring it back",
        "1 thing has to be mended.",
    ]


def without(*names: str) -> str:
    """Python code that makes imports of these packages fail, as if they were not installed."""
    return (
        "import sys, importlib.abc\n"
        "class Gone(importlib.abc.MetaPathFinder):\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        f"        if name.split('.')[0] in {names!r}:\n"
        "            raise ModuleNotFoundError('No module named ' + repr(name), name=name)\n"
        "sys.meta_path.insert(0, Gone())\n"
    )


@pytest.mark.parametrize("gone", [("torch",), ("numpy",), ("torch", "numpy"), ("ipywidgets",)])
def test_the_doctor_speaks_where_packages_cannot_be_imported(gone: tuple[str, ...]) -> None:
    code = without(*gone) + "from course_lib.cli import main\nsys.exit(main(['doctor']))"
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert run.returncode == 1, run.stderr
    assert "Traceback" not in run.stderr
    for name in gone:
        assert re.search(rf"^{name} +FIX ", run.stdout, re.MULTILINE), run.stdout
