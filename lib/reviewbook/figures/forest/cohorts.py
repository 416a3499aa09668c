"""Forest plots of an analysis, to the conventions of Cochrane reviews."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import metaprop
from reviewbook import words
from reviewbook.figures.drawing.figure import BookFigure, python_call
from reviewbook.pooling.analysis import Analysis, SubgroupAnalysis, proportion
from reviewbook.pooling.new_cohort import FEWEST_COHORTS
from reviewbook.pooling.selection import Selection

from .estimates import forest_rows
from .named_set import outcome_in_set, set_words
from .rows import Row

PRIMARY = "Pooled, random-intercept logistic"


def forest(
    analysis: Analysis, *, printed: Any = None, name: str | None = None, lead: str = ""
) -> BookFigure:
    """Draw the cohorts of an analysis, what they pool to, and the printed value beside it.

    Parameters
    ----------
    analysis : Analysis
        From ``book.analyse(outcome, set)``.
    printed : Claims, optional
        From ``book.claims(topic)``: estimate, low and high as fractions or None.
    name : str, optional
        Anchor; by default ``fig-<outcome>-forest``.
    lead : str, optional
        Words before caption and alternative, where a book shows the same cohorts a second time.

    Notes
    -----
    A random-intercept logistic model gives studies no weights; the areas of the squares
    are the weights of the comparison recipe, and the figure says so; its CSV has them as numbers.
    """
    outcome, rows = analysis.outcome, rows_with_pools(analysis)
    argument = ""
    if printed is not None:
        argument = f", printed={python_call(printed)}"
        if printed.estimate is not None:
            rows.append(Row.of("Printed in the article", printed, "printed"))
    return _of_cohorts(
        analysis,
        rows,
        [*heterogeneity_footer(analysis), _prediction_footer(analysis)],
        name=name or f"fig-{outcome.id.replace('_', '-')}-forest",
        caption=_led(lead, _caption(analysis, printed)),
        call=f"figures.forest({python_call(analysis)}{argument})",
        alt=_led(lead, _alt(analysis, printed)),
    )


def rows_with_pools(analysis: Analysis, *, recipe: str = "") -> list[Row]:
    """Return the studies of an analysis, its two pools, and where a new cohort is expected.

    `recipe` is what the comparison recipe is called, where it has a name of its own.
    """
    selection, primary = analysis.selection, analysis.primary
    counts = str(words.counts(int(selection.events.sum()), selection.n))
    rows = [*study_rows(analysis), Row.of(PRIMARY, proportion(primary), "pooled", counts=counts)]
    new = analysis.new_cohort
    if new is not None:
        label = f"{words.percent(primary.recipe.level)} prediction interval"
        rows.append(Row(label=label, low=new.low, high=new.high, kind="prediction"))
    return [*rows, comparison_row(analysis, recipe=recipe)]


def subgroup_forest(analysis: Analysis, variable: str, *, name: str | None = None) -> BookFigure:
    """Draw the cohorts of an analysis in groups, each with its subtotal, and the test between them.

    Parameters
    ----------
    variable : str
        Column of the cohorts, such as ``"cell_source"``.
    """
    outcome, found = analysis.outcome, analysis.subgroups(variable)
    studies = list(zip(study_rows(analysis), found.members, strict=True))
    rows: list[Row] = []
    for row in found.table.to_dict("records"):
        group, pooled = str(row["group"]), found.groups[row["group"]]
        rows.append(Row(label=group, kind="heading"))
        rows += [replace(study, group=group) for study, member in studies if member == group]
        if pooled.k > 1:
            counts = str(words.counts(int(row["events"]), int(row["total"])))
            subtotal = proportion(pooled)
            label = f"Subtotal, I² {words.i2(pooled.i2)}"
            rows.append(Row.of(label, subtotal, "comparison", counts=counts, group=group))
    rows.append(Row(label="All cohorts", kind="heading"))
    rows.append(comparison_row(analysis))
    rows.append(Row.of(PRIMARY, proportion(analysis.primary), "pooled"))
    test = between_text(found)
    note = [found.note] if found.note else []
    title = words.within_sentence(found.title)
    where = set_words(analysis.review, analysis.selection.set_id)
    subtotals = group_words(found, "cohort")
    return _of_cohorts(
        analysis,
        rows,
        [test, *note, "Subtotals and test: comparison recipe."],
        name=name or f"fig-{outcome.id}-by-{variable}".replace("_", "-"),
        caption=f"{outcome.label} by {title}, in {where}. Squares are cohorts, with "
        "an area proportional to their weight among all cohorts; diamonds are pooled estimates.",
        call=f'figures.subgroup_forest({python_call(analysis)}, "{variable}")',
        alt=f"Forest plot of {words.within_sentence(outcome.label)} by {title}, in "
        f"{where}, pooled by the comparison recipe: {words.join(subtotals)}. {test}",
    )


def study_rows(analysis: Analysis) -> list[Row]:
    """Return the cohorts as rows, each with its Wilson interval and its comparison weight."""
    selection = analysis.selection
    events, totals = selection.events, selection.totals
    low, high = metaprop.proportion_interval(events, totals, method="wilson")
    bounds = [str(bound) for bound in selection.included["bound"]]
    return [
        Row(
            label=label,
            estimate=float(events[i] / totals[i]),
            low=float(low[i]),
            high=float(high[i]),
            counts=str(words.counts(int(events[i]), int(totals[i]), bound=bounds[i])),
            weight=float(analysis.comparison.weights[i]),
            status=str(selection.included["status"].iloc[i]),
        )
        for i, label in enumerate(selection.labels)
    ]


def comparison_row(analysis: Analysis, *, recipe: str = "") -> Row:
    """Return the pool by the comparison recipe as a row; `recipe` as in :func:`rows_with_pools`."""
    pooled = analysis.comparison
    return Row.of(f"Pooled, {recipe or pooled.recipe.label}", proportion(pooled), "comparison")


def heterogeneity_footer(analysis: Analysis, *, recipe: str = "") -> list[str]:
    """Return τ², Q and I² as the lines under a forest plot; `recipe` as in `rows_with_pools`."""
    primary, comparison = analysis.primary, analysis.comparison
    if comparison.k < 2:
        return ["One cohort: no heterogeneity to estimate."]
    limits = ""
    if analysis.i2_interval is not None:
        _, low, high = analysis.i2_interval
        limits = f" (95% CI {words.number(100 * low, 0)} to {words.number(100 * high, 0)})"
    return [
        f"Heterogeneity, {recipe or comparison.recipe.label}: τ² = {words.tau2(comparison.tau2)}; "
        f"Q = {words.number(comparison.q, 1)}, df = {comparison.q_df}, "
        f"{words.pvalue(comparison.q_pvalue)}; I² = {words.i2(comparison.i2)}{limits}. "
        f"Random-intercept logistic model: τ² = {words.tau2(primary.tau2)} on the logit scale, "
        "maximum likelihood.",
        "Area of a square: weight by the comparison recipe; the logistic model gives none.",
    ]


def bounds_footer(*selections: Selection) -> list[str]:
    """Return what the signs of counts mean that are only bounds, one line a sign that is drawn."""
    drawn = {bound for selection in selections for bound in selection.included["bound"]}
    return [
        f"{words.BOUNDS[bound]}: {bound} bound of the count."
        for bound in ("lower", "upper")
        if bound in drawn
    ]


def _prediction_footer(analysis: Analysis) -> str:
    """Say what the prediction bar is, or why there is none."""
    if analysis.new_cohort is None:
        return f"No prediction interval: it takes at least {FEWEST_COHORTS} cohorts."
    return "Prediction interval: of the true rate of a new cohort, binomial model with priors."


def _of_cohorts(analysis: Analysis, rows: list[Row], footer: list[str], **named: Any) -> BookFigure:
    estimate = analysis.primary.proportion or analysis.comparison.proportion
    return forest_rows(
        rows,
        reference=None if estimate is None else estimate.estimate,
        axis_label=f"{analysis.outcome.label}, share of patients",
        footer=[*footer, *bounds_footer(analysis.selection), "Intervals of cohorts: Wilson."],
        **named,
    )


def _led(lead: str, text: str) -> str:
    return f"{lead}, {words.within_sentence(text)}" if lead else text


def _caption(analysis: Analysis, printed: Any) -> str:
    selection = analysis.selection
    grey = " The open grey diamond is what the article prints." if printed is not None else ""
    new = analysis.new_cohort
    bar = "" if new is None else "; the bar is where the true rate of a new cohort is expected"
    return (
        f"{outcome_in_set(analysis)}: {words.count(selection.k, 'cohort')} with "
        f"{words.count(selection.n, 'patient')}. Squares are cohorts, with an area proportional to "
        "their weight; the diamonds are pooled estimates, the first by the random-intercept "
        f"logistic model, the second by the comparison recipe{bar}.{grey}"
    )


def _alt(analysis: Analysis, printed: Any) -> str:
    selection = analysis.selection
    where = set_words(analysis.review, analysis.selection.set_id)
    cohorts, patients = words.count(selection.k, "cohort"), words.count(selection.n, "patient")
    size = f"{where}, {cohorts} with {patients}"
    text = alternative(analysis, size, "cohort")
    if printed is not None and printed.estimate is not None:
        text += f" The article prints {words.interval(printed)}."
    return text


def alternative(analysis: Analysis, size: str, study: str, *, digits: int = 0) -> str:
    """Return a forest plot in words: extremes, both pools, and where a new one is expected.

    Parameters
    ----------
    size : str
        How many studies and people it shows.
    study : str
        What a study is called.
    digits : int
        Decimals of percentages.
    """
    selection = analysis.selection
    share = selection.events / selection.totals

    def one(i: int) -> str:
        bound = str(selection.included["bound"].iloc[i])
        counts = words.counts(int(selection.events[i]), int(selection.totals[i]), bound=bound)
        return f"{counts} in {selection.labels[i]}"

    primary, comparison = (
        words.interval(proportion(pooled), digits=digits)
        for pooled in (analysis.primary, analysis.comparison)
    )
    text = (
        f"Forest plot of {words.within_sentence(analysis.outcome.label)} in {size}: from "
        f"{one(int(share.argmin()))} to {one(int(share.argmax()))}; pooled "
        f"{primary} by the logistic model and {comparison} by the comparison recipe."
    )
    if analysis.new_cohort is not None:
        expected = words.limits(analysis.new_cohort, digits=digits)
        text += f" The true rate of a new {study} is expected at {expected}."
    return text


def group_words(found: SubgroupAnalysis, study: str, digits: int = 0) -> list[str]:
    """Return each group with what is drawn of it: its pool, or the counts of its one study."""
    texts = []
    for row in found.table.to_dict("records"):
        pooled = found.groups[row["group"]]
        counts = words.counts(int(row["events"]), int(row["total"]))
        pool = words.interval(proportion(pooled), digits=digits)
        what = pool if pooled.k > 1 else f"{counts} in one {study}"
        texts.append(f"{row['group']} {what}")
    return texts


def between_text(found: SubgroupAnalysis) -> str:
    """Return the test between subgroups as a sentence."""
    if found.q_between is None or found.pvalue is None:
        return "One group: no test between groups."
    return (
        f"Test between groups: Q = {words.number(found.q_between, 1)}, df = {found.df_between}, "
        f"{words.pvalue(found.pvalue)}."
    )
