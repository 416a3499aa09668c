"""Time how long the book takes to build, cold and after a change, beside a stock Jupyter Book.

Run by hand: ``python bench/book_build.py``; some ten builds of the whole book, one after the other
on the same machine, so that their ratios mean something where the times do not. ``--pages 4`` cuts
the book to so many pages for a quick trial, in which references to the other pages do not count as
errors. ``--compare`` builds the sources of each warm site once more from nothing and compares the
two byte for byte. All of it happens in a temporary copy.

The floor is a book of as many pages with one trivial cell each, built by the installed Jupyter Book
with its own settings: nothing of ours can be quicker than what it stands on.
"""

from __future__ import annotations

import argparse
import csv
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread

import psutil
import yaml
from copies import build as make_book
from copies import copy_book, variables

CHAPTER = "chapters/complete-remission"
"""The page that is in view: it is edited, and it shows the count that is."""
EDITED = "\nA sentence more.\n\n:::{cite-this-chapter}"
ROW = "pan_2021,boren_donor_phase1,complete_remission,{count},,infused,best,,,reported,"
COUNT, OTHER = "18,20", "17,20"
"""One count of `CHAPTER`, and what it is changed to: what another report of the cohort prints."""
PATIENCE = 60  # seconds that the code of the next build may take to load
COLD, IDLE, ONE, FIRST = 1.0, 5.0, 0.25, 15.0
"""Goals: times a stock book, seconds, times our cold build, seconds."""
_STOCK = "from jupyter_book.cli.main import main; main()"
STOCK_PAGE = """---
file_format: mystnb
kernelspec:
  name: python3
---

# Page {number}

Some words.

```{{code-cell}} ipython3
{number} + 1
```
"""


@dataclass
class Measured:
    """Seconds of something, the most memory it held meanwhile in MB, and what else is to be said.

    Memory is the proportional share of all processes that this one began, looked at twice a second.
    """

    seconds: float = 0.0
    memory: float = 0.0
    note: str = ""


@contextmanager
def measuring(note: str = "") -> Iterator[Measured]:
    """Measure what is done within."""
    found, done = Measured(note=note), Event()

    def look() -> None:
        while not done.wait(0.5):
            found.memory = max(found.memory, memory())

    thread = Thread(target=look, daemon=True)
    thread.start()
    start = time.monotonic()
    try:
        yield found
    finally:
        found.seconds = time.monotonic() - start
        done.set()
        thread.join()


def memory() -> float:
    """Return the MB that the processes below this one hold."""
    total = 0
    for process in psutil.Process().children(recursive=True):
        try:
            full = process.memory_full_info()
        except psutil.Error:  # it has ended
            continue
        total += getattr(full, "pss", full.rss)
    return total / 1e6


def cut(root: Path, pages: int) -> None:
    """Leave so many pages in the contents: the first, `CHAPTER` and those that follow the first."""
    path = root / "_toc.yml"
    contents = yaml.safe_load(path.read_text(encoding="utf-8"))
    named = [chapter["file"] for part in contents["parts"] for chapter in part["chapters"]]
    kept = [CHAPTER, *(name for name in named if name != CHAPTER)][: pages - 1]
    contents["parts"] = [{"caption": "Cut", "chapters": [{"file": name} for name in kept]}]
    path.write_text(yaml.safe_dump(contents, sort_keys=False), encoding="utf-8")
    settings = root / "data" / "review.toml"  # moved addresses may lead to pages that are cut
    text = settings.read_text(encoding="utf-8").partition("\n[redirects]\n")[0]
    settings.write_text(text, encoding="utf-8")


def change(path: Path, old: str, new: str) -> None:
    """Replace text of a file that stands there once."""
    text = path.read_text(encoding="utf-8")
    if text.count(old) != 1:
        raise SystemExit(f"{path}: expected {old!r} once, found it {text.count(old)} times")
    path.write_text(text.replace(old, new), encoding="utf-8")


