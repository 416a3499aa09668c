"""Pooling of every subset."""

from __future__ import annotations

import itertools
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metaprop import Recipe, all_subsets, pool

COMBINATIONS = list(
    itertools.product(
        ["raw", "log", "logit", "arcsine", "double_arcsine"],
        ["FE", "DL", "REML"],
        ["wald", "t", "hartung-knapp", "hartung-knapp-adhoc"],
        ["adjust-extreme", "variance-only", "drop"],
    )
)


@settings(max_examples=150, deadline=None)
@given(
    studies=st.lists(
        st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),
        min_size=1,
        max_size=6,
    ),
    options=st.sampled_from(COMBINATIONS),
    i2=st.sampled_from(["q", "tau2"]),
    fixed_below=st.sampled_from([0, 3]),
)
def test_every_row_is_the_pool_of_its_studies(studies, options, i2, fixed_below):
    scale, method, ci, zeros = options
    if zeros == "variance-only" and scale in ("log", "logit"):
        return  # no such recipe
    x, n = np.array(studies).T
    recipe = Recipe(scale=scale, method=method, ci=ci, zeros=zeros, i2=i2, fixed_below=fixed_below)
    dropped = zeros == "drop" and ((x == 0) | (x == n)).all()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        if dropped:
            with pytest.raises(ValueError, match="zeros 'drop' leaves no study"):
                all_subsets(x, n, recipe)
            return
        found = all_subsets(x, n, recipe)
    assert len(found) == 2 ** int(found.kept.sum()) - 1
    assert (np.diff(found.bits) > 0).all()
    for row, bits in enumerate(found.bits):
        members = (bits >> np.arange(x.size)) & 1 == 1
        theirs = pool(x[members], n[members], recipe)
        ours = [found.estimate[row], found.low[row], found.high[row]]
        assert ours == pytest.approx(list(theirs.proportion), abs=1e-9)
        assert found.size[row] == theirs.k
        assert found.i2[row] == pytest.approx(theirs.i2, abs=1e-9)
        assert found.tau2[row] == pytest.approx(theirs.tau2, abs=1e-9)
        assert found.working[row] == pytest.approx(theirs.working.estimate, abs=1e-9)
        assert found.find(members) == row


def test_bits_count_upwards(events, totals):
    found = all_subsets(events, totals, Recipe(method="DL"))
    np.testing.assert_array_equal(found.bits, np.arange(1, 8192))
    np.testing.assert_array_equal(found.size, np.bitwise_count(found.bits))


def test_subset_of_everything_is_the_pool(events, totals):
    found = all_subsets(events, totals, Recipe(method="DL"))
    whole = pool(events, totals, Recipe(method="DL"))
    assert found.estimate[-1] == pytest.approx(whole.proportion.estimate, abs=1e-12)


def test_dropped_studies_are_in_no_subset(events, totals):
    found = all_subsets(events, totals, Recipe(scale="raw", method="DL", zeros="drop"))
    extreme = events == totals
    assert extreme.sum() == 5
    assert len(found) == 2**8 - 1
    for i in np.flatnonzero(extreme):
        assert not ((found.bits >> i) & 1).any()
    # Selecting dropped studies as well changes nothing.
    assert found.find(np.ones(13, dtype=bool)) == len(found) - 1


def test_min_size(events, totals):
    found = all_subsets(events, totals, Recipe(method="FE"), min_size=11)
    assert len(found) == 78 + 13 + 1
    with pytest.raises(ValueError, match="no subset consists of the 1 kept studies"):
        found.find(np.arange(13) == 4)


def test_order_of_studies_does_not_matter(events, totals):
    """More than one block of subsets, at either end of which a study stands."""
    rng = np.random.default_rng(5)
    x, n = np.concatenate((events, [7, 12, 9])), np.concatenate((totals, [9, 12, 20]))
    order = rng.permutation(16)
    one = all_subsets(x, n, Recipe(method="DL"))
    other = all_subsets(x[order], n[order], Recipe(method="DL"))
    for _ in range(200):
        members = rng.random(16) < 0.5
        if members.any():
            a, b = one.find(members), other.find(members[order])
            assert one.estimate[a] == pytest.approx(other.estimate[b], abs=1e-12)
            assert one.tau2[a] == pytest.approx(other.tau2[b], abs=1e-12)


def test_limits_are_said(events, totals):
    many = np.arange(1, 24)
    with pytest.raises(ValueError, match="up to 22 studies with method 'DL'"):
        all_subsets(many, many + 3, Recipe(method="DL"))
    with pytest.raises(ValueError, match=r"up to 13 studies with method 'REML' \(22 with FE"):
        all_subsets(many[:14], many[:14] + 3, Recipe())
    with pytest.raises(ValueError, match="not 'GLMM'"):
        all_subsets(events, totals, Recipe(scale="logit", method="GLMM", zeros="none"))
    for size in (0, 14, True, 2.0):
        with pytest.raises(ValueError, match="min_size must be a whole number from 1 to 13"):
            all_subsets(events, totals, Recipe(method="DL"), min_size=size)
    with pytest.raises(ValueError, match="one entry for each of the 13 studies"):
        all_subsets(events, totals, Recipe(method="FE")).find([True])
