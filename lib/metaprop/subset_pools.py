"""Pools of every subset of effects, in blocks of columns: by sums over subsets, or one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri, stdtrit

from .pooling import pool_checked
from .recipe import Recipe
from .transforms import back_transform

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

_SHORT_RUN = 8  # below this a view of runs costs more than a product with zeros
_BLOCK_STUDIES = 14  # 2**14 subsets at a time stay in the processor's cache

Block = tuple[NDArray[Any], ...]


def collect(blocks: Iterator[Block], min_size: int) -> list[NDArray[Any]]:
    """Join blocks of columns, without the subsets that are too small.

    With `min_size` 1 that is the empty subset alone, which comes first if it comes at all.
    """
    parts: list[Block] = []
    for block in blocks:
        size = block[1]
        wanted: slice | NDArray[np.bool_] = slice(int(size[0] < min_size), None)
        if min_size > 1:
            wanted = size >= min_size
        parts.append(tuple(values[wanted] for values in block))
    return [np.concatenate(part) if len(part) > 1 else part[0] for part in zip(*parts, strict=True)]


def spread(bits: IntArray, positions: IntArray) -> IntArray:
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


def closed_form(y: FloatArray, v: FloatArray, n: FloatArray, recipe: Recipe) -> Iterator[Block]:
    """Yield blocks of results for FE and DL from sums over subsets.

    With effects centred at a common point c, Q = Σ w (y − c)² − [Σ w (y − c)]² / Σ w.
    """
    k = y.size
    w = 1.0 / v
    centre = float(w @ y / w.sum())
    d = y - centre
    size_moment, mean_size = study_size_of(recipe)
    moments = np.stack((np.ones(k), w, w * d, w * d * d, w * w, size_moment(n)))
    inner = min(k, _BLOCK_STUDIES)
    table = _subset_sums(moments[:, :inner])
    outer = _subset_sums(moments[:, inner:])
    for block in range(outer.shape[1]):
        sums = table + outer[:, block, None] if k > inner else table
        if block == 0:  # the empty subset: sums that divide, for a row that is dropped
            sums[1:, 0] = 1.0
        size, sw, swd, swdd, sww, of_sizes = sums
        bits = np.arange(block * 2**inner, (block + 1) * 2**inner)
        df = np.maximum(size - 1.0, 0.0)
        q = np.where(df > 0.0, np.maximum(swdd - swd * swd / sw, 0.0), 0.0)
        tau2 = np.zeros_like(q)
        if recipe.method == "DL":
            spread = np.where(df > 0.0, sw - sww / sw, 1.0)
            tau2 = np.maximum((q - df) / spread, 0.0)
            tau2[size < max(recipe.fixed_below, 2)] = 0.0
            if tau2.any():
                sw, swd = _random_sums(d, v, tau2, block << inner)
        i2 = np.where(q > df, 1.0 - df / np.maximum(q, 1e-300), 0.0)
        i2[df == 0.0] = 0.0
        mean = swd / sw
        half = half_width(size, sw, recipe)
        if recipe.ci.startswith("hartung-knapp"):
            factor = _residual_q(d, v, tau2, bits, mean) / np.maximum(df, 1.0)
            if recipe.ci == "hartung-knapp-adhoc":
                factor = np.maximum(factor, 1.0)
            half *= np.sqrt(np.where(df > 0.0, factor, 1.0))
        mean += centre
        at = mean_size(df + 1.0, of_sizes, sw)
        estimate, low, high = proportions(mean, half, at, recipe.scale)
        yield bits, size, estimate, low, high, i2, tau2, mean, q


_Sizes = Callable[[FloatArray], FloatArray]
_MeanSize = Callable[[FloatArray, FloatArray, FloatArray], FloatArray]
# What is summed over the study sizes n of a subset; the size that gives, from the number of
# studies, that sum, and the sum of weights.
_STUDY_SIZE: dict[str, tuple[_Sizes, _MeanSize]] = {
    "harmonic": (lambda n: 1.0 / n, lambda k, total, sw: k / total),
    "geometric": (np.log, lambda k, total, sw: np.exp(total / k)),
    "arithmetic": (lambda n: n, lambda k, total, sw: total / k),
    "inverse-variance": (np.zeros_like, lambda k, total, sw: sw / 4.0),
}


def study_size_of(recipe: Recipe) -> tuple[_Sizes, _MeanSize]:
    """Return what is summed over study sizes, and the size that their sum gives."""
    given = recipe.double_arcsine_n
    if isinstance(given, str):
        return _STUDY_SIZE[given]
    size = float(given)
    return np.zeros_like, lambda k, total, sw: np.full_like(k, size)


def _random_sums(
    d: FloatArray, v: FloatArray, tau2: FloatArray, first: int
) -> tuple[FloatArray, FloatArray]:
    """Sum w and w d over the members of each subset, w = 1 / (v + its τ²).

    The subsets are numbered from `first`, a multiple of their number. Those with study j come in
    runs of 2^j: a view reaches them without touching the others.
    """
    count = tau2.size
    sw, swd = np.zeros(count), np.zeros(count)
    for j in range(d.size):
        run = 2**j
        if run >= count:
            if first & run:
                weight = 1.0 / (v[j] + tau2)
                sw += weight
                swd += weight * d[j]
        elif run < _SHORT_RUN:
            member = np.tile(np.repeat((0.0, 1.0), run), count // (2 * run))
            weight = member / (v[j] + tau2)
            sw += weight
            swd += weight * d[j]
        else:
            weight = 1.0 / (v[j] + tau2.reshape(-1, 2, run)[:, 1])
            sw.reshape(-1, 2, run)[:, 1] += weight
            swd.reshape(-1, 2, run)[:, 1] += weight * d[j]
    if first == 0:
        sw[0] = 1.0
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


def half_width(size: FloatArray, sw: FloatArray, recipe: Recipe) -> FloatArray:
    """Critical value times (Σ w)^(−1/2); normal for single studies, which have no t."""
    probability = 0.5 + recipe.level / 2.0
    normal = float(ndtri(probability))
    if recipe.ci == "wald":
        return normal / np.sqrt(sw)
    critical = np.full(int(size.max()) + 1, normal)
    critical[2:] = stdtrit(np.arange(1.0, critical.size - 1.0), probability)
    half: FloatArray = critical[size.astype(np.int64)] / np.sqrt(sw)
    return half


def proportions(
    mean: FloatArray, half: FloatArray, n: FloatArray, scale: str
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Back-transform means and limits, each with its own mean size."""
    values = (mean, mean - half, mean + half)
    if scale != "double_arcsine":
        estimate, low, high = (back_transform(value, scale=scale) for value in values)
        return estimate, low, high
    # Range of the transformation at size n: no study can have a value outside.
    edge = 0.5 * np.arcsin(np.sqrt(1.0 / (n + 1.0)))
    other = np.pi / 2 - edge
    estimate, low, high = (_inverse_double_arcsine(value, n, edge, other) for value in values)
    return estimate, low, high


