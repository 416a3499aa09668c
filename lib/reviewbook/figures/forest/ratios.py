"""Forest plot of comparisons of arms: ratios on a log axis, grouped by endpoint."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from reviewbook import words
from reviewbook.figures.drawing.figure import BookFigure
from reviewbook.review.settings import Review
from reviewbook.survival.arms import Comparison, pooled_ratio
from reviewbook.survival.immortal_time import scenario

from .estimates import forest_rows
from .rows import Row


def comparison_forest(
    found: Mapping[str, Sequence[Comparison]],
    review: Review,
    *,
    name: str,
    caption: str,
    favours: tuple[str, str],
) -> BookFigure:
    """Draw every comparison, and the pooled ratio of each endpoint with two or more.

    Parameters
    ----------
    found : mapping
        Endpoint → its comparisons. An odds ratio of 0 lies beyond a log axis: its interval is drawn
        and ends in an arrow.
    favours : tuple of str
        Words left and right of 1.
    """
    rows: list[Row] = []
    texts: list[str] = []
    for endpoint, listed in found.items():
        if not listed:
            continue
        event, measure = review.endpoint(endpoint).event, listed[0].measure
        heading = f"{words.capital(measure)} of {event}"
        rows.append(Row(label=heading, kind="heading"))
        for one in listed:
            label = f"{one.label}{_when(one)}"
            rows.append(Row.of(label, one.ratio, counts=_sizes(one), group=event))
            if one.all_events is not None and one.at_one_time is not None:
                again = f"  the same, from survival at {one.time_months:g} months"
                rows.append(Row.of(again, one.at_one_time, "printed", group=event))
        overall = pooled_ratio(listed)
        if len(listed) > 1 and overall is not None:
            label = f"Pooled: {event}, {words.count(len(listed), 'cohort')}"
            n = str(sum(one.n for one in listed))
            rows.append(Row.of(label, overall, "pooled", counts=n, group=event))
            texts.append(
                f"{heading}: pooled {words.ratio(overall)} in {words.count(len(listed), 'cohort')}"
            )
        else:
            texts.append(f"{heading}: {words.count(len(listed), 'cohort')}, not pooled")
    return forest_rows(
        rows,
        name=name,
        caption=caption,
        alt=f"Forest plot of ratios, below 1 {favours[0]}. {'. '.join(texts)}.",
        favours=favours,
        axis_label="Ratio, log scale",
        call="figures.comparison_forest(found, book.review, ...)",
        scale="ratio",
        counts_header="Patients",
    )


def null_forest(
    found: Sequence[Comparison],
    simulated: pd.DataFrame,
    review: Review,
    *,
    name: str,
    caption: str,
    favours: tuple[str, str],
) -> BookFigure:
    """Draw each comparison beside the naive hazard ratios of cohorts without any effect.

    Parameters
    ----------
    found : sequence of Comparison
    simulated : DataFrame
        :func:`reviewbook.survival.immortal_time.sweep` of their scenarios; the naive rows are
        drawn, with the middle 90 % of the simulated cohorts as open diamonds.
    """
    rows: list[Row] = []
    texts: list[str] = []
    for one in found:
        group = scenario(one).label
        rows.append(Row(label=group, kind="heading"))
        label = f"Printed: {review.endpoint(one.endpoint).event}"
        assert one.at_one_time is not None  # as is every scenario
        rows.append(Row.of(label, one.at_one_time, counts=_sizes(one), group=group))
        naive = simulated[(simulated["scenario"] == group) & (simulated["analysis"] == "naive")]
        for row in naive.to_dict("records"):
            early = "constant hazard" if row["shape"] == 1.0 else "early events"
            rows.append(
                Row(
                    label=f"No effect: {row['median']:g} months, {early}",
                    estimate=float(row["hazard_ratio"]),
                    low=float(row["low"]),
                    high=min(float(row["high"]), 1e6),
                    kind="printed",
                    group=group,
                )
            )
        texts.append(
            f"{group}: printed {words.ratio(one.at_one_time)}, without any effect "
            f"{words.join(f'{v:.2f}' for v in sorted(naive['hazard_ratio']))}"
        )
    return forest_rows(
        rows,
        name=name,
        caption=caption,
        alt="Forest plot of printed hazard ratios and of the medians of simulated cohorts in which "
        f"the exposure has no effect. {'. '.join(texts)}.",
        favours=favours,
        label_header="Comparison",
        value_header="Hazard ratio",
        axis_label="Hazard ratio, log scale",
        footer=["Square: printed comparison with 95% interval. Open diamond: median and middle "
                "90% of simulated cohorts in which the exposure has no effect, by the median time "
                "to it."],
        call="figures.null_forest(found, simulated, book.review, ...)",
        scale="ratio",
        counts_header="Patients",
    )  # fmt: skip


def _when(one: Comparison) -> str:
    if one.all_events is not None:
        return f", from p = {one.printed_p}"
    return "" if one.time_months is None else f", {one.time_months:g} months"


def _sizes(one: Comparison) -> str:
    if one.better.events is not None and one.worse.events is not None:
        return (
            f"{words.counts(one.better.events, one.better.n or 0)} v "
            f"{words.counts(one.worse.events, one.worse.n or 0)}"
        )
    return f"{one.better.n} v {one.worse.n}"
