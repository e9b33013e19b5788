"""A submission's scratch goes away whole, and nothing that its links lead to is touched."""

import os
import stat
import tempfile
from pathlib import Path

from course_lib.grading.sandbox.removal import remove


def test_a_folder_without_rights_goes_away_and_a_linked_one_keeps_its_rights(tmp_path):
    teachers = tmp_path / "teachers"
    teachers.mkdir(mode=0o755)
    (teachers / "list.csv").write_text("kept", encoding="utf-8")
    before = stat.S_IMODE(teachers.stat().st_mode)
    scratch = tmp_path / "scratch"
    (scratch / "closed" / "inner").mkdir(parents=True)
    (scratch / "link").symlink_to(teachers)
    (scratch / "closed" / "link").symlink_to(teachers)
    os.chmod(scratch / "closed" / "inner", 0)
    os.chmod(scratch / "closed", 0)

    remove(scratch)

    assert not scratch.exists()
    assert stat.S_IMODE(teachers.stat().st_mode) == before
    assert (teachers / "list.csv").read_text(encoding="utf-8") == "kept"


def test_folders_nested_deeper_than_a_path_can_say_go_away(tmp_path):
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    home = os.open(".", os.O_RDONLY)
    try:
        os.chdir(scratch)
        for _ in range(1200):
            os.mkdir("d" * 200)
            os.chdir("d" * 200)
    finally:
        os.fchdir(home)
        os.close(home)

    remove(scratch)

    assert not scratch.exists()


def test_a_folder_that_is_closed_to_its_own_user_goes_away():
    """Nothing is closed to root, so root tries it as somebody else."""
    scratch = Path(tempfile.mkdtemp())
    (scratch / "file").write_text("x", encoding="utf-8")
    os.chmod(scratch, 0)
    if os.getuid() == 0:
        os.chown(scratch, 65534, 65534)
    if (child := os.fork()) == 0:
        try:
            if os.getuid() == 0:
                os.setresuid(65534, 65534, 65534)
            remove(scratch)
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    assert not scratch.exists()
