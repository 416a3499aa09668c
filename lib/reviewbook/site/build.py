"""Build the book strictly: from clean, warnings as errors, every page present afterwards.

The site appears under ``_build/html`` only when all of it succeeded: the build works in
``_build/staging`` and moves the finished site at the end, so a failed build leaves no
half-written or outdated site behind.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib import metadata
from pathlib import Path, PurePosixPath
from typing import IO

from reviewbook import words
from reviewbook.citation.edition import Edition
from reviewbook.citation.provenance import UNKNOWN, commit
from reviewbook.evidence.evidence import SOUND, digest, load_evidence
from reviewbook.pooling.study_book import open_studies
from reviewbook.review.project import load_review, toc_pages
from reviewbook.review.settings import Review
from reviewbook.review.study_review import StudyReview
from reviewbook.site import SiteError
from reviewbook.words.marked import MARKING

from .forks.forked import Forked
from .lock import LOCK, alone
from .manifest import finalise_site
from .progress import VARIABLE, following
from .search_wording import SPECIAL, read_wording
from .sources import record, sources

SITE = Path("_build") / "html"
STAGING = Path("_build") / "staging"
SOURCES = (".md", ".ipynb", ".rst")
_FORMER = re.compile(r"[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*")
# Versions published earlier; a build of the current one leaves them alone.
RELEASES = Path("_build") / "release"
WATCHED = Path("_build") / "watch"
"""What `watch` builds, with its lock; a build from clean leaves it alone."""

# Threads of the linear algebra under numpy and scipy. Its matrices are small here: several threads
# only wait for each other (one chapter took ten times as long on a busy machine), and how many
# there are can change the last digit of a sum.
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")

_LOOK = 0.3  # seconds between two looks at how far a build is
_PATIENCE = 10  # seconds that a program has to end when it is asked to


class BuildError(SiteError):
    """The book could not be built; the message says what to do."""


def assert_jupyter_book_1() -> None:
    """Raise if jupyter-book is not 1.x.

    Version 2 is another program: on a book of version 1 it exits with 0 and writes no page.
    """
    version = metadata.version("jupyter-book")
    if not version.startswith("1."):
        raise BuildError(
            f"jupyter-book {version} is installed, 1.x is needed: run `make clean`, delete .venv "
            "and run `make book` again, so that requirements.lock is used."
        )


def missing_pages(root: Path, site: Path) -> list[str]:
    """Pages of the table of contents that the built site lacks or holds empty."""
    files = {page: site / f"{page}.html" for page in toc_pages(root)}
    return [page for page, path in files.items() if not path.is_file() or not path.stat().st_size]


def isolated_environment(home: Path) -> dict[str, str]:
    """Environment of the build: no setting of the user's own Jupyter or matplotlib leaks in."""
    profile = home / "ipython" / "profile_default"
    profile.mkdir(parents=True)
    # The kernel's own notices (about its sockets) would drown what matters in the log. A history of
    # what was run is a database, with a thread, that nobody asks.
    (profile / "ipython_kernel_config.py").write_text(
        "c.IPKernelApp.log_level = 'ERROR'\nc.HistoryManager.enabled = False\n"
    )
    return {
        **os.environ,
        "JUPYTER_CONFIG_DIR": str(home / "jupyter"),
        "JUPYTER_DATA_DIR": str(home / "jupyter"),
        "JUPYTER_PLATFORM_DIRS": "0",
        "IPYTHONDIR": str(home / "ipython"),
        "MPLCONFIGDIR": str(home / "matplotlib"),
        "PYTHONHASHSEED": "0",
        "PYTHONNOUSERSITE": "1",
        "LC_ALL": "C.UTF-8",
        "MPLBACKEND": "agg",
        MARKING: "1",  # numbers of the text say where they come from
        **dict.fromkeys(THREADS, "1"),
    }


def run(
    command: Sequence[str],
    *,
    folder: Path,
    environment: Mapping[str, str],
    look: Callable[[], None] = lambda: None,
) -> subprocess.CompletedProcess[str]:
    """Run a program in `folder`; return its exit status and what it printed to either stream.

    Meanwhile `look` is called a few times a second.

    It gets a process group of its own, all of which is ended when this process is stopped: by
    Ctrl-C, or by the signal that a job is cancelled with.
    """
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    assert process.stdout
    printed = attended(process, process.stdout, look)
    return subprocess.CompletedProcess(command, process.returncode, printed)


def attended(
    process: subprocess.Popen[bytes] | Forked, printed: IO[bytes], look: Callable[[], None]
) -> str:
    """Wait for a process that leads a group; return what was printed.

    The group is ended when this process is stopped meanwhile, or `look` raises.
    """
    with ThreadPoolExecutor(1) as other, printed:
        text = other.submit(printed.read)
        try:
            while True:
                try:
                    process.wait(_LOOK)
                    break
                except subprocess.TimeoutExpired:
                    look()
        except BaseException:
            os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(_PATIENCE)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
            raise
        return text.result().decode("utf-8", "replace")


def run_jupyter_book(root: Path, output: Path, told: Mapping[str, str]) -> None:
    """Run ``jupyter-book build`` strictly into `output`; raise, with its log, if it complains.

    `told` are further variables of its environment and that of the chapters.
    """
    command = [
        *(sys.executable, "-m", "reviewbook.sphinxext.command"),
        *("build", str(root), "--path-output", str(output)),
        *("--all", "-W", "-n", "--keep-going", "-q"),
    ]
    try:
        log = output / "progress"
        environment = {**isolated_environment(output / "home"), VARIABLE: str(log), **told}
        with following(log, len(toc_pages(root))) as pages:
            done = run(command, folder=root, environment=environment, look=pages.look)
            pages.look()
    except KeyboardInterrupt:
        raise KeyboardInterrupt("there is no site until a build is complete") from None
    if done.returncode:
        raise BuildError(
            f"{done.stdout}\nThe build stopped. Warnings count as errors, and so does a cell that "
            "fails or writes to standard error."
        )


