"""Inputs of the kinds that users of such programs ran into, beyond the recorded cases."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from metaprop import (
    Recipe,
    cluster_robust,
    cumulative,
    effect_sizes,
    forensics,
    glmm_group_test,
    glmm_regression,
    leave_one_out,
    look_alikes,
    pool,
    pool_glmm,
    pool_three_level,
    rank_test,
    regression_test,
    subgroups,
    survival,
    trim_and_fill,
)

X, N = [8, 12, 5, 9], [10, 20, 9, 30]
LOGIT = Recipe(scale="logit", method="DL", ci="t")
STRICT = LOGIT.but(zeros="none")


def test_a_masked_entry_in_a_list_is_missing() -> None:
    events: list[Any] = [8, np.ma.masked, 5, 9]
    fit = pool(events, N, LOGIT, missing="drop")
    assert fit.working == pool([8, 5, 9], [10, 9, 30], LOGIT).working
    assert fit.note == "1 study with a missing value left out: index 1"
    with pytest.raises(ValueError, match="events of the study at index 1 is"):
        pool(events, N, LOGIT)


def test_a_masked_label_is_no_label() -> None:
    names = np.ma.array(["Ade", "Bo", "Cy", "Di"], mask=[False, False, True, False])
    with pytest.raises(ValueError, match="labels of the study at index 2 has no label"):
        pool(X, N, LOGIT, labels=names)
    with pytest.raises(ValueError, match="groups of the study at index 2 has no label"):
        subgroups(X, N, names, LOGIT)


def test_an_unusable_study_has_the_index_or_the_name_it_was_given() -> None:
    x, n = [None, 5, 0, 6], [10, 12, 9, 12]
    with pytest.raises(ValueError, match="the study at index 2 has 0 events in 9 patients"):
        pool(x, n, STRICT, missing="drop")
    with pytest.raises(ValueError, match="the study at index 2 has 0 events in 9 patients"):
        effect_sizes(x, n, scale="logit", zeros="none", missing="drop")
    with pytest.raises(ValueError, match="the study Cy has 0 events in 9 patients"):
        pool(x, n, STRICT, missing="drop", labels=["Ade", "Bo", "Cy", "Di"])
    with pytest.raises(ValueError, match="keeps the estimate of the study at index 2, which"):
        effect_sizes(x, n, scale="logit", zeros="variance-only", missing="drop")


def test_tables_speak_of_the_studies_given() -> None:
    x, n, names = [5, 6, 0, 7], [12, 12, 9, 12], ["Ade", "Bo", "Cy", "Di"]
    notes = leave_one_out(x, n, STRICT)["note"]
    assert [note.partition(" has")[0] for note in notes[[0, 1, 3]]] == ["the study at index 2"] * 3
    assert "has 0" not in notes[2]
    notes = leave_one_out(x, n, STRICT, labels=names)["note"]
    assert notes["Ade"].startswith("the study Cy has 0 events in 9 patients")
    steps = cumulative(x, n, STRICT, order=[1, 4, 3, 2], labels=names)["note"]
    assert steps["Cy"].startswith("the study Cy has 0 events")
    groups = subgroups(x, n, list("abbb"), STRICT)
    assert "group 'b' could not be pooled: the study at index 2 has 0 events" in groups.note


def test_counts_too_large_for_the_mixed_model_are_named_as_given() -> None:
    x: list[Any] = [None, 5, 1e13, 6]
    n = [10, 12, 4e13, 12]
    with pytest.raises(ValueError, match="totals of the study at index 2 is 40000000000000: too"):
        pool_glmm(x, n, missing="drop")
    with pytest.raises(ValueError, match="totals of the study Cy is 40000000000000: too large"):
        glmm_regression(x, n, [1, 2, 3, 5], missing="drop", labels=["Ade", "Bo", "Cy", "Di"])
    with pytest.raises(ValueError, match="totals of the study at index 2 is 40000000000000: too"):
        glmm_group_test(x, n, list("aabb"), missing="drop")


def test_counts_whose_weights_cannot_be_added_are_refused_by_name() -> None:
    with pytest.raises(ValueError, match="the sampling variance of the study at index 1 is"):
        pool([4, 2**70], [12, 2**71], LOGIT)
    with pytest.raises(ValueError, match="the sampling variance of the study Huge is"):
        pool([4, 2**70], [12, 2**71], LOGIT, labels=["Small", "Huge"])
    # A study that the zeros rule drops has no weight.
    kept = pool([0, 4, 5], [2**71, 12, 10], LOGIT.but(zeros="drop"))
    assert kept.working == pool([4, 5], [12, 10], LOGIT).working
    # A thousand million patients beside ten are no difficulty: the fixed effect is the large study.
    fit = pool([3, 4 * 10**8], [10, 10**9], LOGIT.but(method="FE"))
    assert fit.working.estimate == pytest.approx(np.log(4 / 6), abs=1e-7)


@pytest.mark.parametrize(
    ("one", "two"),
    [("A", "A "), ("Li 2022", "Li\u00a02022"), ("M\u00fcller", "Mu\u0308ller"), (1, "1")],
)
def test_rows_and_patients_are_not_told_apart_by_what_nobody_sees(one: Any, two: Any) -> None:
    yi, vi, cluster = [0.1, 0.3, 0.9, 1.1], [0.04, 0.05, 0.05, 0.04], [one, two, "B", "C"]
    alike = "two labels that look alike and differ"
    with pytest.raises(ValueError, match=f"cluster has {alike}"):
        cluster_robust(yi, vi, cluster)
    with pytest.raises(ValueError, match=f"cluster has {alike}"):
        pool_three_level(yi, vi, cluster)
    time, event, group = [2, 3, 5, 8], [1, 0, 1, 1], [one, two, one, two]
    with pytest.raises(ValueError, match=f"group has {alike}"):
        survival.logrank(time, event, group)
    with pytest.raises(ValueError, match=f"strata has {alike}"):
        survival.cox(time, event, [1, 0, 1, 0], strata=group)
    with pytest.raises(ValueError, match=f"group has {alike}"):
        survival.rmst_difference(time, event, group, 4)
    with pytest.raises(ValueError, match=f"groups has {alike}"):
        glmm_group_test(X, N, group)


def test_clusters_of_equal_numbers_are_one_cluster() -> None:
    yi, vi = [0.1, 0.3, 0.9, 1.1], [0.04, 0.05, 0.05, 0.04]
    assert pool_three_level(yi, vi, [1, 1.0, np.int8(2), 2]).clusters == 2


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("A", "\u0410"),  # Cyrillic
        ("Cox", "\u0421\u043e\u0445"),
        ("Beta", "\u0392eta"),  # Greek
        ("Li\u202f2022", "Li 2022"),
        ("\u200eLi", "Li"),
        ("T\u2212cell", "T\u2013cell"),
    ],
)
def test_more_labels_that_look_alike(one: str, two: str) -> None:
    assert look_alikes([one, "other", two]) == [(0, 2)]


@pytest.mark.parametrize(
    ("one", "two"),
    [("Ж", "X"), ("λ", "l"), ("Ψ", "Y"), ("Иванов", "Ivanov"), ("п", "n"), ("β", "B")],
)
def test_letters_of_their_own_shape_are_themselves(one: str, two: str) -> None:
    assert look_alikes([one, two]) == []


def test_labels_are_compared_once_each() -> None:
    labels = ["Li 2022", "Wu 2023"] * 5000 + ["Li  2022", "Li\u00a02022", "Li  2022"]
    assert look_alikes(labels) == [(0, 10_000), (0, 10_001)]


def test_numbers_given_as_text_are_sorted_as_text_and_it_is_said() -> None:
    table = cumulative(X, N, LOGIT, order=["9", "10", "11", "2"])
    assert table.index.tolist() == [1, 2, 3, 0]
    said = "order is text and was sorted as text, '11' before '2': pass numbers to sort by size"
    assert table.attrs["note"] == said
    for order in (
        [9, 10, 11, 2],
        ["2019", "2015", "2022", "2020"],
        ["2019-05", "2019-11", "2020-01", "2018-12"],
        ["09", "10", "11", "02"],
        ["b", "a", "10", "9"],
        pd.to_datetime(["2019-05-01", "2019-11-02", "2020-01-03", "2018-12-04"]),
    ):
        assert "note" not in cumulative(X, N, LOGIT, order=order).attrs, order


@pytest.mark.parametrize(
    "text",
    [
        "<0,001",
        "p < 0,001",
        "P\u00a0<\u00a00.001",
        "<1e-3",
        "< 1E\u22123",
        "\u2266 .001",
        "\u2a7d0.001",
    ],
)
def test_bounds_of_pvalues_in_other_spellings(text: str) -> None:
    asked = {"i2_digits": 0, "k_range": (2, 80)}
    expected = forensics.possible_k(0.4, "<0.001", **asked)["fits"]
    assert forensics.possible_k(0.4, text, **asked)["fits"].equals(expected)
    assert expected.any()
    assert not expected.all()


@pytest.mark.parametrize(
    "text", ["NS", "0.05", "=0.05", "<", "<1,5", "<0.00.1", "<0,0,1", "&lt;0.001", "<-0.1", "< 5%"]
)
def test_what_is_no_bound_of_a_pvalue_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="pvalue must be a fraction between 0 and 1, or a text"):
        forensics.possible_k(0.4, text, i2_digits=0)


def test_effects_that_are_no_proportions_can_be_tested_for_asymmetry() -> None:
    yi, vi = np.linspace(-0.5, 0.9, 12), np.linspace(0.02, 0.3, 12)
    assert rank_test(yi, vi, scale="identity").cautions == ()
    assert rank_test(yi, vi, scale="identity").tau == rank_test(yi, vi, scale="arcsine").tau
    test = regression_test(yi, vi, range(40, 16, -2), predictor="se", scale="identity")
    assert test.cautions == ()
    assert trim_and_fill(yi, vi, Recipe(scale="identity")).cautions == ()
    with pytest.raises(ValueError, match=r"scale must be one of 'raw', .*'identity'; got 'odds'"):
        rank_test(yi, vi, scale="odds")


@pytest.mark.parametrize("scale", ["raw", "log", "logit", "arcsine", "double_arcsine"])
def test_a_group_of_equal_studies_is_left_out_of_the_test_whatever_rounding_left(
    scale: str,
) -> None:
    """Hartung and Knapp's error of equal proportions is 0, or 4e-17 on the raw scale."""
    recipe = Recipe(scale=scale, method="DL", ci="hartung-knapp")
    found = subgroups([3, 3, 3, 9, 4], [10, 10, 10, 20, 15], list("zzzyy"), recipe)
    assert found.groups["z"].se < 1e-16
    assert (found.pvalue, found.df_between) == (None, 0)
    assert "the test leaves out groups without a usable standard error: z" in found.note


def test_a_group_of_a_million_million_patients_is_tested() -> None:
    """Its standard error is small and no rounding."""
    recipe = Recipe(scale="arcsine", method="FE")
    found = subgroups([3 * 10**11, 9], [10**12, 20], list("zy"), recipe)
    distance = np.arcsin(np.sqrt(9 / 20)) - np.arcsin(np.sqrt(0.3))
    assert found.q_between == pytest.approx(distance**2 * 80, rel=1e-6)
