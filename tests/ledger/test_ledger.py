"""Claims and printed values have their rows; evidence moves them; the article's table counts too."""

from __future__ import annotations

import pytest

import metaprop
from review_copy import ReviewCopy
from reviewbook import tables, words
from reviewbook.book import Book, open_book
from reviewbook.commands import as_json, as_text
from reviewbook.ledger.ledger import COLUMNS
from reviewbook.tables.ledger import BLOCKS

CLAIMS = ["complete_remission", "crs", "severe_crs", "icans", "survival_with_transplant",
          "recurrence_with_transplant", "survival_without_editing", "transplant_advocated",
          "editing_limits_survival", "efficacy_and_safety_confirmed"]  # fmt: skip


def test_ten_claims_and_every_printed_value_under_its_claim(book: Book) -> None:
    table, values = book.ledger(), book.evidence.claims
    assert list(table.columns) == list(COLUMNS)
    claims = table[table["level"] == "claim"]
    assert list(claims["claim"]) == CLAIMS
    printed = table[table["level"] == "value"].set_index("claim_id")
    assert set(printed.index) == set(values["claim_id"])
    assert len(printed) == len(values) == 29
    for value in values.itertuples():
        assert printed.loc[value.claim_id, "claim"] == value.claim
    order = list(table["claim"])
    assert order == sorted(order, key=[*CLAIMS, "scope"].index)
    assert (table["reason"].str.len() > 15).all()


def test_only_claims_are_judged_and_directions_are_not(book: Book) -> None:
    table = book.ledger()
    judged = table[table["verdict"] != ""]
    assert set(judged["level"]) == {"claim"}
    assert set(judged["quantity"]) == {"proportion", "statement"}
    pooled = set(judged.loc[judged["quantity"] == "proportion", "verdict"])
    assert pooled <= {"reproduced", "compatible", "not reproduced", "cannot decide"}
    assert set(judged.loc[judged["quantity"] == "statement", "verdict"]) == {"not checkable"}
    for quantity in ("n_studies", "n_patients", "i2", "heterogeneity_p", "ci_low", "direction"):
        assert set(table.loc[table["quantity"] == quantity, "verdict"]) == {""}


def test_a_statement_says_what_of_it_the_evidence_bears(book: Book) -> None:
    safe = book.judged("efficacy_and_safety_confirmed")
    for claim in ("complete_remission", "severe_crs", "icans"):
        assert book.judged(claim).primary in safe.reason
    advocated = book.judged("transplant_advocated").reason
    assert "4 of 4 comparisons point that way, and no effect is identified" in advocated
    assert "no comparison can be made" in book.judged("editing_limits_survival").reason


def test_the_former_verdicts_stay_readable(book: Book) -> None:
    former = book.evidence.other["former_verdicts"]
    assert former["verdict"].value_counts().to_dict() == {
        "compatible": 12, "not reproduced": 9, "not checkable": 4, "reproduced": 2,
    }  # fmt: skip
    table = tables.former_verdicts_table(book, name="tbl-x")
    assert len(table.frame) == 27
    assert table.frame["topic"].iloc[0] == "Size of the review"


def test_the_tables_of_claims_are_three_blocks(book: Book) -> None:
    sizes = {kind: len(tables.claims_table(book, kind, name="tbl-x").frame) for kind in BLOCKS}
    assert sizes == {"proportion": 4, "direction": 3, "statement": 3}
    with pytest.raises(ValueError, match="kind must be one of proportion, direction, statement"):
        tables.claims_table(book, "number", name="tbl-x")
    with pytest.raises(ValueError, match="no claim of the kind 'direction' has the topic 'crs'"):
        tables.claims_table(book, "direction", name="tbl-x", topic="crs")


def test_printed_values_are_those_of_the_claims(book: Book) -> None:
    table = book.ledger().set_index("claim_id")
    assert table.loc["scope_n_studies", "printed"] == "13 studies"
    assert table.loc["complete_remission_pooled_proportion", "printed"] == "87%"
    assert table.loc["complete_remission_i2", "printed"] == "29.65%"
    assert table.loc["crs_heterogeneity_p", "printed"] == "p = 0.12"
    numbers = book.evidence.claims.set_index("claim_id").query("kind == 'number'")
    for claim_id, claim in numbers.iterrows():
        scale = 100 if claim["unit"] == "percent" else 1
        assert table.loc[str(claim_id), "printed_value"] * scale == pytest.approx(
            float(claim["value"])
        )


