"""Figures of the book: each function takes data and returns a :class:`BookFigure`."""

from reviewbook.figures.baujat import baujat
from reviewbook.figures.comparisons import comparison_forest, null_forest
from reviewbook.figures.distributions import distributions
from reviewbook.figures.evidence_map import evidence_map
from reviewbook.figures.figure import BookFigure
from reviewbook.figures.flow import flow
from reviewbook.figures.forest import forest, subgroup_forest
from reviewbook.figures.forest_rows import forest_rows
from reviewbook.figures.funnel import funnel
from reviewbook.figures.gosh import gosh
from reviewbook.figures.lines import lines
from reviewbook.figures.overview import overview
from reviewbook.figures.posterior import posteriors
from reviewbook.figures.rows import Row
from reviewbook.figures.sequences import cumulative_forest, leave_one_out_forest
from reviewbook.figures.specification_curve import specification_curve
from reviewbook.figures.survival_anchors import survival_anchors

__all__ = [
    "BookFigure",
    "Row",
    "baujat",
    "comparison_forest",
    "cumulative_forest",
    "distributions",
    "evidence_map",
    "flow",
    "forest",
    "forest_rows",
    "funnel",
    "gosh",
    "leave_one_out_forest",
    "lines",
    "null_forest",
    "overview",
    "posteriors",
    "specification_curve",
    "subgroup_forest",
    "survival_anchors",
]
