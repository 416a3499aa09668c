"""Tables of the book: each function takes data and returns a :class:`BookTable`."""

from reviewbook.words.marked import all_unmarked

from .appraisal import appraisal_rules_table as appraisal_rules_table
from .appraisal import appraisal_table as appraisal_table
from .cohorts import characteristics_table as characteristics_table
from .cohorts import cohort_table as cohort_table
from .cohorts import composition_table as composition_table
from .durability import durability_table as durability_table
from .durability import enrolled_table as enrolled_table
from .durability import sites_table as sites_table
from .forensics import heterogeneity_table as heterogeneity_table
from .forensics import precision_table as precision_table
from .forensics import scale_table as scale_table
from .forensics import study_number_table as study_number_table
from .further import further_rows_table as further_rows_table
from .further import further_table as further_table
from .further import left_out_table as left_out_table
from .ledger import article_ledger_table as article_ledger_table
from .ledger import claims_table as claims_table
from .ledger import distance_table as distance_table
from .ledger import former_verdicts_table as former_verdicts_table
from .ledger import ledger_table as ledger_table
from .living import additions_table as additions_table
from .living import holds_table as holds_table
from .living import horizon_table as horizon_table
from .living import looks_table as looks_table
from .living import new_reports_table as new_reports_table
from .living import next_trial_table as next_trial_table
from .living import registrations_table as registrations_table
from .multiverse import choices_table as choices_table
from .multiverse import matches_table as matches_table
from .multiverse import one_change_table as one_change_table
from .multiverse import programs_table as programs_table
from .multiverse import shares_table as shares_table
from .pools import outcome_groups_table as outcome_groups_table
from .pools import pooled_table as pooled_table
from .pools import subgroup_table as subgroup_table
from .prediction import prediction_table as prediction_table
from .robustness import rates_table as rates_table
from .robustness import rejection_table as rejection_table
from .selection import excluded_table as excluded_table
from .selection import flow_table as flow_table
from .selection import overlap_table as overlap_table
from .selection import unreadable_table as unreadable_table
from .sets import posterior_table as posterior_table
from .sets import recipes_table as recipes_table
from .sets import reviews_table as reviews_table
from .sets import sets_table as sets_table
from .studies import all_cohorts as all_cohorts
from .studies import studies_table as studies_table
from .study_book import study_findings_table as study_findings_table
from .study_book import study_groups_table as study_groups_table
from .study_book import study_ledger_table as study_ledger_table
from .study_book import study_recipes_table as study_recipes_table
from .study_book import study_sets_table as study_sets_table
from .study_book import study_table as study_table
from .study_rows import study_rows_table as study_rows_table
from .summary import certainty_table as certainty_table
from .summary import findings_table as findings_table
from .summary import thresholds_table as thresholds_table
from .survival import comparison_table as comparison_table
from .survival import identifiability_table as identifiability_table
from .survival import landmark_table as landmark_table
from .survival import other_figures_table as other_figures_table
from .table import BookTable as BookTable
from .table import Column as Column
from .table import Markup as Markup
from .table import escape as escape
from .table import link as link
from .table import plain_table as plain_table
from .table import role as role

# Their cells become CSV files and the words of a search, too.
all_unmarked(globals(), __name__)
