"""The table of studies a clinician expects: who was treated, with what, followed for how long."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pandas as pd

from reviewbook import words
from reviewbook.evidence.characteristics import Fact, facts_of, follow_up_of
from reviewbook.pooling.pools import Pools

from . import columns
from .columns import Row, lines, report_text
from .table import BookTable, Column, Markup, escape

NO_ADDRESS = "†"


def studies_table(cohorts: pd.DataFrame, pools: Pools, *, name: str) -> BookTable:
    """Return each cohort with what its texts print on patients, product and follow-up.

    Every value of ``characteristics.csv`` is a link to where it was read; the words that appear on
    it say which part of the text. A cell is empty where nothing is printed.

    Parameters
    ----------
    cohorts : DataFrame
        The cohorts in this order, such as ``pools.eligible()``.
    """
    facts = pools.evidence.other["characteristics"]
    known = pools.evidence.cohorts.set_index("cohort_id")
    found = {
        (cohort, item): follow_up_of(facts, cohort)
        if item == "follow_up"
        else facts_of(facts, cohort, item)
        for cohort in cohorts["cohort_id"]
        for item in SAY
    }
    frame = cohorts.assign(product=[known.loc[c, "product"] for c in cohorts["cohort_id"]])
    for item, say in SAY.items():
        own = [found[cohort, item] for cohort in cohorts["cohort_id"]]
        frame[item] = ["; ".join(map(say, facts)) for facts in own]
        frame[f"{item}_source"] = [" ".join(f.source_url for f in facts) for facts in own]

    def cell(item: str) -> Callable[[Row], Markup]:
        def linked(row: Row) -> Markup:
            texts = [_linked(fact, SAY[item](fact)) for fact in found[row["cohort_id"], item]]
            return Markup("; ".join(texts))

        return linked

    def product(row: Row) -> Markup:
        groups = [
            pools.review.group(group).label(row[group])
            for group in ("cell_source", "disease_group")
        ]
        return lines(escape(row["product"]), escape("; ".join(groups)))

    def treatment(row: Row) -> Markup:
        return lines(cell("dose")(row), cell("lymphodepletion")(row))

    shown = [
        Column("label", "Study", cell=_study),
        Column("product", "Product; cells; disease", cell=product),
        columns.INFUSED,
        Column("median_age", "Median age (range)", cell=cell("median_age")),
        Column("prior_hsct", "Earlier transplant", cell=cell("prior_hsct")),
        Column("dose", "Dose; lymphodepletion", cell=treatment),
        Column("follow_up", "Median follow-up", cell=cell("follow_up")),
    ]
    caption = (
        f"The studies: {words.count(len(frame), 'cohort')} that a set of this book pools, by date "
        "of publication."
    )
    notes = (
        "An empty cell: not printed in any text that could be read. Each value is linked to where "
        f"it was read; {NO_ADDRESS}: the text has no address. Planned: from a registry record or a "
        "protocol, not what was given. The report is preferred to other documents, and the longest "
        "follow-up; values that differ stand side by side."
    )
    return BookTable(frame, name, caption, shown, notes, sortable=True, wide=True)


def _study(row: Row) -> Markup:
    return lines(report_text(row), escape(row["name"]))


def _linked(fact: Fact, text: str) -> Markup:
    if not fact.source_url:
        return Markup(f"{escape(text)}{NO_ADDRESS}")
    where = "; ".join(filter(None, (fact.locator, fact.remark))).replace('"', "'")
    return Markup(f'[{escape(text)}](<{fact.source_url}> "{escape(where)}")')


def _range(fact: Fact) -> str:
    return f" ({fact.low} to {fact.high})" if fact.low and fact.high else ""


def _planned(fact: Fact, text: str) -> str:
    return f"planned: {text}" if fact.planned else text


def _age(fact: Fact) -> str:
    return _planned(fact, f"{fact.value}{_range(fact)}")


def _count(fact: Fact) -> str:
    if fact.n is None:
        return fact.value
    return str(fact.n) if fact.total is None else str(words.counts(fact.n, fact.total))


def _dose(fact: Fact) -> str:
    per = "/kg" if fact.unit.endswith("/kg") else ""
    return _planned(fact, f"{fact.value} × 10⁶{per}")


def _follow_up(fact: Fact) -> str:
    kinds = {"follow_up_mean": "mean ", "follow_up_max": "at most "}
    return f"{kinds.get(fact.item, '')}{fact.value} {fact.unit}".strip() + (
        _range(fact) if fact.item == "follow_up_median" else ""
    )


SAY: dict[str, Callable[[Fact], str]] = {
    "median_age": _age,
    "prior_hsct": _count,
    "dose": _dose,
    "lymphodepletion": lambda fact: _planned(fact, fact.value),
    "follow_up": _follow_up,
}
"""How a fact on an item reads."""


def all_cohorts(pools: Pools, sets: Iterable[str]) -> pd.DataFrame:
    """Return the cohorts that any of the sets pools, each once, by date of publication."""
    frames = [pools.eligible(one) for one in sets]
    every = pd.concat(frames, ignore_index=True).drop_duplicates("cohort_id")
    return every.sort_values(["publication_date", "cohort_id"], ignore_index=True)
