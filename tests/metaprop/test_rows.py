"""Rows that belong together: indexes, labels, incomplete rows, look-alike labels."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from metaprop import (
    Recipe,
    all_subsets,
    baujat,
    blup,
    cumulative,
    effect_sizes,
    influence,
    leave_one_out,
    look_alikes,
    pool,
    pool_effects,
    pool_glmm,
    random_subsets,
    subgroups,
)

X, N = [8, 12, 5, 9], [10, 20, 9, 30]
NAMES = ["Ade", "Bo", "Cy", "Di"]
SHUFFLED = [2, 0, 3, 1]
LOGIT = Recipe(scale="logit", method="DL", ci="t")


def _series(values: list, order: list[int] | None = None) -> pd.Series:
    series = pd.Series(values, index=NAMES)
    return series if order is None else series.iloc[order]


def test_series_are_paired_by_index_and_it_is_said() -> None:
    expected = pool(X, N, LOGIT)
    fit = pool(_series(X), _series(N, SHUFFLED), LOGIT)
    assert fit.working == expected.working
    assert fit.note == "totals was put in the order of the index of events"
    assert fit.labels == tuple(NAMES)
    assert fit.studies().index.tolist() == NAMES
    assert pool_glmm(_series(X), _series(N, SHUFFLED)).working == pool_glmm(X, N).working
    sizes = effect_sizes(_series(X), _series(N, SHUFFLED), scale="logit")
    assert (sizes.yi == effect_sizes(X, N, scale="logit").yi).all()


def test_groups_order_and_labels_are_paired_by_index_too() -> None:
    x, n = _series(X), _series(N)
    groups = subgroups(x, n, _series(list("aabb"), SHUFFLED), LOGIT)
    assert groups.groups["a"].working == pool(X[:2], N[:2], LOGIT).working
    assert "groups was put in the order of the index of events" in groups.note
    years = _series([2019, 2015, 2022, 2020], SHUFFLED)
    table = cumulative(x, n, LOGIT, order=years)
    assert table.index.tolist() == ["Bo", "Ade", "Di", "Cy"]
    assert table.attrs["note"] == "order was put in the order of the index of events"
    titles = _series(["A 2019", "B 2015", "C 2022", "D 2020"], SHUFFLED)
    assert leave_one_out(x, n, LOGIT, labels=titles).index.tolist() == [
        "A 2019", "B 2015", "C 2022", "D 2020",
    ]  # fmt: skip
    sizes = effect_sizes(X, N, scale="logit")
    yi, vi = _series(sizes.yi.tolist()), _series(sizes.vi.tolist(), SHUFFLED)
    assert pool_effects(yi, vi, LOGIT).working == pool(X, N, LOGIT).working


@pytest.mark.parametrize(
    "totals",
    [
        pd.Series(N, index=["Ade", "Bo", "Cy", "Eve"]),
        pd.Series(N[:3], index=NAMES[:3]),
        pd.Series(N, index=["Ade", "Bo", "Cy", "Cy"]),
        pd.Series(N),
    ],
)
def test_indexes_that_do_not_match_are_refused(totals: pd.Series) -> None:
    with pytest.raises(ValueError, match="the indexes of events and totals differ"):
        pool(_series(X), totals)


def test_positions_say_nothing_and_a_list_has_no_index() -> None:
    assert pool(pd.Series(X), pd.Series(N)).labels is None
    assert pool(_series(X), N).labels == tuple(NAMES)
    with pytest.raises(ValueError, match="events has 4 studies but totals has 3"):
        pool(pd.Series(X), pd.Series(N[:3]))
    filtered = pd.Series(X)[[0, 2, 3]], pd.Series(N)[[0, 2, 3]]
    assert leave_one_out(*filtered, LOGIT).index.tolist() == [0, 2, 3]


def test_tables_are_named_by_labels() -> None:
    sizes = effect_sizes(X, N, scale="logit")
    tables = [
        leave_one_out(X, N, LOGIT, labels=NAMES),
        cumulative(X, N, LOGIT, order=[1, 2, 3, 4], labels=NAMES),
        influence(sizes.yi, sizes.vi, LOGIT, labels=NAMES),
        baujat(sizes.yi, sizes.vi, LOGIT, labels=NAMES),
        pool(X, N, LOGIT, labels=NAMES).studies(),
        blup(sizes.yi, sizes.vi, LOGIT, labels=NAMES).to_frame(),
    ]
    assert [table.index.tolist() for table in tables] == [NAMES] * 6
    found = all_subsets(X, N, LOGIT, labels=NAMES)
    assert found.members(found.find([True, False, True, False])) == ["Ade", "Cy"]
    assert all_subsets(X, N, LOGIT).members(4) == [0, 2]
    with pytest.raises(ValueError, match="labels has 2 labels for 4 studies"):
        leave_one_out(X, N, LOGIT, labels=["a", "b"])
    with pytest.raises(ValueError, match="labels is a set, which has no order"):
        leave_one_out(X, N, LOGIT, labels=set(NAMES))  # type: ignore[arg-type]


NOTHING = [None, float("nan"), np.nan, pd.NA, pd.NaT, np.float64("nan")]


@pytest.mark.parametrize("nothing", NOTHING)
def test_an_incomplete_row_is_refused_or_left_out(nothing: object) -> None:
    x, n = [8, nothing, 12, 5, 9], [10, 15, 20, 9, nothing]
    with pytest.raises(ValueError, match="events of the study at index 1 is"):
        pool(x, n, LOGIT)
    fit = pool(x, n, LOGIT, missing="drop")
    whole = pool([8, 12, 5], [10, 20, 9], LOGIT)
    assert fit.working == whole.working
    assert fit.note == "2 studies with missing values left out: indexes 1, 4"
    assert fit.kept.tolist() == [True, False, True, True, False]
    assert fit.weights[fit.kept].tolist() == whole.weights.tolist()
    assert fit.weights[~fit.kept].tolist() == [0.0, 0.0]


def test_incomplete_rows_leave_tables_without_them() -> None:
    x, n = [8, None, 12, 5, 9], [10, 15, 20, 9, 30]
    names = ["Ade", "Nil", "Bo", "Cy", "Di"]
    table = leave_one_out(x, n, LOGIT, labels=names, missing="drop")
    assert table.index.tolist() == NAMES
    assert table.attrs["note"] == "1 study with a missing value left out: Nil"
    assert table.reset_index(drop=True).equals(leave_one_out(X, N, LOGIT).reset_index(drop=True))
    steps = cumulative(x, n, LOGIT, order=[4, 3, None, 2, 1], missing="drop")
    assert steps.index.tolist() == [4, 3, 0]  # the study without a date is incomplete as well
    groups = subgroups(x, n, ["a", "a", "b", "b", pd.NA], LOGIT, missing="drop")
    assert {name: group.k for name, group in groups.groups.items()} == {"a": 1, "b": 2}
    assert "indexes 1, 4" in groups.note
    found = all_subsets(x, n, LOGIT, missing="drop")
    assert found.bits.max() == 0b11101
    assert found.kept.tolist() == [True, False, True, True, True]
    fit = pool_effects([0.1, np.nan, 0.3], [0.1, 0.1, 0.2], LOGIT, totals=[9, 8, 7], missing="drop")
    assert (fit.k, fit.n) == (2, 16)
    mixed = pool(x, n, Recipe(method="GLMM"), missing="drop", labels=names)
    assert mixed.working == pool_glmm(X, N).working
    assert mixed.kept.tolist() == [True, False, True, True, True]


def test_shrunken_effects_of_complete_rows_alone() -> None:
    yi, vi = [0.1, None, 0.6, 1.4], [0.04, 0.05, 0.05, 0.09]
    ours = blup(yi, vi, LOGIT, labels=NAMES, missing="drop")
    assert ours.labels == ("Ade", "Cy", "Di")
    whole = blup([0.1, 0.6, 1.4], [0.04, 0.05, 0.09], LOGIT)
    assert (ours.estimates == whole.estimates).all()
    assert ours.note == "1 study with a missing value left out: Bo"


def test_other_rows_are_still_checked_and_counted_as_given() -> None:
    with pytest.raises(ValueError, match="events of the study at index 2 is 30: more than"):
        pool([8, None, 30], [10, 15, 20], missing="drop")
    with pytest.raises(ValueError, match="events of the study at index 2 is '5'"):
        pool([8, None, "5"], [10, 15, 20], missing="drop")
    with pytest.raises(ValueError, match="events has 3 studies but totals has 2"):
        pool([8, None, 5], [10, 15], missing="drop")
    with pytest.raises(ValueError, match="no study is complete"):
        pool([None, 3], [4, None], missing="drop")
    with pytest.raises(ValueError, match="missing must be one of 'raise', 'drop'"):
        pool(X, N, missing="ignore")
    masked = np.ma.array(X, mask=[False, True, False, False])
    assert pool(masked, N, missing="drop").k == 3
    nullable = pd.Series([8, None, 5, 9], dtype="Int64")
    assert pool(nullable, N, missing="drop").k == 3


ALIKE = [
    ("Objective", "Objective "),
    ("Li 2022", "Li\u00a02022"),
    ("Song 2023", "Song\u200b 2023"),
    ("Müller", "Mu\u0308ller"),
    ("a b", "a  b"),
    ("T-cell", "T\u2011cell"),
    ("1\u20132", "1-2"),
    ("O'Neil", "O\u2019Neil"),
    ("\ufeffA", "A"),
    ("A\u00ad", "A"),
    ("\uff21", "A"),
    ("\u00b5g", "\u03bcg"),
    (1, "1"),
    (2.0, "2"),
    (np.int64(3), "3"),
    (True, "True"),
]


@pytest.mark.parametrize(("one", "two"), ALIKE)
def test_groups_that_look_alike_are_refused_with_both_shown(one: object, two: object) -> None:
    with pytest.raises(ValueError, match="two labels that look alike and differ") as refusal:
        subgroups(X, N, [one, two, "other", "other"], LOGIT)
    for label in (one, two):
        assert (ascii(label) if isinstance(label, str) else repr(label)) in str(refusal.value)
    assert look_alikes([one, "x", two, one]) == [(0, 2)]


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("a", "A"), ("ab", "a b"), ("m2", "m²"), ("1", "①"), ("Müller", "Muller"), ("½", "1/2"),
        (1, 2), (1.5, "1.50"), ("A", "B"), ("Li 2022", "Li 2022a"), (True, 1), ("é", "è"),
    ],
)  # fmt: skip
def test_labels_that_look_different_stay_two_groups(one: object, two: object) -> None:
    assert len(subgroups(X, N, [one, one, two, two], LOGIT).groups) == 2


def test_equal_labels_of_different_number_types_are_one_group() -> None:
    labels = [1, np.int8(1), 1.0, np.float64(2)]
    assert list(subgroups(X, N, labels, LOGIT).groups) == ["1", "2.0"]
    assert list(subgroups(X, N, pd.Categorical(list("abab")), LOGIT).groups) == ["a", "b"]
    assert list(subgroups(X, N, (g for g in "abab"), LOGIT).groups) == ["a", "b"]


def test_groups_may_be_tuples() -> None:
    pairs = [("a", 1), ("a", 1), ("b", 2), ("b", 2)]
    assert list(subgroups(X, N, pairs, LOGIT).groups) == ["('a', 1)", "('b', 2)"]


def test_a_scale_without_proportions_is_refused_at_once() -> None:
    recipe = Recipe(scale="identity")
    calls = [
        lambda: pool(X, N, recipe),
        lambda: leave_one_out(X, N, recipe),
        lambda: cumulative(X, N, recipe, order=X),
        lambda: subgroups(X, N, list("aabb"), recipe),
        lambda: all_subsets(X, N, recipe),
        lambda: random_subsets(X, N, recipe),
    ]
    for call in calls:
        with pytest.raises(ValueError, match="scale 'identity' is for effects that are no prop"):
            call()
