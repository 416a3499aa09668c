"""Figures of the book: each function takes data and returns a :class:`BookFigure`."""

from reviewbook.words.marked import all_unmarked

from .appraisal import appraisal_map
from .baujat import baujat
from .drawing.figure import BookFigure
from .evidence_map import evidence_map
from .flow import flow
from .forest.cohorts import forest, subgroup_forest
from .forest.distance import distance_forest as distance_forest
from .forest.dumbbell import printed_and_ours
from .forest.durability import durability_forest, sites_forest
from .forest.estimates import forest_rows
from .forest.further import further_forest
from .forest.overview import overview
from .forest.ratios import comparison_forest, null_forest
from .forest.reviews import reviews_forest
from .forest.rows import Row
from .forest.sequences import cumulative_forest, leave_one_out_forest
from .forest.studies import study_alone_forest as study_alone_forest
from .forest.studies import study_forest as study_forest
from .forest.studies import study_group_forest as study_group_forest
from .forest.studies import study_sets_forest as study_sets_forest
from .funnel import funnel
from .icons import icon_arrays as icon_arrays
from .multiverse import multiverse_pools
from .posteriors import posteriors
from .printed_scales import printed_scales
from .rates import rates
from .rules import rules_by_outcome
from .specification import multiverse_choices
from .study_choices import study_choices_curve as study_choices_curve
from .subsets import all_subsets
from .survival import printed_survival

# Their words are drawn, and measured before.
all_unmarked(globals(), __name__)

__all__ = [
    "BookFigure",
    "Row",
    "all_subsets",
    "appraisal_map",
    "baujat",
    "comparison_forest",
    "cumulative_forest",
    "durability_forest",
    "evidence_map",
    "flow",
    "forest",
    "forest_rows",
    "funnel",
    "further_forest",
    "leave_one_out_forest",
    "multiverse_choices",
    "multiverse_pools",
    "null_forest",
    "overview",
    "posteriors",
    "printed_and_ours",
    "printed_scales",
    "printed_survival",
    "rates",
    "reviews_forest",
    "rules_by_outcome",
    "sites_forest",
    "subgroup_forest",
]
