"""Tables: what the page gets is sound MyST, and says what the data say."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
import re
from collections.abc import Callable
from functools import cache

import pandas as pd
import pytest
from docutils import nodes
from docutils.core import publish_doctree
from myst_parser.docutils_ import Parser

from reviewbook import tables, words
from reviewbook.book import open_book
from reviewbook.pooling.analysis import analyse, i2_told
from reviewbook.pooling.appraisal import appraisal
from reviewbook.survival import durability
from reviewbook.tables import BookTable, Column, Markup, escape, readings, robustness
from reviewbook.words.export import machine_readable

SETTINGS = {
    "myst_enable_extensions": [
        "colon_fence",
        "deflist",
        "dollarmath",
        "substitution",
        "attrs_inline",
    ],
    "report_level": 5,
    "halt_level": 5,
}
ROLE = re.compile(r"\{[a-z:]+\}`[^`]*`")


def parsed(myst: str) -> nodes.document:
    """The document of a table, with roles of the book as plain text (they need Sphinx)."""
    plain = ROLE.sub(lambda m: m[0].split("`")[1], myst)
    return publish_doctree(plain, parser=Parser(), settings_overrides=SETTINGS)


def cells(myst: str) -> list[list[str]]:
    """Texts of the parsed table, row by row, header first."""
    table = next(iter(parsed(myst).findall(nodes.table)))
    return [[e.astext() for e in row.findall(nodes.entry)] for row in table.findall(nodes.row)]


def selections() -> dict[str, object]:
    book = open_book()
    return {o.id: book.select(o.id) for o in book.review.outcomes}


def first() -> object:
    return open_book().select("complete_remission")


MAKERS: dict[str, Callable[[], BookTable]] = {
    "cohorts": lambda: tables.cohort_table(first(), name="tbl-cohorts"),
    "pooled": lambda: tables.pooled_table(
        open_book().analyse("complete_remission"), name="tbl-pooled"
    ),
    "subgroups": lambda: tables.subgroup_table(
        open_book().analyse("complete_remission"), ["cell_source", "gene_edited"], name="tbl-groups"
    ),
    "ledger": lambda: tables.ledger_table(open_book(), name="tbl-ledger", full=True),
    "characteristics": lambda: tables.characteristics_table(
        open_book().eligible("before_article"), open_book(), name="tbl-characteristics"
    ),
    "composition": lambda: tables.composition_table(
        open_book().eligible("before_article"), open_book().review, name="tbl-composition"
    ),
    "excluded": lambda: tables.excluded_table(first(), name="tbl-excluded"),
    "unreadable": lambda: tables.unreadable_table(
        selections(), open_book().review, name="tbl-unreadable"
    ),
    "flow": lambda: tables.flow_table(selections(), open_book().review, name="tbl-flow"),
    "overlap": lambda: tables.overlap_table(open_book().evidence, first(), name="tbl-overlap"),
    "recipes": lambda: tables.recipes_table(open_book().review, name="tbl-recipes"),
    "reviews": lambda: tables.reviews_table(
        open_book().evidence.other_reviews, open_book().review, name="tbl-reviews"
    ),
    "read-twice": lambda: readings.read_twice_table(open_book(), name="tbl-read-twice"),
    "apart": lambda: readings.apart_table(open_book(), name="tbl-apart"),
    "readings": lambda: readings.other_readings_table(open_book()),
    "variants": lambda: robustness.variants_table(open_book(), "crs_any"),
    "influence": lambda: robustness.influence_table(open_book().analyse("crs_any")),
    "drivers": lambda: robustness.drivers_table(open_book().analyse("crs_any")),
    "tests": lambda: robustness.tests_table(open_book().analyse("crs_any")),
    "trim": lambda: robustness.trim_table([open_book().analyse("crs_any")]),
    "further": lambda: tables.further_table(
        open_book(), ["gvhd_any", "relapse"], name="tbl-further", caption="Pools."
    ),
    "further-rows": lambda: tables.further_rows_table(
        open_book(), ["gvhd_any", "relapse"], name="tbl-rows", caption="Rows.", follow_up=True
    ),
    "left-out": lambda: tables.left_out_table(
        open_book(), ["gvhd_any"], name="tbl-left-out", what="Disease"
    ),
    "durability": lambda: tables.durability_table(
        durability.everyone_rows(open_book()), open_book().review, name="tbl-durability"
    ),
    "sites": lambda: tables.sites_table(
        durability.marrow_and_beyond(open_book()), name="tbl-sites"
    ),
    "enrolled": lambda: tables.enrolled_table(
        durability.enrolled_rows(open_book()), name="tbl-enrolled"
    ),
    "studies": lambda: tables.studies_table(
        open_book().eligible(), open_book(), name="tbl-studies"
    ),
    "appraisal-rules": lambda: tables.appraisal_rules_table(judged(), name="tbl-rules"),
    "appraisal": lambda: tables.appraisal_table(
        judged(), open_book().evidence.cohorts.set_index("cohort_id")["label"], name="tbl-appraisal"
    ),
}  # fmt: skip


@cache
def judged() -> pd.DataFrame:
    return appraisal(open_book(), open_book().eligible()["cohort_id"])


@cache
def made(kind: str) -> BookTable:
    return MAKERS[kind]()


@pytest.fixture(params=list(MAKERS))
def table(request: pytest.FixtureRequest) -> BookTable:
    return made(request.param)


def test_myst_becomes_one_table_with_header_stub_and_caption(table: BookTable) -> None:
    document = parsed(table.myst)
    assert not list(document.findall(nodes.system_message))
    found = list(document.findall(nodes.table))
    assert len(found) == 1
    title = next(iter(found[0].findall(nodes.title)))
    assert title.astext().strip()
    heads = [row for head in found[0].findall(nodes.thead) for row in head.findall(nodes.row)]
    assert len(heads) == 1
    columns = list(found[0].findall(nodes.colspec))
    assert [bool(c.get("stub")) for c in columns] == [True] + [False] * (len(columns) - 1)
    assert len(columns) == len(table.columns)
    rows = cells(table.myst)
    assert table.row_kinds.count("row") == len(table.frame)
    assert len(rows) == 1 + max(len(table.row_kinds), 1)
    assert all(row[0].strip() for row in rows), "a row without its heading"
    assert not list(found[0].findall(nodes.bullet_list))


def test_no_cell_shows_a_missing_value_or_markup(table: BookTable) -> None:
    for row in cells(table.myst):
        for text in row:
            assert not re.search(r"\b[Nn]a[Nn]\b|<NA>|\bNone\b|\{[a-z:]+\}|\]\(", text), text


def test_payload_and_file_hold_the_whole_frame(table: BookTable) -> None:
    bundle = table._repr_mimebundle_()
    payload = json.loads(json.dumps(bundle["application/vnd.reviewbook.table+json"]))
    fields = {"name", "caption", "myst", "notes", "csv", "empty", "stem", "sortable", "row_keys"}
    fields |= {"folded", "folded_columns", "kind", "row_kinds", "wide", "told"}
    assert set(payload) == fields
    assert bundle["text/markdown"] == payload["myst"]
    rows = list(csv.reader(io.StringIO(payload["csv"])))
    data = table.frame if table.data is None else table.data
    assert rows[0] == list(machine_readable(data))
    assert set(data.columns) <= set(rows[0])
    assert len(rows) == 1 + len(data)


def test_cohort_table_shows_counts_status_and_source_of_every_cohort() -> None:
    selection = open_book().select("complete_remission")
    myst = made("cohorts").myst
    rows = {row[0]: row for row in cells(myst)[1:]}
    assert list(rows) == selection.labels
    for record in selection.included.to_dict("records"):
        row = rows[record["label"]]
        sign = {"": "", "lower": "≥", "upper": "≤"}[record["bound"]]
        assert row[3] == f"{sign}{record['events']}/{record['total']}"
        assert row[5] == record["status"]
        assert not record["source_url"] or f"(<{record['source_url']}>)" in myst


def test_cells_apart_are_those_that_differ_and_those_not_found() -> None:
    frame = made("apart").frame
    differ, gone = frame[frame["found"]], frame[~frame["found"]]
    assert made("apart").caption.startswith(f"{len(differ)} cells in which the two readings differ")
    assert f"{len(gone)} that the second reading did not find" in made("apart").caption
    counts = differ.query("kind == 'count'")[["first", "second"]]
    assert set(counts.itertuples(index=False, name=None)) == {
        ("9/11", "11/11"), ("19/20", "16/20"), ("1/10", "4/10"), ("1/10", "2/10"), ("3/10", "2/10"),
    }  # fmt: skip
    shown = cells(made("apart").myst)[1:]
    assert [row[2] for row in shown].count("not found") == len(gone)


def test_outcomes_read_twice_add_up_to_all_counts() -> None:
    frame = made("read-twice").frame.set_index("what")
    numbers = frame[["rows", "found", "equal"]]
    whole = numbers.loc["All counts"]
    parts = numbers.loc[["Counts of the first edition", "Counts added in November 2026"]]
    assert parts.sum().tolist() == whole.tolist()
    assert numbers.iloc[5:].sum().tolist() == whole.tolist()
    assert list(frame.index[5:9]) == [o.label for o in open_book().review.outcomes]


def test_only_keys_of_the_bibliography_are_cited() -> None:
    known = open_book().evidence.citation_keys
    for kind in ("cohorts", "characteristics"):
        keys = re.findall(r"\{cite:t\}`([^`]+)`", made(kind).myst)
        assert keys
        assert set(keys) <= known


def test_pooled_table_has_every_recipe_and_follows_the_data() -> None:
    analysis = open_book().analyse("complete_remission")
    rows = cells(made("pooled").myst)
    labels = [row[0] for row in rows[1:]]
    assert labels == [
        r.recipe.label
        for r in (analysis.primary, analysis.comparison, *analysis.alternatives.values())
    ]
    assert rows[2][2] == "86 (78 to 92)"  # R: metafor, PFT, DL; see tests/reference
    included = analysis.selection.included.copy()
    included.loc[included.index[0], "events"] = 2
    changed = analyse(dataclasses.replace(analysis.selection, included=included), analysis.review)
    assert cells(tables.pooled_table(changed, name="tbl-pooled").myst)[2][2] != rows[2][2]


def test_counts_of_relapses_say_of_whom_they_are() -> None:
    book, names = open_book(), ["relapse", "relapse_of_remissions"]
    used = tables.further_rows_table(book, names, name="tbl-used", caption="Relapse.")
    heads = [row[0] for row in cells(used.myst) if row[0].startswith("Relapse")]
    assert heads == [
        "Relapse of all infused, whole follow-up",
        "Relapse of those in remission, whole follow-up",
    ]
    left_out = tables.left_out_table(book, names, name="tbl-left", what="Relapse")
    counts = [row[1] for row in cells(left_out.myst)[1:]]
    assert {"(" in one for one in counts} == {True, False}
    assert left_out.notes == "Counts without a bracket are of everyone infused."
    alone = tables.left_out_table(book, ["cd7_negative_at_relapse"], name="tbl-left", what="CD7")
    assert alone.notes == ""


def test_a_table_with_i2_says_from_what_it_is_worked_out() -> None:
    book = open_book()
    analysis = book.analyse("complete_remission")
    shown = {
        "pooled": tables.pooled_table(analysis, name="tbl-pooled"),
        "subgroups": MAKERS["subgroups"](),
        "rules": robustness.variants_table(book, "complete_remission"),
        "drivers": robustness.drivers_table(analysis),
        "sets": tables.sets_table({"all_public": {o.id: book.analyse(o.id, "all_public")
                                                  for o in book.review.outcomes}},
                                  book.review, name="tbl-sets"),
    }  # fmt: skip
    for what, table in shown.items():
        assert any("I²" in column.label for column in table.columns), what
        assert "from Q (Higgins and Thompson)" in table.notes, what
    # The logistic model has no Q of its own to work it out from, and its row is the only such one.
    assert f"I² of “{analysis.primary.recipe.label}” is worked out from τ²" in shown["pooled"].notes
    assert analysis.primary.i2 == analysis.primary.i2_tau2 != analysis.primary.i2_q
    for pooled in (analysis.comparison, *analysis.alternatives.values()):
        assert pooled is analysis.primary or pooled.i2 == pooled.i2_q
    assert i2_told(analysis.primary.recipe) == "I² is worked out from τ²."


def test_subgroup_rows_cover_all_cohorts_once_for_each_variable() -> None:
    frame = made("subgroups").frame
    total = open_book().select("complete_remission").k
    assert frame.groupby("variable")["k"].sum().to_dict() == {
        "cell_source": total, "gene_edited": total,
    }  # fmt: skip


def test_ledger_caption_counts_its_verdicts_and_every_row_has_its_chip() -> None:
    ledger = open_book().ledger()
    table = made("ledger")
    chips = re.findall(r"\{verdict\}`([^`]+)`", table.myst)
    assert chips == [verdict for verdict in ledger["verdict"] if verdict]
    values = int((ledger["level"] == "value").sum())
    assert f"{values} printed values beside ours, under 10 claims" in table.caption


def test_ledger_of_a_topic_holds_its_rows_only() -> None:
    ledger = open_book().ledger()
    table = tables.ledger_table(open_book(), topic="icans", name="tbl-icans")
    assert list(table.frame["claim_id"]) == list(ledger.loc[ledger["topic"] == "icans", "claim_id"])
    with pytest.raises(ValueError, match="no printed value has the topic 'tumour'; topics are"):
        tables.ledger_table(open_book(), topic="tumour", name="tbl-none")
    with pytest.raises(ValueError, match=r"quantity \['median'\] is not in the ledger"):
        tables.ledger_table(open_book(), quantities=["median"], name="tbl-none")


def test_composition_adds_up_for_each_characteristic() -> None:
    cohorts = open_book().eligible("before_article")
    sums = made("composition").frame.groupby("characteristic")[["cohorts", "patients"]].sum()
    assert set(sums["cohorts"]) == {len(cohorts)}
    assert set(sums["patients"]) == {int(cohorts["n_infused"].sum())}
    assert made("composition").frame["group"].str.contains("_").sum() == 0


def test_unreported_numbers_stay_empty_and_are_not_zero() -> None:
    cohorts = open_book().eligible("before_article").reset_index(drop=True)
    rows = cells(made("characteristics").myst)[1:]
    own = [c.label for c in made("characteristics").columns].index("Own cells")
    for record, row in zip(cohorts.to_dict("records"), rows, strict=True):
        missing = pd.isna(record["n_autologous"])
        assert row[own] == ("" if missing else str(record["n_autologous"]))
    assert any(row[own] == "" for row in rows)
    assert any(row[own] == "0" for row in rows)


def test_flow_table_ends_with_what_is_pooled() -> None:
    last = cells(made("flow").myst)[-1]
    book = open_book()
    for text, outcome in zip(last[1:], book.review.outcomes, strict=True):
        selection = book.select(outcome.id)
        infused = int(selection.included["n_infused"].sum())
        assert text == f"{selection.k} ({infused})"


def test_overlap_table_pools_at_most_one_of_a_group() -> None:
    frame = made("overlap").frame
    pooled = frame[frame["pooled"] == "pooled"]
    assert len(pooled)
    assert not pooled["group"].duplicated().any()


@pytest.mark.parametrize(
    "text",
    [
        "n_infused < 5 & x*y*z", "`code` and {role}`x`", "[link](http://a.b)", "# not a heading",
        "- not a list", "12. not a list", "+ plus", "$x$ and \\ and ~", "| a | b |", ":::{note}",
        "{{ substitution }}", "p <0.001", "&lt; stays", "a@b", "!important", "Meyer's \"x\"",
        "CD7+ / CD3-", "5 > 4", "> quote", "trailing \\",
    ],
)  # fmt: skip
def test_any_text_is_shown_as_it_is(text: str) -> None:
    frame = pd.DataFrame({"a": ["row"], "b": [text]})
    table = BookTable(frame, "tbl-text", "Text.", [Column("a", "A"), Column("b", "B")])
    assert cells(table.myst)[1][1] == text


def test_markup_is_not_escaped_and_line_breaks_become_spaces() -> None:
    frame = pd.DataFrame({"a": ["two\nlines"], "b": [1.5]})
    columns = [Column("a", "A"), Column("b", "B", "right", lambda v: Markup(f"**{v}**"))]
    table = BookTable(frame, "tbl-markup", "A.", columns)
    assert "**1.5**" in table.myst
    assert cells(table.myst)[1] == ["two lines", "1.5"]
    assert ":class: rb-right-2" in table.myst


GROUPED = pd.DataFrame(
    {"of": ["x", "x", "y"], "a": ["1", "2", "3"], "why": ["", "so", ""], "b": ["p", "q", "r"]}
)


def test_rows_with_the_same_head_stand_under_it_once_and_sentences_below_their_row() -> None:
    columns = [Column("a", "A"), Column("b", "B")]
    below = [Column("why", "Why")]
    table = BookTable(GROUPED, "tbl-g", "G.", columns, group=Column("of", "Of"), below=below)
    assert table.row_kinds == ["group", "row", "row", "below", "group", "row"]
    assert cells(table.myst)[1:] == [
        ["x", ""], ["1", "p"], ["2", "q"], ["Why: so", ""], ["y", ""], ["3", "r"],
    ]  # fmt: skip
    folded = dataclasses.replace(table, below=[Column("why", "Why", folded="always")])
    assert folded.row_kinds[3] == "always Why"
    assert cells(folded.myst)[4] == ["so", ""]


def test_a_grid_has_its_cells_as_rows_of_its_file() -> None:
    table = made("unreadable")
    assert list(table.data["outcome"].unique()) == [c for c in table.frame if c in OUTCOMES]
    assert len(table.data) == int(table.frame[table.data["outcome"].unique()].notna().sum().sum())
    assert table.csv.splitlines()[0].startswith("outcome,cohort_id")


OUTCOMES = [outcome.label for outcome in open_book().review.outcomes]


def test_rates_are_a_grid_of_proportions_by_scales_under_each_predictor() -> None:
    rates = pd.DataFrame(
        {
            "proportion": [0.5, 0.5, 0.5, 0.9],
            "test": ["logit, Egger", "logit, Peters", "raw, Egger", "logit, Egger"],
            "scale_text": ["logit", "logit", "raw", "logit"],
            "predictor_text": ["Predictor: Egger", "Predictor: Peters"] + 2 * ["Predictor: Egger"],
            "rejection": [0.04, 0.05, 0.06, 0.81],
            "mc_error": [0.004, 0.005, 0.006, 0.009],
            "k": 12,
        }
    )
    table = robustness.rates_table(rates, name="tbl-rates")
    assert cells(table.myst) == [
        ["True proportion", "logit", "raw"],
        ["Predictor: Egger", "", ""],
        ["50%", "4% (0.4%)", "6% (0.6%)"],
        ["90%", "81% (0.9%)", ""],
        ["Predictor: Peters", "", ""],
        ["50%", "5% (0.5%)", ""],
    ]
    assert table.csv.splitlines()[1] == '0.5,"logit, Egger",0.04,0.004'


def test_a_word_that_many_rows_share_is_printed_once() -> None:
    for kind in ("subgroups", "overlap", "excluded", "reviews", "trim"):
        heads = [row for row in made(kind).row_kinds if row == "group"]
        assert 0 < len(heads) < len(made(kind).frame), kind


def test_what_speaks_against_a_test_is_said_once() -> None:
    table = made("tests")
    assert len(table.frame) == 4
    assert table.notes.count("fewer than 10") == 1
    marked = sum(text.endswith(robustness.NOT_VALID) for row in cells(table.myst) for text in row)
    assert marked == int((~table.data["valid"]).sum()) > 0
    assert sum("(default)" in text for row in cells(table.myst) for text in row) == 1


def test_missing_cells_are_empty_in_every_kind_of_column() -> None:
    frame = pd.DataFrame(
        {"a": ["x", "y"], "b": pd.array([1, None], dtype="Int64"), "c": [None, "z"]}
    )
    table = tables.plain_table(frame, name="tbl-facts", caption="Facts.")
    assert cells(table.myst)[1:] == [["x", "1", ""], ["y", "", "z"]]
    assert [c.align for c in table.columns] == ["left", "right", "left"]


def test_a_table_without_rows_is_a_sentence_with_its_anchor() -> None:
    frame = pd.DataFrame({"a": [], "b": []})
    table = tables.plain_table(frame, name="tbl-left", caption="What is left.")
    assert table.myst == ":::{container}\n:name: tbl-left\n\nWhat is left: none.\n:::\n"
    assert table.to_dict()["empty"]


def test_without_the_article_s_own_table_there_is_a_sentence_and_why() -> None:
    table = tables.article_ledger_table(open_book(), name="tbl-article")
    assert "study table: none." in table.myst
    assert "list-table" not in table.myst
    assert "not part of the evidence" in table.notes


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: tables.plain_table(pd.DataFrame({"a": [1]}), name="facts", caption="c"),
         "'tbl-' followed by lower-case words"),
        (lambda: BookTable(pd.DataFrame({"a": [1]}), "tbl-a", "c", [Column("b", "B")]),
         r"columns \['b'\] are not in the frame, which has \['a'\]"),
        (lambda: BookTable(pd.DataFrame({"a": [1]}), "tbl-a", "c", []), "at least one column"),
        (lambda: Column("a", "A", "centre"), "allowed: left, right"),
        (lambda: Column("a", "A", folded="often"), "allowed: '', 'phone', 'always'"),
        (lambda: BookTable(pd.DataFrame({"a": [1]}), "tbl-a", "c", [Column("a", "A")], kind="x"),
         "allowed: records, numbers"),
        (lambda: tables.role("status", "a`b"), "no backtick"),
    ],
    ids=["name", "unknown-column", "no-column", "alignment", "fold", "kind", "backtick"],
)  # fmt: skip
def test_broken_table_is_refused(make: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


def test_escape_is_idempotent_on_plain_words() -> None:
    assert escape("plain words, 12 of 20 (60%)") == "plain words, 12 of 20 (60%)"


def test_a_thin_space_between_thousands_survives_into_the_cell() -> None:
    thousands = words.number(54416, 0)
    assert not set(thousands) & set(" \n")
    assert escape(f"{thousands} \n pools") == f"{thousands} pools"
