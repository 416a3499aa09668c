"""What the page on printed numbers says follows from the printed numbers, whatever they are."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from review_copy import ReviewCopy
from reviewbook.book import Book
from reviewbook.ledger.forensics import precision
from reviewbook.prose.forensics import forensic_sentences


@pytest.fixture
def copy(tmp_path: Path) -> ReviewCopy:
    return ReviewCopy(tmp_path)


def test_the_pairs_leave_one_number_and_the_sentence_says_on_what_condition(book: Book) -> None:
    told = forensic_sentences(book)
    assert told.studies.startswith("Of all numbers of studies from 2 to 60, 13 is the only one")
    assert told.number == (
        "If I² was worked out from Q, 13 studies entered both of these pools, which is the number "
        "the abstract gives."
    )
    assert "For cytokine release syndrome, any grade only 13 fits." in told.each
    assert "For complete remission no p-value is printed, so any number fits." in told.each


def test_another_printed_p_has_other_words(copy: ReviewCopy) -> None:
    rows = copy.rows("claims.csv")
    head = rows[0]
    topic, quantity, value = (head.index(name) for name in ("topic", "quantity", "value"))
    (line,) = [
        i
        for i, row in enumerate(rows[1:], 2)
        if row[topic] == "crs" and row[quantity] == "heterogeneity_p"
    ]
    assert rows[line - 1][value] == "0.12"
    copy.put("claims.csv", line, value="0.11")  # 14 and 15 studies fit it, 13 does not
    told = forensic_sentences(copy.book())
    assert told.studies.startswith("Of all numbers of studies from 2 to 60, none fits")
    assert told.number.startswith("If I² was worked out from Q, no studies entered both")
    assert "which is not the number" in told.number
    assert "For cytokine release syndrome, any grade just 14 or 15 fits." in told.each


def test_effective_sizes_and_the_split_are_those_of_the_tables(book: Book) -> None:
    told = forensic_sentences(book)
    for row in precision(book).to_dict("records"):
        label = row["outcome"] if row["outcome"][1].isupper() else (
            row["outcome"][0].lower() + row["outcome"][1:]
        )  # fmt: skip
        sizes = f"({row['n_low']:.0f} to {row['n_high']:.0f}, given the rounding)"
        assert f"{row['n']:.0f} patients for {label} {sizes}" in told.sizes
    (own,) = re.findall(r"counts 88 autologous patients.*?if (\d+) of the (\d+)", told.composition)
    cohorts = book.eligible()
    known = int(cohorts["n_autologous"].sum())
    unsplit = int(cohorts.loc[cohorts["n_autologous"].isna(), "n_infused"].sum())
    assert tuple(map(int, own)) == (88 - known, unsplit)
    assert f"there would be {known + unsplit}." in told.composition
