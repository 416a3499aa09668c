"""How captions and alternatives name the analysis set that a figure is of."""

from __future__ import annotations

from reviewbook import words
from reviewbook.pooling.analysis import Analysis

PRIMARY_SET = "the primary set"
OTHER_RULES = "cohorts chosen by other rules"


def set_words(analysis: Analysis) -> str:
    """Return what stands after "in": the primary set, or the label of another set of the settings.

    The same outcome is drawn in more than one set, and a figure is met without its page in a
    search, a download or a citation.
    """
    name, review = analysis.selection.set_id, analysis.review
    if name == review.primary_set:
        return PRIMARY_SET
    if name not in review.sets:
        return OTHER_RULES
    return str(words.within_sentence(review.sets[name].label))


def outcome_in_set(analysis: Analysis) -> str:
    """Return the outcome with its set: ``Neurotoxicity (ICANS), any grade, in the primary set``."""
    label = analysis.outcome.label
    return f"{label}{',' if ',' in label else ''} in {set_words(analysis)}"
