"""The sentences of the living update: when was looked, and what is still to come."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from reviewbook import words
from reviewbook.book.living.horizon import Horizon, registrations, sizes_of
from reviewbook.book.living.updates import looks, new_reports, still_holds
from reviewbook.words import Phrase
from reviewbook.words.marked import told

from . import Sentences

if TYPE_CHECKING:
    from reviewbook.book import Book


@told
def living_sentences(book: Book, set_id: str, horizon: Sequence[Horizon]) -> Sentences:
    """Return what the living update says.

    `last_look` and `look_before` are days; `new` says how many reports the last look found and how
    many enter a pool of the set; `holds` in how many outcomes ours lies in the printed interval,
    and what the rule says; `registered` how many registrations there are and how many are open;
    `to_come` their patients; `narrower` what they would do to the intervals, and `decidable` to the
    claims that cannot be decided.
    """
    log = looks(book)
    dates = [Phrase(date) for date in log["date"]]
    return Sentences(
        last_look=dates[-1] if dates else Phrase("a day that is not recorded"),
        look_before=dates[-2] if len(dates) > 1 else Phrase("none before"),
        new=_new(book, set_id),
        holds=_holds(book, set_id),
        registered=_registered(book),
        to_come=_to_come(book),
        narrower=_narrower(book, horizon),
        decidable=_decidable(horizon),
    )


def _new(book: Book, set_id: str) -> Phrase:
    found = new_reports(book, set_id)
    entered = int((found["outcomes"] != "").sum())
    pools = "none of them enters" if not entered else f"{entered} of them enter"
    number = words.count(len(found), "new report")
    return Phrase(f"{number}, and {pools} a pool of the {len(book.review.outcomes)} outcomes")


def _holds(book: Book, set_id: str) -> Phrase:
    found = still_holds(book, set_id)
    inside = int(found["inside"].fillna(False).sum())
    verdicts = found["verdict"].value_counts()
    told = words.join(f"{number} “{verdict}”" for verdict, number in verdicts.items())
    return Phrase(
        f"In {inside} of the {words.count(len(found), 'outcome')} our estimate from the wider "
        f"set lies in the printed interval; by the rule of the ledger against that set the "
        f"verdicts are: {told}."
    )


def _registered(book: Book) -> Phrase:
    table = book.evidence.other.get("registered_trials")
    if table is None:
        return Phrase("No registrations are listed.")
    outside = int((~table["in_scope"]).sum())
    still = registrations(book)
    return Phrase(
        f"{words.count(len(table), 'registration')} could be found, {outside} of them outside the "
        f"question of the review. Of the others, {len(still)} have no public result known to us."
    )


def _to_come(book: Book) -> Phrase:
    still = registrations(book)
    sizes = sizes_of(still)
    started = int((still["start_date"] != "").sum()) if len(still) else 0
    return Phrase(
        f"{len(sizes)} of the {len(still)} state a size, together "
        f"{words.count(sum(sizes), 'patient')}; {started} state a start"
    )


def _narrower(book: Book, horizon: Sequence[Horizon]) -> Phrase:
    told = [
        f"{words.within_sentence(book.review.outcome(one.outcome).label)} from "
        f"{words.number(100 * one.expected.width_now, 1)} to "
        f"{words.number(100 * one.expected.width, 1)} points"
        for one in horizon
    ]
    return Phrase("; ".join(told))  # labels have commas of their own


def _decidable(horizon: Sequence[Horizon]) -> Phrase:
    still = [one for one in horizon if one.open_today]
    if not still:
        return Phrase("No claim waits for them: against the wider set each can be decided today.")
    shares = [one.decided for one in still]
    low, high = words.percent(min(shares)), words.percent(max(shares))
    between = f"in at most {high}" if low == high else f"in at most {low} to {high}"
    return Phrase(
        f"Of the {words.count(len(horizon), 'claim')} on a share, {len(still)} cannot be decided "
        f"today against the wider set. With all of these trials each would be decided {between} "
        "of futures, by claim: what leaves it open are counts that published cohorts do not "
        "print, and no new trial prints those."
    )
