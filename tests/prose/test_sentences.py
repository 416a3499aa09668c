"""The phrases of a chapter: read by name, never set by hand."""

from __future__ import annotations

import pytest

from reviewbook.prose import Sentences
from reviewbook.words import Phrase


def test_sentences_are_read_by_name() -> None:
    told = Sentences(cohorts=Phrase("12 cohorts"), spread=Phrase("from 1/2 to 3/4"))
    assert told.cohorts == "12 cohorts"
    with pytest.raises(AttributeError, match="'printed'; there are cohorts, spread"):
        _ = told.printed


def test_sentences_cannot_be_assigned() -> None:
    told = Sentences(cohorts=Phrase("12 cohorts"))
    with pytest.raises(AttributeError, match="'cohorts' cannot be set"):
        told.cohorts = Phrase("13 cohorts")
    assert told.cohorts == "12 cohorts"
