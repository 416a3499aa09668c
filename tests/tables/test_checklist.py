"""The reporting checklist is complete, and its article column says nothing that cannot be known."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest

from review_copy import ROOT
from reviewbook.site.build import toc_pages
from reviewbook.tables.checklist import ITEMS, checklist_table, checklist_tally, load_checklist

UNREAD = "not available in the accessible text"
FOUR = (
    "complete-remission", "cytokine-release-syndrome", "severe-cytokine-release-syndrome",
    "neurotoxicity",
)  # fmt: skip
NOT_JUDGED = r"risk-of-bias judgement was made"
HOLDS: dict[str, dict[str, str]] = {
    "1": {"/index": r"executable meta-analysis"},
    "2": {"/index": r"## Abstract"},
    "3": {"introduction": r"## Why an executable companion"},
    "4": {"introduction": r"The question of this book is: when patients"},
    "5": {"methods": r"The sets are rules, not lists"},
    "6": {"methods": r"No full text of a primary report", "data-dictionary": r"source_url"},
    "7": {"methods": r"There was no systematic search of databases"},
    "8": {"methods": r"The sets are rules", "study-selection": r"rows of exclusions"},
    "9": {"methods": r"read a second time|Extraction was not done twice by independent people"},
    "10a": dict.fromkeys(FOUR, r"## What counts as an event, and in whom")
    | {"data-dictionary": r"exactly one per cohort and outcome is preferred"},
    "10b": {"data-dictionary": r"An empty cell means"},
    "11": {"methods": NOT_JUDGED, "study-characteristics": r"no score of the risk of bias",
           "discussion": r"No risk of bias was judged"},
    "12": {"methods": r"## How proportions are pooled"},
    "13a": {"methods": r"The sets are rules", "study-selection": r"so each cohort has one reason"},
    "13b": {"methods": r"arithmetic on the report's own numbers", "data-dictionary": r"derivation"},
    "13c": {"complete-remission": r"## Forest plot"},
    "13d": {"methods": r"stands behind", "library-reference": r"## All names"},
    "13e": {"complete-remission": r"Cohorts, not patients, are compared",
            "gene-editing": r"A small p between groups would not point to editing"},
    "13f": {"sensitivity": r"Leaving out one cohort", "multiverse": r"makes all the choices"},
    "14": {"publication-bias": r"tests for small-study effects"},
    "15": {"methods": r"GRADE", "summary-of-findings": r"It follows a stated rule, after GRADE"},
    "16a": {"study-selection": r"which hold at most"},
    "16b": {"study-selection": r"## Left out, with the reason"},
    "17": {"study-characteristics": r"## The studies"},
    "18": {"discussion": r"No risk of bias was judged"},
    "19": dict.fromkeys(FOUR, r"## Forest plot"),
    "20a": {"study-characteristics": r"## What can be read of each cohort"},
    "20b": dict.fromkeys(FOUR, r"sentences\.heterogeneity"),
    "20c": {"consolidation-transplant": r"## Comparisons within a cohort",
            "gene-editing": r"## The outcomes, side by side"},
    "20d": {"sensitivity": r"Leaving out one cohort", "multiverse": r"makes all the choices"},
    "21": {"publication-bias": r"None of these methods can see",
           "study-selection": r"## Left out, with the reason"},
    "22": {"summary-of-findings": r"tbl-certainty"},
    "23a": {"discussion": r"## Beside the other reviews", "introduction": r"## Other reviews"},
    "23b": {"discussion": r"## Who is counted"},
    "23c": {"discussion": r"The search was not systematic"},
    "23d": {"discussion": r"## What follows", "conclusion": r"What stays open"},
    "24a": {"methods": r"No protocol was registered"},
    "24b": {"methods": r"No protocol was registered", "build-and-provenance": r"commit"},
    "24c": {"build-and-provenance": r"commit"},
    "25": {"how-to-cite": r"\*\*Funding\.\*\* The repository records no funding"},
    "26": {"how-to-cite": r"The repository holds no declaration of interests"},
    "27": {"build-and-provenance": r"## Build it again", "data-dictionary": r"datapackage\.json",
           "library-reference": r"written from its docstrings"},
}  # fmt: skip
"""What each page that an item points to must hold, as it is written there."""


@pytest.fixture(scope="module")
def checklist() -> pd.DataFrame:
    return load_checklist(ROOT)


def test_the_statement_has_27_items_with_42_parts(checklist: pd.DataFrame) -> None:
    assert len(ITEMS) == 42
    assert len({item.rstrip("abcdef") for item in ITEMS}) == 27
    assert tuple(checklist["item"]) == ITEMS


def test_where_a_page_answers_it_exists(checklist: pd.DataFrame) -> None:
    pages = {page.removeprefix("chapters/") for page in toc_pages(ROOT)} | {"/index"}
    named = {page for cell in checklist["pages"] for page in cell.split()}
    assert named <= pages


def written(page: str) -> str:
    """Return what stands on a page, in one line of text; the data dictionary is made of JSON."""
    path = ROOT / "index.md" if page == "/index" else ROOT / "chapters" / f"{page}.md"
    text = path.read_text(encoding="utf-8")
    if page == "data-dictionary":
        text += (ROOT / "data" / "datapackage.json").read_text(encoding="utf-8")
    return " ".join(text.split())


@pytest.mark.parametrize("item", ITEMS)
def test_a_page_holds_what_the_item_sends_to_it_for(checklist: pd.DataFrame, item: str) -> None:
    row = checklist.set_index("item").loc[item]
    assert row["pages"].split() == list(HOLDS[item])
    for page, phrase in HOLDS[item].items():
        assert re.search(phrase, written(page)), f"item {item}: {page} does not say {phrase!r}"


def test_an_item_that_no_page_deals_with_sends_to_none(checklist: pd.DataFrame) -> None:
    silent = checklist.assign(pages=checklist["pages"].where(checklist["item"] != "25", ""))
    table = checklist_table(silent, "Other information", name="tbl-x")
    assert "the repository records no funding.\n" in table.myst.replace(" |", "\n")
    assert "See ." not in table.myst


@pytest.mark.parametrize("item", ["7", "8", "11", "13d", "16b", "18", "19", "22", "25", "26"])
def test_what_the_abstract_cannot_show_is_not_claimed(checklist: pd.DataFrame, item: str) -> None:
    assert checklist.set_index("item").loc[item, "article"] == UNREAD


@pytest.mark.parametrize("item", ["7", "11", "18", "24a", "24b", "26"])
def test_what_was_not_done_is_said(checklist: pd.DataFrame, item: str) -> None:
    row = checklist.set_index("item").loc[item]
    assert row["done"] == "no"


def test_tables_show_every_item_once(checklist: pd.DataFrame) -> None:
    tables = [
        checklist_table(checklist, section, name="tbl-x")
        for section in checklist["section"].unique()
    ]
    assert [item for table in tables for item in table.frame["item"]] == list(ITEMS)
    counts = checklist["done"].value_counts()
    assert checklist_tally(checklist).startswith(f"{counts['yes']} done, ")


def test_an_item_that_is_missing_or_unknown_is_named(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    text = (ROOT / "data" / "prisma_checklist.csv").read_text(encoding="utf-8")
    broken = text.replace("\n13c,", "\n13x,")
    assert broken != text
    (tmp_path / "data" / "prisma_checklist.csv").write_text(broken, encoding="utf-8")
    with pytest.raises(ValueError, match=r"missing .'13c'., unknown .'13x'."):
        load_checklist(tmp_path)


def test_an_unknown_section_is_named(checklist: pd.DataFrame) -> None:
    with pytest.raises(ValueError, match=r"no section .'Appendix'."):
        checklist_table(checklist, "Appendix", name="tbl-x")
