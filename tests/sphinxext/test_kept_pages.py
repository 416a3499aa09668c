"""A page runs again exactly when something that it depends on changed, and a warm site is the cold.

A small book with a copy of the libraries is built, edited and built again, one edit after another;
after each the pages that ran are told by name, and after some the site is compared with one built
from clean (``bench/book_build.py`` does that after each, and for the whole book). Warm builds are
forks of loaded code, as those of a watch are; what they are compared with is not.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from review_copy import ROOT, copy_data
from reviewbook.evidence.evidence import SOUND, digest
from reviewbook.site.build import isolated_environment, run
from reviewbook.site.forks.ahead import Ahead, code_of
from reviewbook.site.watch import WarmBook
from reviewbook.words.computed import VARIABLE
from tiny_book import CELL, CITE, COMPUTED, HEAD, HEADER

pytestmark = pytest.mark.slow

OPEN = "from reviewbook import open_book, words\nbook = open_book('..')\n"
PAGES = {
    "index": f"# Book\n\n{HEADER}No code.\n{CITE}",
    "chapters/outcomes": HEAD.format(more="")
    + "# Outcomes\n\n"
    + CELL % (OPEN + "shown = words.Phrase(str(len(book.evidence.outcomes)))")
    + "There are {eval}`shown`.\n",
    "chapters/claims": HEAD.format(more="")
    + "# Claims\n\n"
    + CELL % (OPEN + "print([book.judged(claim.id).verdict for claim in book.review.claims])"),
    "chapters/trials": HEAD.format(more="")
    + "# Trials\n\n"
    + CELL
    % (
        "from reviewbook import open_book\nfrom reviewbook.robustness import asymmetry\n"
        "print(len(open_book('..').evidence.other['registered_trials']), asymmetry.__name__)"
    ),
    "chapters/lines": HEAD.format(more="")
    + "# Lines\n\n"
    + CELL
    % (
        "from pathlib import Path\nprint(len(Path('../data/search.toml').read_bytes()))\n"
        "for path in sorted(Path('../many').iterdir()):\n    path.read_bytes()"
    ),
    "chapters/alone": (
        HEAD.format(more="") + f"# Alone\n\n{HEADER}" + CELL % "print(sum(range(9)))" + CITE
    ),
    "chapters/program": HEAD.format(more="")
    + "# Program\n\n"
    + CELL % "import subprocess\nsubprocess.run(['true']).returncode",
    "chapters/commit": HEAD.format(more="")
    + "# Commit\n\n"
    + CELL
    % (
        "from pathlib import Path\nfrom reviewbook.citation.provenance import commit\n"
        "print(commit(Path('..')).describe())"
    ),
    "chapters/magic": HEAD.format(more="") + "# Magic\n\n" + CELL % "%precision 3\n1 / 3",
}
TOC = {
    "format": "jb-book",
    "root": "index",
    "chapters": [{"file": page} for page in PAGES if page != "index"],
}


class SmallBook:
    """The book, its libraries and its builds."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.root, self.lib = folder, folder / "book", folder / "lib"
        self.builds = 0
        self.ahead: Ahead | None = None
        for package in ("metaprop", "reviewbook"):
            left_out = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / "lib" / package, self.lib / package, ignore=left_out)
        for folder in ("chapters", "many"):
            (self.root / folder).mkdir(parents=True)
        for i in range(1200):  # more than a kernel would list
            (self.root / "many" / f"{i}.txt").touch()
        copy_data(self.root)
        for page, text in PAGES.items():
            (self.root / f"{page}.md").write_text(text, encoding="utf-8")
        (self.root / "_toc.yml").write_text(yaml.safe_dump(TOC), encoding="utf-8")
        shutil.copy(ROOT / "_config.yml", self.root)
        shutil.copy(ROOT / "requirements.lock", self.root)

    def environment(self) -> dict[str, str]:
        """Return the variables of another build."""
        self.builds += 1
        return {
            **isolated_environment(self.folder / f"home-{self.builds}"),
            "PYTHONPATH": str(self.lib),
            "SOURCE_DATE_EPOCH": "0",
            "REVIEWBOOK_BASE_URL": "",
            "REVIEWBOOK_REPOSITORY": "",
            SOUND: digest(self.root / "data"),
            VARIABLE: str(COMPUTED),
        }

    def build(self, output: Path, *, ahead: bool = False) -> subprocess.CompletedProcess[str]:
        """Build as ``jupyter-book build`` does, or by code that is loaded, as a watch does."""
        environment = self.environment()
        told = ["build", str(self.root), "--path-output", str(output), *WarmBook.strictly]
        if ahead:
            command = ["jupyter-book", *told]
            own = self.loaded(environment)
            return own.run(command, folder=self.root, environment=environment, look=lambda: None)
        command = [sys.executable, "-m", "reviewbook.sphinxext.command", *told]
        return run(command, folder=self.root, environment=environment)

    def loaded(self, environment: dict[str, str]) -> Ahead:
        """Return what has loaded the code as it is now, once it has."""
        if self.ahead and self.ahead.code != code_of(self.root, environment):
            self.close()
        if self.ahead is None:
            self.ahead = Ahead(self.root, environment)
        while not self.ahead.ready():
            assert self.ahead.process.poll() is None
            time.sleep(0.05)
        return self.ahead

    def close(self) -> None:
        if self.ahead:
            self.ahead.end()
        self.ahead = None

    @property
    def kept(self) -> Path:
        return self.root / "_build" / "kept" / "chapters"

    def warm(self) -> set[str]:
        """Build where the last build left off; return the pages whose code ran."""
        before = {
            path.name.partition(".")[0]: path.stat().st_mtime_ns
            for path in self.kept.glob("*.shown.json")
        }
        done = self.build(self.folder / "warm", ahead=sys.platform == "linux")
        assert done.returncode == 0, done.stdout
        after = {
            path.name.partition(".")[0]: path.stat().st_mtime_ns
            for path in self.kept.glob("*.shown.json")
        }
        return {name for name, when in after.items() if before.get(name) != when}

    def differences(self) -> list[str]:
        """Build the same sources from clean; return the files of the warm site that differ."""
        away = self.kept.parent.rename(self.folder / "away")
        cold = self.folder / f"cold-{self.builds}"
        done = self.build(cold)
        assert done.returncode == 0, done.stdout
        shutil.rmtree(self.kept.parent)
        away.rename(self.kept.parent)
        sites = [contents(self.folder / "warm"), contents(cold)]
        return sorted({name for name, _ in sites[0].items() ^ sites[1].items()})