def stock(folder: Path, pages: int) -> list[tuple[str, Measured]]:
    """Build a stock book cold, with nothing changed and with one page changed."""
    folder.mkdir()
    names = [f"page-{number}" for number in range(1, pages)]
    contents = {"format": "jb-book", "root": "index", "chapters": [{"file": n} for n in names]}
    (folder / "_toc.yml").write_text(yaml.safe_dump(contents), encoding="utf-8")
    for number, name in enumerate(["index", *names]):
        text = STOCK_PAGE.format(number=number)
        (folder / f"{name}.md").write_text(text, encoding="utf-8")

    def build() -> None:
        command = [sys.executable, "-c", _STOCK, "build", "-q", str(folder)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode or not (folder / "_build" / "html" / "index.html").is_file():
            raise SystemExit(f"The stock book was not built:\n{done.stdout}{done.stderr}")

    rows = []
    for what, before in (
        ("stock, cold", lambda: None),
        ("stock, nothing changed", lambda: None),
        ("stock, one page", lambda: change(folder / f"{names[0]}.md", "words", "other words")),
    ):
        before()
        with measuring() as took:
            build()
        rows.append((what, took))
    return rows


def executed(root: Path, before: dict[str, str], began: float) -> list[str]:
    """Return the pages whose code has run: their run-time is another, or they were kept anew."""
    kept = root / "_build" / "kept"
    anew = {
        path.relative_to(kept).as_posix().removesuffix(".shown.json")
        for path in kept.rglob("*.shown.json")
        if path.stat().st_mtime >= began
    }
    now = run_times(root)
    return sorted(page for page, time in now.items() if page in anew or before.get(page) != time)


def run_times(root: Path) -> dict[str, str]:
    """Return the seconds that the code of each page took when it last ran, as text."""
    from reviewbook.site.build import WATCHED
    from reviewbook.site.manifest import RUN_TIMES

    path = root / WATCHED / "_build" / RUN_TIMES
    if not path.is_file():
        return {}
    with path.open(encoding="utf-8", newline="") as file:
        return {row["page"]: row["seconds"] for row in csv.DictReader(file)}


class Ours:
    """The copy of the book, built warm as `watch` does."""

    def __init__(self, root: Path, home: Path, *, whole: bool, compare: bool) -> None:
        from reviewbook.site.watch import WarmBook

        strictly = WarmBook.strictly if whole else ("-q",)
        self.root, self.compare, self.strictly = root, compare, strictly
        home.mkdir()
        self.warm = WarmBook(root, home, options=strictly)
        self.rows: list[tuple[str, Measured]] = []

    def build(self, what: str, first: str = "", *, since: float | None = None) -> Measured:
        """Build, and keep how long it took, or how long it is `since` then."""
        before, began = run_times(self.root), time.time()
        with measuring() as took:
            if wrong := self.warm.build(first):
                raise SystemExit(f"{what}: {wrong}")
        if since is not None:
            took.seconds = time.monotonic() - since
        pages = executed(self.root, before, began)
        named = f": {', '.join(pages)}" if 0 < len(pages) <= 5 else ""
        took.note = f"{len(pages)} pages executed{named}"
        self.rows.append((what, took))
        if not since:
            self.rest()
        return took

    def rest(self) -> None:
        """Wait, as who edits does, until the code of the next build is loaded."""
        end = time.monotonic() + PATIENCE
        while self.warm.ahead and not self.warm.ahead.ready() and time.monotonic() < end:
            time.sleep(0.1)

    def check(self, scratch: Path) -> None:
        """Where it is asked for, compare the warm site with a cold build of the same sources."""
        if not self.compare:
            return
        from reviewbook.site.manifest import finalise_site
        from reviewbook.site.release import differing_files
        from reviewbook.site.watch import WarmBook

        shutil.rmtree(scratch, ignore_errors=True)
        (scratch / "home").mkdir(parents=True)
        other = scratch / "book"
        shutil.copytree(self.root, other, ignore=shutil.ignore_patterns("_build", "__pycache__"))
        with imported_from(other):
            cold = WarmBook(other, scratch / "home", options=self.strictly)
            wrong = cold.build()
            cold.close()
            if wrong:
                raise SystemExit(f"The cold build that was to be compared stopped: {wrong}")
        sites = []
        for name, book in (("warm", self.warm), ("cold", cold)):
            sites.append(shutil.copytree(book.site, scratch / name))
            finalise_site(sites[-1], book.root)
        found = differing_files(*sites)
        few = f": {', '.join(found[:5])}" if found else ""
        note = f"{len(found)} files differ from a cold build{few}"
        self.rows[-1][1].note += f"; {note}"


@contextmanager
def imported_from(root: Path) -> Iterator[None]:
    """Have the programs that are begun take their libraries from the book at `root`."""
    before = {name: os.environ.get(name) for name in variables(root)}
    os.environ |= variables(root)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name)
            else:
                os.environ[name] = value


