"""Warm builds that are right: a chapter is outdated when code or evidence has changed.

Sphinx rebuilds a page when its source file changed. A chapter's numbers come from ``lib/`` and
``data/``, so their content counts as part of every chapter's source.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

FOLDERS = ("lib", "data")
SUFFIXES = frozenset({".py", ".html", ".csv", ".toml", ".json", ".bib"})


def sources_digest(root: Path) -> str:
    """Return the SHA-256 of names and contents of all code and evidence below `root`."""
    digest = hashlib.sha256()
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in SUFFIXES and path.is_file():
                digest.update(str(path.relative_to(root)).encode() + b"\0")
                digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def outdated_chapters(
    app: Sphinx, env: BuildEnvironment, added: set[str], changed: set[str], removed: set[str]
) -> list[str]:
    """Return every known page when code or evidence differs from the last build."""
    digest = sources_digest(Path(app.srcdir))
    last = getattr(env, "reviewbook_sources", None)
    env.reviewbook_sources = digest
    return [] if last == digest else sorted(env.all_docs)


def setup(app: Sphinx) -> None:
    """Connect to the question which pages are outdated."""
    app.connect("env-get-outdated", outdated_chapters)
