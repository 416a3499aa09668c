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
    assert review.key == "cd7-cart-book", "it begins every citation key and stays"
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
    directions = claims.loc[claims["kind"].isin(["direction", "conclusion"]), "value"]
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
        ('topic = "icans"\nchapter', 'topic = "crs"\nchapter', "outcomes: topic crs occurs twice"),
        ('overlap = "largest"\n\n[sets.all', 'overlap = "best"\n\n[sets.all',
         "sets.before_article: rule overlap must be one of largest, earliest; got 'best'"),
        ('label = "The article\'s own study table"', "min_patients = 2",
         "sets.article_table: a set with a table has no rules"),
        ('primary_set = "before_article"', 'primary_set = "mine"',
         "analysis.primary_set: expected one of before_article, .*; found 'mine'"),
        ('primary_set = "before_article"', 'primary_set = "article_table"',
         "analysis.primary_set: expected a set with rules"),
        ('method = "GLMM"', 'method = "MAGIC"', "recipes.glmm: method"),
        ('base_url = ""', 'base_url = "https://a.example/b"',
         "base_url: expected an address that ends with /"),
        ('base_url = ""', 'base_url = "ftp://a.example/"',
         "base_url: expected an address .*found 'ftp:"),
        ('version = "0.1.0"', 'version = "1"', r"version: expected X\.Y or X\.Y\.Z, found '1'"),
        ('authors = ["The contributors to this book"]', "authors = [7]",
         r"authors\[0\]: expected text, found 7"),
        ('["The contributors to this book"]', '[" "]', r"authors\[0\]: expected a name, found ' '"),
        ("[groups.cell_source]", "[groups]\ncountry = 7\n[groups.cell_source]",
         "groups.country: expected a table, found 7"),
        ("[topics]", "[topics]\nall = { label = 1, chapter = 'x' }",
         "topics.all.label: expected text, found 1"),
        ('["crs_grade3plus", "crs_any"],', '["crs_grade3plus"],',
         r"checks.nested_outcomes\[0\]: expected at least 2 items, found \['crs_grade3plus'\]"),
        ("true\nmin_patients = 3", "true\nmin_patients = 3.5",
         r"before_article.min_patients: expected a whole number, found 3\.5"),
        ("peer_reviewed = true", 'peer_reviewed = "yes"',
         "before_article.peer_reviewed: expected true or false, found 'yes'"),
        ('further_set = "all_public"', "", "review.toml: analysis: missing setting further_set"),
        ('window = "enrolment"', 'window = "later"',
         "further_outcomes.*window: expected one of first_30_days"),
        ('id = "gvhd_grade2plus"', 'id = "crs_any"', "outcomes: id crs_any occurs twice"),
        ("[arms]", "[arms]\nsome = 1", "review.toml: arms.some: expected text, found 1"),
        ('direction = "benefit"\n\n[[outcomes]]', 'direction = "good"\n\n[[outcomes]]',
         r"outcomes\[0\].direction: expected one of benefit, harm, found 'good'"),
        ('primary_set = "before_article"', "", "review.toml: analysis: missing setting primary_s"),
        ('method = "GLMM"', 'magic = 1', "review.toml: recipes.glmm: unknown setting magic"),
        ("[recipes.glmm]", "[recipes]\nmine = 1\n[recipes.glmm]", "mine: expected a table, found"),
        ("[article]", "[articles]", "review.toml: missing setting article"),
        ("[analysis]", "[analysis]\ncolour = 'red'",
         "review.toml: analysis: unknown setting colour"),
        ('survival_set = "all_public"', "survival_set = 1",
         "review.toml: analysis.survival_set: expected text, found 1"),
        ('survival_set = "all_public"', 'survival_set = "mine"',
         "analysis.survival_set: expected one of before_article, .*; found 'mine'"),
        ('"cell_source", "gene_edited", "disease', '"cells", "gene_edited", "disease',
         "analysis.subgroups: expected one of cell_source, .*; found 'cells'"),
        ("months_before = [12, 0]", "months_before = [-1]",
         r"multiverse.months_before\[0\]: expected greater than or equal to 0, found -1"),
        ("months_before = [12, 0]", "months_before = []",
         "multiverse.months_before: expected a list that is not empty"),
        ('{ overlap = "earliest" }', '{ overlaps = "earliest" }',
         "variants.earliest report of shared patients: unknown setting overlaps"),
        ('"published to today" = { published_by = "" }',
         '"published to today" = { published_by = "2024-13" }',
         "variants.published to today.published_by: a date must be in the calendar, got .2024-13"),
        ('default = "HN1"', 'default = "HN9"', "priors.default: expected one of HN0.5, .*'HN9'"),
        ("mean = 0.0, sd = 2.0", "mean = 0.0, sd = -2.0", "priors.mean: sd of a normal prior must"),
        ("spread = 0.4", "spread = nan", "immortal_time.spread: expected a number, found nan"),
        ('within = "n_donor"', 'within = "n_gift"',
         "parts.n_universal.within: expected one of n_autologous, .*; found 'n_gift'"),
    ],
    ids=lambda value: value[:30] if isinstance(value, str) else None,
)  # fmt: skip
def test_wrong_settings(copy: ReviewCopy, old: str, new: str, message: str) -> None:
    copy.replace("review.toml", old, new)
    with pytest.raises(ProjectError, match=message):
        load_review(copy.root)


