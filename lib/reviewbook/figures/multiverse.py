"""The multiverse of one outcome: where its pools lie, all of them and by each choice."""

from __future__ import annotations

import numpy as np

from reviewbook import words
from reviewbook.evidence.claims import Claims
from reviewbook.figures.drawing.figure import BookFigure
from reviewbook.figures.forest.estimates import forest_rows
from reviewbook.figures.forest.rows import Row
from reviewbook.prose.multiverse import level_words
from reviewbook.robustness.choice_effects import level_spreads
from reviewbook.robustness.multiverse import CHOICES, Multiverse

from .multiverse_curve import multiverse_curve


def multiverse_pools(universe: Multiverse, printed: Claims) -> BookFigure:
    """Draw all pools of an outcome, the printed value across and the two fixed analyses marked."""
    outcome, frame = universe.outcome, universe.pools()
    home = frame["selection"] == universe.primary[0]
    places = {"primary": universe.primary, "comparison": universe.comparison}
    marks = {
        word: int(np.flatnonzero(home & (frame["recipe"] == place[1]))[0])
        for word, place in places.items()
    }
    values = {
        word: f"{words.percent(row['estimate'])} ({words.in_percent(row['low'])} to "
        f"{words.in_percent(row['high'])})"
        for word, row in ((word, frame.iloc[at]) for word, at in marks.items())
    }
    return multiverse_curve(
        frame,
        name=f"fig-{outcome.id.replace('_', '-')}-multiverse",
        what=outcome.label,
        marks=marks,
        printed=printed,
        caption=(
            f"{outcome.label} under {words.count(len(frame), 'pool')}, ordered by their "
            "estimate. Inner band: the median 95% interval of neighbouring pools; outer band: its "
            "extremes. Grey: the printed value with its interval. Diamond: the primary analysis, "
            f"{values['primary']}. Square: the comparison analysis, {values['comparison']}."
        ),
        call=_call("multiverse_pools", universe, f', book.claims("{outcome.topic}")'),
    )


def multiverse_choices(universe: Multiverse) -> BookFigure:
    """Draw where the pools lie that make each choice: median and middle nine tenths."""
    label = universe.outcome.label
    rows: list[Row] = []
    for level in level_spreads(universe).to_dict("records"):
        group = CHOICES[level["choice"]]
        if not rows or rows[-1].group != group:
            rows.append(Row(label=group, kind="heading"))
        rows.append(
            Row(
                label=level_words(level["choice"], level["level"]),
                estimate=level["estimate"],
                low=level["low"],
                high=level["high"],
                counts=words.number(level["pools"], 0),
                group=group,
            )
        )
    low, high = np.quantile(universe.estimate[universe.distinct], (0.01, 0.99))
    return forest_rows(
        rows,
        name=f"fig-{universe.outcome.id.replace('_', '-')}-multiverse-choices",
        caption=f"{label}: where the pools lie that make each choice. Square: their median; line: "
        "the middle nine tenths. These are spreads over pools, not confidence intervals.",
        limits=(max(0.0, float(np.floor(low * 20) / 20)), min(1.0, float(np.ceil(high * 20) / 20))),
        label_header="Choice",
        counts_header="Pools",
        value_header="Median (90% of pools)",
        axis_label=f"{label}, share of patients",
        call=_call("multiverse_choices", universe),
    )


def _call(function: str, universe: Multiverse, more: str = "") -> str:
    return (
        "from reviewbook.robustness.multiverse import multiverse\n"
        f'figures.{function}(multiverse(book, "{universe.outcome.id}"){more})'
    )
