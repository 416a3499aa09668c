"""The sentences of the chapters on further outcomes: harms, relapse, depth of response."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from reviewbook import words
from reviewbook.evidence.rows import records
from reviewbook.pooling.further import FurtherPool, Part, further_pool
from reviewbook.robustness.sensitivity import leave_one_out
from reviewbook.survival.durability import (
    enrolled_rows,
    everyone_rows,
    follow_up_text,
    marrow_and_beyond,
)
from reviewbook.words import Phrase

from . import Sentences

if TYPE_CHECKING:
    import pandas as pd

    from reviewbook.book import Book


def harms_sentences(book: Book) -> Sentences:
    """Return the phrases of the chapter on harms beside the two reactions."""
    early, whole = further_pool(book, "gvhd_any_early"), further_pool(book, "gvhd_any")
    severe = further_pool(book, "gvhd_grade3plus")
    cytopenia = further_pool(book, "cytopenia_grade3plus").part()
    infection = further_pool(book, "infection_any_early").part()
    death, fatal = further_pool(book, "non_relapse_death"), further_pool(book, "infection_fatal")
    return Sentences(
        donor_early=_crude(early.part("Donor")),
        autologous_early=_crude(early.part("Autologous")),
        donor_whole=_crude(whole.part("Donor")),
        universal=words.per_hundred(whole.part("Universal").average),
        universal_crude=_crude(whole.part("Universal")),
        gvhd_phases=_phases(whole, "case"),
        severe_universal=words.per_hundred(severe.part("Universal").average),
        severe_universal_crude=_crude(severe.part("Universal")),
        severe_donor=_crude(severe.part("Donor")),
        severe_late=_late(book, "gvhd_grade3plus"),
        gvhd_fatal=_late(book, "gvhd_fatal"),
        cytopenia=words.per_hundred(cytopenia.average),
        cytopenia_crude=_crude(cytopenia),
        cytopenia_late=_late(book, "cytopenia_grade3plus_late"),
        infection=_spread(infection),
        infection_late=_late(book, "infection_grade3plus"),
        fatal_infection=words.per_hundred(fatal.part().average),
        fatal_infection_crude=_crude(fatal.part()),
        death=words.per_hundred(death.part().average),
        death_crude=_crude(death.part()),
        death_phases=_phases(death, "death"),
        death_follow_up=_follow_up(book, death),
        death_leave_one_out=_leave_one_out(death.part()),
        hlh=_crude(further_pool(book, "hlh_iechs").part()),
        viral=_crude(further_pool(book, "viral_reactivation").part()),
        reporting=_reporting(book, ("gvhd_any", "treatment_related_death", "infection_any")),
    )


def relapse_sentences(book: Book) -> Sentences:
    """Return the phrases of the chapter on relapse and durability."""
    lost = further_pool(book, "cd7_negative_at_relapse")
    relapse = further_pool(book, "relapse").part()
    remissions = further_pool(book, "relapse_of_remissions").part()
    everyone = everyone_rows(book)
    at_time = everyone[everyone["time_months"].notna()]
    medians = everyone[everyone["time_months"].isna()]
    return Sentences(
        lost=words.per_hundred(lost.part().average),
        lost_crude=_of(lost.part().events, lost.part().selection.n),
        lost_cohorts=words.count(lost.part().selection.k, "cohort"),
        lost_left_out=words.join(
            f"{_of(row['events'], row['total'])} in {row['label']}"
            for row in records(lost.left_out)
        ),
        relapse=_each(book, relapse),
        remissions=_each(book, remissions),
        os_24=_at(at_time, "os", 24),
        free_24=_at(at_time, "pfs", 24),
        free_12=_at(at_time, "pfs", 12),
        os_6=_at(at_time, "os", 6),
        medians=words.join(
            f"{words.within_sentence(book.review.endpoint(row['endpoint']).label)} "
            f"{row['estimate']:g} months ({row['label']})"
            for row in records(medians)
            if row["endpoint"] in ("os", "efs")
        ),
        values=words.count(len(at_time), "value"),
        cohorts=words.count(everyone["cohort_id"].nunique(), "cohort"),
    )


def depth_sentences(book: Book) -> Sentences:
    """Return the phrases of the chapter on depth of response."""
    deep = further_pool(book, "mrd_negative_cr_early").part()
    outside = further_pool(book, "extramedullary_remission").part()
    pairs = marrow_and_beyond(book)
    less = int((pairs["beyond_share"] < pairs["marrow_share"]).sum())
    enrolled = enrolled_rows(book)
    most = enrolled.loc[(enrolled["enrolled"] - enrolled["infused"]).idxmax()]
    known = enrolled[enrolled["remissions"].notna()]
    drop = known["of_infused"] - known["of_enrolled"]
    worst = known.loc[drop.astype(float).idxmax()]
    transplanted = further_pool(book, "hsct_after").part()
    return Sentences(
        deep=words.per_hundred(deep.average),
        deep_crude=_crude(deep),
        outside=words.per_hundred(outside.average),
        outside_crude=_crude(outside),
        pairs=words.count(len(pairs), "report"),
        less=Phrase(f"{'all' if less == len(pairs) else less} of them"),
        pairs_text=words.join(
            f"{_of(row['marrow_events'], row['marrow_total'])} against "
            f"{_of(row['beyond_events'], row['beyond_total'])} ({row['label']})"
            for row in records(pairs)
        ),
        transplanted=_spread(transplanted),
        transplanted_crude=_crude(transplanted),
        enrolled_cohorts=words.count(len(enrolled), "cohort"),
        all_infused=words.count(int((enrolled["enrolled"] == enrolled["infused"]).sum()), "cohort"),
        fewest=Phrase(f"{_of(most['infused'], most['enrolled'])} in {most['label']}"),
        worst=Phrase(
            f"from {words.percent(worst['of_infused'])} of those infused to "
            f"{words.percent(worst['of_enrolled'])} of those enrolled ({worst['label']})"
        ),
    )


class _Printed(NamedTuple):
    """Survival as printed, in fractions."""

    estimate: float
    low: float | None
    high: float | None


def _of(events: int, total: int) -> Phrase:
    return Phrase(f"{int(events)} of {int(total)}")


def _crude(part: Part) -> Phrase:
    size = words.count(part.selection.k, "cohort")
    return Phrase(f"{_of(part.events, part.selection.n)} patients in {size}")


def _phases(found: FurtherPool, noun: str) -> Phrase:
    """Say how many of the events came before and after a transplant, as far as texts tell."""
    told = found.events_by_phase
    total = sum(told.values())
    after, before = told.get("after_transplant", 0), told.get("after_cells", 0)
    return Phrase(
        f"Of the {words.count(total, noun)}, {before} {_is(before)} known to have come before any "
        f"transplant and {after} after one; for {told.get('', 0)} the texts do not tell."
    )


def _is(number: int) -> str:
    return "is" if number == 1 else "are"


def _late(book: Book, counted: str) -> Phrase:
    """Return the counts of an outcome after day 30, with their cohorts."""
    rows = book.evidence.outcomes
    rows = rows[(rows["outcome"] == counted) & (rows["timepoint"] == "after_day_30")]
    labels = book.evidence.cohorts.set_index("cohort_id")["label"]
    return words.join(
        f"{_of(row['events'], row['total'])} ({labels[row['cohort_id']]})" for row in records(rows)
    )


def _spread(part: Part) -> Phrase:
    selection = part.selection
    share = selection.events / selection.totals
    ends = [int(share.argmin()), int(share.argmax())]
    low, high = (
        f"{_of(selection.events[i], selection.totals[i])} ({selection.labels[i]})" for i in ends
    )
    return Phrase(f"from {low} to {high}")


def _each(book: Book, part: Part) -> Phrase:
    """Return the count of each cohort with its median follow-up, where one is printed."""
    texts = []
    for row in records(part.selection.included):
        follow_up = follow_up_text(book, row["cohort_id"], row["report_id"])
        when = f"followed for a median of {follow_up}" if follow_up else "follow-up not printed"
        texts.append(f"{_of(row['events'], row['total'])} in {row['label']} ({when})")
    return words.join(texts)


def _follow_up(book: Book, found: FurtherPool) -> Phrase:
    included = found.selection.included
    known = included["cohort_id"].isin(_followed(book))
    return Phrase(f"{int(known.sum())} of the {words.count(len(included), 'cohort')}")


def _followed(book: Book) -> set[str]:
    facts = book.evidence.other["characteristics"]
    return set(facts[facts["item"] == "follow_up_median"]["cohort_id"])


def _leave_one_out(part: Part) -> Phrase:
    """Return between which values the pool moves when each cohort in turn is left out."""
    assert part.analysis is not None
    found = [pool for pool in records(leave_one_out(part.analysis)) if pool["kind"] == "study"]
    estimates = [pool["estimate"] for pool in found]
    return Phrase(f"{words.percent(min(estimates))} to {words.percent(max(estimates))}")


def _reporting(book: Book, counted: tuple[str, ...]) -> Phrase:
    """Say how many cohorts of the set print anything on some outcomes."""
    infused = book.select(None, book.review.further_set).included
    rows = book.evidence.outcomes
    texts = [
        f"{len(set(rows[rows['outcome'] == name]['cohort_id']) & set(infused['cohort_id']))} on "
        f"{words.within_sentence(book.review.outcome_words(name).split(',')[0])}"
        for name in counted
    ]
    return Phrase(f"Of {words.count(len(infused), 'cohort')}, {words.join(texts)}")


def _at(rows: pd.DataFrame, endpoint: str, months: int) -> Phrase:
    """Return printed survival of everyone infused at a time, each value with its cohort."""
    chosen = rows[(rows["endpoint"] == endpoint) & (rows["time_months"] == months)]
    return words.join(
        f"{words.interval(_Printed(row['estimate'], row['low'], row['high']))} in {row['label']}"
        + (f", {row['detail']}" if row["detail"] else "")
        for row in records(chosen)
    )
