"""Analysis sets are rules: who is in, who is not, and why."""

from __future__ import annotations

import dataclasses
import random
import re
from pathlib import Path

import pandas as pd
import pytest

from review_copy import ReviewCopy
from reviewbook.book import Book
from reviewbook.evidence.rows import records_of
from reviewbook.pooling.selection import STAGES, Selection
from reviewbook.review.rules import Rules, first_day, last_day

OUTCOMES = ["complete_remission", "crs_any", "crs_grade3plus", "icans_any", None]
SETS = ["before_article", "all_public"]


def ids(selection: Selection) -> list[str]:
    return list(selection.included["cohort_id"])


def reason(selection: Selection, cohort_id: str) -> tuple[str, str]:
    row = selection.excluded.set_index("cohort_id").loc[cohort_id]
    return row["stage"], row["reason"]


def test_the_primary_set_has_12_cohorts_and_196_patients_for_complete_remission(book: Book) -> None:
    selection = book.select("complete_remission", "before_article")
    assert (selection.k, selection.n) == (12, 196)
    assert int(selection.events.sum()) == 162


def test_rules_give_the_ready_made_set_of_2024_without_single_cases(book: Book) -> None:
    cohorts = book.evidence.cohorts
    by_hand = cohorts[cohorts["in_set_2024"] & (cohorts["n_infused"] >= 3)]
    assert set(book.eligible("before_article")["cohort_id"]) == set(by_hand["cohort_id"])


def test_rules_give_the_ready_made_set_of_everything_without_the_smallest(
    root: Path, book: Book
) -> None:
    cohorts = book.evidence.cohorts
    by_hand = cohorts[cohorts["in_set_all"] & (cohorts["n_infused"] >= 3)]
    eligible = book.eligible("all_public")
    assert set(eligible["cohort_id"]) == set(by_hand["cohort_id"])
    size = f"{len(eligible)} cohorts, {int(eligible['n_infused'].sum())} patients"
    text = (root / "data" / "README.md").read_text(encoding="utf-8")
    assert f"`all_public` is `in_set_all` without them: {size}." in text


def test_where_pools_of_everything_leave_the_ready_made_set(book: Book) -> None:
    """Only where the preferred cohort of a group has no count over all infused."""
    cohorts = book.evidence.cohorts
    by_hand = set(cohorts[cohorts["in_set_all"]]["cohort_id"])
    beyond = {
        outcome: set(ids(book.select(outcome, "all_public"))) - by_hand
        for outcome in OUTCOMES
        if outcome
    }
    assert beyond == {
        "complete_remission": {"boren_scrna7"},
        "crs_any": {"gc027_asco5"},
        "crs_grade3plus": {"gc027_asco5"},
        "icans_any": {"gc027_asco5"},
    }


def test_the_table_of_sets_in_the_readme_is_true(root: Path, book: Book) -> None:
    text = (root / "data" / "README.md").read_text(encoding="utf-8")
    for name in SETS:
        cells = [
            f"{int(s.events.sum())}/{int(s.totals.sum())} in {s.k}"
            for s in (book.select(outcome, name) for outcome in OUTCOMES if outcome)
        ]
        assert f"| `{name}` | {' | '.join(cells)} |" in text


@pytest.mark.parametrize("column", ["in_set_2024", "in_set_all"])
def test_the_totals_of_the_readme_are_true(root: Path, book: Book, column: str) -> None:
    chosen = book.evidence.cohorts[book.evidence.cohorts[column]]
    text = (root / "data" / "README.md").read_text(encoding="utf-8")
    patients = int(chosen["n_infused"].sum())
    assert re.search(rf"^\| `{column}` \| {len(chosen)} \| {patients} \|", text, re.MULTILINE)


def test_the_row_counts_of_the_readme_are_true(root: Path, book: Book) -> None:
    text = (root / "data" / "README.md").read_text(encoding="utf-8")
    for name in ("claims", "cohorts", "reports", "outcomes", "survival", "other_reviews"):
        assert f"| `{name}.csv` | {len(book.evidence.frames()[name])} |" in text


@pytest.mark.parametrize("set_id", SETS)
@pytest.mark.parametrize("outcome", OUTCOMES)
def test_every_cohort_is_either_in_or_out_with_a_reason(
    book: Book, outcome: str | None, set_id: str
) -> None:
    selection = book.select(outcome, set_id)
    inside, outside = ids(selection), list(selection.excluded["cohort_id"])
    assert sorted(inside + outside) == sorted(book.evidence.cohorts["cohort_id"])
    assert (selection.excluded["reason"].str.len() > 10).all()
    assert set(selection.excluded["stage"]) <= set(STAGES)


