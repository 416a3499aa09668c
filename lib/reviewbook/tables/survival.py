"""Tables of survival: printed values, comparisons of arms, what can be told apart, simulations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from reviewbook import words
from reviewbook.survival.arms import Arm, Comparison, pooled_ratio
from reviewbook.survival.identifiability import BETTER, INSIDE, OUTSIDE, WORSE

from .cohorts import report_cell, whole
from .results import percent_interval
from .table import BookTable, Column, Markup, escape, link, missing, role

if TYPE_CHECKING:
    from reviewbook.book import Book
    from reviewbook.review.settings import CohortsEvidence, Review
    from reviewbook.survival.identifiability import Identifiability


NO_BREAK = "\u00a0"


def landmark_table(
    rows: pd.DataFrame, review: Review, *, name: str, caption: str | None = None
) -> BookTable:
    """Return printed survival at a stated time with its complementary log-log value.

    Parameters
    ----------
    rows : DataFrame
        :func:`reviewbook.survival.printed.landmark_rows`.
    """
    frame = rows.sort_values(["endpoint", "time_months", "label", "arm"]).reset_index(drop=True)
    return BookTable(
        frame,
        name=name,
        caption=caption or "Survival as printed at a stated time, by endpoint and time.",
        columns=[
            Column("label", "Cohort"),
            Column("report_id", "Report", cell=report_cell),
            Column("arm", "Patients", cell=lambda row: escape(_arm_words(row, review))),
            Column("endpoint", "Endpoint", format=lambda v: review.endpoint(v).label),
            Column("time_months", "Months", "right", lambda v: f"{v:g}"),
            Column("n", "n", "right", whole),
            Column("estimate", "Printed (95% CI)", "right", cell=_percent),
            Column("cloglog", "log(−log S) (SE)", "right", cell=_cloglog),
            Column("status", "Status", format=lambda v: role("status", str(v))),
            Column("source_url", "Read in", cell=lambda row: link("source", str(row["source_url"]))
                   if not missing(row["source_url"]) else Markup("no address")),
        ],
        notes="≈ marks a standard error taken from the number of patients, as if nobody was "
        "censored before: an approximation, and too small if some were.",
        sortable=True,
    )  # fmt: skip


def other_figures_table(rows: pd.DataFrame, review: Review, *, name: str) -> BookTable:
    """Return medians, incidences and crude shares as printed.

    Parameters
    ----------
    rows : DataFrame
        :func:`reviewbook.survival.printed.other_rows`.
    """
    return BookTable(
        rows.sort_values(["endpoint", "label", "arm"]).reset_index(drop=True),
        name=name,
        caption="Medians, incidences and crude shares by arm, as printed.",
        columns=[
            Column("label", "Cohort"),
            Column("report_id", "Report", cell=report_cell),
            Column("arm", "Patients", format=review.arm),
            Column("endpoint", "Endpoint", format=lambda v: review.endpoint(v).label),
            Column("estimate", "Printed", "right", cell=_printed),
            Column("events", "Events/n", "right", cell=_events),
            Column("status", "Status", format=lambda v: role("status", str(v))),
            Column("notes", "Notes"),
        ],
        notes="A crude share counts patients at the data cut, whatever their follow-up. These rows "
        "are not pooled; counts in both arms of one report become odds ratios.",
        sortable=True,
    )


def comparison_table(
    found: Mapping[str, Sequence[Comparison]],
    review: Review,
    *,
    name: str,
    caption: str | None = None,
) -> BookTable:
    """Return every comparison with both arms as printed, and the pooled ratios.

    Parameters
    ----------
    found : mapping
        Endpoint → its comparisons.
    """
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
    frame = pd.DataFrame(rows)
    return BookTable(
        frame,
        name=name,
        caption=caption or "Comparisons within a cohort: both arms as printed, and the ratio.",
        columns=[
            Column("label", "Cohort"),
            Column("report_id", "Report", cell=_comparison_report),
            Column("endpoint", "Endpoint"),
            Column("time_months", "Months", "right", lambda v: f"{v:g}"),
            Column("better", "With", "right", _together),
            Column("worse", "Without", "right", _together),
            Column("ratio", "Ratio (95% CI)", "right", cell=_ratio),
            Column("pvalue", "Our p", "right", lambda v: str(words.pvalue(v))),
            Column("printed_p", "Printed p", "right"),
            Column("notes", "Notes"),
        ],
        notes="Ratios are hazard ratios from survival at the time shown, or odds ratios of counts "
        "with exact limits; ≈ marks those that rest on the number of patients, as no interval is "
        "printed. A printed p is the report's own, from its full follow-up; ours uses "
        "the printed values alone.",
    )


def identifiability_table(
    shown: Identifiability, book: Book, evidence: CohortsEvidence, *, name: str
) -> BookTable:
    """Return how many cohorts of each kind stand in each stratum, with their names."""
    group = book.review.groups[evidence.column]
    within = book.review.groups[evidence.within_column].label(evidence.within_value)
    sides = {
        BETTER: " or ".join(group.label(v) for v in evidence.better),
        WORSE: " or ".join(group.label(v) for v in evidence.worse),
    }
    strata = {INSIDE: within, OUTSIDE: f"Not {words.within_sentence(within)}"}
    endpoint = " or ".join(book.review.endpoint(e).label for e in evidence.endpoints)
    frame = shown.table.assign(
        side=[sides.get(s, "Unclear or not reported") for s in shown.table["side"]],
        stratum=[strata.get(s, "Not reported") for s in shown.table["stratum"]],
    )
    title = f"{book.review.groups[evidence.within_column].title}"
    return BookTable(
        frame,
        name=name,
        caption=f"{escape(group.title)} by {escape(words.within_sentence(title))}: which cohorts "
        "could tell the two apart.",
        columns=[
            Column("stratum", title),
            Column("side", group.title),
            Column("cohorts", "Cohorts", "right", whole),
            Column("patients", "Patients", "right", whole),
            Column("with_endpoint", f"Print {endpoint}", "right", whole),
            Column("labels", "Which"),
        ],
        notes="An effect could be told apart only within a row group that holds cohorts of both "
        "kinds. Cohorts: one of each group that may share patients, by the rules of the set "
        f"“{escape(book.review.set(evidence.set).label)}”.",
    )


def outcome_groups_table(book: Book, variable: str, *, name: str) -> BookTable:
    """Return every outcome of the primary set by one characteristic, with the test between."""
    parts = []
    for outcome in book.review.outcomes:
        found = book.analyse(outcome.id).subgroups(variable)
        tested = found.df_between >= 1
        parts.append(
            found.table.assign(
                outcome=outcome.label,
                q_between=found.q_between if tested else None,
                p_between=found.pvalue if tested else None,
            )
        )
    title = book.review.groups[variable].title
    return BookTable(
        pd.concat(parts, ignore_index=True),
        name=name,
        caption=f"The outcomes by {escape(words.within_sentence(title))}, in the primary set.",
        columns=[
            Column("outcome", "Outcome"),
            Column("group", title),
            Column("k", "Cohorts", "right", whole),
            Column(
                "events",
                "Events/total",
                "right",
                cell=lambda row: str(words.counts(int(row["events"]), int(row["total"]))),
            ),
            Column("primary_estimate", "GLMM % (95% CI)", "right", cell=_primary),
            Column("estimate", "Comparison % (95% CI)", "right", cell=_percent),
            Column("p_between", "Between groups", "right", lambda v: str(words.pvalue(v))),
        ],
        notes="The test compares all groups of one outcome by the comparison recipe and stands in "
        "each of its rows.",
    )


def _arm_words(row: Mapping[str, Any], review: Review) -> str:
    detail = str(row.get("detail") or "")
    return f"{review.arm(str(row['arm']))}{f', {detail}' if detail else ''}"


def _together(text: str) -> Markup:
    """Keep the limits of an interval on one line: a break may come only before its bracket."""
    start, bracket, rest = text.partition(" (")
    return Markup(start.replace(" ", NO_BREAK) + bracket + rest.replace(" ", NO_BREAK))


def _percent(row: Any) -> str:
    if missing(row["low"]) or missing(row["high"]):
        return str(words.number(100 * row["estimate"], 0))
    return _together(percent_interval(row["estimate"], row["low"], row["high"]))


def _primary(row: Any) -> str:
    if missing(row["primary_estimate"]):
        return ""
    return percent_interval(*(row[f"primary_{part}"] for part in ("estimate", "low", "high")))


def _printed(row: Any) -> str:
    months = row["statistic"] == "median_months"
    limits = ""
    if not missing(row["ci_low"]):
        high = "not reached" if missing(row["ci_high"]) else f"{row['ci_high']:g}"
        limits = f" ({row['ci_low']:g} to {high})"
    when = "" if missing(row["time_months"]) else f" at {row['time_months']:g} months"
    if months:
        return f"median {row['estimate']:g} months{limits}"
    return f"{row['estimate']:g}%{limits}{when}"


def _events(row: Any) -> str:
    if missing(row["n"]):
        return ""
    if missing(row["events"]):
        return f"n = {int(row['n'])}"
    return str(words.counts(int(row["events"]), int(row["n"])))


def _cloglog(row: Any) -> str:
    if missing(row["cloglog"]) or missing(row["se"]):
        return ""
    mark = "≈ " if row["approximate"] else ""
    return f"{mark}{words.number(row['cloglog'], 2)} ({words.number(row['se'], 2)})"


def _comparison_report(row: Any) -> str:
    return "" if row.get("pooled") is True else report_cell(row)


def _ratio(row: Any) -> str:
    values = (words.number(row[key], 2) for key in ("ratio", "low", "high"))
    one, low, high = values
    mark = "≈ " if row.get("approximate") is True else ""
    return _together(f"{mark}{one} ({low} to {high})")


def _comparison_record(one: Comparison, endpoint: str, review: Review) -> dict[str, Any]:
    names = {"group 1": review.arm(one.better.arm), "group 0": review.arm(one.worse.arm)}
    names = {group: str(words.within_sentence(arm)) for group, arm in names.items()}
    notes = ["≈ standard error from the number of patients"] if one.approximate else []
    for note in one.notes:
        group, _, text = note.partition(": ")
        if not text.startswith("standard error from the number"):
            notes.append(f"{names.get(group, group)}: {text}")
    for arm in (one.better, one.worse):
        if arm.derivation:
            notes.append(f"{review.arm(arm.arm)}: {arm.derivation}")
    return {
        "label": one.label,
        "report_id": one.report_id,
        "report_name": one.report_name,
        "citation_key": one.citation_key,
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
