"""The build is strict and quick, shows which cell failed, and depends on no user's settings."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from built_site import ROOT
from myst_nb.core.execute.base import ExecutionError
from nbclient.exceptions import CellExecutionError
from sphinx.errors import SphinxParallelError
from sphinx.util.parallel import ParallelTasks

from reviewbook.site import build
from reviewbook.site.build import clear, isolated_environment
from reviewbook.site.release import differing_files
from reviewbook.sphinxext.command import explain
from reviewbook.sphinxext.parallel import readers

CELL = (
    "An error occurred while executing the following cell:\n------------------\n1/0\n"
    "------------------\n\nZeroDivisionError: division by zero\n"
)


def failing_page(page: str) -> None:
    try:
        raise CellExecutionError(CELL, "ZeroDivisionError", "division by zero")
    except CellExecutionError as error:
        raise ExecutionError(page) from error


def test_a_failed_cell_is_shown_without_its_machinery() -> None:
    with pytest.raises(ExecutionError) as caught:
        failing_page("chapters/methods.md")
    assert explain(caught.value) == f"chapters/methods.md: {CELL.strip()}"


def test_a_cell_that_failed_in_another_process_is_shown_alike() -> None:
    tasks = ParallelTasks(2)
    tasks.add_task(failing_page, "chapters/methods.md")
    with pytest.raises(SphinxParallelError) as caught:
        tasks.join()
    assert explain(caught.value) == f"chapters/methods.md: {CELL.strip()}"


def test_any_other_failure_is_shown_whole() -> None:
    assert explain(KeyError("x")).strip() == "KeyError: 'x'"
    assert explain(SphinxParallelError("KeyError: 'x'", "Traceback: all of it")) == (
        "Traceback: all of it"
    )


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
    assert build.main([]) == 1
    assert message in capsys.readouterr().err


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


CONFIGURATION = """
project = "Pages"
extensions = ["myst_nb", "sphinxcontrib.bibtex"]
bibtex_bibfiles = ["references.bib"]
nb_execution_mode = "off"
html_theme = "basic"

def setup(app):
    from reviewbook.sphinxext import parallel, terms

    parallel.setup(app)
    terms.setup(app)
"""


def build_pages(root: Path, out: Path, cores: set[int]) -> Path:
    command = [sys.executable, "-m", "sphinx", "-W", "-E", "-b", "html", "-d", f"{out}-doctrees"]
    done = subprocess.run(
        [*command, str(root), str(out)],
        preexec_fn=lambda: os.sched_setaffinity(0, cores),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (out / ".buildinfo").unlink()
    return out


@pytest.mark.skipif(readers() < 2, reason="one core, or no Linux: pages are read in turn")
def test_pages_read_side_by_side_are_those_read_in_turn(tmp_path: Path) -> None:
    root = tmp_path / "book"
    root.mkdir()
    (root / "conf.py").write_text(CONFIGURATION, encoding="utf-8")
    entry = (
        "@article{key_%d,\n author = {Author %d}, title = {Title}, journal = {J}, year = 2020}\n"
    )
    (root / "references.bib").write_text(
        "".join(entry % (i, i) for i in range(9)), encoding="utf-8"
    )
    names = [f"page-{i}" for i in range(9)]
    for i, name in enumerate(names):
        text = (
            f"# Page {i}\n\nA {{term}}`word {i}` and {{doc}}`page-{8 - i}`, {{cite:p}}`key_{i}`.\n"
        )
        text += f"\n```{{glossary}}\nword {i}\n  The meaning of {i}.\n```\n"
        (root / f"{name}.md").write_text(text, encoding="utf-8")
    contents = "\n".join(
        ["# Pages", "", "```{toctree}", *names, "```", "", "```{bibliography}", "```"]
    )
    (root / "index.md").write_text(contents + "\n", encoding="utf-8")
    all_cores = os.sched_getaffinity(0)
    together = build_pages(root, tmp_path / "together", all_cores)
    in_turn = build_pages(root, tmp_path / "in-turn", {min(all_cores)})
    assert differing_files(together, in_turn) == []
