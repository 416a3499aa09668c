"""A method that a page names is cited, and a method in the bibliography is named by a page."""

from __future__ import annotations

import re

import pytest

from reviewbook.book import open_book

BOOK = open_book()
ROOT = BOOK.review.root
PAGES = {
    path.stem: path.read_text(encoding="utf-8")
    for path in (ROOT / "index.md", *sorted((ROOT / "chapters").glob("*.md")))
}
CITATION = re.compile(r"\{cite(?::[a-z]+)?\}`([^`]+)`")
CITED = {
    page: {key.strip() for found in CITATION.findall(text) for key in found.split(",")}
    for page, text in PAGES.items()
}
SOURCES = {
    r"PRISMA": "page_2021",
    r"Freeman[–-]Tukey": "freeman_tukey_1950",
    r"DerSimonian": "dersimonian_laird_1986",
    r"Hartung": "hartung_knapp_2001a",
    r"Sidik": "sidik_jonkman_2002",
    r"Paule": "paule_mandel_1982",
    r"REML|restricted maximum likelihood": "viechtbauer_2005",
    r"GLMM|\bGLMMs\b": "stijnen_2010",
    r"prediction interval": "riley_2011",
    r"Clopper|exact limits of a proportion": "clopper_pearson_1934",
    r"Wilson": "wilson_1927",
    r"\bI²": "higgins_thompson_2002",
    r"metafor": "viechtbauer_2010",
    r"Stata": "nyaga_2014",
    r"statsmodels": "seabold_perktold_2010",
    r"pandas": "mckinney_2010",
    r"seaborn": "waskom_2021",
    r"Egger": "egger_1997",
    r"Begg": "begg_mazumdar_1994",
    r"[Tt]rim and fill": "duval_tweedie_2000",
    r"tie between a\s+proportion and its standard error": "hunter_2014",
    r"Baujat": "baujat_2002",
    r"GOSH": "olkin_2012",
    r"[Mm]ultiverse analysis|makes all the choices": "steegen_2016",
    r"[Ii]mmortal time": "suissa_2008",
    r"[Ll]andmark analysis": "anderson_1983",
    r"\bCox\b": "cox_1972",
    r"Kaplan": "kaplan_meier_1958",
    r"penalised Cox": "firth_1993",
    r"rebuilt from a curve": "guyot_2012",
    r"complementary log-log": "parmar_1998",
    r"ASTCT": "lee_2019",
    r"GRADE": "guyatt_2008",
}
"""What a page says, and the work that has to be cited there or on Methods."""


def prose(page: str) -> str:
    """Return a page without its code, and without the directives that hold none of its text."""
    text = re.sub(r"^(`{3,}|:{3,})\{(code-cell|chapter-header|list-table).*?^\1$", "", PAGES[page],
                  flags=re.M | re.S)  # fmt: skip
    return CITATION.sub("", re.sub(r"\A---.*?^---$", "", text, flags=re.M | re.S))


@pytest.mark.parametrize("name", SOURCES)
def test_a_method_that_is_named_is_cited(name: str) -> None:
    key = SOURCES[name]
    assert key in BOOK.evidence.citation_keys
    naming = [page for page in PAGES if re.search(name, prose(page))]
    assert naming, f"no page says {name}: its row can go"
    bare = {page for page in naming if key not in CITED[page] | CITED["methods"]}
    assert bare == set()


def test_a_method_of_the_bibliography_is_cited_by_a_page() -> None:
    evidence = BOOK.evidence
    others = {*evidence.reports["report_id"], *evidence.other_reviews["review_id"]}
    methods = evidence.citation_keys - others - {BOOK.review.article.key}
    assert methods - set().union(*CITED.values()) == set()


def test_a_citation_has_an_entry() -> None:
    assert set().union(*CITED.values()) <= BOOK.evidence.citation_keys
