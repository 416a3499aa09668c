"""Figures of the book: each function takes data and returns a :class:`BookFigure`."""

from reviewbook.figures.drawing.figure import BookFigure
from reviewbook.figures.forest.cohorts import forest, subgroup_forest
from reviewbook.figures.forest.estimates import forest_rows
from reviewbook.figures.forest.overview import overview
from reviewbook.figures.forest.ratios import comparison_forest, null_forest
from reviewbook.figures.forest.rows import Row
from reviewbook.figures.forest.sequences import cumulative_forest, leave_one_out_forest

from .baujat import baujat
from .evidence_map import evidence_map
from .flow import flow
from .funnel import funnel
from .multiverse import multiverse_choices, multiverse_pools
from .posteriors import posteriors
from .rates import rates
from .subsets import all_subsets
from .survival import printed_survival

__all__ = [
    "BookFigure",
    "Row",
    "all_subsets",
    "baujat",
    "comparison_forest",
    "cumulative_forest",
    "evidence_map",
    "flow",
    "forest",
    "forest_rows",
    "funnel",
    "leave_one_out_forest",
    "multiverse_choices",
    "multiverse_pools",
    "null_forest",
    "overview",
    "posteriors",
    "printed_survival",
    "rates",
    "subgroup_forest",
]