@pytest.mark.parametrize("set_id", SETS)
@pytest.mark.parametrize("outcome", OUTCOMES)
def test_the_flow_is_the_sum_of_its_rows(book: Book, outcome: str | None, set_id: str) -> None:
    selection = book.select(outcome, set_id)
    flow = selection.flow
    assert list(flow["stage"]) == ["identified", *STAGES]
    assert flow["cohorts"].iloc[0] == len(book.evidence.cohorts)
    assert flow["cohorts"].iloc[-1] == selection.k
    assert flow["patients"].iloc[-1] == int(selection.included["n_infused"].sum())
    for before, after in zip(flow.index[:-1], flow.index[1:], strict=True):
        for column in ("cohorts", "patients"):
            removed = flow.loc[after, f"removed_{column}"]
            assert flow.loc[before, column] - removed == flow.loc[after, column]
    by_stage = selection.excluded.groupby("stage").size().to_dict()
    assert {s: n for s, n in zip(flow["stage"], flow["removed_cohorts"], strict=True) if n} == (
        by_stage
    )


@pytest.mark.parametrize("set_id", SETS)
@pytest.mark.parametrize("overlap", ["largest", "earliest"])
@pytest.mark.parametrize("outcome", OUTCOMES)
def test_no_two_cohorts_of_a_pool_may_share_patients(
    book: Book, outcome: str | None, overlap: str, set_id: str
) -> None:
    included = book.select(outcome, set_id, overlap=overlap, min_patients=1).included
    groups = [group for group in included["overlap_group"] if group]
    assert len(groups) == len(set(groups))
    for row in included.itertuples():
        assert not set(row.also_overlaps.split(";")) & set(included["cohort_id"])


def test_one_order_for_the_whole_book(book: Book) -> None:
    included = book.select("crs_any", "all_public").included
    keys = [
        (last_day(date) or "9999", cohort)
        for date, cohort in zip(included["publication_date"], included["cohort_id"], strict=True)
    ]
    assert keys == sorted(keys)
    assert included["publication_date"].iloc[-1] == ""  # unknown dates come last


@pytest.mark.parametrize(
    ("date", "last"),
    [("2024", "2024-12-31"), ("2024-02", "2024-02-29"), ("2023-02", "2023-02-28"),
     ("2024-11-15", "2024-11-15"), ("", "")],
)  # fmt: skip
def test_a_partial_date_is_its_last_possible_day(date: str, last: str) -> None:
    assert last_day(date) == last


@pytest.mark.parametrize(
    ("date", "first"),
    [("2024", "2024-01-01"), ("2024-02", "2024-02-01"), ("2024-02-09", "2024-02-09"), ("", "")],
)
def test_a_partial_date_begins_on_its_first_day(date: str, first: str) -> None:
    assert first_day(date) == first


def test_a_report_certainly_later_is_told_from_one_that_may_be(book: Book) -> None:
    chosen = book.select("complete_remission", published_by="2025-06-30")
    assert reason(chosen, "be_car7_all")[1].count("published after 2025-06-30") == 1
    assert "2025): not known to be published by 2025-06-30" in reason(chosen, "soochow_retro12")[1]


@pytest.mark.parametrize(
    ("report", "name"),
    [
        ("pan_2021", "Pan 2021"),
        ("zhou_h_2025", "Zhou undated"),
        ("wu_cart_2024_ash", "ASH 2024"),
        ("donor55_2025", "Blood 2025a"),
        ("aml13_abstract", "Conference abstract AML undated"),
    ],
)
def test_reports_are_named_by_author_or_place_not_by_identifier(
    book: Book, report: str, name: str
) -> None:
    assert records_of(book.evidence).reports[report]["report_name"] == name


def test_a_year_alone_misses_a_rule_within_that_year(book: Book) -> None:
    """ns7car_aml10 is dated 2024: in by the end of 2024, not known to be in by November."""
    assert "ns7car_aml10" in ids(book.select("complete_remission"))
    earlier = book.select("complete_remission", published_by="2024-11-30")
    stage, why = reason(earlier, "ns7car_aml10")
    assert stage == "no eligible report"
    assert why == "Lu 2024 (journal article, 2024): not known to be published by 2024-11-30"


def test_an_unknown_date_meets_no_rule_on_dates(book: Book) -> None:
    assert "shanghai_general14" in ids(book.select("crs_any", "all_public"))
    dated = book.select("crs_any", "all_public", published_by="2099-12-31")
    assert reason(dated, "shanghai_general14")[1].endswith("publication date unknown")


def test_what_nobody_can_look_up_is_not_pooled(book: Book) -> None:
    for outcome in filter(None, OUTCOMES):
        assert "cannot be traced" in reason(book.select(outcome, "all_public"), "aml_phase1_13")[1]


