"""One build at a time, a site that is as new as its sources, and what is shown meanwhile."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from pathlib import Path
from urllib.request import urlopen

import pytest

from review_copy import ReviewCopy
from reviewbook.commands import main
from reviewbook.site import SiteError
from reviewbook.site.build import clear
from reviewbook.site.lock import LOCK, alone
from reviewbook.site.progress import following, slowest
from reviewbook.site.serve import server
from reviewbook.site.sources import (
    StaleSiteError,
    assert_fresh,
    changed_since,
    is_of_this_commit,
    record,
    sources,
)

HOLD = (
    "import sys, time; from pathlib import Path; from reviewbook.site.lock import alone\n"
    "with alone(Path(sys.argv[1]), print):\n"
    "    print('held', flush=True); time.sleep(float(sys.argv[2]))"
)


def holder(root: Path, seconds: float) -> subprocess.Popen[str]:
    """Return a process that holds the lock of `root`, once it does."""
    command = [sys.executable, "-c", HOLD, str(root), str(seconds)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_a_second_build_says_who_builds_since_when_and_waits(tmp_path: Path) -> None:
    other, said = holder(tmp_path, 2), list[str]()
    with alone(tmp_path, said.append):
        assert other.poll() is not None or other.wait(1) == 0, "it went on while the other built"
    (sentence,) = said
    assert sentence.startswith(
        f"Waiting for another build in {tmp_path} (process {other.pid}, since"
    )


def test_a_build_that_is_killed_leaves_no_lock(tmp_path: Path) -> None:
    other, said = holder(tmp_path, 600), list[str]()
    other.kill()
    other.wait()
    start = time.monotonic()
    with alone(tmp_path, said.append):
        assert time.monotonic() - start < 5
    assert said == []


def test_cleaning_up_keeps_the_lock_that_is_held(tmp_path: Path) -> None:
    with alone(tmp_path, print):
        (tmp_path / "_build" / "run-times.csv").touch()
        clear(tmp_path)
        assert [path.name for path in (tmp_path / "_build").iterdir()] == [LOCK.name]


def built(copy: ReviewCopy) -> Path:
    """Return the root of a copy whose site was just built, as far as the record says."""
    (copy.root / "chapters").mkdir()
    (copy.root / "chapters" / "one.md").write_text("# One\n", encoding="utf-8")
    (copy.root / "_build" / "html").mkdir(parents=True)
    record(copy.root, sources(copy.root))
    return copy.root


def test_a_site_as_new_as_its_sources_is_fresh(copy: ReviewCopy) -> None:
    root = built(copy)
    for path in (
        "_build/html/index.html", "tests/test_x.py", ".git/HEAD", "lib/__pycache__/a.pyc",
        "CHANGELOG.md", "docs/screenshot.png",
    ):  # fmt: skip
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text("no source", encoding="utf-8")
    assert changed_since(root) == []
    assert_fresh(root)


@pytest.mark.parametrize("path", ["chapters/one.md", "data/outcomes.csv", "lib/x/new.py"])
def test_a_changed_added_or_removed_source_is_named(copy: ReviewCopy, path: str) -> None:
    root = built(copy)
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    with (root / path).open("a", encoding="utf-8") as file:
        file.write("\n")
    with pytest.raises(StaleSiteError, match=f"The site is older than {path}: run `make book`"):
        assert_fresh(root)
    (root / path).unlink()
    assert changed_since(root) == ([] if path.startswith("lib") else [path])


def test_an_old_site_is_not_printed_nor_called_fresh(
    copy: ReviewCopy, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("REVIEWBOOK_ROOT", str(copy.root))
    assert main(["fresh"]) == 1
    assert "There is no finished site" in capsys.readouterr().err
    built(copy)
    assert main(["fresh"]) == 0
    copy.put("outcomes.csv", 2, events="3")
    for command in ("pdf", "fresh"):
        assert main([command]) == 1
        assert "older than data/outcomes.csv" in capsys.readouterr().err


def test_pages_are_shown_as_they_are_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "progress"
    with following(log, 3) as pages:
        pages.look()
        for name in ("index", "chapters/one"):
            with log.open("a", encoding="utf-8") as file:
                file.write(f"{name}\n")
            pages.look()
    assert capsys.readouterr().out.splitlines() == ["  1/3 index", "  2/3 chapters/one"]


def test_the_slowest_pages_come_first(tmp_path: Path) -> None:
    times = tmp_path / "run-times.csv"
    assert slowest(times) == []
    times.write_text("page,seconds\na,1.5\nb,20.25\nc,3\n", encoding="utf-8")
    assert slowest(times, 2) == [("b", 20.25), ("c", 3.0)]


def test_a_port_in_use_is_no_reason_to_fail(tmp_path: Path) -> None:
    with pytest.raises(SiteError, match="There is no site"):
        server(tmp_path, 0)
    (tmp_path / "index.html").write_text("hello", encoding="utf-8")
    with server(tmp_path, 0) as first, server(tmp_path, first.server_address[1]) as second:
        assert first.server_address[1] != second.server_address[1]

        threading.Thread(target=second.handle_request, daemon=True).start()
        address = f"http://127.0.0.1:{second.server_address[1]}/"
        assert urlopen(address, timeout=20).read() == b"hello"


def git(root: Path, *arguments: str) -> None:
    who = ("-c", "user.name=a", "-c", "user.email=a@b")
    subprocess.run(["git", "-C", str(root), *who, *arguments], check=True, capture_output=True)


def test_a_site_of_this_very_commit_is_known(copy: ReviewCopy) -> None:
    root = copy.root
    (root / ".gitignore").write_text("_build\n", encoding="utf-8")
    assert not is_of_this_commit(root), "there is no site"
    git(root, "init", "-q")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "One")
    (root / "_build").mkdir()
    record(root, sources(root))
    assert is_of_this_commit(root)
    git(root, "commit", "-qm", "Two", "--allow-empty")
    assert not is_of_this_commit(root), "its pages name another commit"
    record(root, sources(root))
    (root / "data" / "new.md").write_text("not committed", encoding="utf-8")
    assert not is_of_this_commit(root)
    record(root, sources(root))
    assert not is_of_this_commit(root), "a clone would not have the file"
