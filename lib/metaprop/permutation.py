"""Permutation test of a meta-regression."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .checks import check_whole
from .least_squares import LeastSquares, check_regression, least_squares
from .recipe import Recipe, as_recipe
from .results import Result

FloatArray = NDArray[np.float64]
_LARGEST_EXACT = 100_000
# Permutations that reproduce the observed order must count as ties whatever the rounding.
_TIE = 1e-8


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class PermutationTest(Result):
    """Result of a permutation test.

    Attributes
    ----------
    names : tuple of str
        Names of the coefficients.
    statistic : ndarray
        Observed z or t of each coefficient.
    pvalues : ndarray
        Two-sided permutation p-value of each coefficient.
    qm, qm_pvalue : float
        Observed omnibus statistic and its permutation p-value.
    exact : bool
        Whether every distinct permutation was used.
    permutations : int
        How many were used.
    seed : int or None
        Seed of the random permutations; None for an exact test.
    note : str
        What a reader must know about this result; empty when there is nothing to say.
    """

    names: tuple[str, ...]
    statistic: FloatArray
    pvalues: FloatArray
    qm: float
    qm_pvalue: float
    exact: bool
    permutations: int
    seed: int | None
    note: str = ""


def permutation_test(
    yi: ArrayLike,
    vi: ArrayLike,
    design: ArrayLike,
    recipe: Recipe | None = None,
    *,
    names: Sequence[str] | None = None,
    intercept: bool | None = None,
    exact: bool | None = None,
    iterations: int = 1000,
    seed: int = 0,
    labels: ArrayLike | None = None,
    missing: str = "raise",
) -> PermutationTest:
    """Test the coefficients of a meta-regression by permuting the rows of its design.

    Parameters
    ----------
    yi, vi : array_like, shape (k,)
        Effect sizes and sampling variances.
    design : array_like, shape (k,) or (k, p)
        Moderators, as for :func:`~metaprop.meta_regression`. When there is nothing but an
        intercept the signs of the effects are flipped instead.
    recipe : Recipe, optional
        Estimator and test.
    names : sequence of str, optional
        Names of the columns.
    intercept : bool, optional
        Whether to add an intercept, as for :func:`~metaprop.meta_regression`.
    exact : bool, optional
        Use all distinct permutations. By default when there are no more than `iterations`.
    iterations : int
        Number of random permutations otherwise; the observed order is one of them.
    seed : int
        Seed of the random permutations.
    labels, missing
        As for :func:`~metaprop.meta_regression`; rows left out are not permuted.

    Returns
    -------
    PermutationTest

    Raises
    ------
    ValueError
        For broken input, fewer than two iterations, or an exact test of more than 100 000
        permutations.

    Notes
    -----
    The p-value is the share of permutations whose statistic is at least as large in absolute value
    as the observed one. Effects keep their variances; rows of the design move together. Equal rows
    make equal permutations, which are done once.

    References
    ----------
    Higgins JPT, Thompson SG. Stat Med 2004;23:1663. Follmann DA, Proschan MA. Biometrics
    1999;55:732.

    Examples
    --------
    >>> import metaprop
    >>> yi, vi = [0.1, 0.3, 0.2, 0.8, 1.1], [0.04, 0.05, 0.06, 0.04, 0.05]
    >>> test = metaprop.permutation_test(yi, vi, [[1, 0], [1, 0], [1, 0], [1, 1], [1, 1]])
    >>> test.exact, test.permutations, round(float(test.pvalues[1]), 2)
    (True, 10, 0.1)
    """
    recipe = as_recipe(recipe)
    studies, columns = check_regression(
        yi, vi, design, recipe, names=names, intercept=intercept, labels=labels, missing=missing
    )
    y, v, x = studies.first, studies.second, columns.x
    iterations = check_whole("iterations", iterations, at_least=2)
    seed = check_whole("seed", seed)
    if not (exact is None or isinstance(exact, bool)):
        raise ValueError(f"exact must be True, False or None, got {exact!r}")
    flips = x.shape[1] == 1 and float(np.ptp(x)) == 0.0
    _, kinds = np.unique(x, axis=0, return_inverse=True)
    kinds = kinds.ravel()
    if exact is not False:
        limit = _LARGEST_EXACT if exact else iterations
        distinct = 2**y.size if flips else _distinct_orders(kinds)
        if exact and distinct > limit:
            raise ValueError(
                f"an exact test would need {_readable(distinct)} permutations; the limit is {limit}"
            )
        exact = distinct <= limit

    # Permuted rows keep their orthonormal basis: it is permuted as they are.
    basis, triangle = np.linalg.qr(x)
    undo = np.linalg.inv(triangle)
    tested = np.ptp(x, axis=0) > 0.0
    observed = least_squares(y, v, basis, undo, tested, recipe)
    threshold = np.abs(observed.statistic) - _TIE
    omnibus = _omnibus(observed) - _TIE
    extreme, extreme_qm, count = np.zeros(x.shape[1]), 0, 0
    if flips:
        draws = _signs(y.size, exact, iterations, seed)
        pairs = ((signs * y, basis) for signs in draws)
    else:
        first = {kind: i for i, kind in reversed(list(enumerate(kinds.tolist())))}
        rows = basis[[first[kind] for kind in range(len(first))]]
        orders = _exact_orders(kinds) if exact else _random_orders(kinds, iterations, seed)
        pairs = ((y, rows[order]) for order in orders)
    for effects, permuted in pairs:
        fit = least_squares(effects, v, permuted, undo, tested, recipe)
        extreme += np.abs(fit.statistic) >= threshold
        extreme_qm += _omnibus(fit) >= omnibus
        count += 1
    return PermutationTest(
        names=columns.names,
        statistic=observed.statistic,
        pvalues=extreme / count,
        qm=_omnibus(observed),
        qm_pvalue=extreme_qm / count,
        exact=exact,
        permutations=count,
        seed=None if exact else seed,
        note="; ".join(filter(None, (*studies.notes, columns.note))),
    )


def _readable(number: int) -> str:
    """Return a whole number, a very large one as a power of ten."""
    if number < 10**12:
        return str(number)
    # The number of digits without writing them out, which Python refuses beyond 4300.
    return f"about 10^{round(math.log10(number))}"


def _omnibus(fit: LeastSquares) -> float:
    """Omnibus statistic; the squared statistic of the intercept when it stands alone."""
    return float(fit.statistic[0] ** 2) if fit.m == 0 else fit.qm


def _distinct_orders(labels: NDArray[np.int64]) -> int:
    """Multinomial coefficient k! / (n₁! n₂! …) of groups of equal rows."""
    count = math.factorial(labels.size)
    for size in Counter(labels.tolist()).values():
        count //= math.factorial(size)
    return count


def _exact_orders(labels: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    """Yield every distinct arrangement, in lexicographic order."""
    current = np.sort(labels).tolist()
    while True:
        yield np.array(current)
        # Narayana's step to the next arrangement: raise the last place that can be raised.
        i = len(current) - 2
        while i >= 0 and current[i] >= current[i + 1]:
            i -= 1
        if i < 0:
            return
        j = len(current) - 1
        while current[j] <= current[i]:
            j -= 1
        current[i], current[j] = current[j], current[i]
        current[i + 1 :] = reversed(current[i + 1 :])


def _random_orders(
    labels: NDArray[np.int64], iterations: int, seed: int
) -> Iterator[NDArray[np.int64]]:
    rng = np.random.default_rng(seed)
    yield labels
    for _ in range(iterations - 1):
        yield rng.permutation(labels)


def _signs(k: int, exact: bool, iterations: int, seed: int) -> Iterator[FloatArray]:
    if exact:
        for signs in product((1.0, -1.0), repeat=k):
            yield np.array(signs)
        return
    rng = np.random.default_rng(seed)
    yield np.ones(k)
    for _ in range(iterations - 1):
        yield rng.choice(np.array([1.0, -1.0]), size=k)
