"""The sentences of the chapter on study characteristics."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reviewbook import words
from reviewbook.pooling.appraisal import ITEMS, NO, STATES, UNKNOWN
from reviewbook.words.frames import made_number, number_of, part_of
from reviewbook.words.marked import told

from . import Sentences

if TYPE_CHECKING:
    import pandas as pd

    from reviewbook.book import Book

_SIZE = ("label", "n_infused", "n_autologous")
"""What a reader is shown of a cohort whose patients are counted."""


@told
def characteristics_sentences(book: Book, judged: pd.DataFrame) -> Sentences:
    """Return the phrases on the primary set and on what can be `judged` of every cohort.

    A cohort of several countries counts in each of them.
    """
    eligible = book.eligible()
    countries = eligible["country"].str.split(";").explode().str.strip()
    number = made_number(
        eligible,
        countries[countries != ""].nunique(),
        "{}['country'].str.split(';').explode().str.strip().loc[lambda name: name != ''].nunique()",
        "countries in which these cohorts were treated",
        "countries",
        shown=("label", "country"),
    )
    unclear = number_of(
        eligible,
        "cohorts of which the texts do not say whether the cells were edited",
        "cohorts",
        query="gene_edited == 'unclear'",
        shown=("label", "gene_edited"),
    )
    tally = {state: _answers(judged, state) for state in STATES}
    cells = made_number(
        judged, judged.size, "{}.size", "answers, one for each cohort and item", "answers"
    )
    return Sentences(
        cohorts=words.count(
            number_of(eligible, "cohorts of the set", "cohorts", shown=_SIZE), "cohort"
        ),
        patients=words.count(_infused(eligible, "patients infused in these cohorts"), "patient"),
        countries=words.count(number, "country", "countries"),
        country_names=words.join(sorted({*countries} - {""})),
        unsplit=words.count(
            _infused(
                part_of(eligible, "n_autologous.isna()"),
                "patients infused in cohorts that do not say whose cells each was given",
            ),
            "patient",
        ),
        unclear=words.count(unclear, "cohort"),
        judged=words.join(
            f"{words.number(tally[state], 0)} {state}"
            if state == UNKNOWN
            else f"{words.number(tally[state], 0)} are “{state}”"
            for state in STATES
        ),
        readable=words.join(
            f"in {words.number(book.select(outcome.id).k, 0)} for {book.spoken(outcome)}"
            for outcome in book.review.outcomes
        ),
        cells=words.number(cells, 0),
        unknown=words.percent(tally[UNKNOWN] / cells),
        unregistered=words.count(_cohorts(judged, "registered", UNKNOWN), "cohort"),
        no_follow_up=words.count(_cohorts(judged, "follow_up", UNKNOWN), "cohort"),
        no_enrolled=words.count(_cohorts(judged, "enrolled", UNKNOWN), "cohort"),
        not_reviewed=words.count(_cohorts(judged, "peer_reviewed", NO), "cohort"),
    )


def _infused(cohorts: pd.DataFrame, what: str) -> int:
    """Return how many patients of some cohorts were infused."""
    number: int = made_number(
        cohorts,
        cohorts["n_infused"].sum(),
        "int({}['n_infused'].sum())",
        what,
        "patients",
        shown=_SIZE,
    )
    return number


def _answers(judged: pd.DataFrame, state: str) -> int:
    """Return how many answers are of a state, of all cohorts and items."""
    number: int = made_number(
        judged,
        (judged == state).to_numpy().sum(),
        f"int({{}}.eq({state!r}).to_numpy().sum())",
        f"answers that are “{state}”",
        "answers",
    )
    return number


def _cohorts(judged: pd.DataFrame, item: str, state: str) -> int:
    """Return for how many cohorts the answer to an item is of a state."""
    number: int = made_number(
        judged,
        (judged[item] == state).sum(),
        f"int({{}}[{item!r}].eq({state!r}).sum())",
        f"cohorts with “{state}” for “{ITEMS[item].label}”",
        "cohorts",
        column=item,
    )
    return number
