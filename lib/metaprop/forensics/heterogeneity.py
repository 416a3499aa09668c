"""What a printed I² and p-value say about the number of studies."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from scipy.special import chdtrc

from metaprop.checks import check_whole

from .rounding import check_digits, check_fraction, printed_pvalue_range, printed_range

if TYPE_CHECKING:
    import pandas as pd


def q_from_i2(i2: float, k: int) -> float:
    """Cochran's Q that belongs to a Q-based I².

    Q = (k − 1) / (1 − I²), from I² = (Q − df) / Q (Higgins and Thompson 2002).

    Parameters
    ----------
    i2 : float
        I² as a fraction, at least 0 and below 1.
    k : int
        Number of studies, at least 2.

    Returns
    -------
    float
        The statistic. For I² = 0 this is its largest possible value, k − 1: any smaller one gives
        I² = 0 as well.

    Raises
    ------
    ValueError
        For an I² outside [0, 1) or fewer than two studies.

    Examples
    --------
    >>> from metaprop import forensics
    >>> round(forensics.q_from_i2(0.25, k=7), 6)
    8.0
    """
    k = check_whole("k", k, at_least=2)
    if check_fraction("i2", i2) >= 1.0:
        raise ValueError("i2 of 1 would need an infinite Q")
    return (k - 1) / (1.0 - i2)


def possible_k(
    i2: float,
    pvalue: float | str,
    *,
    i2_digits: int,
    p_digits: int | None = None,
    k_range: tuple[int, int] = (2, 100),
) -> pd.DataFrame:
    """Find the numbers of studies for which a printed I² and p-value fit together.

    I² fixes the ratio of Q to its degrees of freedom, and with k the p-value of Q follows; so the
    pair of printed numbers picks k. Rounding of both is honoured.

    Parameters
    ----------
    i2 : float
        Printed Q-based I², as a fraction: 0.3271 for 32.71 %.
    pvalue : float or str
        Printed p-value of Cochran's Q: a fraction, or a text such as "<0.001" or "> 0.1".
    i2_digits : int
        Decimals of I² as a percentage: 2 for 32.71 %.
    p_digits : int, optional
        Decimals of the p-value: 2 for 0.12. A text with < or > needs none.
    k_range : (int, int)
        Smallest and largest number of studies to try.

    Returns
    -------
    DataFrame
        One row per k: `k`, `df`, `q_low`, `q_high`, `p_low`, `p_high`, `fits`. The limits are
        those of all Q whose I² rounds to the printed one; `fits` says whether some of their
        p-values round to the printed one. If I² can be 0, Q can be anything up to its limit; if it
        can round to 100 %, Q can be anything from its limit on, and `q_high` is infinite.

    Raises
    ------
    ValueError
        For numbers that are no fractions, missing or negative digits, or an empty range.

    Examples
    --------
    >>> from metaprop import forensics
    >>> table = forensics.possible_k(0.4, 0.09, i2_digits=0, p_digits=2, k_range=(2, 20))
    >>> table.loc[table["fits"], "k"].tolist()
    [10, 11]
    >>> table = forensics.possible_k(0.9, "<0.001", i2_digits=0, k_range=(2, 6))
    >>> table["fits"].tolist()
    [False, True, True, True, True]
    """
    import pandas as pd

    try:
        first, last = (check_whole("k", k, at_least=2) for k in k_range)
    except (TypeError, ValueError):
        first, last = 1, 0
    if first > last:
        raise ValueError(f"k_range must be two whole numbers, 2 <= first <= last; got {k_range!r}")
    check_digits("i2_digits", i2_digits)
    if p_digits is not None:
        check_digits("p_digits", p_digits)
    of_i2 = printed_range(check_fraction("i2", i2), i2_digits, percent=True)
    of_p = printed_pvalue_range(pvalue, p_digits)
    rows = []
    for k in range(first, last + 1):
        df = k - 1
        q_low = 0.0 if of_i2.low == 0.0 else q_from_i2(of_i2.low, k)
        # An I² that prints as 100 % is below 1 by some amount that nobody knows.
        q_high = inf if of_i2.high >= 1.0 else q_from_i2(of_i2.high, k)
        p_low, p_high = float(chdtrc(df, q_high)), float(chdtrc(df, q_low))
        fits = p_low <= of_p.high and p_high >= of_p.low
        rows.append((k, df, q_low, q_high, p_low, p_high, fits))
    columns = ["k", "df", "q_low", "q_high", "p_low", "p_high", "fits"]
    return pd.DataFrame(rows, columns=columns)
