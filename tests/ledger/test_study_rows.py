"""The article's own study table, end to end, with rows that are invented and stand nowhere else."""

from __future__ import annotations

import pytest

import metaprop
from review_copy import ReviewCopy
from reviewbook.book import Book
from reviewbook.book.results.collect import results_of
from reviewbook.ledger.study_rows import GUESSED, NAMED, NO_COHORT, NOT_LISTED, study_differences
from reviewbook.pooling.analysis import proportion
from reviewbook.tables import study_rows_table

TABLE = """\
study,cohort_id,patients,complete_remission_events,complete_remission_total,\
crs_any_events,crs_any_total,icans_any_events,icans_any_total
Pan et al. 2021,,20,17,20,,,1,20
Somebody 2022,,30,25,30,28,30,2,30
Case series A,gc027_leukemia12,12,11,12,,,,
"""


@pytest.fixture
def with_table(copy: ReviewCopy) -> Book:
    (copy.data / "article_study_table.csv").write_text(TABLE, encoding="utf-8")
    return copy.book()


def test_rows_are_put_beside_ours_with_what_differs(with_table: Book) -> None:
    found = study_differences(with_table)
    labels = {outcome.id: outcome.label for outcome in with_table.review.outcomes}
    rows = {(row["study"], row["outcome"]): row for row in found.to_dict("records")}
    pan = rows["Pan et al. 2021", labels["complete_remission"]]
    assert (pan["cohort_id"], pan["matched_by"]) == ("boren_donor_phase1", GUESSED)
    assert (pan["ours_events"], pan["ours_total"]) == (18, 20)
    assert pan["finding"] == "the article has 1 fewer with the event"
    assert rows["Pan et al. 2021", labels["crs_any"]]["finding"].startswith("only ours")
    named = rows["Case series A", labels["complete_remission"]]
    assert (named["matched_by"], named["finding"]) == (NAMED, "equal")
    nobody = rows["Somebody 2022", labels["crs_any"]]
    assert (nobody["cohort_id"], nobody["finding"]) == ("", NO_COHORT)
    rest = found[found["finding"] == NOT_LISTED]
    eligible = set(with_table.eligible()["cohort_id"])
    assert set(rest["cohort_id"]) == eligible - {"boren_donor_phase1", "gc027_leukemia12"}
    shown = study_rows_table(with_table, name="tbl-x")
    assert "17/20" in shown.myst
    assert "18/20" in shown.myst


def test_an_author_with_two_cohorts_in_a_year_is_not_guessed(copy: ReviewCopy) -> None:
    line = copy.line_of("reports.csv", report_id="li_2023")
    pan = copy.line_of("reports.csv", report_id="pan_2021")
    head, *rows = copy.rows("reports.csv")
    name = rows[pan - 2][head.index("first_author")]
    date = rows[pan - 2][head.index("publication_date")]
    copy.put("reports.csv", line, first_author=name, year="2021", publication_date=date)
    (copy.data / "article_study_table.csv").write_text(TABLE, encoding="utf-8")
    found = study_differences(copy.book())
    assert set(found.loc[found["study"] == "Pan et al. 2021", "finding"]) == {NO_COHORT}


@pytest.mark.slow
def test_the_table_is_judged_on_exactly_its_rows_and_moves_nothing_else(
    book: Book, with_table: Book
) -> None:
    without, added = results_of(book), results_of(with_table)
    own = [pool for pool in added.pools if pool.set == "article_table"]
    assert [pool for pool in added.pools if pool.set != "article_table"] == without.pools
    assert [one for one in added.claims if one.set != "article_table"] == without.claims
    remission = next(pool for pool in own if pool.outcome == "complete_remission")
    assert [(one.label, one.events, one.total) for one in remission.inputs] == [
        ("Pan et al. 2021", 17, 20),
        ("Somebody 2022", 25, 30),
        ("Case series A", 11, 12),
    ]
    recipe = with_table.review.recipe(with_table.review.comparison_recipe)
    pooled = proportion(metaprop.pool([17, 25, 11], [20, 30, 12], recipe))
    printed = remission.estimates["comparison"].proportion
    assert printed is not None
    assert (printed.estimate, printed.low, printed.high) == tuple(pooled)
    claims = {one.claim: one for one in added.claims if one.set == "article_table"}
    assert set(claims) == {c.id for c in with_table.review.claims if c.kind == "proportion"}
    assert claims["complete_remission"].pool == remission.id
    assert next(pool for pool in own if pool.outcome == "crs_grade3plus").k == 0
    assert claims["severe_crs"].verdict == "cannot decide"
    assert all(pool.certainty is None for pool in own)


def test_without_the_table_there_is_nothing_to_compare(book: Book) -> None:
    assert study_differences(book).empty
    assert "nothing to compare" in study_rows_table(book, name="tbl-x").notes


def test_a_cohort_that_is_not_ours_is_an_error(copy: ReviewCopy) -> None:
    text = TABLE.replace("gc027_leukemia12", "nobody")
    (copy.data / "article_study_table.csv").write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=r"line 4, column cohort_id: found 'nobody'; expected a"):
        copy.book()
