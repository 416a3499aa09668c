"""The review of this repository, its built site, and copies that a test may break.

The book is imported where it is asked for, so that the tests of metaprop run where only metaprop
and what it needs are installed.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from xdist.remote import Producer
    from xdist.scheduler import Scheduling

    from review_copy import ReviewCopy
    from reviewbook.book import Book


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Scheduling | None:
    """Deal out groups of tests, where `--dist loadgroup` asks for groups."""
    if config.getvalue("dist") != "loadgroup":
        return None
    from sharing import ByGroup

    # In the order below: by size, a file with one long test would come last.
    config.option.loadscopereorder = False
    return ByGroup(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with what takes long, so that no worker is left with it when the others are done.

    Without workers the order stays that of the files.
    """
    if hasattr(config, "workerinput"):
        longest = ("slow", "browser")
        items.sort(key=lambda item: [item.get_closest_marker(name) is None for name in longest])


@pytest.fixture(scope="session")
def root() -> Path:
    return Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def book(root: Path) -> Book:
    from reviewbook.book import open_book

    return open_book(root)


@pytest.fixture(scope="session")
def site() -> Path:
    from built_site import SITE

    if not (SITE / "index.html").is_file():
        pytest.fail(f"there is no built site at {SITE}: run `make book` first")
    return SITE


@pytest.fixture
def another_copy(tmp_path: Path) -> Callable[[str], ReviewCopy]:
    from review_copy import ReviewCopy

    return lambda name: ReviewCopy(tmp_path / name)


@pytest.fixture
def copy(another_copy: Callable[[str], ReviewCopy]) -> ReviewCopy:
    return another_copy("review")
