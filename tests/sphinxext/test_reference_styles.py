"""References keep their capitals, and a list of authors that is cut says et al."""

from __future__ import annotations

import pytest
from pybtex.backends.plaintext import Backend
from pybtex.database import Person, parse_string
from pybtex.richtext import Text

from reviewbook.sphinxext.references import ReferenceList, people


def last(person: Person) -> Text:
    return Text(" ".join(person.last_names))


@pytest.mark.parametrize(
    ("names", "short", "full"),
    [
        (["Li, A"], "Li", "Li"),
        (["Li, A", "Wu, B"], "Li and Wu", "Li and Wu"),
        (["Li, A", "Wu, B", "Xu, C"], "Li et al.", "Li, Wu, and Xu"),
        (["Li, A", "others"], "Li et al.", "Li et al."),
        (["Li, A", "Wu, B", "others"], "Li et al.", "Li, Wu et al."),
        (["Others, Ann"], "Others", "Others"),
    ],
)
def test_names_are_joined(names: list[str], short: str, full: str) -> None:
    persons = [Person(name) for name in names]
    assert str(people(persons, last, short=True)) == short
    assert str(people(persons, last, short=False)) == full


def test_the_address_of_a_doi_is_encoded() -> None:
    fields = "author={Li, A}, title={T}, journal={J}, year=1998, doi={10.1002/(SICI)1:2<3::A>4;2-8}"
    entry = parse_string(f"@article{{a, {fields}}}", "bibtex").entries["a"]
    text = ReferenceList().format_entry("1", entry).text
    assert text.render_as("html").endswith(
        '<a href="https://doi.org/10.1002/(SICI)1:2%3C3::A%3E4;2-8">doi:10.1002/(SICI)1:2&lt;3::A&gt;4;2-8</a>.'
    )


def test_titles_keep_their_capitals() -> None:
    fields = "author={Li, A and others}, title={CD7 CAR-T in T-ALL}, journal={J}, year=2024"
    entry = parse_string(f"@article{{a, {fields}}}", "bibtex").entries["a"]
    text = ReferenceList().format_entry("1", entry).text.render(Backend())
    assert text == "A Li et al. CD7 CAR-T in T-ALL. J, 2024."
