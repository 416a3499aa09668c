"""Rules between cells and tables: each of them catches what it is there for."""

from __future__ import annotations

import pytest

from review_copy import ReviewCopy
from reviewbook import EvidenceError
from reviewbook.book import Book
from reviewbook.evidence.evidence import load_evidence
from reviewbook.review.project import load_review

CASES = {
    # claims
    "decimals": (
        "claims.csv", {"claim_id": "crs_i2"}, {"digits": "1"},
        "column digits: found '1'; expected 2, the decimals of the value 32.71",
    ),
    "share above 100": (
        "claims.csv", {"claim_id": "crs_i2"}, {"value": "132.71"},
        "column value: found '132.71'; expected a percent from 0 to 100",
    ),
    "p above 1": (
        "claims.csv", {"claim_id": "crs_heterogeneity_p"}, {"value": "1.20"},
        "column value: found '1.20'; expected a probability from 0 to 1",
    ),
    "text for a number": (
        "claims.csv", {"claim_id": "crs_i2"}, {"value": "about 30"},
        "column value: found 'about 30'; expected a number with a decimal point",
    ),
    "estimate outside its limits": (
        "claims.csv", {"claim_id": "crs_pooled_proportion"}, {"value": "99"},
        "column value: found '99'; expected an estimate between its limits 88 and 98",
    ),
    "parts do not add up": (
        "claims.csv", {"claim_id": "scope_n_donor"}, {"value": "111"},
        "column value: found '200'; expected n_autologous + n_donor = 199",
    ),
    "a direction with a unit": (
        "claims.csv", {"claim_id": "gene_editing_direction_os"}, {"unit": "percent"},
        "column unit: found 'percent'; expected an empty cell",
    ),
    "a direction in words": (
        "claims.csv", {"claim_id": "gene_editing_direction_os"}, {"value": "OS longer"},
        "column value: found 'OS longer'; expected an identifier in lower_snake_case",
    ),
    # reports
    "year and date": (
        "reports.csv", {"report_id": "oh_2024"}, {"year": "2021"},
        "column year: found '2021'; expected the year of publication_date 2024-09-03, or the next",
    ),
    "peer review and kind": (
        "reports.csv", {"report_id": "yang_f_2025"}, {"peer_reviewed": "yes"},
        "column peer_reviewed: found 'yes'; expected 'no' for the publication type preprint",
    ),
    # cohorts
    "sources do not add up": (
        "cohorts.csv", {"cohort_id": "wuhan_auto_allo"}, {"n_donor": "4"},
        "column n_infused: found '10'; expected n_autologous + n_donor = 9",
    ),
    "more universal than donor": (
        "cohorts.csv", {"cohort_id": "zju_haplo_nejm"}, {"n_universal": "11"},
        "column n_universal: found '11'; expected at most n_donor, 10",
    ),
    "donor cells in an autologous cohort": (
        "cohorts.csv", {"cohort_id": "pan_z_2cases"}, {"n_donor": "1", "n_autologous": "1"},
        "column n_donor: found '1'; expected 0 or an empty cell for the cell source autologous",
    ),
    "own cells in a donor cohort": (
        "cohorts.csv", {"cohort_id": "boren_song2"}, {"n_donor": "1", "n_autologous": "1"},
        "column n_autologous: found '1'; expected 0 or an empty cell for the cell source donor",
    ),
    "not all universal": (
        "cohorts.csv", {"cohort_id": "ctd402"}, {"n_universal": "61"},
        "column n_universal: found '61'; expected n_infused, 62, for the cell source universal",
    ),
    "an overlap without a note": (
        "cohorts.csv", {"cohort_id": "ns7car_cns"}, {"notes": ""},
        "column notes: found an empty cell; expected a note on which cohort",
    ),
    "an overlap with nobody": (
        "cohorts.csv", {"cohort_id": "ctd402"}, {"also_overlaps": "ghost"},
        "column also_overlaps: found 'ghost'; expected a cohort_id of cohorts.csv",
    ),
    "an overlap with itself": (
        "cohorts.csv", {"cohort_id": "ctd402"}, {"also_overlaps": "ctd402"},
        "column also_overlaps: found 'ctd402'; expected other cohorts than the row's own",
    ),
    "two of a group in a ready-made set": (
        "cohorts.csv", {"cohort_id": "ns7car_lu2022"}, {"in_set_2024": "yes"},
        "column in_set_2024: found 'yes'; expected",
    ),
    "overlapping cohorts in a ready-made set": (
        "cohorts.csv", {"cohort_id": "ctd402"}, {"also_overlaps": "rd13_01"},
        "column in_set_all: found 'yes'; expected no overlap with rd13_01, which is yes too",
    ),
    "a ready-made set without a size": (
        "cohorts.csv", {"cohort_id": "ns7car_cns"}, {"in_set_all": "yes"},
        "column n_infused: found an empty cell; expected a number, since in_set_all is yes",
    ),
    "a ready-made set without peer review": (
        "cohorts.csv", {"cohort_id": "shanghai_general14"}, {"in_set_2024": "yes"},
        "column in_set_2024: found 'yes'; expected a peer-reviewed report dated to 2024-12-31",
    ),
    # outcomes
    "a total beyond the cohort": (
        "outcomes.csv", {"report_id": "li_2023", "outcome": "complete_remission"}, {"total": "13"},
        "column total: found '13'; expected at most n_infused of the cohort, 12",
    ),
    "a total below the cohort": (
        "outcomes.csv", {"report_id": "li_2023", "outcome": "complete_remission"}, {"total": "11"},
        "column total: found '11'; expected n_infused of the cohort, 12, for this population",
    ),
    "a report of another cohort": (
        "outcomes.csv", {"report_id": "li_2023", "outcome": "complete_remission"},
        {"cohort_id": "rd13_01"},
        "column cohort_id: found 'rd13_01'; expected 'gc027_leukemia12', the cohort of report li_2",
    ),
    "derived without arithmetic": (
        "outcomes.csv", {"report_id": "xiao_2025", "outcome": "crs_grade3plus"}, {"derivation": ""},
        "column derivation: found an empty cell; expected the arithmetic",
    ),
    "a share that does not fit": (
        "outcomes.csv", {"report_id": "xiao_2025", "outcome": "crs_grade3plus"}, {"events": "5"},
        "column derivation: found '33% of 12'; expected a share that fits: 5 of 12",
    ),
    "a fraction that does not fit": (
        "outcomes.csv",
        {"report_id": "hu_2022", "outcome": "complete_remission", "population": "infused"},
        {"derivation": "(8/12)"},
        "column derivation: found '(8/12)'; expected the counts of the row, 7/12",
    ),
    "more severe than any": (
        "outcomes.csv",
        {"report_id": "hu_2022", "outcome": "crs_grade3plus", "preferred": "yes"},
        {"events": "11"},
        "column events: found '11'; expected at most the 10 of crs_any on line ",
    ),
    "no address": (
        "outcomes.csv", {"report_id": "li_2023", "outcome": "complete_remission"},
        {"source_url": ""},
        "column source_url: found an empty cell; expected a web address, or 'no address'",
    ),
    # other reviews
    "a range with a value": (
        "other_reviews.csv", {"statistic": "range", "review_id": "*"}, {"value": "5"},
        "column value: found '5'; expected an empty cell: a range has range_low and range_high",
    ),
    "a pooled value without a value": (
        "other_reviews.csv", {"statistic": "pooled_proportion", "review_id": "*"}, {"value": ""},
        "column value: found an empty cell; expected a number, except for a range",
    ),
    # survival
    "a median with a time": (
        "survival.csv", {"statistic": "median_months", "report_id": "*"}, {"time_months": "12"},
        "column time_months: found '12'; expected an empty cell: a median has no time",
    ),
    "a rate above 100": (
        "survival.csv", {"statistic": "survival_rate", "report_id": "*"}, {"estimate": "142"},
        "column estimate: found '142'; expected a percentage from 0 to 100",
    ),
    "limits on the wrong side": (
        "survival.csv", {"report_id": "tan_2023", "statistic": "survival_rate", "endpoint": "os"},
        {"ci_low": "50"},
        "column ci_low: found '50'; expected at most the estimate, 42.3",
    ),
    "limits without a level": (
        "survival.csv", {"report_id": "tan_2023", "statistic": "survival_rate", "endpoint": "os"},
        {"ci_level": ""},
        "column ci_level: found an empty cell; expected a level where there are limits",
    ),
    "more patients than the cohort": (
        "survival.csv", {"report_id": "tan_2023", "statistic": "survival_rate", "endpoint": "os"},
        {"n": "21"},
        "column n: found '21'; expected at most n_infused of the cohort, 20",
    ),
    "more events than patients": (
        "survival.csv", {"report_id": "tan_2023", "statistic": "survival_rate", "endpoint": "os"},
        {"events": "21"},
        "column events: found '21'; expected at most n, 20",
    ),
    "two figures that nothing tells apart": (
        "survival.csv", {"detail": "not censored at transplant"}, {"detail": ""},
        "column detail: found an empty cell; expected words that tell the rows on lines ",
    ),
    "a lonely p-value": (
        "survival.csv", {"report_id": "tan_2023", "statistic": "survival_rate", "endpoint": "os"},
        {"p_value": "0.04"},
        "column p_value: found '0.04' on line 2; expected it on both arms that are compared",
    ),
}  # fmt: skip


