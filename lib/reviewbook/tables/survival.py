"""Tables of survival: printed values, comparisons of arms, what can be told apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from reviewbook import words
from reviewbook.pooling.pools import Pools
from reviewbook.review.settings import CohortsEvidence, Review
from reviewbook.survival.arms import Arm, Comparison, pooled_ratio
from reviewbook.survival.identifiability import BETTER, INSIDE, OUTSIDE, WORSE, Identifiability

from . import columns
from .columns import Row, together
from .table import BookTable, Column, Markup, escape, link, missing


def landmark_table(rows: pd.DataFrame, review: Review, *, name: str) -> BookTable:
    """Return printed survival at a stated time with its complementary log-log value.

    `rows` is what :func:`reviewbook.survival.printed.landmark_rows` returns.
    """

    def arm(row: Row) -> str:
        return ", ".join(filter(None, (review.arm(row["arm"]), row.get("detail"))))

    def head(row: Row) -> str:
        label = review.endpoint(row["endpoint"]).label
        return f"{words.capital(label)} at {row['time_months']:g} months"

    shown = [
        columns.COHORT_REPORT,
        Column("arm", "Patients", cell=arm),
        columns.integer("n", "n"),
        columns.joined_interval("Printed (95% CI)"),
        Column("cloglog", "log(−log S) (SE)", "right", cell=_cloglog),
        columns.STATUS,
        Column("source_url", "Read in", cell=_source),
    ]
    notes = (
        "≈ marks a standard error taken from the number of patients, as if nobody was censored "
        "before: an approximation, and too small if some were."
    )
    frame = rows.sort_values(["endpoint", "time_months", "label", "arm"], ignore_index=True)
    caption = "Survival as printed at a stated time, by endpoint and time."
    group = Column("endpoint", "Endpoint", cell=head)
    return BookTable(frame, name, caption, shown, notes, sortable=True, group=group)


def other_figures_table(rows: pd.DataFrame, review: Review, *, name: str) -> BookTable:
    """Return medians, incidences and crude shares as printed.

    `rows` is what :func:`reviewbook.survival.printed.other_rows` returns.
    """
    shown = [
        columns.COHORT_REPORT,
        Column("arm", "Patients", format=review.arm),
        Column("estimate", "Printed", "right", cell=_printed),
        Column("events", "Events/n", "right", cell=_events),
        columns.STATUS,
    ]
    notes = (
        "A crude share counts patients at the data cut, whatever their follow-up. These rows are "
        "not pooled; counts in both arms of one report become odds ratios."
    )
    frame = rows.sort_values(["endpoint", "label", "arm"], ignore_index=True)
    caption = "Medians, incidences and crude shares by arm, as printed."
    group = Column("endpoint", "Endpoint", format=lambda v: words.capital(review.endpoint(v).label))
    return BookTable(
        frame, name, caption, shown, notes, sortable=True, group=group, below=[Column("notes", "")]
    )


def comparison_table(
    found: Mapping[str, Sequence[Comparison]], review: Review, *, name: str
) -> BookTable:
    """Return the comparisons of each endpoint, both arms as printed, and the pooled ratios."""
    rows: list[dict[str, Any]] = []
    for endpoint, listed in found.items():
        label = review.endpoint(endpoint).label
        rows += [_comparison_record(one, label, review) for one in listed]
        overall = pooled_ratio(listed)
        if overall is not None and len(listed) > 1:
            rows.append(
                {
                    "label": f"Pooled, {words.count(len(listed), 'cohort')}",
                    "endpoint": label,
                    "measure": listed[0].measure,
                    "ratio": overall.estimate,
                    "low": overall.low,
                    "high": overall.high,
                    "approximate": any(one.approximate for one in listed),
                    "pooled": True,
                }
            )
    shown = [
        Column("label", "Cohort, report", cell=_compared),
        Column("time_months", "Months", "right", "{:g}".format),
        Column("better", "With", "right", together),
        Column("worse", "Without", "right", together),
        Column("ratio", "Ratio (95% CI)", "right", cell=_ratio),
        Column("at_one_time", "At that time", "right", cell=_at_one_time),
        Column("printed_p", "Printed p", "right", together),
    ]
    caption = "Comparisons within a cohort: both arms as printed, and the ratio."
    notes = (
        "A hazard ratio is from the printed p, which rests on the whole follow-up, where one is "
        "printed with its value, else from survival at the time shown; an odds ratio is from "
        "counts, with exact limits. ≈ marks those that rest on the number of patients, as no "
        "interval is printed."
    )
    return BookTable(
        pd.DataFrame(rows),
        name,
        caption,
        shown,
        notes,
        group=Column("endpoint", "Endpoint", format=words.capital),
        below=[Column("notes", "", format=words.capital)],
    )


def _compared(row: Row) -> Markup:
    if row["pooled"]:
        return Markup(f"**{escape(row['label'])}**")
    return columns.cohort_report_text(row)


def identifiability_table(
    shown: Identifiability, pools: Pools, evidence: CohortsEvidence, *, name: str
) -> BookTable:
    """Return how many cohorts of each kind stand in each stratum, with their names."""
    review = pools.review
    group, other = review.group(evidence.column), review.group(evidence.within_column)
    within = other.label(evidence.within_value)
    sides = {
        BETTER: " or ".join(group.label(v) for v in evidence.better),
        WORSE: " or ".join(group.label(v) for v in evidence.worse),
    }
    strata = {INSIDE: within, OUTSIDE: f"Not {words.within_sentence(within)}"}
    endpoint = " or ".join(review.endpoint(e).label for e in evidence.endpoints)
    frame = shown.table.assign(
        side=[sides.get(s, "Unclear or not reported") for s in shown.table["side"]],
        stratum=[strata.get(s, "Not reported") for s in shown.table["stratum"]],
    )
    caption = (
        f"{escape(group.title)} by {escape(words.within_sentence(other.title))}: which cohorts "
        "could tell the two apart."
    )
    notes = (
        "An effect could be told apart only within a row group that holds cohorts of both kinds. "
        "Cohorts: one of each group that may share patients, by the rules of the set "
        f"“{escape(review.set(evidence.set).label)}”."
    )
    listed = [
        Column("stratum", other.title),
        Column("side", group.title),
        columns.COHORTS,
        columns.PATIENTS,
        columns.integer("with_endpoint", f"Print {endpoint}"),
        Column("labels", "Which"),
    ]
    return BookTable(frame, name, caption, listed, notes)


def _source(row: Row) -> Markup:
    url = row["source_url"]
    return Markup("no address") if missing(url) else link("source", str(url))


def _printed(row: Row) -> str:
    limits = ""
    if not missing(row["ci_low"]):
        high = "not reached" if missing(row["ci_high"]) else f"{row['ci_high']:g}"
        limits = f" ({row['ci_low']:g} to {high})"
    if row["statistic"] == "median_months":
        return f"median {row['estimate']:g} months{limits}"
    when = "" if missing(row["time_months"]) else f" at {row['time_months']:g} months"
    return f"{row['estimate']:g}%{limits}{when}"


def _events(row: Row) -> str:
    if missing(row["n"]):
        return ""
    if missing(row["events"]):
        return f"n = {int(row['n'])}"
    return words.counts(int(row["events"]), int(row["n"]))


def _cloglog(row: Row) -> str:
    if missing(row["cloglog"]) or missing(row["se"]):
        return ""
    mark = "≈ " if row["approximate"] else ""
    return f"{mark}{words.number(row['cloglog'])} ({words.number(row['se'])})"


def _ratio(row: Row) -> str:
    ratio, low, high = (words.number(row[key]) for key in ("ratio", "low", "high"))
    mark = "≈ " if row["approximate"] else ""
    return together(f"{mark}{ratio} ({low} to {high})")


def _at_one_time(row: Row) -> str:
    """Return the ratio from survival at one time, where another one stands before it."""
    if missing(row["at_one_time"]) or row["at_one_time"] == row["ratio"]:
        return ""
    ends = ("at_one_time", "at_one_time_low", "at_one_time_high")
    ratio, low, high = (words.number(row[key]) for key in ends)
    return together(f"{ratio} ({low} to {high})")


def _comparison_record(one: Comparison, endpoint: str, review: Review) -> dict[str, Any]:
    names = {
        "group 1": words.within_sentence(review.arm(one.better.arm)),
        "group 0": words.within_sentence(review.arm(one.worse.arm)),
    }
    notes = ["≈ standard error from the number of patients"] if one.approximate else []
    for note in one.notes:
        group, _, text = note.partition(": ")
        if not text.startswith("standard error from the number"):
            notes.append(f"{names.get(group, group)}: {text}")
    if one.all_events is not None:
        most = words.ratio(one.all_events)
        notes.append(
            "events are not printed: the fewest possible are taken, those by the time shown; had "
            f"every patient had one, the ratio would be {most}"
        )
    for arm in (one.better, one.worse):
        if arm.derivation:
            notes.append(f"{review.arm(arm.arm)}: {arm.derivation}")
    at_one_time = tuple(one.at_one_time or (None,) * 3)
    return {
        **{key: getattr(one, key) for key in ("label", "report_id", "report_name", "citation_key")},
        "endpoint": endpoint,
        "measure": one.measure,
        "time_months": one.time_months,
        "better": _arm(one.better),
        "worse": _arm(one.worse),
        "ratio": one.ratio.estimate,
        "low": one.ratio.low,
        "high": one.ratio.high,
        "approximate": one.approximate,
        "pvalue": one.pvalue,
        **{
            f"at_one_time{end}": v
            for end, v in zip(("", "_low", "_high"), at_one_time, strict=True)
        },
        "printed_p": one.printed_p.replace("<", "< "),
        "notes": "; ".join(notes),
        "pooled": False,
    }


def _arm(arm: Arm) -> str:
    if arm.survival is None:
        return str(words.counts(arm.events or 0, arm.n or 0))
    size = "" if arm.n is None else f" of {arm.n}"
    text = f"{words.percent(arm.survival)}{size}"
    if arm.low is None or arm.high is None:
        return text
    low, high = words.number(100 * arm.low, 0), words.number(100 * arm.high, 0)
    return f"{text} ({low} to {high})"
