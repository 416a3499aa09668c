"""Every subset of the studies, pooled: the GOSH diagnostic, precomputed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri, stdtrit

from .checks import check_counts
from .effect_sizes import effect_sizes
from .pooling import pool_effects
from .recipe import Recipe
from .results import Result
from .transforms import back_transform

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

_VECTORISED = ("FE", "DL")
_MOST_VECTORISED = 22
_MOST_LOOPED = 13
_BLOCK_STUDIES = 14  # 2**14 subsets at a time stay in the processor's cache


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Subsets(Result):
    """Pooled results of every subset of the studies.

    All arrays have one entry per subset and the same order: ascending `bits`.

    Attributes
    ----------
    bits : ndarray of int64
        Bit i is set when the study at index i belongs to the subset. Without dropped studies these
        are 1, 2, …, 2^k − 1.
    size : ndarray of int64
        Number of studies pooled.
    estimate, low, high : ndarray
        Pooled proportion and confidence limits, in [0, 1].
    i2, tau2 : ndarray
        Headline I² of the recipe, a fraction, and the between-study variance.
    working, q : ndarray
        Pooled effect on the working scale, and Cochran's Q.
    recipe : Recipe
        How every subset was pooled.
    kept : ndarray of bool, shape (studies given,)
        Studies the zeros rule keeps. A dropped study is in no subset: with or without it the
        result is the same.
    """

    bits: IntArray
    size: IntArray
    estimate: FloatArray
    low: FloatArray
    high: FloatArray
    i2: FloatArray
    tau2: FloatArray
    working: FloatArray
    q: FloatArray
    recipe: Recipe
    kept: NDArray[np.bool_]

    def __len__(self) -> int:
        return self.bits.size

    def find(self, members: ArrayLike) -> int:
        """Return the row of a selection of studies.

        Parameters
        ----------
        members : array_like of bool, shape (studies given,)
            The studies selected; dropped ones are ignored.

        Raises
        ------
        ValueError
            When the selection has the wrong length or its subset is not here: no kept study, or
            fewer than the smallest size asked for.
        """
        chosen = np.asarray(members, dtype=np.bool_)
        if chosen.shape != self.kept.shape:
            raise ValueError(
                f"members must have one entry for each of the {self.kept.size} studies, "
                f"got shape {chosen.shape}"
            )
        chosen = chosen & self.kept
        bits = int((np.int64(1) << np.flatnonzero(chosen)).sum())
        row = int(np.searchsorted(self.bits, bits))
        if row == self.bits.size or self.bits[row] != bits:
            raise ValueError(f"no subset consists of the {int(chosen.sum())} kept studies selected")
        return row


def all_subsets(
    events: ArrayLike, totals: ArrayLike, recipe: Recipe | None = None, *, min_size: int = 1
) -> Subsets:
    """Pool every subset of the studies.

    Parameters
    ----------
    events, totals : array_like of whole numbers, shape (k,)
        Events and patients.
    recipe : Recipe, optional
        How to pool. FE and DL are computed for all subsets at once, for up to 22 studies. The
        other inverse-variance estimators are fitted one subset after the other, for up to 13.
    min_size : int
        Leave out subsets with fewer studies.

    Returns
    -------
    Subsets
        Each row is what :func:`~metaprop.pool` gives for these studies, the back-transformation
        with the harmonic mean of their own sizes included.

    Raises
    ------
    ValueError
        For broken input, for too many studies, for method "GLMM", and when `min_size` is not
        between 1 and the number of kept studies.

    References
    ----------
    Olkin I, Dahabreh IJ, Trikalinos TA. Res Synth Methods 2012;3:214 (GOSH).

    Examples
    --------
    >>> import metaprop
    >>> found = metaprop.all_subsets([8, 12, 5], [10, 20, 9], metaprop.Recipe(method="FE"))
    >>> found.size, found.estimate.round(2)
    (array([1, 1, 2, 1, 2, 2, 3]), array([0.8 , 0.6 , 0.67, 0.56, 0.69, 0.59, 0.65]))
    """
    recipe = Recipe() if recipe is None else recipe
    if recipe.method == "GLMM":
        raise ValueError(
            "all_subsets supports the inverse-variance methods (FE and DL vectorised), not 'GLMM'"
        )
    _, n = check_counts(events, totals)
    sizes = effect_sizes(events, totals, scale=recipe.scale, zeros=recipe.zeros)
    k = sizes.yi.size
    vectorised = recipe.method in _VECTORISED
    most = _MOST_VECTORISED if vectorised else _MOST_LOOPED
    if k > most:
        raise ValueError(
            f"all_subsets takes up to {most} studies with method {recipe.method!r} "
            f"({_MOST_VECTORISED} with FE or DL), got {k}: 2^{k} subsets"
        )
    if isinstance(min_size, bool) or not isinstance(min_size, int) or not 1 <= min_size <= k:
        raise ValueError(f"min_size must be a whole number from 1 to {k}, got {min_size!r}")
    positions = np.flatnonzero(sizes.kept)
    compute = _closed_form if vectorised else _one_by_one
    blocks = compute(sizes.yi, sizes.vi, n[sizes.kept], recipe)
    columns = _collect(blocks, 2**k, min_size)
    return Subsets(
        bits=_spread(columns[0].astype(np.int64), positions),
        size=columns[1].astype(np.int64),
        estimate=columns[2],
        low=columns[3],
        high=columns[4],
        i2=columns[5],
        tau2=columns[6],
        working=columns[7],
        q=columns[8],
        recipe=recipe,
        kept=sizes.kept,
    )


_Block = tuple[NDArray[Any], ...]


def _collect(blocks: Iterator[_Block], count: int, min_size: int) -> list[FloatArray]:
    """Write blocks of columns into arrays, without the subsets that are too small."""
    columns = [np.empty(count) for _ in range(9)]
    end = 0
    for block in blocks:
        wanted = block[1] >= min_size
        start, end = end, end + int(np.count_nonzero(wanted))
        for column, values in zip(columns, block, strict=True):
            column[start:end] = values[wanted]
    return [column[:end] for column in columns]


def _spread(bits: IntArray, positions: IntArray) -> IntArray:
    """Move bit j to bit positions[j]; the order of the numbers stays ascending."""
    if positions.size == 0 or positions[-1] == positions.size - 1:
        return bits
    moved = np.zeros_like(bits)
    for j, position in enumerate(positions.tolist()):
        moved |= ((bits >> j) & 1) << position
    return moved


def _subset_sums(values: FloatArray) -> FloatArray:
    """Sum each row of `values` over every subset of its columns: shape (m, k) to (m, 2^k)."""
    sums = np.zeros((values.shape[0], 2 ** values.shape[1]))
    for j in range(values.shape[1]):
        np.add(sums[:, : 2**j], values[:, j : j + 1], out=sums[:, 2**j : 2 ** (j + 1)])
    return sums


def _closed_form(y: FloatArray, v: FloatArray, n: FloatArray, recipe: Recipe) -> Iterator[_Block]:
    """Yield blocks of results for FE and DL from sums over subsets.

    With effects centred at a common point c, Q = Σ w (y − c)² − [Σ w (y − c)]² / Σ w.
    """
    k = y.size
    w = 1.0 / v
    centre = float(w @ y / w.sum())
    d = y - centre
    moments = np.stack((np.ones(k), w, w * d, w * d * d, w * w, 1.0 / n))
    inner = min(k, _BLOCK_STUDIES)
    table = _subset_sums(moments[:, :inner])
    outer = _subset_sums(moments[:, inner:])
    for block in range(outer.shape[1]):
        first = 1 if block == 0 else 0  # the empty subset has no result
        size, sw, swd, swdd, sww, inverse_n = table[:, first:] + outer[:, block, None]
        bits = np.arange(first, 2**inner) + block * 2**inner
        df = size - 1.0
        q = np.where(df > 0.0, np.maximum(swdd - swd * swd / sw, 0.0), 0.0)
        tau2 = np.zeros_like(q)
        if recipe.method == "DL":
            spread = np.where(df > 0.0, sw - sww / sw, 1.0)
            tau2 = np.maximum((q - df) / spread, 0.0)
            tau2[size < max(recipe.fixed_below, 2)] = 0.0
            if tau2.any():
                sw, swd = _random_sums(d, v, tau2, bits)
        i2 = np.where(q > df, 1.0 - df / np.maximum(q, 1e-300), 0.0)
        i2[df == 0.0] = 0.0
        mean = swd / sw
        half = _half_width(size.astype(np.int64), sw, recipe)
        if recipe.ci.startswith("hartung-knapp"):
            factor = _residual_q(d, v, tau2, bits, mean) / np.maximum(df, 1.0)
            if recipe.ci == "hartung-knapp-adhoc":
                factor = np.maximum(factor, 1.0)
            half *= np.sqrt(np.where(df > 0.0, factor, 1.0))
        mean += centre
        estimate, low, high = _proportions(mean, half, size / inverse_n, recipe.scale)
        yield bits, size, estimate, low, high, i2, tau2, mean, q


def _random_sums(
    d: FloatArray, v: FloatArray, tau2: FloatArray, bits: IntArray
) -> tuple[FloatArray, FloatArray]:
    """Sum w and w d over the members of each subset, w = 1 / (v + its τ²)."""
    sw, swd = np.zeros_like(tau2), np.zeros_like(tau2)
    for j in range(d.size):
        weight = ((bits >> j) & 1) / (v[j] + tau2)
        sw += weight
        weight *= d[j]
        swd += weight
    return sw, swd


def _residual_q(
    d: FloatArray, v: FloatArray, tau2: FloatArray, bits: IntArray, mean: FloatArray
) -> FloatArray:
    """Sum w (d − mean)² over members; in a second pass, since its root is what is wanted.

    The difference of two sums would turn a rounding error of 1e-16 into a width of 1e-8.
    """
    total = np.zeros_like(tau2)
    for j in range(d.size):
        total += ((bits >> j) & 1) * (d[j] - mean) ** 2 / (v[j] + tau2)
    return total


def _half_width(size: IntArray, sw: FloatArray, recipe: Recipe) -> FloatArray:
    """Critical value times (Σ w)^(−1/2); normal for single studies, which have no t."""
    probability = 0.5 + recipe.level / 2.0
    critical = np.full(int(size.max()) + 1, ndtri(probability))
    if recipe.ci != "wald":
        critical[2:] = stdtrit(np.arange(1.0, critical.size - 1.0), probability)
    half: FloatArray = critical[size] / np.sqrt(sw)
    return half


def _proportions(
    mean: FloatArray, half: FloatArray, n: FloatArray, scale: str
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Back-transform means and limits, each subset with its own harmonic mean size."""
    inverse: Callable[[FloatArray], FloatArray]
    if scale == "double_arcsine":
        # Range of the transformation at size n: no study can have a value outside.
        edge = 0.5 * np.arcsin(np.sqrt(1.0 / (n + 1.0)))

        def inverse(values: FloatArray) -> FloatArray:
            return _inverse_double_arcsine(values, n, edge)
    else:

        def inverse(values: FloatArray) -> FloatArray:
            return back_transform(values, scale=scale)

    return inverse(mean), inverse(mean - half), inverse(mean + half)