def test_the_peer_reviewed_report_is_the_report_of_a_cohort(book: Book) -> None:
    """WU-CART-007 was known by a meeting abstract without authors, not by its paper."""
    ineligible = book.ineligible().set_index("cohort_id")
    assert ineligible.loc["wu_cart_007", "report_id"] == "ghobadi_2025"
    assert ineligible.loc["shanghai_general14", "report_id"] == "recyclable_2026"
    assert ineligible.loc["pa3_17", "report_id"] == "pa317_2023_ash"  # none is peer-reviewed


def test_reasons_name_what_is_there(book: Book) -> None:
    public = book.select("complete_remission", "all_public")
    assert reason(public, "wu_cart_007") == (
        "no readable count", "only 8/13 with another denominator (recommended dose)",
    )  # fmt: skip
    assert reason(public, "pa3_17") == ("no readable count", "no count in the texts read")
    assert reason(public, "pan_z_2cases") == ("too few patients", "2 infused, fewer than 3")
    assert reason(public, "ns7car_cns")[1] == "number of patients infused not known"
    assert reason(public, "ns7car_lu2022") == (
        "overlap",
        "may share patients with Zhang 2023a · NS7CAR phase I/II, 60 treated (60 infused), "
        "which is larger",
    )
    assert "which is peer-reviewed" in reason(public, "zju_haplo_ash2023")[1]
    assert reason(book.select("complete_remission"), "boren_hsct12")[1].startswith(
        "the patients were selected after remission"
    )


def test_the_earliest_of_a_group_can_be_taken_instead(book: Book) -> None:
    earliest = book.select("complete_remission", overlap="earliest")
    assert "ns7car_lu2022" in ids(earliest)
    stage, why = reason(earliest, "ns7car_zhangx2023")
    assert stage == "overlap"
    assert why.endswith("which is published earlier")


def test_links_across_groups_leave_the_larger(copy: ReviewCopy) -> None:
    """Soochow AML phase I (13) and the NS7CAR AML trial (10), if they shared patients."""
    line = copy.line_of("cohorts.csv", cohort_id="ns7car_aml10")
    copy.put("cohorts.csv", line, also_overlaps="aml_phase1_13", in_set_all="no")
    copy.replace("review.toml", 'cohorts = ["aml_phase1_13"]', 'cohorts = ["pcns_alcl_case"]')
    selection = copy.book().select("complete_remission", "all_public")
    assert "aml_phase1_13" in ids(selection)
    assert reason(selection, "ns7car_aml10")[0] == "overlap"
    assert "13 infused" in reason(selection, "ns7car_aml10")[1]


def test_a_cohort_that_gives_way_displaces_nobody(copy: ReviewCopy) -> None:
    """The GC027 study (12) if it shared patients with CTD402 (62): its own first five come back."""
    line = copy.line_of("cohorts.csv", cohort_id="gc027_leukemia12")
    copy.put("cohorts.csv", line, also_overlaps="ctd402", in_set_all="no")
    selection = copy.book().select("complete_remission", "all_public")
    assert reason(selection, "gc027_leukemia12")[0] == "overlap"
    assert "gc027_asco5" in ids(selection)


def test_counts_of_secondary_sources_can_be_left_out(book: Book) -> None:
    strict = book.select("complete_remission", statuses=("reported", "derived"))
    assert set(strict.included["status"]) <= {"reported", "derived"}
    assert reason(strict, "zhengzhou_nanobody") == (
        "no readable count", "only 7/8 from a secondary source",
    )  # fmt: skip
    assert strict.k < book.select("complete_remission").k


def test_a_count_needs_an_eligible_report_of_its_own(copy: ReviewCopy) -> None:
    """A peer-reviewed report of the cohort does not make a meeting abstract peer-reviewed."""
    rows = copy.rows("reports.csv")
    extra = list(rows[1])
    for column, cell in {
        "report_id": "pan_abstract", "publication_type": "conference_abstract",
        "peer_reviewed": "no", "doi": "", "pmid": "",
    }.items():  # fmt: skip
        extra[rows[0].index(column)] = cell
    copy.write("reports.csv", [*rows, extra])
    line = copy.line_of("outcomes.csv", report_id="pan_2021", outcome="complete_remission",
                        status="reported")  # fmt: skip
    copy.put("outcomes.csv", line, report_id="pan_abstract")
    selection = copy.book().select("complete_remission")
    assert reason(selection, "boren_donor_phase1") == (
        "no readable count", "only 18/20 in Pan 2021, not peer-reviewed",
    )  # fmt: skip


def test_alternative_counts_shift_the_pool_in_their_direction(book: Book) -> None:
    anything = {"preferred_only": False, "populations": ("infused", "evaluable")}
    usual = book.select("complete_remission")
    high = book.select("complete_remission", alternative="highest", **anything)
    low = book.select("complete_remission", alternative="lowest", **anything)
    rd13 = [s.included.set_index("cohort_id").loc["rd13_01"] for s in (usual, high, low)]
    assert [(row["events"], row["total"]) for row in rd13] == [(7, 12), (7, 11), (7, 12)]
    boren = [s.included.set_index("cohort_id").loc["boren_donor_phase1"] for s in (high, low)]
    assert [row["events"] for row in boren] == [18, 17]
    assert set(ids(usual)) == set(ids(high)) == set(ids(low))


