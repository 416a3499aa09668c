"""What a stranger hands to ``new-review`` is shown as it stands, or refused with its place.

Never a traceback, never half a folder.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from reviewbook.evidence.evidence import EvidenceError
from reviewbook.pooling.study_book import open_studies
from reviewbook.review.project import ProjectError
from reviewbook.site.new_review import folder as new_folder
from reviewbook.site.new_review.folder import new_review
from reviewbook.site.new_review.source import slug
from reviewbook.sphinxext.soundness import check_book

HEAD = "study,events,total\n"
SOUND = "study,events,total,place\nA,3,9,x\nB,4,10,x\nC,5,11,z\n"
LITERAL = (
    "../x", "a < b > c", "{\\bf x}", "{eval}`1+1`", "{{ 7*7 }}", "{% for x in y %}", ":::{note}",
    "$x$ % \\ & # _ ~ ^ |", "*b* [l](u) ![i](y)", "CON", "..", "yes: no # c", "°C ≥ µ 😀", "复发",
    "x" * 400,
)  # fmt: skip
"""Texts that mean something in Markdown, MyST, TeX, YAML, Jinja or to a file system."""
REFUSED = {
    "=cmd|' /C calc'!A0": "text that a spreadsheet does not run as a formula",
    "+1+1": "text that a spreadsheet does not run as a formula",
    "@x": "text that a spreadsheet does not run as a formula",
    "<script>alert(1)</script>": "text without markup or characters that cannot be seen",
    "[l](javascript:alert(1))": "text without markup or characters that cannot be seen",
    "a\u202eb": "text without markup or characters that cannot be seen",
    "a\u2028b": "text without markup or characters that cannot be seen",
    "a\ue000b\ue001": "text without markup or characters that cannot be seen",
    "a\x07b": "text without markup or characters that cannot be seen",
    "a\nb": "no line break in a cell",
    " a": "no blanks at the ends of a cell",
}


@pytest.fixture(autouse=True)
def without_libraries(monkeypatch: pytest.MonkeyPatch) -> None:
    """A book that is only looked at needs no copy of the libraries."""
    monkeypatch.setattr(new_folder, "LIBRARIES", ())


def quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def write(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return path


def refused(folder: Path, table: str | bytes, printed: str | None = None, **named: str) -> str:
    """Return why a book is refused; nothing is left of it."""
    given = {"t.csv": write(folder / "t.csv", table)}
    if printed is not None:
        given["p.csv"] = write(folder / "p.csv", printed)
    with pytest.raises((EvidenceError, ProjectError)) as caught:
        new_review(folder / "book", given["t.csv"], printed=given.get("p.csv"), **named)
    assert sorted(path.name for path in folder.iterdir()) == sorted(given)
    return str(caught.value)


def test_text_that_means_something_elsewhere_is_text(tmp_path: Path) -> None:
    """In each place that holds text: studies, groups, a heading, an outcome, titles, sources."""
    rows = [f"{quoted(text)},Any,3,9,{quoted(text)}" for text in LITERAL]
    table = f"study,outcome,events,total,{quoted('{{ 7 }} % $x$')}\n" + "\n".join(rows) + "\n"
    write(tmp_path / "t.csv", table)
    write(tmp_path / "p.csv", f"outcome,estimate,source\nAny,40,{quoted(LITERAL[4])}\n")
    for i, text in enumerate(LITERAL[:10]):
        root = new_review(
            tmp_path / str(i), tmp_path / "t.csv", printed=tmp_path / "p.csv",
            title=text, author=text,
        ).review.root  # fmt: skip
        check_book(root)
        book = open_studies(root)
        assert book.names == list(LITERAL)
        assert (book.review.title, book.review.authors) == (text, (text,))
        page = (root / "index.md").read_text(encoding="utf-8")
        assert f"# {new_folder.words.escape(text)}\n" in page
        assert "{eval}`1+1`" not in page.partition("\n# ")[2]


@pytest.mark.parametrize("column", ["study", "outcome", "place"])
def test_cells_that_would_run_or_cannot_be_seen(column: str, tmp_path: Path) -> None:
    lines = []
    for i, text in enumerate(REFUSED):
        row = {"study": f"S{i}", "outcome": "Any", "events": "3", "total": "9", "place": "x"}
        lines.append(",".join((row | {column: quoted(text)}).values()))
    told = refused(tmp_path, "study,outcome,events,total,place\n" + "\n".join(lines) + "\n")
    for text, expected in REFUSED.items():
        place = rf"t.csv, line \d+, column {column}: found {re.escape(repr(text))}"
        assert re.search(f"{place}; expected {expected}", told), text


def test_published_sources_are_cells_as_well(tmp_path: Path) -> None:
    text = "<script>alert(1)</script>"
    told = refused(tmp_path, SOUND, f"outcome,estimate,source\nOutcome,40,{text}\n")
    assert f"p.csv, line 2, column source: found {text!r}; expected text without markup" in told


@pytest.mark.parametrize("text", [text for text in REFUSED if text.strip() == text])
def test_headings_are_held_to_the_same(text: str, tmp_path: Path) -> None:
    told = refused(tmp_path, f"study,events,total,{quoted(text)}\nA,3,9,x\nB,4,10,x\nC,1,3,y\n")
    assert f"t.csv, line 1: found the heading {text!a}; expected {REFUSED[text]}" in told


@pytest.mark.parametrize(
    ("head", "message"),
    [
        ("study,events,total,", None),
        ("study,events,total, ", "t.csv, line 1: found no heading of column 4; expected a name"),
        ("study,events,total,Events", "found the heading 'Events'; expected headings that do not"),
        ("study,events,total,Place\u00a0a,place a", "found the heading 'place a'; expected headi"),
        ("study,events,total,place,place", "column place: found the column 2 times; expected it"),
    ],
)
def test_each_column_has_a_name_of_its_own(head: str, message: str | None, tmp_path: Path) -> None:
    more = head.count(",") - 2
    body = "".join(f"{one},3,9{',x' * more}\n" for one in "ABC")
    told = refused(tmp_path, f"{head}\n{body}")
    assert (message or "t.csv, line 1: found no heading of column 4; expected a name") in told


def test_blanks_around_headings_do_not_matter(tmp_path: Path) -> None:
    write(tmp_path / "t.csv", "Study , EVENTS, Total,\tPlace \nA,3,9,x\nB,4,10,x\nC,1,3,y\n")
    book = new_review(tmp_path / "book", tmp_path / "t.csv")
    assert list(book.review.groups) == ["place"]
    assert book.select("outcome").events.tolist() == [3, 4, 1]


@pytest.mark.parametrize("cell", ["-3", "9" * 40, "nan", "inf", "1e3", "2.5", "003", "٣", "0x3"])
def test_counts_are_whole_numbers(cell: str, tmp_path: Path) -> None:
    for row, column in ((f"A,{cell},9", "events"), (f"A,3,{cell}", "total")):
        told = refused(tmp_path, f"{HEAD}{row}\nB,4,10\n")
        assert f"t.csv, line 2, column {column}: found '{cell}'; expected a" in told
    told = refused(
        tmp_path, SOUND, f"outcome,estimate,low,high,digits,source\nOutcome,40,{cell},50,{cell},x\n"
    )
    assert f"p.csv, line 2, column digits: found '{cell}'; expected a" in told


@pytest.mark.parametrize("option", ["title", "author", "outcome"])
@pytest.mark.parametrize("text", ["a\u202eb", "a\nb", "a\x00b", "=1+1", "a\ue001b"])
def test_words_of_the_command_line(option: str, text: str, tmp_path: Path) -> None:
    told = refused(tmp_path, SOUND, **{option: text})
    place = {"title": "title", "author": "authors[0]", "outcome": "outcomes[0].label"}[option]
    assert f"review.toml: {place}: expected " in told
    assert "expected a list that is not empty" not in told


def test_a_long_name_makes_a_short_file(tmp_path: Path) -> None:
    write(tmp_path / "t.csv", "study,outcome,events,total\n" + "".join(
        f"{study},{'never ending ' * 40}{end},3,9\n" for end in ("a", "b") for study in "ABC"
    ))  # fmt: skip
    book = new_review(tmp_path / "book", tmp_path / "t.csv", title="t" * 900)
    check_book(book.review.root)
    first, second = (one.id for one in book.review.outcomes)
    assert second == f"{first}_2"
    assert len(first) <= 60
    assert first.endswith("never")
    assert slug("w" * 300, "outcome") == "w" * 60


def test_names_that_differ_in_signs_alone_are_two_pages(tmp_path: Path) -> None:
    names = ("Death!", "Death?", "aux", "con", "a b", "a-b", "a/b", "..")
    write(tmp_path / "t.csv", "study,outcome,events,total\n" + "".join(
        f"{study},{name},3,9\n" for name in names for study in "AB"
    ))  # fmt: skip
    book = new_review(tmp_path / "book", tmp_path / "t.csv")
    pages = [
        one.page for one in map(book.review.study_outcome, (o.id for o in book.review.outcomes))
    ]
    assert len({page.casefold() for page in pages}) == len(names)
    assert all((book.review.root / "chapters" / f"{page}.md").is_file() for page in pages)
    check_book(book.review.root)


Change = Callable[[bytes], bytes]
BOM = b"\xef\xbb\xbf"


def put(old: str, new: str) -> Change:
    def change(content: bytes) -> bytes:
        assert old.encode() in content, old
        return content.replace(old.encode(), new.encode(), 1)

    return change


def add(text: str | bytes) -> Change:
    return lambda content: content + (text if isinstance(text, bytes) else text.encode())


LABEL = 'label = "Outcome"'
EVERY = 'label = "Every row of the table"'
SETTINGS: dict[str, tuple[Change, str]] = {
    "mark": (lambda content: BOM + content, "review.toml, line 1: found a byte order mark; expe"),
    "empty": (lambda content: b"", "review.toml: analysis: missing setting primary_set"),
    "key twice": (add('\n[words]\nstudy = "x"\n'), "not valid TOML: Cannot declare ('words',) tw"),
    "title": (put('title = "Book"', "title = 3"), "title: expected text, found 3"),
    "no title": (put('title = "Book"', 'title = " "'), "title: expected a name, found ' '"),
    "table": (put('"studies.csv"', '"../x.csv"'), "table: expected the name of a CSV file in da"),
    "no table": (put('"studies.csv"', '"nope.csv"'), "nope.csv: found no such file; expected the"),
    "printed": (put('printed = ""', 'printed = "/etc/x"'), "printed: expected the name of a CSV"),
    "address": (put('base_url = ""', 'base_url = "javascript:x"'), "base_url: expected an addres"),
    "set": (put('set = "all"', 'set = "al"'), "analysis.primary_set: expected one of all; found"),
    "scale": (put('scale = "raw"', 'scale = "q"'), "recipes.raw: scale must be one of 'raw', "),
    "level": (put('"GLMM"\n', '"GLMM"\nlevel = nan\n'), "recipes.glmm.level: expected a number"),
    "least": (put(EVERY, f"{EVERY}\nleast_total = -1"), "sets.all.least_total: expected greater"),
    "none": (put(EVERY, f"{EVERY}\nleast_total = 99"), "no study of the set “Every row of the t"),
    "without": (put(EVERY, f'{EVERY}\nwithout = ["Z"]'), "found 'Z'; expected a study of studies"),
    "only": (put(EVERY, f'{EVERY}\nonly = {{ place = ["q"] }}'), "found 'q'; expected a value of"),
    "set label": (put(EVERY, 'label = ""'), "sets.all.label: expected a name, found ''"),
    "recipe": (put('"Logit, D', '"a\\nb'), "recipes.logit.label: expected a name, found 'a\\nb"),
    "group": (put('title = "Place"', 'title = ""'), "groups.place.title: expected a name, found"),
    "id": (put('id = "outcome"', 'id = "Out"'), "outcomes[0].id: expected lower_snake_case of"),
    "long id": (put('id = "outcome"', f'id = "{"o" * 81}"'), "outcomes[0].id: expected lower_sna"),
    "chapter": (put(LABEL, f'{LABEL}\nchapter = "../x"'), "outcomes[0].chapter: expected the nam"),
    "unknown": (put(LABEL, f"{LABEL}\nfoo = 1"), "review.toml: outcomes[0]: unknown setting foo"),
    "turn": (put(LABEL, 'label = "a\\u202eb"'), "outcomes[0].label: expected a text without char"),
    "word": (put('"patient"', '"{eval}`1`"'), "words.person: expected words on one line, no bac"),
    "no word": (put('"patient"', '""'), "words.person: expected words on one line, no backtick"),
}


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A book whose files a test changes and puts back."""
    place = tmp_path_factory.mktemp("sound")
    write(place / "t.csv", SOUND)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(new_folder, "LIBRARIES", ())
        return new_review(place / "book", place / "t.csv").review.root


