"""The reporting checklist is complete, and its article column says nothing that cannot be known."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from review_copy import ROOT
from reviewbook.site.build import toc_pages
from reviewbook.tables.checklist import ITEMS, checklist_table, checklist_tally, load_checklist

UNREAD = "not available in the accessible text"


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


@pytest.mark.parametrize("item", ["7", "8", "11", "13d", "16b", "18", "19", "22", "25", "26"])
def test_what_the_abstract_cannot_show_is_not_claimed(checklist: pd.DataFrame, item: str) -> None:
    assert checklist.set_index("item").loc[item, "article"] == UNREAD


@pytest.mark.parametrize("item", ["7", "11", "15", "18", "22", "24a", "24b"])
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
