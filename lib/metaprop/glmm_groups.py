"""Likelihood-ratio test of groups of studies in the mixed model."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .checks import check_choice, check_whole
from .intervals import chi2_pvalue
from .labels import group_names
from .links import LINKS, Link, check_size
from .mixed_model import DEFAULT_NODES, MOST_NODES, MixedModel
from .results import Result
from .studies import read_counts

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupTest(Result):
    """Likelihood-ratio test of groups.

    Attributes
    ----------
    statistic, df, pvalue : float, int, float
        Twice the difference of the maximised log-likelihoods, groups less one, and the p-value
        (χ²).
    tau2, tau2_null : float
        Between-study variance with and without a median of its own for each group.
    loglik, loglik_null : float
        Maximised log-likelihoods, binomial coefficients included.
    note : str
        Rows rearranged or left out, and groups in which no or every patient had the event; empty
        when there are none.
    """

    statistic: float
    df: int
    pvalue: float
    tau2: float
    tau2_null: float
    loglik: float
    loglik_null: float
    note: str = ""


def _maximised(
    x: FloatArray, n: FloatArray, design: FloatArray, nodes: int, link: Link
) -> tuple[float, float]:
    """Return maximised log-likelihood (its least upper bound where none is finite) and τ²."""
    if (x == 0).all() or (x == n).all():
        return 0.0, 0.0
    extreme = (x == 0) | (x == n)
    if extreme.all() and design.shape[1] == 1 and (n > 1).any():
        # Studies at both ends and none between: τ grows without end, and each study is at n with
        # a probability equal to the share of such studies.
        share = float((x == n).mean())
        return x.size * (share * math.log(share) + (1.0 - share) * math.log1p(-share)), math.inf
    model = MixedModel(x, n, design, nodes, link)
    saturated = x.size <= design.shape[1] or not (n > 1).any()
    fit = model.at_sigma(0.0, model.start) if saturated else model.fit()
    return fit.at.loglik, fit.sigma**2


def glmm_group_test(
    events: ArrayLike,
    totals: ArrayLike,
    groups: ArrayLike,
    *,
    nodes: int = DEFAULT_NODES,
    link: str = "logit",
    labels: ArrayLike | None = None,
    missing: str = "raise",
) -> GroupTest:
    """Test whether groups of studies differ, by likelihood ratio in the mixed model.

    Parameters
    ----------
    events, totals : array_like of whole numbers, shape (k,)
        Events and patients of each study.
    groups : array_like, shape (k,)
        Label of each study's group.
    nodes : int
        Quadrature nodes.
    link : {"logit", "probit", "cloglog"}
        Scale on which true proportions are normal.
    labels, missing
        Names of the studies (the index of a pandas Series when omitted), and what happens to rows
        in which a count or the group is missing; see :func:`~metaprop.pool`.

    Returns
    -------
    GroupTest

    Raises
    ------
    ValueError
        For broken input, a missing label, fewer than two groups, and when no finite τ² exists.

    Notes
    -----
    The two models share everything but the medians: one for all studies, or one for each group.
    Both have one τ² for all studies, estimated anew. A group in which no (or every) patient had
    the event needs no special rule: its median tends to 0 (or 1), where its likelihood tends to 1
    whatever τ² is, so that the model of the groups is fitted to the other studies. The χ²
    approximation is rough with few studies.

    References
    ----------
    Stijnen T, Hamza TH, Özdemir P. Stat Med 2010;29:3046.

    Examples
    --------
    >>> import metaprop
    >>> found = metaprop.glmm_group_test([0, 0, 9, 12, 3], [25, 18, 31, 40, 22], list("aabbb"))
    >>> round(found.statistic, 2), found.df, round(found.pvalue, 4)
    (12.22, 1, 0.0005)
    """
    check_choice("link", link, tuple(LINKS))
    nodes = check_whole("nodes", nodes, at_least=1, at_most=MOST_NODES)
    studies = read_counts(events, totals, labels=labels, missing=missing, groups=groups)
    x, n = studies.first, studies.second
    with studies.named():
        check_size(n, LINKS[link])
    of_study = group_names(studies.others["groups"], x.size)
    names = list(dict.fromkeys(of_study.tolist()))
    if len(names) < 2:
        raise ValueError(f"a test of groups needs at least 2 groups, got only {names[0]!r}")
    at_limit = {
        name: "0%" if not x[of_study == name].any() else "100%"
        for name in names
        if not x[of_study == name].any() or bool((x == n)[of_study == name].all())
    }
    null, tau2_null = _maximised(x, n, np.ones((x.size, 1)), nodes, LINKS[link])
    full, tau2 = 0.0, 0.0
    inner = [name for name in names if name not in at_limit]
    if inner:
        kept = np.isin(of_study, inner)
        design = (of_study[kept][:, None] == np.array(inner, dtype=object)).astype(np.float64)
        # Medians of the groups as an intercept and differences from the first.
        design[:, 0] = 1.0
        full, tau2 = _maximised(x[kept], n[kept], design, nodes, LINKS[link])
    statistic = max(0.0, 2.0 * (full - null))
    notes = [f"group {name!r} is at {end}: the limit is used" for name, end in at_limit.items()]
    return GroupTest(
        statistic=statistic,
        df=len(names) - 1,
        pvalue=chi2_pvalue(statistic, len(names) - 1),
        tau2=tau2,
        tau2_null=tau2_null,
        loglik=full,
        loglik_null=null,
        note="; ".join((*studies.notes, *notes)),
    )
