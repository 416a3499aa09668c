"""Every recipe in every set of a review of one table of studies, as one curve."""

from __future__ import annotations

from reviewbook import words
from reviewbook.figures.drawing.figure import BookFigure, python_call
from reviewbook.figures.multiverse import multiverse_curve
from reviewbook.pooling.analysis import Analysis
from reviewbook.pooling.study_book import StudyBook
from reviewbook.robustness.study_choices import Choices


def study_choices_curve(book: StudyBook, analysis: Analysis, choices: Choices) -> BookFigure:
    """Draw all pools of an outcome by the size of their estimate.

    The anchor is ``fig-<outcome>-multiverse``.
    """
    outcome = analysis.outcome
    printed = book.studies.printed.get(outcome.id)
    line = " The grey line is the published value." if printed is not None else ""
    return multiverse_curve(
        choices.frame,
        name=f"fig-{outcome.id.replace('_', '-')}-multiverse",
        what=outcome.label,
        people=book.review.words.people,
        marks={"primary": choices.primary, "comparison": choices.comparison},
        printed=printed,
        caption=f"{words.escape(outcome.label)}: every recipe in every set, by the size of the "
        f"estimate. The line is the estimate, the bands are intervals.{line}",
        call="from reviewbook.robustness.study_choices import all_choices\n"
        f"figures.study_choices_curve(book, {python_call(analysis)}, "
        f"all_choices(book, {python_call(analysis)}))",
    )
