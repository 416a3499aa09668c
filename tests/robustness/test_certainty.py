"""Certainty by the stated rule, worked out again by hand from the tables; the plain summary."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pandas as pd
import pytest

import metaprop
from reviewbook import figures, tables
from reviewbook.book import Book
from reviewbook.ledger.directions import comparisons_of
from reviewbook.pooling.analysis import proportion
from reviewbook.pooling.further import further_pool
from reviewbook.prose.outcome import outcome_sentences
from reviewbook.prose.summary import summary_sentences
from reviewbook.robustness.certainty import LEVELS, certainty_of, effect_certainty
from reviewbook.robustness.summary import (
    Summary,
    claimed_effects,
    moved_thresholds,
    summaries,
)
from reviewbook.survival.arms import pooled_ratio


@pytest.fixture(scope="module")
def found(book: Book) -> tuple[Summary, ...]:
    return summaries(book)


def test_every_level_is_the_start_less_what_each_domain_takes(
    book: Book, found: tuple[Summary, ...]
) -> None:
    """The thresholds are typed here as the settings have them: a change there must be seen."""
    for one in found:
        rows, selection = one.analysis.selection.included, one.analysis.selection
        total = int(rows["total"].sum())
        unstated = rows["timepoint"].isin(["", "any"]) & (
            one.analysis.outcome.direction == "benefit"
        )
        other = (rows["bound"] != "") | (rows["population"] != "infused") | unstated
        taken = {"risk of bias": 1, "overlap": 0}
        taken["indirectness"] = int(rows.loc[other, "total"].sum() / total >= 0.25)
        new = metaprop.prediction_interval(selection.events, selection.totals)
        taken["inconsistency"] = sum(new.high - new.low >= t for t in (0.30, 0.60))
        pooled = metaprop.pool_glmm(selection.events, selection.totals).proportion
        assert pooled is not None
        wide = sum(pooled.high - pooled.low >= t for t in (0.20, 0.40))
        taken["imprecision"] = max(wide, int(total < 100))
        pooled_cohorts = set(rows["cohort_id"])
        groups = set(rows["overlap_group"]) - {""}
        unread = one.among[
            ~one.among["cohort_id"].isin(pooled_cohorts) & ~one.among["overlap_group"].isin(groups)
        ]
        missing = int(unread["n_infused"].sum())
        taken["unread counts"] = sum(missing / (missing + total) >= t for t in (0.10, 0.33))
        assert {d.name: d.lowered for d in one.certainty.domains} == taken, one.label
        assert one.certainty.level == max(1, 4 - sum(taken.values()))
        assert all(domain.reason for domain in one.certainty.domains)
        assert one.certainty.word == LEVELS[one.certainty.level]


def test_a_claimed_effect_starts_low_and_says_what_is_taken(
    book: Book, found: tuple[Summary, ...]
) -> None:
    """Worked out from the comparisons: pooled ratio of death 0.32 (0.13-0.74), of relapse exact."""
    effects = claimed_effects(book)
    assert [len(text) > 0 for text in effects] == [True] * 3
    for sure in effects.values():
        taken = {domain.name: domain.lowered for domain in sure.domains}
        assert (sure.start, taken["risk of bias"], taken["identification"]) == (2, 1, 1)
        assert sure.word == "very low"
    by_direction = {
        name: effect_certainty(book, name).domains[2]
        for name in book.review.directions_evidence
        if name != "hsct_recommended"
    }
    unclear = {name: domain.lowered for name, domain in by_direction.items()}
    for name in ("survival_better_with_hsct", "recurrence_lower_with_hsct"):
        pooled = [pooled_ratio(listed) for listed in comparisons_of(book, name).values()]
        holds = [ratio.low <= 1 <= ratio.high for ratio in pooled if ratio is not None]
        assert unclear[name] == int(any(holds)), name
    assert unclear["os_longer_without_gene_editing"] == 1
    assert "can be formed" in by_direction["os_longer_without_gene_editing"].reason
    table = tables.certainty_table(found, effects, name="tbl-x")
    assert "That survival is better with consolidation transplant: starts low" in table.myst


def test_a_level_is_never_below_very_low_and_a_setting_moves_it(book: Book) -> None:
    rule = book.review.certainty
    assert rule is not None
    kinder = rule.model_copy(update={"risk_of_bias": 0, "unidentified": 0, "unclear_ratio": 0})
    assert effect_certainty(book, "survival_better_with_hsct", kinder).word == "low"


def test_the_summary_and_the_chapters_have_the_same_numbers(
    book: Book, found: tuple[Summary, ...]
) -> None:
    main = {outcome.id for outcome in book.review.outcomes}
    frame = tables.findings_table(found, name="tbl-x").frame
    for one, row in zip(found, frame.to_dict("records"), strict=True):
        if one.finding.outcome in main:
            analysis = book.analyse(one.finding.outcome)
            assert tuple(one.per_100) == tuple(analysis.per_100 or ())
            told = str(outcome_sentences(book, analysis).per_100)
            assert told == str(getattr(summary_sentences(book, found), one.finding.outcome).of_100)
        else:
            part = further_pool(book, one.finding.outcome).part(one.finding.part)
            assert tuple(one.per_100) == pytest.approx([100 * v for v in part.average])
        assert row["per_100"] == one.per_100.estimate
        assert row["patients"] == one.analysis.selection.n
        assert row["certainty"] == one.certainty.word


def test_moved_thresholds_are_the_rule_with_one_number_changed(
    book: Book, found: tuple[Summary, ...]
) -> None:
    frame = moved_thresholds(book, found)
    assert len(frame) == len(found) * 5 * 2
    rule = book.review.certainty
    assert rule is not None
    one = found[0]
    other = rule.model_copy(update={"indirect": 0.25 * 1.5})
    after = certainty_of(book, one.analysis, other, among=one.among).word
    row = frame.query("outcome == @one.label and threshold == 'indirect' and moved == 'higher'")
    assert row["after"].item() == after


def test_icons_are_the_rounded_numbers(found: tuple[Summary, ...]) -> None:
    figure = figures.icon_arrays([one for one in found if one.finding.icons], name="fig-x")
    drawn = pd.read_csv(io.StringIO(figure.csv))
    assert len(drawn) == 5
    assert "averaged over cohorts" in figure.caption
    assert "median cohort, which can differ" in figure.caption
    # Else the caption would be wrong: the two do differ, in their limits at least.
    medians = [proportion(one.analysis.primary).low for one in found if one.finding.icons]
    assert (abs(drawn["low"] - 100 * pd.Series(medians)) > 0.5).any()
    for row in drawn.to_dict("records"):
        assert abs(row["filled"] - row["per_100"]) <= 0.5


def syllables(word: str) -> int:
    groups = re.findall(r"[aeiouy]+", word.lower())
    silent = word.lower().endswith("e") and not word.lower().endswith(("le", "ee"))
    return max(1, len(groups) - silent)


def test_the_plain_summary_reads_easily(book: Book, found: tuple[Summary, ...], root: Path) -> None:
    """Flesch–Kincaid grade at most 9, about 150 words, all numbers computed."""
    text = (root / "chapters" / "summary-of-findings.md").read_text(encoding="utf-8")
    plain = text.split("## In plain words")[1].split("(sec-plain-zh)=")[0].strip()
    assert not re.search(
        r"\d", re.sub(r"\{eval\}`[^`]+`", "", plain).replace("CD7", "").replace("100", "")
    )
    told = summary_sentences(book, found)

    def value(match: re.Match[str]) -> str:
        item = told
        for name in match[1].split(".")[1:]:
            item = getattr(item, name)
        return str(item)

    shown = re.sub(r"\{eval\}`([^`]+)`", value, plain)
    sentences = [s for s in re.split(r"[.!?](?:\s|$)", shown) if s.strip()]
    words = re.findall(r"[A-Za-z0-9][A-Za-z0-9'-]*", shown)
    assert 120 <= len(words) <= 190
    grade = (
        0.39 * len(words) / len(sentences) + 11.8 * sum(map(syllables, words)) / len(words) - 15.59
    )
    assert grade <= 9, grade
    chinese = text.split("(sec-plain-zh)=")[1].split("(sec-certainty)=")[0]
    assert "未经中文母语者审阅" in chinese
