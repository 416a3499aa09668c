"""Every place of the book that predicts a new cohort prints the interval that covers."""

from __future__ import annotations

import ast
import csv
import dataclasses
import io
import re
from functools import cache
from pathlib import Path

import pandas as pd
import pytest

import metaprop
from metaprop import Interval
from metaprop.prediction import NEW_STUDY_MU_PRIOR, NEW_STUDY_TAU_PRIOR
from review_copy import ROOT
from reviewbook import figures, tables
from reviewbook.book import Book, open_book
from reviewbook.pooling.analysis import Analysis, analyse
from reviewbook.pooling.posteriors import posteriors
from reviewbook.prose.outcome import outcome_sentences
from reviewbook.prose.prediction import prediction_sentences, same_interval
from reviewbook.robustness.prediction_coverage import prediction_coverage

OUTCOMES = [outcome.id for outcome in open_book(ROOT).review.outcomes]
CHAPTERS = {
    "complete-remission": "complete_remission",
    "cytokine-release-syndrome": "crs_any",
    "severe-cytokine-release-syndrome": "crs_grade3plus",
    "neurotoxicity": "icans_any",
}
CELL = re.compile(r"^```\{code-cell\}[^\n]*\n(?::[^\n]*\n)*(.*?)^```$", re.M | re.S)
OLD = Interval(0.401, 0.402, 0.403)
"""A value that no page may show: the poisoned interval of the pooled result."""


def expected_of(analysis: Analysis) -> Interval:
    included = analysis.selection.included
    return metaprop.prediction_interval(included["events"], included["total"])


def in_percent(value: float) -> str:
    return f"{100 * value:.0f}"


def everything(book: Book, analysis: Analysis) -> dict[str, str]:
    """What the pages show of an outcome, by place."""
    figure = figures.forest(analysis, name="fig-x")
    table = tables.pooled_table(analysis, name="tbl-x")
    return {
        "figure": figure.wide + figure.narrow,
        "figure, in words": figure.alt + figure.caption + figure.description,
        "figure, download": figure.csv,
        "table": table.myst + table.notes,
        "table, download": table.csv,
        "sentence": str(outcome_sentences(book, analysis).prediction),
    }


@cache
def as_it_is(outcome: str) -> dict[str, str]:
    book = open_book(ROOT)
    return everything(book, book.analyse(outcome))


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_each_place_prints_the_interval_that_covers(book: Book, outcome: str) -> None:
    analysis = book.analyse(outcome)
    expected, shown = expected_of(analysis), as_it_is(outcome)
    low, high = in_percent(expected.low), in_percent(expected.high)
    assert f"between {low}% and {high}%" in shown["sentence"]
    assert f"{low} to {high}" in shown["table"]
    assert f"{low} to {high}" in shown["figure"]
    assert f"95% prediction interval: {low} to {high}%" in shown["figure, in words"]
    assert f"is expected at {low}% to {high}%" in shown["figure, in words"]
    bars = [
        row
        for row in csv.DictReader(io.StringIO(shown["figure, download"]))
        if row["kind"] == "prediction"
    ]
    assert [float(bars[0][end]) for end in ("low", "high")] == pytest.approx(
        [expected.low, expected.high], rel=1e-9
    )
    rows = list(csv.DictReader(io.StringIO(shown["table, download"])))
    limits = [(row["prediction_low"], row["prediction_high"]) for row in rows]
    assert [float(end) for end in limits[0]] == pytest.approx(
        [expected.low, expected.high], rel=1e-9
    )
    assert set(limits[1:]) == {("", "")}, "a recipe of another model has no interval of this one"


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_no_place_shows_the_interval_with_one_tau_put_in(book: Book, outcome: str) -> None:
    """With another value in its place on every pooled result, the pages stay as they are."""
    analysis = book.analyse(outcome)

    def poisoned(pooled: metaprop.Pooled) -> metaprop.Pooled:
        return dataclasses.replace(pooled, prediction=OLD, prediction_working=OLD)

    other = dataclasses.replace(
        analysis,
        primary=poisoned(analysis.primary),
        comparison=poisoned(analysis.comparison),
        alternatives={name: poisoned(one) for name, one in analysis.alternatives.items()},
    )
    assert everything(book, other) == as_it_is(outcome)