@pytest.mark.parametrize("topic", ["complete_remission", "crs", "severe_crs", "icans"])
def test_ours_is_the_comparison_and_the_glmm_stands_beside(book: Book, topic: str) -> None:
    table = book.ledger().query("topic == @topic").set_index("quantity")
    analysis = book.analyse(book.review.outcome(topic))
    comparison, primary = analysis.comparison.proportion, analysis.primary.proportion
    assert comparison is not None
    assert primary is not None
    assert table.loc["pooled_proportion", "ours_value"] == comparison.estimate
    assert table.loc["ci_low", "ours_value"] == comparison.low
    assert table.loc["ci_high", "ours_value"] == comparison.high
    assert table.loc["i2", "ours_value"] == analysis.comparison.i2_q
    assert table.loc["pooled_proportion", "ours"] == words.percent(comparison.estimate)
    assert table.loc["pooled_proportion", "primary"] == words.percent(primary.estimate)
    basis = f"({analysis.selection.k} cohorts, {analysis.selection.n} patients)"
    assert basis in table.loc["proportion", "reason"]
    assert (table["chapter"] == analysis.outcome.chapter).all()
    assert book.verdict(topic) == table.loc["proportion", "verdict"]


def test_sizes_and_splits(book: Book) -> None:
    table = book.ledger().set_index("claim_id")
    eligible = book.eligible()
    assert table.loc["scope_n_studies", "ours_value"] == len(eligible) == 12
    assert table.loc["scope_n_patients", "ours_value"] == eligible["n_infused"].sum() == 196
    for claim, column, low in (("autologous", "n_autologous", 57), ("donor", "n_donor", 69)):
        row = table.loc[f"scope_n_{claim}"]
        assert eligible[column].sum() == low
        assert row["ours"] == f"{low} to {low + 70} patients"
        assert "2 cohorts with 70 patients do not print the split" in row["reason"]


def test_one_cell_of_the_evidence_moves_the_ledger(book: Book, copy: ReviewCopy) -> None:
    line = copy.line_of("outcomes.csv", report_id="li_2023", outcome="complete_remission")
    copy.put("outcomes.csv", line, events="1")
    before, after = (b.ledger().set_index("claim_id") for b in (book, copy.book()))
    row = "complete_remission_pooled_proportion"
    assert after.loc[row, "ours_value"] < before.loc[row, "ours_value"]
    assert after.loc[row, "ours"] != before.loc[row, "ours"]
    untouched = "icans_pooled_proportion"
    assert after.loc[untouched, "ours_value"] == before.loc[untouched, "ours_value"]


def test_the_tally_counts_pooled_proportions(book: Book) -> None:
    tally = as_json(book)["ledgers"]["before_article"]["tally"]
    assert sum(tally.values()) == 4
    text = book.verdict_tally()
    assert f"{tally['compatible']} is compatible" in text
    assert f"{tally['cannot decide']} cannot be decided" in text
    with pytest.raises(ValueError, match="no claim on a proportion has the topic 'scope'"):
        book.verdict("scope")
    with pytest.raises(ValueError, match="no claim is called 'survival'"):
        book.judged("survival")
    with pytest.raises(ValueError, match="no proportion is pooled for the claim"):
        book.distance("transplant_advocated")


def test_an_outcome_that_nobody_gives_cannot_be_checked(copy: ReviewCopy) -> None:
    copy.replace("review.toml", '[sets.before_article]\nlabel = "Peer-reviewed reports published '
                 'before the article"\npublished_by = "2024-12-31"',
                 '[sets.before_article]\nlabel = "None"\npublished_by = "2001-12-31"')  # fmt: skip
    table = copy.book().ledger().query("topic == 'icans'")
    assert table["verdict"].iloc[0] == "cannot decide"
    assert table["reason"].iloc[0] == "No cohort of the set gives a readable count."
    assert table["reason"].iloc[1].startswith("No cohort of the set gives a readable count of")


# --- the article's own study table: synthetic rows that stand nowhere else

TABLE = """\
study,patients,autologous,donor,\
complete_remission_events,complete_remission_total,icans_any_events,icans_any_total
Alpha 2021,40,40,0,36,40,1,40
Beta 2022,60,0,60,52,60,3,60
Gamma 2023,100,48,52,88,100,,
"""


@pytest.fixture
def with_table(copy: ReviewCopy) -> ReviewCopy:
    (copy.data / "article_study_table.csv").write_text(TABLE, encoding="utf-8")
    return copy


def test_the_article_table_is_absent_here(book: Book) -> None:
    assert book.evidence.article_table is None
    with pytest.raises(ValueError, match="needs the article's study table, which is absent"):
        book.analyse("complete_remission", "article_table")


