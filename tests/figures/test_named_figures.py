"""A figure says what it is of without its page: the outcome, the set, and what it shows."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache

import pandas as pd
import pytest

from reviewbook import figures, words
from reviewbook.book import Book, open_book
from reviewbook.figures import BookFigure
from reviewbook.ledger.directions import comparisons_of
from reviewbook.pooling.analysis import Analysis
from reviewbook.pooling.further import further_pool

DRAWN: dict[str, Callable[[Analysis], BookFigure]] = {
    "forest": figures.forest,
    "subgroups": lambda analysis: figures.subgroup_forest(analysis, "cell_source"),
    "leave-one-out": figures.leave_one_out_forest,
    "cumulative": figures.cumulative_forest,
    "funnel-error": figures.funnel,
    "baujat": figures.baujat,
    "funnel-size": lambda analysis: figures.funnel(analysis, axis="sample-size"),
}


@cache
def book() -> Book:
    return open_book()


@pytest.mark.parametrize("kind", list(DRAWN))
def test_caption_and_alternative_name_the_outcome_and_the_set(kind: str) -> None:
    drawn = [DRAWN[kind](book().analyse("icans_any", name)) for name in (None, "all_public")]
    for text in (figure.caption for figure in drawn):
        assert text.startswith("Neurotoxicity (ICANS), any grade")
    for primary, public in (
        [figure.caption for figure in drawn],
        [figure.alt for figure in drawn],
    ):
        assert "eurotoxicity (ICANS), any grade" in primary
        assert "in the primary set" in primary
        assert "in all public evidence to today" in public
        assert primary != public
    assert not re.search(r"Forest plot of \d+ rows", drawn[0].alt)


def test_a_list_of_outcomes_with_commas_in_them_takes_semicolons() -> None:
    listed = [further_pool(book(), name) for name in ("relapse", "relapse_of_remissions")]
    drawn = figures.further_forest(listed, name="fig-relapses")
    labels = [one.outcome.label for one in listed]
    assert all("," in label for label in labels)
    told = f"{labels[0]}; {words.within_sentence(labels[1])}, in all public evidence to today."
    assert drawn.caption.startswith(told)
    assert "in all public evidence to today" in drawn.alt


def test_an_axis_of_ratios_says_that_it_is_logarithmic() -> None:
    frame = pd.DataFrame({"x": [1, 2, 1, 2], "y": [1.0, 0.5, 1.0, 1.0], "s": ["a", "a", "b", "b"]})
    named = {"x": "x", "y": "y", "series": "s", "xlabel": "Months", "ylabel": "Ratio"}
    drawn = figures.rates(frame, **named, log=True, name="fig-log", caption="Ratios.")
    assert all("Ratio, log scale" in svg for svg in (drawn.wide, drawn.narrow))
    drawn = figures.rates(frame, **named, name="fig-even", caption="Ratios.")
    assert "log scale" not in drawn.wide


def test_a_group_of_one_cohort_is_told_as_it_is_drawn() -> None:
    """Its row has the interval of the cohort; a pool of one would have another."""
    analysis = book().analyse("icans_any")
    found = analysis.subgroups("cell_source")
    drawn = figures.subgroup_forest(analysis, "cell_source")
    alone = {group for group, pooled in found.groups.items() if pooled.k == 1}
    assert alone == {"Donor", "Universal", "Not reported"}
    for row in found.table.to_dict("records"):
        group, counts = row["group"], f"{row['events']}/{row['total']} in one cohort"
        assert (f"{group} {counts}" in drawn.alt) == (group in alone)


def test_the_same_cohorts_shown_again_have_a_caption_of_their_own() -> None:
    analysis = book().analyse("icans_any")
    once, again = figures.forest(analysis), figures.forest(analysis, lead="With all ticked")
    assert again.caption.startswith("With all ticked, neurotoxicity (ICANS), any grade")
    assert again.alt.startswith("With all ticked, forest plot of neurotoxicity")
    assert once.wide == again.wide


@pytest.mark.parametrize("claim", ["complete_remission", "severe_crs"])
def test_what_would_turn_a_verdict_is_told_with_whether_it_holds_now(claim: str) -> None:
    judged, distance = book().judged(claim).proportion, book().distance(claim)
    assert judged is not None
    drawn = figures.distance_forest(judged, distance, name="fig-turned")
    now = "holds" if distance.held else "does not hold"
    would = "no longer hold" if distance.held else "hold"
    for text in (drawn.caption, drawn.alt):
        assert f"the printed value {now} by the counts read" in text
        assert f"it would {would}" in text
    assert f"The printed value would {would} after one of these" in drawn.description
    for one in distance.cohorts[:4]:
        assert words.within_sentence(one.what) in drawn.alt


def test_the_alternative_of_comparisons_gives_each_pooled_ratio() -> None:
    found = comparisons_of(book(), "survival_better_with_hsct", "recurrence_lower_with_hsct")
    drawn = figures.comparison_forest(
        found, book().review, name="fig-compared", caption="Compared.", favours=("good", "bad")
    )
    assert "below 1 good" in drawn.alt
    for endpoint, listed in found.items():
        if listed:
            assert f"of {book().review.endpoint(endpoint).event}: " in drawn.alt
    pooled = [line for line in drawn.csv.splitlines() if line.startswith('"Pooled')]
    assert len(re.findall(r"pooled \d", drawn.alt)) == len(pooled) > 0
