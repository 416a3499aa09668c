"""What many rows share stands once above them, and an identifier is read as words."""

from __future__ import annotations

import pytest

from reviewbook import open_book, tables
from reviewbook.book import Book
from reviewbook.tables import readings
from reviewbook.tables.table import BookTable


@pytest.fixture(scope="module")
def book() -> Book:
    return open_book()


def heads(table: BookTable) -> list[str]:
    """Heads of rows, in order."""
    rows = table.myst.split("\n* - ")[2:]
    texts = [row.split("\n")[0] for row in rows]
    return [text for text, kind in zip(texts, table.row_kinds, strict=True) if kind == "group"]


def test_a_cohort_whose_readings_differ_is_named_once(book: Book) -> None:
    table = readings.apart_table(book, name="tbl-apart")
    cohorts = heads(table)
    assert len(cohorts) == len(set(cohorts)) == table.frame["cohort_id"].nunique()
    found = table.frame.groupby("label", sort=False)["found"].any().tolist()
    assert found == sorted(found, reverse=True), "cohorts that differ come first"


def test_what_was_read_is_named_in_words(book: Book) -> None:
    table = readings.apart_table(book, name="tbl-apart")
    (what,) = (column for column in table.columns if column.key == "what")
    named = {what.text(row) for row in table.frame.to_dict("records")}
    assert {"CD7-negative relapse", "Earlier transplant", "Relapse (no transplant)"} <= named
    assert not [text for text in named if "hsct" in text.lower()]


def test_an_outcome_is_named_once_above_the_cohorts_that_were_added(book: Book) -> None:
    table = tables.additions_table(book, "before_article", "all_public", name="tbl-added")
    assert heads(table) == [outcome.label for outcome in book.review.printed_outcomes]


def test_kinds_of_notes_of_a_cohort_table_are_paragraphs(book: Book) -> None:
    selection = book.select("complete_remission")
    table = tables.cohort_table(
        selection, name="tbl-cohorts", readings=book.evidence.other["readings"]
    )
    first = [note[:2] for note in table.notes.split("\n\n")]
    assert first == ["≥ ", "† ", "De"]


def test_a_note_names_an_outcome_in_words(book: Book) -> None:
    names = [one.id for one in book.review.further_outcomes if one.counts == "infection_fatal"]
    assert names
    table = tables.further_rows_table(book, names, name="tbl-deaths", caption="Deaths.")
    assert "the same death as in “death without relapse”" in table.myst
    assert "treatment_related_death" not in table.myst
