"""Which tests run on one worker, so that what they make for one another is made once in a run.

pytest-xdist 3.8 has a mark for groups, which pytest 9.2 does not let through: it is written to a
field of the test that is no longer read, and each test is dealt out alone. So groups are told from
the names of tests here, by the hook that pytest-xdist has for it.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from xdist.scheduler import LoadScopeScheduling

ROOT = Path(__file__).resolve().parents[1]
TOGETHER = {
    "tests/metaprop/test_agreement_more.py": "comparisons with R",
    "tests/metaprop/test_agreement_with_r.py": "comparisons with R",
    "tests/metaprop/test_survival_curves.py": "comparisons with R",
    "tests/sphinxext/test_configuration.py": "tiny book",
    "tests/sphinxext/test_typed_links.py": "tiny book",
}
"""Files that make something together; any other file is a group of its own."""
BY_PAGE = ("browser", "site")
"""Rooms that look at built pages: all tests of one page are a group."""


@cache
def pages() -> tuple[str, ...]:
    """Names of the pages as they stand in names of tests, the longest first."""
    contents = (ROOT / "_toc.yml").read_text(encoding="utf-8")
    found = re.findall(r"\b(?:file|root): (\S+)", contents)
    return tuple(sorted((name.removeprefix("chapters/") for name in found), key=len, reverse=True))


def group_of(test: str) -> str:
    """Return the group of a test, such as ``tests/site/test_links.py::test_a_link[index]``."""
    path, _, rest = test.partition("::")
    _, room, *_ = path.split("/")
    if room in BY_PAGE and "[" in rest:
        of_what = rest.partition("[")[2].removesuffix("]")
        page = next((p for p in pages() if of_what == p or of_what.startswith(f"{p}-")), None)
        if page is not None:
            return f"{room}: {page}"
    # The rest of the room of the site goes through all its pages.
    return TOGETHER.get(path, room if room == "site" else path)


class ByGroup(LoadScopeScheduling):
    """Deal out whole groups of tests."""

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)
