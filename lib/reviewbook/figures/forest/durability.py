"""Forest plots of printed values that are not pooled: survival of all infused, and two sites."""

from __future__ import annotations

import pandas as pd

import metaprop
from reviewbook import words
from reviewbook.figures.drawing.figure import BookFigure
from reviewbook.review.settings import Review

from .estimates import forest_rows
from .rows import Row


def durability_forest(rows: pd.DataFrame, review: Review, *, name: str, caption: str) -> BookFigure:
    """Draw printed survival of all infused by kind and time, each cohort at the time it prints.

    Parameters
    ----------
    rows : DataFrame
        :func:`reviewbook.survival.durability.everyone_rows`; medians are left to the table.
    """
    timed = rows[rows["time_months"].notna()]
    panels = [review.endpoint(e).panel or review.endpoint(e).label for e in timed["endpoint"]]
    timed = timed.assign(panel=panels).sort_values(["panel", "time_months", "label"])
    drawn: list[Row] = []
    for (panel, months), group in timed.groupby(["panel", "time_months"], sort=False):
        heading = f"{panel} at {months:g} months"
        drawn.append(Row(label=heading, kind="heading"))
        for row in group.to_dict("records"):
            endpoint = review.endpoint(row["endpoint"]).label
            more = [row["detail"]] if row["detail"] else []
            if endpoint != words.within_sentence(str(panel)):
                more.insert(0, endpoint)
            drawn.append(
                Row(
                    label=", ".join([row["label"], *more]),
                    estimate=float(row["estimate"]),
                    low=None if pd.isna(row["low"]) else float(row["low"]),
                    high=None if pd.isna(row["high"]) else float(row["high"]),
                    counts="" if pd.isna(row["n"]) else f"n = {int(row['n'])}",
                    status=row["status"],
                    group=heading,
                )
            )
    return forest_rows(
        drawn,
        name=name,
        caption=caption,
        axis_label="Share of patients, as printed",
        counts_header="Infused",
        footer=["As printed, nothing is pooled. A square without a line: no interval is printed."],
        call="figures.durability_forest(everyone_rows(book), book.review, ...)",
        alt=f"Forest plot of {words.count(len(timed), 'printed value')} of survival of everyone "
        f"infused in {words.count(timed['cohort_id'].nunique(), 'cohort')}, from "
        f"{words.percent(timed['estimate'].min())} to {words.percent(timed['estimate'].max())}, at "
        f"{timed['time_months'].min():g} to {timed['time_months'].max():g} months.",
    )


def sites_forest(pairs: pd.DataFrame, *, name: str, caption: str) -> BookFigure:
    """Draw remission of the marrow and outside it, one heading a report.

    Parameters
    ----------
    pairs : DataFrame
        :func:`reviewbook.survival.durability.marrow_and_beyond`.
    """
    rows: list[Row] = []
    for row in pairs.to_dict("records"):
        rows.append(Row(label=row["label"], kind="heading"))
        for kind, label in (("marrow", "Marrow"), ("beyond", "Outside the marrow")):
            events, total = row[f"{kind}_events"], row[f"{kind}_total"]
            low, high = metaprop.proportion_interval([events], [total], method="wilson")
            rows.append(
                Row(
                    label=label,
                    estimate=events / total,
                    low=float(low[0]),
                    high=float(high[0]),
                    counts=str(words.counts(events, total)),
                    status=row[f"{kind}_status"],
                    group=row["label"],
                )
            )
    less = int((pairs["beyond_share"] < pairs["marrow_share"]).sum())
    return forest_rows(
        rows,
        name=name,
        caption=caption,
        axis_label="In complete remission, share of patients with disease there",
        label_header="Site",
        footer=["Intervals: Wilson. Patients with disease at both sites count at both."],
        call="figures.sites_forest(marrow_and_beyond(book), ...)",
        alt=f"Forest plot of remission of the marrow and outside it in "
        f"{words.count(len(pairs), 'report')}; in {less} of them it is less frequent outside.",
    )
