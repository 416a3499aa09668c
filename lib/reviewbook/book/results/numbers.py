"""The numbers of an edition that can be held against those of another, however old its code is.

Run as a program, ``numbers.py ROOT`` measures the book at ROOT with the libraries on the path and
prints JSON. So it asks only for names that every edition has (`open_book`, `Book.analyse`), takes
what later ones added where it is there, and imports nothing of its own package.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterable, Mapping
from typing import Any

Numbers = dict[str, dict[str, Any]]
"""By kind, then by identifier: ``estimates``, ``counts``, ``rows``, ``words``."""

_LIMITS = ("estimate", "low", "high")


def numbers_of(document: Mapping[str, Any]) -> Numbers:
    """Return the numbers of a document of results as plain data.

    Returns
    -------
    dict
        ``estimates``: pool and recipe, such as ``all_public/crs_any glmm``, to [estimate, low,
        high]; ranges for a new cohort and of 100 patients, and ratios of comparisons, too.
        ``counts``: pool to [cohorts, events, patients]. ``rows``: pool to the rows that it is from,
        each with its cohort. ``words``: verdicts, certainties and findings on directions.
    """
    found: Numbers = {"estimates": {}, "counts": {}, "rows": {}, "words": {}}
    for pool in document["pools"]:
        name = pool["id"]
        found["counts"][name] = [pool["k"], pool["events"], pool["total"]]
        found["rows"][name] = {one["row"]: one["label"] for one in pool["inputs"]}
        ranges = {
            **{recipe: one["proportion"] for recipe, one in pool["estimates"].items()},
            "per 100": pool["per_100"],
            "new cohort": pool["new_cohort"],
        }
        for what, one in ranges.items():
            if one is not None:
                found["estimates"][f"{name} {what}"] = [one[limit] for limit in _LIMITS]
        if pool["certainty"] is not None:
            found["words"][f"certainty of {name}"] = pool["certainty"]["word"]
    for claim in document["claims"]:
        if claim["verdict"]:
            found["words"][f"verdict on {claim['id']}"] = claim["verdict"]
        if claim["direction"]:
            told = claim["direction"]
            effect = "" if told["identified"] else "no "
            found["words"][f"findings on {claim['id']}"] = (
                f"{told['toward']} of {told['compared']} comparisons; {effect}effect identified"
            )
            for one in told["ratios"]:
                values = [one["ratio"][limit] for limit in _LIMITS]
                found["estimates"][f"{claim['id']} ratio of {one['endpoint']}"] = values
    return found


def measure(book: Any) -> Numbers:
    """Return the numbers of a book, by its own code where that can write its results."""
    try:
        from reviewbook.book.results.collect import results_of
    except ImportError:
        return _measure_older(book)
    return numbers_of(results_of(book).model_dump(mode="json"))


def _measure_older(book: Any) -> Numbers:
    """Return what an edition without results as data can say: pools of its outcomes, verdicts."""
    found: Numbers = {"estimates": {}, "counts": {}, "rows": {}, "words": {}}
    review = book.review
    for set_id, chosen in review.sets.items():
        if chosen.rules is None:
            continue
        for outcome in review.outcomes:
            analysis = book.analyse(outcome.id, set_id)
            selection, name = analysis.selection, f"{set_id}/{outcome.id}"
            rows = selection.included.to_dict("records")
            found["counts"][name] = [selection.k, int(selection.events.sum()), selection.n]
            found["rows"][name] = {_older_key(row, outcome.id): str(row["label"]) for row in rows}
            pools = {
                review.primary_recipe: analysis.primary,
                review.comparison_recipe: analysis.comparison,
                **analysis.alternatives,
            }
            for recipe, pooled in pools.items():
                if pooled.proportion is not None:
                    values = [_finite(getattr(pooled.proportion, limit)) for limit in _LIMITS]
                    found["estimates"][f"{name} {recipe}"] = values
            found["words"] |= _verdict(book, outcome, set_id)
    return found


def _verdict(book: Any, outcome: Any, set_id: str) -> dict[str, str]:
    for claim in getattr(review := book.review, "claims", ()):
        if claim.kind == "proportion" and claim.topic == outcome.topic:
            return {f"verdict on {set_id}/{claim.id}": book.judged(claim.id, set_id).verdict}
    if set_id != review.primary_set:
        return {}
    ledger = book.ledger(set_id)
    own = ledger[(ledger["topic"] == outcome.topic) & (ledger["quantity"] == "pooled_proportion")]
    verdicts = [str(verdict) for verdict in own["verdict"]]
    return {f"verdict on {set_id}/{outcome.topic}": verdicts[0]} if verdicts else {}


def _older_key(row: Mapping[str, Any], outcome: str) -> str:
    columns = ("report_id", "cohort_id", "", "population", "timepoint", "status", "events", "total")
    return "outcomes.csv: " + "|".join(str(row[c]) if c else outcome for c in columns)


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def main(arguments: Iterable[str]) -> None:
    """Print the numbers of the book at the one argument."""
    from reviewbook.book import open_book

    (root,) = arguments
    print(json.dumps(measure(open_book(root))))


if __name__ == "__main__":
    main(sys.argv[1:])
