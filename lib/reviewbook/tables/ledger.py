"""Tables of the claims and of the printed values beside ours."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pandas as pd

from reviewbook import words
from reviewbook.book import Book
from reviewbook.ledger.claims import ClaimJudgement
from reviewbook.ledger.ledger import CLAIM
from reviewbook.pooling.analysis import proportion
from reviewbook.words import Estimate

from .columns import Row, plain, together
from .table import BookTable, Column, Markup, escape, missing, role
from .text import page_link

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
BLOCKS = ("proportion", "direction", "statement")
"""Kinds of claims, each with a table of its own."""


def claims_table(
    book: Book, kind: str, *, name: str, set_id: str | None = None, topic: str | None = None
) -> BookTable:
    """Return the claims of one kind, one row each.

    Parameters
    ----------
    kind : {"proportion", "direction", "statement"}
        Proportions with their verdict, directions with two findings, statements with what the
        evidence bears of them.
    set_id : str, optional
        The analysis set ours comes from; the primary set when omitted.
    topic : str, optional
        Only claims of this topic.

    Raises
    ------
    ValueError
        For an unknown kind, and when no claim is of it.
    """
    if kind not in BLOCKS:
        raise ValueError(f"kind must be one of {', '.join(BLOCKS)}; got {kind!r}")
    judged = [
        book.judged(claim.id, set_id)
        for claim in book.review.claims
        if claim.kind == kind and topic in (None, claim.topic)
    ]
    if not judged:
        raise ValueError(f"no claim of the kind {kind!r} has the topic {topic!r}")
    record, caption, shown = _BLOCKS[kind]
    frame = pd.DataFrame([_about(book, one) | record(one) for one in judged])
    columns = [Column("claim", "Claim", cell=_claim), *shown]
    return BookTable(frame, name, caption.format(words.count(len(judged), "claim")), columns)


def _about(book: Book, judged: ClaimJudgement) -> dict[str, object]:
    claim = judged.claim
    return {
        "claim_id": claim.id,
        "claim": words.capital(claim.text),
        "topic": claim.topic,
        "chapter": book.review.topic(claim.topic).chapter,
        "reason": judged.reason,
    }


def _claim(row: Row) -> Markup:
    chapter = str(row["chapter"]).removeprefix("chapters/")
    return page_link(str(row["claim"]), f"chapters/{chapter}")


def _of_proportion(judged: ClaimJudgement) -> dict[str, object]:
    found = judged.proportion
    unread = found.unread if found else ()
    return {
        "printed": judged.printed,
        "ours": judged.ours,
        "primary": judged.primary,
        **_numbers("printed", found.printed if found else None),
        **_numbers("ours", proportion(found.analysis.comparison) if found else None),
        **_numbers("primary", proportion(found.analysis.primary) if found else None),
        "verdict": judged.verdict,
        "counts_read_alone": found.alone if found else "",
        "unread_cohorts": None if unread is None else len(unread),
        "unread_patients": None if unread is None else sum(one.size for one in unread),
        "predictive_share": found.share if found else None,
    }


def _numbers(prefix: str, values: Estimate | None) -> dict[str, float | None]:
    ends = ("estimate", "low", "high")
    return {f"{prefix}_{end}": None if values is None else getattr(values, end) for end in ends}


def _percents(prefix: str) -> Callable[[Row], str]:
    """Return a cell with an estimate and its limits in percent, as short as it can be."""

    def cell(row: Row) -> str:
        estimate, low, high = (row[f"{prefix}_{end}"] for end in ("estimate", "low", "high"))
        if missing(estimate):
            return ""
        return together(
            f"{words.in_percent(estimate)} ({words.in_percent(low)} to {words.in_percent(high)})"
        )

    return cell


def _of_direction(judged: ClaimJudgement) -> dict[str, object]:
    found = judged.direction
    assert found is not None
    later = found.compared - found.compared_before
    return {
        **_of("before", found.toward_before, found.compared_before),
        **_of("since", found.toward - found.toward_before, later),
        "identified": "identified" if found.identified else "not identified",
        "ratios": found.ratios,
    }


def _of(name: str, toward: int, compared: int) -> dict[str, object]:
    if not compared:
        return {name: "none printed", f"{name}_value": None, f"{name}_of": None}
    return {name: f"{toward} of {compared}", f"{name}_value": toward, f"{name}_of": compared}


def _of_statement(judged: ClaimJudgement) -> dict[str, object]:
    return {"verdict": judged.verdict}


def _chip(verdict: object) -> Markup:
    return role("verdict", str(verdict))


def _direction_words(judged: ClaimJudgement) -> str:
    """Return the two findings on a claimed direction, which gets no verdict, in a few words."""
    found = judged.direction
    if found is None:
        return ""
    toward = "no comparison" if not found.compared else f"{found.toward} of {found.compared}"
    pointing = " as claimed" if found.compared else ""
    return f"{toward}{pointing}; effect {'' if found.identified else 'not '}identified"


def _unread(row: Row) -> str:
    if missing(row["unread_cohorts"]):
        return "of unknown size"
    number = int(row["unread_cohorts"])
    if not number:
        return "none"
    return f"{number}, {int(row['unread_patients'])}"


_Record = Callable[[ClaimJudgement], dict[str, object]]
_FOUND = Column("reason", "What was found", folded="phone")
_BLOCKS: dict[str, tuple[_Record, str, tuple[Column, ...]]] = {
    "proportion": (
        _of_proportion,
        "{} on pooled proportions, with 95% intervals: printed, ours, and what is unread "
        "(cohorts, patients).",
        (
            Column("printed", "Printed %", "right", cell=_percents("printed")),
            Column("verdict", "Verdict", format=_chip),
            Column("ours", "Ours %", "right", cell=_percents("ours")),
            Column("primary", "GLMM %", "right", cell=_percents("primary")),
            Column("counts_read_alone", "By counts read", format=_chip),
            Column("unread_cohorts", "Unread", cell=_unread),
        ),
    ),
    "direction": (
        _of_direction,
        "{} on a direction: comparisons that point as claimed, and what identifies an effect.",
        (
            Column("before", "Before the article"),
            Column("since", "Since"),
            Column("identified", "Effect"),
        ),
    ),
    "statement": (
        _of_statement,
        "{} that no count can confirm, and what the evidence bears of them.",
        (
            Column("verdict", "Verdict", format=_chip),
            Column("reason", "What bears on it", folded="phone"),
        ),
    ),
}


def ledger_table(
    book: Book,
    *,
    name: str,
    set_id: str | None = None,
    topic: str | None = None,
    quantities: Sequence[str] | None = None,
    full: bool = False,
) -> BookTable:
    """Return the claims, each followed by its printed values beside ours.

    Parameters
    ----------
    set_id : str, optional
        The analysis set ours comes from; the primary set when omitted.
    topic : str, optional
        Only this topic of ``claims.csv``.
    quantities : sequence of str, optional
        Only these quantities; claims go by their kind.
    full : bool
        Whether what was found on each row is shown, and its chapter linked; the CSV has both
        anyway.

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
    texts = {claim.id: claim.text for claim in book.review.claims}

    def value(row: Row) -> str:
        if row["level"] == CLAIM:
            text = f"Claim: {texts[str(row['claim'])]}"
            chapter = str(row["chapter"]).removeprefix("chapters/") if full else ""
            return (
                Markup(f"**{page_link(text, f'chapters/{chapter}')}**")
                if chapter
                else Markup(f"**{escape(text)}**")
            )
        quantity = named.get(str(row["quantity"])) or plain(row["quantity"])
        return words.capital(quantity)

    def printed(row: Row) -> str:
        # The words of a claim stand in the first column already.
        return "" if row["level"] == CLAIM else str(row["printed"])

    directions = {
        claim.id: _direction_words(book.judged(claim.id, set_id))
        for claim in book.review.claims
        if claim.kind == "direction"
    }

    def verdict(row: Row) -> str:
        if not missing(row["verdict"]) and row["verdict"]:
            return _chip(row["verdict"])
        return directions.get(str(row["claim"]), "") if row["level"] == CLAIM else ""

    shown = [
        Column("claim_id", "Value", cell=value),
        Column("printed", "Printed", "right", cell=printed),
    ]
    shown.append(Column("ours", "Ours", "right"))
    if frame["primary"].fillna("").str.strip().any():
        shown.append(Column("primary", "GLMM", "right"))
    if frame["verdict"].fillna("").str.strip().any():
        shown.append(Column("verdict", "Verdict", cell=verdict))
    values = int((frame["level"] != CLAIM).sum())
    claims = len(frame) - values
    caption = f"{words.count(values, 'printed value')} beside ours"
    if claims:
        caption += f", under {words.count(claims, 'claim')}"
    below = [_FOUND] if full or topic is not None else []
    return BookTable(frame, name, f"{caption}.", shown, below=below)


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


