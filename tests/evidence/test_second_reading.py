"""What was changed in November 2026 says why, and what was read twice keeps both readings."""

from __future__ import annotations

import pandas as pd

from reviewbook.book import Book

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
