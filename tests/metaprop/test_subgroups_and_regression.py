"""Groups and moderators, each checked against the other and against hand-made cases."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from metaprop import Recipe, effect_sizes, meta_regression, pool, subgroups

GROUPS = np.array(list("abbababaabbab"))


@pytest.mark.parametrize("method", ["FE", "DL", "PM", "REML", "ML", "HE", "SJ", "HS", "EB"])
@pytest.mark.parametrize("scale", ["raw", "logit", "double_arcsine"])
def test_common_tau2_equals_a_regression_on_groups(
    method: str, scale: str, events: Any, totals: Any
) -> None:
    """Two routes to one model: group means, and the coefficient of a dummy."""
    recipe = Recipe(scale=scale, method=method)
    groups = subgroups(events, totals, GROUPS, recipe, tau2="common")
    sizes = effect_sizes(events, totals, scale=scale)
    design = np.column_stack([np.ones(13), GROUPS == "b"])
    fitted = meta_regression(sizes.yi, sizes.vi, design, recipe)
    a, b = groups.groups["a"].working.estimate, groups.groups["b"].working.estimate
    assert fitted.tau2 == pytest.approx(groups.groups["a"].tau2, abs=1e-10)
    assert fitted.beta == pytest.approx([a, b - a], abs=1e-9)
    assert fitted.qm == pytest.approx(groups.q_between, rel=1e-7)
    assert fitted.qm_pvalue == pytest.approx(groups.pvalue, rel=1e-7)


def test_separate_groups_are_pooled_on_their_own(events: Any, totals: Any) -> None:
    ours = subgroups(events, totals, GROUPS, Recipe())
    for label in "ab":
        member = label == GROUPS
        assert ours.groups[label].to_dict() == pool(events[member], totals[member]).to_dict()


def test_relabelling_and_order_change_nothing_but_names(events: Any, totals: Any) -> None:
    ours = subgroups(events, totals, GROUPS, Recipe())
    other = subgroups(events[::-1], totals[::-1], np.where(GROUPS == "a", "x", "y")[::-1], Recipe())
    assert list(ours.groups) == ["a", "b"]
    assert set(other.groups) == {"x", "y"}
    assert other.q_between == pytest.approx(ours.q_between, rel=1e-9)


def test_one_group_leaves_nothing_to_test(events: Any, totals: Any) -> None:
    ours = subgroups(events, totals, ["all"] * 13, Recipe())
    assert (ours.q_between, ours.df_between, ours.pvalue) == (None, 0, None)
    assert ours.groups["all"].working == pool(events, totals).working


def test_identical_groups_do_not_differ() -> None:
    ours = subgroups([3, 5, 3, 5], [10, 12, 10, 12], list("aabb"), Recipe())
    assert ours.q_between == pytest.approx(0, abs=1e-20)
    assert ours.pvalue == pytest.approx(1)


def test_group_of_one_study_has_a_result() -> None:
    ours = subgroups([3, 5, 9], [10, 12, 10], list("aab"), Recipe())
    assert ours.groups["b"].k == 1
    assert ours.groups["b"].prediction is None
    assert ours.df_between == 1


@pytest.mark.parametrize(
    ("groups", "recipe", "tau2", "message"),
    [
        (["a", "b"], Recipe(), "separate", "groups has 2 labels for 3 studies"),
        (["a", None, "b"], Recipe(), "separate", "study at index 1 has no label"),
        (["a", "", "b"], Recipe(), "separate", "study at index 1 has no label"),
        ([1.0, 2.0, float("nan")], Recipe(), "separate", "study at index 2 has no label"),
        (["a", "a", "b"], Recipe(), "pooled", "tau2 must be one of 'separate', 'common'"),
        (
            ["a", "a", "b"],
            Recipe(scale="logit", method="GLMM", zeros="none"),
            "common",
            "not available for method 'GLMM'",
        ),
    ],
)
def test_subgroups_refuse(groups: list, recipe: Recipe, tau2: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        subgroups([3, 5, 10], [10, 12, 10], groups, recipe, tau2=tau2)


def test_regression_through_exact_points_recovers_the_line() -> None:
    x = np.array([0.0, 1.0, 2.0, 3.0, 4.0])
    fitted = meta_regression(
        0.5 + 0.25 * x,
        np.full(5, 0.04),
        np.column_stack([np.ones(5), x]),
        Recipe(),
        names=["a", "b"],
    )
    assert fitted.beta == pytest.approx([0.5, 0.25], abs=1e-12)
    assert fitted.tau2 == 0.0
    assert fitted.qe == pytest.approx(0, abs=1e-20)
    assert fitted.r2 == 1.0
    assert fitted.names == ("a", "b")


def test_intercept_alone_is_the_pooled_effect(events: Any, totals: Any) -> None:
    sizes = effect_sizes(events, totals, scale="logit")
    for ci in ("wald", "t", "hartung-knapp", "hartung-knapp-adhoc"):
        recipe = Recipe(scale="logit", ci=ci)
        fitted = meta_regression(sizes.yi, sizes.vi, np.ones(13), recipe)
        ours = pool(events, totals, recipe)
        assert fitted.low[0] == pytest.approx(ours.working.low, rel=1e-9)
        assert fitted.high[0] == pytest.approx(ours.working.high, rel=1e-9)
        assert fitted.i2 == pytest.approx(ours.i2, rel=1e-9)
        assert fitted.r2 == pytest.approx(0.0, abs=1e-9)
        assert fitted.qm_df[0] == 0
        assert fitted.qm_pvalue == 1.0


def test_r2_is_absent_where_there_is_nothing_to_explain() -> None:
    x = np.column_stack([np.ones(4), [1, 2, 3, 4]])
    fitted = meta_regression([0.1, 0.11, 0.1, 0.09], [0.2, 0.3, 0.1, 0.2], x, Recipe())
    assert fitted.r2 is None


def test_years_are_as_good_as_centred_years(events: Any, totals: Any) -> None:
    """A badly scaled column changes the intercept only."""
    years = np.array([2022, 2016, 2017, 2020, 2021, 2023, 2019, 2023, 2020, 2016, 2021, 2016, 2018])
    sizes = effect_sizes(events, totals, scale="logit")
    raw = meta_regression(sizes.yi, sizes.vi, np.column_stack([np.ones(13), years]), Recipe())
    near = meta_regression(
        sizes.yi, sizes.vi, np.column_stack([np.ones(13), years - 2019]), Recipe()
    )
    assert raw.beta[1] == pytest.approx(near.beta[1], rel=1e-9)
    assert raw.se[1] == pytest.approx(near.se[1], rel=1e-9)
    assert raw.tau2 == pytest.approx(near.tau2, rel=1e-9)


@pytest.mark.parametrize(
    ("design", "message"),
    [
        ([[1, 2], [1, 3], [1, 5]], "one row for each of 4 studies, got shape"),
        ([[1, 2], [1, 2], [1, 2], [1, 2]], "collinear"),
        ([[1, 0], [1, 0], [1, 0], [1, 0]], "collinear"),
        ([[1, 2], [1, float("nan")], [1, 5], [1, 1]], "study at index 1, column 1, is nan"),
        (np.eye(4), "no residual degree of freedom for 4 coefficients"),
    ],
)
def test_regression_refuses(design: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        meta_regression([0.1, 0.2, 0.5, 0.3], [0.1, 0.1, 0.2, 0.1], design, Recipe())


def test_regression_counts_its_names() -> None:
    with pytest.raises(ValueError, match="names must be 2 names, one for each column"):
        meta_regression([1, 2, 4], [1, 1, 1], [[1, 0], [1, 1], [1, 2]], Recipe(), names=["x"])


@pytest.mark.parametrize(
    ("events", "totals", "recipe", "reason"),
    [
        ([0, 0, 5, 6], [10, 12, 12, 20], Recipe(scale="logit", zeros="drop"), "leaves no study"),
        ([0, 9, 5, 6], [10, 9, 12, 20], Recipe(method="GLMM"), "no finite estimate"),
        ([0, 0, 5, 6], [10, 12, 12, 20], Recipe(scale="logit", zeros="none"), "no usable logit"),
    ],
)
def test_a_group_that_cannot_be_pooled_is_named_and_the_others_stand(
    events: list, totals: list, recipe: Recipe, reason: str
) -> None:
    ours = subgroups(events, totals, list("aabb"), recipe)
    assert list(ours.groups) == ["b"]
    assert ours.groups["b"].working == pool(events[2:], totals[2:], recipe).working
    assert ours.note.startswith("group 'a' could not be pooled: ")
    assert reason in ours.note
    assert (ours.q_between, ours.df_between, ours.pvalue) == (None, 0, None)
    assert reason in ours.summary()
    with pytest.raises(ValueError, match=r"group 'a' could not be pooled: .*group 'c' could not"):
        subgroups(events[:2] * 2, totals[:2] * 2, list("aacc"), recipe)


def test_a_group_without_a_usable_error_leaves_no_test() -> None:
    ours = subgroups([0, 14], [30, 39], ["a", "b"], Recipe(method="GLMM"))
    assert (ours.q_between, ours.df_between, ours.pvalue) == (None, 0, None)
    assert ours.note == "the test leaves out groups without a usable standard error: a"
