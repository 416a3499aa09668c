"""Rules that tie the cells and tables of the evidence together.

A schema says what a cell may hold; these rules say what must hold between cells: a count does not
exceed its cohort, a derivation leads to its count, exactly one count per cohort and outcome is
preferred, cohorts in one ready-made set share no patients. Each rule adds to a list of problems.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from reviewbook.evidence.table import Problem, Report, Table
from reviewbook.review.settings import Review

from .cohorts import check_claims, check_cohorts, check_reports
from .counts import check_other_reviews, check_outcomes, check_survival
from .living import check_registered_trials, check_updates

__all__ = ["check_tables"]


_RULES: dict[str, Callable[[Report, Mapping[str, Table], Review], None]] = {
    "claims": check_claims,
    "reports": check_reports,
    "cohorts": check_cohorts,
    "outcomes": check_outcomes,
    "survival": check_survival,
    "other_reviews": check_other_reviews,
    "registered_trials": check_registered_trials,
    "updates": check_updates,
}
"""By table; those beyond the core may be missing."""


def check_tables(tables: Mapping[str, Table], review: Review) -> list[Problem]:
    """Return what is wrong between the cells and tables of the evidence.

    Cells that could not be read are None and are skipped, and so are tables without rows. The
    rules ask `review` for its checks and for the parts of a cohort.
    """
    problems = []
    for name, rule in _RULES.items():
        if name not in tables:
            continue
        report = Report(tables[name])
        rule(report, tables, review)
        problems += report.problems
    return problems
