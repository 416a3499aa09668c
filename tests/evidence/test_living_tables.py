"""Registrations and the log of updates: checked, and true to the tables they speak of."""

from __future__ import annotations

import pytest

from review_copy import ReviewCopy
from reviewbook import EvidenceError
from reviewbook.book import Book
from reviewbook.evidence.evidence import load_evidence
from reviewbook.review.project import load_review


def test_each_rule_names_its_cell(copy: ReviewCopy) -> None:
    trial = copy.line_of("registered_trials.csv", registration="NCT04689659")
    copy.put("registered_trials.csv", trial, linked_report_ids="nobody_2020", results_public="no")
    other = copy.put("registered_trials.csv", trial + 1, registration="NCT123", phase="3")
    update = copy.line_of("updates.csv", date="2026-11-28", table="reports")
    copy.put("updates.csv", update, rows_added="7", report_ids="nobody_2020")
    table = copy.line_of("updates.csv", date="2026-11-28", table="survival")
    copy.put("updates.csv", table, table="deaths")
    with pytest.raises(EvidenceError) as caught:
        load_evidence(load_review(copy.root))
    found = [str(problem) for problem in caught.value.problems]
    expected = [
        (f"registered_trials.csv, line {trial}, column linked_report_ids", "'nobody_2020'"),
        (f"registered_trials.csv, line {trial}, column results_public", "yes or an empty cell"),
        (f"registered_trials.csv, line {other}, column registration", "'NCT123'"),
        (f"registered_trials.csv, line {other}, column phase", "one of early_1, 1, 1_2, 1b_2, 2"),
        (f"updates.csv, line {update}, column report_ids", "report_ids of reports.csv"),
        (f"updates.csv, line {update}, column rows_added", "63 in all; expected rows added less"),
        (f"updates.csv, line {table}, column table", "'deaths'"),
    ]
    for place, what in expected:
        assert [one for one in found if place in one and what in one], (place, what, found)


def test_the_readme_counts_what_is_there(book: Book, copy: ReviewCopy) -> None:
    text = (copy.data / "README.md").read_text(encoding="utf-8")
    trials, updates = (book.evidence.other[name] for name in ("registered_trials", "updates"))
    assert f"| `registered_trials.csv` | {len(trials)} |" in text
    assert f"| `updates.csv` | {len(updates)} |" in text
    assert f"holds {len(trials)} registrations" in text
    assert f"{int((~trials['in_scope']).sum())} are outside the question of the" in text
    without = trials["notes"].str.contains("No registry|Only the title and number", regex=True)
    assert f"{int(without.sum())} rows rest on no registry record" in text
