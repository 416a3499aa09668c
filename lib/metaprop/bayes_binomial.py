"""The binomial-normal random-effects model, by quadrature in two dimensions."""

from __future__ import annotations

import math
from collections.abc import Sequence

from numpy.typing import ArrayLike
from scipy.special import expit

from .bayes_result import BayesPooled, check_priors, summarised
from .binomial_posterior import BinomialPosterior
from .checks import check_level, check_whole
from .priors import Normal, TauPrior
from .studies import Studies, read_counts


def bayes_binomial(
    events: ArrayLike,
    totals: ArrayLike,
    *,
    tau_prior: TauPrior,
    mu_prior: Normal,
    level: float = 0.95,
    nodes: int = 8,
    labels: ArrayLike | None = None,
    missing: str = "raise",
) -> BayesPooled:
    """Posterior of the binomial-normal random-effects model.

    Parameters
    ----------
    events, totals : array_like of whole numbers, shape (k,)
        Events x and patients n.
    tau_prior : HalfNormal, HalfT or Uniform
        Prior of the between-study standard deviation τ, on the logit scale.
    mu_prior : Normal
        Prior of the pooled logit μ. It must be proper: with all studies at 0 or n the data alone
        do not bound μ.
    level : float
        Probability of the credible intervals.
    nodes : int
        Gauss–Legendre nodes per panel, 4 to 24; the default is exact to about five digits.
    labels, missing
        Names of the studies (the index of a pandas Series when omitted), and what happens to
        incomplete rows; see :func:`~metaprop.pool`.

    Returns
    -------
    BayesPooled
        As :func:`~metaprop.bayes_normal`; the working scale is the logit.

    Raises
    ------
    ValueError
        For impossible counts, something that is not a proper prior, or `nodes` out of range.

    Notes
    -----
    x ~ Bin(n, expit θ), θ ~ N(μ, τ²): no continuity correction, no normal approximation, and
    studies at 0 or n are data like any other. The likelihood of a study, an integral over θ, is
    taken by the trapezoidal rule on a grid of logits as fine as the study is precise (Gauss–Hermite
    about the mode when τ is smaller), which for these analytic integrands is exact to rounding at
    any n; the posterior of μ given τ, and that of τ, by Gauss–Legendre panels adapted to each.

    References
    ----------
    Smith TC, Spiegelhalter DJ, Thomas A. Stat Med 1995;14:2685, for the model. Trefethen LN,
    Weideman JAC. SIAM Rev 2014;56:385, for the trapezoidal rule.

    Examples
    --------
    >>> import metaprop
    >>> from metaprop.bayes import HalfNormal, Normal
    >>> priors = {"tau_prior": HalfNormal(0.5), "mu_prior": Normal(0.0, 2.0)}
    >>> post = metaprop.bayes_binomial([8, 12, 5], [10, 20, 5], **priors)
    >>> [round(value, 2) for value in post.proportion]
    [0.73, 0.53, 0.89]
    """
    return bayes_binomial_priors(
        events,
        totals,
        tau_priors=[tau_prior],
        mu_prior=mu_prior,
        level=level,
        nodes=nodes,
        labels=labels,
        missing=missing,
    )[0]


def bayes_binomial_priors(
    events: ArrayLike,
    totals: ArrayLike,
    *,
    tau_priors: Sequence[TauPrior],
    mu_prior: Normal,
    level: float = 0.95,
    nodes: int = 8,
    labels: ArrayLike | None = None,
    missing: str = "raise",
) -> list[BayesPooled]:
    """Posteriors of the same counts under several priors of τ, at little more than one's price.

    Parameters
    ----------
    events, totals, mu_prior, level, nodes, labels, missing
        As for :func:`~metaprop.bayes_binomial`.
    tau_priors : sequence of HalfNormal, HalfT or Uniform
        Priors of τ, at least one.

    Returns
    -------
    list of BayesPooled
        In the order of the priors. They share the likelihood, which is most of the work.

    Raises
    ------
    ValueError
        As :func:`~metaprop.bayes_binomial`, and when there is no prior.

    Examples
    --------
    >>> import metaprop
    >>> from metaprop.bayes import HalfNormal, Normal
    >>> priors = [HalfNormal(0.5), HalfNormal(1.0)]
    >>> fits = metaprop.bayes_binomial_priors(
    ...     [8, 12, 5], [10, 20, 5], tau_priors=priors, mu_prior=Normal(0.0, 2.0)
    ... )
    >>> [round(fit.tau.median, 2) for fit in fits]
    [0.37, 0.69]
    """
    check_level(level)
    priors = list(tau_priors) if isinstance(tau_priors, Sequence) else []
    if not priors:
        raise ValueError(f"tau_priors must be a list of at least one prior, got {tau_priors!r}")
    for prior in priors:
        check_priors(prior, mu_prior)
    if not isinstance(mu_prior, Normal):
        raise ValueError(f"mu_prior of bayes_binomial must be a Normal, got {mu_prior!r}")
    nodes = check_whole("nodes", nodes, at_least=4, at_most=24)
    studies = read_counts(events, totals, labels=labels, missing=missing)
    grid = BinomialPosterior.of(studies.first, studies.second, priors, mu_prior, nodes)
    return [_summarised(studies, grid, prior, mu_prior, level) for prior in priors]


def _summarised(
    studies: Studies,
    grid: BinomialPosterior,
    tau_prior: TauPrior,
    mu_prior: Normal,
    level: float,
) -> BayesPooled:
    x, n = studies.first, studies.second
    tau, weights, evidence = grid.weigh(tau_prior)
    return summarised(
        model="binomial",
        k=x.size,
        tau_prior=tau_prior,
        mu_prior=mu_prior,
        level=level,
        mu=grid.mu(weights),
        tau=tau,
        prediction=grid.prediction(weights),
        # At 0 or n the likelihood tends to a constant as tau grows, otherwise it falls as 1/tau.
        tau_tail=tau_prior.tail + int(((x > 0) & (x < n)).sum()),
        mu_tail=math.inf,
        as_proportion=lambda value: float(expit(value)),
        log_evidence=evidence,
        note=studies.note,
    )
