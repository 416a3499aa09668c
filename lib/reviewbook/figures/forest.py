"""Forest plots of an analysis, to the conventions of Cochrane reviews."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import metaprop
from reviewbook import words
from reviewbook.analysis import proportion
from reviewbook.figures.calls import expression
from reviewbook.figures.figure import BookFigure
from reviewbook.figures.forest_drawing import ForestSpec
from reviewbook.figures.forest_rows import axis_ticks, describe_rows, forest_figure
from reviewbook.figures.rows import Row

if TYPE_CHECKING:
    from metaprop import Pooled
    from reviewbook.analysis import Analysis, SubgroupAnalysis
    from reviewbook.selection import Selection

PRIMARY = "Pooled, random-intercept logistic"


def forest(
    analysis: Analysis,
    *,
    printed: Any = None,
    name: str | None = None,
    caption: str | None = None,
    interval: str = "wilson",
    call: str | None = None,
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
    interval : str
        Interval of each cohort, a method of :func:`metaprop.proportion_interval`: "wilson" or
        "clopper-pearson".

    Notes
    -----
    A random-intercept logistic model gives studies no weights; the squares and the column of
    weights are those of the comparison recipe, and the figure says so.
    """
    selection, outcome = analysis.selection, analysis.outcome
    rows = study_rows(selection, weights=analysis.comparison.weights, interval=interval)
    counts = words.counts(int(selection.events.sum()), int(selection.totals.sum()))
    rows.append(_pooled_row(PRIMARY, analysis.primary, "pooled", counts=str(counts)))
    if analysis.primary.prediction is not None:
        low, high = analysis.primary.prediction.low, analysis.primary.prediction.high
        rows.append(Row(label="95% prediction interval", low=low, high=high, kind="prediction"))
    label = f"Pooled, {analysis.comparison.recipe.label}"
    rows.append(_pooled_row(label, analysis.comparison, "comparison"))
    if printed is not None and printed.estimate is not None:
        rows.append(printed_row(printed))
    spec = _spec(analysis, rows, interval, heterogeneity_footer(analysis))
    return forest_figure(
        spec,
        name=name or f"fig-{outcome.id.replace('_', '-')}-forest",
        caption=caption or _caption(analysis, printed),
        call=call or _call(analysis, printed),
        alt=_alt(analysis, printed),
        description=describe_rows(spec),
    )


def subgroup_forest(
    analysis: Analysis,
    variable: str,
    *,
    name: str | None = None,
    caption: str | None = None,
    interval: str = "wilson",
    call: str | None = None,
) -> BookFigure:
    """Draw the cohorts of an analysis in groups, each with its subtotal, and the test between them.

    Parameters
    ----------
    variable : str
        Column of the cohorts, such as ``"cell_source"``.
    """
    outcome, selection = analysis.outcome, analysis.selection
    found = analysis.subgroups(variable)
    studies = study_rows(selection, weights=analysis.comparison.weights, interval=interval)
    counts = {row["group"]: row for row in found.table.to_dict("records")}
    rows: list[Row] = []
    for group, pooled in found.groups.items():
        rows.append(Row(label=group, kind="heading"))
        members = zip(studies, found.members, strict=True)
        rows += [replace(row, group=group) for row, member in members if member == group]
        if pooled.k > 1:
            text = words.counts(int(counts[group]["events"]), int(counts[group]["total"]))
            rows.append(
                _pooled_row("Subtotal", pooled, "comparison", counts=str(text), group=group)
            )
    rows.append(Row(label="All cohorts", kind="heading"))
    label = f"Pooled, {analysis.comparison.recipe.label}"
    rows.append(_pooled_row(label, analysis.comparison, "comparison"))
    rows.append(_pooled_row(PRIMARY, analysis.primary, "pooled"))
    test = between_text(found)
    note = [found.note] if found.note else []
    footer = [test, *note, "Subtotals and test: comparison recipe; weights are of all cohorts."]
    spec = _spec(analysis, rows, interval, footer)
    subtotals = words.join(
        [f"{g} {words.interval(proportion(p))}" for g, p in found.groups.items()]
    )
    return forest_figure(
        spec,
        name=name or f"fig-{outcome.id}-by-{variable}".replace("_", "-"),
        caption=caption
        or f"{outcome.label} by {words.within_sentence(found.title)}. Squares are cohorts, "
        "with an area proportional to their weight among all cohorts; diamonds are pooled "
        "estimates.",
        call=call or f'figures.subgroup_forest({expression(analysis)}, "{variable}")',
        alt=f"Forest plot of {words.within_sentence(outcome.label)} by "
        f"{words.within_sentence(found.title)}, pooled by the comparison recipe: "
        f"{subtotals}. {test}",
        description=describe_rows(spec),
    )