def test_no_other_code_asks_for_the_interval_with_one_tau_put_in(root: Path) -> None:
    """`Pooled.prediction` is read only where Methods says why it is not used."""
    modules = sorted((root / "lib" / "reviewbook").rglob("*.py"))
    sources = {str(path.relative_to(root)): path.read_text("utf-8") for path in modules}
    for path in [root / "index.md", *sorted((root / "chapters").glob("*.md"))]:
        text = path.read_text("utf-8")
        sources[path.name] = "\n".join(CELL.findall(text))
    names = {"prediction", "prediction_working", "wald_prediction_interval"}
    asking = set()
    for name, source in sources.items():
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Name) and node.id == "wald_prediction_interval":
                asking.add(name)
            if isinstance(node, ast.Attribute) and node.attr in names:
                # columns.prediction makes a column of a table, whatever it shows.
                if isinstance(node.value, ast.Name) and node.value.id == "columns":
                    continue
                asking.add(name)
    assert asking == {"lib/reviewbook/prose/prediction.py"}


def test_words_say_true_rate_and_not_count(book: Book) -> None:
    analysis = book.analyse("crs_any")
    caption = figures.forest(analysis, name="fig-x").caption
    assert "the bar is where the true rate of a new cohort is expected" in caption
    told = outcome_sentences(book, analysis).prediction
    assert told.startswith("The true rate of a new cohort of the same kind is expected between")
    assert "the share counted in a small cohort can lie outside" in told
    notes = tables.posterior_table({"crs_any": posteriors(analysis)}, book.review, name="tbl-x")
    assert "where its true rate is expected" in notes.notes


def test_too_few_cohorts_are_said_to_be_too_few(book: Book) -> None:
    whole = book.analyse("crs_any").selection
    two = analyse(dataclasses.replace(whole, included=whole.included.head(2)), book.review)
    figure = figures.forest(two, name="fig-x")
    assert "prediction" not in figure.csv
    assert "the bar" not in figure.caption
    assert "No prediction interval: it takes at least 3 cohorts." in figure.description
    table = tables.pooled_table(two, name="tbl-x")
    assert table.frame[["prediction_low", "prediction_high"]].isna().all(axis=None)
    assert "- –" in table.myst
    assert outcome_sentences(book, two).prediction == (
        "With 2 cohorts no prediction is made: it takes at least 3 to see how far cohorts differ."
    )


def test_a_single_cohort_has_a_dash_for_what_takes_two(book: Book) -> None:
    whole = book.analyse("crs_any").selection
    one = analyse(dataclasses.replace(whole, included=whole.included.head(1)), book.review)
    frame = tables.pooled_table(one, name="tbl-x").frame
    assert frame[["tau2", "i2", "q_pvalue"]].isna().all(axis=None)


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_i2_and_prediction_interval_do_not_share_a_paragraph(root: Path, chapter: str) -> None:
    """I² is from Q on the scale of the comparison recipe, the other of the binomial model."""
    text = (root / "chapters" / f"{chapter}.md").read_text("utf-8")
    paragraphs = text.split("\n\n")
    assert sum("sentences.prediction`" in one for one in paragraphs) == 1
    for one in paragraphs:
        assert not ("sentences.prediction`" in one and re.search("I²|sentences.heterogen", one))


@pytest.mark.parametrize(("chapter", "outcome"), CHAPTERS.items())
def test_the_smallest_p_between_groups_comes_with_the_number_of_tests(
    book: Book, root: Path, chapter: str, outcome: str
) -> None:
    review, ps, here = book.review, [], {}
    for other in OUTCOMES:
        for variable in review.subgroups:
            found = book.analyse(other).subgroups(variable)
            if found.pvalue is not None:
                ps.append(found.pvalue)
                if other == outcome:
                    here[found.pvalue] = found
    sentences = outcome_sentences(book, book.analyse(outcome))
    assert f"Of the {len(here)} tests between groups made here (by " in sentences.groups
    assert f"gives the smallest p, {float(f'{min(here):.2g}'):g};" in sentences.groups
    least = here[min(here)]
    single = int((least.table["k"] == 1).sum())
    assert f"of its {len(least.groups)} groups {single or 'none'} " in sentences.groups
    small = sum(p < 0.05 for p in ps)
    assert f"take {len(ps)} such tests together" in sentences.every_test
    assert f"and {small} of them {'has' if small == 1 else 'have'} a p below 0.05" in (
        sentences.every_test
    )
    assert f"chance alone would give {0.05 * len(ps):.1f} on average" in sentences.every_test
    text = (root / "chapters" / f"{chapter}.md").read_text("utf-8")
    assert "{eval}`sentences.groups`" in text
    # A page whose smallest p is small says how many others were tried.
    assert min(here) >= 0.05 or "{eval}`sentences.every_test`" in text
    notes = tables.outcome_groups_table(book, "gene_edited", name="tbl-x").notes
    assert f"{len(ps)} such tests are made in this book" in notes