def test_all_wrong_settings_are_named_at_once(copy: ReviewCopy) -> None:
    copy.replace("review.toml", 'version = "0.1.0"', "version = 1")
    copy.replace("review.toml", 'short = "CR"', "")
    copy.replace("review.toml", "spread = 0.4", "colour = 'red'")
    with pytest.raises(ProjectError) as caught:
        load_review(copy.root)
    assert str(caught.value).splitlines() == [
        "review.toml: version: expected text, found 1",
        "  review.toml: outcomes[0]: missing setting short",
        "  review.toml: immortal_time: missing setting spread",
        "  review.toml: immortal_time: unknown setting colour",
    ]


def test_what_may_be_left_out(copy: ReviewCopy) -> None:
    path = copy.data / "review.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text[: text.index("# Facts that the cross-table")], encoding="utf-8")
    review = load_review(copy.root)
    assert (review.set_aside, dict(review.redirects)) == ((), {})
    assert (review.checks.nested_outcomes, dict(review.checks.ready_made_sets)) == ((), {})


def test_nobody_can_change_settings(book: Book) -> None:
    with pytest.raises(ValueError, match="frozen"):
        book.review.title = "another"
    with pytest.raises(TypeError):
        book.review.arms["all"] = "Everybody"
    with pytest.raises(TypeError):
        book.review.checks.ready_made_sets["mine"] = ""


def test_a_change_names_only_the_rules_it_changes(book: Book) -> None:
    anything = ("infused", "evaluable")
    changes = {n: c.rules(any_population=anything) for n, c in book.review.variants.items()}
    assert changes["as fixed in advance"] == {}
    assert changes["published to today"] == {"published_by": None}
    highest = changes["highest count of each cohort, any denominator"]
    assert highest == {
        "preferred_only": False,
        "alternative": "highest",
        "populations": anything,
    }
    for change in changes.values():
        assert book.rules(**change)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"pcns_alcl_case"', '"ghost_case"', "set_aside[0].cohorts: found 'ghost_case'; expe"),
        ('counts = "hlh_iechs"', 'counts = "hlh"',
         "setting further_outcomes[10].counts: found 'hlh'"),
        ('populations = ["enrolled"]', 'populations = ["wanted"]',
         "setting further_outcomes[22].populations: found 'wanted'; expected one of infused"),
        ("[groups.fratricide_strategy]", "[groups.plan]", "groups.plan: found 'plan'; expected a"),
        ('derived", "secondary"]\npopulations = ["infused"]\noverlap = "largest"\n\n[sets.all',
         'hearsay"]\npopulations = ["infused"]\noverlap = "largest"\n\n[sets.all',
         "sets.before_article.statuses: found 'hearsay'; expected one of reported, der"),
    ],
    ids=["cohort set aside", "further count", "further population", "group",
         "status"],
)  # fmt: skip
def test_settings_that_the_tables_do_not_know(
    copy: ReviewCopy, old: str, new: str, message: str
) -> None:
    copy.replace("review.toml", old, new)
    with pytest.raises(EvidenceError) as caught:
        copy.book()
    assert message in str(caught.value)


def test_a_topic_that_nothing_has_is_refused_where_it_is_used_and_where_it_is_named(
    copy: ReviewCopy,
) -> None:
    copy.replace("review.toml", 'topic = "icans"\nchapter', 'topic = "ican"\nchapter')
    with pytest.raises(ProjectError, match=r"claims\[3\]\.topic: expected one of .*found 'icans'"):
        copy.book()
    copy.replace("review.toml", 'topic = "icans"\ntext', 'topic = "ican"\ntext')
    with pytest.raises(EvidenceError) as caught:
        copy.book()
    assert "review.toml, setting outcomes[3].topic: found 'ican'" in str(caught.value)


def test_an_outcome_that_no_table_has_is_refused_where_it_is_used_and_where_it_is_named(
    copy: ReviewCopy,
) -> None:
    copy.replace("review.toml", 'id = "icans_any"', 'id = "icans"')
    with pytest.raises(ProjectError, match=r"summary\[3\]\.outcome: expected one of complete"):
        copy.book()
    copy.replace("review.toml", 'outcome = "icans_any"', 'outcome = "icans"')
    copy.replace(
        "review.toml", '["icans_grade3plus", "icans_any"]', '["icans_grade3plus", "icans"]'
    )
    with pytest.raises(EvidenceError) as caught:
        copy.book()
    assert "review.toml, setting outcomes[3].id: found 'icans" in str(caught.value)


def test_every_outcome_of_another_review_has_words_of_its_own(book: Book) -> None:
    labels = {name: book.review.outcome_words(name) for name in book.evidence.other_reviews.outcome}
    assert labels["crs_any"] == book.review.outcome("crs_any").label
    assert labels["overall_response"] == "Overall response"
    raw = {"crs", "icans", "gvhd", "hsct", "mrd", "os", "lfs", "n", "grade3plus"}
    assert not [label for label in labels.values() if raw & set(label.split())]
