"""Build on every save, and have the page in the browser load again.

It works in ``_build/watch`` and touches no other folder: the site in ``_build/html`` stays the one
that was built strictly from clean. A build works on from the last good one, of which everything is
kept, so what a failed build has read and written is forgotten: its warnings would not be said again
for pages that the next build does not read, and its numbers could stay on pages that it wrote.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from reviewbook import words
from reviewbook.evidence.evidence import SOUND, digest

from .build import SOURCES, WATCHED, assert_jupyter_book_1, isolated_environment, run
from .forks.ahead import Ahead, code_of
from .lock import alone
from .progress import FIRST, VARIABLE

if TYPE_CHECKING:
    from .live import Live

PLACES = ("lib", "data", "chapters", "index.md", "_config.yml", "_toc.yml")
_TEMPORARY = re.compile(r"[.#].*|.*(~|\.sw[a-z]|\.tmp|\.bak|\.pyc)|\d+|__pycache__")
"""Names of files that editors and Python keep for themselves; Vim tries out a folder with 4913."""
_LOOK = 0.4  # seconds between two looks at the files
# What Jupyter Book says of itself, and Sphinx where it takes the error of a cell for its own.
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
_CHATTER = re.compile(
    r"^(?:(?:Running Jupyter-Book|Source Folder:|Config Path:|Output Path:).*"
    r"|Exception occurred:\n(?s:.*?)^A bug report can be filed.*)\n",
    flags=re.MULTILINE,
)
# In a process of its own: the code may be what was changed.
_CHECK = (
    "import sys; from pathlib import Path; from reviewbook.site.build import check_evidence\n"
    "try: check_evidence(Path(sys.argv[1]))\n"
    "except (ValueError, OSError) as error: sys.exit(str(error))"
)

Files = dict[str, tuple[int, int]]
"""What can be seen of files without reading them: when each was written and its size."""


def files(root: Path, places: Iterable[str] = PLACES) -> Files:
    """Return the files of the book at `root` that a page may depend on, by their path."""
    found: Files = {}
    for path in _walk([root / place for place in places]):
        try:
            stat = path.stat()
        except FileNotFoundError:  # an editor was quicker
            continue
        found[path.relative_to(root).as_posix()] = stat.st_mtime_ns, stat.st_size
    return found


def _walk(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        if _TEMPORARY.fullmatch(path.name):
            continue
        if path.is_dir():
            yield from _walk(sorted(path.iterdir()))
        elif path.is_file():
            yield path


def changed(before: Mapping[str, object], after: Mapping[str, object]) -> list[str]:
    """Return the names of files that were changed, added or removed, sorted."""
    return sorted({name for name, _ in before.items() ^ after.items()})


def settled(root: Path, before: Files) -> Files:
    """Return the files once nothing more is written: several are often saved at once."""
    now = files(root)
    while now != before:
        before = now
        time.sleep(_LOOK)
        now = files(root)
    return now


def mirror(source: Path, target: Path) -> None:
    """Make `target` a copy of `source`, of which only what differs is copied.

    The environment of Sphinx comes last: where that is older than the pages they are read again,
    so that a copy which was cut off leads to no wrong page.
    """
    theirs, ours = _all_files(source), _all_files(target)
    for name in ours.keys() - theirs.keys():
        (target / name).unlink()
        with suppress(OSError):  # not empty
            for folder in Path(name).parents[:-1]:
                (target / folder).rmdir()
    differing = changed(theirs, {name: seen for name, seen in ours.items() if name in theirs})
    for name in sorted(differing, key=lambda name: name.endswith("/environment.pickle")):
        place = target / name
        place.parent.mkdir(parents=True, exist_ok=True)
        part = place.with_name(f"{place.name}.part")  # nobody is served half a page
        shutil.copy2(source / name, part)
        part.replace(place)


def _all_files(folder: Path) -> Files:
    found: Files = {}
    for path in filter(Path.is_file, folder.rglob("*")):
        stat = path.stat()
        found[path.relative_to(folder).as_posix()] = stat.st_mtime_ns, stat.st_size
    return found


def what_is_wrong(printed: str) -> str:
    """Return what a build that stopped has printed, without what it says of other things."""
    return _CHATTER.sub("", _COLOURS.sub("", printed)).strip()


class Unsound(Exception):
    """The evidence that a build has begun with is not sound."""


def sound(checked: Future[str]) -> Callable[[], None]:
    """Return what raises once a check that goes on meanwhile has found something."""

    def look() -> None:
        if checked.done() and checked.result():
            raise Unsound

    return look


class WarmBook:
    """The site of the book at `root` as it was last built well, and how it is built again.

    Parameters
    ----------
    root, home : path
        Folder of the book; an empty folder for the settings of the programs that build it.
    options : tuple of str
        How Jupyter Book builds; by default as strictly as for the site that is built from clean.

    Attributes
    ----------
    site : path
        Folder of that site; it is not there before the first build.
    environment : dict
        Variables of the programs that build it.
    read : list of str
        The pages that the last build has read.
    ahead : Ahead or None
        What has loaded the code of the next build, or is about to.
    """

    strictly = ("-W", "-n", "--keep-going", "-q")

    def __init__(self, root: Path, home: Path, *, options: tuple[str, ...] = strictly) -> None:
        self.root, self._options = root, options
        self._working = root / WATCHED / "_build"
        self._good = root / WATCHED / "good"
        self.site = self._good / "html"
        self.environment = isolated_environment(home)
        self._log = home / "progress"
        self._sound = ""
        self.ahead: Ahead | None = None
        self.read: list[str] = []

    def build(self, first: str = "") -> str:
        """Build what has changed; return what went wrong, nothing when all is well.

        `first` is the page that the build is about when the others can wait.
        """
        self._log.unlink(missing_ok=True)
        self._working.mkdir(parents=True, exist_ok=True)
        mirror(self._good, self._working)
        command = [
            *("build", str(self.root), "--path-output", str(self.root / WATCHED)),
            *self._options,
        ]
        found = digest(self.root / "data")
        environment = self.environment | {VARIABLE: str(self._log), SOUND: found}
        if first:
            environment[FIRST] = first
        with ThreadPoolExecutor(1) as other:
            # Checked while the build begins: nearly always it is sound.
            checked = other.submit(self._check, found)
            with suppress(Unsound):
                done = self._run(command, environment, sound(checked))
        self.prepare()
        if wrong := checked.result():
            return wrong
        self.read = self._log.read_text("utf-8").split("\n")[:-1] if self._log.is_file() else []
        if done.returncode:
            return what_is_wrong(done.stdout)
        mirror(self._working, self._good)
        return ""

    def _run(
        self, command: list[str], environment: Mapping[str, str], look: Callable[[], None]
    ) -> subprocess.CompletedProcess[str]:
        """Run Jupyter Book: a fork of what is loaded, where the code is still the same."""
        ahead = self.ahead
        if ahead and ahead.ready() and ahead.code == code_of(self.root, self.environment):
            with suppress(ConnectionError):
                return ahead.run(
                    ["jupyter-book", *command],
                    folder=self.root, environment=environment, look=look,
                )  # fmt: skip
        program = [sys.executable, "-m", "reviewbook.sphinxext.command"]
        return run([*program, *command], folder=self.root, environment=environment, look=look)

    def prepare(self) -> None:
        """Have the code loaded for the next build, while nothing is built."""
        if sys.platform != "linux":
            return
        code = code_of(self.root, self.environment)
        if self.ahead and self.ahead.code != code:
            self.close()
        if self.ahead is None:
            self.ahead = Ahead(self.root, self.environment)

    def close(self) -> None:
        """End what was kept for the next build."""
        if self.ahead:
            self.ahead.end()
            self.ahead = None

    def _check(self, found: str) -> str:
        """Check the evidence unless it is what was checked; return what is wrong.

        `found` is its hash.
        """
        if found == self._sound:
            return ""
        command = [sys.executable, "-c", _CHECK, str(self.root)]
        done = run(command, folder=self.root, environment=self.environment)
        self._sound = "" if done.returncode else found
        return done.stdout.strip() if done.returncode else ""


def page_of(root: Path, file: str) -> str:
    """Return the page that a file of the site was made from; nothing for any other file."""
    name = file.removesuffix(".html")
    made = name != file and any((root / f"{name}{suffix}").is_file() for suffix in SOURCES)
    return name if made else ""


def keep_building(book: WarmBook, live: Live) -> Iterator[list[str]]:
    """Build everything, then after every change; yield the names of files that led to a build.

    The page that was asked for last is built and shown before the rest. Changes during a build wait
    for its end and lead to one build.
    """
    seen: Files = {}
    rest = False
    while True:
        now = settled(book.root, seen)
        names = changed(seen, now) if seen else ["everything"]
        if not names and not rest:
            time.sleep(_LOOK)
            continue
        seen = now
        first = page_of(book.root, live.last) if names else ""
        began = time.monotonic()
        wrong = book.build(first)
        print(told(names, book.read, first, wrong, time.monotonic() - began), flush=True)
        live.show(wrong)
        # What a failed build was to do is left for the next one.
        rest = bool(first) and not wrong
        yield names


def _some(names: list[str]) -> str:
    more = [f"{len(names) - 3} more"] if len(names) > 3 else []
    return words.join([*names[:3], *more])


def told(names: list[str], read: list[str], first: str, wrong: str, seconds: float) -> str:
    """Return what a build did, or what went wrong, and which files led to it."""
    why = f"{_some(names) or 'The rest'}:"
    if wrong:
        return f"{why} the build stopped after {seconds:.1f} s.\n{wrong}"
    what = f"read {_some(read)}" if read else "no page to read"
    order = "; the page in view, the rest follows" if first else ""
    return f"{why} {what}, {seconds:.1f} s{order}."


def watch(root: Path, port: int) -> None:
    """Build and serve until the process is stopped."""
    from .live import Live  # the libraries of a server are for this command alone

    def say(sentence: str) -> None:
        print(sentence, flush=True)

    assert_jupyter_book_1()
    with (
        alone(root, say, lock=WATCHED / "lock", what="watch"),
        tempfile.TemporaryDirectory(prefix="reviewbook-", ignore_cleanup_errors=True) as home,
    ):
        book = WarmBook(root, Path(home))
        try:
            with Live(book.site, port).serving() as live:
                say(
                    f"{live.address}  (Ctrl-C ends)\nBuilding; the pages show themselves when done."
                )
                for _ in keep_building(book, live):
                    pass
        finally:
            book.close()
