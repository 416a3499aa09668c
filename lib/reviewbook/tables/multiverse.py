"""What the page on the multiverse shows: sentences, tables and curves, from computed pools."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from reviewbook import words
from reviewbook.book import Book
from reviewbook.figures import BookFigure, Row, forest_rows
from reviewbook.figures.multiverse import multiverse_curve
from reviewbook.robustness.multiverse import CHOICES, FEWEST_COHORTS, Multiverse, multiverse
from reviewbook.robustness.multiverse_summaries import one_change, variance_shares
from reviewbook.robustness.rule_grid import RULE_CHOICES
from reviewbook.tables import BookTable, plain_table
from reviewbook.words import Phrase

FloatArray = NDArray[np.float64]

ZEROS = {
    "adjust-extreme": "½ added at 0 or all",
    "variance-only": "½ in the variance only",
    "drop": "0 or all left out",
    "none": "no correction",
}
SCALES = {
    "raw": "raw",
    "log": "log",
    "logit": "logit",
    "arcsine": "arcsine",
    "double_arcsine": "Freeman–Tukey",
}
INTERVALS = {
    "wald": "Wald",
    "t": "t",
    "hartung-knapp": "Hartung–Knapp",
    "hartung-knapp-adhoc": "Hartung–Knapp, never narrower",
}


def universes(book: Book) -> dict[str, Multiverse]:
    """Compute the multiverse of every outcome, by its identifier."""
    return {outcome.id: multiverse(book, outcome.id) for outcome in book.review.outcomes}


def outcome_labels(found: dict[str, Multiverse]) -> dict[str, str]:
    """Return the labels of the outcomes by identifier."""
    return {name: one.outcome.label for name, one in found.items()}


def size(found: dict[str, Multiverse]) -> tuple[Phrase, Phrase, Phrase, Phrase]:
    """Say how many pools, analyses, combinations of rules and recipes there are."""
    first = next(iter(found.values()))
    return (
        words.count(sum(one.n_pools for one in found.values()), "distinct pool"),
        words.count(sum(one.n_analyses for one in found.values()), "analysis", "analyses"),
        words.count(first.n_rules, "combination"),
        words.count(len(first.recipes), "recipe"),
    )


def unanswered(found: dict[str, Multiverse]) -> Phrase:
    """Say how many selections times recipes have no answer."""
    return words.count(sum(one.not_computable for one in found.values()), "combination")


def choices_table(universe: Multiverse) -> pd.DataFrame:
    """List every choice with its levels: ``choice levels count``."""
    recipes = universe.recipes
    levels: dict[str, list[str]] = {
        name: list(dict.fromkeys(universe.universe[name].astype(str))) for name in RULE_CHOICES
    }
    inverse = [r for r in recipes if r.method != "GLMM"]
    levels["scale"] = list(dict.fromkeys(_scale(r.scale, r.zeros) for r in inverse))
    levels["method"] = list(dict.fromkeys(r.method for r in recipes))
    levels["ci"] = list(dict.fromkeys(INTERVALS[r.ci] for r in recipes))
    rows = [(CHOICES[name], "; ".join(found), len(found)) for name, found in levels.items()]
    return pd.DataFrame(rows, columns=["choice", "levels", "count"])


def _scale(scale: str, zeros: str) -> str:
    return SCALES[scale] if zeros == "none" else f"{SCALES[scale]}, {ZEROS[zeros]}"


def presets_table(found: dict[str, Multiverse]) -> pd.DataFrame:
    """Return the pooled values by the defaults of programs on the primary set."""
    first = next(iter(found.values()))
    rows = []
    for column, programs in first.presets.items():
        row: dict[str, str] = {"program": programs, "recipe": first.recipes[column].label}
        for name, one in found.items():
            at = one.primary[0], column
            row[name] = _interval(one, at) if one.computable[at] else "no answer"
        rows.append(row)
    return pd.DataFrame(rows)


def _interval(universe: Multiverse, at: tuple[int, int]) -> str:
    values = [float(a[at]) for a in (universe.estimate, universe.low, universe.high)]
    estimate, low, high = (words.in_percent(value) for value in values)
    return f"{estimate}% ({low} to {high})"


def whole(value: int) -> str:
    """Return a whole number with separated thousands."""
    return str(words.number(value, 0))


def matches_table(book: Book, found: dict[str, Multiverse]) -> pd.DataFrame:
    """Count, for every outcome, the analyses that print the article's numbers."""
    frames = []
    for one in found.values():
        frame = one.matches(book.claims(one.outcome.topic))
        frame.insert(0, "outcome", one.outcome.label)
        frames.append(frame)
    table = pd.concat(frames, ignore_index=True)
    table["share"] = [str(words.percent(share, digits=1)) for share in table["share"]]
    return table


