"""What an installation gets: everything it needs, and nothing else."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel built from a copy of the project, without a network."""
    copy = tmp_path_factory.mktemp("project")
    for name in ("pyproject.toml", "LICENSE", "README.md"):
        if (ROOT / name).exists():
            shutil.copy(ROOT / name, copy)
    shutil.copytree(
        ROOT / "course_lib", copy / "course_lib", ignore=shutil.ignore_patterns("__pycache__")
    )
    built = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", str(copy)],
        check=True,
        cwd=built,
    )
    (file,) = built.glob("*.whl")
    return file


def names_in(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


@pytest.mark.slow
def test_it_holds_every_file_of_the_library(wheel: Path) -> None:
    tracked = {
        str(path.relative_to(ROOT).as_posix())
        for path in (ROOT / "course_lib").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and path.suffix != ".pyc"
    }
    assert tracked - names_in(wheel) == set()


@pytest.mark.slow
def test_it_holds_the_images_with_their_licence_and_the_course_s_own(wheel: Path) -> None:
    names = names_in(wheel)
    data = "course_lib/data/fashion_mnist_sample/"
    assert {data + "fashion_mnist_sample.npz", data + "provenance.json", data + "LICENSE"} <= names
    (licence,) = (name for name in names if name.endswith(".dist-info/licenses/LICENSE"))
    with zipfile.ZipFile(wheel) as archive:
        assert archive.read(licence).decode().startswith("MIT License")


@pytest.mark.slow
def test_it_holds_nothing_else(wheel: Path) -> None:
    tops = {name.split("/")[0] for name in names_in(wheel)}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"course_lib"}


@pytest.mark.slow
def test_its_images_are_found_where_it_is_installed(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    code = (
        "import course_lib; data = course_lib.fashion_mnist();"
        "print(course_lib.__file__, len(data.train), len(data.test))"
    )
    run = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(tmp_path)!r}); {code}"],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    )
    assert run.stdout.split() == [str(tmp_path / "course_lib" / "__init__.py"), "10000", "2000"]
