"""Survival: what reports print at a landmark, and the usual tools for individual patients.

From printed numbers: :func:`log_hr_from_landmark`, :func:`cloglog`, :func:`log_hr_from_pvalue`,
:func:`log_hr_from_medians`, :func:`log_hr_from_curves`, :func:`rebuild_patients`,
:func:`odds_ratio_exact`. From follow-up of patients: :func:`kaplan_meier`, :func:`logrank`,
:func:`cox`, :func:`rmst`, :func:`rmst_difference`, :func:`firth_cox`, :func:`ph_test` and
:func:`split_at_switch` for exposures that begin during follow-up.
"""

from __future__ import annotations

from .cox import Cox, cox
from .curves import CurvesHazardRatio, log_hr_from_curves
from .firth import firth_cox
from .kaplan_meier import KaplanMeier, SurvivalTime, kaplan_meier
from .landmark import Landmark, LandmarkComparison, cloglog, log_hr_from_landmark
from .logrank import LogRank, logrank
from .odds_ratio import OddsRatio, odds_ratio_exact
from .printed_hazard import PrintedHazardRatio, log_hr_from_medians, log_hr_from_pvalue
from .proportional_hazards import ProportionalHazards, ph_test
from .rebuilt import RebuiltPatients, rebuild_patients
from .rmst import RestrictedMean, RestrictedMeanDifference, rmst, rmst_difference
from .switch import SplitFollowUp, split_at_switch

__all__ = [
    "Cox",
    "CurvesHazardRatio",
    "KaplanMeier",
    "Landmark",
    "LandmarkComparison",
    "LogRank",
    "OddsRatio",
    "PrintedHazardRatio",
    "ProportionalHazards",
    "RebuiltPatients",
    "RestrictedMean",
    "RestrictedMeanDifference",
    "SplitFollowUp",
    "SurvivalTime",
    "cloglog",
    "cox",
    "firth_cox",
    "kaplan_meier",
    "log_hr_from_curves",
    "log_hr_from_landmark",
    "log_hr_from_medians",
    "log_hr_from_pvalue",
    "logrank",
    "odds_ratio_exact",
    "ph_test",
    "rebuild_patients",
    "rmst",
    "rmst_difference",
    "split_at_switch",
]
