"""A claimed direction has two findings, and the evidence can turn either."""

from __future__ import annotations

import math

import pytest
from scipy.stats import norm

from review_copy import ReviewCopy
from reviewbook import tables
from reviewbook.book import Book
from reviewbook.ledger.directions import comparisons_of, findings_of
from reviewbook.prose.directions import direction_sentences
from reviewbook.review.project import ProjectError
from reviewbook.survival.identifiability import BETTER, INSIDE, OUTSIDE, WORSE, identifiability
from reviewbook.survival.immortal_time import scenario

SURVIVAL, RELAPSE = "survival_better_with_hsct", "recurrence_lower_with_hsct"
EDITING = "os_longer_without_gene_editing"


def test_the_ledger_says_of_a_direction_what_was_judged(book: Book) -> None:
    table = tables.ledger_table(book, name="tbl-ledger")
    verdict = next(column for column in table.columns if column.key == "verdict")
    claims = table.frame[table.frame["level"] == "claim"].to_dict("records")
    shown = {row["claim"]: str(verdict.cell(row)) for row in claims}
    assert all(shown.values())
    for claim in book.review.claims:
        if claim.kind == "direction":
            found = book.judged(claim.id).direction
            assert found is not None
            assert shown[claim.id].endswith("effect not identified") == (not found.identified)
            if found.compared:
                assert shown[claim.id].startswith(f"{found.toward} of {found.compared} as claimed")


def test_a_ratio_of_0_is_told_by_its_counts(book: Book) -> None:
    (listed,) = comparisons_of(book, RELAPSE).values()
    with_it, without = (
        (sum(c.counts[i] for c in listed), sum(c.counts[i + 1] for c in listed)) for i in (0, 2)
    )
    assert with_it[0] == 0
    text = findings_of(book, RELAPSE).ratios
    assert text.endswith(
        f": relapse in 0 of {with_it[1]} against {without[0]} of {without[1]} patients"
    )
    assert "against" not in findings_of(book, SURVIVAL).ratios


def test_a_direction_has_two_findings_and_no_verdict(book: Book) -> None:
    for claim in book.review.claims:
        judged = book.judged(claim.id)
        if claim.kind == "direction":
            assert judged.verdict == ""
            assert judged.direction is not None
            assert judged.direction.direction
            assert judged.direction.effect


def test_evidence_before_the_article_is_told_first(book: Book) -> None:
    """Of the comparisons of survival one was in print, progression in NS7CAR; three came later."""
    found = findings_of(book, SURVIVAL)
    assert (found.toward_before, found.compared_before) == (1, 1)
    assert (found.toward, found.compared) == (4, 4)
    assert found.direction.startswith(
        "Of 1 comparison in print before the article, 1 points as claimed; of 3 published since, 3"
    )
    relapse = findings_of(book, RELAPSE)
    assert (relapse.toward_before, relapse.compared_before) == (2, 2)


def test_an_interval_that_holds_1_is_no_evidence_of_absence(book: Book) -> None:
    text = findings_of(book, SURVIVAL).direction
    assert "which is no evidence that there is none" in text
    for words in ("includes no effect", "excludes no effect", "not reproduced"):
        assert words not in text


def test_a_printed_p_goes_before_survival_at_one_time(book: Book) -> None:
    """Yang F 2025 prints 54 and 23 % at 24 months in 16 and 13 patients, and p = 0.038."""
    yang = next(
        one for one in comparisons_of(book, SURVIVAL)["os"] if one.report_id == "yang_f_2025"
    )
    events = 16 * (1 - 0.541) + 13 * (1 - 0.231)
    z = norm.isf(0.038 / 2)
    variance = events * 16 * 13 / 29**2
    expected = [math.exp((-z + side * 1.959964) / math.sqrt(variance)) for side in (0, -1, 1)]
    assert tuple(yang.ratio) == pytest.approx(expected, rel=1e-6)
    assert yang.ratio.high < 1
    assert yang.at_one_time is not None
    assert yang.at_one_time.low < 1 < yang.at_one_time.high
    assert yang.all_events is not None
    most = math.exp(-z / math.sqrt(29 * 16 * 13 / 29**2))
    assert yang.all_events.estimate == pytest.approx(most)
    assert yang.pvalue == 0.038
    text = findings_of(book, SURVIVAL).direction
    assert "they disagree on whether 1 can be excluded" in text
    table = tables.comparison_table(comparisons_of(book, SURVIVAL), book.review, name="tbl-x")
    row = table.frame[table.frame["report_id"] == "yang_f_2025"].iloc[0]
    assert row["at_one_time"] == yang.at_one_time.estimate
    assert "events are not printed" in row["notes"]


def test_a_p_value_that_is_a_bound_gives_no_ratio(book: Book) -> None:
    ns7car = comparisons_of(book, SURVIVAL)["pfs"][0]
    assert ns7car.printed_p == "<0.0001"
    assert ns7car.all_events is None
    assert ns7car.ratio == ns7car.at_one_time


def test_immortal_time_is_simulated_against_survival_at_one_time(book: Book) -> None:
    for one in comparisons_of(book, SURVIVAL)["os"]:
        assert one.at_one_time is not None
        assert scenario(one).observed == one.at_one_time.estimate != one.ratio.estimate


