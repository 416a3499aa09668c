"""Tables of a review of one table of studies, in the words of its settings."""

from __future__ import annotations

import pandas as pd

from metaprop import Interval, Pooled
from reviewbook import words
from reviewbook.ledger.published import judged
from reviewbook.pooling.analysis import Analysis, i2_told, proportion
from reviewbook.pooling.study_book import StudyBook
from reviewbook.robustness.study_choices import by_sets

from . import columns
from .columns import LIMITS, Row
from .pools import pooled_record
from .table import BookTable, Column, Markup, escape, missing, role
from .text import page_link

PERCENT = "Pooled % (95% CI)"


def _heads(book: StudyBook) -> tuple[Column, Column]:
    """Return the columns of the numbers of studies and of people."""
    nouns = book.review.words
    return columns.integer("k", words.capital(nouns.studies)), columns.integer(
        "n", words.capital(nouns.people)
    )


def study_table(book: StudyBook, *, name: str) -> BookTable:
    """Return every study with its counts, what describes it, and where it is cited."""
    review, frame = book.review, book.studies.frame
    frame = frame.assign(
        outcome_label=[review.outcome(str(one)).label for one in frame["outcome"]],
    )
    for variable, group in review.groups.items():
        frame[f"{variable}_words"] = [group.label(str(value)) for value in frame[variable]]

    def study(row: Row) -> str:
        return role("cite:t", str(row["key"])) if not missing(row["key"]) else str(row["study"])

    shown = [Column("study", words.capital(review.words.study), cell=study)]
    if len(review.outcomes) > 1:
        shown.append(Column("outcome_label", "Outcome"))
    shown.append(Column("events", "Events/total", "right", cell=_counts))
    shown += [Column(f"{v}_words", group.title) for v, group in review.groups.items()]
    shown += [Column(c, head) for c, head in review.characteristics.items() if head]
    size = review.words.count_studies(len(book.names))
    caption = f"The table of the review: {escape(size)}, {words.count(len(frame), 'row')}."
    described = frame[[c for c, head in review.characteristics.items() if head]]
    gaps = frame["total"].isna().any() or any((described[c] == "").any() for c in described)
    notes = "An empty cell was not given; it is not a zero." if gaps else ""
    return BookTable(frame, name, caption, shown, notes, sortable=True)


def _counts(row: Row) -> str:
    return "" if missing(row["total"]) else words.counts(int(row["events"]), int(row["total"]))


def study_recipes_table(book: StudyBook, analysis: Analysis) -> BookTable:
    """Return an outcome pooled by every recipe of the settings.

    The anchor is ``tbl-<outcome>-recipes``.
    """
    nouns, digits = book.review.words, book.digits(analysis.outcome.id)
    review, labels = book.review, book.review.recipe_labels
    parts: dict[int, tuple[str, str, Pooled]] = {}
    for part, recipe, pooled in (
        ("primary", review.primary_recipe, analysis.primary),
        ("comparison", review.comparison_recipe, analysis.comparison),
        *(("alternative", name, one) for name, one in analysis.alternatives.items()),
    ):
        parts.setdefault(id(pooled), (part, labels[recipe], pooled))
    rows = [
        {"part": part, **pooled_record(pooled, _predicted(analysis, part)), "label": label}
        for part, label, pooled in parts.values()
    ]
    shown = [
        Column("label", "Recipe"),
        Column("part", "Part"),
        columns.interval(PERCENT, digits=digits),
        columns.prediction(f"New {nouns.study} %", digits=digits),
        columns.I2,
        Column("tau2", "τ²", "right", words.tau2),
    ]
    told = i2_told(
        *(one.recipe for *_, one in parts.values()),
        labels=[label for _, label, _ in parts.values()],
    )
    notes = (
        f"New {escape(nouns.study)}: where its true rate is expected, by a model of its own; it "
        "stands in the row of the primary recipe and belongs to none. τ² is the variance between "
        f"{escape(nouns.studies)} on the recipe’s own scale, so values of different scales cannot "
        f"be compared. {escape(told)}"
    )
    size = f"{nouns.count_studies(analysis.selection.k)}, "
    size += nouns.count_people(analysis.selection.n)
    caption = f"{escape(analysis.outcome.label)} by every recipe of the settings, {escape(size)}."
    anchor = columns.anchor(analysis.outcome.id, "recipes")
    return BookTable(pd.DataFrame(rows), anchor, caption, shown, notes)


def _predicted(analysis: Analysis, part: str) -> Interval | None:
    return analysis.new_cohort if part == "primary" else None


def study_groups_table(book: StudyBook, analysis: Analysis) -> BookTable:
    """Return the pools of every group, and the test between the groups of a characteristic.

    The anchor is ``tbl-<outcome>-groups``.
    """
    found = [analysis.subgroups(variable) for variable in book.review.groups]
    frames = [
        one.table.assign(title=one.title, q_between=one.q_between, p_between=one.pvalue)
        for one in found
    ]
    studies, people = _heads(book)
    digits = book.digits(analysis.outcome.id)
    shown = [
        Column("group", "Group", cell=lambda row: f"{row['title']}: {row['group']}"),
        studies,
        people,
        columns.interval(PERCENT, "primary_", digits=digits),
        columns.interval("Comparison % (95% CI)", digits=digits),
        columns.I2,
        columns.pvalue("p_between", "Between groups"),
    ]
    told = " ".join(filter(None, (one.note for one in found)))
    told = f"{told.replace('the studies at', f'the {book.review.words.studies} at')} "
    notes = escape(f"{told}{i2_told(analysis.comparison.recipe)}".strip())
    anchor = columns.anchor(analysis.outcome.id, "groups")
    frame = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()
    caption = f"{escape(analysis.outcome.label)} in every group."
    return BookTable(frame.reindex(columns=_GROUPS), anchor, caption, shown, notes)


