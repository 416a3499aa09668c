"""What abstracts allow to be judged, which of several facts is shown, and the reviews beside us."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from review_copy import ReviewCopy
from reviewbook import tables
from reviewbook.book import Book
from reviewbook.evidence.characteristics import facts_of, follow_up_of
from reviewbook.pooling.appraisal import IN_PART, ITEMS, NO, STATES, UNKNOWN, YES, appraisal
from reviewbook.pooling.appraised import READ
from reviewbook.pooling.reviews import review_values
from reviewbook.prose.characteristics import characteristics_sentences
from reviewbook.prose.grades import severe_sentences
from reviewbook.words.frames import frame_origin


@pytest.fixture(scope="module")
def judged(book: Book) -> pd.DataFrame:
    cohorts = tables.all_cohorts(book, ["before_article", "all_public"])["cohort_id"]
    return appraisal(book, cohorts)


def test_every_cell_is_one_of_four_states_and_every_item_has_a_rule(judged: pd.DataFrame) -> None:
    assert set(judged.to_numpy().ravel()) == set(STATES)
    assert list(judged.columns) == list(ITEMS)
    assert all(len(item.rule) > 40 for item in ITEMS.values())


def test_an_answer_names_the_rows_that_its_rule_reads(book: Book, judged: pd.DataFrame) -> None:
    origin = frame_origin(judged)
    assert origin is not None
    assert list(READ) == list(ITEMS)
    (source,) = origin.sources_of_column["follow_up"]({})
    told = {row.key for row in source.rows if row.table == "characteristics.csv"}
    facts = book.evidence.other["characteristics"]
    timed = facts["item"].str.startswith("follow_up") & facts["cohort_id"].isin(judged.index)
    assert timed.sum() > 10
    for row in facts[timed].to_dict("records"):
        assert any(
            key.startswith(f"{row['cohort_id']}|") or row["report_id"] in key for key in told
        )
    cohorts = {row.key for row in source.rows if row.table == "cohorts.csv"}
    assert cohorts == set(judged.index)


def test_judgements_follow_from_the_files(root: Path, judged: pd.DataFrame) -> None:
    """Four of the items again, with plain pandas."""
    names = ("cohorts", "reports", "outcomes", "characteristics", "second_extraction")
    table = {n: pd.read_csv(root / "data" / f"{n}.csv", keep_default_na=False) for n in names}
    for cohort, row in judged.iterrows():
        reports = table["reports"][table["reports"]["cohort_id"] == cohort]
        facts = set(
            table["characteristics"][table["characteristics"]["cohort_id"] == cohort]["item"]
        )
        known = (reports["registration"] != "").any() or "registration" in facts
        assert row["registered"] == (YES if known else UNKNOWN)
        median = "follow_up_median" in facts
        other = any(fact.startswith("follow_up") for fact in facts)
        assert row["follow_up"] == (YES if median else IN_PART if other else UNKNOWN)
        second = table["second_extraction"]
        second = second[second["cohort_id"] == cohort]
        equal = (second["first_events"].astype(str) == second["second_events"].astype(str)) & (
            second["first_total"].astype(str) == second["second_total"].astype(str)
        )
        assert row["twice"] == (NO if second.empty else YES if equal.all() else IN_PART)
        reviewed = (reports["peer_reviewed"] == "yes").any()
        assert (row["peer_reviewed"] == NO) == (not reviewed)


def test_a_selected_series_and_an_unread_cohort_say_so(book: Book) -> None:
    found = appraisal(book, ["boren_hsct12", "ns7car_pool334"])
    assert found.loc["boren_hsct12", "unselected"] == NO
    assert found.loc["ns7car_pool334", "everyone"] == UNKNOWN
    assert found.loc["ns7car_pool334", "time"] == UNKNOWN


def test_countries_count_once_each(book: Book, judged: pd.DataFrame) -> None:
    """A cohort of Singapore and Italy is no third country beside China and the United Kingdom."""
    sentences = characteristics_sentences(book, judged)
    assert sentences.countries == "4 countries"
    assert sentences.country_names == "China, Italy, Singapore and United Kingdom"


def test_patients_identified_count_once_where_cohorts_overlap(book: Book, root: Path) -> None:
    """1097 counts a pool of 334 and its parts; the largest of each group gives 722."""
    cohorts = pd.read_csv(root / "data" / "cohorts.csv")
    groups = cohorts["overlap_group"].fillna(cohorts["cohort_id"])
    most = int(cohorts.groupby(groups)["n_infused"].max().sum())
    flow = book.select("complete_remission").flow
    assert flow["at_most"].iloc[0] == most == 722
    assert flow["patients"].iloc[0] == 1097
    assert flow["at_most"].iloc[-1] == flow["patients"].iloc[-1]


def test_no_overlap_group_shows_its_identifier(book: Book) -> None:
    groups = set(book.evidence.cohorts["overlap_group"]) - {""}
    assert groups == set(book.review.overlap_names)
    table = tables.overlap_table(
        book.evidence,
        book.select("complete_remission"),
        name="tbl-overlap",
        names=book.review.overlap_names,
    )
    assert set(table.frame["group"]) <= set(book.review.overlap_names.values())


def test_known_severe_neurotoxicity_is_named(book: Book) -> None:
    grades = severe_sentences(book, book.analyse("icans_any"), "icans_grade3plus")
    assert grades.severe == "0 of 96"
    assert "1 of 10 in Boren T-cell lymphoma, EHA 2022 (Yang 2022) (grade 4)" in grades.known
    assert "1 of 14 in Shanghai General Hospital phase I" in grades.known
    assert grades.reviews == "4%"


def test_the_report_before_news_and_the_longest_follow_up(book: Book) -> None:
    facts = book.evidence.other["characteristics"]
    (follow_up,) = facts_of(facts, "boren_donor_phase1", "follow_up_median")
    assert (follow_up.value, follow_up.status) == ("27.0", "reported")
    (days,) = facts_of(facts, "ns7car_aml10", "follow_up_median")
    assert days.months == pytest.approx(178 / 30.44)
    doses = facts_of(facts, "boren_donor_phase1", "dose")
    assert {fact.value for fact in doses} == {"0.5 and 1", "1"}  # two reports differ: both
    (plan,) = facts_of(facts, "boren_auto_ped", "dose")
    assert plan.planned
    (given,) = facts_of(facts, "wuhan_auto_allo", "lymphodepletion")
    assert not given.planned  # the review table before the registry record
    assert follow_up_of(facts, "wu_cart_007")[0].item == "follow_up_max"
    assert follow_up_of(facts, "zhengzhou_nanobody") == []


def test_the_table_of_studies_links_each_value_and_leaves_the_rest_empty(book: Book) -> None:
    table = tables.studies_table(book.eligible(), book, name="tbl-studies")
    rows = table.frame.set_index("cohort_id")
    assert rows.loc["boren_scrna7", "dose"] == ""
    assert rows.loc["boren_auto_ped", "dose"].startswith("planned: 0.5 and 1 × 10⁶")
    assert "[7/10](<http://ashpublications.com" in table.myst
    for item in ("median_age", "prior_hsct", "dose", "follow_up"):
        read = rows[rows[item] != ""]
        without = read[read[f"{item}_source"].str.strip() == ""]
        assert set(without.index) <= {"pebl_singapore_rome", "shanghai_general14"}, item


def test_reviews_stand_as_printed_beside_the_primary_set(book: Book) -> None:
    found = {(value.outcome, value.review): value for value in review_values(book)}
    assert found["complete_remission", "Liu J 2025"].estimate == 0.87
    assert found["complete_remission", "Dashti M 2025"].estimate == 0.85
    assert found["complete_remission", "Dashti M 2025"].low is None
    assert ("crs_grade3plus", "Dashti M 2025") not in found  # prints no pooled figure
    ours = book.analyse("crs_any").primary.proportion
    assert found["crs_any", "This book"].estimate == ours.estimate


def test_an_unprinted_registration_cannot_be_judged(copy: ReviewCopy) -> None:
    line = copy.line_of("characteristics.csv", cohort_id="boren_auto_ped", item="registration")
    rows = copy.rows("characteristics.csv")
    copy.write("characteristics.csv", [row for n, row in enumerate(rows, 1) if n != line])
    for row in copy.rows("reports.csv")[1:]:
        if row[1] == "boren_auto_ped":
            copy.put("reports.csv", copy.line_of("reports.csv", report_id=row[0]), registration="")
    assert appraisal(copy.book(), ["boren_auto_ped"]).loc["boren_auto_ped", "registered"] == UNKNOWN
