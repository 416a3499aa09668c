"""A claimed direction is judged by rules that can go either way."""

from __future__ import annotations

import pytest

from metaprop import Interval
from review_copy import ReviewCopy
from reviewbook import tables
from reviewbook.book import Book
from reviewbook.ledger.directions import comparisons_of, judge, judge_ratios
from reviewbook.ledger.verdicts import COMPATIBLE, NOT_CHECKABLE, NOT_REPRODUCED
from reviewbook.prose.directions import direction_sentences
from reviewbook.review.project import ProjectError
from reviewbook.survival.identifiability import BETTER, INSIDE, OUTSIDE, WORSE, identifiability

SURVIVAL, RELAPSE = "survival_better_with_hsct", "recurrence_lower_with_hsct"
EDITING = "os_longer_without_gene_editing"

CLEAR = Interval(0.3, 0.1, 0.8)
WIDE = Interval(0.5, 0.2, 1.3)
AGAINST = Interval(1.6, 0.9, 3.0)


def judged(book: Book, direction: str) -> tuple[str, str, str]:
    found = judge(book, direction)
    return found.verdict, found.ours, found.reason


@pytest.mark.parametrize(
    ("each", "overall", "verdict", "words"),
    [
        ([CLEAR], CLEAR, COMPATIBLE, "the only comparison points as claimed"),
        ([CLEAR, WIDE], CLEAR, COMPATIBLE, "both comparisons point as claimed"),
        ([WIDE], WIDE, NOT_REPRODUCED, "its 95% interval includes no effect"),
        ([CLEAR, AGAINST], CLEAR, NOT_REPRODUCED, "1 of 2 comparisons point as claimed"),
        ([AGAINST], AGAINST, NOT_REPRODUCED, "every comparison points against the claim"),
        ([Interval(2.0, 1.2, 3.0)], Interval(2.0, 1.2, 3.0), NOT_REPRODUCED, "against"),
        ([Interval(1.0, 0.5, 2.0)], Interval(1.0, 0.5, 2.0), NOT_REPRODUCED, "0 of 1"),
    ],
    ids=["only", "two", "wide", "both ways", "against", "clearly against", "no effect"],
)  # fmt: skip
def test_the_rules(each: list[Interval], overall: Interval, verdict: str, words: str) -> None:
    judgement = judge_ratios(each, overall)
    assert judgement.verdict == verdict
    assert words in judgement.reason


def test_survival_must_hold_on_every_endpoint(book: Book) -> None:
    """Progression-free survival excludes no effect, overall survival does not."""
    verdict, ours, reason = judged(book, SURVIVAL)
    assert verdict == NOT_REPRODUCED
    assert "Overall survival: both comparisons point as claimed, but the pooled" in reason
    assert "progression-free survival: both comparisons point as claimed and the pooled" in reason
    assert "hazard ratio of death 0.43 (95% CI 0.17 to 1.07), 2 cohorts" in ours
    assert "2 cohorts (1 with an approximate standard error)" in ours
    alone = book.review.directions_evidence[SURVIVAL].model_copy(update={"endpoints": ("pfs",)})
    entries = {**book.review.directions_evidence, SURVIVAL: alone}
    review = book.review.model_copy(update={"directions_evidence": entries})
    only_pfs = Book(review, book.evidence)
    assert judged(only_pfs, SURVIVAL)[0] == COMPATIBLE


def test_fewer_recurrences_are_compatible(book: Book) -> None:
    verdict, _, reason = judged(book, RELAPSE)
    assert verdict == COMPATIBLE
    assert "The 2 comparisons stood in print before the article." in reason


def test_a_relapse_more_among_the_transplanted_turns_the_verdict(copy: ReviewCopy) -> None:
    hsct = copy.line_of("survival.csv", report_id="oh_2024", arm="hsct")
    copy.put("survival.csv", hsct, events="7", estimate="77.8")
    none = copy.line_of("survival.csv", report_id="oh_2024", arm="no_hsct")
    copy.put("survival.csv", none, events="1", estimate="14.3")
    verdict, _, reason = judged(copy.book(), RELAPSE)
    assert verdict == NOT_REPRODUCED
    assert "1 of 2 comparisons point as claimed" in reason


def test_without_the_rows_nothing_can_be_checked(copy: ReviewCopy) -> None:
    rows = copy.rows("survival.csv")
    pvalue = rows[0].index("p_value")
    for row in rows[1:]:
        row[pvalue] = ""
    copy.write("survival.csv", [row for row in rows if "no_hsct" not in row])
    verdict, ours, reason = judged(copy.book(), SURVIVAL)
    assert (verdict, ours) == (NOT_CHECKABLE, "")
    assert reason.startswith("Overall survival: no cohort prints both arms")


