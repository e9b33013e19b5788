"""The `course` command, called as a reader calls it."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from course_lib.cli import main

ROOT = Path(__file__).resolve().parents[2]


def test_without_a_command_it_prints_its_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    said = capsys.readouterr().out
    assert "usage: course" in said
    assert "doctor" in said


def test_an_unknown_command_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["docter"])
    assert left.value.code == 2
    assert "docter" in capsys.readouterr().err


def test_it_knows_its_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["--version"])
    assert left.value.code == 0
    stated = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert capsys.readouterr().out == stated["version"] + "\n"


@pytest.mark.parametrize("module", [["-m", "course_lib"], []])
def test_both_ways_to_call_it_examine_this_environment(module: list[str]) -> None:
    beside_python = Path(sys.executable).with_name("course")
    command = [sys.executable, *module] if module else [str(beside_python)]
    run = subprocess.run([*command, "doctor"], capture_output=True, text=True, check=False)
    assert run.stderr == ""
    assert run.returncode == 0, run.stdout
    lines = run.stdout.splitlines()
    assert lines[0].startswith("Python ")
    assert lines[-1] == "Everything the course needs is here."
    about = {line.split()[0] for line in lines[:-1]}
    assert about >= {"torch", "numpy", "ipywidgets", "matplotlib", "tqdm", "safetensors"}
    assert about >= {"cpu", "images", "cache", "ipykernel", "JupyterLab"}
