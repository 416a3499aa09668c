"""Pools of the book are those of metaprop on the counts of the selection."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import metaprop
from review_copy import ReviewCopy
from reviewbook.book import Book
from reviewbook.pooling.group_tests import group_tests

OUTCOMES = ["complete_remission", "crs_any", "crs_grade3plus", "icans_any"]


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_pools_are_those_of_the_library(book: Book, outcome: str) -> None:
    analysis = book.analyse(outcome)
    events, totals = analysis.selection.events, analysis.selection.totals
    glmm = metaprop.pool_glmm(events, totals)
    assert analysis.primary.proportion == glmm.proportion
    assert analysis.new_cohort == metaprop.prediction_interval(events, totals)
    recipe = metaprop.Recipe(scale="double_arcsine", method="DL", ci="wald", i2="q")
    assert analysis.comparison.recipe == recipe
    assert analysis.comparison.proportion == metaprop.pool(events, totals, recipe).proportion
    assert [pool.recipe.scale for pool in analysis.alternatives.values()] == [
        "raw", "logit", "arcsine",
    ]  # fmt: skip
    assert {pool.recipe.method for pool in analysis.alternatives.values()} == {"DL"}
    assert analysis.i2_interval == metaprop.i2_interval(
        analysis.comparison.q, analysis.comparison.k
    )


def test_the_comparison_by_hand(book: Book) -> None:
    """Freeman–Tukey, DerSimonian–Laird and the harmonic-mean inverse, written out."""
    selection = book.select("crs_any")
    x, n = selection.events.astype(float), selection.totals.astype(float)
    y = 0.5 * (np.arcsin(np.sqrt(x / (n + 1))) + np.arcsin(np.sqrt((x + 1) / (n + 1))))
    w = 4 * n + 2
    q = np.sum(w * (y - np.average(y, weights=w)) ** 2)
    k = len(x)
    tau2 = max(0.0, (q - (k - 1)) / (w.sum() - np.sum(w**2) / w.sum()))
    w = 1 / (1 / (4 * n + 2) + tau2)
    t = 2 * np.average(y, weights=w)
    m = k / np.sum(1 / n)
    p = 0.5 * (
        1 - np.sign(np.cos(t)) * np.sqrt(1 - (np.sin(t) + (np.sin(t) - 1 / np.sin(t)) / m) ** 2)
    )
    comparison = book.analyse("crs_any").comparison
    assert comparison.q == pytest.approx(q, abs=1e-9)
    assert comparison.i2 == pytest.approx((q - (k - 1)) / q, abs=1e-9)
    assert comparison.proportion is not None
    assert comparison.proportion.estimate == pytest.approx(p, abs=1e-9)


@pytest.mark.parametrize("variable", ["cell_source", "gene_edited", "disease_group"])
def test_subgroups_are_pools_of_their_members(book: Book, variable: str) -> None:
    analysis = book.analyse("complete_remission")
    found = analysis.subgroups(variable)
    assert list(found.table["group"]) == list(found.groups) == list(found.primary)
    assert int(found.table["n"].sum()) == analysis.selection.n
    assert int(found.table["k"].sum()) == analysis.selection.k == len(found.members)
    members = np.array(found.members)
    for label, pooled in found.groups.items():
        inside = members == label
        alone = metaprop.pool(
            analysis.selection.events[inside],
            analysis.selection.totals[inside],
            analysis.comparison.recipe,
        )
        assert pooled.proportion == alone.proportion
    assert 0 <= found.pvalue <= 1
    assert found.df_between == len(found.groups) - 1


def test_a_group_of_one_cohort_has_neither_i2_nor_tau2(book: Book) -> None:
    tables = [
        book.analyse(outcome).subgroups(variable).table
        for outcome in OUTCOMES
        for variable in book.review.subgroups
    ]
    singles = [row for table in tables for row in table.to_dict("records") if row["k"] == 1]
    several = [row for table in tables for row in table.to_dict("records") if row["k"] > 1]
    assert singles
    assert all(pd.isna(row["i2"]) and pd.isna(row["tau2"]) for row in singles)
    assert all(0 <= row["i2"] < 1 and row["tau2"] >= 0 for row in several)


def test_every_test_between_groups_is_counted(book: Book) -> None:
    found = group_tests(book)
    expected = []
    for outcome in [one.id for one in book.review.outcomes]:
        included = book.select(outcome).included
        for variable in book.review.subgroups:
            labels = included[variable].replace("", "not reported").to_numpy()
            recipe = book.review.recipe("comparison")
            test = metaprop.subgroups(included["events"], included["total"], labels, recipe)
            if test.pvalue is not None:
                expected.append((outcome, variable, test.pvalue, len(set(labels))))
    ours = found[["outcome", "variable", "pvalue", "groups"]]
    assert [row[:2] for row in expected] == list(
        zip(ours["outcome"], ours["variable"], strict=True)
    )
    assert ours["pvalue"].to_numpy() == pytest.approx([row[2] for row in expected], abs=1e-12)
    assert ours["groups"].to_list() == [row[3] for row in expected]


def test_cohorts_without_a_value_form_a_group_of_their_own(book: Book) -> None:
    found = book.analyse("complete_remission").subgroups("cell_source")
    assert list(found.groups) == [
        "Autologous", "Donor", "Universal", "Mixed sources", "Not reported",
    ]  # fmt: skip


def test_a_group_without_a_mixed_model_keeps_its_comparison(book: Book) -> None:
    """0/12 and 2/2: no finite between-cohort variance; the group says so, the rest stands."""
    found = book.analyse("crs_grade3plus", min_patients=1).subgroups("cell_source")
    assert "Universal" in found.groups
    assert "Universal" not in found.primary
    assert "Universal: the mixed model has no finite estimate" in found.note
    rows = found.table.set_index("group")
    assert bool(rows["primary_estimate"].isna()["Universal"])
    assert int(rows["primary_estimate"].isna().sum()) == 1


def test_unknown_names_are_refused(book: Book) -> None:
    with pytest.raises(ValueError, match="no group is called 'centre'; there are cell_source"):
        book.analyse("crs_any").subgroups("centre")
    with pytest.raises(ValueError, match="no recipe is called 'best'"):
        book.review.recipe("best")


def test_an_empty_set_is_an_error_that_says_so(book: Book) -> None:
    with pytest.raises(ValueError, match="no cohort of the set custom gives crs_any"):
        book.analyse("crs_any", published_by="1999-12-31")


def test_a_single_cohort_has_no_heterogeneity(book: Book) -> None:
    analysis = book.analyse("crs_any", min_patients=50)
    assert analysis.selection.k == 1
    assert analysis.i2_interval is None


def test_one_cell_changes_the_pool(book: Book, copy: ReviewCopy) -> None:
    line = copy.line_of("outcomes.csv", report_id="li_2023", outcome="complete_remission")
    copy.put("outcomes.csv", line, events="1")
    changed, usual = (b.analyse("complete_remission") for b in (copy.book(), book))
    assert changed.selection.events.sum() == usual.selection.events.sum() - 10
    assert changed.primary.proportion.estimate < usual.primary.proportion.estimate - 0.02  # type: ignore[union-attr]
