"""Tests that make something together run on one worker, in their order."""

from __future__ import annotations

import pytest

from review_copy import ROOT
from sharing import TOGETHER, group_of

SEEN: list[int] = []


@pytest.mark.parametrize("number", range(4))
def test_a_file_is_not_dealt_out_test_by_test(number: int, pytestconfig: pytest.Config) -> None:
    """With several workers, one of these would not see those before it."""
    if hasattr(pytestconfig, "workerinput") and not pytestconfig.getoption("loadgroup"):
        pytest.skip("groups were not asked for: --dist loadgroup")
    SEEN.append(number)
    assert list(range(number + 1)) == SEEN


@pytest.mark.parametrize(
    ("test", "group"),
    [
        ("tests/site/test_links.py::test_a[index]", "site: index"),
        ("tests/site/test_pages.py::test_a[methods-MyST role]", "site: methods"),
        (
            "tests/site/test_pages.py::test_a[library/metaprop-pooling]",
            "site: library/metaprop-pooling",
        ),
        ("tests/site/test_snapshots.py::test_a[fig-flow.svg]", "site"),
        ("tests/site/test_permanence.py::test_a", "site"),
        ("tests/browser/test_first_screen.py::test_a[references]", "browser: references"),
        (
            "tests/browser/test_every_page.py::test_a[severe-cytokine-release-syndrome]",
            "browser: severe-cytokine-release-syndrome",
        ),
        ("tests/browser/test_search.py::test_a[Control+k]", "tests/browser/test_search.py"),
        ("tests/words/test_words.py::test_a[index]", "tests/words/test_words.py"),
        ("tests/metaprop/test_agreement_more.py::test_a", "comparisons with R"),
        ("tests/test_architecture.py::test_a", "tests/test_architecture.py"),
    ],
)
def test_groups_are_pages_files_and_what_files_make_together(test: str, group: str) -> None:
    assert group_of(test) == group


def test_the_files_that_are_named_exist() -> None:
    assert [path for path in TOGETHER if not (ROOT / path).is_file()] == []
