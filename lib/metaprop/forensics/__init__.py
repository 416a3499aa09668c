"""What printed numbers imply on their own, and which recipes print them."""

from __future__ import annotations

from .heterogeneity import possible_k, q_from_i2
from .intervals import (
    ImpliedStandardError,
    effective_sample_size,
    implied_standard_error,
    scale_symmetry,
)
from .search import PrintedResult, all_recipes, matching_recipes

__all__ = [
    "ImpliedStandardError",
    "PrintedResult",
    "all_recipes",
    "effective_sample_size",
    "implied_standard_error",
    "matching_recipes",
    "possible_k",
    "q_from_i2",
    "scale_symmetry",
]
