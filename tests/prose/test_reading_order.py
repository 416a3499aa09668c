"""The order in which the pages are read."""

from __future__ import annotations

from review_copy import ROOT
from reviewbook.review.project import toc_pages

PAGES = [page.removesuffix(".md") for page in toc_pages(ROOT)]


def test_the_abstract_in_chinese_stands_at_the_front() -> None:
    """Many of the trials come from China: it is no appendix."""
    assert PAGES[:3] == ["index", "chapters/summary-of-findings", "chapters/abstract-zh"]


def test_nobody_has_to_pass_through_the_library_to_reach_another_page() -> None:
    library = [i for i, page in enumerate(PAGES) if "library" in page]
    assert library == list(range(len(PAGES) - len(library), len(PAGES)))
    assert PAGES[library[0]] == "chapters/library-reference"