def test_rules_refuse_what_they_do_not_know(book: Book) -> None:
    with pytest.raises(ValueError, match="no rule is called minimum; rules are published_by"):
        book.select("complete_remission", minimum=3)
    with pytest.raises(ValueError, match="overlap must be one of largest, earliest; got 'best'"):
        book.select("complete_remission", overlap="best")
    with pytest.raises(ValueError, match="statuses must name some of reported, derived, second"):
        book.select("complete_remission", statuses=("heard",))
    with pytest.raises(ValueError, match="populations must name some of infused"):
        book.select("complete_remission", populations="everyone")
    with pytest.raises(ValueError, match="min_patients must be a whole number from 1; got 0"):
        book.select("complete_remission", min_patients=0)
    with pytest.raises(ValueError, match="a date must read YYYY"):
        book.select("complete_remission", published_by="31.12.2024")
    with pytest.raises(ValueError, match="no outcome is called 'remission'"):
        book.select("remission")
    with pytest.raises(ValueError, match="no analysis set is called 'mine'"):
        book.select("complete_remission", "mine")


def test_rules_are_data(book: Book) -> None:
    rules = book.rules("before_article")
    assert Rules(**rules.to_dict()) == rules
    assert rules.but(min_patients=5).min_patients == 5
    assert rules.but() == rules
    assert "peer-reviewed reports published by 2024-12-31" in rules.describe()
    with pytest.raises(AttributeError):
        rules.min_patients = 1  # type: ignore[misc]


def test_the_order_of_rows_in_the_files_changes_nothing(book: Book, copy: ReviewCopy) -> None:
    order = random.Random(7)
    for name in ("cohorts.csv", "reports.csv", "outcomes.csv", "claims.csv"):
        head, *rows = copy.rows(name)
        order.shuffle(rows)
        copy.write(name, [head, *rows])
    shuffled = copy.book()
    for set_id in SETS:
        for outcome in OUTCOMES:
            one, other = book.select(outcome, set_id), shuffled.select(outcome, set_id)
            for frame in ("included", "excluded", "flow"):
                pd.testing.assert_frame_equal(getattr(one, frame), getattr(other, frame))
    ledgers = [b.ledger().sort_values("claim_id").to_dict("list") for b in (book, shuffled)]
    assert str(ledgers[0]) == str(ledgers[1])


def test_columns_that_others_rely_on(book: Book) -> None:
    wanted = (
        "cohort_id label report_id citation_key first_author year publication_date product centre "
        "country events total n_infused population timepoint phase status derivation locator "
        "source_url preferred notes cell_source gene_edited disease_group n_autologous n_donor "
        "n_universal overlap_group"
    )
    included = book.select("complete_remission").included
    assert set(wanted.split()) <= set(included.columns)
    keyed = included.set_index("cohort_id")["citation_key"]
    assert keyed["boren_donor_phase1"] == "pan_2021"
    with pytest.raises(ValueError, match="has no counts; select an outcome"):
        _ = book.select(None).events


def test_the_first_report_goes_by_the_last_day_a_date_can_mean(copy: ReviewCopy) -> None:
    for report_id, date in (("pa317_2023_ash", "2023"), ("pa317_2024_asco", "2023-05-01")):
        line = copy.line_of("reports.csv", report_id=report_id)
        copy.put("reports.csv", line, publication_date=date, year="2023")
    others = copy.book().ineligible().set_index("cohort_id")
    assert others.loc["pa3_17", "report_id"] == "pa317_2024_asco"


def test_others_are_all_that_is_not_eligible(book: Book) -> None:
    others = book.ineligible()
    assert len(others) + len(book.eligible()) == len(book.evidence.cohorts)
    assert not set(others["cohort_id"]) & set(book.eligible()["cohort_id"])
    assert (others["reason"] != "").all()


def test_cohorts_with_the_same_counts_are_pointed_at(book: Book) -> None:
    selection = book.select("complete_remission")
    assert selection.repeats() == []  # 7 of 10 stands twice: ten patients are no surprise
    included = selection.included.copy()
    largest, other = included["total"].nlargest(2).index
    included.loc[other, ["events", "total"]] = included.loc[largest, ["events", "total"]]
    (found,) = dataclasses.replace(selection, included=included).repeats()
    assert found.why == "equal counts"
    assert set(found.labels or ()) == set(included.loc[[largest, other], "label"])
    assert set(found.counts) == {(47, 60)}
