"""``results.json``: the numbers of the book, the same bytes each time, by its own schema."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest

from metaprop import Interval
from review_copy import ReviewCopy
from reviewbook.book import Book
from reviewbook.book.results.collect import read_results, results_of, write_results
from reviewbook.book.results.document import RESULTS, SCHEMA, Range, Results, schema_of
from reviewbook.pooling.analysis import Analysis
from reviewbook.pooling.further import further_pool
from reviewbook.robustness.certainty import certainty_of
from reviewbook.robustness.summary import summaries

SETS = ("before_article", "all_public")


@pytest.fixture(scope="module")
def results(book: Book) -> Results:
    return results_of(book)


def same(found: Range | None, expected: Interval | None) -> bool:
    if found is None or expected is None:
        return found is expected
    return (found.estimate, found.low, found.high) == tuple(expected)


def by_recipe(analysis: Analysis) -> dict[str, Any]:
    review = analysis.review
    ours = {review.primary_recipe: analysis.primary, review.comparison_recipe: analysis.comparison}
    return ours | dict(analysis.alternatives)


@pytest.mark.parametrize("set_id", SETS)
def test_pools_are_those_of_the_book(book: Book, results: Results, set_id: str) -> None:
    for outcome in book.review.outcomes:
        analysis = book.analyse(outcome, set_id)
        pool = results.pool(f"{set_id}/{outcome.id}")
        counts = [(one.cohort_id, one.events, one.total) for one in pool.inputs]
        included = analysis.selection.included
        assert counts == [
            *zip(included["cohort_id"], included["events"], included["total"], strict=True)
        ]
        assert (pool.k, pool.total) == (analysis.selection.k, analysis.selection.n)
        assert set(pool.estimates) == set(book.review.recipes)
        for name, pooled in by_recipe(analysis).items():
            found = pool.estimates[name]
            assert same(found.proportion, pooled.proportion), (pool.id, name)
            assert (found.tau2, found.i2, found.q) == (pooled.tau2, pooled.i2, pooled.q)
            assert found.weights == pooled.weights.tolist()
        assert same(pool.new_cohort, analysis.new_cohort)
        assert same(pool.per_100, analysis.per_100)
        certainty = certainty_of(book, analysis)
        assert pool.certainty is not None
        assert (pool.certainty.level, pool.certainty.word) == (certainty.level, certainty.word)


@pytest.mark.parametrize("set_id", SETS)
def test_verdicts_are_those_of_the_book(book: Book, results: Results, set_id: str) -> None:
    found = {one.claim: one for one in results.claims if one.set == set_id}
    assert list(found) == [claim.id for claim in book.review.claims]
    for name, one in found.items():
        judged = book.judged(name, set_id)
        assert (one.verdict, one.reason) == (judged.verdict, judged.reason)
        assert (one.direction is not None) == (judged.direction is not None)


def test_subgroups_and_further_outcomes_are_those_of_the_book(book: Book, results: Results) -> None:
    found = book.analyse("crs_any").subgroups("gene_edited")
    for label, pooled in found.groups.items():
        pool = results.pool(f"before_article/crs_any/gene_edited={label}")
        assert same(pool.estimates["comparison"].proportion, pooled.proportion)
        assert pool.k == pooled.k == len(pool.inputs)
    for outcome in book.review.further_outcomes:
        for part in further_pool(book, outcome.id).parts:
            name = "/".join(filter(None, ("all_public", outcome.id, part.label)))
            pool = results.pool(name)
            assert pool.why_not == part.why_not
            assert pool.events == part.events
            assert bool(pool.estimates) == (part.analysis is not None)


def test_certainty_of_the_summary_of_findings_is_there(book: Book, results: Results) -> None:
    for one in summaries(book):
        set_id = one.analysis.selection.set_id
        name = "/".join(filter(None, (set_id, one.finding.outcome, one.finding.part)))
        pool = results.pool(name)
        assert pool.certainty is not None
        assert pool.certainty.level == one.certainty.level
        assert [r.reason for r in pool.certainty.reasons] == [
            domain.reason for domain in one.certainty.domains
        ]


def test_each_row_named_is_a_row_of_the_table(book: Book, results: Results) -> None:
    columns = ["report_id", "cohort_id", "outcome", "population", "timepoint", "status"]
    table = book.evidence.outcomes[[*columns, "events", "total"]].astype(str)
    keys = {f"outcomes.csv: {'|'.join(row)}" for row in table.to_numpy().tolist()}
    named = {one.row for pool in results.pools for one in pool.inputs}
    assert len(named) > 50
    assert named <= keys


def test_the_schema_describes_the_document_and_refuses_others(results: Results) -> None:
    jsonschema.Draft202012Validator.check_schema(schema_of(Results, SCHEMA))
    check = jsonschema.Draft202012Validator(schema_of(Results, SCHEMA))
    plain = json.loads(results.text())
    check.validate(plain)
    for spoil in (
        lambda d: d.pop("pools"),
        lambda d: d["pools"][0].pop("events"),
        lambda d: d["pools"][0].update(events="many"),
        lambda d: d["claims"][0].update(kind="guess"),
        lambda d: d.update(format="another"),
    ):
        broken = json.loads(results.text())
        spoil(broken)
        assert not check.is_valid(broken)


def test_the_bytes_are_the_same_twice_and_read_back(copy: ReviewCopy) -> None:
    places = [copy.root / "one", copy.root / "two"]
    for place in places:
        place.mkdir()
        write_results(Book(copy.book().review, copy.book().evidence), place)
    for name in (RESULTS, SCHEMA):
        assert (places[0] / name).read_bytes() == (places[1] / name).read_bytes()
    again = read_results(places[0])
    assert again.text().encode() == (places[0] / RESULTS).read_bytes()
    assert again == read_results(places[1] / RESULTS)


def test_what_cannot_be_read_is_named(copy: ReviewCopy) -> None:
    with pytest.raises(ValueError, match=r"results\.json: no such file|no such file; expected"):
        read_results(copy.data)
    path = copy.root / RESULTS
    path.write_text("{", encoding="utf-8")
    with pytest.raises(ValueError, match="expected JSON in UTF-8"):
        read_results(path)
    path.write_text('{"format": "other"}', encoding="utf-8")
    with pytest.raises(ValueError, match="expected results in the format reviewbook-results-1"):
        read_results(path)
