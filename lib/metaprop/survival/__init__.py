"""Survival: what reports print at a landmark, and the usual tools for individual patients.

From printed numbers: :func:`log_hr_from_landmark`, :func:`cloglog`, :func:`odds_ratio_exact`.
From follow-up of patients: :func:`kaplan_meier`, :func:`logrank`, :func:`cox` (statsmodels does
the fitting), :func:`rmst`, :func:`rmst_difference`, :func:`firth_cox`, :func:`ph_test` and
:func:`split_at_switch` for exposures that begin during follow-up.
"""

from __future__ import annotations

from .cox import Cox, cox
from .firth import firth_cox
from .kaplan_meier import KaplanMeier, SurvivalTime, kaplan_meier
from .landmark import Landmark, LandmarkComparison, cloglog, log_hr_from_landmark
from .logrank import LogRank, logrank
from .odds_ratio import OddsRatio, odds_ratio_exact
from .proportional_hazards import ProportionalHazards, ph_test
from .rmst import RestrictedMean, RestrictedMeanDifference, rmst, rmst_difference
from .switch import SplitFollowUp, split_at_switch

__all__ = [
    "Cox",
    "KaplanMeier",
    "Landmark",
    "LandmarkComparison",
    "LogRank",
    "OddsRatio",
    "ProportionalHazards",
    "RestrictedMean",
    "RestrictedMeanDifference",
    "SplitFollowUp",
    "SurvivalTime",
    "cloglog",
    "cox",
    "firth_cox",
    "kaplan_meier",
    "log_hr_from_landmark",
    "logrank",
    "odds_ratio_exact",
    "ph_test",
    "rmst",
    "rmst_difference",
    "split_at_switch",
]
