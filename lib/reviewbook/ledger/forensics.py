"""What the printed numbers of an abstract imply on their own, without any study."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pandas as pd
from scipy.special import chdtrc

from metaprop import forensics
from reviewbook import words
from reviewbook.evidence.claims import Claims
from reviewbook.words import Phrase

if TYPE_CHECKING:
    from reviewbook.pooling.pools import Pools

K_RANGE = (2, 60)


def printed_topics(pools: Pools) -> dict[str, Claims]:
    """Return the printed values of every outcome that has one, by the outcome's label."""
    outcomes = [outcome for outcome in pools.review.outcomes if outcome.topic]
    return {outcome.label: pools.claims(outcome.topic) for outcome in outcomes}


def study_numbers(claims: Claims) -> pd.DataFrame:
    """Return, for each number of studies, whether the printed I² and p-value fit together.

    Columns of :func:`metaprop.forensics.possible_k`; empty when one of the two is not printed.
    """
    if claims.i2 is None or claims.pvalue is None:
        return pd.DataFrame(columns=["k", "df", "q_low", "q_high", "p_low", "p_high", "fits"])
    return forensics.possible_k(
        claims.i2,
        claims.pvalue,
        i2_digits=claims.digits["i2"],
        p_digits=claims.digits["heterogeneity_p"],
        k_range=K_RANGE,
    )


def fitting(claims: Claims) -> list[int]:
    """Return the numbers of studies that fit the printed I² and p-value."""
    return _fitting(study_numbers(claims))


def _fitting(table: pd.DataFrame) -> list[int]:
    return [int(k) for k in table.loc[table["fits"].astype(bool), "k"]]


def studies_implied(claims: Claims) -> Phrase:
    """Say how many studies the printed I² and p-value imply; "" when they do not fix it."""
    fits = fitting(claims)
    if len(fits) != 1:
        return Phrase("")
    return Phrase(f"The printed I² and p-value fit {words.count(fits[0], 'study')} only.")


def fixed_study_numbers(pools: Pools) -> dict[str, pd.DataFrame]:
    """Return :func:`study_numbers` of the outcomes whose I² and p are printed and fix Q."""
    tables = {label: study_numbers(claims) for label, claims in printed_topics(pools).items()}
    return {label: table for label, table in tables.items() if not table["fits"].all()}


def shown_study_numbers(pools: Pools) -> pd.DataFrame:
    """Return the p-values that a printed I² gives, for numbers of studies within 3 of a fit.

    Returns
    -------
    DataFrame
        Rows of :func:`fixed_study_numbers` with the label of the `outcome` and the decimals of its
        printed p.
    """
    topics = printed_topics(pools)
    tables = [
        table.assign(outcome=label, p_digits=topics[label].digits["heterogeneity_p"])
        for label, table in fixed_study_numbers(pools).items()
    ]
    if not tables:
        return pd.DataFrame(columns=["outcome", "k", "p_low", "p_high", "fits", "p_digits"])
    frame = pd.concat(tables, ignore_index=True)
    centre = _fitting(frame)
    near = [any(abs(k - fit) <= 3 for fit in centre) for k in frame["k"]]
    return frame[near].reset_index(drop=True)


def joint_k(pools: Pools) -> list[int]:
    """Return the numbers of studies that fit every outcome whose I² and p fix it."""
    sets = [set(_fitting(table)) for table in fixed_study_numbers(pools).values()]
    return sorted(set.intersection(*sets)) if sets else []


def implied_heterogeneity(pools: Pools, k: int) -> pd.DataFrame:
    """Return Q and p that each printed I² implies with `k` studies.

    Returns
    -------
    DataFrame
        ``outcome i2 i2_digits q p bound printed_p p_digits``; where `bound` is True the I² is
        printed as 0, `q` is an upper limit and `p` a lower one. `printed_p` is missing where no
        p-value is printed.
    """
    rows = []
    for label, claims in printed_topics(pools).items():
        if claims.i2 is None:
            continue
        q = forensics.q_from_i2(claims.i2, k)
        rows.append(
            {
                "outcome": label,
                "i2": claims.i2,
                "i2_digits": claims.digits["i2"],
                "q": q,
                "p": float(chdtrc(k - 1, q)),
                "bound": claims.i2 == 0,
                "printed_p": claims.pvalue,
                "p_digits": claims.digits.get("heterogeneity_p"),
            }
        )
    return pd.DataFrame(rows)


def mean_size(pools: Pools) -> float:
    """Return patients per study as printed: an upper limit of the harmonic mean of their sizes."""
    values = pools.claims("scope").values  # noqa: PD011 - a mapping, no frame
    return values["n_patients"] / values["n_studies"]


def _intervals(pools: Pools) -> Iterator[tuple[str, Claims, tuple[float, float, float]]]:
    """Yield label, printed values and the three printed fractions, where all three are printed."""
    for label, claims in printed_topics(pools).items():
        if claims.estimate is not None and claims.low is not None and claims.high is not None:
            yield label, claims, (claims.low, claims.estimate, claims.high)


def symmetry(pools: Pools) -> pd.DataFrame:
    """Say for every printed interval on which scales it can be symmetric.

    Returns
    -------
    DataFrame
        Rows of :func:`metaprop.forensics.scale_symmetry` (``scale possible cut`` and more), with
        the label of the `outcome` and what is `printed` in words; a row an interval and scale.
    """
    parts = []
    for label, claims, limits in _intervals(pools):
        digits = claims.digits["pooled_proportion"]
        table = forensics.scale_symmetry(*limits, digits=digits, size=mean_size(pools))
        parts.append(table.assign(outcome=label, printed=str(words.interval(claims))))
    return pd.concat(parts, ignore_index=True)


def precision(pools: Pools) -> pd.DataFrame:
    """Return the standard error and the sample size that each printed interval implies.

    Returns
    -------
    DataFrame
        ``outcome printed se se_low se_high n n_low n_high``: standard error on the raw scale in
        percentage points and the effective sample size, each with its range given the rounding.
    """
    rows = []
    for label, claims, limits in _intervals(pools):
        digits = claims.digits["pooled_proportion"]
        se = forensics.implied_standard_error(*limits, scale="raw", digits=digits)
        size = forensics.effective_sample_size(*limits, digits=digits)
        rows.append(
            {
                "outcome": label,
                "printed": str(words.interval(claims)),
                "se": 100 * se.se,
                "se_low": 100 * se.se_low,
                "se_high": 100 * se.se_high,
                "n": size.estimate,
                "n_low": size.low,
                "n_high": size.high,
            }
        )
    return pd.DataFrame(rows)