def ours(folder: Path, asked: argparse.Namespace) -> list[tuple[str, Measured]]:
    """Build the book cold, with nothing, with a chapter and with a count changed."""
    root = folder / "book"
    copy_book(root)
    if asked.pages:
        cut(root, asked.pages)
    with imported_from(root):
        book = Ours(root, folder / "home", whole=not asked.pages, compare=asked.compare)
        if asked.pages:
            book.build("cold")
        else:
            with measuring("make book, everything executed") as took:
                make_book(root)
            book.rows.append(("cold", took))
            book.build("into the folder of watch")
        book.build("nothing changed")
        change(root / f"{CHAPTER}.md", "\n:::{cite-this-chapter}", EDITED)
        book.build("one chapter")
        book.check(folder / "compared")
        shown = counted(book, OTHER)
        rows = (ROW.format(count=count) for count in (COUNT, OTHER))
        change(root / "data" / "outcomes.csv", *rows)
        start = time.monotonic()
        first = book.build("one count, page in view", CHAPTER, since=start)
        if counted(book, OTHER) <= shown:
            raise SystemExit(f"{CHAPTER} does not show the count that was changed")
        first.note += "; it shows the new count"
        book.build("one count, all pages", since=start)
        book.check(folder / "compared")
        book.warm.close()
    return book.rows


def counted(book: Ours, count: str) -> int:
    """Return how often a count stands on the page in view, such as ``17/20``."""
    page = (book.warm.site / f"{CHAPTER}.html").read_text(encoding="utf-8")
    return len(re.findall(rf"\b{count.replace(',', '/')}\b", page))


def verdicts(rows: dict[str, Measured]) -> dict[str, tuple[str, bool]]:
    """Return the goal of each row that has one, and whether it was reached."""
    cold, floor = rows["cold"].seconds, rows["stock, cold"].seconds
    goals: dict[str, tuple[str, Callable[[], bool]]] = {
        "cold": (f"≤ {COLD} × stock, cold", lambda: cold <= COLD * floor),
        "nothing changed": (f"≤ {IDLE:.0f} s", lambda: rows["nothing changed"].seconds <= IDLE),
        "one chapter": (f"≤ {ONE} × cold", lambda: rows["one chapter"].seconds <= ONE * cold),
        "one count, page in view": (
            f"≤ {FIRST:.0f} s", lambda: rows["one count, page in view"].seconds <= FIRST,
        ),
    }  # fmt: skip
    return {name: (goal, reached()) for name, (goal, reached) in goals.items()}


def main() -> None:
    """Build everything once and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--pages", type=int, help="cut the book to so many pages")
    parser.add_argument("--compare", action="store_true", help="warm sites with cold ones")
    asked = parser.parse_args()
    if asked.pages is not None and asked.pages < 2:
        parser.error(f"--pages: expected at least 2, got {asked.pages}")
    with tempfile.TemporaryDirectory(prefix="reviewbook-") as folder:
        rows = ours(Path(folder), asked)
        from reviewbook.review.project import toc_pages

        pages = len(toc_pages(Path(folder) / "book"))
        rows += stock(Path(folder) / "stock", pages)
    found = dict(rows)
    goals = verdicts(found)
    print(
        f"\n{pages} pages, {os.cpu_count()} processors; seconds of the clock, MB of all processes."
    )
    print("\n| what | seconds | × cold | MB | goal | |\n| --- | --- | --- | --- | --- | --- |")
    for what, took in rows:
        goal, reached = goals.get(what, ("", True))
        verdict = f"{goal}: {'reached' if reached else 'missed'}" if goal else ""
        times = took.seconds / found["stock, cold" if "stock" in what else "cold"].seconds
        print(
            f"| {what} | {took.seconds:.1f} | {times:.2f} | {took.memory:.0f} "
            f"| {verdict} | {took.note} |"
        )
    sys.exit(not all(reached for _, reached in goals.values()))


if __name__ == "__main__":
    main()
