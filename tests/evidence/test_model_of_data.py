"""What the tables can say: a report of several cohorts, and an outcome that nobody prints."""

from __future__ import annotations

import json

import pytest

from review_copy import ReviewCopy
from reviewbook import EvidenceError
from reviewbook.evidence.rows import records_of
from reviewbook.prose.outcome import outcome_sentences
from reviewbook.robustness.subsets import describe_outcome
from reviewbook.sphinxext.search import cohort_names

OUTCOME = """[[outcomes]]
id = "overall_response"
chapter = "overall-response"
label = "Overall response"
short = "OR"
event = "a response"
denominator = "all patients infused"
direction = "benefit"

"""


def add_row(copy: ReviewCopy, name: str, like: dict[str, str], **cells: str) -> None:
    rows = copy.rows(name)
    row = list(rows[copy.line_of(name, **like) - 1])
    for column, cell in cells.items():
        row[rows[0].index(column)] = cell
    copy.write(name, [*rows, row])


@pytest.fixture
def two_cohorts(copy: ReviewCopy) -> ReviewCopy:
    """A second cohort of the report of another one, with a count of its own."""
    blank = {"overlap_group": "", "also_overlaps": "", "inside": "", "in_set_2024": "no",
             "in_set_all": "no"}  # fmt: skip
    like = {"cohort_id": cohort_of(copy)}
    add_row(copy, "cohorts.csv", like, cohort_id="second_arm", label="Second arm", **blank)
    line = copy.line_of("reports.csv", report_id=report_of(copy))
    copy.put("reports.csv", line, cohort_id=f"{cohort_of(copy)};second_arm")
    add_row(
        copy, "outcomes.csv", count_of(copy), cohort_id="second_arm", events="1", derivation="",
        status="reported",
    )  # fmt: skip
    return copy


def count_of(copy: ReviewCopy) -> dict[str, str]:
    """The only count of complete remission of a peer-reviewed report that has just one."""
    head, *rows = copy.rows("outcomes.csv")
    at = {name: head.index(name) for name in ("report_id", "outcome", "preferred", "population")}
    for row in rows:
        found = {name: row[i] for name, i in at.items()}
        same = [r for r in rows if r[at["report_id"]] == found["report_id"]
                and r[at["outcome"]] == "complete_remission"]  # fmt: skip
        if found["outcome"] == "complete_remission" and len(same) == 1 and (
            found["preferred"], found["population"]) == ("yes", "infused"):  # fmt: skip
            return {name: found[name] for name in ("report_id", "outcome")}
    raise AssertionError("no such report")


def report_of(copy: ReviewCopy) -> str:
    return count_of(copy)["report_id"]


def cohort_of(copy: ReviewCopy) -> str:
    rows = copy.rows("reports.csv")
    line = copy.line_of("reports.csv", report_id=report_of(copy))
    return rows[line - 1][rows[0].index("cohort_id")]


def test_a_report_may_describe_two_cohorts(two_cohorts: ReviewCopy) -> None:
    book = two_cohorts.book()
    data = records_of(book.evidence)
    reports = data.reports_of["second_arm"]
    assert len(reports) == 1
    first_cohort = reports[0]["cohort_id"].split(";")[0]
    assert reports[0]["report_id"] in [one["report_id"] for one in data.reports_of[first_cohort]]
    selection = book.select("complete_remission", "all_public", min_patients=1)
    row = selection.included.set_index("name").loc["Second arm"]
    assert int(row["events"]) == 1
    assert row["report_id"] == reports[0]["report_id"]
    assert cohort_names(book)["Second arm"].reports


def test_a_cohort_of_a_report_must_be_there(two_cohorts: ReviewCopy) -> None:
    name = report_of(two_cohorts)
    line = two_cohorts.line_of("reports.csv", report_id=name)
    two_cohorts.put("reports.csv", line, cohort_id=f"{cohort_of(two_cohorts)};nobody")
    with pytest.raises(EvidenceError, match="column cohort_id: found 'nobody'; expected a cohort_"):
        two_cohorts.book()


def test_a_count_belongs_to_a_cohort_of_its_report(two_cohorts: ReviewCopy) -> None:
    line = two_cohorts.line_of("outcomes.csv", cohort_id="second_arm", outcome="complete_remission")
    other = next(row[0] for row in two_cohorts.rows("cohorts.csv")[1:]
                 if row[0] not in cohort_of(two_cohorts).split(";"))  # fmt: skip
    two_cohorts.put("outcomes.csv", line, cohort_id=other)
    with pytest.raises(EvidenceError, match="or 'second_arm', a cohort of report"):
        two_cohorts.book()


def test_an_outcome_may_have_no_printed_value(copy: ReviewCopy) -> None:
    mark = "# Further outcomes: what a haem"
    copy.replace("review.toml", mark, f"{OUTCOME}{mark}")
    book = copy.book()
    analysis = book.analyse("overall_response", "all_public")
    said = outcome_sentences(book, analysis)
    assert said.printed == "not printed"
    assert "not checkable" in said.verdict
    assert describe_outcome(book, "overall_response")["printed"]["estimate"] is None
    before = book.ledger()
    assert "overall_response" not in set(before["topic"])


def test_an_unknown_status_is_said(copy: ReviewCopy) -> None:
    path = copy.data / "datapackage.json"
    package = json.loads(path.read_text(encoding="utf-8"))
    for resource in package["resources"]:
        if resource["name"] == "outcomes":
            for field in resource["schema"]["fields"]:
                if field["name"] == "status":
                    field["constraints"]["enum"].append("guessed")
    path.write_text(json.dumps(package), encoding="utf-8")
    with pytest.raises(EvidenceError, match="found the status 'guessed'; expected words among rep"):
        copy.book()
