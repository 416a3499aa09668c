"""The sentences on how a printed proportion and ours stand to each other, and on unread counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reviewbook import words
from reviewbook.pooling.analysis import proportion
from reviewbook.words import Phrase
from reviewbook.words.marked import told

from . import Sentences

if TYPE_CHECKING:
    from reviewbook.book import Book
    from reviewbook.ledger.proportions import Completion, ProportionJudgement

ALL_READ = "Every cohort of the primary set has a count that can be read."
SETTLED = "So no missing count can change the verdict."


@told
def judgement_sentences(book: Book, topic: str) -> Sentences:
    """Return the sentences on the printed proportion of a topic with a pool.

    `agree` says how the two estimates and their intervals lie to each other; `unread` how many
    cohorts publish no count, and what an earlier report says of them; `decides` which of their
    counts would turn the verdict, how often the printed value holds when they are predicted, and
    between which crude shares they leave the truth.

    Raises
    ------
    ValueError
        When no cohort gives a count of the topic.
    """
    found = book.on_proportion(topic).proportion
    if found is None:
        raise ValueError(f"no cohort gives a count of {topic!r}, so there is nothing to judge")
    return Sentences(
        agree=_agree(found),
        unread=Phrase(f"{_unread(found)} {_floor(found)}".rstrip()),
        decides=Phrase(f"{_swing(found)} {_chance(found)} {_bounds(found)}".rstrip()),
    )


def _agree(found: ProportionJudgement) -> Phrase:
    """Say whether each estimate lies in the interval of the other."""
    ours, printed = proportion(found.analysis.comparison), found.printed
    estimate, low, high = printed.estimate, printed.low, printed.high
    if estimate is None or low is None or high is None:
        raise ValueError(f"a printed estimate with both limits was expected, got {printed!r}")
    in_ours, in_theirs = ours.low <= estimate <= ours.high, low <= ours.estimate <= high
    start = (
        f"The article prints {words.interval(printed)}. Pooled as such reviews commonly do it, the "
        f"counts that can be read give {words.interval(ours)}"
    )
    if in_ours and in_theirs:
        return Phrase(f"{start}. Each estimate lies within the interval of the other.")
    if in_ours:
        return Phrase(
            f"{start}. The printed value lies within our interval, but ours lies outside the "
            "printed one."
        )
    if in_theirs:
        return Phrase(
            f"{start}. Ours lies within the printed interval, but the printed value lies outside "
            "ours."
        )
    return Phrase(f"{start}. Neither estimate lies within the interval of the other.")


def _unread(found: ProportionJudgement) -> Phrase:
    if found.unread is None:
        return Phrase("The size of a cohort without a readable count is not known.")
    if not found.unread:
        return Phrase(ALL_READ)
    number, patients = found.unread_cohorts, found.unread_patients
    cohorts = words.count(found.analysis.selection.k + number, "cohort")
    whom = words.join(f"{one.label} ({words.plain_number(one.size)})" for one in found.unread)
    verb = "gives" if number == 1 else "give"
    told = f"{words.plain_number(number)} with {words.count(patients, 'patient')}"
    return Phrase(
        f"Of the {cohorts} of the primary set, {told} {verb} no count in the texts that could "
        f"be read: {whom}."
    )


def _floor(found: ProportionJudgement) -> Phrase:
    """Tell what an earlier report of the same patients lets one know of an unread count."""
    return Phrase(
        " ".join(
            f"At least {words.plain_number(one.at_least)} of the {words.plain_number(one.size)} "
            f"patients of {words.spoken(one.label)} had "
            f"it: {one.source} for some of them."
            for one in found.unread or ()
            if one.at_least
        )
    )


def _swing(found: ProportionJudgement) -> Phrase:
    """Tell the mildest counts on each side, that of the expected ones first."""
    if found.completions is None:
        return Phrase("" if found.unread is None else SETTLED)
    sides = {True: found.holding, False: found.failing}
    known = [(side, one) for side, one in sides.items() if one is not None]
    if len(known) == 1:
        verb = "holds" if known[0][0] else "does not hold"
        return Phrase(f"Whatever these patients had, the printed value {verb}.")
    known.sort(key=lambda pair: pair[1].patients)
    texts = [_told(found, side, one) for side, one in known]
    return Phrase(
        "What these patients had decides whether the printed value holds, that is, whether it is "
        f"reproduced or compatible. {' '.join(texts)}"
    )


def _told(found: ProportionJudgement, side: bool, one: Completion) -> str:
    verb = "would hold" if side else "would not hold"
    pooled = words.percent(one.ours.estimate, digits=1)
    if one.cohorts == 0:
        return (
            f"If they fared as the others lead one to expect, this book would find {pooled} and "
            f"the printed value {verb}."
        )
    counts = found.moved_counts("holding" if side else "failing")
    sizes = {cohort: found.unread_of(cohort) for cohort in counts}
    moved = words.join(
        f"{words.of(count, sizes[cohort].size)} in {words.spoken(sizes[cohort].label)}"
        for cohort, count in counts.items()
    )
    verb = "would hold already" if side else "would already fail"
    return f"With {moved} instead, this book would find {pooled} and the printed value {verb}."


def _chance(found: ProportionJudgement) -> Phrase:
    if found.share is None:
        return Phrase("")
    return Phrase(
        "When the missing counts are drawn at random from what the other cohorts predict, the "
        f"printed value holds in {words.number(100 * found.share, 0)} of 100 draws."
    )


def _bounds(found: ProportionJudgement) -> Phrase:
    if not found.unread:
        return Phrase("")
    patients = found.analysis.selection.n + found.unread_patients
    return Phrase(
        f"Without any model, between {words.percent(found.crude.low)} and "
        f"{words.percent(found.crude.high)} of all {words.number(patients, 0)} patients had it; a "
        "pool weighs cohorts and not patients, so it can lie outside."
    )