_GROUPS = [
    *("title", "group", "k", "n", "events", "total", *LIMITS),
    *(f"primary_{part}" for part in LIMITS),
    *("tau2", "i2", "q_between", "p_between"),
]


def study_sets_table(book: StudyBook, analysis: Analysis) -> BookTable:
    """Return an outcome pooled in every set; the anchor is ``tbl-<outcome>-sets``."""
    frame = by_sets(book, analysis.outcome.id).rename(columns={"total": "n"})
    studies, people = _heads(book)
    pooled = columns.interval(PERCENT, digits=book.digits(analysis.outcome.id))
    shown = [Column("label", "Set"), studies, people, pooled, columns.I2]
    if frame["note"].any():
        shown.append(Column("note", "Why there is no pool"))
    caption = f"{escape(analysis.outcome.label)} in every set, by the primary recipe."
    anchor = columns.anchor(analysis.outcome.id, "sets")
    recipe = analysis.comparison.recipe
    notes = f"I² is that of the comparison recipe. {escape(i2_told(recipe))}"
    return BookTable(frame, anchor, caption, shown, notes)


def study_findings_table(book: StudyBook, *, name: str) -> BookTable:
    """Return each outcome: size, of 100 people, in a new study; a row links to its chapter.

    Rare outcomes are told with more decimals, and of more people.
    """
    nouns, rows = book.review.words, []
    digits = {outcome.label: book.digits(outcome.id) for outcome in book.review.outcomes}
    same = len(set(digits.values())) == 1
    for outcome in book.review.outcomes:
        analysis = book.analyse(outcome.id)
        mean, new = analysis.per_100, analysis.new_cohort
        estimate, low, high = proportion(analysis.primary)
        rows.append(
            {
                "outcome": outcome.label,
                "page": book.review.study_outcome(outcome.id).page,
                "k": analysis.selection.k,
                "n": analysis.selection.n,
                "estimate": estimate,
                "low": low,
                "high": high,
                "per_100": None if mean is None else mean.estimate,
                "per_100_low": None if mean is None else mean.low,
                "per_100_high": None if mean is None else mean.high,
                "prediction_low": None if new is None else new.low,
                "prediction_high": None if new is None else new.high,
            }
        )

    def linked(row: Row) -> Markup:
        return page_link(str(row["outcome"]), f"chapters/{row['page']}")

    def average(row: Row) -> str:
        values = [row[key] for key in ("per_100", "per_100_low", "per_100_high")]
        if missing(values[0]):
            return columns.DASH
        scale = 10 ** digits[row["outcome"]]
        estimate, low, high = (words.number(scale * value, 0) for value in values)
        of = "" if same else f" of {words.number(100 * scale, 0)}"
        return f"{estimate}{of} ({low} to {high})"

    def pooled(row: Row) -> str:
        return columns.interval_text(row, digits=digits[row["outcome"]])

    def predicted(row: Row) -> str:
        return columns.prediction_text(row, digits=digits[row["outcome"]])

    studies, people = _heads(book)
    base = words.number(100 * 10 ** next(iter(digits.values())), 0)
    of = f"Of {base} {nouns.people}" if same else f"{words.capital(nouns.people)} with it"
    shown = [
        Column("outcome", "Outcome", cell=linked),
        studies,
        people,
        Column("estimate", PERCENT, "right", cell=pooled),
        Column("per_100", f"{of} (95% CI)", "right", cell=average),
        Column("prediction_low", f"New {nouns.study} %", "right", cell=predicted),
    ]
    notes = (
        f"Pooled: the proportion of the median {escape(nouns.study)}. "
        f"{escape(of)}: averaged over {escape(nouns.studies)}. New "
        f"{escape(nouns.study)}: where its true rate is expected."
    )
    return BookTable(pd.DataFrame(rows), name, "Summary of findings.", shown, notes)


def study_ledger_table(book: StudyBook, *, name: str) -> BookTable:
    """Return every published value beside ours, with verdict and reason."""
    rows = []
    for outcome, printed in book.studies.printed.items():
        analysis, (verdict, reason) = book.analyse(outcome), judged(book, outcome)
        digits = max(printed.digits["pooled_proportion"], book.digits(outcome))
        rows.append(
            {
                "outcome": book.review.outcome(outcome).label,
                "printed": str(words.interval(printed)),
                "comparison": str(words.interval(analysis.comparison, digits=digits)),
                "primary": str(words.interval(analysis.primary, digits=digits)),
                "verdict": verdict,
                "reason": reason,
                "source": book.studies.sources[outcome],
            }
        )
    shown = [
        Column("outcome", "Outcome"),
        Column("printed", "Published"),
        Column("comparison", "Ours, comparison recipe"),
        Column("primary", "Ours, primary recipe"),
        Column("verdict", "Verdict", format=lambda value: role("verdict", str(value))),
        Column("reason", "Why"),
        Column("source", "Published in"),
    ]
    frame = pd.DataFrame(rows)
    return BookTable(frame, name, "Published values beside those of this review.", shown)
