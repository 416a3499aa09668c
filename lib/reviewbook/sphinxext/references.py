"""Styles of the list of references and of citations in the text.

What differs from the stock styles: titles keep their capitals (``DNA``, ``B-cell``), an author list
that ends in ``and others`` is cited as ``et al.``, a work without authors goes by the place it was
published in, and works of the same name and year have letters. Names, years and order come from
:mod:`reviewbook.evidence.cited_as`, which tables and figures ask as well.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from pybtex.database import Entry
from pybtex.plugin import find_plugin
from pybtex.plugin import register_plugin as register_list_style
from pybtex.richtext import Tag, Text
from pybtex.style.formatting.plain import Style as PlainStyle
from pybtex.style.sorting import BaseSortingStyle
from pybtex.style.template import (
    FieldIsMissing,
    Node,
    first_of,
    href,
    join,
    node,
    optional,
    sentence,
)
from pybtex.style.template import field as entry_field
from sphinx.application import Sphinx
from sphinxcontrib.bibtex.plugin import register_plugin as register_citation_style
from sphinxcontrib.bibtex.style.referencing import PersonStyle
from sphinxcontrib.bibtex.style.referencing.author_year import AuthorYearReferenceStyle

from reviewbook.evidence.cited_as import cited_as, order, place

NAME = "reviewbook"
ET_AL = Text(" ", Tag("em", "et al."))


def _is_others(person: Any) -> bool:
    return person.last_names == ["others"] and not person.first_names


def people(persons: list[Any], form: Any, *, short: bool) -> Text:
    """Return names joined: ``A and B``, ``A, B, and C``, ``A et al.``.

    Parameters
    ----------
    persons : list of Person
        As in the BibTeX file; a last person called ``others`` stands for those not named.
    form : callable
        Turns a person into text.
    short : bool
        Whether three or more are cut to the first.
    """
    named = [person for person in persons if not _is_others(person)]
    texts = [form(person) for person in named]
    more = len(named) < len(persons)
    if short and (more or len(texts) > 2):
        return Text(texts[0], ET_AL)
    if more:
        return Text(Text(", ").join(texts), ET_AL)
    if len(texts) <= 2:
        return Text(" and ").join(texts)
    return Text(", and ").join([Text(", ").join(texts[:-1]), texts[-1]])


@node
def names(children: Any, data: dict[str, Any], role: str, *, cited: bool, short: bool) -> Text:
    """Return the names of a role, as the list of references or a citation in the text gives them.

    `cited` is true for the latter; `short` as in `people`.
    """
    style = data["style"]

    def form(person: Any) -> Text:
        if cited:
            template = style.person.style_plugin.format(person, style.person.abbreviate)
        else:
            template = style.format_name(person, style.abbreviate_names)
        return template.format_data(data)

    try:
        persons = data["entry"].persons[role]
    except KeyError:
        raise FieldIsMissing(role, data["entry"]) from None
    return people(persons, form, short=short)


@node
def published_in(children: Any, data: dict[str, Any]) -> Text:
    """Return the place of publication, by which a work without authors is cited."""
    return Text(place(data["entry"]))


@node
def without_authors(children: Any, data: dict[str, Any]) -> Text:
    """Return what stands in the list of references in the place of authors that are not given."""
    entry = data["entry"]
    if entry.persons.get("editor"):
        raise FieldIsMissing("author", entry)
    return Text(place(entry), " (authors not given)")


class Order(BaseSortingStyle):
    """By authors or place of publication, then year and title."""

    def sorting_key(self, entry: Entry) -> tuple[Any, ...]:
        """Return the key of an entry."""
        return order(entry)


class ReferenceList(PlainStyle):
    """The plain style, with titles as they are written and works without authors among the rest."""

    default_sorting_style = Order

    def format_names(self, role: str, *, as_sentence: bool = True) -> Node:
        """Return the template of the names."""
        listed = names(role, cited=False, short=False)
        if role == "author":
            listed = first_of[optional[listed], without_authors()]
        return sentence[listed] if as_sentence else listed

    def format_title(self, e: Any, which_field: str, *, as_sentence: bool = True) -> Node:
        """Return the template of the title."""
        title = entry_field(which_field)
        return sentence[title] if as_sentence else title

    def format_doi(self, e: Any) -> Node:
        """Return the template of the link to a DOI; some hold characters no address may."""
        doi = entry_field("doi", raw=True)
        address = f"https://doi.org/{quote(e.fields.get('doi', ''), safe='/:;()')}"
        return href(address)[join["doi:", doi]]


@dataclass
class Persons(PersonStyle):
    """Names in citations."""

    def names(self, role: str, *, full: bool) -> Node:
        """Return the template of the names of a role."""
        return names(role, cited=True, short=not full)

    def author_or_editor_or_title(self, *, full: bool) -> Node:
        """Return the template of whom, or else what, is cited."""
        authors, editors = (self.names(role, full=full) for role in ("author", "editor"))
        return first_of[optional[authors], optional[editors], published_in()]


@dataclass
class AuthorYear(AuthorYearReferenceStyle):
    """Author and year, with our names."""

    person: PersonStyle = field(default_factory=Persons)


def date_entries(app: Sphinx) -> None:
    """Give the entries that are cited and listed the years of :func:`cited_as`."""
    if "cite" in app.env.domains:
        entries = app.env.get_domain("cite").bibdata.data.entries
        for key, cited in cited_as(entries).items():
            entries[key].fields["year"] = cited.when


def setup(app: Sphinx) -> None:
    """Register the styles under the name ``reviewbook``, and the letters of years."""
    app.connect("builder-inited", date_entries)
    register_list_style("pybtex.style.formatting", NAME, ReferenceList)
    # Every citation asks for it, and would look for it in all that is installed.
    plain = find_plugin("pybtex.backends", "plaintext")
    register_list_style("pybtex.backends", "plaintext", plain, force=True)
    register_citation_style("sphinxcontrib.bibtex.style.referencing", NAME, AuthorYear)
