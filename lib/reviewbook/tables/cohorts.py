"""Tables of cohorts: who is pooled, what is known of each, who is left out and why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from reviewbook import words

from .table import BookTable, Column, Markup, escape, link, missing, role

if TYPE_CHECKING:
    from reviewbook.evidence.evidence import Evidence
    from reviewbook.pooling.selection import Selection
    from reviewbook.review.project import Review


def plain(value: Any) -> str:
    """Return an identifier as words: ``er_retention`` is ``er retention``."""
    return str(value).replace("_", " ")


def whole(value: Any) -> str:
    """Return a whole number as text."""
    return str(words.number(int(value), 0))


def report_cell(row: Mapping[str, Any]) -> str:
    """Return the report of a cohort: cited where the bibliography has it, else by its name."""
    if not missing(row.get("citation_key")):
        return role("cite:t", str(row["citation_key"]))
    return escape(str(row["report_name"]))


def source_cell(row: Mapping[str, Any]) -> str:
    """Return where a count was read, linked."""
    text = row.get("locator")
    url = row.get("source_url")
    return link("source" if missing(text) else str(text), "" if missing(url) else str(url))


def group_text(column: str, review: Review | None) -> Any:
    """Return a function from values of a cohort column to words, by ``review.toml`` where given."""
    group = None if review is None else review.groups.get(column)
    return plain if group is None else group.label


def cohort_table(
    selection: Selection, *, name: str, caption: str | None = None, notes: str = ""
) -> BookTable:
    """Return the cohorts pooled for an outcome: report, count, status and where it was read."""
    outcome = selection.outcome
    label = "any outcome" if outcome is None else outcome.label
    columns = [
        Column("label", "Cohort"),
        Column("report_id", "Report", cell=report_cell),
        Column("n_infused", "Infused", "right", whole),
        Column(
            "events",
            "Events/total",
            "right",
            cell=lambda row: str(words.counts(int(row["events"]), int(row["total"]))),
        ),
        Column(
            "timepoint",
            "Counted at",
            format=plain,
        ),
        Column("status", "Status", format=lambda v: role("status", str(v))),
        Column("locator", "Read in", cell=source_cell),
    ]
    if any(population != "infused" for population in selection.included["population"]):
        columns.insert(4, Column("population", "Among", format=plain))
    default = (
        f"{escape(label)}: {words.count(selection.k, 'cohort')} with "
        f"{words.count(selection.n, 'patient')}, by date of publication."
    )
    return BookTable(
        frame=selection.included,
        name=name,
        caption=caption or default,
        columns=columns,
        notes=notes or _derivations(selection),
        sortable=True,
    )


def _derivations(selection: Selection) -> str:
    """Say how each derived count came about."""
    rows = selection.included
    derived = rows[(rows["status"] == "derived") & (rows["derivation"] != "")]
    parts = [
        f"{escape(label)}: {escape(how)}"
        for label, how in zip(derived["label"], derived["derivation"], strict=True)
    ]
    return f"Derived counts. {'; '.join(parts)}." if parts else ""


def characteristics_table(
    evidence: Evidence,
    cohorts: Selection | pd.DataFrame,
    *,
    name: str,
    caption: str | None = None,
    review: Review | None = None,
) -> BookTable:
    """Return what is known of each cohort: product, place, cells, editing, disease, patients.

    Parameters
    ----------
    evidence : Evidence
        Supplies the columns that `cohorts` lacks.
    cohorts : Selection or DataFrame
        The cohorts to list, in this order; a DataFrame has at least ``cohort_id``.
    review : Review, optional
        Supplies the words for groups; otherwise the identifiers are shown as words.
    """
    given = cohorts if isinstance(cohorts, pd.DataFrame) else cohorts.included
    known = evidence.cohorts.set_index("cohort_id")
    frame = given.copy()
    for column in known.columns:
        if column not in frame:
            frame[column] = known[column].reindex(frame["cohort_id"]).to_numpy()
    columns = [Column("label", "Cohort")]
    if "report_id" in frame or "citation_key" in frame:
        columns.append(Column("report_id", "Report", cell=report_cell))
    columns += [
        Column("country", "Country"),
        Column("cell_source", "Cells", format=group_text("cell_source", review)),
        Column("gene_edited", "Edited", format=group_text("gene_edited", review)),
        Column(
            "fratricide_strategy",
            "Fratricide strategy",
            format=group_text("fratricide_strategy", review),
        ),
        Column("disease_group", "Disease", format=group_text("disease_group", review)),
        Column("n_infused", "Infused", "right", whole),
        Column("n_autologous", "Own cells", "right", whole),
        Column("n_donor", "Donor cells", "right", whole),
    ]
    size = words.count(len(frame), "cohort")
    groups = frame["overlap_group"][frame["overlap_group"] != ""]
    overlaps = bool(groups.duplicated().any())
    if overlaps:  # their patients do not add up
        total = f"Characteristics of {size}, some of which may share patients."
    else:
        patients = words.count(int(frame["n_infused"].sum()), "patient")
        total = (
            f"Characteristics of {size} with {patients} infused, as far as their number is known."
        )
    return BookTable(
        frame=frame[[c for c in dict.fromkeys([*given.columns, *known.columns]) if c in frame]],
        name=name,
        caption=caption or total,
        columns=columns,
        notes="An empty cell means: not reported in any source that could be read. Donor cells "
        "include universal products.",
        sortable=True,
    )


def composition_table(
    cohorts: Selection | pd.DataFrame,
    *,
    name: str,
    by: tuple[str, ...] = ("cell_source", "gene_edited", "disease_group"),
    caption: str | None = None,
    review: Review | None = None,
) -> BookTable:
    """Return how many cohorts and patients fall in each group of each characteristic."""
    given = cohorts if isinstance(cohorts, pd.DataFrame) else cohorts.included
    total = int(given["n_infused"].sum())
    rows, titles = [], []
    for column in by:
        group = None if review is None else review.groups.get(column)
        title = plain(column).capitalize() if group is None else group.title
        titles.append(title)
        words_of = group_text(column, review)
        filled = given[column].map(lambda v: "" if missing(v) else str(v))
        order = list(dict.fromkeys(filled))
        if group is not None:
            known = [value for value in group.labels if value in order]
            order = [*known, *[value for value in order if value not in known]]
        for value in order:
            part = given[filled == value]
            patients = int(part["n_infused"].sum())
            text = words_of(value) if value or group is not None else "not reported"
            rows.append(
                {
                    "characteristic": title,
                    "group": text,
                    "cohorts": len(part),
                    "patients": patients,
                    "share": patients / total if total else None,
                }
            )
    return BookTable(
        frame=pd.DataFrame(rows),
        name=name,
        caption=caption
        or f"{words.count(len(given), 'cohort')} with {words.count(total, 'patient')} infused, by "
        f"{words.join(words.within_sentence(title) for title in titles)}.",
        columns=[
            Column("group", "Group", cell=lambda row: f"{row['characteristic']}: {row['group']}"),
            Column("cohorts", "Cohorts", "right", whole),
            Column("patients", "Patients", "right", whole),
            Column("share", "Share of patients", "right", lambda v: str(words.percent(v))),
        ],
    )


def excluded_table(
    selection: Selection, *, name: str, caption: str | None = None, stages: tuple[str, ...] = ()
) -> BookTable:
    """Return every cohort left out, with the stage and the reason.

    Parameters
    ----------
    stages : tuple of str
        Only these stages; all of them by default.
    """
    frame = selection.excluded
    if stages:
        frame = frame[frame["stage"].isin(stages)]
    label = "any outcome" if selection.outcome is None else selection.outcome.label
    return BookTable(
        frame=frame,
        name=name,
        caption=caption
        or f"{escape(label)}: {words.count(len(frame), 'cohort')} left out, in the order of "
        "the rules.",
        columns=[
            Column("label", "Cohort"),
            Column("n_infused", "Infused", "right", whole),
            Column("stage", "Left at", format=lambda v: str(v)),
            Column("reason", "Reason"),
        ],
        sortable=True,
    )


def unreadable_table(
    selections: Mapping[str, Selection], review: Review, *, name: str, caption: str | None = None
) -> BookTable:
    """Return, for all outcomes but the first, the cohorts whose count could not be read.

    Parameters
    ----------
    selections : mapping of outcome id to Selection
    """
    from reviewbook.pooling.selection import UNREADABLE

    parts = []
    for outcome in list(review.outcomes)[1:]:
        frame = selections[outcome.id].excluded
        part = frame[frame["stage"] == UNREADABLE].copy()
        part.insert(0, "outcome", outcome.label)
        parts.append(part)
    frame = pd.concat(parts, ignore_index=True)
    return BookTable(
        frame=frame,
        name=name,
        caption=caption
        or f"Cohorts that meet the rules but whose count could not be read: "
        f"{words.count(len(frame), 'gap')} over {words.count(len(parts), 'outcome')}.",
        columns=[
            Column("label", "Cohort"),
            Column("outcome", "Outcome"),
            Column("n_infused", "Infused", "right", whole),
            Column("reason", "Reason"),
        ],
        sortable=True,
    )


def flow_table(
    selections: Mapping[str, Selection], review: Review, *, name: str, caption: str | None = None
) -> BookTable:
    """Return cohorts and patients left after each stage, outcomes as columns."""
    outcomes = [outcome for outcome in review.outcomes if outcome.id in selections]
    first = selections[outcomes[0].id].flow
    frame = pd.DataFrame({"stage": first["stage"].tolist()})
    columns = [Column("stage", "Left after", format=lambda v: _STAGES.get(str(v), plain(v)))]
    for outcome in outcomes:
        flow = selections[outcome.id].flow.set_index("stage").reindex(frame["stage"])
        cohorts, patients = f"{outcome.id}_cohorts", f"{outcome.id}_patients"
        frame[cohorts] = flow["cohorts"].to_numpy()
        frame[patients] = flow["patients"].to_numpy()
        columns.append(Column(cohorts, outcome.short, "right", cell=_cohorts_patients(outcome.id)))
    return BookTable(
        frame=frame,
        name=name,
        caption=caption
        or "Cohorts (patients of known number) left after each stage, by outcome. Until the last "
        "stage, patients in cohorts that overlap count in each of them.",
        columns=columns,
    )


_STAGES = {
    "identified": "Identified",
    "no eligible report": "Date and peer review of the report",
    "too few patients": "Number infused",
    "no readable count": "Count can be read",
    "overlap": "Overlap: included",
}


def _cohorts_patients(outcome_id: str) -> Any:
    def cell(row: Mapping[str, Any]) -> str:
        cohorts, patients = row[f"{outcome_id}_cohorts"], row[f"{outcome_id}_patients"]
        return f"{whole(cohorts)} ({whole(patients)})"

    return cell


def overlap_table(
    evidence: Evidence, selection: Selection, *, name: str, caption: str | None = None
) -> BookTable:
    """Return the groups of cohorts that may share patients and which member is pooled."""
    cohorts = evidence.cohorts
    labels = dict(zip(cohorts["cohort_id"], cohorts["label"], strict=True))
    pooled = set(selection.included["cohort_id"])
    reasons = dict(zip(selection.excluded["cohort_id"], selection.excluded["reason"], strict=True))
    grouped = cohorts[cohorts["overlap_group"] != ""]
    sizes = grouped["overlap_group"].value_counts()
    rows = []
    for group in dict.fromkeys(grouped["overlap_group"]):
        members = grouped[grouped["overlap_group"] == group]
        linked = any(text for text in members["also_overlaps"])
        if sizes[group] < 2 and not linked:
            continue
        for member in members.to_dict("records"):
            others = [labels.get(o, o) for o in str(member["also_overlaps"]).split(";") if o]
            inside = member["cohort_id"] in pooled
            rows.append(
                {
                    "group": group,
                    "label": member["label"],
                    "n_infused": member["n_infused"],
                    "pooled": "pooled" if inside else "not pooled",
                    "reason": "" if inside else reasons.get(member["cohort_id"], ""),
                    "also_overlaps": "; ".join(others),
                }
            )
    frame = pd.DataFrame(
        rows, columns=["group", "label", "n_infused", "pooled", "reason", "also_overlaps"]
    )
    count = words.count(frame["group"].nunique(), "group")
    return BookTable(
        frame=frame,
        name=name,
        caption=caption or f"Cohorts that may share patients, in {count}; which member is pooled.",
        columns=[
            Column("label", "Cohort"),
            Column("group", "Group", format=plain),
            Column("n_infused", "Infused", "right", whole),
            Column("pooled", "In this pool", cell=_in_pool),
            Column("also_overlaps", "May also overlap with"),
        ],
    )


def _in_pool(row: Mapping[str, Any]) -> str:
    if row["pooled"] == "pooled":
        return Markup("**pooled**")
    return f"no: {row['reason']}" if row["reason"] else "no"
