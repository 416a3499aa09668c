"""What a site was built from, and whether that is still what stands there."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path

from reviewbook.citation.provenance import commit, sha256
from reviewbook.site import SiteError

RECORD = Path("_build") / "sources.json"
NO_SOURCES = ("_build", "tests", "bench", "__pycache__")
"""Folders whose files no page depends on; so are those whose names begin with a dot."""
FOR_PEOPLE = ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "docs/*.md", "docs/*.png")
"""Files that are read in the repository and by no page."""


class StaleSiteError(SiteError):
    """The site is older than its sources; the message names them."""


def sources(root: Path) -> dict[str, str]:
    """Return path -> SHA-256 of every file that a page may depend on."""
    found = {path.relative_to(root).as_posix(): path for path in _files(root)}
    return {
        name: sha256(path.read_bytes())
        for name, path in found.items()
        if not any(fnmatchcase(name, pattern) for pattern in FOR_PEOPLE)
    }


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or path.name in NO_SOURCES or path.name.endswith(".egg-info"):
            continue
        if path.is_dir():
            yield from _files(path)
        elif path.is_file():
            yield path


def record(root: Path, found: Mapping[str, str]) -> None:
    """Keep beside the site what it was built from: the commit, when nothing else, and the files."""
    kept = {"commit": commit(root).swhid, "files": found}
    (root / RECORD).write_text(json.dumps(kept, indent=0), encoding="utf-8")


def is_of_this_commit(root: Path) -> bool:
    """Whether there is a finished site, and it was built from the commit that stands there now."""
    if not (root / RECORD).is_file():
        return False
    then = json.loads((root / RECORD).read_text(encoding="utf-8"))["commit"]
    return bool(then) and then == commit(root).swhid and not changed_since(root)


def changed_since(root: Path) -> list[str]:
    """Return the files that were changed, added or removed since the site was built, sorted."""
    then = json.loads((root / RECORD).read_text(encoding="utf-8"))["files"]
    return sorted({name for name, _ in then.items() ^ sources(root).items()})


def assert_fresh(root: Path) -> None:
    """Raise when the site is older than a source.

    Raises
    ------
    StaleSiteError
        Naming the first few files; also when there is no site.
    """
    if not (root / RECORD).is_file():
        raise StaleSiteError("There is no finished site: run `make book` first.")
    changed = changed_since(root)
    if changed:
        named = ", ".join(changed[:3])
        more = f" and {len(changed) - 3} more" if len(changed) > 3 else ""
        raise StaleSiteError(f"The site is older than {named}{more}: run `make book` first.")
