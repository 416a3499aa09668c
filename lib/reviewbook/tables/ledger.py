"""Tables of printed values beside ours, each with its verdict."""

from __future__ import annotations

from collections.abc import Sequence

from reviewbook import words
from reviewbook.book import Book

from .columns import Row, plain
from .table import BookTable, Column, Markup, escape, role

QUANTITIES = {
    "n_studies": "number of studies",
    "n_patients": "number of patients",
    "pooled_proportion": "pooled proportion",
    "ci_low": "lower limit",
    "ci_high": "upper limit",
    "i2": "I²",
    "heterogeneity_p": "p of heterogeneity",
}
"""Words for the quantities of ``claims.csv``; others are shown by their name."""


def ledger_table(
    book: Book,
    *,
    name: str,
    set_id: str | None = None,
    topic: str | None = None,
    quantities: Sequence[str] | None = None,
    full: bool = False,
) -> BookTable:
    """Return printed values beside ours, each with its verdict.

    Parameters
    ----------
    set_id : str, optional
        The analysis set ours comes from; the primary set when omitted.
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
    frame = book.ledger(set_id, topic=topic)
    if quantities is not None:
        unknown = [value for value in quantities if value not in set(frame["quantity"])]
        if unknown:
            allowed = ", ".join(dict.fromkeys(frame["quantity"]))
            raise ValueError(f"quantity {unknown} is not in the ledger; there are: {allowed}")
        frame = frame[frame["quantity"].isin(quantities)]
    named = QUANTITIES | {column: part.claim for column, part in book.review.parts.items()}

    def value(row: Row) -> str:
        quantity = named.get(str(row["quantity"])) or plain(row["quantity"])
        text = quantity if topic else f"{_topic(row)}: {quantity}"
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


def _topic(row: Row) -> str:
    # The chapter's name is the topic in plain words; the topic itself may be an abbreviation.
    return plain(str(row["chapter"] or row["topic"]).replace("-", " ")).capitalize()


def article_ledger_table(book: Book, *, name: str) -> BookTable:
    """Return printed values beside those from the article's own study table, where it was added.

    Without that table, the table holds no row and its note says so.
    """
    article = book.review.article_set
    if article is not None and book.evidence.article_table is not None:
        return ledger_table(book, set_id=article.id, name=name, full=True)
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
