"""Forest plots of a review of one table of studies, in the words of its settings."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

from reviewbook import words
from reviewbook.figures.drawing.figure import BookFigure, python_call
from reviewbook.pooling.analysis import Analysis, proportion
from reviewbook.pooling.new_cohort import FEWEST_COHORTS
from reviewbook.pooling.study_book import StudyBook
from reviewbook.review.study_review import Nouns
from reviewbook.robustness.sensitivity import leave_one_out
from reviewbook.robustness.study_choices import by_sets

from .cohorts import (
    PRIMARY,
    alternative,
    between_text,
    comparison_row,
    group_words,
    heterogeneity_footer,
    rows_with_pools,
    study_rows,
)
from .estimates import forest_rows
from .rows import Row


def study_forest(book: StudyBook, analysis: Analysis, *, name: str | None = None) -> BookFigure:
    """Draw the studies of an outcome, what they pool to, and a published value where there is one.

    Parameters
    ----------
    name : str, optional
        Anchor; by default ``fig-<outcome>-forest``, which the chapter of the outcome has.
    """
    nouns, new, recipe = book.review.words, analysis.new_cohort, _recipe(book)
    rows = rows_with_pools(analysis, recipe=recipe)
    printed = book.studies.printed.get(analysis.outcome.id)
    grey = ""
    if printed is not None:
        rows.append(Row.of("Published", printed, "printed"))
        grey = " The open grey diamond is the published value."
    bar = (
        ""
        if new is None
        else f"; the bar is where the true rate of a new {words.escape(nouns.study)} is"
    )
    bar += " expected" if bar else ""
    return _drawn(
        book,
        analysis,
        rows,
        [*_heterogeneity(nouns, analysis, recipe), _prediction(nouns, analysis)],
        kind="forest",
        name=name,
        caption=f"{words.escape(analysis.outcome.label)} in "
        f"{words.escape(_size(nouns, analysis))}. Squares are "
        f"{words.escape(nouns.studies)}, with an area proportional to their weight; the diamonds "
        "are pooled estimates, the first by the random-intercept logistic model, the second by the "
        f"comparison recipe{bar}.{grey}",
        alt=alternative(
            analysis, _size(nouns, analysis), nouns.study, digits=book.digits(analysis.outcome.id)
        )
        + (f" Published: {words.interval(printed)}." if printed is not None else ""),
        call=f"figures.study_forest(book, {python_call(analysis)})",
    )


def study_group_forest(book: StudyBook, analysis: Analysis, variable: str) -> BookFigure:
    """Draw the studies of an outcome in groups, each with its subtotal, and the test between them.

    Parameters
    ----------
    variable : str
        A group of the settings. The anchor is ``fig-<outcome>-by-<variable>``.
    """
    nouns, found = book.review.words, analysis.subgroups(variable)
    drawn = list(zip(study_rows(analysis), found.members, strict=True))
    rows: list[Row] = []
    for label, pooled in found.groups.items():
        rows.append(Row(label=label, kind="heading"))
        rows += [replace(study, group=label) for study, member in drawn if member == label]
        if pooled.k > 1:
            row = found.table.loc[found.table["group"] == label].iloc[0]
            counts = str(words.counts(int(row["events"]), int(row["total"])))
            subtotal = proportion(pooled)
            rows.append(Row.of("Subtotal", subtotal, "comparison", counts=counts, group=label))
    rows += [Row(label=f"All {nouns.studies}", kind="heading")]
    rows.append(comparison_row(analysis, recipe=_recipe(book)))
    rows.append(Row.of(PRIMARY, proportion(analysis.primary), "pooled"))
    title, test = words.within_sentence(found.title), between_text(found)
    digits = book.digits(analysis.outcome.id)
    subtotals = group_words(found, nouns.study, digits)
    return _drawn(
        book,
        analysis,
        rows,
        [
            test,
            *filter(None, [found.note]),
            f"Subtotals and test: comparison recipe; weights are of all {nouns.studies}.",
        ],
        kind=f"by-{variable.replace('_', '-')}",
        caption=f"{words.escape(analysis.outcome.label)} by {words.escape(title)}. Squares are "
        f"{words.escape(nouns.studies)}, with an area proportional to their weight among all of "
        "them; diamonds are pooled estimates.",
        alt=f"Forest plot of {words.within_sentence(analysis.outcome.label)} by {title}, pooled by "
        f"the comparison recipe: {words.join(subtotals)}. {test}",
        call=f'figures.study_group_forest(book, {python_call(analysis)}, "{variable}")',
    )


def study_alone_forest(book: StudyBook, analysis: Analysis) -> BookFigure:
    """Draw the pooled proportion without each study in turn.

    Raises
    ------
    ValueError
        With a single study.
    """
    nouns = book.review.words
    if analysis.selection.k < 2:
        raise ValueError(f"leaving one out takes at least 2 {nouns.studies}, there is 1")
    rows = [
        Row(
            label=f"Without {label}",
            estimate=pool["estimate"],
            low=pool["low"],
            high=pool["high"],
        )
        for label, pool in zip(
            analysis.selection.labels, leave_one_out(analysis).to_dict("records"), strict=False
        )
        if math.isfinite(pool["estimate"])
    ]
    rows.append(Row.of(f"All {nouns.studies}", proportion(analysis.primary), "pooled"))
    return _drawn(
        book,
        analysis,
        rows,
        [f"Recipe: {book.review.recipe_labels[book.review.primary_recipe]}."],
        kind="leave-one-out",
        caption=f"{words.escape(analysis.outcome.label)}, pooled again without each "
        f"{words.escape(nouns.study)} in turn; the last row has all.",
        alt=_ends(book, analysis, rows[:-1], f"without each {nouns.study} in turn"),
        call=f"figures.study_alone_forest(book, {python_call(analysis)})",
        intervals=False,
        limits=_near(rows),
        label_header="Pooled",
    )


def study_sets_forest(book: StudyBook, analysis: Analysis) -> BookFigure:
    """Draw the pooled proportion in every set of the settings."""
    frame = by_sets(book, analysis.outcome.id)
    rows = [
        Row(
            label=str(one["label"]),
            estimate=float(one["estimate"]),
            low=float(one["low"]),
            high=float(one["high"]),
            counts=str(one["k"]),
            kind="pooled" if one["set"] == book.review.primary_set else "study",
        )
        for one in frame[frame["estimate"].notna()].to_dict("records")
    ]
    nouns = book.review.words
    return _drawn(
        book,
        analysis,
        rows,
        [f"Recipe: {book.review.recipe_labels[book.review.primary_recipe]}."],
        kind="sets",
        caption=f"{words.escape(analysis.outcome.label)} in every set of "
        f"{words.escape(nouns.studies)}; the diamond is the primary one.",
        alt=_ends(book, analysis, rows, "in every set"),
        call=f"figures.study_sets_forest(book, {python_call(analysis)})",
        intervals=False,
        limits=_near(rows),
        label_header="Set",
        counts_header=words.capital(nouns.studies),
    )


def _recipe(book: StudyBook) -> str:
    """Return what the settings call the comparison recipe, as it reads inside a sentence."""
    return words.within_sentence(book.review.recipe_labels[book.review.comparison_recipe])


def _ends(book: StudyBook, analysis: Analysis, rows: list[Row], what: str) -> str:
    """Return pools in words: the lowest and the highest of them."""
    digits, label = book.digits(analysis.outcome.id), analysis.outcome.label
    low, high = (end(rows, key=lambda row: row.estimate or 0.0) for end in (min, max))

    def one(row: Row) -> str:
        return f"{words.interval(row, digits=digits)} ({words.within_sentence(row.label)})"

    pooled = f"Forest plot of {words.within_sentence(label)}, pooled {what}"
    return f"{pooled}: {one(low)}." if low is high else f"{pooled}: from {one(low)} to {one(high)}."


def _near(rows: list[Row]) -> tuple[float, float]:
    """Return the axis cut to the round steps in which all rows lie, for rows that differ little.

    Steps are tenths, or smaller powers of ten where all rows would lie within half of one.
    """
    ends = [end for row in rows for end in (row.low, row.high) if end is not None]
    span, places = max(ends) - min(ends), 1
    while 0 < span < 0.5 * 10**-places:
        places += 1
    step = 10.0**-places
    low = round(step * math.floor(min(ends) / step), places)
    high = round(step * math.ceil(max(ends) / step), places)
    return (low, high) if low < high else (max(low - step, 0.0), min(high + step, 1.0))


def _size(nouns: Nouns, analysis: Analysis) -> str:
    studies = nouns.count_studies(analysis.selection.k)
    return f"{studies} with {nouns.count_people(analysis.selection.n)}"


def _heterogeneity(nouns: Nouns, analysis: Analysis, recipe: str) -> list[str]:
    if analysis.selection.k < 2:
        return [f"One {nouns.study}: no heterogeneity to estimate."]
    return heterogeneity_footer(analysis, recipe=recipe)


def _prediction(nouns: Nouns, analysis: Analysis) -> str:
    if analysis.new_cohort is None:
        return f"No prediction interval: it takes at least {FEWEST_COHORTS} {nouns.studies}."
    return (
        f"Prediction interval: of the true rate of a new {nouns.study}, binomial model with priors."
    )


def _drawn(
    book: StudyBook,
    analysis: Analysis,
    rows: list[Row],
    footer: list[str],
    *,
    kind: str,
    name: str | None = None,
    intervals: bool = True,
    **shown: Any,
) -> BookFigure:
    nouns, outcome = book.review.words, analysis.outcome
    given = {"label_header": words.capital(nouns.study), **shown}
    last = [f"Intervals of {nouns.studies}: Wilson."] if intervals else []
    return forest_rows(
        rows,
        name=name or f"fig-{outcome.id.replace('_', '-')}-{kind}",
        reference=proportion(analysis.primary).estimate,
        axis_label=f"{outcome.label}, share of {nouns.people}",
        footer=[*footer, *last],
        digits=book.digits(outcome.id),
        **given,
    )
