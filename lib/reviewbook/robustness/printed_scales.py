"""Which upper limit each scale would have printed beside a printed estimate and lower limit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

import metaprop
from reviewbook.ledger.forensics import mean_size, printed_topics, symmetry

if TYPE_CHECKING:
    from reviewbook.pooling.pools import Pools

POSSIBLE, BOUNDARY, RULED_OUT = "possible", "boundary only", "ruled out"
INNER = 1e-9
"""Nearest to 0 and 1 that a proportion is taken on a scale that has no place for them."""


def implied_limits(pools: Pools) -> pd.DataFrame:
    """Return the upper limits that a symmetric interval of each scale would have.

    A Wald interval is symmetric on its scale T, so its upper limit is T⁻¹(2 T(estimate) − T(low)).
    Estimate and lower limit are everything that rounds to what is printed.

    Returns
    -------
    DataFrame
        ``outcome printed scale low high printed_low printed_high state``, fractions: the range of
        the implied upper limit, that of the printed one, and whether the two meet (in more than a
        single point), as :func:`reviewbook.ledger.forensics.symmetry` finds. An interval that is
        not printed whole has no row.
    """
    states, size = symmetry(pools), mean_size(pools)
    topics = printed_topics(pools)
    rows = []
    for row in states.to_dict("records"):
        claims = topics[row["outcome"]]
        assert claims.low is not None
        assert claims.estimate is not None
        assert claims.high is not None
        half = 0.5 / 100 / 10 ** claims.digits["pooled_proportion"]
        low, high = (
            _upper(claims.estimate + sign * half, claims.low - sign * half, row["scale"], size)
            for sign in (-1, 1)
        )
        state = BOUNDARY if row["boundary"] else POSSIBLE if row["possible"] else RULED_OUT
        rows.append(
            {
                "outcome": row["outcome"],
                "printed": row["printed"],
                "scale": row["scale"],
                "low": low,
                "high": high,
                "printed_low": claims.high - half,
                "printed_high": min(claims.high + half, 1.0),
                "state": state,
            }
        )
    return pd.DataFrame(rows)


def _upper(estimate: float, low: float, scale: str, size: float) -> float:
    """Return the upper limit of the symmetric interval, cut at 1."""
    both = np.clip([estimate, low], INNER, 1.0 - INNER)
    middle, lower = metaprop.transform(both, scale=scale, n=size)
    upper = metaprop.back_transform([2.0 * middle - lower], scale=scale, n=size)
    return min(float(upper[0]), 1.0)
