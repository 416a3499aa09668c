"""Simulations that show what a method does when the truth is known.

:func:`immortal_time` compares survival by an exposure that begins during follow-up,
:func:`landmark_coverage` measures hazard ratios read off printed survival, and
:func:`asymmetry_rejection` counts false alarms of funnel asymmetry tests on proportions. All are
seeded, vectorised over simulated data sets and return frozen results with a ``table()``.
"""

from __future__ import annotations

from .asymmetry import AsymmetryRejection, asymmetry_rejection
from .immortal_time import ApparentEffects, ImmortalTime, immortal_time
from .landmark_coverage import LandmarkCoverage, landmark_coverage

__all__ = [
    "ApparentEffects",
    "AsymmetryRejection",
    "ImmortalTime",
    "LandmarkCoverage",
    "asymmetry_rejection",
    "immortal_time",
    "landmark_coverage",
]
