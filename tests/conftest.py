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
    from review_copy import ReviewCopy
    from reviewbook.book import Book


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Share the tests among workers: a file to each, and what takes long before the rest.

    What a file makes for all its tests is then made once. A file whose tests belong to other groups
    says so with the mark ``xdist_group``. Without workers the order stays that of the files.
    """
    if not hasattr(config, "workerinput"):
        return
    for item in items:
        if item.get_closest_marker("xdist_group") is None:
            item.add_marker(pytest.mark.xdist_group(item.path.stem))
    longest_first = ("slow", "browser")
    items.sort(key=lambda item: [item.get_closest_marker(name) is None for name in longest_first])


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