@dataclass(frozen=True, slots=True)
class Told:
    """Sentences on one outcome."""

    spread: Phrase
    match: Phrase
    weight: Phrase


def tell(book: Book, universe: Multiverse) -> Told:
    """Say in words where the analyses lie, what they print, and which choices matter."""
    estimates = universe.estimate[universe.distinct]
    nine = [float(np.quantile(estimates, q)) for q in (0.05, 0.5, 0.95)]
    low, middle, high = (words.percent(value) for value in nine)
    ends = words.percent(float(estimates.min())), words.percent(float(estimates.max()))
    claims = book.claims(universe.outcome.topic)
    counts = universe.matches(claims).set_index("what")["count"]
    limits = int(counts.get("same estimate and interval", 0))
    with_i2 = int(counts.get("same estimate, interval and I²", 0))
    beside = (
        f"{words.number(with_i2, 0)} the same I² on top of that, each I² that a pool can print "
        "counted"
        if with_i2
        else "none the same I² on top of that"
    )
    shares = variance_shares(universe)
    choices = shares[shares["choice"] != "rest"].head(2)
    rest = float(shares.loc[shares["choice"] == "rest", "estimate"].iloc[0])
    top = words.join(
        f"{words.within_sentence(row['name'])} explains {words.percent(row['estimate'])}"
        for _, row in choices.iterrows()
    )
    return Told(
        spread=Phrase(
            f"{words.count(universe.n_pools, 'pool')} of "
            f"{words.within_sentence(universe.outcome.label)} lie "
            f"between {ends[0]} and {ends[1]}, nine in ten between {low} and {high}, with a median "
            f"of {middle}."
        ),
        match=Phrase(
            f"The article prints {words.interval(claims)}; "
            f"{words.number(int(counts['same estimate']), 0)} print the same estimate, "
            f"{words.number(limits, 0)} the same interval as well, and {beside}."
        ),
        weight=Phrase(
            f"Alone, {top} of the variance of the estimates between analyses; "
            f"{words.percent(rest)} belongs to combinations of choices and to no single one."
        ),
    )


def curve(book: Book, universe: Multiverse) -> BookFigure:
    """Draw all pools, the printed value across and the two fixed analyses marked."""
    frame = universe.pools()
    home = frame["selection"] == universe.primary[0]
    marks = {
        word: int(np.flatnonzero(home & (frame["recipe"] == place[1]))[0])
        for word, place in (("primary", universe.primary), ("comparison", universe.comparison))
    }
    stem = universe.outcome.id.replace("_", "-")
    return multiverse_curve(
        frame,
        name=f"fig-{stem}-multiverse",
        what=universe.outcome.label,
        marks=marks,
        printed=book.claims(universe.outcome.topic),
        caption=(
            f"{universe.outcome.label} under {words.count(len(frame), 'pool')}, ordered by their "
            "estimate. Inner band: the median 95% interval of neighbouring pools; outer band: its "
            "extremes. Grey: the printed value with its interval. Diamond: the primary analysis, "
            f"{_interval(universe, universe.primary)}. Square: the comparison analysis, "
            f"{_interval(universe, universe.comparison)}."
        ),
        call=f'multiverse_page.curve(book, multiverse(book, "{universe.outcome.id}"))',
    )