def first_line(copy: ReviewCopy, name: str, cells: dict[str, str]) -> int:
    rows = copy.rows(name)
    wanted = {column: cell for column, cell in cells.items() if cell != "*"}
    for line, row in enumerate(rows[1:], 2):
        if all(row[rows[0].index(column)] == cell for column, cell in wanted.items()):
            return line
    raise AssertionError((name, cells))


@pytest.mark.parametrize("case", CASES)
def test_catches(copy: ReviewCopy, case: str) -> None:
    name, where, change, message = CASES[case]
    line = first_line(copy, name, where)
    copy.put(name, line, **change)
    with pytest.raises(EvidenceError) as caught:
        load_evidence(load_review(copy.root))
    found = [str(problem) for problem in caught.value.problems]
    assert any(text.startswith(f"{name}, line ") and message in text for text in found), found


def test_a_crude_share_must_fit_its_counts(copy: ReviewCopy) -> None:
    rows = copy.rows("survival.csv")
    at = {name: rows[0].index(name) for name in rows[0]}
    line = next(
        i
        for i, row in enumerate(rows[1:], 2)
        if row[at["estimator"]] == "crude" and row[at["n"]] and row[at["events"]]
    )
    copy.put("survival.csv", line, estimate="1.5")
    with pytest.raises(
        EvidenceError, match=f"survival.csv, line {line}, column estimate.*crude sh"
    ):
        load_evidence(load_review(copy.root))