def test_methods_state_the_priors_and_they_are_the_default_ones(book: Book, root: Path) -> None:
    told = prediction_sentences(book)
    assert (told.tau_prior, told.mu_prior) == ("half-normal(1)", "normal(0, sd 10)")
    assert (told.tau_prior, told.mu_prior) == (NEW_STUDY_TAU_PRIOR.label, NEW_STUDY_MU_PRIOR.label)
    priors = book.review.priors
    assert priors.between[priors.default].density == NEW_STUDY_TAU_PRIOR
    methods = (root / "chapters" / "methods.md").read_text("utf-8")
    for phrase in ("tau_prior", "mu_prior", "plug_in", "used", "fewest"):
        assert f"{{eval}}`prediction.{phrase}`" in methods
    assert "{ref}`Methods <sec-prediction>`" in (root / "chapters" / "bayesian.md").read_text(
        "utf-8"
    )


def test_methods_set_both_answers_side_by_side(book: Book) -> None:
    told, analysis = prediction_sentences(book), book.analyse("complete_remission")
    expected, old = expected_of(analysis), analysis.primary.prediction
    assert old is not None
    assert told.used == f"{in_percent(expected.low)}% to {in_percent(expected.high)}%"
    assert told.plug_in == f"{in_percent(old.low)}% to {in_percent(old.high)}%"
    zero = sum(book.analyse(outcome).primary.tau2 == 0 for outcome in OUTCOMES)
    assert told.no_spread == f"{zero or 'none'} of the {len(OUTCOMES)} outcomes"


def test_the_bayesian_page_says_how_far_the_two_differ(book: Book) -> None:
    analysis = book.analyse("crs_any")
    fits = posteriors(analysis)
    theirs = fits[book.review.priors.default].prediction_proportion
    ours = expected_of(analysis)
    apart = 100 * max(abs(ours.low - theirs.low), abs(ours.high - theirs.high))
    assert f"by at most {apart:.1f} percentage points" in same_interval(book, {"crs_any": fits})
    exact = metaprop.bayes_binomial(
        analysis.selection.events,
        analysis.selection.totals,
        tau_prior=book.review.priors.between[book.review.priors.default].density,
        mu_prior=NEW_STUDY_MU_PRIOR,
    )
    # With the same prior of the mean nothing is left of the difference.
    assert exact.prediction_proportion is not None
    assert tuple(exact.prediction_proportion) == pytest.approx(tuple(ours), abs=1e-9)


@pytest.fixture(scope="module")
def records(root: Path) -> pd.DataFrame:
    return prediction_coverage(root)


def test_the_table_of_coverage_is_the_simulation(
    book: Book, root: Path, records: pd.DataFrame
) -> None:
    table = tables.prediction_table(root, book.review, name="tbl-prediction-coverage")
    assert len(table.frame) == len(records[["outcome", "tau"]].drop_duplicates())
    names = {outcome.id: outcome.label for outcome in book.review.outcomes}
    methods = {
        "used": f"Bayesian, τ {NEW_STUDY_TAU_PRIOR.label}, μ {NEW_STUDY_MU_PRIOR.label}",
        "plug_in": "mixed model, normal",
        "plug_in_t": "mixed model, t(k − 1)",
        "inverse_variance": "REML on logits, Hartung–Knapp, t(k − 1)",
    }
    assert set(records.loc[records["used"], "method"]) == {methods["used"]}
    shown = table.frame.set_index(["outcome", "tau"])
    for prefix, method in methods.items():
        for row in records[records["method"] == method].to_dict("records"):
            cell = shown.loc[(names[row["outcome"]], row["tau"])]
            assert cell[f"{prefix}_coverage"] == row["coverage"]
            assert cell[f"{prefix}_width"] == row["width"]
            text = f"{100 * row['coverage']:.1f} ({100 * row['width']:.0f})"
            assert f"- {text}\n" in table.myst


