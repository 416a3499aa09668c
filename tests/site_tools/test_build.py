"""The build is strict and quick, shows which cell failed, and depends on no user's settings."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from review_copy import ROOT, ReviewCopy
from reviewbook.commands import main
from reviewbook.site import build
from reviewbook.site.build import clear, isolated_environment, why_unknown


def test_linear_algebra_uses_one_thread_in_every_kernel(tmp_path: Path) -> None:
    environment = isolated_environment(tmp_path)
    assert environment["OPENBLAS_NUM_THREADS"] == environment["OMP_NUM_THREADS"] == "1"


def test_a_build_begins_without_what_is_left_but_keeps_the_releases(tmp_path: Path) -> None:
    for name in ("html/index.html", "staging/page.html", "pdf/book.pdf", "release/v/0.1/a.html"):
        path = tmp_path / "_build" / name
        path.parent.mkdir(parents=True)
        path.write_text(name, encoding="utf-8")
    (tmp_path / "_build" / "run-times.csv").write_text("page,seconds\n", encoding="utf-8")
    clear(tmp_path)
    left = [p for p in (tmp_path / "_build").rglob("*") if p.is_file()]
    assert left == [tmp_path / "_build" / "release" / "v" / "0.1" / "a.html"]
    clear(tmp_path / "never built")


@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        ("SOURCE_DATE_EPOCH", "yesterday", "SOURCE_DATE_EPOCH is 'yesterday', expected seconds"),
        ("REVIEWBOOK_BASE_URL", "books", "base_url is 'books', expected an absolute address"),
    ],
)
def test_a_wrong_setting_stops_the_build_before_it_removes_the_site(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    variable: str,
    value: str,
    message: str,
) -> None:
    def never(*_: object) -> None:
        raise AssertionError("the build went on")

    monkeypatch.setenv(variable, value)
    monkeypatch.setattr(build, "clear", never)
    assert main(["build"]) == 1
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    ("toc", "message"),
    [
        ("root: index\nentries: [", "_toc.yml: while parsing"),
        ("root: 7\n", "_toc.yml: "),
        (
            "root: index\nentries: [{file: chapters/trial}, {file: part2/trial.md}]\n",
            "_toc.yml: chapters/trial and part2/trial would share one notebook",
        ),
    ],
    ids=["no YAML", "no contents", "one name twice"],
)
def test_wrong_contents_stop_the_build_with_a_message(
    copy: ReviewCopy,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    toc: str,
    message: str,
) -> None:
    monkeypatch.setenv("REVIEWBOOK_ROOT", str(copy.root))
    (copy.root / "_toc.yml").write_text(toc, encoding="utf-8")
    assert main(["build"]) == 1
    assert message in capsys.readouterr().err


def test_an_unknown_commit_has_a_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert why_unknown(tmp_path) == f"{tmp_path} is neither a clone nor an archive made by git"
    (tmp_path / ".git").mkdir()
    assert why_unknown(tmp_path).startswith("git says: fatal: not a git repository")
    monkeypatch.setenv("PATH", "")
    assert why_unknown(tmp_path) == "git cannot be run (No such file or directory)"


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
def test_what_a_user_has_set_for_other_work_does_not_reach_the_book(tmp_path: Path) -> None:
    goal = tmp_path / "show.mk"
    goal.write_text("show:\n\t@env\n", encoding="utf-8")
    done = subprocess.run(
        ["make", "-s", "-C", str(ROOT), "-f", "Makefile", "-f", str(goal), "show"],
        env={**os.environ, "PYTHONPATH": "/elsewhere", "LC_ALL": "C", "PIP_USER": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    seen = dict(line.split("=", 1) for line in done.stdout.splitlines() if "=" in line)
    assert seen["PYTHONPATH"] == str(ROOT / "lib"), "the code is that of this folder, and no other"
    assert (seen["LC_ALL"], seen["PIP_USER"]) == ("C.UTF-8", "0")
    assert seen["OPENBLAS_NUM_THREADS"] == "1"
