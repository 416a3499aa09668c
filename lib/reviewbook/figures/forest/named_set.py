"""How captions and alternatives name the analysis set that a figure is of.

The same outcome is drawn in more than one set, and a figure is met without its page in a search, a
download or a citation.
"""

from __future__ import annotations

from reviewbook import words
from reviewbook.pooling.analysis import Analysis
from reviewbook.review.settings import Review

PRIMARY_SET = "the primary set"
OTHER_RULES = "cohorts chosen by other rules"


def set_words(review: Review, name: str) -> str:
    """Return what stands after "in": the primary set, or the label of another set of the settings.

    Parameters
    ----------
    name : str
        The set of a selection, as its ``set_id`` has it.
    """
    if name == review.primary_set:
        return PRIMARY_SET
    if name not in review.sets:
        return OTHER_RULES
    return str(words.within_sentence(review.sets[name].label))


def outcome_in_set(analysis: Analysis) -> str:
    """Return the outcome with its set: ``Neurotoxicity (ICANS), any grade, in the primary set``."""
    label, where = analysis.outcome.label, set_words(analysis.review, analysis.selection.set_id)
    return f"{label}{',' if ',' in label else ''} in {where}"
