"""A word of the tables that the settings misspell is refused, and not passed over in silence."""

from __future__ import annotations

import re
import shutil

import pytest

from review_copy import ROOT, ReviewCopy
from reviewbook import EvidenceError
from reviewbook.evidence.evidence import load_evidence
from reviewbook.review.project import ProjectError, load_review, toc_pages
from reviewbook.site.build import BuildError, check_contents

OF_THE_TABLES = {
    'endpoints = ["relapse_incidence"]': ("relapse_incidence", "an endpoint of survival.csv"),
    'column = "gene_edited"\nbetter': ("gene_edited", "a column of cohorts.csv"),
    'within_value = "universal"': ("universal", "a value of cell_source in cohorts.csv"),
    'counts_of = "relapse"': ("relapse", "an outcome"),
    '["icans_grade3plus", "icans_any"]': ("icans_any", "an outcome of outcomes.csv"),
    'outcomes = ["complete_remission"]': ("complete_remission", "an outcome of outcomes.csv"),
    'sister_reviews = ["dashti_2025"]': ("dashti_2025", "a review_id of other_reviews.csv"),
    'arms_outside_cohort = ["chemo_then_hsct"]': ("chemo_then_hsct", "an arm of survival.csv"),
    'populations_beyond_infused = ["enrolled"]': ("enrolled", "one of infused, "),
    'peer_reviewed_types = ["journal_article", "letter"]': ("letter", "one of journal_article, "),
}
OF_THE_SETTINGS = {
    'outcome = "extramedullary_remission"\n\n# Words': ("extramedullary_remission", "outcome"),
    'part = "Universal"': ("Universal", "part"),
    'bears = ["survival_without_editing"]': ("survival_without_editing", "bears"),
    'topic = "severe_crs"\ntext': ("severe_crs", r"claims\[2\].topic"),
}


def misspell(copy: ReviewCopy, text: str, word: str) -> str:
    wrong = f"{word[:-1]}zz"
    copy.replace("review.toml", text, text.replace(f'"{word}"', f'"{wrong}"'))
    return wrong


def test_words_of_the_tables(copy: ReviewCopy) -> None:
    wrong = {misspell(copy, text, word): said for text, (word, said) in OF_THE_TABLES.items()}
    with pytest.raises(EvidenceError) as caught:
        load_evidence(load_review(copy.root), check=True)
    told = str(caught.value)
    for word, said in wrong.items():
        assert f"found {word!r}; expected {said}" in told


LABELLED = {
    "hsct_recommended = ": "setting directions: found 'zzhsct_recommended'",
    "os = { label": "setting endpoints: found 'zzos'; expected an endpoint of survival.csv",
    'no_hsct = "No': "setting arms: found 'zzno_hsct'; expected an arm of survival.csv",
    'infection_any = "': "setting other_outcomes: found 'zzinfection_any'; expected an outcome",
}


def test_a_label_belongs_to_a_word_of_the_tables(copy: ReviewCopy) -> None:
    for text in LABELLED:
        copy.replace("review.toml", f"\n{text}", f"\nzz{text}")
    with pytest.raises(EvidenceError) as caught:
        load_evidence(load_review(copy.root), check=True)
    for said in LABELLED.values():
        assert said in str(caught.value)


@pytest.mark.parametrize("text", OF_THE_SETTINGS)
def test_names_of_the_settings(text: str, copy: ReviewCopy) -> None:
    word, setting = OF_THE_SETTINGS[text]
    wrong = misspell(copy, text, word)
    with pytest.raises(ProjectError, match=rf"{setting}: expected one of .*; found '{wrong}'"):
        load_review(copy.root)


@pytest.mark.parametrize("address", ["../../outside", "/outside", "chapters/a b", "chapters/../x"])
def test_a_former_address_lies_in_the_site(address: str, copy: ReviewCopy) -> None:
    copy.replace("review.toml", '"chapters/asymmetry-tests" = ', f'"{address}" = ')
    (copy.root / "index.md").write_text("# A\n", encoding="utf-8")
    (copy.root / "_toc.yml").write_text("format: jb-book\nroot: index\n", encoding="utf-8")
    with pytest.raises(BuildError, match="redirects: expected folders and a name of letters"):
        check_contents(copy.root)


CHAPTERS = {
    'chapter = "complete-remission"\n': r"outcomes\[0\].chapter",
    'chapter = "other-harms"\nlabel = "Graft-versus-host disease of any grade, first 30 days"': (
        r"further_outcomes\[0\].chapter"
    ),
    'scope = { label = "Size of the review", chapter = "study-selection" }': (
        r"topics.scope.chapter"
    ),
}


def with_contents(copy: ReviewCopy) -> None:
    """Give a copy of the data the pages of this book, empty."""
    shutil.copyfile(ROOT / "_toc.yml", copy.root / "_toc.yml")
    for page in toc_pages(copy.root):
        path = copy.root / f"{page}.md"
        path.parent.mkdir(exist_ok=True)
        path.write_text("# A\n", encoding="utf-8")


def test_a_chapter_is_a_page_of_the_contents(copy: ReviewCopy) -> None:
    """Each place of the settings that names one, in one go: tables link to it."""
    with_contents(copy)
    check_contents(copy.root)
    for text in CHAPTERS:
        chapter = text.split('chapter = "')[1].partition('"')[0]
        copy.replace("review.toml", text, text.replace(f'"{chapter}"', f'"{chapter}zz"'))
    with pytest.raises(BuildError) as caught:
        check_contents(copy.root)
    told = str(caught.value)
    assert told.count("\n") == len(CHAPTERS) - 1
    for text, place in CHAPTERS.items():
        chapter = text.split('chapter = "')[1].partition('"')[0]
        expected = rf"review.toml: {place}: expected .* that _toc.yml lists.*; found '{chapter}zz'"
        assert re.search(expected, told)


def test_pages_of_the_search_are_pages_of_the_contents(copy: ReviewCopy) -> None:
    with_contents(copy)
    copy.replace("search.toml", '"chapters/glossary" = ', '"chapters/no-such" = ')
    message = "search.toml: called: expected a page of _toc.yml, .*found 'chapters/no-such'"
    with pytest.raises(BuildError, match=message):
        check_contents(copy.root)


def test_topics_of_claims_are_topics_of_the_settings(copy: ReviewCopy) -> None:
    """The data package allows the word; without its entry the ledger has no chapter for it."""
    size = 'scope = { label = "Size of the review", chapter = "study-selection" }\n'
    copy.replace("review.toml", size, "")
    line = copy.line_of("claims.csv", topic="scope", quantity="n_studies")
    with pytest.raises(EvidenceError) as caught:
        load_evidence(load_review(copy.root), check=True)
    expected = "found 'scope'; expected a topic of an outcome or of [topics] in review.toml"
    assert f"claims.csv, line {line}, column topic: {expected}" in str(caught.value)
