"""The glossary explains what the pages say, all of it and nothing else."""

from __future__ import annotations

import re

import pytest
from shown_text import labels, page_sources, spoken

PAGES = page_sources()
SHOWN = "\n".join(
    [*(text for page, text in PAGES.items() if page != "glossary"), spoken(), labels()]
).casefold()
BLOCK = re.search(r"^:::\{glossary\}\n(.*?)^:::$", PAGES["glossary"], re.M | re.S)
assert BLOCK
ENTRIES = dict(entry.split("\n", 1) for entry in BLOCK[1].strip().split("\n\n"))
SHORT = re.compile(r"\b(?:[Aa]lso|Short:|called) ([A-Z]\S*?[A-Z])[.,;\s]")

JARGON = (
    "allo-HSCT", "AML", "autologous", "Baujat plot", "cannot decide", "certainty",
    "comparison recipe", "compatible", "complementary log-log", "complete remission", "completion",
    "confidence interval", "Cook's distance", "credible interval", "CRS", "cytopenia",
    "DerSimonian–Laird", "DFFITS", "donor-derived", "EFS", "Egger's test", "ETP",
    "extramedullary disease", "forest plot", "fratricide", "Freeman–Tukey", "funnel plot", "GLMM",
    "GOSH", "GRADE", "GVHD", "Hartung–Knapp", "hazard ratio", "heterogeneity", "HLH", "HSCT", "I²",
    "ICANS", "identified", "immortal time", "infused", "landmark analysis", "log-rank test",
    "logit", "lymphodepletion", "MRD", "multiverse", "non-relapse death", "not checkable",
    "not reproduced", "odds ratio", "OS", "overlap group", "PEBL", "PFS", "posterior",
    "prediction interval", "primary set", "prior", "product contamination", "publication bias",
    "Q", "REML", "reproduced", "status", "T-ALL", "T-cell aplasia", "T-LBL", "target trial",
    "trim and fill", "universal", "working scale", "τ²",
)  # fmt: skip
"""Words that a page, a table or a figure says and a reader may not know."""


def forms(term: str) -> list[str]:
    return [term, *SHORT.findall(f"{ENTRIES[term]} ")]


def says(text: str, phrase: str) -> bool:
    """Whether a casefolded text holds a phrase as whole words; plurals count, and ETP-ALL."""
    pattern = rf"(?<![\w-]){re.escape(phrase.casefold())}(?:s|es|'s)?(?!\w)"
    return re.search(pattern, text) is not None


@pytest.mark.parametrize("term", ENTRIES)
def test_every_entry_is_used(term: str) -> None:
    """By a page, or by the words that figures, tables and sentences bring to a page."""
    assert any(says(SHOWN, form) for form in forms(term)), f"no page says {term!r}: drop the entry"


def test_a_word_that_nothing_says_would_be_found() -> None:
    assert not says(SHOWN, "best linear unbiased prediction")
    assert says("of two cohorts", "cohort")
    assert not says("subcohort-wise", "cohort")


@pytest.mark.parametrize("word", JARGON)
def test_every_word_of_the_trade_is_explained(word: str) -> None:
    assert says(SHOWN, word), f"nothing says {word!r}: its row can go"
    assert word in {form for term in ENTRIES for form in forms(term)}, f"no entry explains {word!r}"


def test_entries_stand_from_a_to_z() -> None:
    def place(term: str) -> str:
        return term.casefold().replace("²", "2").replace("τ", "~")

    assert list(ENTRIES) == sorted(ENTRIES, key=place)


@pytest.mark.parametrize("page", PAGES)
def test_a_link_to_the_glossary_leads_to_an_entry(page: str) -> None:
    linked = re.findall(r"\{term\}`(?:[^`<]*<)?([^`>]+)>?`", PAGES[page])
    known = {term.casefold() for term in ENTRIES}
    assert [term for term in linked if term.casefold() not in known] == []