def contents(output: Path) -> dict[str, bytes]:
    """Return the files of a site but for Sphinx's own notes on the build."""
    site = output / "_build" / "html"
    return {
        path.relative_to(site).as_posix(): path.read_bytes()
        for path in site.rglob("*")
        if path.is_file() and not path.relative_to(site).parts[0].startswith(".")
    }


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallBook]:
    book = SmallBook(tmp_path_factory.mktemp("small"))
    yield book
    book.close()


def replaced(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def edits(small: SmallBook) -> Iterator[tuple[str, set[str]]]:
    """Make one edit after another; give its name and the pages that must run for it."""
    root, package = small.root, small.lib / "reviewbook"
    yield "first build", {"outcomes", "claims", "trials", "lines", "alone", "commit"}
    yield "nothing", set()
    replaced(root / "chapters" / "alone.md", "range(9)", "range(8)")
    replaced(root / "chapters" / "lines.md", "# Lines", "# Bytes")
    yield "a cell and a title of pages", {"alone", "lines"}
    replaced(root / "data" / "outcomes.csv", ",18,20,", ",17,20,")
    yield "a cell of a table that two pages ask for", {"outcomes", "claims"}
    replaced(root / "data" / "registered_trials.csv", "Beijing", "Shanghai")
    yield "a cell of another table", {"trials"}
    replaced(root / "data" / "search.toml", "#", "##")
    yield "a file that a page opens by itself", {"lines"}
    replaced(package / "pooling" / "pools.py", '"""', '"""\n')
    yield "a module that three pages use", {"outcomes", "claims", "trials"}
    replaced(package / "robustness" / "asymmetry.py", '"""', '"""\n')
    (root / "many" / "999.txt").write_text("x", encoding="utf-8")
    yield "a module that one page uses, the last of many files", {"trials", "lines"}
    replaced(package / "figures" / "icons.py", '"""', '"""\n')
    replaced(package / "sphinxext" / "static" / "reviewbook.css", "{", " {")
    replaced(root / "_config.yml", 'copyright: "2026"', 'copyright: "2025"')
    replaced(root / "requirements.lock", "==", " ==")
    yield "a module of none, the looks of the pages, the configuration, the lock", set()
    toc = {**TOC, "chapters": [one for one in TOC["chapters"] if one["file"] != "chapters/lines"]}
    (root / "_toc.yml").write_text(yaml.safe_dump(toc), encoding="utf-8")
    yield "a page less", set()
    (root / ".gitignore").write_text("_build\n", encoding="utf-8")
    who = ["-c", "user.name=a", "-c", "user.email=a@localhost"]
    for command in (["init", "-q"], ["add", "-A"], [*who, "commit", "-q", "-m", "All"]):
        subprocess.run(["git", *command], cwd=root, check=True)
    assert (small.kept / "commit.depends.json").is_file()
    yield "a commit", set()
    assert not (small.kept / "commit.depends.json").is_file()  # it asked a program
    replaced(root / "index.md", "No code", "Still no code")
    yield "a text, so that not all is committed", set()


COMPARED = (
    "a module of none, the looks of the pages, the configuration, the lock",
    "a text, so that not all is committed",
)
"""After these edits the site is compared: later ones make pages run that might have been stale."""


def test_each_edit_runs_its_pages_alone_and_gives_the_cold_site(small: SmallBook) -> None:
    for name, expected in edits(small):
        assert (name, small.warm()) == (name, expected)
        if name in COMPARED:
            assert (name, small.differences()) == (name, [])


def test_a_page_that_failed_fails_again(small: SmallBook) -> None:
    page = small.root / "chapters" / "alone.md"
    before = page.read_text(encoding="utf-8")
    replaced(page, "sum(", "sums(")
    for _ in range(2):
        done = small.build(small.folder / "warm")
        assert done.returncode != 0
        assert "name 'sums' is not defined" in done.stdout
        assert not (small.kept / "alone.depends.json").exists()
    page.write_text(before, encoding="utf-8")
    assert small.warm() == {"alone"}