def test_a_relapse_more_among_the_transplanted_turns_the_direction(copy: ReviewCopy) -> None:
    hsct = copy.line_of("survival.csv", report_id="oh_2024", arm="hsct")
    copy.put("survival.csv", hsct, events="7", estimate="77.8")
    none = copy.line_of("survival.csv", report_id="oh_2024", arm="no_hsct")
    copy.put("survival.csv", none, events="1", estimate="14.3")
    found = findings_of(copy.book(), RELAPSE)
    assert (found.toward, found.compared) == (1, 2)
    assert "1 points as claimed" in found.direction


def test_without_the_rows_nothing_is_compared(copy: ReviewCopy) -> None:
    rows = copy.rows("survival.csv")
    pvalue = rows[0].index("p_value")
    for row in rows[1:]:
        row[pvalue] = ""
    copy.write("survival.csv", [row for row in rows if "no_hsct" not in row])
    found = findings_of(copy.book(), SURVIVAL)
    assert (found.compared, found.ratios) == (0, "")
    assert found.direction.startswith("No cohort prints overall survival")


def test_immortal_time_is_named_unless_a_report_answers_for_it(
    book: Book, copy: ReviewCopy
) -> None:
    for direction in (SURVIVAL, RELAPSE):
        found = findings_of(book, direction)
        assert not found.identified
        assert "immortal time" in found.effect
        assert "landmark analysis" in found.effect  # the design that would identify it
    text = (copy.data / "review.toml").read_text(encoding="utf-8")
    listed = '["oh_2024", "lu_2024"]'
    head, tail = text.split("[directions_evidence.recurrence_lower_with_hsct]")
    tail = tail.replace("randomised_or_landmark = []", f"randomised_or_landmark = {listed}", 1)
    (copy.data / "review.toml").write_text(
        f"{head}[directions_evidence.recurrence_lower_with_hsct]{tail}", encoding="utf-8"
    )
    found = findings_of(copy.book(), RELAPSE)
    assert found.identified
    assert "immortal" not in found.effect


def test_a_direction_without_evidence_says_so(book: Book) -> None:
    found = findings_of(book, "the_moon_is_cheese")
    assert (found.compared, found.identified) == (0, False)
    assert "no evidence on this direction" in found.direction


def test_no_cohort_separates_editing_from_universal_source(book: Book) -> None:
    shown = identifiability(book, book.review.directions_evidence[EDITING])
    assert shown.count(WORSE, INSIDE) == 5
    assert shown.count(WORSE, OUTSIDE) == shown.count(BETTER, INSIDE) == 0
    assert not shown.identified
    assert shown.table["cohorts"].sum() == len(book.eligible("all_public"))
    found = findings_of(book, EDITING)
    assert (found.compared, found.identified, found.ratios) == (0, False, "")
    assert "so no cohort separates the two characteristics" in found.effect
    assert "Of the 5 cohorts marked “edited”, none prints overall survival" in found.effect


def test_an_edited_donor_cohort_could_be_compared(copy: ReviewCopy) -> None:
    """Were the donor phase I edited: worse survival at 24 months than the unedited in Beijing."""
    line = copy.line_of("cohorts.csv", cohort_id="boren_donor_phase1")
    copy.put("cohorts.csv", line, gene_edited="yes", fratricide_strategy="crispr_knockout")
    book = copy.book()
    shown = identifiability(book, book.review.directions_evidence[EDITING])
    assert shown.identifying == shown.comparable == (OUTSIDE,)
    found = findings_of(book, EDITING)
    assert (found.toward, found.compared) == (1, 1)
    assert found.ratios.startswith("hazard ratio 0.5")
    assert "cohorts, not patients, are compared" in found.effect


def test_the_table_names_every_cohort_of_the_set(book: Book) -> None:
    evidence = book.review.directions_evidence[EDITING]
    shown = identifiability(book, evidence)
    table = tables.identifiability_table(shown, book, evidence, name="tbl-x")
    named = "; ".join(table.frame["labels"])
    assert all(label in named for label in shown.cohorts["label"])


def test_every_claimed_direction_has_evidence_named(book: Book) -> None:
    claims = book.evidence.claims
    directions = set(claims.loc[claims["kind"] == "direction", "value"])
    assert set(book.review.directions_evidence) == directions <= set(book.review.directions)


def test_every_comparison_points_toward_transplant_as_the_chapter_says(book: Book) -> None:
    found = comparisons_of(book, SURVIVAL, RELAPSE)
    assert all(one.ratio.estimate < 1 for listed in found.values() for one in listed)
    with pytest.raises(ValueError, match="names no arms that could decide 'hsct_recommended'"):
        comparisons_of(book, "hsct_recommended")


def test_the_ledger_and_the_chapter_say_the_same(book: Book) -> None:
    row = book.ledger().set_index("claim_id").loc["survival_with_transplant"]
    story = direction_sentences(book, "survival_with_transplant")
    assert row["ours"] == str(story.ours)
    assert row["reason"] == f"{story.direction} {story.effect}"
    with pytest.raises(ValueError, match="the claim 'crs' is no direction"):
        direction_sentences(book, "crs")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            'kind = "recommendation"',
            'kind = "hunch"',
            "recommended.kind: expected one of arms, co",
        ),
        (
            'within_value = "universal"',
            "",
            "without_gene_editing: missing setting within_v",
        ),
        ('counts_of = "relapse"', 'counts = "relapse"', "unknown setting counts"),
    ],
)
def test_wrong_settings_are_named(copy: ReviewCopy, old: str, new: str, message: str) -> None:
    copy.replace("review.toml", old, new)
    with pytest.raises(ProjectError, match=message):
        copy.book()
