"""The sentences of the chapter on study characteristics."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reviewbook import words
from reviewbook.pooling.appraisal import NO, STATES, UNKNOWN
from reviewbook.words.marked import told

from . import Sentences

if TYPE_CHECKING:
    import pandas as pd

    from reviewbook.book import Book


@told
def characteristics_sentences(book: Book, judged: pd.DataFrame) -> Sentences:
    """Return the phrases on the primary set and on what can be `judged` of every cohort.

    A cohort of several countries counts in each of them.
    """
    eligible = book.eligible()
    countries = {name.strip() for cell in eligible["country"] for name in cell.split(";")} - {""}
    unsplit = eligible[eligible["n_autologous"].isna()]
    cells = judged.to_numpy().ravel()
    tally = {state: int((cells == state).sum()) for state in STATES}
    return Sentences(
        cohorts=words.count(len(eligible), "cohort"),
        patients=words.count(int(eligible["n_infused"].sum()), "patient"),
        countries=words.count(len(countries), "country", "countries"),
        country_names=words.join(sorted(countries)),
        unsplit=words.count(int(unsplit["n_infused"].sum()), "patient"),
        unclear=words.count(int((eligible["gene_edited"] == "unclear").sum()), "cohort"),
        judged=words.join(
            f"{tally[state]} {state}" if state == UNKNOWN else f"{tally[state]} are “{state}”"
            for state in STATES
        ),
        readable=words.join(
            f"in {book.select(outcome.id).k} for {book.spoken(outcome)}"
            for outcome in book.review.outcomes
        ),
        cells=words.number(len(cells), 0),
        unknown=words.percent(tally[UNKNOWN] / len(cells)),
        unregistered=words.count(int((judged["registered"] == UNKNOWN).sum()), "cohort"),
        no_follow_up=words.count(int((judged["follow_up"] == UNKNOWN).sum()), "cohort"),
        no_enrolled=words.count(int((judged["enrolled"] == UNKNOWN).sum()), "cohort"),
        not_reviewed=words.count(int((judged["peer_reviewed"] == NO).sum()), "cohort"),
    )