def study_rows(selection: Selection, *, weights: Any = None, interval: str = "wilson") -> list[Row]:
    """Return the cohorts of a selection as rows, each with its own interval."""
    events, totals = selection.events, selection.totals
    low, high = metaprop.proportion_interval(events, totals, method=interval)
    rows = []
    for i, (label, status) in enumerate(
        zip(selection.labels, selection.included["status"], strict=True)
    ):
        share = float(events[i] / totals[i])
        rows.append(
            Row(
                label=label,
                estimate=share,
                # At 0 and at n a limit equals the proportion, up to rounding of the last bit.
                low=min(float(low[i]), share),
                high=max(float(high[i]), share),
                counts=str(words.counts(int(events[i]), int(totals[i]))),
                weight=None if weights is None else float(weights[i]),
                status=str(status),
            )
        )
    return rows


def printed_row(printed: Any, *, label: str = "Printed in the article") -> Row:
    """Return the article's own value as a grey row."""
    return Row(
        label=label, estimate=printed.estimate, low=printed.low, high=printed.high, kind="printed"
    )


def _pooled_row(label: str, pooled: Pooled, kind: str, *, counts: str = "", group: str = "") -> Row:
    interval = proportion(pooled)
    return Row(
        label=label,
        estimate=interval.estimate,
        low=min(interval.low, interval.estimate),
        high=max(interval.high, interval.estimate),
        kind=kind,
        counts=counts,
        group=group,
    )


def heterogeneity_footer(analysis: Analysis) -> list[str]:
    """Return τ², Q and I² as the lines under a forest plot."""
    primary, comparison = analysis.primary, analysis.comparison
    if comparison.k < 2:
        return ["One cohort: no heterogeneity to estimate."]
    limits = ""
    if analysis.i2_interval is not None:
        _, low, high = analysis.i2_interval
        limits = f" (95% CI {words.number(100 * low, 0)} to {words.number(100 * high, 0)})"
    return [
        f"Heterogeneity, {comparison.recipe.label}: τ² = {words.tau2(comparison.tau2)}; "
        f"Q = {words.number(comparison.q, 1)}, df = {comparison.q_df}, "
        f"{words.pvalue(comparison.q_pvalue)}; I² = {words.i2(comparison.i2)}{limits}. "
        f"Random-intercept logistic model: τ² = {words.tau2(primary.tau2)} on the logit scale, "
        "maximum likelihood.",
        "Weights are those of the comparison recipe; the logistic model gives studies none.",
    ]


def _spec(analysis: Analysis, rows: list[Row], interval: str, footer: list[str]) -> ForestSpec:
    estimate = analysis.primary.proportion or analysis.comparison.proportion
    return ForestSpec(
        rows=rows,
        percent=True,
        log=False,
        limits=(0.0, 1.0),
        ticks=axis_ticks((0.0, 1.0), "percent"),
        reference=None if estimate is None else estimate.estimate,
        label_header="Cohort",
        counts_header="Events/total",
        value_header="% (95% CI)",
        axis_label=f"{analysis.outcome.label}, share of patients",
        footer=(*footer, f"Intervals of cohorts: {interval.replace('-', '–').title()}."),
    )


def _call(analysis: Analysis, printed: Any) -> str:
    if printed is None:
        return f"figures.forest({expression(analysis)})"
    topic = analysis.outcome.topic
    return f'figures.forest({expression(analysis)}, printed=book.claims("{topic}"))'


def _caption(analysis: Analysis, printed: Any) -> str:
    selection = analysis.selection
    grey = " The open grey diamond is what the article prints." if printed is not None else ""
    return (
        f"{analysis.outcome.label} in {words.count(selection.k, 'cohort')} with "
        f"{words.count(selection.n, 'patient')}. Squares are cohorts, with an area proportional to "
        "their weight; the diamonds are pooled estimates, the first by the random-intercept "
        "logistic model, the second by the comparison recipe; the bar is where a new cohort is "
        f"expected.{grey}"
    )


def _alt(analysis: Analysis, printed: Any) -> str:
    selection = analysis.selection
    share = selection.events / selection.totals
    low, high = int(share.argmin()), int(share.argmax())

    def one(i: int) -> str:
        counts = words.counts(int(selection.events[i]), int(selection.totals[i]))
        return f"{counts} in {selection.labels[i]}"

    text = (
        f"Forest plot of {words.within_sentence(analysis.outcome.label)} in "
        f"{words.count(selection.k, 'cohort')} with "
        f"{words.count(selection.n, 'patient')}: from {one(low)} to {one(high)}; pooled "
        f"{words.interval(proportion(analysis.primary))} by the logistic model and "
        f"{words.interval(proportion(analysis.comparison))} by the comparison recipe."
    )
    if printed is not None and printed.estimate is not None:
        text += f" The article prints {words.interval(printed)}."
    return text


def between_text(found: SubgroupAnalysis) -> str:
    """Return the test between subgroups as a sentence."""
    if found.q_between is None or found.pvalue is None:
        return "One group: no test between groups."
    return (
        f"Test between groups: Q = {words.number(found.q_between, 1)}, df = {found.df_between}, "
        f"{words.pvalue(found.pvalue)}."
    )
