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
from collections.abc import Iterable
from contextlib import suppress
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

from reviewbook.citation.provenance import sha256
from reviewbook.words.reads import PROGRAM

FOLDER = Path("_build") / "kept"
"""Below the folder of the book."""
_OF_ONE_RUN = tuple(
    f"REVIEWBOOK_{what}" for what in ("SOUND", "PROGRESS", "WARM", "COLD", "FIRST", "COMPUTED")
)
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
    """The records of a book's pages; one instance serves one build.

    Parameters
    ----------
    root : Path
        Folder of the book.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._identities: dict[str, str] = {}

    def has(self, name: str, source: str) -> bool:
        """Whether a page would show what it showed when it was kept.

        Parameters
        ----------
        source : str
            Its text as it is now.
        """
        try:
            was = json.loads(self._path(name, "depends").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return False
        return bool(
            was["source"] == sha256(source.encode())
            and was["surroundings"] == surroundings()
            and all(self._identity(path) == then for path, then in was["files"].items())
        )

    def find(self, name: str, source: str) -> Any:
        """Return what was kept of a page, None when it must run."""
        if not self.has(name, source):
            return None
        return json.loads(self._path(name, "shown").read_text(encoding="utf-8"))

    def keep(
        self, name: str, source: str, modules: Iterable[Path], read: Iterable[str], shown: Any
    ) -> None:
        """Keep what a page showed; where nothing can be written, it will have to run again.

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
        built = self.root / "_build"
        depends = {
            "source": sha256(source.encode()),
            "surroundings": surroundings(),
            "files": {
                path: self._identity(path)
                for path in sorted(paths)
                if not (self.root / path).is_relative_to(built)
            },
        }
        with suppress(OSError):
            # What it depends on comes last: without it there is no record.
            for part, value in (("shown", shown), ("depends", depends)):
                path = self._path(name, part)
                path.parent.mkdir(parents=True, exist_ok=True)
                new = path.with_name(f"{path.name}.{os.getpid()}")
                new.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")
                new.replace(path)

    def forget(self, name: str) -> None:
        """Keep nothing of a page."""
        with suppress(OSError):
            self._path(name, "depends").unlink(missing_ok=True)

    def _identity(self, path: str) -> str:
        if path not in self._identities:
            self._identities[path] = identity(self.root / path)
        return self._identities[path]

    def _path(self, name: str, part: str) -> Path:
        return self.root / FOLDER / f"{name}.{part}.json"
