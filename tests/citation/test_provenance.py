"""Commit, dates and identifiers: what git says, and what is said where there is no git."""

from __future__ import annotations

import subprocess
import tarfile
from pathlib import Path

import pytest

from review_copy import ROOT
from reviewbook.citation.provenance import (
    UNKNOWN,
    Commit,
    commit,
    edition_date,
    identify,
    outputs_hash,
    swhid,
)

NOON = 1735732800  # 2025-01-01 12:00 UTC


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=Nobody", "-c", "user.email=nobody@localhost"]
    done = subprocess.run(
        ["git", "-C", str(folder), *identity, *arguments],
        capture_output=True,
        text=True,
        check=True,
        env={
            "PATH": "/usr/bin:/bin:/usr/local/bin",
            "HOME": str(folder),
            "GIT_COMMITTER_DATE": f"{NOON} +0000",
            "GIT_AUTHOR_DATE": f"{NOON} +0000",
        },
    )
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "book"
    folder.mkdir()
    git(folder, "init", "--quiet")
    (folder / "page.md").write_text("# Page\n", encoding="utf-8")
    git(folder, "add", "page.md")
    git(folder, "commit", "--quiet", "-m", "Begin")
    return folder


@pytest.mark.parametrize(
    ("content", "blob"),
    [
        (b"", "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"),
        (b"hello\n", "ce013625030ba8dba906f756967f9e9ca394464a"),
    ],
    ids=["empty", "hello"],
)
def test_swhid_is_the_blob_name_git_is_known_to_give(content: bytes, blob: str) -> None:
    assert swhid(content) == f"swh:1:cnt:{blob}"


def test_swhid_equals_git_hash_object(repository: Path) -> None:
    (repository / "bytes.bin").write_bytes(bytes(range(256)) + "é\r\n".encode())
    blob = git(repository, "hash-object", "--no-filters", "bytes.bin")
    assert identify(repository, "bytes.bin").swhid == f"swh:1:cnt:{blob}"


def test_commit_date_and_clean_state_are_those_of_git(repository: Path) -> None:
    state = commit(repository)
    assert state.sha == git(repository, "rev-parse", "HEAD")
    assert (state.date, state.dirty) == ("2025-01-01", False)
    assert state.describe() == f"commit {state.sha[:12]}"
    assert state.swhid == f"swh:1:rev:{state.sha}"


@pytest.mark.parametrize("name", ["page.md", "new.csv"], ids=["changed file", "untracked file"])
def test_what_is_not_committed_makes_the_state_dirty(repository: Path, name: str) -> None:
    (repository / name).write_text("other\n", encoding="utf-8")
    state = commit(repository)
    assert state.dirty is True
    assert state.describe().endswith("with uncommitted changes")
    assert state.swhid == "", "a commit must not be named as the source of what it does not hold"


def test_without_git_the_commit_is_unknown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    assert commit(tmp_path) == Commit(sha=UNKNOWN, date=UNKNOWN, dirty=None)
    assert commit(tmp_path).describe() == "commit unknown"
    assert edition_date(tmp_path) == "unknown"


def test_a_book_unpacked_inside_another_repository_does_not_take_its_commit(
    repository: Path,
) -> None:
    inside = repository / "unpacked"
    inside.mkdir()
    assert commit(inside).sha == "unknown"


def test_where_git_is_not_installed_the_commit_is_unknown(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    assert commit(repository).sha == "unknown"


def test_an_archive_made_by_git_knows_its_commit(tmp_path: Path) -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("this copy of the book is no clone")
    subprocess.run(
        [
            "git",
            "-C",
            str(ROOT),
            "archive",
            "-o",
            str(tmp_path / "book.tar"),
            "HEAD",
            ".git_archival.txt",
        ],
        check=True,
    )
    with tarfile.open(tmp_path / "book.tar") as archive:
        archive.extractall(tmp_path / "unpacked", filter="data")
    here, there = commit(ROOT), commit(tmp_path / "unpacked")
    assert (there.sha, there.date, there.dirty) == (here.sha, here.date, None)


def test_the_unfilled_archive_file_of_a_copied_folder_is_not_taken_for_a_commit(
    tmp_path: Path,
) -> None:
    (tmp_path / ".git_archival.txt").write_text("$Format:%H %ct$\n", encoding="utf-8")
    assert commit(tmp_path).sha == "unknown"


def test_source_date_epoch_sets_the_date(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    assert edition_date(repository) == "1970-01-01"
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "yesterday")
    with pytest.raises(ValueError, match="'yesterday', expected seconds"):
        edition_date(repository)


def notebook(text: str, **cell: object) -> dict[str, object]:
    output = {"output_type": "stream", "name": "stdout", "text": text}
    code = {"cell_type": "code", "source": "", "metadata": {}, "outputs": [output], **cell}
    return {"cells": [{"cell_type": "markdown", "source": "x"}, code]}


def test_outputs_hash_does_not_see_when_or_how_fast_a_cell_ran() -> None:
    timed = {"execution": {"iopub.execute_input": "2025-01-01T00:00:00Z"}}
    later = notebook("1\n2\n", metadata=timed, id="f3a9", execution_count=7)
    assert outputs_hash(notebook("1\n2\n")) == outputs_hash(later)


def test_outputs_hash_does_not_see_how_the_file_stores_lines() -> None:
    lines = notebook("")
    lines["cells"][1]["outputs"][0]["text"] = ["1\n", "2\n"]  # type: ignore[index]
    assert outputs_hash(lines) == outputs_hash(notebook("1\n2\n"))


def test_outputs_hash_sees_one_digit() -> None:
    assert outputs_hash(notebook("0.871")) != outputs_hash(notebook("0.872"))