def levels(universe: Multiverse) -> BookFigure:
    """Draw where the pools lie that make each choice: median and middle nine tenths."""
    rows = []
    for choice, found in _by_level(universe).items():
        rows.append(Row(label=CHOICES[choice], kind="heading"))
        for level, estimates in found.items():
            low, middle, high = (float(np.quantile(estimates, q)) for q in (0.05, 0.5, 0.95))
            rows.append(
                Row(
                    label=level,
                    estimate=middle,
                    low=low,
                    high=high,
                    counts=str(words.number(estimates.size, 0)),
                    group=CHOICES[choice],
                )
            )
    label = universe.outcome.label
    estimates = universe.estimate[universe.distinct]
    ends = float(np.quantile(estimates, 0.01)), float(np.quantile(estimates, 0.99))
    limits = max(0.0, np.floor(ends[0] * 20) / 20), min(1.0, np.ceil(ends[1] * 20) / 20)
    return forest_rows(
        rows,
        name=f"fig-{universe.outcome.id.replace('_', '-')}-multiverse-choices",
        caption=f"{label}: where the pools lie that make each choice. Square: their median; line: "
        "the middle nine tenths. These are spreads over pools, not confidence intervals.",
        limits=(float(limits[0]), float(limits[1])),
        label_header="Choice",
        counts_header="Pools",
        value_header="Median (90% of pools)",
        axis_label=f"{label}, share of patients",
        call=f'multiverse_page.levels(multiverse(book, "{universe.outcome.id}"))',
    )


def _by_level(universe: Multiverse) -> dict[str, dict[str, FloatArray]]:
    """Return, for every choice and level, the estimates of the distinct pools that make it.

    A pool that several rules lead to counts for each of them, and once.
    """
    table = universe.universe[universe.universe["selection"] >= 0]
    found: dict[str, dict[str, FloatArray]] = {}
    for name in RULE_CHOICES:
        found[name] = {}
        for level in dict.fromkeys(universe.universe[name]):
            at = np.unique(table.loc[table[name] == level, "selection"].to_numpy())
            if at.size:
                found[name][str(level)] = universe.estimate[at][universe.distinct[at]]
    labels = {
        "scale": [
            _scale(r.scale, r.zeros) if r.method != "GLMM" else "counts (no scale)"
            for r in universe.recipes
        ],
        "method": [r.method for r in universe.recipes],
    }
    for name, of_recipes in labels.items():
        columns = np.array(of_recipes)
        found[name] = {
            level: universe.estimate[:, columns == level][universe.distinct[:, columns == level]]
            for level in dict.fromkeys(of_recipes)
        }
    return found


def shares_table(universe: Multiverse) -> BookTable:
    """Set the shares of variance as a table."""

    def share(value: float) -> str:
        return str(words.percent(value))

    return plain_table(
        variance_shares(universe)[["name", "estimate", "low", "high"]],
        name=f"tbl-{universe.outcome.id.replace('_', '-')}-choices",
        caption=f"{universe.outcome.label}: share of the variance between analyses that each "
        "choice explains by itself.",
        labels={
            "name": "Choice",
            "estimate": "Estimate",
            "low": "Lower limit",
            "high": "Upper limit",
        },
        formats={"estimate": share, "low": share, "high": share},
    )


def one_change_table(universe: Multiverse) -> BookTable:
    """Set what one change to the comparison analysis does."""
    frame = one_change(universe)
    order = {name: position for position, name in enumerate(("", *CHOICES))}
    frame = frame.sort_values("choice", key=lambda c: c.map(order), kind="stable")
    frame["level"] = [
        _level(choice, level) for choice, level in zip(frame["choice"], frame["level"], strict=True)
    ]
    frame["pooled"] = [
        f"{words.percent(row['estimate'])} ({words.in_percent(row['low'])} to "
        f"{words.in_percent(row['high'])})"
        for _, row in frame.iterrows()
    ]
    frame["i2"] = [str(words.i2(value)) for value in frame["i2"]]
    return plain_table(
        frame[["name", "level", "k", "n", "pooled", "i2"]],
        name=f"tbl-{universe.outcome.id.replace('_', '-')}-one-change",
        caption=f"{universe.outcome.label}: the comparison analysis, and what one change to it "
        "does.",
        labels={
            "name": "Changed",
            "level": "To",
            "k": "Cohorts",
            "n": "Patients",
            "pooled": "Pooled (95% CI)",
            "i2": "I² (from Q)",
        },
        notes=f"A change that leaves fewer than {FEWEST_COHORTS} cohorts has no row.",
    )


def _level(choice: str, level: str) -> str:
    """Return the words for a level of :func:`~reviewbook.robustness.choices.one_change`."""
    if choice == "ci":
        return INTERVALS[level]
    if choice != "scale":
        return level
    scale, _, zeros = level.partition(", zeros ")
    return _scale(scale.replace(" ", "_"), zeros or "none")
