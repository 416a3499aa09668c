"""A word of the tables that the settings misspell is refused, and not passed over in silence."""

from __future__ import annotations

import pytest

from review_copy import ReviewCopy
from reviewbook import EvidenceError
from reviewbook.evidence.evidence import load_evidence
from reviewbook.review.project import ProjectError, load_review
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
