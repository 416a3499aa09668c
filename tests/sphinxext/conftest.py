"""Sites of the tiny book that several files of this room look at, each built once in a run.

Who asks for one belongs to the group "tiny book", so that one worker builds for all.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from sphinx.config import Config

SUFFIXES = dict(Config.config_values["source_suffix"].default)


@pytest.fixture(scope="session")
def plain_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sources of the tiny book, with the configuration of this repository as it is."""
    from tiny_book import write_tiny_book

    return write_tiny_book(tmp_path_factory.mktemp("plain") / "book")


@pytest.fixture(scope="session")
def plain(plain_root: Path) -> Path:
    """Its site: no address, no repository. It is read and left as it is."""
    from tiny_book import build_tiny_book

    return build_tiny_book(plain_root)


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site that the environment alone gives an address and a repository."""
    from tiny_book import PUBLISHED_AT, REPOSITORY, build_tiny_book, write_tiny_book

    told = {"REVIEWBOOK_BASE_URL": PUBLISHED_AT, "REVIEWBOOK_REPOSITORY": REPOSITORY}
    return build_tiny_book(write_tiny_book(tmp_path_factory.mktemp("published") / "book"), **told)


@pytest.fixture(autouse=True)
def suffixes_as_sphinx_has_them() -> None:
    """Sphinx writes the suffixes of one build's extensions into its own default for every later
    build of the process: what one test has built would decide what another takes for a page."""
    default = Config.config_values["source_suffix"].default
    default.clear()
    default.update(SUFFIXES)