def wrong(root: Path, file: str, change: Change) -> str:
    """Return what is said of a book with a changed file; "" when nothing is."""
    path = root / file
    before = path.read_bytes()
    path.write_bytes(change(before))
    try:
        open_studies(root)
        check_book(root)
    except (ValueError, new_folder.SiteError) as error:  # as commands take them for messages
        return str(error)
    finally:
        path.write_bytes(before)
    return ""


@pytest.mark.parametrize("name", SETTINGS)
def test_settings_are_refused_with_their_place(name: str, sound: Path) -> None:
    change, message = SETTINGS[name]
    assert message in wrong(sound, "data/review.toml", change)


LATIN = b"\n# \xf6\n"
FILES: dict[str, tuple[str, Change, str]] = {
    "settings": ("data/review.toml", add(LATIN), "found the byte 0xf6 (Latin-1 or Windows text?)"),
    "search": ("data/search.toml", add(LATIN), "search.toml, line 6: found the byte 0xf6"),
    "search mark": ("data/search.toml", lambda c: BOM + c, "search.toml, line 1: found a byte ord"),
    "search form": ("data/search.toml", add("\n="), "search.toml: not valid TOML"),
    "search page": ("data/search.toml", put("ers/table", "ers/nope"), "search.toml: cohorts: expe"),
    "search key": ("data/search.toml", add("\nx = 1"), "expected some of same, cohorts, called"),
    "works": ("data/references.bib", add(b"\n@book{b, title={\xf6}}"), "found the byte 0xf6; exp"),
    "work": ("data/references.bib", add("\n@misc{x, title={a"), "expected entries that BibTeX can"),
    "same work": ("data/references.bib", add("\n@misc{wilson_1927, title={a}}"), "each key once"),
    "script": (
        "data/references.bib",
        add("\n@misc{x, author={X}, title={a}, year=2000, url={javascript:alert(1)}}"),
        "url of x: 'javascript:alert(1)'; expected a web address",
    ),
    "unseen": (
        "data/references.bib",
        add("\n@misc{x, author={X}, title={a\u202eb}, year=2000}"),
        "found '\\u202e'; expected text without characters that cannot be seen",
    ),
    "null": (
        "data/references.bib",
        add("\n@misc{x, author={X}, title={a\x00b}, year=2000}"),
        "found '\\x00'; expected text without characters that cannot be seen",
    ),
    "command": (
        "data/references.bib",
        add("\n@misc{x, author={X}, title={\\input{/etc/passwd}}, year=2000}"),
        "x: expected text without \\input, which is no letter",
    ),
    "contents": ("_toc.yml", add(LATIN), "_toc.yml: 'utf-8' codec can't decode byte 0xf6"),
    "pages alike": ("_toc.yml", add("      - file: chapters/Methods\n"), "would share one noteb"),
    "configuration": ("_config.yml", add("\n\t- x: ["), "_config.yml: expected YAML in UTF"),
    "configuration form": ("_config.yml", lambda c: b"- a", "_config.yml: expected a table, fou"),
    "configuration part": (
        "_config.yml", put("repository:\n", "repository: 3\nother:\n"),
        "_config.yml: repository: expected a table, found 3",
    ),
    "no contents": ("_toc.yml", lambda content: b"", "_toc.yml: toc is not a mapping"),
    "above": ("_toc.yml", put("chapters/methods", "../methods"), "expected files of the book, fou"),
    "page twice": ("_toc.yml", add("      - file: chapters/methods\n"), "used multiple times"),
    "no table": ("data/studies.csv", lambda content: b"", "studies.csv: found an empty file"),
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_other_files_are_refused_with_their_place(name: str, sound: Path) -> None:
    file, change, message = FILES[name]
    assert message in wrong(sound, file, change)


def test_braces_and_markup_of_a_bibliography_are_text(sound: Path) -> None:
    title = "{<script>alert(1)</script> {{7*7}} {eval}`x` $a$}"
    entry = f"\n@misc{{x_y, author={{X}}, title={title}, year=2000}}"
    assert wrong(sound, "data/references.bib", add(entry)) == ""