def test_the_article_table_is_pooled_as_it_is(with_table: ReviewCopy) -> None:
    book = with_table.book()
    analysis = book.analyse("complete_remission", "article_table")
    assert list(analysis.selection.events) == [36, 52, 88]
    assert list(analysis.selection.totals) == [40, 60, 100]
    assert analysis.selection.labels == ["Alpha 2021", "Beta 2022", "Gamma 2023"]
    assert (analysis.comparison.k, analysis.comparison.n) == (3, 200)
    icans = book.select("icans_any", "article_table")
    assert list(icans.totals) == [40, 60]
    assert list(icans.excluded["label"]) == ["Gamma 2023"]
    with pytest.raises(ValueError, match="is a table and has no rules to change"):
        book.select("icans_any", "article_table", min_patients=3)


def test_the_article_table_is_judged_in_addition(book: Book, with_table: ReviewCopy) -> None:
    with_it = with_table.book()
    assert str(with_it.ledger().to_dict("list")) == str(book.ledger().to_dict("list"))
    table = with_it.ledger("article_table").set_index("claim_id")
    numbers = sum(book.evidence.claims["kind"] == "number")
    assert len(table) == numbers + 4  # the proportions; a table has no survival
    assert table.loc["scope_n_studies", "reason"].startswith("10 fewer than printed")
    for claim in ("scope_n_patients", "scope_n_autologous", "scope_n_donor"):
        assert table.loc[claim, "reason"].startswith("Equal")  # 200, 88 and 112
    assert table.loc["complete_remission", "verdict"] in ("reproduced", "compatible")
    assert table.loc["crs", "verdict"] == "cannot decide"  # no study gives it
    assert set(table["analysis_set"]) == {"article_table"}


def test_both_ledgers_are_printed(with_table: ReviewCopy) -> None:
    assert list(as_json(with_table.book())["ledgers"]) == ["before_article", "article_table"]


def test_adding_the_table_is_noticed_at_once(copy: ReviewCopy) -> None:
    assert open_book(copy.root).evidence.article_table is None
    (copy.data / "article_study_table.csv").write_text(TABLE, encoding="utf-8")
    assert open_book(copy.root).evidence.article_table is not None


def test_a_table_without_sizes_leaves_them_unchecked(copy: ReviewCopy) -> None:
    text = "study,crs_any_events,crs_any_total\nA,9,10\nB,8,10\n"
    (copy.data / "article_study_table.csv").write_text(text, encoding="utf-8")
    table = copy.book().ledger("article_table").set_index("claim_id")
    for claim in ("scope_n_patients", "scope_n_autologous", "scope_n_donor"):
        assert "of the set" in table.loc[claim, "reason"]
    assert table.loc["icans_pooled_proportion", "reason"] == (
        "No cohort of the set gives a readable count of neurotoxicity (ICANS), any grade."
    )
    recipe = metaprop.Recipe(scale="double_arcsine", method="DL")
    pooled = metaprop.pool([9, 8], [10, 10], recipe).proportion
    assert pooled is not None
    assert table.loc["crs_pooled_proportion", "ours"] == words.percent(pooled.estimate)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("36,40,1,40", "41,40,1,40", "line 2, column complete_remission_events: found '41'; expec"),
        ("36,40,1,40", "36,41,1,40", "line 2, column complete_remission_total: found '41'; expect"),
        ("88,100,,", "88,100,,90", "line 4, column icans_any_events: found an empty cell; expecte"),
        ("60,0,60", "60,1,60", "line 3, column patients: found '60'; expected autologous + donor"),
        ("Beta 2022", "Alpha 2021", "line 3, column study: found 'Alpha 2021'; expected each stud"),
        ("Beta 2022", "", "line 3, column study: found an empty cell"),
        ("icans_any_total", "icans_total", "line 1, column icans_total: found an unknown column"),
        ("52,60,3,60", "52,sixty,3,60", "line 3, column complete_remission_total: found 'sixty'"),
    ],
)
def test_a_broken_article_table(with_table: ReviewCopy, old: str, new: str, message: str) -> None:
    with_table.replace("article_study_table.csv", old, new)
    with pytest.raises(ValueError, match="in the evidence") as caught:
        with_table.book()
    assert f"article_study_table.csv, {message}" in str(caught.value)


def test_a_pair_of_columns_cut_in_two(copy: ReviewCopy) -> None:
    text = "study,crs_any_events\nA,9\n"
    (copy.data / "article_study_table.csv").write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match="column crs_any_total: found no such column") as caught:
        copy.book()
    assert "events and total of at least one outcome" in str(caught.value)


def test_the_terminal_table_is_aligned(book: Book) -> None:
    lines = as_text(book.ledger()).splitlines()
    starts = {line.index(mark) for line in lines[2:] for mark in "✓≈≠?" if mark in line}
    assert len(starts) == 1
    verdicts = [line for line in lines[2:] if any(f"{mark} " in line for mark in "✓≈≠?–")]
    assert len(verdicts) == 7  # four proportions and three statements
    assert max(map(len, lines)) <= 120, "the table does not fit a terminal"
