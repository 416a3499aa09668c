"""What a page showed when it last ran, kept with the identity of all that it depended on.

A page depends on its source, on the modules that it uses (:mod:`.uses`), on the files that it read
while it ran (:mod:`reviewbook.words.reads`), on the installed libraries and on the settings of the
book's environment variables. As long as all of these are what they were, running it again would
show the same. A page that started a program depends on what cannot be known, and always runs.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

from reviewbook.citation.provenance import sha256
from reviewbook.words.reads import PROGRAM

FOLDER = Path("_build") / "kept"
"""Below the folder of the book."""
_OF_ONE_RUN = tuple(f"REVIEWBOOK_{what}" for what in ("SOUND", "PROGRESS", "WARM", "COLD", "FIRST"))
"""How the variables begin that say something of one build."""


@cache
def surroundings() -> dict[str, str]:
    """Return the versions of Python and of all that is installed, and the book's variables."""
    installed = {f"{one.name} {one.version}" for one in metadata.distributions()}
    variables = {
        name: value
        for name, value in os.environ.items()
        if name.startswith("REVIEWBOOK_") and not name.startswith(_OF_ONE_RUN)
    }
    return {
        "python": sys.version,
        "installed": sha256(str(sorted(installed)).encode()),
        **variables,
    }


def identity(path: Path) -> str:
    """Return the hash of a file, or of the names in a folder; empty where there is neither."""
    try:
        if path.is_dir():
            return sha256("\0".join(sorted(entry.name for entry in path.iterdir())).encode())
        return sha256(path.read_bytes())
    except OSError:
        return ""


class Records:
    """The records of a book's pages.

    Parameters
    ----------
    root : Path
        Folder of the book.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def find(self, name: str, source: str) -> Any:
        """Return what was kept of a page, None when it must run: it is new, or something changed.

        Parameters
        ----------
        source : str
            Its text as it is now.
        """
        try:
            kept = json.loads(self._path(name).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        if kept["source"] != sha256(source.encode()) or kept["surroundings"] != surroundings():
            return None
        unchanged = all(identity(self.root / path) == was for path, was in kept["files"].items())
        return kept["shown"] if unchanged else None

    def keep(
        self, name: str, source: str, modules: Iterable[Path], read: Iterable[str], shown: Any
    ) -> None:
        """Keep what a page showed.

        Parameters
        ----------
        modules : iterable of Path
            Files of the modules that it uses.
        read : iterable of str
            What it read: paths, absolute or from the folder of the book.
        shown : JSON
            What to give back as long as nothing changes.
        """
        self.forget(name)
        read = set(read)
        if PROGRAM in read:
            return
        # A file that is added may be one that was looked for and absent.
        paths = {*map(str, modules), *read, str(self.root / "data")}
        kept = {
            "source": sha256(source.encode()),
            "surroundings": surroundings(),
            "files": self._identities(paths),
            "shown": shown,
        }
        path = self._path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(f".{os.getpid()}")
        part.write_text(json.dumps(kept, ensure_ascii=False), encoding="utf-8")
        part.replace(path)

    def forget(self, name: str) -> None:
        """Keep nothing of a page."""
        self._path(name).unlink(missing_ok=True)

    def _identities(self, paths: Iterable[str]) -> Mapping[str, str]:
        found = {}
        for path in sorted(paths):
            whole = self.root / path
            if not whole.is_relative_to(self.root / "_build"):
                found[path] = identity(whole)
        return found

    def _path(self, name: str) -> Path:
        return self.root / FOLDER / f"{name}.json"
