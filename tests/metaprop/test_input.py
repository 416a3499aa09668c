"""What every public function takes for numbers, labels and options, and what it refuses."""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pytest

import metaprop
from metaprop import Recipe, forensics, survival

EVENTS, TOTALS = [8, 12, 5, 9], [10, 20, 5, 30]
NA_COUNTS = pd.Series([8, None, 5, 9], dtype="Int64")
HIDDEN = np.ma.array([8, 12, 5, 9], mask=[False, True, False, False])


@pytest.mark.parametrize(
    "convert",
    [
        tuple,
        np.array,
        lambda v: np.array(v, dtype=np.int8),
        lambda v: np.array(v, dtype=np.float32),
        pd.Series,
        lambda v: pd.Series(v, index=list("wxyz")),
        lambda v: pd.Series(v, dtype="Int64"),
        lambda v: pd.Series(v, dtype=object),
        lambda v: pd.Series(v, dtype="category"),
        lambda v: [Fraction(x) for x in v],
        lambda v: [Decimal(x) for x in v],
        lambda v: np.ma.array(v),
        lambda v: dict(enumerate(v)).values(),
        lambda v: {x: None for x in v}.keys(),
        lambda v: (x for x in v),
        iter,
        lambda v: map(int, v),
        lambda v: array("q", v),
        deque,
    ],
)
def test_counts_of_every_numeric_type_give_one_answer(convert: Callable[[list], Any]) -> None:
    expected = metaprop.pool(EVENTS, TOTALS).to_dict()
    given = convert(EVENTS)
    labels = list("wxyz") if isinstance(given, pd.Series) and "w" in given.index else None
    assert metaprop.pool(convert(EVENTS), convert(TOTALS)).to_dict() == expected | {
        "labels": labels
    }


@pytest.mark.parametrize(
    ("events", "index"),
    [
        (["8", "12", "5", "9"], 0),
        (np.array(["8", "12", "5", "9"]), 0),
        (pd.Series(["8", "12", "5", "9"]), 0),
        ([8, "12", 5, 9], 1),
        ([8, None, 5, 9], 1),
        (NA_COUNTS, 1),
        (HIDDEN, 1),
        ([8, 12, 5 + 0j, 9], 2),
        (np.array(["2020-01-01"] * 4, dtype="M8[D]"), 0),
        (np.array([1, 2, 3, 4], dtype="m8[s]"), 0),
        ([8, 12, 10**400, 9], 2),
    ],
)
def test_what_is_no_number_is_named_though_numpy_would_convert_it(events: Any, index: int) -> None:
    with pytest.raises(ValueError, match=rf"events of the study at index {index} is .* needed"):
        metaprop.pool(events, TOTALS)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: metaprop.pool(EVENTS, TOTALS, "metafor"), "recipe must be a Recipe.*'metafor'"),  # type: ignore[arg-type]
        (lambda: metaprop.pool_effects([1, 2], [1, 2], {"method": "DL"}), "recipe must be"),  # type: ignore[arg-type]
        (lambda: metaprop.subgroups(EVENTS, TOTALS, list("aabb"), "DL"), "recipe must be"),  # type: ignore[arg-type]
        (lambda: metaprop.pool(EVENTS, TOTALS, tau2="0.1"), "tau2 must be a finite number"),  # type: ignore[arg-type]
        (lambda: metaprop.pool_effects([1, 2], [1, 1], totals=[3]), "totals has 1 studies, but"),
        (lambda: metaprop.pool_effects(["1", "2"], [1, 1]), "yi of the study at index 0 is '1'"),  # type: ignore[list-item]
        (lambda: metaprop.i2_interval("3", 5), "q must be a finite number"),  # type: ignore[arg-type]
        (lambda: metaprop.i2_interval(3.0, 5.5), "k must be a whole number of at least 2"),  # type: ignore[arg-type]
        (lambda: metaprop.back_transform([0.0, np.nan], scale="logit"), "values must be numbers"),
        (lambda: metaprop.transform(["0.5"], scale="raw"), "proportions at index 0 is '0.5'"),  # type: ignore[list-item]
        (lambda: metaprop.harmonic_mean([3, np.nan]), "totals of the study at index 1 is nan"),
        (
            lambda: metaprop.wald_prediction_interval(np.nan, 1.0, 1.0, 3),
            "estimate must be a finite",
        ),
        (lambda: metaprop.wald_prediction_interval(0.0, -1.0, 1.0, 3), "se must be .* at least 0"),
        (lambda: metaprop.HalfNormal("1"), "half-normal prior must be a finite number"),  # type: ignore[arg-type]
        (
            lambda: metaprop.between_study_variance(
                [1, 2, 3], [1, 1, 1], design=[[1], [1], [np.nan]]
            ),
            "design of the study at index 2, column 0, is nan",
        ),
        (
            lambda: metaprop.between_study_variance([1, 2, 3], [1, 1, 1], design=[[1, 1]] * 3),
            "collinear",
        ),
        (
            lambda: metaprop.meta_regression(
                [1, 2, 3], [1, 1, 1], [[1, 2], [1, 4], [1, 3]], names="ab"
            ),
            "names must be 2 names",
        ),
        (
            lambda: metaprop.subgroups(
                EVENTS, TOTALS, pd.Series(["a", pd.NA, "b", "b"], dtype=object)
            ),
            "groups of the study at index 1 has no label",
        ),
        (lambda: forensics.q_from_i2("0.3", 13), "i2 must be a finite number"),  # type: ignore[arg-type]
        (
            lambda: forensics.possible_k(0.3, 0.1, i2_digits=2, p_digits=2, k_range=(2.5, 5)),  # type: ignore[arg-type]
            "k_range must be two whole numbers",
        ),
        (
            lambda: forensics.matching_recipes(EVENTS, TOTALS, {"estimate": "87"}),
            "estimate must be",
        ),
        (
            lambda: survival.logrank([1, 2, 3], [1, 1, 0], [1.0, np.nan, 2.0]),
            "group at index 1 has no",
        ),
        (
            lambda: survival.cox([1, 2, 3, 4], [1, 1, 0, 1], [1, 0, 1, 0], strata=[1, None, 1, 1]),
            "strata at index 1 has no label",
        ),
        (lambda: survival.rmst([1, 2, 3], [1, 1, 0], "2"), "tau must be a finite number"),  # type: ignore[arg-type]
        (lambda: survival.kaplan_meier(["1", "2"], [1, 0]), "time at index 0 is '1'"),  # type: ignore[list-item]
        (lambda: survival.logrank([1, 2], [1, 1], [0, 1], rho="1"), "rho must be a finite number"),  # type: ignore[arg-type]
    ],
)
def test_wrong_kinds_of_input_are_refused_by_name(call: Callable[[], Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()


def test_whole_numbers_of_numpy_are_whole_numbers() -> None:
    two = np.int64(2)
    assert metaprop.all_subsets(EVENTS, TOTALS, min_size=two).size.min() == 2
    assert forensics.q_from_i2(0.3, np.int64(13)) == forensics.q_from_i2(0.3, 13)
    assert Recipe(fixed_below=np.int64(3)).fixed_below == 3