def test_immortal_time_is_named_unless_a_report_answers_for_it(
    book: Book, copy: ReviewCopy
) -> None:
    for direction in (SURVIVAL, RELAPSE):
        assert "immortal-time bias" in judged(book, direction)[2]
    text = (copy.data / "review.toml").read_text(encoding="utf-8")
    listed = '["oh_2024", "lu_2024"]'
    head, tail = text.split("[directions_evidence.recurrence_lower_with_hsct]")
    tail = tail.replace("randomised_or_landmark = []", f"randomised_or_landmark = {listed}", 1)
    (copy.data / "review.toml").write_text(
        f"{head}[directions_evidence.recurrence_lower_with_hsct]{tail}", encoding="utf-8"
    )
    assert "immortal-time" not in judged(copy.book(), RELAPSE)[2]


def test_a_recommendation_and_an_unknown_claim_cannot_be_checked(book: Book) -> None:
    assert judged(book, "hsct_recommended")[0] == NOT_CHECKABLE
    assert "recommendation" in judged(book, "hsct_recommended")[2]
    assert judged(book, "the_moon_is_cheese")[:2] == (NOT_CHECKABLE, "")


def test_no_cohort_separates_editing_from_universal_source(book: Book) -> None:
    shown = identifiability(book, book.review.directions_evidence[EDITING])
    assert shown.count(WORSE, INSIDE) == 5
    assert shown.count(WORSE, OUTSIDE) == shown.count(BETTER, INSIDE) == 0
    assert not shown.identified
    assert shown.table["cohorts"].sum() == len(book.eligible("all_public"))
    verdict, ours, reason = judged(book, EDITING)
    assert (verdict, ours) == (NOT_CHECKABLE, "")
    assert "so no cohort separates the two characteristics" in reason
    assert "none of the 5 cohorts marked “edited” prints overall survival" in reason


def test_an_edited_donor_cohort_would_identify_editing(copy: ReviewCopy) -> None:
    """Were the donor phase I edited: worse survival at 24 months than the unedited in Beijing."""
    line = copy.line_of("cohorts.csv", cohort_id="boren_donor_phase1")
    copy.put("cohorts.csv", line, gene_edited="yes", fratricide_strategy="crispr_knockout")
    book = copy.book()
    shown = identifiability(book, book.review.directions_evidence[EDITING])
    assert shown.identifying == shown.comparable == (OUTSIDE,)
    verdict, ours, reason = judged(book, EDITING)
    assert verdict == NOT_REPRODUCED  # in the direction claimed, but with an interval around 1
    assert ours.startswith("hazard ratio 0.5")
    assert "Between cohorts: the only comparison points as claimed, but" in reason
    row = copy.line_of("survival.csv", report_id="tan_2023", endpoint="os", time_months="24")
    copy.put("survival.csv", row, estimate="5", ci_low="1", ci_high="20")
    assert judged(copy.book(), EDITING)[0] == COMPATIBLE


def test_the_table_names_every_cohort_of_the_set(book: Book) -> None:
    evidence = book.review.directions_evidence[EDITING]
    shown = identifiability(book, evidence)
    table = tables.identifiability_table(shown, book, evidence, name="tbl-x")
    named = "; ".join(table.frame["labels"])
    assert all(label in named for label in shown.cohorts["label"])


def test_every_claimed_direction_has_evidence_named(book: Book) -> None:
    assert set(book.review.directions_evidence) == set(book.review.directions)


def test_every_comparison_points_toward_transplant_as_the_chapter_says(book: Book) -> None:
    found = comparisons_of(book, SURVIVAL, RELAPSE)
    assert all(one.ratio.estimate < 1 for listed in found.values() for one in listed)
    with pytest.raises(ValueError, match="names no arms that could decide 'hsct_recommended'"):
        comparisons_of(book, "hsct_recommended")


def test_the_ledger_and_the_chapter_say_the_same(book: Book) -> None:
    row = book.ledger().set_index("claim_id").loc["consolidation_hsct_direction_survival"]
    story = direction_sentences(book, SURVIVAL)
    assert str(story.verdict).endswith(row["verdict"])
    assert (str(story.ours), str(story.reason)) == (row["ours"], row["reason"])
    assert row["verdict"] != "reproduced"


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
