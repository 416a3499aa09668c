"""Tables of printed values beside ours, each with its verdict."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from reviewbook import words

from .columns import Row, plain
from .table import BookTable, Column, Markup, escape, role

if TYPE_CHECKING:
    from reviewbook.book import Book

QUANTITIES = {
    "n_studies": "number of studies",
    "n_patients": "number of patients",
    "n_autologous": "patients given their own cells",
    "n_donor": "patients given donor cells",
    "pooled_proportion": "pooled proportion",
    "ci_low": "lower limit",
    "ci_high": "upper limit",
    "i2": "I²",
    "heterogeneity_p": "p of heterogeneity",
}
"""Words for the quantities of ``claims.csv``; others are shown by their name."""


def ledger_table(
    ledger: pd.DataFrame,
    *,
    name: str,
    topic: str | None = None,
    quantities: Sequence[str] | None = None,
    full: bool = False,
) -> BookTable:
    """Return printed values beside ours, each with its verdict.

    Parameters
    ----------
    ledger : DataFrame
        ``book.ledger()``.
    topic : str, optional
        Only this topic of ``claims.csv``.
    quantities : sequence of str, optional
        Only these quantities.
    full : bool
        Whether the reason of each row is shown, and its chapter linked; the CSV has both anyway.

    Raises
    ------
    ValueError
        When `topic` or a quantity does not occur in the ledger.
    """
    frame = ledger
    for column, wanted in (("topic", [topic] if topic else None), ("quantity", quantities)):
        if wanted is None:
            continue
        unknown = [value for value in wanted if value not in set(ledger[column])]
        if unknown:
            allowed = ", ".join(dict.fromkeys(ledger[column]))
            raise ValueError(f"{column} {unknown} is not in the ledger; there are: {allowed}")
        frame = frame[frame[column].isin(wanted)]

    def value(row: Row) -> str:
        text = _quantity(row) if topic else f"{_topic(row)}: {_quantity(row)}"
        text = text[:1].upper() + text[1:]
        chapter = str(row["chapter"]).removeprefix("chapters/") if full else ""
        return Markup(f"{{doc}}`{escape(text)} </chapters/{chapter}>`") if chapter else text

    shown = [Column("claim_id", "Value", cell=value)]
    shown += [Column("printed", "Printed", "right"), Column("ours", "Ours", "right")]
    if frame["primary"].fillna("").str.strip().any():
        shown.append(Column("primary", "GLMM", "right"))
    shown.append(Column("verdict", "Verdict", format=lambda verdict: role("verdict", verdict)))
    if full or topic is not None:
        shown.append(Column("reason", "Reason"))
    tally = frame["verdict"].value_counts()
    counted = words.join(
        f"{tally[verdict]} {verdict}" for verdict in words.VERDICTS if verdict in tally
    )
    caption = f"{words.count(len(frame), 'printed value')} beside ours"
    caption += f": {counted}." if counted else "."
    return BookTable(frame, name, caption, shown, sortable=full)


def _quantity(row: Row) -> str:
    return QUANTITIES.get(str(row["quantity"]), plain(row["quantity"]))


def _topic(row: Row) -> str:
    # The chapter's name is the topic in plain words; the topic itself may be an abbreviation.
    return plain(str(row["chapter"] or row["topic"]).replace("-", " ")).capitalize()


def article_ledger_table(book: Book, *, name: str) -> BookTable:
    """Return printed values beside those from the article's own study table, where it was added.

    Without that table, the table holds no row and its note says so.
    """
    if book.evidence.article_table is not None:
        return ledger_table(book.ledger("article_table"), name=name, full=True)
    shown = [
        Column("claim_id", "Value"),
        Column("printed", "Printed", "right"),
        Column("ours", "From its study table", "right"),
        Column("verdict", "Verdict"),
    ]
    empty = book.ledger().iloc[:0][[column.key for column in shown]]
    caption = "Printed values beside those from the article's own study table."
    notes = (
        "The article's study table is not part of the evidence, so there is nothing to compare yet."
    )
    return BookTable(empty, name, caption, shown, notes)
