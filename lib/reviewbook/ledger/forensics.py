"""What the printed numbers of an abstract imply on their own, without any study."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
from scipy.special import chdtrc

from metaprop import forensics
from reviewbook import words
from reviewbook.evidence.claims import Claims
from reviewbook.words import Phrase

if TYPE_CHECKING:
    from reviewbook.pooling.pools import Pools

K_RANGE = (2, 60)
SCALES = {
    "raw": "raw proportion",
    "log": "log",
    "logit": "logit",
    "arcsine": "arcsine",
    "double_arcsine": "Freeman–Tukey",
}


def printed_topics(pools: Pools) -> dict[str, Claims]:
    """Return the printed values of every outcome, by the outcome's label."""
    return {outcome.label: pools.claims(outcome.topic) for outcome in pools.review.outcomes}


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
    table = study_numbers(claims)
    return [int(k) for k in table.loc[table["fits"].astype(bool), "k"]]


def studies_implied(claims: Claims) -> Phrase:
    """Say how many studies the printed I² and p-value imply; "" when they do not fix it."""
    fits = fitting(claims)
    if len(fits) != 1:
        return Phrase("")
    return Phrase(f"The printed I² and p-value fit {words.count(fits[0], 'study')} only.")


def study_number_table(pools: Pools, *, around: int = 3) -> pd.DataFrame:
    """Return the p-values that a printed I² gives, for numbers of studies near those that fit.

    Returns
    -------
    DataFrame
        ``k`` and, for every outcome whose I² and p are printed and whose I² fixes Q, the range of
        the p-value as text, with a tick where it prints as the article has it.
    """
    columns: dict[str, dict[int, str]] = {}
    centre: set[int] = set()
    for label, claims in printed_topics(pools).items():
        table = study_numbers(claims)
        if table.empty or table["fits"].all():
            continue
        columns[label] = {int(row["k"]): _p_range(row, claims) for _, row in table.iterrows()}
        centre |= set(fitting(claims))
    first, last = K_RANGE
    shown = [
        k for k in range(first, last + 1) if centre and min(abs(k - c) for c in centre) <= around
    ]
    frame = pd.DataFrame({"k": shown})
    for label, texts in columns.items():
        frame[label] = [texts[k] for k in shown]
    return frame


def _p_range(row: Any, claims: Claims) -> str:
    digits = claims.digits["heterogeneity_p"] + 2
    low, high = words.number(row["p_low"], digits), words.number(row["p_high"], digits)
    text = str(low) if low == high else f"{low} to {high}"
    return f"{text} ✓ fits" if row["fits"] else text


def joint_k(pools: Pools) -> list[int]:
    """Return the numbers of studies that fit every outcome whose I² and p fix it."""
    sets = []
    for claims in printed_topics(pools).values():
        table = study_numbers(claims)
        if not table.empty and not table["fits"].all():
            sets.append(set(fitting(claims)))
    return sorted(set.intersection(*sets)) if sets else []


def implied_heterogeneity(pools: Pools, k: int) -> pd.DataFrame:
    """Return Q and p that each printed I² implies with `k` studies.

    Returns
    -------
    DataFrame
        ``outcome i2 q p printed_p``; an I² printed as 0 gives an upper limit of Q and a lower one
        of p.
    """
    rows = []
    for label, claims in printed_topics(pools).items():
        if claims.i2 is None:
            continue
        q = forensics.q_from_i2(claims.i2, k)
        p = float(chdtrc(k - 1, q))
        bound = claims.i2 == 0
        rows.append(
            {
                "outcome": label,
                "i2": str(words.percent(claims.i2, digits=claims.digits["i2"])),
                "q": f"{'at most ' if bound else ''}{words.number(q, 2)}",
                "p": f"{'at least ' if bound else ''}{words.number(p, 3)}",
                "printed_p": "not printed"
                if claims.pvalue is None
                else str(words.number(claims.pvalue, claims.digits["heterogeneity_p"])),
            }
        )
    return pd.DataFrame(rows)


def mean_size(pools: Pools) -> float:
    """Return patients per study as printed: an upper limit of the harmonic mean of their sizes."""
    values = pools.claims("scope").values  # noqa: PD011 - a mapping, no frame
    return values["n_patients"] / values["n_studies"]


