"""Pools of harms, relapse and depth of response, recomputed from ``data/`` with plain pandas."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import metaprop
from review_copy import ReviewCopy
from reviewbook.book import Book
from reviewbook.pooling.further import FurtherPool, further_pool
from reviewbook.prose.further import (
    after_day_30,
    enrolled_sentences,
    further_sentences,
    sites_sentences,
    survival_at,
)
from reviewbook.survival.durability import enrolled_rows, everyone_rows, marrow_and_beyond

POOLED = {
    ("gvhd_any", "Universal"): (3, 105, 4),
    ("gvhd_grade2plus", "Universal"): (1, 43, 3),
    ("gvhd_grade3plus", "Universal"): (0, 43, 3),
    ("cytopenia_grade3plus", ""): (119, 122, 3),
    ("infection_fatal", ""): (10, 122, 6),
    ("non_relapse_death", ""): (19, 110, 7),
    ("cd7_negative_at_relapse", ""): (9, 11, 3),
    ("mrd_negative_cr_early", ""): (29, 33, 3),
    ("extramedullary_remission", ""): (33, 62, 4),
}
"""Every pool there is in all public evidence: events, patients and cohorts, counted by hand."""


@pytest.fixture(scope="module")
def settings(root: Path) -> dict[str, Any]:
    return tomllib.loads((root / "data" / "review.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def pools(book: Book) -> dict[str, FurtherPool]:
    return {one.id: further_pool(book, one.id) for one in book.review.further_outcomes}


def by_hand(root: Path, settings: dict[str, Any], question: dict[str, Any]) -> pd.DataFrame:
    """Select the rows of a question in all public evidence from the files alone."""
    outcomes, cohorts = (
        pd.read_csv(root / "data" / f"{name}.csv", keep_default_na=False)
        for name in ("outcomes", "cohorts")
    )
    rows = outcomes.merge(cohorts, on="cohort_id", suffixes=("", "_cohort"))
    rows["n_infused"] = pd.to_numeric(rows["n_infused"])
    aside = {
        cohort
        for one in settings["set_aside"]
        if not one["outcomes"] or question["id"] in one["outcomes"]
        for cohort in one["cohorts"]
    }
    phases = question.get("phases", [])
    known = rows["phase"].isin(phases) | ((rows["phase"] == "either") & (rows["events"] == 0))
    rows = rows[
        (rows["outcome"] == question["counts"])
        & rows["timepoint"].isin(settings["windows"][question["window"]]["timepoints"])
        & rows["population"].isin(question.get("populations", ["infused"]))
        & (known if phases else True)
        & (rows["n_infused"] >= 3)
        & (rows["selected_after"] == "")
        & ~rows["cohort_id"].isin(aside)
    ]
    rows = rows.sort_values(["preferred", "total"], ascending=[False, False])
    rows = rows.drop_duplicates("cohort_id").sort_values("n_infused", ascending=False)
    kept: list[int] = []
    for index, row in rows.iterrows():
        others = rows.loc[kept]
        group = (others["overlap_group"] == row["overlap_group"]) & (row["overlap_group"] != "")
        named = others["cohort_id"].isin(row["also_overlaps"].split(";"))
        back = [row["cohort_id"] in other.split(";") for other in others["also_overlaps"]]
        if not (group | named | pd.Series(back, index=others.index, dtype=bool)).any():
            kept.append(index)
    return rows.loc[kept]


def test_every_selection_is_what_the_files_give(
    root: Path, settings: dict[str, Any], pools: dict[str, FurtherPool]
) -> None:
    assert len(settings["further_outcomes"]) == len(pools) == 23
    for question in settings["further_outcomes"]:
        expected = by_hand(root, settings, question)
        found = pools[question["id"]].selection.included
        columns = ["cohort_id", "report_id", "events", "total"]
        assert set(found[columns].itertuples(index=False, name=None)) == set(
            expected[columns].itertuples(index=False, name=None)
        ), question["id"]


def test_every_pooled_number_follows_from_the_files(
    root: Path, settings: dict[str, Any], pools: dict[str, FurtherPool]
) -> None:
    labels = settings["groups"]["cell_source"]["labels"]
    recipe = metaprop.Recipe(method="GLMM", scale="logit", zeros="none")
    found = {}
    for question in settings["further_outcomes"]:
        rows = by_hand(root, settings, question)
        by = question.get("by")
        rows["part"] = rows[by].map(labels) if by else ""
        for label, part in rows.groupby("part"):
            if len(part) < settings["analysis"]["fewest_cohorts"] or "listed_because" in question:
                assert pools[question["id"]].part(label).analysis is None
                continue
            found[question["id"], label] = part["events"].sum(), part["total"].sum(), len(part)
            again = metaprop.pool(part["events"].to_numpy(), part["total"].to_numpy(), recipe)
            ours = pools[question["id"]].part(label)
            assert list(ours.average) == pytest.approx(list(again.mean_proportion), abs=1e-9)
            assert list(ours.analysis.primary.proportion) == pytest.approx(list(again.proportion))
    assert found == POOLED


def test_three_without_variation_give_the_crude_share(pools: dict[str, FurtherPool]) -> None:
    """τ² is 0 in each of these, so the average is events over patients, by hand."""
    for (name, label), (events, total, _) in POOLED.items():
        part = pools[name].part(label)
        assert part.analysis.primary.tau2 == pytest.approx(0, abs=1e-6), name
        assert part.average.estimate == pytest.approx(events / total, abs=1e-6)


def test_every_row_is_used_or_left_out_with_a_reason(
    book: Book, pools: dict[str, FurtherPool]
) -> None:
    rows = book.evidence.outcomes
    article = {outcome.id for outcome in book.review.outcomes}
    for name, found in pools.items():
        own = rows[rows["outcome"] == found.outcome.counts]
        if found.outcome.counts in article:  # in other patients it is another question
            own = own[own["population"].isin(found.outcome.populations)]
        assert len(found.selection.included) + len(found.left_out) == len(own), name
        assert (found.left_out["reason"].str.len() > 5).all(), name


def test_what_followed_a_transplant_is_no_harm_of_the_cells(pools: dict[str, FurtherPool]) -> None:
    """Hu 2024 enters with 1 of 10 and Li Z 2022 not at all."""
    found = pools["gvhd_any"]
    used = found.selection.included.set_index("report_id")
    assert tuple(used.loc["hu_2024", ["events", "total", "phase"]]) == (1, 10, "after_cells")
    assert "li_z_2022" not in used.index
    gone = found.left_out.set_index(["report_id", "events"])["reason"]
    assert gone["li_z_2022", 3] == gone["hu_2024", 4] == "After a transplant, at least in part"


def test_thirty_days_and_a_whole_follow_up_never_meet(pools: dict[str, FurtherPool]) -> None:
    for found in pools.values():
        times = set(found.selection.included["timepoint"])
        assert not ({"day_28", "month_1"} & times and {"any", "best", "after_day_30"} & times)
    assert pools["gvhd_any_early"].part("Donor").events == 34
    assert pools["gvhd_any_early"].part("Donor").why_not == "2 cohorts, fewer than 3"


def test_sources_of_cells_are_never_averaged(pools: dict[str, FurtherPool]) -> None:
    assert [part.label for part in pools["gvhd_any"].parts] == [
        "Donor",
        "Universal",
        "Mixed sources",
    ]
    with pytest.raises(ValueError, match="gvhd_any has no part ''; there are 'Donor'"):
        pools["gvhd_any"].part()
    with pytest.raises(ValueError, match="not pooled: 2 cohorts, fewer than 3"):
        _ = pools["gvhd_any"].part("Donor").average


def test_a_phase_in_the_data_moves_a_count_out_of_the_pool(copy: ReviewCopy) -> None:
    line = copy.line_of("outcomes.csv", report_id="ghobadi_2025", outcome="gvhd_any")
    copy.put("outcomes.csv", line, phase="after_transplant")
    found = further_pool(copy.book(), "gvhd_any").part("Universal")
    assert (found.events, found.selection.n, found.selection.k) == (2, 79, 3)


def test_phases_agree_with_the_words_of_their_rows(book: Book) -> None:
    """What a note calls after transplant is so marked, and a count of 30 days never is."""
    rows = book.evidence.outcomes
    after = rows[rows["phase"] == "after_transplant"]
    assert len(after) == 7
    said = after["notes"] + after["derivation"]
    assert said.str.contains(r"after (?:a )?(?:second )?(?:HSCT|transplant)", case=False).all()
    assert (rows[rows["timepoint"] == "day_28"]["phase"] != "after_transplant").all()
    late = rows[rows["timepoint"] == "after_day_30"]
    assert len(late) == 6
    zero = rows[(rows["phase"] == "either") & (rows["events"] > 0)]
    assert set(zero["report_id"]) == {"hu_2024"}  # 1 after the cells and 3 after transplant


def test_sentences_say_what_the_rows_hold(book: Book) -> None:
    universal = further_sentences(book, "gvhd_any", "Universal")
    assert universal.crude == "3 of 105 patients in 4 cohorts"
    assert universal.of_hundred == "about 3 of 100 (95% CI 1 to 8)"
    assert universal.phases == (
        "Of the 18 events, 1 is known to have come before any transplant; for 17 the texts do not "
        "tell. What is known to have followed a transplant is not counted."
    )
    death = further_sentences(book, "non_relapse_death")
    assert death.of_hundred == "about 17 of 100 (95% CI 11 to 26)"
    assert death.phases == (
        "Of the 19 events, none is known to have come before any transplant and 3 are known to "
        "have followed one; for 16 the texts do not tell."
    )
    assert further_sentences(book, "relapse").of_hundred == "not pooled"
    assert after_day_30(book, "gvhd_fatal") == "2 of 55 (Boren donor-derived, phase II (2025))"


def test_survival_of_everyone_infused_is_as_printed(book: Book, root: Path) -> None:
    rows, printed = everyone_rows(book), pd.read_csv(root / "data" / "survival.csv")
    assert set(rows["statistic"]) == {"survival_rate", "median_months"}
    for row in rows.to_dict("records"):
        timed = row["statistic"] == "survival_rate"
        own = printed[
            (printed["report_id"] == row["report_id"])
            & (printed["arm"] == "all")
            & (printed["endpoint"] == row["endpoint"])
            & (printed["statistic"] == row["statistic"])
            & (printed["estimator"] != "crude")
        ]
        values = set(own["estimate"] / (100 if timed else 1))
        assert any(abs(value - row["estimate"]) < 1e-9 for value in values), row
    text = survival_at(rows, "os", 24)
    assert text.startswith(
        "42% (95% CI 19 to 66) in Boren donor-derived, phase I (Pan 2021) and 64%"
    )


def test_two_sites_and_enrolment_follow_from_the_counts(book: Book) -> None:
    pairs = marrow_and_beyond(book).set_index("report_id")
    counts = pairs[["marrow_events", "marrow_total", "beyond_events", "beyond_total"]]
    assert tuple(counts.loc["lu_2022"]) == (19, 20, 5, 9)
    assert tuple(counts.loc["ctd402_2025_eha"]) == (48, 59, 17, 34)
    assert sites_sentences(marrow_and_beyond(book)).less == "all"
    rows = enrolled_rows(book).set_index("cohort_id")
    assert tuple(rows.loc["boren_auto_ped", ["infused", "enrolled", "remissions"]]) == (27, 30, 23)
    assert rows.loc["boren_auto_ped", "of_enrolled"] == pytest.approx(23 / 30)
    assert pd.isna(rows.loc["shanghai_general14", "remissions"])  # no count in all infused
    assert enrolled_sentences(book).fewest == "14 of 23 in Shanghai General Hospital phase I (2026)"
