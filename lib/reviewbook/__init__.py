"""A book from the evidence of a review: tables in, analysis sets, pools, verdicts and words out.

The package knows no disease. What is special to a review stands in its ``data/`` folder
(``review.toml``, tables with a data package, ``references.bib``) and in its chapters.

    from reviewbook import open_book, words

    book = open_book()
    analysis = book.analyse("complete_remission")
    words.interval(analysis.primary)

Names are loaded on first use, so that importing the package costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_MODULE_OF = {
    "Analysis": "pooling.analysis",
    "Book": "book",
    "open_book": "book",
    "StudyBook": "pooling.study_book",
    "open_studies": "pooling.study_book",
    "Evidence": "evidence.evidence",
    "EvidenceError": "evidence.evidence",
    "load_evidence": "evidence.evidence",
    "ProjectError": "review.project",
    "Review": "review.settings",
    "load_review": "review.project",
    "Rules": "review.rules",
    "Selection": "pooling.selection",
}

__all__ = [*_MODULE_OF]


def __getattr__(name: str) -> Any:
    """Import a public name on first use (PEP 562)."""
    try:
        module = _MODULE_OF[name]
    except KeyError:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}") from None
    value = getattr(import_module(f".{module}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names, loaded or not."""
    return sorted({*globals(), *_MODULE_OF})
