"""Collect the results of a book, and write them where a site has them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from reviewbook.book import Book
from reviewbook.citation.provenance import sha256
from reviewbook.ledger.claims import ClaimJudgement, direction_of
from reviewbook.ledger.directions import comparisons_of
from reviewbook.survival.arms import Arm, pooled_ratio

from .document import (
    FORMAT,
    RESULTS,
    SCHEMA,
    Claim,
    Comparison,
    DataFile,
    Direction,
    PooledRatio,
    Range,
    Results,
    SetOfCohorts,
    Source,
    Unread,
    schema_text,
)
from .pools import finite, pools_of, range_of, recipes_of

_ARM = ("arm", "n", "events", "survival", "low", "high", "status")


def computed(book: Book) -> dict[str, Any]:
    """Return what takes time to compute of the results of a book: pools and claims, as JSON."""
    parts = {"pools": pools_of(book), "claims": _claims(book)}
    return {name: [one.model_dump(mode="json") for one in of] for name, of in parts.items()}


def results_of(book: Book, known: Mapping[str, Any] | None = None) -> Results:
    """Return every pooled result, verdict and certainty of a book.

    Parameters
    ----------
    known : mapping, optional
        What :func:`computed` gives for this book, where that is at hand.
    """
    review = book.review
    return Results(
        format=FORMAT,
        title=review.title,
        article=review.article.doi if review.article else None,
        source=Source.of(review),
        data=list(_data_files(review.root / "data")),
        primary_set=review.primary_set,
        primary_recipe=review.primary_recipe,
        comparison_recipe=review.comparison_recipe,
        recipes=recipes_of(book),
        sets=[
            SetOfCohorts(
                id=one.id,
                label=one.label,
                rules=json.loads(json.dumps(one.rules.to_dict())) if one.rules else None,
                table=one.table,
            )
            for one in review.sets.values()
        ],
        **(computed(book) if known is None else known),
    )


def _data_files(folder: Path) -> Iterator[DataFile]:
    for path in sorted(folder.iterdir()):
        if path.is_file() and not path.name.startswith("."):
            yield DataFile(name=path.name, sha256=sha256(path.read_bytes()))


def _claims(book: Book) -> Iterator[Claim]:
    for name, chosen in book.review.sets.items():
        table = chosen.rules is None
        if table and book.evidence.article_table is None:
            continue
        for claim in book.review.claims:
            if not table or claim.kind == "proportion":
                yield _claim(book, name, book.judged(claim.id, name))


def _claim(book: Book, set_id: str, judged: ClaimJudgement) -> Claim:
    claim, found = judged.claim, judged.proportion
    printed = None
    if claim.kind == "proportion":
        given = book.claims(claim.topic)
        printed = Range(estimate=given.estimate, low=given.low, high=given.high)
    unread = None
    if found is not None and found.unread is not None:
        unread = [
            Unread(cohort_id=one.cohort_id, size=one.size, at_least=one.at_least)
            for one in found.unread
        ]
    return Claim(
        id=f"{set_id}/{claim.id}",
        set=set_id,
        claim=claim.id,
        kind=claim.kind,
        text=claim.text,
        verdict=judged.verdict,
        counts_read_alone=found.alone if found else "",
        reason=judged.reason,
        printed=printed,
        pool=f"{set_id}/{found.analysis.outcome.id}" if found else None,
        unread=unread,
        share=finite(found.share) if found else None,
        direction=_direction(book, judged),
    )


def _direction(book: Book, judged: ClaimJudgement) -> Direction | None:
    found = judged.direction
    if found is None:
        return None
    direction = direction_of(book, judged.claim)
    evidence = book.review.directions_evidence.get(direction)
    listed, ratios = [], []
    if evidence is not None and evidence.kind == "arms":
        for endpoint, compared in comparisons_of(book, direction).items():
            overall = range_of(pooled_ratio(compared))
            if overall is not None:
                ratios.append(PooledRatio(endpoint=endpoint, ratio=overall))
            for one in compared:
                ratio = range_of(one.ratio)
                assert ratio is not None
                listed.append(
                    Comparison(
                        endpoint=endpoint,
                        cohort_id=one.cohort_id,
                        report_id=one.report_id,
                        measure=one.measure,
                        time_months=finite(one.time_months),
                        ratio=ratio,
                        pvalue=finite(one.pvalue),
                        better=_arm(one.better),
                        worse=_arm(one.worse),
                    )
                )
    return Direction(
        direction=found.direction,
        effect=found.effect,
        toward=found.toward,
        compared=found.compared,
        identified=found.identified,
        ratios=ratios,
        comparisons=listed,
    )


def _arm(arm: Arm) -> dict[str, Any]:
    plain = asdict(arm)
    return {name: plain[name] for name in _ARM}


def write_results(book: Book, folder: Path, known: Mapping[str, Any] | None = None) -> None:
    """Write ``results.json`` and its schema; the same bytes for the same commit and data."""
    results = results_of(book, known).text()
    for name, text in ((RESULTS, results), (SCHEMA, schema_text(Results, SCHEMA))):
        (folder / name).write_text(text, encoding="utf-8", newline="\n")


def read_results(place: Path) -> Results:
    """Read the results of a site: its folder, or the file itself.

    Raises
    ------
    ValueError
        When there is no such file, or it is not of this format; names what is wrong first.
    """
    path = place / RESULTS if place.is_dir() else place
    if not path.is_file():
        raise ValueError(f"{path}: no such file; expected a site with {RESULTS}, or that file")
    try:
        plain = json.loads(path.read_text(encoding="utf-8"))
        return Results.model_validate(plain)
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise ValueError(f"{path}: expected JSON in UTF-8; {error}") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise ValueError(
            f"{path}: expected results in the format {FORMAT}; {where}: {first['msg']}, "
            f"found {first['input']!r:.80}"
        ) from None