def test_the_page_and_the_written_tables_come_from_one_run(
    root: Path, records: pd.DataFrame
) -> None:
    written = (root / "docs" / "prediction-coverage.md").read_text("utf-8")
    used = records[records["used"]]
    for tau, rows in used.groupby("tau"):
        cells = [f"{100 * r['coverage']:.1f} ({r['width']:.3f})" for r in rows.to_dict("records")]
        assert f"| {tau:g} | {' | '.join(cells)} |" in written


def test_the_interval_used_is_the_narrowest_that_meets_the_goals(
    root: Path, records: pd.DataFrame
) -> None:
    bench = (root / "bench" / "prediction_coverage.py").read_text("utf-8")
    goals = re.search(r"MEAN_GOAL, CELL_GOAL = ([\d.]+), ([\d.]+)", bench)
    assert goals
    mean_goal, cell_goal = map(float, goals.groups())
    methods = (root / "chapters" / "methods.md").read_text("utf-8")
    assert f"at least {mean_goal:.0%} of sets for every outcome" in methods
    assert f"at least {cell_goal:.0%} in every single row" in methods
    small = records[records["tau"] < records["tau"].max()]
    assert small["tau"].nunique() == 3
    means = small.groupby(["method", "outcome"])["coverage"].mean().groupby("method").min()
    cells = records.groupby("method")["coverage"].min()
    met = (means >= mean_goal) & (cells >= cell_goal)
    width = records.groupby("method")["width"].mean()[met]
    assert width.idxmin() == records.loc[records["used"], "method"].iloc[0]


def test_the_sentence_on_coverage_has_the_extremes(book: Book, records: pd.DataFrame) -> None:
    told = prediction_sentences(book)
    for phrase, rows in (
        (told.used_held, records["used"]),
        (told.plug_in_held, records["method"] == "mixed model, normal"),
    ):
        held = records.loc[rows, "coverage"]
        assert phrase == f"{in_percent(held.min())}% to {in_percent(held.max())}%"
    assert told.methods == f"{records['method'].nunique()} methods"


def test_the_simulation_is_of_the_cohorts_and_rates_that_the_book_prints(book: Book) -> None:
    """Entered evidence changes them; `bench/prediction_coverage.py` is then run again."""
    table = prediction_coverage(ROOT)
    for outcome in OUTCOMES:
        analysis = book.analyse(outcome)
        rows = table[table["outcome"] == outcome]
        assert set(rows["cohorts"]) == {analysis.selection.k}, outcome
        assert set(rows["sets"]) == {2000}, outcome
        assert rows["rate"].to_numpy() == pytest.approx(
            analysis.primary.proportion.estimate, abs=1e-6
        )


def test_the_interval_of_the_book_is_the_narrowest_that_covers() -> None:
    """At least 93 % averaged over τ of 0.27, 0.5 and 0.8 in each outcome, and 90 % in each cell."""
    table = prediction_coverage(ROOT)
    usual = table[table["tau"] < 1].groupby(["method", "outcome"])["coverage"].mean()
    goals = (usual.groupby("method").min() >= 0.93) & (
        table.groupby("method")["coverage"].min() >= 0.90
    )
    widths = table.groupby("method")["width"].mean()[goals]
    used = set(table.loc[table["used"], "method"])
    assert used == {widths.idxmin()}
    assert 1 < goals.sum() < len(goals)


def test_the_docstring_shows_the_simulation() -> None:
    text = metaprop.prediction_interval.__doc__ or ""
    table = prediction_coverage(ROOT)
    used = table[table["used"]]
    usual = used[used["tau"] < 1].groupby("outcome", sort=False)["coverage"].mean()
    means = "   ".join(f"{100 * value:.1f}" for value in usual)
    lowest, width = 100 * used["coverage"].min(), used["width"].mean()
    assert re.search(rf"used +{re.escape(means)}   {lowest:.1f} {width:.3f}\n", text)
    rates = used.groupby("outcome", sort=False)["rate"].first()
    head = next(line for line in text.splitlines() if line.strip().startswith("method "))
    shown = [float(value) for value in head.split()[1:5]]
    assert shown == pytest.approx(list(rates), abs=0.0051)