def distance_table(book: Book, *, name: str) -> BookTable:
    """Return how far the counts read of each proportion are from the other side."""
    rows = []
    for claim in book.review.claims:
        judged = book.judged(claim.id)
        if judged.proportion is None:
            continue
        found = book.distance(claim.id)
        rows.append(
            {
                **_about(book, judged),
                "counts_read_alone": judged.proportion.alone,
                "patients": found.outcomes.size if found.outcomes else None,
                "proven_not_enough": found.proven,
                "changes": found.outcomes.what if found.outcomes else "",
                "cohorts": "; ".join(one.what for one in found.cohorts),
                "cohorts_moving": len(found.cohorts),
                "cohorts_tried": found.cohorts_tried,
                "rules": "; ".join(one.what for one in found.rules),
                "rules_moving": len(found.rules),
                "rules_tried": found.rules_tried,
            }
        )

    def patients(row: Row) -> str:
        if missing(row["patients"]):
            return "none is enough"
        exact = row["proven_not_enough"] == row["patients"] - 1
        more = "" if exact else f" at most, more than {row['proven_not_enough']}"
        return f"{row['patients']}{more}"

    shown = [
        Column("claim", "Claim", cell=_claim),
        Column("counts_read_alone", "Counts read alone", format=_chip),
        Column("patients", "Patients' outcomes", "right", cell=patients),
        Column("cohorts_moving", "Single cohorts", "right", cell=_share("cohorts")),
        Column("rules_moving", "Single rules", "right", cell=_share("rules")),
    ]
    caption = "The smallest changes that move the counts read to the other side."
    notes = (
        "Patients' outcomes: how many must be other than read. Single cohorts and rules: how many "
        "move it, of those tried. The CSV names them."
    )
    return BookTable(pd.DataFrame(rows), name, caption, shown, notes)


def _share(what: str) -> Callable[[Row], str]:
    return lambda row: f"{row[f'{what}_moving']} of {row[f'{what}_tried']}"


def former_verdicts_table(book: Book, *, name: str) -> BookTable:
    """Return the verdicts under the rules before, with what stands there now."""
    former = book.evidence.other["former_verdicts"]
    values = book.evidence.claims.set_index("claim_id")
    named = QUANTITIES | {column: part.claim for column, part in book.review.parts.items()}
    joined = values.loc[former["claim_id"], ["topic", "quantity"]].astype(str)
    frame = former.assign(
        topic=[book.review.topic(topic).label for topic in joined["topic"]],
        quantity=[named.get(quantity, quantity) for quantity in joined["quantity"]],
    )

    shown = [
        Column("quantity", "Value"),
        Column("printed", "Printed", "right"),
        Column("ours", "Ours then", "right"),
        Column("verdict", "Verdict then"),
    ]
    commits = words.join(dict.fromkeys(former["commit"]))
    caption = f"The {words.count(len(former), 'verdict')} of the former rules, commit {commits}."
    notes = "The CSV has the reasons as they stood."
    return BookTable(frame, name, caption, shown, notes, group=Column("topic", "Topic"))
