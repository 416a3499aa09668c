"""``new-review``: a complete book of somebody else's table, or nothing and the reason."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

import metaprop
from review_copy import ROOT
from reviewbook import words
from reviewbook.evidence.evidence import EvidenceError
from reviewbook.pooling.analysis import proportion
from reviewbook.pooling.study_book import StudyBook
from reviewbook.review.project import ProjectError
from reviewbook.site.new_review.folder import NewReviewError, new_review
from reviewbook.site.new_review.source import slug

OURS = r"CD7|CAR[- ]?T\b|T-ALL|leuk|lymphoma|infus|cohort|GC027|NS7CAR|transplant|CRS|ICANS"
SOURCES = ("*.md", "*.yml", "*.toml", "*.csv", "chapters/*", "data/*", "tests/*", "Makefile")
# Another field, made up: kettles that failed, with a group, a gap, no event and all events.
KETTLES = (
    "\ufeffSeries;Outcome;Events;Total;Country of make;Mean age\n"
    "Alpha;Lid broke;0;12;Norway;3,5\n"
    "Beta & Söhne;Lid broke;5;5;Norway;1,5\n"
    "Gamma;Lid broke;7;40;Chile;2,25\n"
    "Delta *b*;Lid broke;3,0;19;;4\n"
    "Alpha;Leaks at 100 °C;2;12;Norway;3,5\n"
    "Gamma;Leaks at 100 °C;11;40;Chile;2,25\n"
    "Delta *b*;Leaks at 100 °C;;;;4\n"
).replace("Series;", "Study;")
PUBLISHED = "outcome,estimate,low,high,source\nLid broke,27.5,10,55,Kettle weekly\n"
NOUNS = {"study": "series", "studies": "series", "person": "kettle", "people": "kettles"}


@pytest.fixture(scope="module")
def pritz() -> dict:
    path = ROOT / "tests" / "reference" / "reference_cases_open.json"
    cases = json.loads(path.read_text(encoding="utf-8"))["cases"]
    return next(case for case in cases if case["id"] == "pritz1997_proportions")


def table_of(pritz: dict, folder: Path) -> Path:
    data = pritz["data"]
    rows = zip(data["authors"], data["xi"], data["ni"], strict=True)
    path = folder / "pritz.csv"
    lines = ["study,events,total", *(f"{who},{x},{n}" for who, x, n in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def kettles(folder: Path, table: str = KETTLES) -> StudyBook:
    """Write the book of kettles into `folder`, in the words of its field."""
    (folder / "kettles.csv").write_text(table, encoding="utf-8")
    (folder / "published.csv").write_text(PUBLISHED, encoding="utf-8")
    book = new_review(
        folder / "kettle book", folder / "kettles.csv", printed=folder / "published.csv"
    )
    settings = book.review.root / "data" / "review.toml"
    text = settings.read_text(encoding="utf-8")
    for noun, word in NOUNS.items():
        text, changed = re.subn(rf'(?m)^{noun} = ".*"$', f'{noun} = "{word}"', text)
        assert changed == 1
    settings.write_text(text, encoding="utf-8")
    from reviewbook.pooling.study_book import open_studies

    return open_studies(book.review.root)


def test_a_published_review_is_reproduced(pritz: dict, tmp_path: Path) -> None:
    book = new_review(tmp_path / "a book", table_of(pritz, tmp_path), outcome="Improved")
    analysis = book.analyse("improved")
    exact = pritz["exact_recomputed"]
    assert analysis.selection.k == 14
    assert analysis.primary.working.estimate == pytest.approx(exact["glmm"]["estimate"], abs=1e-3)
    assert analysis.primary.tau2 == pytest.approx(exact["glmm"]["tau2"], rel=0.01)
    assert [*analysis.comparison.working] == pytest.approx(
        [exact["PLO_DL"]["estimate"], *exact["PLO_DL"]["ci"]], abs=1e-9
    )
    raw, freeman_tukey = (analysis.alternatives[name] for name in ("raw", "double_arcsine"))
    assert [*proportion(raw)] == pytest.approx(
        [exact["PR_DL"]["estimate"], *exact["PR_DL"]["ci"]], abs=1e-9
    )
    assert proportion(freeman_tukey).estimate == pytest.approx(exact["PFT_DL"]["back"][0], abs=1e-9)
    crude = analysis.selection.events.sum() / analysis.selection.n
    assert crude == pytest.approx(exact["zhou"][0], abs=1e-12)


def test_the_table_of_another_field_is_read_as_a_spreadsheet_writes_it(tmp_path: Path) -> None:
    book = kettles(tmp_path)
    assert [one.id for one in book.review.outcomes] == ["lid_broke", "leaks_at_100_c"]
    assert list(book.review.groups) == ["country_of_make"]
    assert dict(book.review.characteristics) == {"mean_age": "Mean age"}
    broke = book.select("lid_broke")
    assert broke.events.tolist() == [0, 5, 7, 3]
    assert broke.totals.tolist() == [12, 5, 40, 19]
    leaks = book.select("leaks_at_100_c")
    assert leaks.labels == ["Alpha", "Gamma"]
    assert leaks.excluded["label"].tolist() == ["Delta *b*"]
    groups = book.analyse("lid_broke").subgroups("country_of_make").table
    assert groups["group"].tolist() == ["Norway", "Chile", "Not reported"]
    assert groups["events"].tolist() == [5, 7, 3]


def test_sentences_are_in_the_words_of_the_settings(tmp_path: Path) -> None:
    from reviewbook.ledger.published import judged
    from reviewbook.prose.study_book import method_sentences, study_sentences

    book = kettles(tmp_path)
    for outcome in ("lid_broke", "leaks_at_100_c"):
        said = " ".join(map(str, vars(study_sentences(book, book.analyse(outcome))).values()))
        said += " ".join(map(str, vars(method_sentences(book)).values()))
        assert "kettles" in said
        assert "series" in said
        assert re.findall(r"patient|(?<!between-)stud(?:y|ies)\b|cohort", said) == []
    ours = proportion(book.analyse("lid_broke").comparison)
    verdict, reason = judged(book, "lid_broke")
    mutual = 0.10 <= ours.estimate <= 0.55 and ours.low <= 0.275 <= ours.high
    assert verdict == ("compatible" if mutual else "not reproduced")
    assert "27.5%" in reason


def test_a_study_without_a_row_gives_no_count(tmp_path: Path) -> None:
    """An empty cell and an absent row say the same of an outcome."""
    from reviewbook.prose.study_book import study_sentences

    book = kettles(tmp_path)
    said = {name: vars(study_sentences(book, book.analyse(name))) for name in
            ("lid_broke", "leaks_at_100_c")}  # fmt: skip
    assert str(said["lid_broke"]["left_out"]) == (
        "Every series of the table gives a count and is pooled."
    )
    assert str(said["leaks_at_100_c"]["left_out"]) == "Beta & Söhne and Delta *b* give no count."
    assert str(said["lid_broke"]["crude"]) == (
        "Added up without a model, 15 of 76 kettles (20%) had the event."
    )
    assert str(said["lid_broke"]["spread"]) == (
        "Single series range from 0/12 (Alpha) to 5/5 (Beta & Söhne)."
    )
    assert str(said["lid_broke"]["comparison_recipe"]) == "Logit, DerSimonian–Laird, Wald"


def test_a_recipe_has_one_name_everywhere(tmp_path: Path) -> None:
    """That of the settings: in sentences, tables, their notes and figures."""
    from reviewbook import figures, tables
    from reviewbook.pooling.study_book import open_studies

    root = kettles(tmp_path).review.root
    path = root / "data" / "review.toml"
    text = path.read_text(encoding="utf-8")
    for old, new in (("GLMM (random-intercept logistic, exact likelihood)", "Our first"),
                     ("Logit, DerSimonian–Laird, Wald", "Our second")):  # fmt: skip
        assert text.count(f'label = "{old}"') == 1
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")
    book = open_studies(root)
    analysis = book.analyse("lid_broke")
    table = tables.study_recipes_table(book, analysis)
    assert table.frame["label"].tolist()[:2] == ["Our first", "Our second"]
    assert "I² of “Our first” is worked out from τ²" in table.notes
    forest = figures.study_forest(book, analysis).description
    assert "Pooled, our second: " in forest
    assert "Heterogeneity, our second: " in forest
    group = figures.study_group_forest(book, analysis, "country_of_make").description
    assert "Pooled, our second: " in group
    assert "Recipe: Our first." in figures.study_alone_forest(book, analysis).description
    for text in (forest, group, table.notes):
        assert "logit, DL" not in text


@pytest.mark.parametrize(
    ("event", "denominator", "counted"),
    [
        ("", "", ""),
        ("Death.", "", "An event is death."),
        ("", "All treated", "Events were counted among all treated."),
        ("death from any cause", "everyone who was treated.",
         "An event is death from any cause, counted among everyone who was treated."),
        ("CRS", "ICU patients", "An event is CRS, counted among ICU patients."),
    ],
)  # fmt: skip
def test_what_was_counted_is_one_sentence(
    event: str, denominator: str, counted: str, tmp_path: Path
) -> None:
    from reviewbook.pooling.study_book import open_studies
    from reviewbook.prose.study_book import study_sentences

    root = new_review(tmp_path / "b", outcome="Any").review.root
    path = root / "data" / "review.toml"
    text = path.read_text(encoding="utf-8").replace('event = ""', f'event = "{event}"')
    path.write_text(text.replace('denominator = ""', f'denominator = "{denominator}"'), "utf-8")
    book = open_studies(root)
    assert str(vars(study_sentences(book, book.analyse("any")))["counted"]) == counted


def test_a_book_installs_what_it_needs_and_no_tools_of_development() -> None:
    import tomllib
    from importlib.metadata import PackageNotFoundError, requires

    from packaging.requirements import Requirement

    from reviewbook.site.new_review.pins import DEVELOPMENT, pins_of_a_book

    def plain(name: str) -> str:
        return re.sub(r"[-_.]+", "-", name).lower()

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = {
        name: {plain(Requirement(one).name) for one in named}
        for name, named in project["optional-dependencies"].items()
    }
    assert (extras["test"] | extras["lint"]) - extras["book"] - {"pytest"} == DEVELOPMENT
    whole = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    lock = pins_of_a_book(whole)
    names = {plain(name) for name in re.findall(r"^([a-z0-9][\w.-]*)==", lock, re.MULTILINE)}
    wanted = {plain(Requirement(one).name) for one in project["dependencies"]}
    assert wanted | extras["book"] | {"pytest"} <= names
    assert not names & {"mypy", "ruff", "playwright", "hypothesis", "pymetaanalysis", "greenlet"}
    for name in names:  # nothing that is left asks for something that is not
        try:
            asked = [Requirement(one) for one in requires(name) or []]
        except PackageNotFoundError:  # of another system
            continue
        for one in asked:
            if one.marker is None or one.marker.evaluate({"extra": ""}):
                assert plain(one.name) in names, (name, one.name)
    assert pins_of_a_book(lock) == lock


def test_sets_are_rules(tmp_path: Path) -> None:
    book = kettles(tmp_path)
    path = book.review.root / "data" / "review.toml"
    more = '[sets.norway]\nlabel = "Norway"\nonly = { country_of_make = ["Norway"] }\n'
    more += '[sets.fewer]\nlabel = "Fewer"\nwithout = ["Alpha"]\nleast_total = 6\n'
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("# Recipes: options", f"{more}# Recipes: options"), "utf-8")
    from reviewbook.pooling.study_book import open_studies

    book = open_studies(book.review.root)
    assert book.select("lid_broke", "norway").labels == ["Alpha", "Beta & Söhne"]
    assert book.select("lid_broke", "fewer").labels == ["Gamma", "Delta *b*"]
    reasons = dict(book.select("lid_broke", "fewer").excluded[["label", "reason"]].to_numpy())
    assert reasons == {"Alpha": "left out by name", "Beta & Söhne": "5 assessed, fewer than 6"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("study,events,total\nA,3,9\nB,12,10\n",
         "t.csv, line 3, column events: found '12'; expected at most the total, 10"),
        ("study,events,total\nA,3,9\nB,,10\n",
         "t.csv, line 3, column events: found an empty cell; expected events and total both"),
        ("study,events,total\nA,x,9\n", "line 2, column events: found 'x'; expected a whole numb"),
        ("study,events,total\nA,-1,9\n", "line 2, column events: found '-1'; expected a whole"),
        ("study,events,total\nA,0,0\n", "line 2, column total: found '0'; expected a whole number"),
        ("study;events;total\nA;2,5;9\n", "line 2, column events: found '2,5'; expected a whole"),
        ("study,events,total\nLi 2022,1,9\nLi\u00a02022,2,9\n",
         r"line 3, column study: found 'Li.xa02022'; .*it looks like 'Li 2022' on line 2"),
        ("study,events,total,outcome\nLi 2022,1,9,a\nli 2022,2,9,b\n",
         r"line 3, column study: found 'li 2022'; expected one spelling .*line 2 has 'Li 2022'"),
        ("study,events,total,place\nA,1,9,North\nB,2,9,north\nC,2,9,South\n",
         r"line 3, column place: found 'north'; expected one spelling .*line 2 has 'North'"),
        ("study,events,total,outcome,place\nA,1,9,a,N\nA,2,9,b,S\n",
         "line 3, column place: found 'S'; expected what line 2 has of the same study, 'N'"),
        ("study,events\nA,3\n", "t.csv, line 1, column total: found no such column; expected"),
        ("events,total\n3,9\n", "column study: found no such column; expected the columns"),
        ("", "t.csv: found an empty file"),
        ("study,events,total\nA,NR,9\n", "found 'NR'; expected a cell left empty"),
    ],
)  # fmt: skip
def test_a_wrong_table_is_refused_with_its_place(text: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(text, encoding="utf-8")
    with pytest.raises(EvidenceError, match=message):
        new_review(tmp_path / "book", tmp_path / "t.csv")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["t.csv"]


def test_a_folder_that_holds_something_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("all of it", encoding="utf-8")
    with pytest.raises(NewReviewError, match="expected a folder that does not exist or is empty"):
        new_review(tmp_path / "mine")
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["thesis.txt"]
    with pytest.raises(NewReviewError, match="expected a folder in one that exists"):
        new_review(tmp_path / "not" / "there")
    (tmp_path / "empty").mkdir()
    new_review(tmp_path / "empty")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["empty", "mine"]


def test_a_heading_that_cannot_stand_is_refused_and_nothing_is_left(tmp_path: Path) -> None:
    table = "study,events,total,outcome\nA,1,9,tick `this`\n"
    (tmp_path / "t.csv").write_text(table, encoding="utf-8")
    with pytest.raises(ProjectError, match=r"outcomes\[0\].label: expected words on one line"):
        new_review(tmp_path / "book", tmp_path / "t.csv")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["t.csv"]


def test_an_outcome_that_cannot_be_pooled_is_named(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("study,events,total\nA,0,9\nB,12,12\n", encoding="utf-8")
    with pytest.raises(ProjectError, match="the outcome Two ends cannot be pooled by the recipes"):
        new_review(tmp_path / "book", tmp_path / "t.csv", outcome="Two ends")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["t.csv"]


def test_the_folder_is_complete_and_speaks_of_no_other_review(tmp_path: Path) -> None:
    root = kettles(tmp_path).review.root
    for name in (
        "README.md",
        "LICENSE",
        "requirements.lock",
        "Makefile",
        "pyproject.toml",
        ".gitignore",
        ".github/workflows/book.yml",
        "tests/test_review.py",
        "lib/metaprop/__init__.py",
        "lib/reviewbook/site/new_review/folder.py",
    ):
        assert (root / name).is_file(), name
    lines = [
        f"{path.name}: {line}"
        for pattern in SOURCES
        for path in root.glob(pattern)
        if path.is_file() and path.name != "search.toml"
        for line in path.read_text(encoding="utf-8").splitlines()
        if re.search(OURS, line, re.IGNORECASE)
    ]
    assert lines == []
    assert not list(root.rglob("__pycache__"))


def test_a_title_is_text_everywhere(tmp_path: Path) -> None:
    title = 'A "title": {eval}`x` # <b> \\ 50%'
    root = new_review(tmp_path / "b", title=title).review.root
    import tomllib

    import yaml

    settings = tomllib.loads((root / "data" / "review.toml").read_text(encoding="utf-8"))
    assert settings["title"] == title
    assert yaml.safe_load((root / "_config.yml").read_text(encoding="utf-8"))["title"] == title
    assert tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]["name"]
    heading = (root / "index.md").read_text(encoding="utf-8")
    assert "{eval}`x`" not in heading.replace("description: ", "").partition("# ")[2]


def test_the_example_says_that_it_is_made_up(tmp_path: Path) -> None:
    root = new_review(tmp_path / "b").review.root
    assert "made-up numbers" in (root / "index.md").read_text(encoding="utf-8")
    rows = (root / "data" / "studies.csv").read_text(encoding="utf-8").splitlines()[1:]
    assert all("made up" in row for row in rows)


def test_the_cells_of_every_page_run(tmp_path: Path) -> None:
    """Those of pages that the build below leaves out, without a kernel."""
    root = kettles(tmp_path).review.root
    for page in ("methods", "multiverse", "how-to-cite", "summary-of-findings"):
        source = (root / "chapters" / f"{page}.md").read_text(encoding="utf-8")
        cells = re.findall(r"```\{code-cell\} ipython3\n:tags: .*?\n(.*?)```", source, re.DOTALL)
        names: dict[str, object] = {}
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("REVIEWBOOK_ROOT", str(root))
            for cell in cells:
                exec(cell, names)
        for name in re.findall(r"\{eval\}`([\w.]+)`", source):
            assert isinstance(eval(name, names), words.Phrase), name


def test_names_become_identifiers() -> None:
    assert slug("Länge ≥ 3 cm", "x") == "lange_3_cm"
    assert slug("复发", "outcome") == "outcome"
    assert slug("30-day death", "outcome") == "outcome_30_day_death"


@pytest.mark.slow
def test_the_book_of_another_field_builds_strictly_and_passes_its_own_tests(tmp_path: Path) -> None:
    """In a folder with a blank in its name, with the libraries that it carries."""
    one_outcome = "".join(line for line in KETTLES.splitlines(True) if "Leaks" not in line)
    root = kettles(tmp_path, one_outcome).review.root
    settings = root / "data" / "review.toml"
    named = settings.read_text(encoding="utf-8").replace(
        'label = "Lid broke"', 'label = "Lid broke < {{ 7 }} *a* $b$"'
    )
    settings.write_text(named.replace('event = ""', 'event = "{eval}`x` <i>z</i>"'), "utf-8")
    for page in ("methods", "multiverse", "how-to-cite", "summary-of-findings"):
        (root / "chapters" / f"{page}.md").unlink()  # fewer kernels: their cells are tested
    toc = (root / "_toc.yml").read_text(encoding="utf-8")
    kept = [line for line in toc.splitlines()
            if not re.search(r"methods|multiverse|how-to-cite|summary", line)]  # fmt: skip
    (root / "_toc.yml").write_text("\n".join(kept) + "\n", encoding="utf-8")
    index = root / "index.md"
    text = index.read_text(encoding="utf-8")
    index.write_text(text[: text.index("{doc}")] + text[text.index(":::{cite") :], "utf-8")
    environment = {**os.environ, "PYTHONPATH": str(root / "lib"), "PYTHONHASHSEED": "0"}
    for command in (
        ["-m", "reviewbook", "build"],
        ["-m", "pytest", "-q", "-p", "no:cacheprovider"],
    ):
        done = subprocess.run(
            [sys.executable, *command], cwd=root, env=environment, capture_output=True, text=True,
            encoding="utf-8", check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
    site = root / "_build" / "html"
    for path in site.rglob("*.html"):
        page = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
        assert re.findall(OURS, page.get_text(" "), re.IGNORECASE) == [], path.name
    shown = BeautifulSoup((site / "chapters/table.html").read_text("utf-8"), "html.parser")
    assert "Delta *b*" in shown.get_text(" ")
    index = BeautifulSoup((site / "index.html").read_text("utf-8"), "html.parser")
    link = index.select_one("table a[href='chapters/outcome-lid-broke.html']")
    assert link is not None
    assert link.get_text() == "Lid broke < {{ 7 }} *a* $b$"
    page = BeautifulSoup(
        (site / "chapters/outcome-lid-broke.html").read_text("utf-8"), "html.parser"
    )
    assert "An event is {eval}`x` <i>z</i>." in page.get_text()
    assert metaprop.__file__ is not None
    assert not metaprop.__file__.startswith(str(root))


RARE = "study,outcome,events,total\nA,Death,1,20000\nB,Death,2,15000\nC,Death,0,5000\n"
RARE += "A,Pain,9,20\nB,Pain,4,15\nC,Pain,5,15\n"


def test_a_rare_outcome_reads_as_rare_everywhere(tmp_path: Path) -> None:
    """3 of 40 000 in homogeneous studies: 7.5 in 100 000, by the logit ± 1.96 / √3."""
    from reviewbook import figures, tables
    from reviewbook.prose.study_book import choice_sentences, study_sentences, summary_sentence
    from reviewbook.robustness.study_choices import all_choices

    (tmp_path / "rare.csv").write_text(RARE, encoding="utf-8")
    book = new_review(tmp_path / "rare", tmp_path / "rare.csv")
    right = "0.008% (95% CI 0.002 to 0.023)"
    death, pain = (book.analyse(name) for name in ("death", "pain"))
    assert [book.digits(name) for name in ("death", "pain")] == [3, 0]
    said = study_sentences(book, death)
    assert str(vars(said)["primary"]) == right
    assert "is 8 of 100\u202f000 patients (95% CI 2 to 23)" in str(vars(said)["average"])
    assert "36 of 100 patients" in str(vars(study_sentences(book, pain))["average"])
    assert str(summary_sentence(book)).startswith(f"Death: {right} in 3 studies")
    choices = all_choices(book, death)
    for phrase in (*vars(said).values(), *vars(choice_sentences(book, choices)).values()):
        # Heterogeneity is no share of patients; the lowest true rate of a new study is 0.0002%.
        assert re.findall(r"(?<![\d.])[01]%", str(phrase).partition("(I²;")[0]) in ([], ["0%"])
    drawn = figures.study_forest(book, death)
    assert right in drawn.alt
    assert "A, 1/20000: 0.005% (0.001 to 0.028)" in drawn.description
    for tick in ("0.04%", "0.10%"):
        assert f">{tick}<" in drawn.wide
        assert f">{tick}<" in drawn.narrow
    assert "0.008 (0.002 to 0.023)" in figures.study_choices_curve(book, death, choices).wide
    assert ">25%<" in figures.study_forest(book, pain).wide
    shown = right.replace("%", "", 1).replace("95% CI ", "")
    for table in (
        tables.study_recipes_table(book, death),
        tables.study_sets_table(book, death),
        tables.study_findings_table(book, name="tbl-all"),
    ):
        assert f"- {shown}\n" in table.myst
    both = tables.study_findings_table(book, name="tbl-all")
    assert "8 of 100\u202f000 (2 to 23)" in both.myst
    assert "36 of 100 (24 to 50)" in both.myst
    exact = [float(cell) for cell in both.csv.splitlines()[1].split(",")[4:7]]
    assert exact == pytest.approx([*proportion(death.primary)], rel=1e-9)


def test_the_settings_can_name_the_decimals_of_an_outcome(tmp_path: Path) -> None:
    from reviewbook.pooling.study_book import open_studies

    (tmp_path / "rare.csv").write_text(RARE, encoding="utf-8")
    root = new_review(tmp_path / "rare", tmp_path / "rare.csv").review.root
    path = root / "data" / "review.toml"
    text = path.read_text(encoding="utf-8")
    for digits, found in (("1", 1), ("0", 0), ("9", 9)):
        given = text.replace('id = "death"\n', f'id = "death"\ndigits = {digits}\n')
        path.write_text(given, encoding="utf-8")
        assert open_studies(root).digits("death") == found
        hidden = f"death: the pooled proportion is 7.5e-05, and with digits = {digits} in"
        assert (hidden in open_studies(root).described()) == (found < 2)
    for wrong in ("10", "-1", '"2"', "1.5", "true"):
        given = text.replace('id = "death"\n', f'id = "death"\ndigits = {wrong}\n')
        path.write_text(given, encoding="utf-8")
        with pytest.raises(ProjectError, match=r"review.toml: outcomes\[0\].digits: expected"):
            open_studies(root)


def test_the_chapter_of_an_outcome_is_a_page_before_the_build(tmp_path: Path) -> None:
    from reviewbook.site.build import BuildError
    from reviewbook.sphinxext.soundness import check_book

    root = new_review(tmp_path / "b", outcome="Relapse").review.root
    check_book(root)
    contents = root / "_toc.yml"
    listed = contents.read_text(encoding="utf-8")
    contents.write_text(listed.replace("outcome-relapse", "relapse"), encoding="utf-8")
    (root / "chapters" / "outcome-relapse.md").rename(root / "chapters" / "relapse.md")
    message = r"review.toml: outcomes\[0\].chapter: expected .*; found 'outcome-relapse'"
    with pytest.raises(BuildError, match=message):
        check_book(root)
    settings = root / "data" / "review.toml"
    text = settings.read_text(encoding="utf-8").replace(
        'id = "relapse"\n', 'id = "relapse"\nchapter = "relapse"\n'
    )
    settings.write_text(text, encoding="utf-8")
    check_book(root)
