"""Counts that allow two readings: each is tried, marked on its page, and said in words.

Rows are those of the table of faults that readers found: 10 is a zero without a grade, 11 the
largest cohort whose count is a lower bound.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import metaprop
from reviewbook import figures, tables
from reviewbook.book import Book, open_book
from reviewbook.evidence.rows import labels_of
from reviewbook.figures.forest.cohorts import study_rows
from reviewbook.prose.readings import reading_sentences
from reviewbook.review.settings import Outcome
from reviewbook.robustness.readings import open_together, other_readings
from reviewbook.tables.readings import other_readings_table
from reviewbook.words import spoken

LARGEST = "ns7car_zhangx2023"
SETS = ("before_article", "all_public")


@cache
def found(outcome: str) -> pd.DataFrame:
    return other_readings(open_book(), outcome)


def row(
    outcome: str, cohort: str, reading: str, set_id: str, change: str = "replaced"
) -> pd.Series:
    frame = found(outcome)
    return frame[
        (frame["cohort_id"] == cohort)
        & (frame["reading"] == reading)
        & (frame["set"] == set_id)
        & (frame["change"] == change)
    ].iloc[0]


def label(book: Book, cohort: str) -> str:
    return labels_of(book.evidence)[cohort]


def counts(book: Book, outcome: str, set_id: str) -> pd.DataFrame:
    included = book.select(outcome, set_id).included
    return included.set_index("cohort_id")[["events", "total"]].astype(int)


def glmm(frame: pd.DataFrame) -> tuple[float, float, float]:
    pooled = metaprop.pool_glmm(frame["events"].to_numpy(), frame["total"].to_numpy()).proportion
    assert pooled is not None
    return pooled.estimate, pooled.low, pooled.high


@pytest.mark.parametrize("set_id", SETS)
@pytest.mark.parametrize(
    ("reading", "count"),
    [("ceiling at day 28", (46, 60)), ("remission of the marrow", (51, 54))],
)
def test_row_11_alternatives_of_the_largest_cohort_take_the_place_of_47_of_60(
    book: Book, reading: str, count: tuple[int, int], set_id: str
) -> None:
    frame = counts(book, "complete_remission", set_id)
    assert frame.loc[LARGEST].tolist() == [47, 60]
    was = glmm(frame)
    frame.loc[LARGEST] = count
    told = row("complete_remission", LARGEST, reading, set_id)
    now = [told["other_estimate"], told["other_low"], told["other_high"]]
    assert now == pytest.approx(glmm(frame), abs=1e-6)
    assert told["shift"] == pytest.approx(glmm(frame)[0] - was[0], abs=1e-6)


@pytest.mark.parametrize("set_id", SETS)
def test_row_11_without_a_count_the_largest_cohort_is_dropped_and_its_early_report_enters(
    book: Book, set_id: str
) -> None:
    frame = counts(book, "complete_remission", set_id).drop(LARGEST)
    dropped = row("complete_remission", LARGEST, "no count", set_id, "dropped")
    assert dropped["other_estimate"] == pytest.approx(glmm(frame)[0], abs=1e-6)
    assert (dropped["k"], dropped["n"]) == (len(frame), frame["total"].sum())
    frame.loc["ns7car_lu2022"] = (16, 20)
    instead = row("complete_remission", LARGEST, "no count", set_id, "gives way")
    assert instead["entered"] == label(book, "ns7car_lu2022")
    assert instead["other_estimate"] == pytest.approx(glmm(frame)[0], abs=1e-6)


def test_row_11_the_page_says_that_47_of_60_is_a_lower_bound(root: Path, book: Book) -> None:
    analysis = book.analyse("complete_remission")
    included = analysis.selection.included.set_index("cohort_id")
    largest = included.loc[LARGEST]
    assert largest["timepoint"] == "best"
    assert largest["bound"] == "lower"
    assert included["total"].idxmax() == LARGEST
    told = reading_sentences(book, analysis)
    share = f"({100 * 60 / included['total'].sum():.0f}%)"
    for words in (
        "The largest cohort",
        f"60 of the {included['total'].sum()} patients",
        share,
        "its 47/60 is a lower bound",
    ):
        assert words in told.bound
    early = f"with {spoken(label(book, 'ns7car_lu2022'))} in its place"
    for words in ("with 46/60", "with 51/54", "without the cohort", early):
        assert words in told.alternatives
    estimate = row("complete_remission", LARGEST, "remission of the marrow", SETS[0])
    assert f"{100 * estimate['other_estimate']:.0f}% (95% CI" in told.alternatives
    text = (root / "chapters" / "complete-remission.md").read_text(encoding="utf-8")
    after = text.split("figures.forest(analysis")[1].split("## ")[0]
    assert "{eval}`readings.bound`" in after
    assert "{eval}`readings.alternatives`" in after


def test_row_11_bounds_and_other_readings_are_marked_in_table_and_forest(book: Book) -> None:
    analysis = book.analyse("complete_remission")
    readings = book.evidence.other["readings"]
    table = tables.cohort_table(analysis.selection, name="tbl-cohorts", readings=readings)
    assert "  - ≥47/60 †" in table.myst
    assert "  - ≥2/3 †" in table.myst
    assert "  - 23/27\n" in table.myst
    assert "≥ at least so many" in table.notes
    assert "ceiling at day 28 46/60, remission of the marrow 51/54, no count" in table.notes
    shown = {one.counts for one in study_rows(analysis)}
    assert {"≥47/60", "≥2/3", "23/27"} <= shown
    footer = figures.forest(analysis).description
    assert "≥: lower bound of the count." in footer
    plain = tables.cohort_table(book.select("icans_any"), name="tbl-icans", readings=readings)
    assert not set("≥≤†") & set(plain.myst + plain.notes)


def test_row_10_a_zero_counts_only_where_printed_or_all_grades_are_listed(
    root: Path, book: Book
) -> None:
    """Lu 2024 calls its reactions mild and prints no grade: it is unread, not zero."""
    analysis = book.analyse("crs_grade3plus")
    assert "ns7car_aml10" not in set(analysis.selection.included["cohort_id"])
    zeros = analysis.selection.included.query("events == 0")
    derived = zeros[zeros["status"] == "derived"]
    assert derived["derivation"].str.contains("grade").all()
    text = " ".join(
        (root / "chapters" / "severe-cytokine-release-syndrome.md").read_text("utf-8").split()
    )
    assert "A zero is counted only where the report says so, or where it lists all events" in text
    assert "prints no grade, as {cite:t}`lu_2024` does, has no count here" in text
    assert "{eval}`readings.added`" in text
    told = reading_sentences(book, analysis).added
    mild = "The abstract calls the reactions mild"
    assert told.startswith(f"{spoken(label(book, 'ns7car_aml10'))}: {mild}")
    assert "With 0/10 the pooled value would be" in told


@pytest.mark.parametrize("set_id", SETS)
def test_row_10_the_other_reading_of_a_mild_reaction_adds_its_cohort(
    book: Book, set_id: str
) -> None:
    frame = counts(book, "crs_grade3plus", set_id)
    frame.loc["ns7car_aml10"] = (0, 10)
    told = row("crs_grade3plus", "ns7car_aml10", "mild read as below grade 3", set_id, "added")
    assert told["other_estimate"] == pytest.approx(glmm(frame)[0], abs=1e-6)
    assert pd.isna(told["events"])


@pytest.mark.parametrize(
    ("outcome", "count"),
    [("complete_remission", (11, 13)), ("crs_any", (12, 13)), ("icans_any", (1, 13))],
)
def test_the_series_that_cannot_be_traced_enters_the_wider_set_only(
    book: Book, outcome: str, count: tuple[int, int]
) -> None:
    frame = counts(book, outcome, "all_public")
    frame.loc["aml_phase1_13"] = count
    reading = "counted although it cannot be traced"
    told = row(outcome, "aml_phase1_13", reading, "all_public", "added")
    assert told["other_estimate"] == pytest.approx(glmm(frame)[0], abs=1e-6)
    outside = row(outcome, "aml_phase1_13", reading, "before_article", "")
    assert outside["why"].endswith("not peer-reviewed")
    assert pd.isna(outside["other_estimate"])


@pytest.mark.parametrize("set_id", SETS)
def test_open_readings_together_are_the_extremes_of_every_open_cell(
    book: Book, set_id: str
) -> None:
    """Lowest: 46/60 and 17/20; highest: 51/54, and 3/3 where the first three are pooled."""
    frame = open_together(book, "complete_remission", set_id).set_index("which")
    low, high = (counts(book, "complete_remission", set_id) for _ in range(2))
    low.loc[LARGEST], low.loc["boren_donor_phase1"] = (46, 60), (17, 20)
    high.loc[LARGEST] = (51, 54)
    if "be_car7_first3" in high.index:
        high.loc["be_car7_first3"] = (3, 3)
    for which, expected in (("lowest", low), ("highest", high)):
        assert frame.loc[which, "other_estimate"] == pytest.approx(glmm(expected)[0], abs=1e-6)
    assert ("be_car7_first3" in high.index) == (set_id == "before_article")


def test_outcomes_without_open_readings_have_no_extremes(book: Book) -> None:
    for outcome in ("crs_any", "crs_grade3plus", "icans_any"):
        assert open_together(book, outcome).empty
    told = reading_sentences(book, book.analyse("crs_any"))
    assert told.together == "no reading is left open"
    assert told.bound == "No count of this pool is a bound."


@pytest.mark.parametrize(
    "outcome", ["complete_remission", "crs_any", "crs_grade3plus", "icans_any"]
)
def test_every_other_reading_is_tried_or_has_a_reason_in_every_set(
    root: Path, outcome: str
) -> None:
    readings = pd.read_csv(root / "data" / "readings.csv", dtype=str, keep_default_na=False)
    own = readings[readings["outcome"] == outcome]
    for set_id in SETS:
        frame = found(outcome)[found(outcome)["set"] == set_id]
        tried = frame[["cohort_id", "reading"]].drop_duplicates()
        assert set(tried.itertuples(index=False, name=None)) == set(
            own[["cohort_id", "reading"]].itertuples(index=False, name=None)
        )
        assert ((frame["change"] == "") == (frame["why"] != "")).all()
        pooled = frame[frame["change"] != ""]
        assert np.isfinite(pooled["shift"].to_numpy(dtype=float)).all()


def test_the_table_lists_what_is_read_in_no_pool_with_the_reason(book: Book) -> None:
    table = other_readings_table(book)
    assert table.name == "tbl-other-readings"
    labels = set(table.frame["label"])
    assert label(book, "gc027_asco5") not in labels
    notes = table.notes.replace("\\", "")
    assert f"{label(book, 'gc027_asco5')}, at day 28: may share patients with" in notes
    assert f"{label(book, 'ns7car_lu2022')}, remission of the marrow: may share" in notes
    in_use = table.frame[table.frame["reading"] == "as in use"].set_index("outcome")
    for outcome in book.review.outcomes:
        assert isinstance(outcome, Outcome)
        for set_id in SETS:
            pooled = glmm(counts(book, outcome.id, set_id))
            assert in_use.loc[outcome.id, f"{set_id}_estimate"] == pytest.approx(
                pooled[0], abs=1e-6
            )
    assert table.myst.count("not pooled") == 6


def test_a_reading_leaves_the_evidence_and_the_pools_as_they_are(book: Book) -> None:
    before = book.evidence.outcomes.copy()
    pooled = book.analyse("crs_grade3plus").primary.proportion
    other_readings(book, "crs_grade3plus", "before_article")
    pd.testing.assert_frame_equal(book.evidence.outcomes, before)
    assert book.analyse("crs_grade3plus").primary.proportion == pooled
