"""The review of this repository, its built site, and copies that a test may break."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from built_site import SITE
from review_copy import ROOT, ReviewCopy
from reviewbook.book import Book, open_book


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def book() -> Book:
    return open_book(ROOT)


@pytest.fixture(scope="session")
def site() -> Path:
    if not (SITE / "index.html").is_file():
        pytest.fail(f"there is no built site at {SITE}: run `make book` first")
    return SITE


@pytest.fixture
def copy(tmp_path: Path) -> ReviewCopy:
    return ReviewCopy(tmp_path / "review")


@pytest.fixture
def another_copy(tmp_path: Path) -> Callable[[str], ReviewCopy]:
    return lambda name: ReviewCopy(tmp_path / name)
