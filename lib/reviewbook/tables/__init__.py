"""Tables of the book: each function takes data and returns a :class:`BookTable`."""

from .asymmetry import rejection_table
from .cohorts import characteristics_table, cohort_table, composition_table
from .forensics import heterogeneity_table, precision_table, scale_table, study_number_table
from .ledger import article_ledger_table, ledger_table
from .multiverse import (
    choices_table,
    matches_table,
    one_change_table,
    programs_table,
    shares_table,
)
from .pools import outcome_groups_table, pooled_table, subgroup_table
from .selection import excluded_table, flow_table, overlap_table, unreadable_table
from .sets import posterior_table, recipes_table, reviews_table, sets_table
from .survival import (
    comparison_table,
    identifiability_table,
    landmark_table,
    other_figures_table,
)
from .table import BookTable, Column, Markup, escape, link, plain_table, role

__all__ = [
    "BookTable",
    "Column",
    "Markup",
    "article_ledger_table",
    "characteristics_table",
    "choices_table",
    "cohort_table",
    "comparison_table",
    "composition_table",
    "escape",
    "excluded_table",
    "flow_table",
    "heterogeneity_table",
    "identifiability_table",
    "landmark_table",
    "ledger_table",
    "link",
    "matches_table",
    "one_change_table",
    "other_figures_table",
    "outcome_groups_table",
    "overlap_table",
    "plain_table",
    "pooled_table",
    "posterior_table",
    "precision_table",
    "programs_table",
    "recipes_table",
    "rejection_table",
    "reviews_table",
    "role",
    "scale_table",
    "sets_table",
    "shares_table",
    "study_number_table",
    "subgroup_table",
    "unreadable_table",
]