def _inverse_double_arcsine(y: FloatArray, n: FloatArray, edge: FloatArray) -> FloatArray:
    """Miller's (1978) inverse, one study size per value."""
    t = 2.0 * np.clip(y, edge, np.pi / 2 - edge)
    sine = np.sin(t)
    inside = 1.0 - (sine + (sine - 1.0 / sine) / n) ** 2
    root = np.sqrt(np.clip(inside, 0.0, 1.0))
    p = 0.5 * (1.0 - np.copysign(root, np.pi / 2 - t))
    return np.where(y <= edge, 0.0, np.where(y >= np.pi / 2 - edge, 1.0, p))


def _one_by_one(y: FloatArray, v: FloatArray, n: FloatArray, recipe: Recipe) -> Iterator[_Block]:
    """Yield one block with the result of pooling each subset by itself."""
    members = (np.arange(1, 2**y.size)[:, None] >> np.arange(y.size)) & 1 == 1
    rows = []
    for bits, chosen in enumerate(members, start=1):
        fit = pool_effects(y[chosen], v[chosen], recipe, totals=n[chosen])
        assert fit.proportion is not None  # study sizes are given
        rows.append(
            (
                bits,
                fit.k,
                *fit.proportion,
                fit.i2,
                fit.tau2,
                fit.working.estimate,
                fit.q,
            )
        )
    yield tuple(np.array(rows).T)
