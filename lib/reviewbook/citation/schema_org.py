"""The book, its data and its article as schema.org nodes.

The head of every page (JSON-LD), the RO-Crate of the site and ``codemeta.json`` use the same ones.
Every ``@id`` below the base URL is an address that exists on the site. A book that is not yet
published is named by anchors: its parts by those of the page, the rest by words of our own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .edition import Edition
from .formats import Citation, filled

Node = dict[str, Any]


def author_nodes(edition: Edition) -> list[Node]:
    """Return the authors; they are printed as they are named, so each is an organisation."""
    return [{"@type": "Organization", "name": name} for name in edition.review.authors]


def article_nodes(edition: Edition) -> list[Node]:
    """Return the article that the book re-examines; none where it re-examines none."""
    article = edition.review.article
    if article is None:
        return []
    doi = f"https://doi.org/{article.doi}"
    return [{"@type": "ScholarlyArticle", "@id": doi, "name": article.title}]


def book_id(edition: Edition) -> str:
    """Return the name of the book in a graph."""
    return edition.base_url or "#the-book"


def book_node(edition: Edition) -> Node:
    """Return the book."""
    return {
        "@type": "Book",
        "@id": book_id(edition),
        "name": edition.review.title,
        "author": author_nodes(edition),
        "version": edition.review.version,
        "inLanguage": edition.review.language,
        **filled(
            {
                "url": edition.base_url,
                "license": edition.license_url,
                "datePublished": edition.issued,
            }
        ),
    }


def data_node(edition: Edition) -> Node:
    """Return the data of the book."""
    title = edition.review.title
    return {
        "@type": "Dataset",
        "@id": f"{edition.base_url}data/datapackage.json" if edition.base_url else "#the-data",
        "name": f"Data of: {title}",
        "description": f"Tables of evidence, with sources, behind: {title}",
        "version": edition.review.version,
        "isPartOf": {"@id": book_id(edition)},
        **filled({"license": edition.license_url, "datePublished": edition.issued}),
    }


def chapter_node(edition: Edition, cited: Citation) -> Node:
    """Return a chapter of the book."""
    return {
        "@type": ["Chapter", "ScholarlyArticle"],
        "@id": cited.url or "#this-page",
        "name": cited.title,
        "headline": cited.title,
        "author": author_nodes(edition),
        "version": cited.version,
        "inLanguage": cited.language,
        "isPartOf": {"@id": book_id(edition)},
        **filled(
            {
                "url": cited.url,
                "datePublished": edition.issued,
                "license": edition.license_url,
            }
        ),
    }


def number_node(one: Mapping[str, Any]) -> Node:
    """Return a number of the text: an entry of ``numbers.json``, or of a page before it."""
    limits = one["interval"]
    return {
        "@type": "PropertyValue",
        "@id": one["places"][0]["address"],
        "propertyID": one["id"],
        "name": one["what"],
        "value": one["value"],
        **filled({"unitText": one["unit"]}),
        **({"minValue": limits[0], "maxValue": limits[1]} if limits else {}),
    }


def page_graph(
    edition: Edition,
    cited: Citation,
    *,
    summary: str,
    works: list[dict[str, str]],
    source: str,
    parts: list[tuple[str, str, str]],
    numbers: Mapping[str, Mapping[str, Any]] | None = None,
) -> Node:
    """Return the schema.org description of a page as a graph of linked nodes.

    Parameters
    ----------
    cited : Citation
        The page: the book or a chapter.
    summary : str
        What it is about.
    works : list of dict
        Nodes of the works it cites.
    source : str
        SWHID of the page's source.
    parts : list of (label, anchor, caption)
        Its figures and tables.
    numbers : mapping of str to mapping, optional
        The origins of its numbers by their anchors.
    """
    book, data, articles = book_node(edition), data_node(edition), article_nodes(edition)
    page = chapter_node(edition, cited) if cited.container else book
    based_on = [{"@id": node["@id"]} for node in (data, *articles)]
    if edition.repository:
        code = {"@type": "SoftwareSourceCode", "codeRepository": edition.repository.url}
        based_on.append(code)
    shown = [
        {
            "@type": "ImageObject" if label.startswith("Figure") else "Table",
            "@id": f"{cited.url}#{anchor}",
            "name": f"{label}. {caption}",
        }
        for label, anchor, caption in parts
    ]
    told = [
        number_node({**one, "places": [{"address": f"{cited.url}#{anchor}"}]})
        for anchor, one in (numbers or {}).items()
    ]
    page |= {
        "description": summary,
        "identifier": {"@type": "PropertyValue", "propertyID": "SWHID", "value": source},
        "isBasedOn": based_on,
        **filled({"citation": works, "hasPart": shown, "mentions": told}),
    }
    graph = [book, data, *articles] if page is book else [page, book, data, *articles]
    return {"@context": "https://schema.org", "@graph": graph}
