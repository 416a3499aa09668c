"""What was changed in November 2026 says why, and what was read twice keeps both readings."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest
from scipy.stats import beta

from review_copy import ReviewCopy
from reviewbook.book import Book
from reviewbook.evidence.evidence import load_evidence
from reviewbook.evidence.second_reading import agreement, read_twice
from reviewbook.prose.extraction import extraction_sentences
from reviewbook.review.project import load_review

KEYS = {"reports": "report_id", "cohorts": "cohort_id", "other_reviews": "review_id"}


def cells(book: Book, table: str, row: str, column: str) -> set[str]:
    """Return what a column holds in the rows a decision names."""
    frame = book.evidence.frames()[table]
    if table in KEYS:
        found = frame[frame[KEYS[table]] == row]
    else:
        report, _cohort, third, _fourth, last = row.split("|")
        own = frame[frame["report_id"] == report]
        if table == "outcomes":
            count = own["events"].astype(str) + "/" + own["total"].astype(str)
            found = own[(own["outcome"] == third) & (count == last)]
        else:
            found = own[(own["arm"] == third) & (own["estimate"] == float(last))]
    assert len(found), (table, row)
    values = found[column]
    if values.dtype == "bool":
        return {"yes" if value else "no" for value in values}
    return {"" if pd.isna(value) else str(value) for value in values}


def test_every_changed_cell_holds_what_its_decision_says(book: Book) -> None:
    decisions = book.evidence.other["decisions"]
    changed = decisions[
        decisions["decision"].isin(["entered", "settled", "set aside", "kept"])
        & (decisions["column"] != "")
    ]
    last = {(d.table, d.row, d.column): d.new for d in changed.itertuples()}
    assert len(last) >= 50
    for (table, row, column), new in last.items():
        assert cells(book, table, row, column) == {new}, (table, row, column)
    assert all(len(reason) > 3 for reason in decisions["reason"])


def test_a_removed_row_is_gone_and_stands_as_another_reading(book: Book) -> None:
    """Lu 2024 calls its reactions mild: no grade, so no zero for grade 3 or higher."""
    outcomes, readings = book.evidence.outcomes, book.evidence.other["readings"]
    aml = outcomes[outcomes["cohort_id"] == "ns7car_aml10"]
    assert "crs_grade3plus" not in set(aml["outcome"])
    assert "no count in the texts read" in set(
        book.select("crs_grade3plus").excluded.query("cohort_id == 'ns7car_aml10'")["reason"]
    )
    other = readings[
        (readings["cohort_id"] == "ns7car_aml10") & (readings["outcome"] == "crs_grade3plus")
    ].iloc[0]
    assert (other["events"], other["total"]) == (0, 10)


def test_first_readings_still_stand_in_the_tables(book: Book) -> None:
    second, outcomes = book.evidence.other["second_extraction"], book.evidence.outcomes
    names = ["report_id", "cohort_id", "outcome"]
    now = set(outcomes[[*names, "events", "total"]].itertuples(index=False, name=None))
    then = set(second[[*names, "first_events", "first_total"]].itertuples(index=False, name=None))
    assert then - now == {("lu_2024", "ns7car_aml10", "crs_grade3plus", 0, 10)}


def test_no_address_of_a_proxy_or_a_bare_number_is_a_link_of_the_book(book: Book) -> None:
    for name in ("decisions", "characteristics", "second_extraction"):
        addresses = book.evidence.other[name]["source_url"]
        assert not addresses.str.contains(r"//\d+\.\d+\.|proxy").any()


def plain(root: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(root / "data" / f"{name}.csv", dtype=str, keep_default_na=False)


def test_agreement_of_counts_is_what_the_file_holds(root: Path, book: Book) -> None:
    table = plain(root, "second_extraction")
    table["found"] = (table["second_events"] != "") & (table["second_total"] != "")
    table["equal"] = (table["first_events"] == table["second_events"]) & (
        table["first_total"] == table["second_total"]
    )
    expected = table.groupby(["part", "outcome"])[["found", "equal"]].sum()
    cells = read_twice(book.evidence)
    counts = cells[cells["kind"] == "count"]
    found = agreement(counts, ["part", "what"]).set_index(["part", "what"])
    assert found["rows"].to_dict() == table.groupby(["part", "outcome"]).size().to_dict()
    for column in ("found", "equal"):
        assert found[column].to_dict() == expected[column].to_dict()
    whole = agreement(counts, "part").set_index("part")[["rows", "found", "equal"]]
    assert whole.loc["outcomes"].tolist() == [224, 213, 210]
    assert whole.loc["harms"].tolist() == [67, 60, 57]


def test_agreement_of_survival_and_characteristics_is_what_the_files_hold(
    root: Path, book: Book
) -> None:
    survival = plain(root, "second_extraction_survival")
    same = pd.Series(True, index=survival.index)
    for part in ("estimate", "ci_low", "ci_high"):
        first, second = (pd.to_numeric(survival[f"{r}_{part}"]) for r in ("first", "second"))
        same &= (first == second) | (first.isna() & second.isna())
    words = plain(root, "second_extraction_characteristics")["agreement"]
    frame = agreement(read_twice(book.evidence), "kind").set_index("kind")
    assert frame.loc["survival", ["rows", "found", "equal"]].tolist() == [
        len(survival), (survival["second_estimate"] != "").sum(), same.sum(),
    ]  # fmt: skip
    assert frame.loc["characteristic", ["rows", "found", "equal"]].tolist() == [
        len(words), (words != "not_found").sum(), (words == "equal").sum(),
    ]  # fmt: skip


def test_the_interval_of_agreement_is_that_of_clopper_and_pearson(book: Book) -> None:
    frame = agreement(read_twice(book.evidence), ["kind", "part"])
    for row in frame.itertuples():
        # Clopper and Pearson 1934: limits are quantiles of beta distributions.
        low = beta.ppf(0.025, row.equal, row.found - row.equal + 1)
        high = 1.0 if row.equal == row.found else beta.ppf(
            0.975, row.equal + 1, row.found - row.equal
        )  # fmt: skip
        assert (row.low, row.high) == pytest.approx((low, high))


def test_nothing_found_again_has_no_share(book: Book) -> None:
    cells = read_twice(book.evidence)
    alone = agreement(cells[cells["what"] == "manufacturing_failure"], "what").iloc[0]
    assert (alone["rows"], alone["found"]) == (1, 0)
    assert pd.isna(alone["estimate"])


def test_an_equal_percentage_of_other_counts_is_no_agreement(copy: ReviewCopy) -> None:
    """Half of the counts and half of the total print the same share."""
    rows = copy.rows("second_extraction.csv")
    at = {name: i for i, name in enumerate(rows[0])}
    line = next(
        i for i, row in enumerate(rows[1:], 2)
        if row[at["first_events"]] == "18" and row[at["second_total"]] == "20"
    )  # fmt: skip
    before = read_twice(load_evidence(load_review(copy.root), check=False))["equal"].sum()
    copy.put("second_extraction.csv", line, second_events="9", second_total="10")
    after = read_twice(load_evidence(load_review(copy.root), check=False))["equal"].sum()
    assert after == before - 1


@pytest.mark.parametrize("page", ["README.md", "data/README.md"])
def test_the_readme_says_what_the_two_readings_agree_on(root: Path, book: Book, page: str) -> None:
    text = " ".join((root / page).read_text(encoding="utf-8").split())
    told = extraction_sentences(book)
    assert told.counts in text
    assert "not done twice" not in text
    if page.startswith("data"):
        assert told.survival in text
        assert told.characteristics in text
        assert f"A further {told.once} were read once" in text


def test_no_page_says_that_extraction_was_not_done_twice(root: Path) -> None:
    for page in [*(root / "chapters").glob("*.md"), *(root / "docs").glob("*.md")]:
        text = " ".join(page.read_text(encoding="utf-8").split()).lower()
        assert "not done twice" not in text, page.name
    methods = (root / "chapters" / "methods.md").read_text(encoding="utf-8")
    assert "(sec-read-twice)=\n## Read twice\n" in methods
    assert "(sec-how-found)=\n## How the evidence was found\n" in methods
    assert "not two independent readers of full papers" in " ".join(methods.split())


def test_the_texts_that_were_read_are_counted(root: Path, book: Book) -> None:
    reports = plain(root, "reports")
    told = extraction_sentences(book)
    assert told.reports == f"{len(reports)} reports"
    levels = reports["access_level"].value_counts()
    assert [int(n) for n in re.findall(r"for (\d+)", told.access)] == levels.tolist()
    assert f"the abstract for {levels['abstract']}" in told.access


def test_pooled_counts_that_were_not_found_again_are_named(book: Book) -> None:
    told = extraction_sentences(book).unconfirmed
    pooled = {
        (row.report_id, outcome.id, row.events, row.total)
        for outcome in book.review.outcomes
        for row in book.select(outcome.id).included.itertuples()
    }
    second = book.evidence.other["second_extraction"]
    missed = second[second["second_status"] == "not_found"]
    keys = missed[["report_id", "outcome", "first_events", "first_total"]]
    again = pooled & set(keys.itertuples(index=False, name=None))
    assert told.startswith(f"{len(again)} of {len(pooled)} were not found again: ")
    assert all(f" {events}/{total})" in told for _, _, events, total in again)


def test_two_counts_that_differ_leave_another_reading_or_a_decision(book: Book) -> None:
    cells = read_twice(book.evidence)
    differ = cells[(cells["kind"] == "count") & cells["found"] & ~cells["equal"]]
    readings = book.evidence.other["readings"]
    kept = set(readings[["cohort_id", "outcome"]].itertuples(index=False, name=None))
    assert len(differ)
    assert set(differ[["cohort_id", "what"]].itertuples(index=False, name=None)) <= kept
