"""The sentences of the summary of findings, in plain words too."""

from __future__ import annotations

from collections.abc import Sequence

from reviewbook import words
from reviewbook.pooling.analysis import proportion
from reviewbook.pooling.pools import Pools
from reviewbook.robustness.certainty import LEVELS
from reviewbook.robustness.summary import Summary, claimed_effects
from reviewbook.survival.durability import everyone_rows
from reviewbook.words import Phrase
from reviewbook.words.marked import told
from reviewbook.words.origin import Origin, traced

from . import Sentences
from .further import survival_at

LEVELS_ZH = {"high": "高", "moderate": "中等", "low": "低", "very low": "很低"}
"""Levels of certainty in Chinese."""


@told
def summary_sentences(pools: Pools, found: Sequence[Summary]) -> Sentences:
    """Return the phrases of the summary of findings.

    Each outcome has under its identifier its patients `of_100` with interval, its `frequency` in
    words, its `count` of 100 and its `certainty`; `median` and `averaged` are the two pooled
    proportions of the first. `os_24` and `free_24` are survival of everyone infused at two years as
    printed. `cohorts` and `patients` are those of the first outcome; `sure` says how many
    outcomes are at each level, `effects` how sure the claimed effects are.
    """
    first = found[0]
    everyone = everyone_rows(pools)
    return Sentences(
        cohorts=words.count(first.analysis.selection.k, "cohort"),
        studies=words.count(first.analysis.selection.k, "study"),
        patients=words.number(first.analysis.selection.n, 0),
        median=words.percent(proportion(first.analysis.primary).estimate, digits=1),
        averaged=words.number(first.per_100.estimate, 1),
        os_24=survival_at(everyone, "os", 24),
        free_24=survival_at(everyone, "pfs", 24),
        sure=_by_level(found),
        effects=_effects(pools),
        **{one.finding.outcome: _of(one) for one in found},
    )


def _effects(pools: Pools) -> Phrase:
    """Return the levels of certainty of the claimed effects, one word where all are alike."""
    levels = {text: sure.word for text, sure in claimed_effects(pools).items()}
    if len(set(levels.values())) == 1:
        return Phrase(f"of {next(iter(levels.values()))} certainty throughout")
    return words.join(f"of {word} certainty that {text}" for text, word in levels.items())


def _of(one: Summary) -> Sentences:
    return Sentences(
        of_100=words.per_100(one.per_100),
        count=words.number(one.per_100.estimate, 0),
        frequency=words.frequency(one.per_100.estimate / 100),
        certainty=Phrase(one.certainty.word),
        certainty_zh=Phrase(LEVELS_ZH[one.certainty.word]),
    )


def _by_level(found: Sequence[Summary]) -> Phrase:
    """Say for how many outcomes certainty is at each level that occurs, and name a single one."""
    parts = []
    for word in LEVELS.values():
        named = [words.within_sentence(one.label) for one in found if one.certainty.word == word]
        if named:
            name = f" ({named[0]})" if len(named) == 1 else ""
            number = traced(len(named), _counted(found, f"one.certainty.word == {word!r}"))
            parts.append(f"{word} for {words.plain_number(number)}{name}")
    every = traced(len(found), _counted(found, "True"))
    return Phrase(f"{words.join(parts)} of the {words.count(every, 'outcome')}")


def _counted(found: Sequence[Summary], condition: str) -> Origin:
    """Return the origin of a number of outcomes of the summary."""
    made = [one.analysis.selection.made for one in found]
    return Origin(
        expression=f"sum({condition} for one in summaries(book))",
        what="outcomes of the summary of findings",
        unit="outcomes",
        sources=tuple(one.source for one in made if one is not None),
        imports=("from reviewbook.robustness.summary import summaries",),
    )
