"""The article's own study table beside our cohorts."""

from __future__ import annotations

from reviewbook import words
from reviewbook.book import Book
from reviewbook.ledger.study_rows import study_differences

from . import columns
from .columns import Row
from .table import BookTable, Column, missing


def study_rows_table(book: Book, *, name: str) -> BookTable:
    """Return each study of the article's table beside our cohort, row by row.

    Without that table it holds no row, and its note says so.
    """

    def counts(side: str) -> Column:
        def cell(row: Row) -> str:
            events, total = row[f"{side}_events"], row[f"{side}_total"]
            return "" if missing(total) else words.counts(int(events), int(total))

        return Column(f"{side}_events", {"article": "Article", "ours": "Ours"}[side], "right",
                      cell=cell)  # fmt: skip

    shown = [
        Column("study", "Study of the article"),
        columns.COHORT,
        Column("matched_by", "Matched by"),
        columns.OUTCOME,
        counts("article"),
        counts("ours"),
        Column("finding", "Difference"),
    ]
    caption = "The article's study table beside our cohorts, row by row."
    notes = (
        "Ours are preferred counts of all infused. A study is matched by the cohort that the table "
        "names or, without one, by author and year where one cohort only has them; never by counts."
    )
    if book.evidence.article_table is None:
        notes = (
            "The article's study table is not part of the evidence: there is nothing to compare."
        )
    return BookTable(study_differences(book), name, caption, shown, notes)
