"""Random subsets of the studies, pooled: the GOSH diagnostic where there are too many for all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammaln

from .checks import check_whole
from .recipe import Recipe, as_recipe
from .results import Result
from .sensitivity import attempt
from .studies import read_counts

if TYPE_CHECKING:
    import pandas as pd

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class RandomSubsets(Result):
    """Pooled results of random subsets of the studies.

    Attributes
    ----------
    members : ndarray of bool, shape (subsets, rows given)
        Who belongs to each subset.
    size : ndarray of int64
        Number of studies pooled.
    estimate, low, high : ndarray
        Pooled proportion and confidence limits; NaN for a subset that cannot be pooled.
    i2, tau2 : ndarray
        Headline I² of the recipe, a fraction, and the between-study variance.
    working, q : ndarray
        Pooled effect on the working scale, and Cochran's Q.
    recipe : Recipe
        How every subset was pooled.
    kept : ndarray of bool, shape (rows given,)
        Rows that can be in a subset: complete, and not dropped by the zeros rule.
    seed : int
        Seed of the random numbers.
    labels : tuple of str or None
        Names of the rows given, where they have any.
    note : str
        How many subsets could not be pooled and why the first could not; empty when none.
    """

    members: BoolArray
    size: NDArray[np.int64]
    estimate: FloatArray
    low: FloatArray
    high: FloatArray
    i2: FloatArray
    tau2: FloatArray
    working: FloatArray
    q: FloatArray
    recipe: Recipe
    kept: BoolArray
    seed: int
    labels: tuple[str, ...] | None = None
    note: str = ""

    def __len__(self) -> int:
        return self.size.size

    def to_frame(self) -> pd.DataFrame:
        """Return a table with a row for each subset, its members aside; needs pandas."""
        import pandas as pd

        names = ("size", "estimate", "low", "high", "i2", "tau2", "working", "q")
        return pd.DataFrame({name: getattr(self, name) for name in names})


def random_subsets(
    events: ArrayLike,
    totals: ArrayLike,
    recipe: Recipe | None = None,
    *,
    subsets: int = 1000,
    seed: int = 0,
    min_size: int = 1,
    labels: ArrayLike | None = None,
    missing: str = "raise",
) -> RandomSubsets:
    """Pool random subsets of the studies.

    Parameters
    ----------
    events, totals : array_like of whole numbers, shape (k,)
        Events and patients; any number of studies.
    recipe : Recipe, optional
        How to pool, the mixed model included. A fit takes about 0.2 ms with FE or DL, 0.3 ms with
        REML and 10 ms or more with GLMM.
    subsets : int
        How many subsets.
    seed : int
        Seed of the random numbers; the same seed gives the same subsets.
    min_size : int
        Smallest subset, counted in studies that the zeros rule keeps.
    labels, missing
        Names of the studies, and what happens to incomplete rows; see :func:`~metaprop.pool`.

    Returns
    -------
    RandomSubsets
        Every subset of at least `min_size` studies is equally likely, so that a study is in about
        half of them; a subset can come twice, as with few studies it must.

    Raises
    ------
    ValueError
        For broken input, and when `min_size` is not between 1 and the number of kept studies.

    References
    ----------
    Olkin I, Dahabreh IJ, Trikalinos TA. Res Synth Methods 2012;3:214 (GOSH).

    Examples
    --------
    >>> import metaprop
    >>> events, totals = list(range(1, 31)), [60] * 30
    >>> found = metaprop.random_subsets(events, totals, metaprop.Recipe(method="DL"), subsets=50)
    >>> len(found), round(found.size.mean())
    (50, 15)
    """
    recipe = as_recipe(recipe)
    studies = read_counts(events, totals, labels=labels, missing=missing, recipe=recipe)
    x, n = studies.first, studies.second
    usable = np.ones(x.size, dtype=np.bool_)
    if recipe.zeros == "drop":
        usable = (x > 0) & (x < n)
    positions = np.flatnonzero(usable)
    if not positions.size:
        raise ValueError("zeros 'drop' leaves no study: all have 0 events or as many as patients")
    subsets = check_whole("subsets", subsets, at_least=1)
    seed = check_whole("seed", seed)
    min_size = check_whole("min_size", min_size, at_least=1, at_most=positions.size)
    inside = _draw(np.random.default_rng(seed), subsets, positions.size, min_size)

    values = np.full((7, subsets), np.nan)
    failures: list[str] = []
    for i, chosen in enumerate(inside):
        rows = positions[chosen]
        fit = attempt(x[rows], n[rows], recipe)
        if isinstance(fit, ValueError):
            failures.append(str(fit))
            continue
        assert fit.proportion is not None  # counts are given
        values[:, i] = (*fit.proportion, fit.i2, fit.tau2, fit.working.estimate, fit.q)
    notes = list(studies.notes)
    if failures:
        notes.append(f"{len(failures)} of {subsets} subsets could not be pooled: {failures[0]}")
    complete = np.flatnonzero(studies.present)
    members = np.zeros((subsets, studies.present.size), dtype=np.bool_)
    members[:, complete[positions]] = inside
    estimate, low, high, i2, tau2, working, q = values
    return RandomSubsets(
        members=members,
        size=inside.sum(axis=1).astype(np.int64),
        estimate=estimate,
        low=low,
        high=high,
        i2=i2,
        tau2=tau2,
        working=working,
        q=q,
        recipe=recipe,
        kept=studies.widen(usable),
        seed=seed,
        labels=studies.label_texts,
        note="; ".join(notes),
    )


def _draw(rng: np.random.Generator, subsets: int, k: int, min_size: int) -> BoolArray:
    """Draw subsets of at least `min_size` of `k` studies, all of them equally likely.

    Rejection alone would take for ever where nearly all subsets are too small, so the size is
    drawn first: there are C(k, m) subsets of m studies.
    """
    sizes = np.arange(min_size, k + 1)
    logs = -gammaln(sizes + 1.0) - gammaln(k - sizes + 1.0)  # log C(k, m) but for a constant
    shares = np.exp(logs - logs.max())
    size = rng.choice(sizes, size=subsets, p=shares / shares.sum())
    ranks = np.argsort(np.argsort(rng.random((subsets, k)), axis=1), axis=1)
    chosen: BoolArray = ranks < size[:, None]
    return chosen
