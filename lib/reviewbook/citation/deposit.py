"""Files that archives and registries read: CITATION.cff, codemeta.json, .zenodo.json.

All three are written from ``data/review.toml``. The copies in the repository hold no address, date
or commit, so that nothing in them goes stale; the copies on the site hold them.
"""

from __future__ import annotations

import json
from typing import Any

import yaml

from .edition import Edition
from .formats import filled
from .schema_org import article_nodes, author_nodes

# The code's; the licence of text and data is in review.toml.
CODE_LICENSE = "MIT"
KEYWORDS = ["meta-analysis", "systematic review", "reproducibility"]


def person(name: str) -> dict[str, str]:
    """Return a name as printed in a reference, ``Liu J``, in the terms of the format."""
    family, _, given = name.rpartition(" ")
    return {"family-names": family, "given-names": given} if family else {"name": given}


def cff(edition: Edition, *, published: bool = False) -> dict[str, Any]:
    """Return the Citation File Format 1.2.0 description of the book.

    Parameters
    ----------
    published : bool
        Add what only a built edition knows: address and repository if it has them, date, commit.
    """
    review = edition.review
    authors = [{"name": name} for name in review.authors]
    book = {"type": "book", "title": review.title, "authors": authors, "version": review.version}
    book |= filled({"license": review.license, "abstract": review.subtitle})
    record: dict[str, Any] = {
        "cff-version": "1.2.0",
        "message": "Please cite the book, or the chapter you used, as its pages say.",
        "type": "software",
        "title": review.title,
        # A list of its own: of one that occurs twice YAML makes an anchor, and people read this.
        "authors": [author.copy() for author in authors],
        "version": review.version,
        "license": CODE_LICENSE,
        "keywords": KEYWORDS,
        "preferred-citation": book,
    }
    if article := review.article:
        record["references"] = [
            {
                "type": "article",
                "title": article.title,
                "authors": [person(name) for name in article.citation.split(".")[0].split(", ")],
                "doi": article.doi,
                "notes": "The article whose abstract this book re-examines.",
            }
        ]
    if published:
        url, day = edition.base_url, edition.issued
        commit = edition.revision.rsplit(":", 1)[-1]
        book |= filled({"url": url, "date-released": day, "year": int(day[:4] or 0)})
        code = edition.repository.url if edition.repository else ""
        record |= filled({"url": url, "repository-code": code})
        record |= filled({"date-released": day, "commit": commit})
    return record


def codemeta(edition: Edition, *, published: bool = False) -> dict[str, Any]:
    """Return the CodeMeta 3.0 description of the libraries and the book."""
    review = edition.review
    record: dict[str, Any] = {
        "@context": "https://w3id.org/codemeta/3.0",
        "@type": "SoftwareSourceCode",
        "name": review.title,
        "description": review.subtitle or review.title,
        "version": review.version,
        "author": author_nodes(edition),
        "license": f"https://spdx.org/licenses/{CODE_LICENSE}",
        "programmingLanguage": "Python",
        "runtimePlatform": "Python 3.11",
    }
    for article in article_nodes(edition):
        record["referencePublication"] = article
    if published:
        code = edition.repository.url if edition.repository else ""
        record |= filled({"codeRepository": code, "url": edition.base_url})
        record |= filled({"datePublished": edition.issued})
    return record


def zenodo(edition: Edition) -> dict[str, Any]:
    """Return the deposit metadata that Zenodo reads from a repository."""
    review = edition.review
    record: dict[str, Any] = {
        "title": review.title,
        "description": review.subtitle or review.title,
        "upload_type": "software",
        "version": review.version,
        "creators": [{"name": name} for name in review.authors],
        "license": review.license or CODE_LICENSE,
        "language": {"en": "eng", "zh": "zho"}.get(review.language, review.language),
        "keywords": KEYWORDS,
    }
    if review.article:
        record["related_identifiers"] = [
            {
                "identifier": review.article.doi,
                "relation": "isDerivedFrom",
                "resource_type": "publication-article",
                "scheme": "doi",
            }
        ]
    return record


def deposit_files(edition: Edition, *, published: bool = False) -> dict[str, str]:
    """Return the text of each file by its name."""
    return {
        "CITATION.cff": yaml.safe_dump(
            cff(edition, published=published), sort_keys=False, allow_unicode=True, width=100
        ),
        "codemeta.json": _text(codemeta(edition, published=published)),
        ".zenodo.json": _text(zenodo(edition)),
    }


def _text(record: dict[str, Any]) -> str:
    return json.dumps(record, ensure_ascii=False, indent=2) + "\n"
