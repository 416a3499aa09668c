"""The study table of the article, as people type it: read where it has one meaning only."""

from __future__ import annotations

from pathlib import Path

import pytest

from reviewbook.book import Book
from reviewbook.evidence.study_table import read_article_table

HEAD = "study,patients,complete_remission_events,complete_remission_total\n"
TEXT = HEAD + "Béla 2022,20,18,20\nSong 2023,12,7,12\n"


def read(folder: Path, book: Book, content: str | bytes) -> tuple[list[dict], list[str]]:
    path = folder / "article_study_table.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    table, problems = read_article_table(path, book.review)
    return [row.cells for row in table.rows], [str(problem) for problem in problems]


@pytest.mark.parametrize(
    "content",
    [
        TEXT.encode("utf-8-sig"),
        TEXT.encode("utf-16"),
        TEXT.replace("\n", "\r\n"),
        TEXT.replace(",", ";"),
        TEXT.replace(",", "\t"),
        "sep=;\n" + TEXT.replace(",", ";"),
        '"sep=,"\n' + TEXT,
        TEXT + ",,,\n,,,\n",
        TEXT + "\n\n",
        TEXT.replace(",", ";").replace("\n", "\r\n").encode("utf-8-sig") + b";;;\r\n",
        TEXT.replace("\n", "\r"),
        TEXT.replace(",", ";").replace("\n", "\r"),
        TEXT.replace(",", "|"),
        "sep=\t\r\n" + TEXT.replace(",", "\t").replace("\n", "\r\n"),
        TEXT.replace("\n", ",\n"),
        TEXT.replace("\n", ",,,,\n") + ",,,\n",
        "SEP=;\n" + TEXT.replace(",", ";"),
        TEXT + " , ,\t, \n",
        " , , \n" + TEXT.replace("\n", ", ,\u00a0\n"),
    ],
    ids=["BOM", "UTF-16", "CRLF", "semicolons", "tabs", "sep=;", "sep=,", "empty rows at the end",
         "blank lines at the end", "what Excel writes", "CR", "semicolons and CR", "vertical bars",
         "sep= a tab", "an empty column at the end", "many empty columns at the end",
         "SEP=;", "a row of blanks at the end", "blanks before the header and in columns"],
)  # fmt: skip
def test_reads_what_spreadsheets_write(tmp_path: Path, book: Book, content: str | bytes) -> None:
    plain, none = read(tmp_path, book, TEXT)
    assert none == []
    assert plain[0] == {
        "study": "Béla 2022",
        "patients": 20,
        "complete_remission_events": 18,
        "complete_remission_total": 20,
    }
    assert read(tmp_path, book, content) == (plain, [])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (TEXT.encode("latin-1"), ", line 2: found the byte 0xe9 (Latin-1 or Windows text?); exp"),
        (TEXT.encode("utf-16-le"), ", line 1: found UTF-16 text or NUL bytes; expected UTF-8"),
        (TEXT.encode("utf-16")[:-1], ": found broken UTF-16 text; expected UTF-8"),
        (b"PK\x03\x04[Content_Types].xml", ": found a workbook such as Excel writes (.xlsx"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", ": found a workbook such as Excel writes (.xlsx"),
        (HEAD + ",,,\n" + "Song,12,7,12\n", ", line 2: found an empty row; expected a row with"),
        (HEAD + "Song 2023,12,7,5,12\n", "(a cell that holds a comma stands in quotation marks)"),
        ("study:patients\nA:3\n", "line 1, column study: found no such column; expected the col"),
        (TEXT.encode("utf-32"), ", line 1: found UTF-32 text or NUL bytes; expected UTF-8"),
        (b"\xef\xbb\xbf", ": found an empty file; expected a header row and at least one row"),
        ("\n \n".encode("utf-16"), ": found an empty file; expected a header row and at least"),
        (",,,\n,,,\n", ": found nothing but empty cells; expected a header row and at least one"),
        ("sep=;\n", ": found nothing but empty cells; expected a header row and at least one"),
        (TEXT.replace("\n", ",\n") + "Wu,12,7,12,x\n", "line 1: found no heading of column 5;"),
    ],
    ids=["Latin-1", "UTF-16 without its mark", "half a character", "xlsx", "xls",
         "an empty row inside", "a decimal comma", "another separator", "UTF-32", "a mark alone",
         "a mark and blanks", "commas alone", "sep= alone", "a name over no column"],
)  # fmt: skip
def test_names_the_cause(tmp_path: Path, book: Book, content: str | bytes, message: str) -> None:
    assert message in read(tmp_path, book, content)[1][0]


@pytest.mark.parametrize("cell", ["90%", "NA", "18/20", "17.6", "17,6", "-1", "٧", "07", " 7"])
def test_a_wrong_cell_is_reported_once(tmp_path: Path, book: Book, cell: str) -> None:
    text = TEXT.replace(",", ";").replace("18;20", f"{cell};20")
    rows, problems = read(tmp_path, book, text)
    assert len(problems) == 1
    assert f"line 2, column complete_remission_events: found {cell!r}; expected" in problems[0]
    assert "an empty cell" not in problems[0]
    assert "complete_remission_events" not in rows[0]
    assert ("(no comma in a number)" in problems[0]) == ("," in cell)


@pytest.mark.parametrize(
    ("one", "other", "shown"),
    [
        ("M\u00fcller 2021", "Mu\u0308ller 2021", ("M\\xfcller", "Mu\\u0308ller")),
        ("Li 2022", "Li\u00a02022", ("'Li 2022'", "Li\\xa02022")),
        ("Li 2022", "Li  2022", ("'Li 2022'", "'Li  2022'")),
        ("Song 2023", "Song\u200b 2023", ("'Song 2023'", "Song\\u200b 2023")),
        ("Pan-Li 2021", "Pan\u2011Li 2021", ("'Pan-Li 2021'", "Pan\\u2011Li")),
        ("Straße 2021", "STRASSE 2021", ("Stra\\xdfe", "STRASSE")),
    ],
    ids=["Unicode form", "no-break space", "two blanks", "zero width", "dash", "case"],
)
def test_names_that_look_alike_are_one_study(
    tmp_path: Path, book: Book, one: str, other: str, shown: tuple[str, str]
) -> None:
    _, problems = read(tmp_path, book, f"{HEAD}{one},20,8,20\n{other},20,8,20\n")
    assert len(problems) == 1
    assert "line 3, column study" in problems[0]
    assert "it looks like" in problems[0]
    assert all(text in problems[0] for text in shown)


def test_names_that_differ_stay_apart(tmp_path: Path, book: Book) -> None:
    names = ["Li 2022", "Li 2022b", "Li 2021", "Lí 2022", "Müller 2021", "Muller 2021"]
    rows, problems = read(tmp_path, book, HEAD + "".join(f"{name},20,8,20\n" for name in names))
    assert problems == []
    assert [row["study"] for row in rows] == names


def test_blank_lines_before_the_header_keep_their_numbers(tmp_path: Path, book: Book) -> None:
    text = "\n\n" + TEXT.replace(",", ";")
    assert read(tmp_path, book, text) == read(tmp_path, book, TEXT)
    _, (problem,) = read(tmp_path, book, text.replace("18;20", "x;20"))
    assert "line 4, column complete_remission_events: found 'x'" in problem
