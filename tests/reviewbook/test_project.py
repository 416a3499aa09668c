"""``review.toml``: what it gives, and what it says when it is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from review_copy import ReviewCopy
from reviewbook import EvidenceError, ProjectError, open_book
from reviewbook.book import Book
from reviewbook.review.project import find_root, load_review


def test_the_settings_of_this_review(book: Book) -> None:
    review = book.review
    assert [o.id for o in review.outcomes] == [
        "complete_remission", "crs_any", "crs_grade3plus", "icans_any",
    ]  # fmt: skip
    assert [o.topic for o in review.outcomes] == [
        "complete_remission",
        "crs",
        "severe_crs",
        "icans",
    ]
    assert review.article.doi == "10.3389/fonc.2024.1478888"
    assert review.base_url.startswith("https://")
    assert list(review.sets) == ["before_article", "all_public", "article_table"]
    assert review.outcome("severe_crs") is review.outcome("crs_grade3plus")


def test_every_chapter_named_is_a_page_of_the_book(root: Path, book: Book) -> None:
    named = [outcome.chapter for outcome in book.review.outcomes]
    named += [topic.chapter for topic in book.review.topics.values()]
    assert [name for name in named if not (root / "chapters" / f"{name}.md").is_file()] == []


def test_every_topic_of_the_claims_has_a_chapter_and_every_direction_words(book: Book) -> None:
    claims = book.evidence.claims
    for topic in claims["topic"].unique():
        assert book.review.topic(topic).chapter
    directions = claims.loc[claims["kind"] == "direction", "value"]
    assert set(directions) == set(book.review.directions)


def test_every_value_of_a_group_has_words(book: Book) -> None:
    for group in book.review.groups.values():
        vocabulary = book.evidence.vocabulary("cohorts", group.column)
        assert set(vocabulary) == set(group.labels)


def test_the_root_is_found_from_within_and_by_the_environment(
    root: Path, copy: ReviewCopy, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert find_root(root / "chapters") == root
    monkeypatch.setenv("REVIEWBOOK_ROOT", str(copy.root))
    assert find_root() == copy.root
    assert open_book().review.root == copy.root
    monkeypatch.delenv("REVIEWBOOK_ROOT")
    monkeypatch.chdir(copy.data)
    assert find_root() == copy.root
    (tmp_path / "empty").mkdir()
    with pytest.raises(ProjectError, match=r"no data/review\.toml in .*empty or any folder above"):
        find_root(tmp_path / "empty")


def test_one_book_for_the_same_files(copy: ReviewCopy) -> None:
    first = copy.book()
    assert copy.book() is first
    copy.put("claims.csv", 2, note="changed")
    assert copy.book() is not first


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('version = "0.1.0"', "version = 1", "review.toml: version: expected text, found 1"),
        ('version = "0.1.0"', "", "review.toml: missing setting version"),
        ('version = "0.1.0"', 'version = "1"\ncolour = "red"', "unknown setting colour"),
        ('version = "0.1.0"', "version = ", "review.toml: not valid TOML"),
        ('short = "CR"', "", r"review.toml: outcomes\[0\]: missing setting short"),
        ('short = "CR"', 'direction = 1', "not valid TOML"),
        ('topic = "icans"', 'topic = "crs"', "outcomes: topic crs occurs twice"),
        ('overlap = "largest"\n\n[sets.all', 'overlap = "best"\n\n[sets.all',
         "sets.before_article: rule overlap must be one of largest, earliest; got 'best'"),
        ('label = "The article\'s own study table"', "min_patients = 2",
         "sets.article_table: a set with a table has no rules"),
        ('primary_set = "before_article"', 'primary_set = "mine"',
         "analysis.primary_set: expected one of before_article, .*; found 'mine'"),
        ('primary_set = "before_article"', 'primary_set = "article_table"',
         "analysis.primary_set: expected a set with rules"),
        ('method = "GLMM"', 'method = "MAGIC"', "recipes.glmm: method"),
        ('cd7-cart-book/"\n', 'cd7-cart-book"\n', "base_url: expected an address that ends with /"),
        ('base_url = "https:', 'base_url = "ftp:', "base_url: expected an address .*found 'ftp:"),
        ('version = "0.1.0"', 'version = "1"', r"version: expected X\.Y or X\.Y\.Z, found '1'"),
        ('authors = ["The contributors to this book"]', "authors = [7]",
         r"authors: expected a list of text, found \(7,\)"),
        ('["The contributors to this book"]', '[" "]', r"authors\[0\]: expected a name, found ' '"),
        ("[groups.cell_source]", "[groups]\ncountry = 7\n[groups.cell_source]",
         "groups.country: expected a table, found 7"),
        ("[topics]", "[topics]\nall = { label = 1, chapter = 'x' }",
         "topics.all.label: expected text, found 1"),
        ('["crs_grade3plus", "crs_any"],', '["crs_grade3plus"],',
         "checks.nested_outcomes: expected a list of pairs, found"),
        ("true\nmin_patients = 3", "true\nmin_patients = 3.5",
         r"before_article.min_patients: expected a whole number, found 3\.5"),
        ("peer_reviewed = true", 'peer_reviewed = "yes"',
         "before_article.peer_reviewed: expected true or false, found 'yes'"),
        ("[arms]", "[arms]\nsome = 1", "arms: expected a table of text, found"),
    ],
    ids=lambda value: value[:30] if isinstance(value, str) else None,
)  # fmt: skip
def test_wrong_settings(copy: ReviewCopy, old: str, new: str, message: str) -> None:
    copy.replace("review.toml", old, new)
    with pytest.raises(ProjectError, match=message):
        load_review(copy.root)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('id = "icans_any"', 'id = "icans"', "review.toml, setting outcomes[3].id: found 'icans"),
        ('topic = "icans"', 'topic = "ican"', "review.toml, setting outcomes[3].topic: found 'ica"),
        ('"pcns_alcl_case"', '"ghost_case"', "set_aside[0].cohorts: found 'ghost_case'; expe"),
        ("[groups.cell_source]", "[groups.cells]", "groups.cells: found 'cells'; expected a"),
        ('derived", "secondary"]\npopulations = ["infused"]\noverlap = "largest"\n\n[sets.all',
         'hearsay"]\npopulations = ["infused"]\noverlap = "largest"\n\n[sets.all',
         "sets.before_article.statuses: found 'hearsay'; expected one of reported, der"),
    ],
    ids=["outcome", "topic", "cohort set aside", "group", "status"],
)  # fmt: skip
def test_settings_that_the_tables_do_not_know(
    copy: ReviewCopy, old: str, new: str, message: str
) -> None:
    copy.replace("review.toml", old, new)
    with pytest.raises(EvidenceError) as caught:
        copy.book()
    assert message in str(caught.value)


def test_every_outcome_of_another_review_has_words_of_its_own(book: Book) -> None:
    labels = {name: book.review.outcome_words(name) for name in book.evidence.other_reviews.outcome}
    assert labels["crs_any"] == book.review.outcome("crs_any").label
    assert labels["overall_response"] == "Overall response"
    raw = {"crs", "icans", "gvhd", "hsct", "mrd", "os", "lfs", "n", "grade3plus"}
    assert not [label for label in labels.values() if raw & set(label.split())]