def symmetry(pools: Pools) -> pd.DataFrame:
    """Say for every printed interval on which scales it can be symmetric.

    Returns
    -------
    DataFrame
        ``outcome printed`` and a column per scale: "possible", "ruled out", or "possible, limit may
        be cut".
    """
    rows = []
    for label, claims in printed_topics(pools).items():
        if claims.estimate is None or claims.low is None or claims.high is None:
            continue
        table = forensics.scale_symmetry(
            claims.low,
            claims.estimate,
            claims.high,
            digits=claims.digits["pooled_proportion"],
            size=mean_size(pools),
        )
        row = {"outcome": label, "printed": str(words.interval(claims))}
        for _, line in table.iterrows():
            text = "possible" if line["possible"] else "ruled out"
            cut = line["cut"] and line["possible"]
            row[SCALES[line["scale"]]] = f"{text}, limit may be cut" if cut else text
        rows.append(row)
    return pd.DataFrame(rows)


def precision(pools: Pools) -> pd.DataFrame:
    """Return the standard error and the sample size that each printed interval implies.

    Returns
    -------
    DataFrame
        ``outcome printed se se_low se_high n n_low n_high``: standard error on the raw scale in
        percentage points and the effective sample size, each with its range given the rounding.
    """
    rows = []
    for label, claims in printed_topics(pools).items():
        if claims.estimate is None or claims.low is None or claims.high is None:
            continue
        limits = claims.low, claims.estimate, claims.high
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


def study_number_sentence(pools: Pools) -> Phrase:
    """Say which number of studies the printed pairs of I² and p leave."""
    found = joint_k(pools)
    names = [
        words.within_sentence(label)
        for label, claims in printed_topics(pools).items()
        if fitting(claims) and len(fitting(claims)) < K_RANGE[1] - K_RANGE[0] + 1
    ]
    pairs = f"the printed I² and p of {words.join(names)}"
    if not found:
        return Phrase(f"No number of studies from {K_RANGE[0]} to {K_RANGE[1]} fits {pairs}.")
    which = words.join(found, last="or")
    only = "is the only number" if len(found) == 1 else "are the only numbers"
    return Phrase(
        f"{which} {only} of studies from {K_RANGE[0]} to {K_RANGE[1]} that fits {pairs} at once."
    )


def single_sentences(pools: Pools) -> Phrase:
    """Say for each outcome alone which numbers of studies its I² and p leave."""
    parts = []
    for label, claims in printed_topics(pools).items():
        found = fitting(claims)
        if claims.pvalue is None:
            parts.append(f"{label}: no p-value is printed, so any number fits")
        elif len(found) == K_RANGE[1] - K_RANGE[0] + 1:
            parts.append(f"{label}: I² is printed as 0, which hides Q, so any number fits")
        else:
            parts.append(f"{label}: {words.join(found, last='or') or 'none'}")
    return Phrase("; ".join(parts) + ".")


def scale_sentence(pools: Pools) -> Phrase:
    """Say which scales can have printed every interval of the abstract."""
    table = symmetry(pools)
    everywhere = [name for name in SCALES.values() if not (table[name] == "ruled out").any()]
    nowhere = [name for name in SCALES.values() if (table[name] == "ruled out").all()]
    outcomes = words.count(len(table), "printed interval")
    text = (
        f"Of the five scales, {words.join(everywhere)} can have given all {outcomes}"
        if everywhere
        else f"No single scale can have given all {outcomes}"
    )
    if nowhere:
        text += f"; {words.join(nowhere)} can have given none of them"
    return Phrase(f"{text}.")


def precision_sentence(pools: Pools) -> Phrase:
    """Hold the effective sample sizes against the number of patients printed."""
    values = pools.claims("scope").values  # noqa: PD011 - a mapping, no frame
    table = precision(pools)
    parts = [
        f"{words.number(row['n'], 0)} patients ({words.number(row['n_low'], 0)} to "
        f"{words.number(row['n_high'], 0)} given the rounding) for "
        f"{words.within_sentence(row['outcome'])}"
        for _, row in table.iterrows()
    ]
    return Phrase(
        f"Each interval is as wide as that of one plain sample of {'; '.join(parts)}. "
        f"The article counts {words.count(int(values['n_patients']), 'patient')}."
    )
