"""What a page reads is found, and what is opened for all pages at once does not count."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from reviewbook.words import reads

PROGRAM = """
import sys
from pathlib import Path
from reviewbook.words import reads
folder = Path(sys.argv[1])
reads.begin(str(folder))
with reads.listening() as found:
    {code}
print(sorted(found))
"""


def heard(folder: Path, code: str) -> list[str]:
    """Run code in a process of its own, since nobody can stop listening."""
    (folder / "in" / "package").mkdir(parents=True, exist_ok=True)
    for name in ("__init__.py", "module.py", "words.toml"):
        (folder / "in" / "package" / name).touch()
    (folder / "in" / "a.csv").write_text("x\n")
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(code=code), str(folder / "in")],
        capture_output=True, text=True, check=True, cwd=folder / "in",
    )  # fmt: skip
    return [os.path.relpath(path, folder / "in") for path in eval(done.stdout)]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("(folder / 'a.csv').read_text()", ["a.csv"]),
        ("open('a.csv').close()", ["a.csv"]),
        ("__import__('pandas').read_csv('a.csv')", ["a.csv"]),
        ("import package.module", []),
        ("(folder / 'package' / 'words.toml').read_text()", ["package/words.toml"]),
        ("open('/dev/null').close()", []),
        ("list((folder / '..').iterdir())", []),
        ("with reads.uncounted(): open('a.csv').close()", []),
    ],
)
def test_files_of_the_folder_are_heard_of(tmp_path: Path, code: str, expected: list[str]) -> None:
    assert heard(tmp_path, code) == expected


def test_a_program_is_told_as_such(tmp_path: Path) -> None:
    code = "import subprocess; subprocess.run(['true'])"
    assert heard(tmp_path, code) == [os.path.relpath(reads.PROGRAM, tmp_path / "in")]


def test_a_table_that_is_handed_out_is_told_even_quietly() -> None:
    from reviewbook.words import asked

    with reads.listening() as found, asked.quietly():
        asked.note("outcomes.csv")
    assert found == {"data/outcomes.csv"}
    with reads.listening() as found:
        pass
    assert found == set()
    assert "data/outcomes.csv" in reads.found()
