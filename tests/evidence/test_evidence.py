"""The evidence is what its data package says; anything else is named by file, line and column."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import frictionless
import pandas as pd
import pytest

from review_copy import ReviewCopy
from reviewbook import EvidenceError
from reviewbook.book import Book
from reviewbook.evidence.evidence import SOUND, digest, load_evidence
from reviewbook.review.project import load_review


def problems(copy: ReviewCopy) -> list[str]:
    with pytest.raises(EvidenceError) as caught:
        load_evidence(load_review(copy.root))
    assert isinstance(caught.value, ValueError)
    found = [str(problem) for problem in caught.value.problems]
    assert str(caught.value).startswith(f"{len(found)} problem")
    assert all(text in str(caught.value) for text in found)
    return found


def test_the_data_package_is_valid_for_the_reference_implementation(root: Path) -> None:
    report = frictionless.validate(str(root / "data" / "datapackage.json"))
    assert report.valid, report.flatten(["rowNumber", "fieldName", "note"])


def test_every_table_of_the_folder_is_in_the_data_package(root: Path) -> None:
    package = json.loads((root / "data" / "datapackage.json").read_text(encoding="utf-8"))
    listed = {resource["path"] for resource in package["resources"]}
    found = {path.name for path in (root / "data").glob("*.csv")} - {"article_study_table.csv"}
    assert found == listed


def test_every_column_has_title_description_and_unit(root: Path) -> None:
    package = json.loads((root / "data" / "datapackage.json").read_text(encoding="utf-8"))
    assert [item["name"] for item in package["licenses"]] == ["CC-BY-4.0"]
    assert [item["title"] for item in package["contributors"]] == ["The contributors to this book"]
    assert package["sources"]
    bare = [
        (resource["name"], field["name"])
        for resource in package["resources"]
        for field in resource["schema"]["fields"]
        if not (field.get("title") and len(field.get("description", "")) > 15 and field.get("unit"))
    ]
    assert bare == []


def test_frames_hold_every_row_and_cell_of_the_files(root: Path, book: Book) -> None:
    for resource in book.evidence.package["resources"]:
        with (root / "data" / resource["path"]).open(encoding="utf-8", newline="") as file:
            head, *rows = csv.reader(file)
        frame = book.evidence.frames()[resource["name"]]
        assert list(frame.columns) == head
        assert len(frame) == len(rows)
        for name, dtype in frame.dtypes.items():
            column = [row[head.index(str(name))] for row in rows]
            if dtype == "Int64":
                expected = [int(cell) if cell else None for cell in column]
            elif dtype == "Float64":
                expected = [float(cell) if cell else None for cell in column]
            elif dtype == "bool":
                expected = [{"yes": True, "no": False}[cell] for cell in column]
            else:
                expected = column
            values = [None if pd.isna(value) else value for value in frame[name]]
            assert values == expected, (resource["name"], name)


def test_empty_cells_are_never_zero(book: Book) -> None:
    unsplit = book.evidence.cohorts.set_index("cohort_id").loc["ns7car_zhangx2023"]
    assert pd.isna(unsplit["n_autologous"])
    assert pd.isna(unsplit["n_donor"])


@pytest.mark.parametrize(
    ("line", "cells", "message"),
    [
        (3, {"events": "x7"}, "column events: found 'x7'; expected a whole number, at least 0"),
        (3, {"events": "7.0"}, "column events: found '7.0'; expected a whole number, at least 0"),
        (3, {"events": "-1"}, "column events: found '-1'; expected a whole number, at least 0"),
        (3, {"total": "0"}, "column total: found '0'; expected a whole number, at least 1"),
        (3, {"events": "07"}, "column events: found '07'; expected a whole number, at least 0"),
        (3, {"events": "٧"}, "column events: found '٧'; expected a whole number, at least 0"),
        (3, {"events": "9" * 5000}, "column events: found '999"),
        (3, {"notes": 'a "stray'}, "column notes: found 'a \"stray'; expected quotation marks in"),
        (3, {"events": ""}, "column events: found an empty cell; expected a whole number"),
        (3, {"events": "NR"}, "column events: found 'NR'; expected a cell left empty where"),
        (3, {"notes": "n/a"}, "column notes: found 'n/a'; expected a cell left empty where"),
        (3, {"locator": " x"}, "column locator: found ' x'; expected no blanks at the ends"),
        (3, {"status": "guessed"}, "column status: found 'guessed'; expected one of reported, der"),
        (3, {"preferred": "maybe"}, "column preferred: found 'maybe'; expected one of yes, no"),
        (3, {"cohort_id": "nobody"}, "column cohort_id: found 'nobody'; expected a cohort_id of "),
        (3, {"report_id": "no_1999"}, "column report_id: found 'no_1999'; expected a report_id of"),
        (3, {"source_url": "x.org"}, "column source_url: found 'x.org'; expected a web address"),
        (3, {"notes": "two\nlines"}, "column notes: found 'two\\nlines'; expected no line break"),
    ],
    ids=lambda value: "+".join(value) if isinstance(value, dict) else None,
)
def test_names_the_cell_of_outcomes(
    copy: ReviewCopy, line: int, cells: dict[str, str], message: str
) -> None:
    copy.put("outcomes.csv", line, **cells)
    assert any(text.startswith(f"outcomes.csv, line {line}, {message}") for text in problems(copy))


def test_events_beyond_the_total(copy: ReviewCopy) -> None:
    line = copy.line_of(
        "outcomes.csv", report_id="oh_2024", outcome="complete_remission", preferred="yes"
    )
    copy.put("outcomes.csv", line, events="18")
    assert (
        f"outcomes.csv, line {line}, column events: found '18'; expected at most the total, 17"
        in problems(copy)
    )


def test_a_second_preferred_row(copy: ReviewCopy) -> None:
    first = copy.line_of("outcomes.csv", report_id="pan_2021", outcome="complete_remission",
                         status="reported")  # fmt: skip
    line = copy.line_of("outcomes.csv", report_id="tan_2023", outcome="complete_remission")
    copy.put("outcomes.csv", line, preferred="yes")
    assert problems(copy) == [
        f"outcomes.csv, line {line}, column preferred: found 'yes'; expected exactly one preferred "
        f"row for boren_donor_phase1, complete_remission; line {first} is preferred too"
    ]


def test_no_preferred_row(copy: ReviewCopy) -> None:
    line = copy.line_of("outcomes.csv", report_id="li_2023", outcome="complete_remission")
    copy.put("outcomes.csv", line, preferred="no")
    assert problems(copy) == [
        f"outcomes.csv, line {line}, column preferred: found none among the rows on line {line}; "
        "expected exactly one preferred row for gc027_leukemia12, complete_remission"
    ]


def test_a_missing_column(copy: ReviewCopy) -> None:
    rows = copy.rows("outcomes.csv")
    at = rows[0].index("total")
    copy.write("outcomes.csv", [row[:at] + row[at + 1 :] for row in rows])
    assert problems(copy)[0].startswith(
        "outcomes.csv, line 1, column total: found no such column; expected the columns report_id"
    )


def test_an_extra_column(copy: ReviewCopy) -> None:
    rows = copy.rows("cohorts.csv")
    copy.write("cohorts.csv", [[*row, "x"] if i else [*row, "mood"] for i, row in enumerate(rows)])
    assert problems(copy)[0].startswith(
        "cohorts.csv, line 1, column mood: found an unknown column 'mood'; expected only the col"
    )


def test_columns_in_another_order(copy: ReviewCopy) -> None:
    copy.write("claims.csv", [[row[1], row[0], *row[2:]] for row in copy.rows("claims.csv")])
    assert problems(copy)[0].startswith(
        "claims.csv, line 1: found the columns in another order; expected claim_id, claim, topic"
    )


def test_a_wrong_number_of_cells(copy: ReviewCopy) -> None:
    path = copy.data / "claims.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    lines[4] += ",one,two"
    path.write_text("\n".join([*lines, "", "x"]) + "\n", encoding="utf-8")
    found = problems(copy)
    last = len(lines)
    assert (
        "claims.csv, line 5: found 11 cells; expected 9 cells "
        "(a cell that holds a comma stands in quotation marks)"
    ) in found
    assert f"claims.csv, line {last + 1}: found a blank line; expected 9 cells" in found
    assert f"claims.csv, line {last + 2}: found 1 cells; expected 9 cells" in found


def test_lines_are_counted_as_an_editor_does(copy: ReviewCopy) -> None:
    """A cell with a line break moves every later row down by one line of the file."""
    rows = copy.rows("outcomes.csv")
    rows[1][rows[0].index("notes")] = "two\nlines"
    rows[2][rows[0].index("events")] = "many"
    copy.write("outcomes.csv", rows)
    found = problems(copy)
    assert found[0].startswith("outcomes.csv, line 2, column notes")
    assert found[1].startswith("outcomes.csv, line 4, column events: found 'many'")


def test_a_row_that_is_gone_is_missed_by_tables_that_stayed_the_same(copy: ReviewCopy) -> None:
    copy.book()
    head, *rows = copy.rows("reports.csv")
    copy.write("reports.csv", [head, *(row for row in rows if row[0] != "li_2023")])
    missed = [text for text in problems(copy) if text.startswith("outcomes.csv")]
    assert missed
    assert "column report_id: found 'li_2023'; expected a report_id of reports.csv" in missed[0]


def test_a_repeated_key(copy: ReviewCopy) -> None:
    rows = copy.rows("cohorts.csv")
    copy.write("cohorts.csv", [*rows, rows[1]])
    assert any(
        text.startswith(
            f"cohorts.csv, line {len(rows) + 1}, column cohort_id: found '{rows[1][0]}'; "
            "expected each cohort_id once (also on line 2)"
        )
        for text in problems(copy)
    )


def test_a_repeated_row_of_counts(copy: ReviewCopy) -> None:
    rows = copy.rows("outcomes.csv")
    copy.write("outcomes.csv", [*rows, rows[1]])
    assert any(
        text.startswith(f"outcomes.csv, line {len(rows) + 1}: found '")
        and "once (also on line 2)" in text
        for text in problems(copy)
    )


def test_a_doi_that_looks_like_another(copy: ReviewCopy) -> None:
    doi = copy.rows("reports.csv")[1][9]
    copy.put("reports.csv", 3, doi=f"{doi[:9]}\u200b{doi[9:]}")
    found = [text for text in problems(copy) if "line 3, column doi" in text]
    assert f"it looks like '{doi}' on line 2" in found[0]
    assert "\\u200b" in found[0]


def test_a_cell_is_reported_once(copy: ReviewCopy) -> None:
    """A wrong cell is not called empty, missing or too small by another rule."""
    line = copy.line_of("outcomes.csv", report_id="xiao_2025", outcome="crs_grade3plus")
    copy.put("outcomes.csv", line, derivation="n/a", report_id="NR", total="12.0")
    found = [text.partition(";")[0] for text in problems(copy)]
    assert found == [
        f"outcomes.csv, line {line}, column report_id: found 'NR'",
        f"outcomes.csv, line {line}, column total: found '12.0'",
        f"outcomes.csv, line {line}, column derivation: found 'n/a'",
    ]


@pytest.mark.parametrize(("separator", "name"), [(";", "semicolons"), ("\t", "tabs")])
def test_another_separator(copy: ReviewCopy, separator: str, name: str) -> None:
    path = copy.data / "claims.csv"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(",", separator), encoding="utf-8")
    assert [t for t in problems(copy) if t.startswith("claims.csv")] == [
        f"claims.csv, line 1: found cells separated by {name}; "
        "expected a header with commas between the columns"
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            b"PK\x03\x04\x14\x00rest",
            "found a workbook such as Excel writes (.xlsx, .xls, .ods); "
            "expected text: in the spreadsheet, save the sheet as CSV UTF-8",
        ),
        (b"", "found an empty file; expected a header row and at least one row"),
        (b"\n \n", "found an empty file; expected a header row and at least one row"),
    ],
    ids=["a workbook", "no bytes", "blank"],
)
def test_an_empty_file(copy: ReviewCopy, content: bytes, message: str) -> None:
    (copy.data / "survival.csv").write_bytes(content)
    assert problems(copy) == [f"survival.csv: {message}"]


def test_a_header_alone(copy: ReviewCopy) -> None:
    copy.write("survival.csv", copy.rows("survival.csv")[:1])
    assert problems(copy) == [
        "survival.csv, line 1: found no rows; expected at least one row below the header"
    ]


def test_a_missing_file(copy: ReviewCopy) -> None:
    (copy.data / "survival.csv").unlink()
    assert problems(copy) == [
        "survival.csv: found no such file; expected the table survival.csv in the folder data"
    ]


@pytest.mark.parametrize(
    ("encoding", "message"),
    [
        ("latin-1", "found the byte 0xe9 (Latin-1 or Windows text?); expected UTF-8"),
        ("utf-16", "found UTF-16 text or NUL bytes; expected UTF-8 without a byte order mark"),
        ("utf-16-le", "found UTF-16 text or NUL bytes; expected UTF-8 without a byte order mark"),
        ("utf-8-sig", "found a byte order mark; expected UTF-8 without a byte order mark"),
    ],
)
def test_another_encoding(copy: ReviewCopy, encoding: str, message: str) -> None:
    line = copy.put("reports.csv", 4, first_author="Béla") if encoding == "latin-1" else 1
    text = (copy.data / "reports.csv").read_text(encoding="utf-8")
    (copy.data / "reports.csv").write_bytes(text.encode(encoding))
    assert f"reports.csv, line {line}: {message}" in problems(copy)


def test_broken_quoting(copy: ReviewCopy) -> None:
    path = copy.data / "claims.csv"
    path.write_text(path.read_text(encoding="utf-8") + 'x,"never closed\n', encoding="utf-8")
    assert "found broken quoting" in problems(copy)[0]


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        ("2024/05/01", "a date as YYYY, YYYY-MM or YYYY-MM-DD"),
        ("2024-13", "a date as YYYY, YYYY-MM or YYYY-MM-DD"),
        ("1 May 2024", "a date as YYYY, YYYY-MM or YYYY-MM-DD"),
        ("2024-02-30", "a day of the calendar"),
    ],
)
def test_a_bad_date(copy: ReviewCopy, date: str, expected: str) -> None:
    line = copy.line_of("reports.csv", report_id="oh_2024")
    copy.put("reports.csv", line, publication_date=date)
    assert (
        f"reports.csv, line {line}, column publication_date: found '{date}'; expected {expected}"
        in problems(copy)
    )


@pytest.mark.parametrize("doi", ["doi:10.1/x", "https://doi.org/10.1038/x", "10.12/short"])
def test_a_bad_doi(copy: ReviewCopy, doi: str) -> None:
    line = copy.line_of("reports.csv", report_id="oh_2024")
    copy.put("reports.csv", line, doi=doi)
    assert any(
        text.startswith(f"reports.csv, line {line}, column doi: found '{doi}'; expected a DOI")
        for text in problems(copy)
    )


def test_one_doi_for_two_reports(copy: ReviewCopy) -> None:
    copy.put("reports.csv", 3, doi=copy.rows("reports.csv")[1][9].upper())
    assert any(
        "reports.csv, line 3, column doi" in text and "each doi once (also on line 2)" in text
        for text in problems(copy)
    )


@pytest.mark.parametrize("item", ["13g", "28", "13 a", "013"])
def test_an_item_that_the_checklist_has_not(copy: ReviewCopy, item: str) -> None:
    copy.put("prisma_checklist.csv", 3, item=item)
    assert (
        f"prisma_checklist.csv, line 3, column item: found '{item}'; "
        "expected an item of the checklist, such as 5 or 13a"
    ) in problems(copy)


def test_a_missing_bibliography_entry(copy: ReviewCopy) -> None:
    copy.replace("references.bib", "@article{oh_2024,", "@article{oh_2042,")
    line = copy.line_of("reports.csv", report_id="oh_2024")
    assert problems(copy) == [
        f"reports.csv, line {line}, column report_id: found 'oh_2024'; "
        "expected an entry with this key in references.bib"
    ]


def test_bibliography_faults(copy: ReviewCopy) -> None:
    path = copy.data / "references.bib"
    path.write_text(path.read_text(encoding="utf-8") + "@article{oh_2024,\n{\n", encoding="utf-8")
    found = problems(copy)
    assert "references.bib: found 'oh_2024'; expected each key once" in found
    assert any("found '}' expected; expected entries that BibTeX can read" in t for t in found)
    path.unlink()
    assert problems(copy) == ["references.bib: found no such file; expected a BibTeX file"]


@pytest.mark.parametrize(
    ("added", "message"),
    [
        ("@article{Oh2024, title = {x}}", ": found 'Oh2024'; expected a key in lower_snake_case"),
        ("@article{, title = {x}}", "expected entries that BibTeX can read"),
        ("@article{x_1, title = {x}, title = {y}}", "found entry with key x_1 has a duplicate"),
    ],
)
def test_an_entry_that_cannot_be_cited(copy: ReviewCopy, added: str, message: str) -> None:
    path = copy.data / "references.bib"
    path.write_text(path.read_text(encoding="utf-8") + added, encoding="utf-8")
    assert any(message in text for text in problems(copy))


def test_the_article_must_be_in_the_bibliography(copy: ReviewCopy) -> None:
    copy.replace("review.toml", 'key = "liu_2025_target"', 'key = "liu_2052"')
    assert problems(copy) == [
        "review.toml, setting article.key: found 'liu_2052'; "
        "expected an entry with this key in references.bib"
    ]


def test_all_problems_are_reported_at_once(copy: ReviewCopy) -> None:
    copy.put("outcomes.csv", 5, status="rumour")
    copy.put("cohorts.csv", 6, gene_edited="perhaps")
    copy.put("claims.csv", 2, unit="dozens")
    (copy.data / "survival.csv").unlink()
    found = problems(copy)
    for start in ("claims.csv, line 2", "cohorts.csv, line 6", "outcomes.csv, line 5", "survival"):
        assert any(text.startswith(start) for text in found), (start, found)


def test_the_descriptor_itself(copy: ReviewCopy) -> None:
    path = copy.data / "datapackage.json"
    path.write_text("{\n\n,}", encoding="utf-8")
    assert problems(copy)[0].startswith("datapackage.json, line 3: found ")
    claims = '{"name": "claims", "path": "claims.csv", "schema": {"fields": [{"name": "id"}]}}'
    path.write_text(f'{{"resources": [{claims}]}}', encoding="utf-8")
    assert problems(copy)[0] == (
        "datapackage.json, setting resources: found ['claims']; expected a resource cohorts"
    )
    path.unlink()
    assert problems(copy)[0].startswith("datapackage.json: found no such file")


def test_chapters_do_not_check_again_what_a_build_has_checked(
    copy: ReviewCopy, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy.put("outcomes.csv", 3, status="guessed")
    review = load_review(copy.root)
    monkeypatch.setenv(SOUND, digest(copy.data))
    assert load_evidence(review).outcomes["status"][1] == "guessed"
    with pytest.raises(EvidenceError, match="found 'guessed'"):
        load_evidence(review, check=True)
    copy.put("outcomes.csv", 4, status="rumoured")
    with pytest.raises(EvidenceError, match="found 'rumoured'"):
        load_evidence(review)


def test_the_checks_give_the_frames_that_reading_gives(book: Book) -> None:
    checked, read = (load_evidence(book.review, check=check).frames() for check in (True, False))
    for name, frame in checked.items():
        pd.testing.assert_frame_equal(frame, read[name])


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("[parts.n_universal]", "[parts.n_universe]", "setting parts: found 'n_universe'; expecte"),
        ('country = "Country"', 'land = "Country"', "characteristics: found 'land'; expected a"),
        ('parts_by = "cell_source"', 'parts_by = "cells"', "setting checks.parts_by: found 'cell"),
        ('in_set_all = ""', 'in_set = ""', "setting checks.ready_made_sets: found 'in_set'; expec"),
        ('"reported only" = ["reported"]', '"reported only" = ["printed"]',
         "setting multiverse.statuses.reported only: found 'printed'; expected one of reported, d"),
        ('"reported counts only" = { statuses = ["reported"]',
         '"reported counts only" = { populations = ["all"]',
         "setting variants.reported counts only.populations: found 'all'; expected one of infused"),
    ],
    ids=["part", "characteristic", "column of parts", "ready-made set", "status", "population"],
)  # fmt: skip
def test_settings_name_columns_and_words_of_the_tables(
    copy: ReviewCopy, old: str, new: str, message: str
) -> None:
    copy.replace("review.toml", old, new)
    assert any(text.startswith("review.toml, ") and message in text for text in problems(copy))


def test_a_schema_that_is_none(copy: ReviewCopy) -> None:
    copy.replace("datapackage.json", '"Decimals",\n      "type": "integer"',
                 '"Decimals",\n      "type": "digits"')  # fmt: skip
    expected = ".type: found 'digits'; expected one of string, integer, number, boolean"
    assert problems(copy)[0].startswith("datapackage.json, setting resources[0].schema.fields[")
    assert problems(copy)[0].endswith(expected)
