"""What could not be read, and how far it leaves a pooled value open."""

from __future__ import annotations

import pandas as pd
import pytest

import metaprop
from review_copy import ReviewCopy
from reviewbook.book import Book
from reviewbook.ledger.forensics import studies_implied
from reviewbook.pooling.coverage import coverage_of


def of(book: Book, outcome: str, eligible: pd.DataFrame | None = None):
    analysis = book.analyse(outcome)
    cohorts = book.eligible() if eligible is None else eligible
    return coverage_of(analysis.selection, cohorts, analysis.comparison.recipe)


def test_remission_is_read_in_every_cohort_of_the_set(book: Book) -> None:
    coverage = of(book, "complete_remission")
    assert (coverage.cohorts, coverage.unread, coverage.patients) == (12, (), 0)
    assert coverage.describe() == ""


def test_toxicity_is_missing_for_five_cohorts_with_forty_patients(book: Book) -> None:
    coverage = of(book, "crs_any")
    assert (coverage.cohorts, len(coverage.unread), coverage.patients) == (12, 5, 40)
    by_hand = book.eligible().set_index("label").loc[list(coverage.unread), "n_infused"]
    assert by_hand.sum() == 40


def test_extremes_are_pools_in_which_the_missing_have_no_and_only_events(book: Book) -> None:
    selection = book.select("crs_any")
    events, totals = list(selection.events), list(selection.totals)
    missing = [3, 7, 8, 10, 12]
    recipe = metaprop.Recipe(scale="double_arcsine", method="DL", i2="q")
    none = metaprop.pool([*events, 0, 0, 0, 0, 0], [*totals, *missing], recipe)
    every = metaprop.pool([*events, *missing], [*totals, *missing], recipe)
    coverage = of(book, "crs_any")
    assert coverage.none == pytest.approx(none.proportion.estimate, abs=1e-12)
    assert coverage.all == pytest.approx(every.proportion.estimate, abs=1e-12)
    assert f"in each {round(100 * every.proportion.estimate)}%." in coverage.describe()


def test_an_unread_cohort_of_unknown_size_leaves_the_extremes_open(book: Book) -> None:
    cohorts = book.eligible()
    cohorts.loc[cohorts["cohort_id"] == "gc027_leukemia12", "n_infused"] = pd.NA
    coverage = of(book, "crs_any", cohorts)
    assert (coverage.patients, coverage.none, coverage.all) == (None, None, None)
    assert coverage.describe().endswith("and the size of one is not known.")


def test_a_cohort_whose_patients_are_pooled_under_another_name_is_not_missing(book: Book) -> None:
    """In the wider set toxicity of GC027 comes from its early cut, remission from the later."""
    analysis = book.analyse("crs_any", "all_public")
    eligible = book.eligible("all_public")
    assert "gc027_asco5" in set(analysis.selection.included["cohort_id"])
    assert "gc027_leukemia12" in set(eligible["cohort_id"])
    coverage = coverage_of(analysis.selection, eligible, analysis.comparison.recipe)
    assert "GC027 expanded study" not in coverage.unread


def test_printed_i2_and_p_fit_thirteen_studies_where_they_fix_it(book: Book) -> None:
    text = {t: studies_implied(book.claims(t)) for t in ("crs", "severe_crs", "icans")}
    assert text["crs"] == text["severe_crs"] == "The printed I² and p-value fit 13 studies only."
    assert text["icans"] == ""
    assert studies_implied(book.claims("complete_remission")) == ""


def test_the_ledger_says_so_beside_the_pooled_value_alone(book: Book) -> None:
    table = book.ledger().set_index("claim_id")["reason"]
    assert "40 patients" in table["crs_pooled_proportion"]
    assert "fit 13 studies only" in table["severe_crs_pooled_proportion"]
    assert "print no count" not in table["complete_remission_pooled_proportion"]
    assert "print no count" not in table["crs_ci_low"]


def test_a_new_count_closes_the_gap(copy: ReviewCopy) -> None:
    before = of(copy.book(), "crs_any")
    rows = copy.rows("outcomes.csv")
    header = rows[0]
    line = copy.line_of(
        "outcomes.csv", cohort_id="gc027_leukemia12", outcome="complete_remission", preferred="yes"
    )
    new = dict(zip(header, rows[line - 1], strict=True))
    new |= {"outcome": "crs_any", "events": "12", "total": "12"}
    copy.write("outcomes.csv", [*rows, [new[name] for name in header]])
    after = of(copy.book(), "crs_any")
    assert before.patients - after.patients == 12
