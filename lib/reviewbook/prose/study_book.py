"""The sentences of a review of one table of studies, in the words of its settings."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from typing import Any

import numpy as np

from reviewbook import words
from reviewbook.pooling.analysis import Analysis
from reviewbook.pooling.new_cohort import FEWEST_COHORTS
from reviewbook.pooling.study_book import NO_COUNT, StudyBook
from reviewbook.review.settings import Outcome
from reviewbook.review.study_review import Nouns
from reviewbook.robustness.sensitivity import leave_one_out
from reviewbook.robustness.study_choices import Choices, by_sets
from reviewbook.words import Phrase
from reviewbook.words.marked import told

from . import Sentences


@told
def study_sentences(book: StudyBook, analysis: Analysis) -> Sentences:
    """Return the phrases of an outcome chapter.

    `primary` is the estimate the review stands behind, `comparison` the one by the comparison
    recipe; `counted` says what an event is, and among whom it was counted; `crude` adds counts up
    without a model; `spread` names the lowest and the highest study;
    `prediction` says where the rate of a new study is expected, and `heterogeneity` how far studies
    differ beyond chance; `alone` is how far a single study moves the pool, and `sets` how far a
    change of set does; `left_out` says which studies gave no count.
    """
    nouns, selection = book.review.words, analysis.selection
    digits = book.digits(analysis.outcome.id)
    return Sentences(
        studies=nouns.count_studies(selection.k),
        people=nouns.count_people(selection.n),
        primary=words.interval(analysis.primary, digits=digits),
        comparison=words.interval(analysis.comparison, digits=digits),
        comparison_recipe=Phrase(book.review.recipe_labels[book.review.comparison_recipe]),
        crude=_crude(nouns, analysis, digits),
        counted=_counted(analysis.outcome),
        spread=_spread(nouns, analysis),
        average=_average(nouns, analysis, digits),
        prediction=_prediction(nouns, analysis, digits),
        heterogeneity=_heterogeneity(nouns, analysis),
        alone=_alone(nouns, analysis, digits),
        sets=_sets(book, analysis),
        left_out=_left_out(book, analysis),
        groups=_groups(nouns, analysis, book.review.groups),
    )


def _counted(outcome: Outcome) -> Phrase:
    """Say what an event is and among whom it was counted, as far as the settings tell."""
    event, people = (
        words.within_sentence(text.strip().rstrip("."))
        for text in (outcome.event, outcome.denominator)
    )
    if event and people:
        return Phrase(f"An event is {event}, counted among {people}.")
    if event:
        return Phrase(f"An event is {event}.")
    return Phrase(f"Events were counted among {people}." if people else "")


def _crude(nouns: Nouns, analysis: Analysis, digits: int) -> Phrase:
    selection = analysis.selection
    events, total = int(selection.events.sum()), selection.n
    share = words.percent(events / total, digits=digits)
    return Phrase(
        f"Added up without a model, {words.number(events, 0)} of {nouns.count_people(total)} "
        f"({share}) had the event."
    )


def _spread(nouns: Nouns, analysis: Analysis) -> Phrase:
    selection = analysis.selection
    share = selection.events / selection.totals

    def one(i: int) -> str:
        counts = words.counts(int(selection.events[i]), int(selection.totals[i]))
        return f"{counts} ({selection.labels[i]})"

    low, high = int(share.argmin()), int(share.argmax())
    if selection.k == 1:
        return Phrase(f"They are those of one {nouns.study}, {one(0)}.")
    if share[low] == share[high]:
        return Phrase(f"All {nouns.studies} have the same share, as in {one(low)}.")
    return Phrase(f"Single {nouns.studies} range from {one(low)} to {one(high)}.")


def _average(nouns: Nouns, analysis: Analysis, digits: int) -> Phrase:
    """Say the average in whole people, of as many as the decimals of its percentages tell apart."""
    mean = analysis.per_100
    if mean is None:
        return Phrase("")
    estimate, low, high = (words.number(10**digits * value, 0) for value in mean)
    of = words.number(100 * 10**digits, 0)
    return Phrase(
        f"The average over {nouns.studies} is {estimate} of {of} {nouns.people} "
        f"(95% CI {low} to {high})."
    )


def _prediction(nouns: Nouns, analysis: Analysis, digits: int) -> Phrase:
    interval = analysis.new_cohort
    if interval is None:
        return Phrase(
            f"With {nouns.count_studies(analysis.selection.k)} no prediction is made: it takes at "
            f"least {FEWEST_COHORTS} to see how far {nouns.studies} differ."
        )
    level = words.percent(analysis.primary.recipe.level)
    low, high = (words.percent(end, digits=digits) for end in (interval.low, interval.high))
    return Phrase(
        f"The true rate of a new {nouns.study} of the same kind is expected between {low} and "
        f"{high} ({level} prediction interval); the share counted in a small {nouns.study} can lie "
        "outside."
    )


def _heterogeneity(nouns: Nouns, analysis: Analysis) -> Phrase:
    pooled = analysis.comparison
    if pooled.k < 2:
        return Phrase(f"With a single {nouns.study} there is nothing to compare.")
    limits = ""
    if analysis.i2_interval is not None:
        _, low, high = analysis.i2_interval
        limits = f" (95% CI {words.in_percent(low)} to {words.in_percent(high)})"
    return Phrase(
        f"Of the variation between the {nouns.count_studies(pooled.k)}, an estimated "
        f"{words.i2(pooled.i2)}{limits} is more than chance alone would give (I²; "
        f"Q = {words.number(pooled.q, 1)} on {words.count(pooled.q_df, 'degree')} of freedom, "
        f"{words.pvalue(pooled.q_pvalue)})."
    )


def _alone(nouns: Nouns, analysis: Analysis, digits: int) -> Phrase:
    if analysis.selection.k < 2:
        return Phrase(f"With a single {nouns.study} none can be left out.")
    steps = leave_one_out(analysis).query("kind == 'study' and estimate.notna()")
    columns = (steps[name].astype(float) for name in ("estimate", "change"))
    rows = list(zip(steps["label"].astype(str), *columns, strict=True))
    if not rows:
        return Phrase(f"Without any one {nouns.study} the rest cannot be pooled.")
    label, _, change = max(rows, key=lambda row: abs(row[2]))
    low, high = (
        words.percent(end(estimate for _, estimate, _ in rows), digits=digits) for end in (min, max)
    )
    if low == high:
        return Phrase(
            f"Whichever {nouns.study} is left out, the pooled proportion stays at {low}, rounded."
        )
    points, side = words.number(100 * abs(change), digits + 1), "higher" if change > 0 else "lower"
    return Phrase(
        f"With one {nouns.study} left out at a time, the pooled proportion lies between {low} and "
        f"{high}. "
        f"The largest step is {label}: {points} percentage points {side}."
    )


def _sets(book: StudyBook, analysis: Analysis) -> Phrase:
    frame = by_sets(book, analysis.outcome.id)
    frame = frame[frame["estimate"].notna()]
    if len(frame) < 2:
        return Phrase("The settings name one set that can be pooled.")
    rows = frame.sort_values("estimate", kind="stable").to_dict("records")
    digits = book.digits(analysis.outcome.id)

    def share(row: Mapping[Hashable, Any]) -> Phrase:
        return words.percent(float(row["estimate"]), digits=digits)

    def one(row: Mapping[Hashable, Any]) -> str:
        return f"{share(row)} ({row['label']}, {book.review.words.count_studies(row['k'])})"

    if share(rows[0]) == share(rows[-1]):
        return Phrase(f"In every set that can be pooled the proportion is {share(rows[0])}.")
    return Phrase(f"The pooled proportion runs from {one(rows[0])} to {one(rows[-1])}.")


def _left_out(book: StudyBook, analysis: Analysis) -> Phrase:
    """Say which studies are not pooled, those included that have no row for the outcome."""
    nouns, excluded = book.review.words, analysis.selection.excluded
    outside = excluded[excluded["stage"] != NO_COUNT]
    known = {*analysis.selection.labels, *outside["label"]}
    silent = [name for name in book.names if name not in known]
    if not silent and outside.empty:
        return Phrase(f"Every {nouns.study} of the table gives a count and is pooled.")
    parts = []
    if silent:
        parts.append(f"{words.join(silent)} {_gives(len(silent))} no count")
    if len(outside):
        listed = [f"{row['label']} ({row['reason']})" for _, row in outside.iterrows()]
        parts.append(f"{words.join(listed)} {'is' if len(outside) == 1 else 'are'} not in the set")
    return Phrase(f"{'; '.join(parts)}.")


def _gives(number: int) -> str:
    return "gives" if number == 1 else "give"


def _groups(nouns: Nouns, analysis: Analysis, variables: Iterable[str]) -> Phrase:
    """Say how many tests between groups are made, and each of them."""
    variables = list(variables)
    if not variables:
        return Phrase("The settings name no groups.")
    found = [analysis.subgroups(variable) for variable in variables]
    tests = [
        f"by {words.within_sentence(one.title)}, {words.pvalue(one.pvalue)}"
        for one in found
        if one.pvalue is not None
    ]
    if not tests:
        return Phrase("No two groups can be compared.")
    made = "One test between groups was" if len(tests) == 1 else f"{len(tests)} tests were"
    return Phrase(
        f"{made} made: {'; '.join(tests)}. Groups of "
        f"{nouns.studies} are compared, not {nouns.people}: they may differ in much else."
    )


@told
def choice_sentences(book: StudyBook, choices: Choices) -> Sentences:
    """Return the phrases on all recipes in all sets: how many pools, and how far they reach."""
    estimates = choices.frame["estimate"].to_numpy(dtype=float)
    digits = book.digits(choices.outcome)
    low, middle, high = (
        words.percent(float(f(estimates)), digits=digits) for f in (np.min, np.median, np.max)
    )
    small = ""
    if choices.small:
        small = f"{words.join(choices.small)}: too few {book.review.words.studies} to pool. "
    failed = f"{words.count(len(choices.failed), 'pool')} had no answer." if choices.failed else ""
    return Sentences(
        pools=words.count(len(estimates), "pool"),
        sets=words.count(choices.frame["set"].nunique(), "set"),
        recipes=words.count(choices.frame["recipe"].nunique(), "recipe"),
        range=Phrase(f"from {low} to {high}"),
        median=middle,
        left_out=Phrase((small + failed).strip()),
    )


@told
def method_sentences(book: StudyBook) -> Sentences:
    """Return how the numbers of the review are computed, recipe by recipe, and its sets."""
    review, nouns = book.review, book.review.words

    def described(name: str) -> Phrase:
        text = review.recipe(name).describe(prediction=False).rstrip(".")
        # The library says it of patients in studies.
        text = text.replace("1 patient", f"1 {nouns.person}").replace(
            "to studies", f"to {nouns.studies}"
        )
        return Phrase(f"{text}.")

    names = len(book.names)
    return Sentences(
        primary=described(review.primary_recipe),
        comparison=described(review.comparison_recipe),
        studies=nouns.count_studies(names),
        outcomes=words.count(len(review.outcomes), "outcome"),
        home=Phrase(review.set(review.primary_set).label),
        word_study=Phrase(nouns.study),
        word_studies=Phrase(nouns.studies),
        word_people=Phrase(nouns.people),
    )


@told
def summary_sentence(book: StudyBook) -> Phrase:
    """Return every outcome with its pooled proportion, as a list in one sentence."""
    nouns, parts = book.review.words, []
    for outcome in book.review.outcomes:
        analysis = book.analyse(outcome.id)
        size = f"{nouns.count_studies(analysis.selection.k)}, "
        size += nouns.count_people(analysis.selection.n)
        pooled = words.interval(analysis.primary, digits=book.digits(outcome.id))
        parts.append(f"{outcome.label}: {pooled} in {size}")
    return Phrase(f"{'; '.join(parts)}.")
