"""Tables of results: recipes beside each other, subgroups, printed values beside ours."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from reviewbook import words

from .cohorts import plain, whole
from .table import BookTable, Column, Markup, escape, role

if TYPE_CHECKING:
    from metaprop import Pooled
    from reviewbook.book import Book
    from reviewbook.pooling.analysis import Analysis


def percent_interval(estimate: float, low: float, high: float) -> str:
    """Return ``83 (75 to 89)`` of three fractions."""
    one, two, three = (words.number(100 * v, 0) for v in (estimate, low, high))
    return f"{one} ({two} to {three})"


def pooled_record(label: str, pooled: Pooled) -> dict[str, Any]:
    """Return a pooled result as a flat record, fractions and τ² as they are."""
    interval, prediction = pooled.proportion, pooled.prediction
    return {
        "label": label,
        "cohorts": pooled.k,
        "patients": pooled.n,
        "estimate": None if interval is None else interval.estimate,
        "low": None if interval is None else interval.low,
        "high": None if interval is None else interval.high,
        "prediction_low": None if prediction is None else prediction.low,
        "prediction_high": None if prediction is None else prediction.high,
        "tau2": pooled.tau2,
        "i2": pooled.i2,
        "q": pooled.q,
        "q_df": pooled.q_df,
        "q_pvalue": pooled.q_pvalue,
    }


def _estimate(row: Any) -> str:
    if row["estimate"] is None or pd.isna(row["estimate"]):
        return ""
    return percent_interval(row["estimate"], row["low"], row["high"])


def _primary(row: Any) -> str:
    return percent_interval(*(row[f"primary_{part}"] for part in ("estimate", "low", "high")))


def _prediction(row: Any) -> str:
    if row["prediction_low"] is None or pd.isna(row["prediction_low"]):
        return "none"
    low, high = (words.number(100 * row[f"prediction_{end}"], 0) for end in ("low", "high"))
    return f"{low} to {high}"


def pooled_table(analysis: Analysis, *, name: str, caption: str | None = None) -> BookTable:
    """Return an outcome pooled by the primary recipe, the comparison and the alternatives."""
    found: dict[int, str] = {id(analysis.primary): "primary", id(analysis.comparison): "comparison"}
    results = [analysis.primary, analysis.comparison]
    for pooled in analysis.alternatives.values():
        if id(pooled) not in found:
            results.append(pooled)
    rows = []
    for pooled in results:
        part = found.get(id(pooled), "alternative")
        rows.append({"part": part, **pooled_record(pooled.recipe.label, pooled)})
    selection = analysis.selection
    return BookTable(
        frame=pd.DataFrame(rows),
        name=name,
        caption=caption
        or f"{escape(analysis.outcome.label)} by every recipe, "
        f"{words.count(selection.k, 'cohort')} with {words.count(selection.n, 'patient')}.",
        columns=[
            Column("label", "Recipe"),
            Column("part", "Part"),
            Column("estimate", "Pooled % (95% CI)", "right", cell=_estimate),
            Column("prediction_low", "95% prediction", "right", cell=_prediction),
            Column("tau2", "τ²", "right", lambda v: str(words.tau2(v))),
            Column("i2", "I²", "right", lambda v: str(words.i2(v))),
            Column("q_pvalue", "Q test", "right", lambda v: str(words.pvalue(v))),
        ],
        notes="τ² is the variance between cohorts on the recipe's own scale, so the values of "
        "different scales cannot be compared.",
    )


def subgroup_table(
    analysis: Analysis, variables: Sequence[str] | str, *, name: str, caption: str | None = None
) -> BookTable:
    """Return the pooled proportion of each subgroup, and the test between subgroups.

    Parameters
    ----------
    variables : str or sequence of str
        Columns of the cohorts, such as ``"cell_source"``.
    """
    listed = [variables] if isinstance(variables, str) else list(variables)
    parts, titles = [], []
    for variable in listed:
        found = analysis.subgroups(variable)
        part = found.table.copy()
        part.insert(0, "variable", variable)
        part.insert(1, "title", found.title)
        tested = found.df_between >= 1
        part["q_between"] = found.q_between if tested else None
        part["df_between"] = found.df_between
        part["p_between"] = found.pvalue if tested else None
        parts.append(part)
        titles.append(words.within_sentence(found.title))
    return BookTable(
        frame=pd.concat(parts, ignore_index=True),
        name=name,
        caption=caption or f"{escape(analysis.outcome.label)} by {words.join(titles)}.",
        columns=[
            Column("group", "Group", cell=lambda row: f"{row['title']}: {row['group']}"),
            Column("k", "Cohorts", "right", whole),
            Column(
                "events",
                "Events/total",
                "right",
                cell=lambda row: str(words.counts(int(row["events"]), int(row["total"]))),
            ),
            Column("primary_estimate", "GLMM % (95% CI)", "right", cell=_primary),
            Column("estimate", "Comparison % (95% CI)", "right", cell=_estimate),
            Column("i2", "I²", "right", lambda v: str(words.i2(v))),
            Column("p_between", "Between groups", "right", lambda v: str(words.pvalue(v))),
        ],
        notes="I² and the test between groups are those of the comparison recipe. The test "
        "compares all groups of one characteristic and stands in each of its rows.",
    )


def ledger_table(
    ledger: pd.DataFrame,
    *,
    name: str,
    topic: str | None = None,
    quantities: Sequence[str] | None = None,
    full: bool = False,
    caption: str | None = None,
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
    columns = [
        Column(
            "claim_id",
            "Value",
            cell=lambda row: _value_cell(row, with_topic=topic is None, linked=full),
        ),
        Column("printed", "Printed", "right"),
        Column("ours", "Ours", "right"),
        Column("primary", "GLMM", "right"),
        Column("verdict", "Verdict", cell=lambda row: role("verdict", str(row["verdict"]))),
    ]
    if not any(str(value).strip() for value in frame["primary"].fillna("")):
        columns = [column for column in columns if column.key != "primary"]
    if full or topic is not None:
        columns.append(Column("reason", "Reason"))
    tally = frame["verdict"].value_counts()
    verdicts = [v for v in words.VERDICTS if v in tally]
    counted = words.join([f"{tally[v]} {v}" for v in verdicts])
    return BookTable(
        frame=frame,
        name=name,
        caption=caption
        or f"{words.count(len(frame), 'printed value')} beside ours"
        + (f": {counted}." if counted else "."),
        columns=columns,
        sortable=full,
    )


def _value_cell(row: Any, *, with_topic: bool, linked: bool) -> str:
    """Return what is printed, as a link to the chapter on it where `linked`."""
    text = _value_name(row, with_topic=with_topic)
    chapter = str(row["chapter"]).removeprefix("chapters/") if linked else ""
    return Markup(f"{{doc}}`{escape(text)} </chapters/{chapter}>`") if chapter else text


def _value_name(row: Any, *, with_topic: bool) -> str:
    quantity = _QUANTITIES.get(str(row["quantity"]), plain(row["quantity"]))
    # The chapter's name is the topic in plain words; the topic itself may be an abbreviation.
    chapter = str(row.get("chapter") or "") or str(row["topic"])
    topic = plain(chapter.replace("-", " ")).capitalize()
    return f"{topic}: {quantity}" if with_topic else quantity[:1].upper() + quantity[1:]


_QUANTITIES = {
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


def article_ledger_table(book: Book, *, name: str, caption: str | None = None) -> BookTable:
    """Return printed values beside those from the article's own study table, where it was added.

    Without that table, the table holds no row and its note says so.
    """
    if book.evidence.article_table is None:
        empty = book.ledger().iloc[:0][["claim_id", "printed", "ours", "verdict"]]
        return BookTable(
            frame=empty,
            name=name,
            caption=caption or "Printed values beside those from the article's own study table.",
            columns=[
                Column("claim_id", "Value"),
                Column("printed", "Printed", "right"),
                Column("ours", "From its study table", "right"),
                Column("verdict", "Verdict"),
            ],
            notes="The article's study table is not part of the evidence, so there is nothing to "
            "compare yet.",
        )
    return ledger_table(book.ledger("article_table"), name=name, caption=caption, full=True)
