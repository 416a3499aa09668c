"""The built site, each page parsed once in a run. Build it first with `make book`.

The tests of one page run on one worker, and those that go through all pages on one.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from built_site import PAGES, parse


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    own = any("page" in mark.args[0] for mark in metafunc.definition.iter_markers("parametrize"))
    if "page" in metafunc.fixturenames and not own:
        names = [name.removeprefix("chapters/") for name in PAGES]
        metafunc.parametrize("page", PAGES, ids=names)


@pytest.fixture
def soup(site: Path, page: str) -> BeautifulSoup:
    path = site / f"{page}.html"
    if not path.is_file():
        pytest.fail(f"{page} stands in _toc.yml but was not built")
    return parse(path)