def _inverse_double_arcsine(
    y: FloatArray, n: FloatArray, low: FloatArray, high: FloatArray
) -> FloatArray:
    """Miller's (1978) inverse, one study size per value; exactly 0 or 1 at the ends of its range.

    With s the sine of twice the value, s − 1/s is computed as it stands: at the ends it is −n s,
    what is squared vanishes, and the root is 1.
    """
    t = np.minimum(np.maximum(y, low), high)
    t *= 2.0
    sine = np.sin(t)
    tilt = 1.0 / sine
    np.subtract(sine, tilt, out=tilt)
    tilt /= n
    tilt += sine
    tilt *= tilt
    root = np.sqrt(np.maximum(1.0 - tilt, 0.0))
    np.copysign(root, t - np.pi / 2, out=root)
    root += 1.0
    root *= 0.5
    return root


def one_by_one(y: FloatArray, v: FloatArray, n: FloatArray, recipe: Recipe) -> Iterator[Block]:
    """Yield one block with the result of pooling each subset by itself."""
    members = (np.arange(1, 2**y.size)[:, None] >> np.arange(y.size)) & 1 == 1
    rows = []
    everyone = np.ones(y.size, dtype=np.bool_)
    for bits, chosen in enumerate(members, start=1):
        all_kept = everyone[: int(chosen.sum())]
        fit = pool_checked(y[chosen], v[chosen], recipe, totals=n[chosen], kept=all_kept)
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