def why_unknown(root: Path) -> str:
    """Return why the commit of the sources cannot be told; empty when it can."""
    if commit(root).sha != UNKNOWN:
        return ""
    if not (root / ".git").exists():
        return f"{root} is neither a clone nor an archive made by git"
    try:
        git = subprocess.run(
            ["git", "-C", str(root), "log", "-1"], capture_output=True, text=True, check=False
        )
    except OSError as error:
        return f"git cannot be run ({error.strerror})"
    return f"git says: {git.stderr.strip()}"


def clear(root: Path) -> None:
    """Remove what earlier builds left, so that a build that fails leaves no outdated site.

    The site goes first, and at once: a removal that is interrupted leaves no half of it.
    """
    site, gone = root / SITE, root / "_build" / "html.old"
    if site.is_dir():
        shutil.rmtree(gone, ignore_errors=True)
        site.rename(gone)
    for path in (root / "_build").glob("*"):
        if path.is_dir() and not path.is_symlink():
            if path not in (root / RELEASES, root / WATCHED):
                shutil.rmtree(path)
        elif path != root / LOCK:
            path.unlink()


def check_contents(root: Path) -> None:
    """Raise for what of the contents and the settings would end a build of sound evidence."""
    review, pages = load_review(root), toc_pages(root)
    # A wrong address or date would otherwise end the build when the pages are executed.
    Edition.load(root)
    named: dict[str, str] = {}
    for page in pages:
        other = named.setdefault(PurePosixPath(page).name.casefold(), page)
        if other != page:
            raise BuildError(
                f"_toc.yml: {other} and {page} would share one notebook and one citation file; "
                "expected file names that differ in more than capitals, also in other folders"
            )
    absent = [page for page in pages if not any((root / f"{page}{s}").is_file() for s in SOURCES)]
    if absent:
        raise BuildError(f"_toc.yml: expected files of the book, found {words.join(absent)}")
    for old, new in review.redirects.items():
        if not _FORMER.fullmatch(old):  # a file is written there
            expected = "folders and a name of letters, digits, - and _, such as chapters/old-page"
            raise BuildError(f"review.toml: redirects: expected {expected}, found {old!r}")
        if new not in pages or old in pages:
            expected = "a page of _toc.yml, from an address that is none"
            raise BuildError(f"review.toml: redirects.{old}: expected {expected}, found {new!r}")
    if unknown := [*_unknown_chapters(review, pages), *_unknown_searched(root, pages)]:
        raise BuildError("\n  ".join(unknown))


def _unknown_chapters(review: Review, pages: Collection[str]) -> Iterator[str]:
    """Yield the settings that name a chapter which the contents lack: tables link to it."""
    named: dict[str, str]
    if isinstance(review, StudyReview):
        named = {
            f"outcomes[{i}].chapter": review.study_outcome(one.id).page
            for i, one in enumerate(review.outcomes)
        }
    else:
        named = {
            **{f"outcomes[{i}].chapter": one.chapter for i, one in enumerate(review.outcomes)},
            **{
                f"further_outcomes[{i}].chapter": one.chapter
                for i, one in enumerate(review.further_outcomes)
            },
            **{f"topics.{name}.chapter": topic.chapter for name, topic in review.topics.items()},
        }
    for place, chapter in named.items():
        page = f"chapters/{chapter.removeprefix('chapters/')}"
        if page not in pages:
            expected = "the name of a file in chapters/ that _toc.yml lists, without its suffix"
            yield f"review.toml: {place}: expected {expected}; found {chapter!r}"


def _unknown_searched(root: Path, pages: Collection[str]) -> Iterator[str]:
    """Yield the pages that the words of the search name and the contents lack."""
    if not (root / SPECIAL).is_file():
        return
    words_of = read_wording(root / SPECIAL)
    for setting in ("cohorts", "called"):
        for page in getattr(words_of, setting):
            if page not in pages:
                expected = "a page of _toc.yml, such as chapters/methods"
                yield f"{SPECIAL.name}: {setting}: expected {expected}; found {page!r}"


def check_evidence(root: Path) -> str:
    """Check the evidence of the book at `root`; return a hash of what was checked.

    Raises
    ------
    ValueError
        Says what is wrong, by file, row and column.
    """
    sound = digest(root / "data")
    review = load_review(root)
    if isinstance(review, StudyReview):
        open_studies(root)
    else:
        load_evidence(review, check=True)
    return sound


def build(root: Path) -> Path:
    """Build the site of the book at `root` from clean and return its folder.

    Another build in the same folder is waited for.
    """
    with alone(root, lambda sentence: print(sentence, flush=True)):
        return _build(root)


def _build(root: Path) -> Path:
    assert_jupyter_book_1()
    built_from = sources(root)
    sound = check_evidence(root)
    check_contents(root)
    clear(root)
    staging = root / STAGING
    staging.mkdir(parents=True)
    run_jupyter_book(root, staging, {SOUND: sound})
    built = staging / "_build" / "html"
    absent = missing_pages(root, built)
    if absent:
        raise BuildError(f"These pages of _toc.yml were not built: {', '.join(absent)}")
    finalise_site(built, root)
    shutil.move(built, root / SITE)
    record(root, built_from)
    shutil.rmtree(staging)
    return root / SITE