def test_a_cohort_needs_a_report(copy: ReviewCopy) -> None:
    rows = copy.rows("reports.csv")
    at = rows[0].index("cohort_id")
    copy.write("reports.csv", [row for row in rows if row[at] != "shenzhen_retro_case"])
    with pytest.raises(EvidenceError, match="expected at least one report of the cohort"):
        load_evidence(load_review(copy.root))


def test_a_comparator_may_be_larger_than_the_cohort(copy: ReviewCopy) -> None:
    """The rule on arm sizes spares the arms named in the settings, and only those."""
    line = first_line(copy, "survival.csv", {"arm": "chemo_then_hsct"})
    copy.put("survival.csv", line, n="999")
    load_evidence(load_review(copy.root))
    copy.replace("review.toml", 'arms_outside_cohort = ["chemo_then_hsct"]', "")
    with pytest.raises(EvidenceError, match=f"survival.csv, line {line}, column n: found '999'"):
        load_evidence(load_review(copy.root))


def test_a_note_stands_by_itself(book: Book) -> None:
    # Tables sort and choose rows: the row above is another one there.
    for name in ("outcomes", "survival"):
        notes = getattr(book.evidence, name)["notes"].fillna("")
        assert not notes.str.match(r"(?i)(as|see) above").any(), name
