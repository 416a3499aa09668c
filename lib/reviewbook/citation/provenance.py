r"""Where a book comes from: commit, versions, and the identifiers of its files and outputs.

Everything here is computed with the standard library, so that it works in a clone, in an
archive without ``.git`` and without git installed; what cannot be known is said to be unknown.

References
----------
.. [1] ISO/IEC 18670:2025, SoftWare Hash IDentifier (SWHID), object type ``cnt``: the SHA-1 of
   ``b"blob <length>\0" + content``, which is what ``git hash-object`` prints.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import platform
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from reviewbook.words import reads

UNKNOWN = "unknown"

# Filled in by `git archive` (export-subst), so that a downloaded archive knows its commit.
ARCHIVE_FILE = ".git_archival.txt"

# The libraries that can change a number or a drawing of the book.
LIBRARIES = (
    "numpy",
    "scipy",
    "statsmodels",
    "pandas",
    "matplotlib",
    "seaborn",
    "jupyter-book",
    "sphinx",
    "myst-nb",
    "sphinx-book-theme",
    "sphinxcontrib-bibtex",
)


@dataclass(frozen=True, slots=True)
class Commit:
    """The state of the sources.

    Attributes
    ----------
    sha : str
        Full commit hash, or ``"unknown"`` outside a clone.
    date : str
        Commit date, ISO 8601 day in UTC, or ``"unknown"``.
    dirty : bool or None
        True if any tracked file differs or an untracked file is present; None if not knowable.
    """

    sha: str
    date: str
    dirty: bool | None

    @property
    def swhid(self) -> str:
        """SWHID of the revision; empty where the commit is unknown or is not what was built."""
        return "" if self.sha == UNKNOWN or self.dirty else f"swh:1:rev:{self.sha}"

    def describe(self) -> str:
        """Return the commit in words, with what is not committed or not known said plainly."""
        if self.sha == UNKNOWN:
            return "commit unknown"
        state = {True: " with uncommitted changes", False: "", None: " (from an archive)"}
        return f"commit {self.sha[:12]}{state[self.dirty]}"


@dataclass(frozen=True, slots=True)
class FileIdentity:
    """Identifiers of the bytes of one file: path in the repository, size, SHA-256, SWHID."""

    path: str
    size: int
    sha256: str
    swhid: str


def _git(root: Path, *arguments: str) -> str | None:
    """Output of a git command at `root`, or None when there is no git or no repository there."""
    reads.tell(".git")  # a page that found none runs again once there is one
    # Without this a book unpacked inside somebody else's repository would report that one.
    if not (root / ".git").exists():
        return None
    try:
        done = subprocess.run(
            ["git", "--no-optional-locks", "-C", str(root), *arguments],
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()


def _day(timestamp: str) -> str:
    """ISO day in UTC of a count of seconds since 1970."""
    return dt.datetime.fromtimestamp(int(timestamp), tz=dt.UTC).date().isoformat()


def commit(root: Path) -> Commit:
    """Return the commit of the sources at `root`: from git, else from the archive file."""
    line = _git(root, "log", "-1", "--format=%H %ct")
    if line:
        sha, seconds = line.split()
        status = _git(root, "status", "--porcelain")
        return Commit(sha=sha, date=_day(seconds), dirty=None if status is None else bool(status))
    archive = root / ARCHIVE_FILE
    if archive.is_file():
        found = re.fullmatch(r"([0-9a-f]{40}) (\d+)", archive.read_text(encoding="utf-8").strip())
        if found:
            return Commit(sha=found[1], date=_day(found[2]), dirty=None)
    return Commit(sha=UNKNOWN, date=UNKNOWN, dirty=None)


def edition_date(root: Path) -> str:
    """Return the ISO day of this edition: ``SOURCE_DATE_EPOCH``, else its commit, else unknown.

    The clock is never asked: two builds of the same sources carry the same date.
    """
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    if epoch:
        if not epoch.isdigit():
            raise ValueError(f"SOURCE_DATE_EPOCH is {epoch!r}, expected seconds since 1970-01-01.")
        return _day(epoch)
    return commit(root).date


def library_versions() -> dict[str, str]:
    """Return ``{"python": …, library: version}``; a library that is missing is ``"unknown"``."""
    versions = {"python": platform.python_version()}
    for name in LIBRARIES:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            versions[name] = UNKNOWN
    return versions


def sha256(content: bytes) -> str:
    """Return the SHA-256 of `content` in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def swhid(content: bytes) -> str:
    """Return the SWHID of `content` as a file, ``swh:1:cnt:<40 hex digits>`` [1]_."""
    blob = hashlib.sha1(b"blob %d\0" % len(content), usedforsecurity=False)
    blob.update(content)
    return f"swh:1:cnt:{blob.hexdigest()}"


def identify(root: Path, path: str | Path) -> FileIdentity:
    """Return the identifiers of one file of the repository, named by its path below `root`."""
    relative = Path(path)
    content = (root / relative).read_bytes()
    return FileIdentity(relative.as_posix(), len(content), sha256(content), swhid(content))


def lock_hash(root: Path) -> str:
    """Return the SHA-256 of ``requirements.lock``, or ``"unknown"`` if there is none."""
    lock = root / "requirements.lock"
    return sha256(lock.read_bytes()) if lock.is_file() else UNKNOWN


def outputs_hash(notebook: Mapping[str, Any]) -> str:
    """Return the SHA-256 of what the cells of an executed notebook printed and drew.

    Hashed is the canonical JSON (sorted keys, no spaces, UTF-8) of the list of outputs of each
    code cell: output type, stream name, text, data, error. Left out is everything that says when
    or how fast a cell ran: metadata, execution counts, cell ids.

    Parameters
    ----------
    notebook : mapping
        A Jupyter notebook of format 4, as parsed from its JSON.
    """
    kept = ("output_type", "name", "text", "data", "ename", "evalue")
    cells = [
        [{key: _joined(output[key]) for key in kept if key in output} for output in cell["outputs"]]
        for cell in notebook["cells"]
        if cell["cell_type"] == "code"
    ]
    text = json.dumps(cells, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return sha256(text.encode("utf-8"))


def has_outputs(notebook: Mapping[str, Any]) -> bool:
    """Whether any cell of an executed notebook printed or drew something."""
    return any(cell.get("outputs") for cell in notebook["cells"])


def _joined(value: Any) -> Any:
    """Text that a notebook file may store as a list of lines, as one string."""
    if isinstance(value, list) and all(isinstance(line, str) for line in value):
        return "".join(value)
    if isinstance(value, Mapping):
        return {key: _joined(item) for key, item in value.items()}
    return value
