"""How sure a pooled proportion or a claimed effect is, by the stated rule, after GRADE.

It is no GRADE assessment: see the table ``certainty`` in ``data/review.toml``, where each threshold
has its reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from reviewbook import words
from reviewbook.ledger.directions import findings_of
from reviewbook.pooling.analysis import Analysis, proportion
from reviewbook.pooling.pools import Pools
from reviewbook.pooling.unread import unread_cohorts
from reviewbook.review.settings import Certainty

LEVELS = {4: "high", 3: "moderate", 2: "low", 1: "very low"}
_UNSTATED = ("", "any")


@dataclass(frozen=True, slots=True)
class Domain:
    """One reason to take levels off, or not to.

    Attributes
    ----------
    name : str
    lowered : int
        Levels taken.
    value : float or None
        What the threshold is held against; None where there is no threshold.
    reason : str
        One line.
    """

    name: str
    lowered: int
    value: float | None
    reason: str


@dataclass(frozen=True, slots=True)
class Sureness:
    """Certainty of how often an outcome follows, or of a claimed effect.

    Attributes
    ----------
    level : int
        1 to 4; `word` says it.
    start : int
        Where it started.
    domains : tuple of Domain
    """

    level: int
    start: int
    domains: tuple[Domain, ...]

    @property
    def word(self) -> str:
        """The level in words."""
        return LEVELS[self.level]


def certainty_of(
    pools: Pools,
    analysis: Analysis,
    rule: Certainty | None = None,
    *,
    among: pd.DataFrame | None = None,
) -> Sureness:
    """Return the certainty of a pooled proportion.

    Parameters
    ----------
    analysis : Analysis
        In a set of the settings.
    rule : Certainty, optional
        That of the settings by default.
    among : DataFrame, optional
        The cohorts that could have been read; all of the set by default.

    Raises
    ------
    ValueError
        When the settings have no rule.
    """
    rule = rule or _rule(pools)
    domains = (
        Domain(
            "risk of bias", rule.risk_of_bias, None, "not judged: abstracts only, and no comparator"
        ),
        _indirectness(analysis, rule),
        _inconsistency(analysis, rule),
        _imprecision(analysis, rule),
        _unread(pools, analysis, rule, among),
        Domain("overlap", 0, None, "cohorts that may share patients enter once"),
    )
    return _sureness(rule.start_rate, domains)


def effect_certainty(pools: Pools, direction: str, rule: Certainty | None = None) -> Sureness:
    """Return the certainty of an effect that the article claims.

    Parameters
    ----------
    direction : str
        A ``value`` of ``claims.csv`` with a direction.
    rule : Certainty, optional
        That of the settings by default.

    Raises
    ------
    ValueError
        When the settings have no rule.
    """
    rule, found = rule or _rule(pools), findings_of(pools, direction)
    identified = "a design identifies the effect" if found.identified else "no effect is identified"
    ratios = found.ratios or "no ratio of the groups can be formed"
    return _sureness(
        rule.start_effect,
        (
            Domain(
                "risk of bias",
                rule.risk_of_bias,
                None,
                "not judged: abstracts only, and nobody was randomised",
            ),
            Domain(
                "identification", 0 if found.identified else rule.unidentified, None, identified
            ),
            Domain("imprecision", rule.unclear_ratio if found.unclear else 0, None, ratios),
        ),
    )


def _rule(pools: Pools) -> Certainty:
    if pools.review.certainty is None:
        raise ValueError("review.toml has no table certainty")
    return pools.review.certainty


def _sureness(start: int, domains: tuple[Domain, ...]) -> Sureness:
    return Sureness(max(1, start - sum(domain.lowered for domain in domains)), start, domains)


def _taken(value: float, thresholds: Sequence[float]) -> int:
    return sum(value >= threshold for threshold in thresholds)


def _indirectness(analysis: Analysis, rule: Certainty) -> Domain:
    included = analysis.selection.included
    other = (
        (included["bound"] != "")
        | (included["population"] != "infused")
        | included["timepoint"].isin(_UNSTATED) & (analysis.outcome.direction == "benefit")
    )
    share = float(included.loc[other, "total"].sum() / included["total"].sum())
    text = (
        f"{words.percent(share)} of the patients are in counts that are a bound, of a part of "
        "those infused, or of no stated time"
    )
    return Domain("indirectness", _taken(share, [rule.indirect]), share, text)


def _inconsistency(analysis: Analysis, rule: Certainty) -> Domain:
    found = analysis.new_cohort
    if found is None:
        text = f"{words.count(analysis.selection.k, 'cohort')}: no range for a new cohort"
        return Domain("inconsistency", 1, None, text)
    width = found.high - found.low
    low, high = words.percent(found.low), words.percent(found.high)
    text = f"a new cohort is expected between {low} and {high}"
    return Domain("inconsistency", _taken(width, rule.inconsistency), width, text)


def _imprecision(analysis: Analysis, rule: Certainty) -> Domain:
    ours, n = proportion(analysis.primary), analysis.selection.n
    width = ours.high - ours.low
    taken = _taken(width, rule.imprecision)
    events = words.count(int(analysis.selection.events.sum()), "event")
    text = (
        f"the interval is {words.number(100 * width, 0)} points wide, from {events} in "
        f"{words.count(n, 'patient')}"
    )
    if n < rule.fewest_patients:
        taken = max(taken, 1)
        text += f", fewer than {rule.fewest_patients}"
    return Domain("imprecision", taken, width, text)


def _unread(
    pools: Pools, analysis: Analysis, rule: Certainty, among: pd.DataFrame | None
) -> Domain:
    unread = unread_cohorts(pools, analysis.selection, among)
    if unread is None:
        return Domain("unread counts", 1, None, "the size of a cohort without a count is not known")
    missing = sum(one.size for one in unread)
    share = missing / (missing + analysis.selection.n)
    text = (
        f"no count could be read for {words.percent(share)} of the patients "
        f"({words.count(len(unread), 'cohort')})"
    )
    return Domain("unread counts", _taken(share, rule.unread), share, text)
