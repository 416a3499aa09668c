"""Command ``python -m reviewbook validate``: check the evidence and say what is wrong, where."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from reviewbook import words
from reviewbook.book import open_book
from reviewbook.evidence.evidence import EvidenceError
from reviewbook.review.project import ProjectError


def main(argv: Sequence[str] | None = None) -> int:
    """Print every problem of ``data/``, or a short summary when there is none.

    Returns
    -------
    int
        0 when everything is as it should be, 1 otherwise.
    """
    parser = argparse.ArgumentParser(
        prog="python -m reviewbook validate",
        description="Check data/ against its data package and say what is wrong, where.",
    )
    parser.add_argument("root", nargs="?", help="folder of the review (default: found from here)")
    options = parser.parse_args(argv)
    try:
        book = open_book(options.root)
    except (EvidenceError, ProjectError) as error:
        print(error, file=sys.stderr)
        return 1
    frames = book.evidence.frames()
    rows = words.join(f"{name} {len(frame)}" for name, frame in frames.items())
    print(f"data/ is sound. Rows: {rows}; {len(book.evidence.citation_keys)} references.")
    for name, analysis_set in book.review.sets.items():
        if analysis_set.rules is None and book.evidence.article_table is None:
            print(f"{name}: absent")
            continue
        cohorts = book.eligible(name)
        size = words.count(int(cohorts["n_infused"].sum()), "patient")
        print(f"{name}: {words.count(len(cohorts), 'cohort')}, {size}")
        for outcome in book.review.outcomes:
            selection = book.select(outcome, name)
            share = words.counts(int(selection.events.sum()), int(selection.totals.sum()))
            print(f"    {outcome.id:20s} {words.count(selection.k, 'cohort')}, {share}")
    return 0
