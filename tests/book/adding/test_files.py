"""Several files change together or not at all, wherever it stops."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from reviewbook.book.adding import files
from reviewbook.book.adding.files import replace_all, restore

OLD = {"a.csv": b"a,b\n1,2\n", "b.csv": b"c\n3\n", "c.bib": b"% references\n"}
NEW = {name: content + b"more\n" for name, content in OLD.items()}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, content in OLD.items():
        (tmp_path / name).write_bytes(content)
    return tmp_path


def state(folder: Path) -> dict[str, bytes]:
    """Return every file in the folder: nothing may be left beside the three."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_all_files_are_replaced_and_nothing_is_left_beside_them(folder: Path) -> None:
    replace_all(folder, NEW, OLD)
    assert state(folder) == NEW
    assert [path for path in folder.iterdir() if path.is_dir()] == []
    assert restore(folder) == ()


def test_a_file_that_was_changed_meanwhile_is_not_overwritten(folder: Path) -> None:
    (folder / "b.csv").write_bytes(b"somebody else\n")
    with pytest.raises(ValueError, match=r"data/b\.csv was changed meanwhile; nothing was"):
        replace_all(folder, NEW, OLD)
    assert state(folder) == OLD | {"b.csv": b"somebody else\n"}


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "No space left"), KeyboardInterrupt()])
@pytest.mark.parametrize("call", ["os.fsync", "shutil.copy2", "shutil.copymode", "Path.replace"])
@pytest.mark.parametrize("at", [1, 2, 3])
def test_an_error_at_any_moment_leaves_the_files_as_they_were(
    folder: Path, monkeypatch: pytest.MonkeyPatch, call: str, at: int, error: BaseException
) -> None:
    owner = {"os": os, "shutil": files.shutil, "Path": files.Path}[call.partition(".")[0]]
    name = call.partition(".")[2]
    real, calls = getattr(owner, name), [0]

    def failing(*arguments: object, **named: object) -> object:
        calls[0] += 1
        if calls[0] == at:
            raise error
        return real(*arguments, **named)

    monkeypatch.setattr(owner, name, failing)
    with pytest.raises(type(error)):
        replace_all(folder, NEW, OLD)
    assert calls[0] >= at
    assert state(folder) == OLD


KILLED = """
import os, pathlib, sys
from reviewbook.book.adding.files import replace_all
folder, at = pathlib.Path(sys.argv[1]), int(sys.argv[2])
names = sorted(path.name for path in folder.iterdir())
old = {name: (folder / name).read_bytes() for name in names}
real, calls = pathlib.Path.replace, [0]
def replace(self, target):
    real(self, target)
    calls[0] += 1
    if calls[0] == at:
        os.kill(os.getpid(), 9)
pathlib.Path.replace = replace
replace_all(folder, {name: old[name] + b"more\\n" for name in names}, old)
"""


@pytest.mark.parametrize("at", [1, 2, 3])
def test_the_next_run_puts_back_what_a_killed_one_began(folder: Path, at: int) -> None:
    done = subprocess.run([sys.executable, "-c", KILLED, str(folder), str(at)], check=False)
    assert done.returncode == -9
    found = {name: (folder / name).read_bytes() for name in OLD}
    assert found != OLD
    assert restore(folder) == tuple(sorted(OLD))
    assert state(folder) == OLD
