"""Files that archives and registries read: CITATION.cff, codemeta.json, .zenodo.json.

All three are written from ``data/review.toml``. The copies in the repository hold no address, date
or commit, so that nothing in them goes stale; the copies on the site hold them.
"""

from __future__ import annotations

import argparse
import json
from typing import Any

import yaml

from .edition import Edition
from .provenance import UNKNOWN

# The code's; the licence of text and data is in review.toml.
CODE_LICENSE = "MIT"


class _Plain(yaml.SafeDumper):
    """YAML without anchors: people read and edit these files."""

    def ignore_aliases(self, data: Any) -> bool:
        """Write every value out, also one that occurs twice."""
        return True


def person(name: str) -> dict[str, str]:
    """Return a name as printed in a reference, ``Liu J``, in the terms of the format."""
    family, _, given = name.rpartition(" ")
    return {"family-names": family, "given-names": given} if family else {"name": given}


def cff(edition: Edition, *, published: bool = False) -> dict[str, Any]:
    """Return the Citation File Format 1.2.0 description of the book.

    Parameters
    ----------
    published : bool
        Add what only a built edition knows: address, repository, date and commit.
    """
    authors = [{"name": name} for name in edition.authors]
    book: dict[str, Any] = {"type": "book", "title": edition.title, "authors": authors}
    book["version"] = edition.version
    if edition.license:
        book["license"] = edition.license
    if edition.subtitle:
        book["abstract"] = edition.subtitle
    record: dict[str, Any] = {
        "cff-version": "1.2.0",
        "message": "Please cite the book, or the chapter you used, as its pages say.",
        "type": "software",
        "title": edition.title,
        "authors": authors,
        "version": edition.version,
        "license": CODE_LICENSE,
        "keywords": ["meta-analysis", "systematic review", "reproducibility"],
        "preferred-citation": book,
        "references": [
            {
                "type": "article",
                "title": edition.article.title,
                "authors": [
                    person(name) for name in edition.article.citation.split(".")[0].split(", ")
                ],
                "doi": edition.article.doi,
                "notes": "The article whose abstract this book re-examines.",
            }
        ],
    }
    if published:
        record["url"] = book["url"] = edition.base_url
        record["repository-code"] = edition.repository
        if edition.date != UNKNOWN:
            record["date-released"] = book["date-released"] = edition.date
            book["year"] = int(edition.date[:4])
        if edition.revision:
            record["commit"] = edition.revision.rsplit(":", 1)[-1]
    return record


def codemeta(edition: Edition, *, published: bool = False) -> dict[str, Any]:
    """Return the CodeMeta 3.0 description of the libraries and the book."""
    record: dict[str, Any] = {
        "@context": "https://w3id.org/codemeta/3.0",
        "@type": "SoftwareSourceCode",
        "name": edition.title,
        "description": edition.subtitle or edition.title,
        "version": edition.version,
        "author": [{"@type": "Organization", "name": name} for name in edition.authors],
        "license": f"https://spdx.org/licenses/{CODE_LICENSE}",
        "programmingLanguage": "Python",
        "runtimePlatform": "Python 3.11",
        "referencePublication": {
            "@type": "ScholarlyArticle",
            "@id": f"https://doi.org/{edition.article.doi}",
            "name": edition.article.title,
        },
    }
    if published:
        record["codeRepository"] = edition.repository
        record["url"] = edition.base_url
        if edition.date != UNKNOWN:
            record["datePublished"] = edition.date
    return record


def zenodo(edition: Edition) -> dict[str, Any]:
    """Return the deposit metadata that Zenodo reads from a repository."""
    return {
        "title": edition.title,
        "description": edition.subtitle or edition.title,
        "upload_type": "software",
        "version": edition.version,
        "creators": [{"name": name} for name in edition.authors],
        "license": edition.license or CODE_LICENSE,
        "language": {"en": "eng", "zh": "zho"}.get(edition.language, edition.language),
        "keywords": ["meta-analysis", "systematic review", "reproducibility"],
        "related_identifiers": [
            {
                "identifier": edition.article.doi,
                "relation": "isDerivedFrom",
                "resource_type": "publication-article",
                "scheme": "doi",
            }
        ],
    }


def deposit_files(edition: Edition, *, published: bool = False) -> dict[str, str]:
    """Return the text of each file by its name."""
    return {
        "CITATION.cff": yaml.dump(
            cff(edition, published=published),
            Dumper=_Plain,
            sort_keys=False,
            allow_unicode=True,
            width=100,
        ),
        "codemeta.json": _text(codemeta(edition, published=published)),
        ".zenodo.json": _text(zenodo(edition)),
    }


def _text(record: dict[str, Any]) -> str:
    return json.dumps(record, ensure_ascii=False, indent=2) + "\n"


def main(argv: list[str] | None = None) -> int:
    """Write the three files of the repository: ``python -m reviewbook.citation.deposit``."""
    from reviewbook.review.project import find_root

    argparse.ArgumentParser(
        prog="python -m reviewbook.citation.deposit",
        description="Write CITATION.cff, codemeta.json and .zenodo.json from data/review.toml.",
    ).parse_args(argv)
    root = find_root()
    for name, text in deposit_files(Edition.load(root)).items():
        (root / name).write_text(text, encoding="utf-8", newline="\n")
        print(root / name)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
