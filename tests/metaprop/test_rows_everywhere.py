"""Labels and incomplete rows mean the same in every function whose rows are studies."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

import metaprop
from metaprop import Recipe, forensics
from metaprop.priors import HalfNormal, Normal

LOGIT = Recipe(scale="logit", method="DL", ci="t")
NAMES = ["Ade", "Bo", "Cy", "Di", "Eve"]
SHUFFLED = [2, 0, 4, 3, 1]
COLUMNS: dict[str, list[Any]] = {
    "events": [8, 12, 5, 9, 14],
    "totals": [10, 20, 9, 30, 40],
    "yi": [0.1, 0.9, 0.3, 1.4, 0.7],
    "vi": [0.04, 0.05, 0.07, 0.09, 0.03],
    "groups": ["a", "a", "b", "b", "b"],
    "cluster": ["p", "p", "q", "r", "r"],
    "moderator": [50, 58, 61, 70, 44],
    "design": [50, 58, 61, 70, 44],
}
PRIORS: dict[str, Any] = {"tau_prior": HalfNormal(0.5), "mu_prior": Normal(0.0, 2.0)}
SEVERAL = {"tau_priors": [HalfNormal(0.5)], "mu_prior": Normal(0.0, 2.0)}
PRINTED = {"estimate": 0.5}

# Function, the columns it takes by position, and what else it needs.
CALLS: dict[str, tuple[Callable[..., Any], str, dict[str, Any]]] = {
    "pool": (metaprop.pool, "events totals", {"recipe": LOGIT}),
    "pool_effects": (metaprop.pool_effects, "yi vi", {"recipe": LOGIT}),
    "pool_glmm": (metaprop.pool_glmm, "events totals", {}),
    "effect_sizes": (metaprop.effect_sizes, "events totals", {"scale": "logit"}),
    "proportion_interval": (metaprop.proportion_interval, "events totals", {}),
    "subgroups": (metaprop.subgroups, "events totals groups", {"recipe": LOGIT}),
    "glmm_group_test": (metaprop.glmm_group_test, "events totals groups", {}),
    "meta_regression": (metaprop.meta_regression, "yi vi design", {"recipe": LOGIT}),
    "glmm_regression": (metaprop.glmm_regression, "events totals moderator", {}),
    "permutation_test": (metaprop.permutation_test, "yi vi design", {"recipe": LOGIT}),
    "trim_and_fill": (metaprop.trim_and_fill, "yi vi", {"recipe": LOGIT, "side": "left"}),
    "regression_test": (metaprop.regression_test, "yi vi totals", {"scale": "arcsine"}),
    "rank_test": (metaprop.rank_test, "yi vi", {"scale": "arcsine"}),
    "pool_three_level": (metaprop.pool_three_level, "yi vi cluster", {}),
    "cluster_robust": (metaprop.cluster_robust, "yi vi cluster", {}),
    "bayes_normal": (metaprop.bayes_normal, "yi vi", PRIORS),
    "bayes_binomial": (metaprop.bayes_binomial, "events totals", PRIORS),
    "bayes_binomial_priors": (metaprop.bayes_binomial_priors, "events totals", SEVERAL),
    "pool_recipes": (metaprop.pool_recipes, "events totals", {"recipes": [LOGIT]}),
    "matching_recipes": (
        forensics.matching_recipes,
        "events totals",
        {"printed": PRINTED, "recipes": [LOGIT]},
    ),
    "null_test": (metaprop.null_test, "events totals", {"recipe": LOGIT, "null": 0.5}),
    "leave_one_out": (metaprop.leave_one_out, "events totals", {"recipe": LOGIT}),
    "cumulative": (metaprop.cumulative, "events totals", {"recipe": LOGIT, "order": [1] * 5}),
    "influence": (metaprop.influence, "yi vi", {"recipe": LOGIT}),
    "baujat": (metaprop.baujat, "yi vi", {"recipe": LOGIT}),
    "blup": (metaprop.blup, "yi vi", {"recipe": LOGIT}),
    "all_subsets": (metaprop.all_subsets, "events totals", {"recipe": LOGIT}),
    "random_subsets": (metaprop.random_subsets, "events totals", {"recipe": LOGIT, "subsets": 20}),
    "possible_duplicates": (metaprop.possible_duplicates, "events totals", {}),
}
# They return a bare number, interval or text, with no place to say what was left out, or number
# subsets of the rows given by their bits.
WITHOUT = {
    "cochran_q",
    "between_study_variance",
    "tau2_interval",
    "prediction_interval",
    "pool_count_sets",
    "pool_recipe_sets",
    "draw_counts",
    "harmonic_mean",
    "transform",
    "back_transform",
    "pool_subsets",
    "as_r",
    "why_not_r",
}
# Lists of groups and of one result for each prior have notes in their parts.
IN_PARTS = {"bayes_binomial_priors"}
TABLES = {"leave_one_out", "cumulative", "influence", "baujat", "matching_recipes"}


def _columns(names: str) -> list[list[Any]]:
    return [list(COLUMNS[name]) for name in names.split()]


def _note(name: str, found: Any) -> str:
    if name in TABLES:
        return str(found.attrs.get("note", ""))
    return str(found[0].note if name in IN_PARTS else getattr(found, "note", ""))


ABOUT_ROWS = {
    *("note", "labels", "kept", "adjusted", "rearranged", "cautions", "bits", "members"),
}


def _plain(found: Any) -> Any:
    """Return the numbers of a result, without what speaks of the rows given."""
    if isinstance(found, pd.DataFrame):
        return found.reset_index(drop=True).to_dict("list")
    if isinstance(found, list):
        return [_plain(one) for one in found]
    return _numbers(found.to_dict())


def _numbers(data: dict[str, Any]) -> dict[str, Any]:
    numbers = {}
    for name, value in data.items():
        if name == "weights":
            numbers[name] = [weight for weight in value if weight > 0]
        elif name not in ABOUT_ROWS:
            numbers[name] = _numbers(value) if isinstance(value, dict) else value
    return numbers


@pytest.fixture(autouse=True)
def _quiet() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", metaprop.AsymmetryTestWarning)
        yield


def test_every_function_of_studies_is_here() -> None:
    def of_studies(function: Any) -> bool:
        return bool({"events", "yi", "totals"} & set(inspect.signature(function).parameters))

    public = {
        name
        for name in metaprop.__all__
        if inspect.isfunction(getattr(metaprop, name)) and of_studies(getattr(metaprop, name))
    }
    assert public == (set(CALLS) - {"matching_recipes"}) | WITHOUT
    for name, (function, *_) in CALLS.items():
        assert {"labels", "missing"} <= set(inspect.signature(function).parameters), name


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("nothing", [None, float("nan"), pd.NA], ids=str)
def test_an_incomplete_row_is_left_out_and_named(name: str, nothing: Any) -> None:
    function, taken, options = CALLS[name]
    columns, names = _columns(taken), taken.split()
    for at in range(len(columns)):
        broken = [list(column) for column in columns]
        broken[at][1] = nothing
        with pytest.raises(ValueError, match=rf"{names[at]} .*index 1"):
            function(*broken, **options)
        if name == "possible_duplicates":  # a list of groups of rows, with no note
            assert function(*broken, **options, missing="drop") == []
            continue
        found = function(*broken, **options, labels=NAMES, missing="drop")
        rest = [[*column[:1], *column[2:]] for column in columns]
        options_rest = options | ({"order": [1] * 4} if name == "cumulative" else {})
        np.testing.assert_equal(_plain(found), _plain(function(*rest, **options_rest)))
        assert "1 study with a missing value left out: Bo" in _note(name, found)
        found = function(*broken, **options, missing="drop")
        assert "1 study with a missing value left out: index 1" in _note(name, found)


@pytest.mark.parametrize("name", CALLS)
def test_the_index_of_a_series_names_the_rows_and_pairs_them(name: str) -> None:
    function, taken, options = CALLS[name]
    columns = _columns(taken)
    series = [pd.Series(column, index=NAMES) for column in columns]
    series[1] = series[1].iloc[SHUFFLED]
    second = taken.split()[1]
    found, whole = function(*series, **options), function(*columns, **options)
    if name == "possible_duplicates":
        assert found == whole == []
        return
    np.testing.assert_equal(_plain(found), _plain(whole))
    said = f"{second} was put in the order of the index of {taken.split()[0]}"
    assert said in _note(name, found)
    assert _note(name, whole) in _note(name, found)


@pytest.mark.parametrize("name", CALLS)
def test_labels_and_missing_are_checked(name: str) -> None:
    function, taken, options = CALLS[name]
    columns = _columns(taken)
    with pytest.raises(ValueError, match="labels has 2 labels for 5 studies"):
        function(*columns, **options, labels=["x", "y"])
    with pytest.raises(ValueError, match="missing must be one of 'raise', 'drop'; got 'omit'"):
        function(*columns, **options, missing="omit")
    with pytest.raises(ValueError, match="no study is complete"):
        function([None] * 5, *columns[1:], **options, missing="drop")


def test_labels_stand_where_rows_are_shown() -> None:
    yi, vi, design = _columns("yi vi design")
    x, n = _columns("events totals")
    limits = metaprop.proportion_interval(x, n, labels=NAMES)
    assert limits.to_frame().index.tolist() == NAMES
    low, high = limits
    assert (low == limits[0]).all()
    assert (high == limits[1]).all()
    assert limits.to_frame()["high"].tolist() == high.tolist()
    assert metaprop.proportion_interval(x, n).to_frame().index.tolist() == [0, 1, 2, 3, 4]
    assert metaprop.pool_glmm(x, n, labels=NAMES).studies().index.tolist() == NAMES
    assert metaprop.meta_regression(yi, vi, design, LOGIT, labels=NAMES).labels == tuple(NAMES)
    assert metaprop.glmm_regression(x, n, design, labels=NAMES).labels == tuple(NAMES)
    clusters = COLUMNS["cluster"]
    assert metaprop.pool_three_level(yi, vi, clusters, labels=NAMES).labels == tuple(NAMES)
    found = metaprop.subgroups(x, n, COLUMNS["groups"], LOGIT, labels=NAMES)
    assert found.groups["b"].studies().index.tolist() == ["Cy", "Di", "Eve"]


def test_dropped_rows_keep_their_place_in_effect_sizes() -> None:
    x, n = [8, None, 0, 9, 5], [10, 20, 9, 30, 5]
    sizes = metaprop.effect_sizes(x, n, scale="logit", labels=NAMES, missing="drop")
    assert sizes.kept.tolist() == [True, False, True, True, True]
    assert sizes.adjusted.tolist() == [False, False, True, False, True]
    assert sizes.to_frame().index.tolist() == ["Ade", "Cy", "Di", "Eve"]
    assert sizes.to_frame()["adjusted"].tolist() == [False, True, False, True]
    assert sizes.note == "1 study with a missing value left out: Bo"
    inner = metaprop.effect_sizes(
        x, n, scale="logit", zeros="drop", labels=NAMES, missing="drop"
    )  # the zeros rule leaves out as well, and only the incomplete row is missing
    assert inner.to_frame().index.tolist() == ["Ade", "Di"]
    assert inner.yi.tolist() == metaprop.effect_sizes([8, 9], [10, 30], scale="logit").yi.tolist()


def test_a_filled_study_is_named_after_the_one_it_mirrors() -> None:
    yi, vi = [0.1, None, 0.2, 0.3, 0.9, 1.2], [0.01, 1, 0.02, 0.03, 0.09, 0.16]
    names = ["Ade", "Nil", "Bo", "Cy", "Di", "Eve"]
    filled = metaprop.trim_and_fill(yi, vi, side="left", labels=names, missing="drop")
    assert filled.labels == ("Ade", "Bo", "Cy", "Di", "Eve", "filled: mirror of Eve")
    assert filled.studies().index[filled.filled].tolist() == ["filled: mirror of Eve"]
    assert filled.rearranged == "1 study with a missing value left out: Nil"
    # Twice the centre of the studies that are not trimmed, less the effect that is mirrored.
    kept = [0.1, 0.2, 0.3, 0.9], [0.01, 0.02, 0.03, 0.09]
    centre = metaprop.pool_effects(*kept).working.estimate
    assert filled.yi[-1] == pytest.approx(2.0 * centre - 1.2, abs=1e-12)
    unnamed = metaprop.trim_and_fill(*kept, side="left")
    assert unnamed.studies().index.tolist() == list(range(4 + unnamed.k0))


def test_a_summary_says_each_caution_once() -> None:
    yi, vi = [0.1, None, 0.3, 0.9, 1.2], [0.01, 0.02, 0.03, 0.09, 0.16]
    for found in (
        metaprop.trim_and_fill(yi, vi, missing="drop"),
        metaprop.rank_test(yi, vi, missing="drop"),
        metaprop.regression_test(yi, vi, [9, 8, 7, 6, 5], predictor="se", missing="drop"),
    ):
        notes = [line for line in found.summary().splitlines() if line.startswith("  Note: ")]
        assert notes == [f"  Note: {found.note}"]
        assert found.note == "; ".join(
            ("1 study with a missing value left out: index 1", *found.cautions)
        )
        assert found.cautions


MATRIX = [[50, 1], [58, 0], [61, 1], [70, 0], [44, 0], [39, 1]]
SIX: dict[str, list[Any]] = {
    "yi": [0.1, 0.9, 0.3, 1.4, 0.7, 0.2],
    "vi": [0.04, 0.05, 0.07, 0.09, 0.03, 0.05],
    "events": [8, 12, 5, 9, 14, 3],
    "totals": [10, 20, 9, 30, 40, 8],
}


def _holes(kind: str) -> Any:
    """Return the matrix with the second moderator of row 2 missing, in several containers."""
    rows: list[list[Any]] = [list(row) for row in MATRIX]
    if kind == "masked":
        mask = np.zeros((6, 2), dtype=bool)
        mask[2, 1] = True
        return np.ma.array(MATRIX, mask=mask)
    rows[2][1] = float("nan") if kind == "nan" else None
    if kind == "nan":
        return np.array(rows, dtype=float)
    if kind == "frame":
        return pd.DataFrame(rows, columns=["age", "male"])
    if kind == "Int64":
        return pd.DataFrame(rows, columns=["age", "male"]).astype("Int64")
    return [tuple(row) for row in rows] if kind == "tuples" else rows


@pytest.mark.parametrize("kind", ["lists", "tuples", "nan", "masked", "frame", "Int64"])
def test_a_moderator_that_is_missing_in_one_column_leaves_the_row_out(kind: str) -> None:
    design = _holes(kind)
    rest = [row for i, row in enumerate(MATRIX) if i != 2]
    names = ["age", "male"]

    def without(name: str) -> list[Any]:
        return [value for i, value in enumerate(SIX[name]) if i != 2]

    fit = metaprop.meta_regression(SIX["yi"], SIX["vi"], design, LOGIT, names=names, missing="drop")
    whole = metaprop.meta_regression(without("yi"), without("vi"), rest, LOGIT, names=names)
    assert (fit.beta == whole.beta).all()
    assert fit.names == ("intercept", "age", "male")
    assert fit.design.shape == (5, 3)
    assert fit.note.startswith("1 study with a missing value left out: index 2; an intercept")
    mixed = metaprop.glmm_regression(
        SIX["events"], SIX["totals"], design, names=names, missing="drop"
    )
    other = metaprop.glmm_regression(without("events"), without("totals"), rest, names=names)
    assert (mixed.beta == other.beta).all()
    assert mixed.note.startswith("1 study with a missing value left out: index 2")
    with pytest.raises(ValueError, match="design of the study at index 2, column 1"):
        metaprop.meta_regression(SIX["yi"], SIX["vi"], design, LOGIT)


def test_names_of_a_frame_survive_a_row_left_out() -> None:
    fit = metaprop.meta_regression(SIX["yi"], SIX["vi"], _holes("frame"), LOGIT, missing="drop")
    assert fit.names == ("intercept", "age", "male")
    ages = pd.Series([row[0] for row in MATRIX], name="age", dtype="Int64")
    ages[4] = pd.NA
    mixed = metaprop.glmm_regression(SIX["events"], SIX["totals"], ages, missing="drop")
    assert mixed.names == ("intercept", "age")
    assert mixed.design.shape == (5, 2)


def test_other_rows_of_a_design_are_checked_as_given() -> None:
    yi, vi = SIX["yi"], SIX["vi"]
    text: list[Any] = [row[0] for row in MATRIX]
    text[0], text[4] = None, "44"
    with pytest.raises(ValueError, match="design of the study at index 4 is '44'"):
        metaprop.meta_regression(yi, vi, text, missing="drop")
    with pytest.raises(ValueError, match="yi has 6 studies but design has 5"):
        metaprop.meta_regression(yi, vi, MATRIX[:5], missing="drop")
    with pytest.raises(ValueError, match=r"design of the study at index 0 is \[1, 2\]"):
        metaprop.meta_regression(yi, vi, [[1, 2], [3], [4, 5], [1], [2], [3]], missing="drop")
    with pytest.raises(ValueError, match="design must have one value for each study, got 3"):
        metaprop.meta_regression(yi, vi, 3, missing="drop")


def test_a_frame_is_paired_by_its_index() -> None:
    names = ["A", "B", "C", "D", "E", "F"]
    frame = pd.DataFrame(MATRIX, columns=["age", "male"], index=names)
    yi, vi = pd.Series(SIX["yi"], index=names), pd.Series(SIX["vi"], index=names)
    whole = metaprop.meta_regression(SIX["yi"], SIX["vi"], MATRIX, LOGIT)
    fit = metaprop.meta_regression(yi, vi, frame.iloc[::-1], LOGIT)
    assert (fit.beta == whole.beta).all()
    assert "design was put in the order of the index of yi" in fit.note
    assert fit.labels == tuple(names)
    with pytest.raises(ValueError, match="the indexes of yi and design differ"):
        metaprop.meta_regression(yi, vi, frame.rename(index={"C": "X"}), LOGIT)
    counts = pd.Series(SIX["events"], index=names), pd.Series(SIX["totals"], index=names)
    mixed = metaprop.glmm_regression(*counts, frame.iloc[::-1])
    plain = metaprop.glmm_regression(SIX["events"], SIX["totals"], MATRIX)
    assert (mixed.beta == plain.beta).all()
    assert "moderator was put in the order of the index of events" in mixed.note


def test_groups_of_tuples_may_have_incomplete_rows() -> None:
    pairs = [("a", 1), ("a", 1), ("b", 2), ("b", 2), ("b", 2)]
    x: list[Any] = [8, 12, None, 9, 14]
    found = metaprop.subgroups(x, COLUMNS["totals"], pairs, LOGIT, missing="drop")
    assert {name: group.k for name, group in found.groups.items()} == {"('a', 1)": 2, "('b', 2)": 2}


def test_groups_that_look_alike_are_refused_by_the_mixed_model_too() -> None:
    with pytest.raises(ValueError, match="two labels that look alike"):
        metaprop.glmm_group_test(*_columns("events totals"), [1, "1", 1, "1", 1])
