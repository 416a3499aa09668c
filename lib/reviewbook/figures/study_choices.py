"""Every recipe in every set of a review of one table of studies, as one histogram."""

from __future__ import annotations

from metaprop import Interval
from reviewbook import words
from reviewbook.figures.drawing.figure import BookFigure, python_call
from reviewbook.figures.forest.rows import Row
from reviewbook.figures.multiverse import spread_of_pools
from reviewbook.pooling.analysis import Analysis
from reviewbook.pooling.study_book import StudyBook
from reviewbook.robustness.study_choices import Choices


def study_choices_curve(book: StudyBook, analysis: Analysis, choices: Choices) -> BookFigure:
    """Draw how many pools of an outcome give which estimate.

    The anchor is ``fig-<outcome>-multiverse``.
    """
    outcome = analysis.outcome
    printed = book.studies.printed.get(outcome.id)
    ours = {
        "Comparison recipe": (choices.comparison, "comparison"),
        "Primary recipe": (choices.primary, "pooled"),
    }
    rows = [
        Row.of(text, Interval(*choices.frame.loc[at, ["estimate", "low", "high"]]), kind)
        for text, (at, kind) in ours.items()
    ]
    published = "" if printed is None else "the published value (open grey diamond) and "
    return spread_of_pools(
        choices.frame["estimate"].to_numpy(dtype=float),
        rows,
        printed,
        name=f"fig-{outcome.id.replace('_', '-')}-multiverse",
        what=words.escape(outcome.label),
        each="each by one recipe in one set",
        above=f"{published}the two analyses that the settings name",
        people=book.review.words.people,
        digits=book.digits(outcome.id),
        call="from reviewbook.robustness.study_choices import all_choices\n"
        f"figures.study_choices_curve(book, {python_call(analysis)}, "
        f"all_choices(book, {python_call(analysis)}))",
    )
