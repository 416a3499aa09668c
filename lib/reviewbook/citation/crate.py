"""The description of a finished site as an RO-Crate."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from rocrate.model.contextentity import ContextEntity
from rocrate.rocrate import ROCrate

from .chapter_runs import chapter_runs
from .edition import Edition
from .provenance import library_versions, sha256, swhid
from .schema_org import Node, article_nodes, author_nodes, number_node

MEDIA_TYPES = {
    ".html": "text/html",
    ".md": "text/markdown",
    ".ipynb": "application/x-ipynb+json",
    ".csv": "text/csv",
    ".json": "application/json",
    ".bib": "application/x-bibtex",
    ".toml": "application/toml",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".pdf": "application/pdf",
    ".lock": "text/plain",
}


USED = (("data/*",), ("_sources/*.md", "_sources/chapters/**/*.md"), ("requirements.lock",))
MADE = (
    ("_downloads/notebooks/*",),
    ("results.json", "results.schema.json"),
    ("numbers.json", "numbers.csv", "numbers.schema.json", "numbers.datapackage.json"),
    ("numbers/**/*.html",),
    ("index.html", "chapters/**/*.html"),
    ("_downloads/figures/*", "_downloads/tables/*"),
)
"""Patterns of the files of the site that the crate describes, in the order it names them in."""


def export_crate(root: Path, site: Path, edition: Edition) -> Path:
    """Write ``ro-crate-metadata.json``: what the site holds, and what was made from what.

    The crate is the site itself: each file named in it is on the site, with size and SHA-256.
    One action, the build, links data, chapters and lock to notebooks, pages and downloads; one
    action a chapter links its source and data to its page, notebook, figures and tables.
    """
    review = edition.review
    crate = ROCrate()
    crate.name = review.title
    crate.description = review.subtitle or review.title
    crate.root_dataset["version"] = review.version
    if identifier := edition.base_url or edition.revision:
        crate.root_dataset["identifier"] = identifier
    if review.license:
        licence = {"@type": "CreativeWork", "name": review.license}
        crate.license = _add(crate, {"@id": edition.license_url, **licence})
    crate.root_dataset["author"] = [
        _add(crate, {"@id": f"#author-{number}", **author})
        for number, author in enumerate(author_nodes(edition), start=1)
    ]
    for article in article_nodes(edition):
        crate.root_dataset["isBasedOn"] = _add(crate, article)
    code = _add(
        crate,
        {
            "@type": "SoftwareSourceCode",
            "@id": edition.repository.url if edition.repository else "#source",
            "name": f"Source of: {review.title}",
            "version": review.version,
            "identifier": edition.revision or edition.commit,
        },
    )
    tools = [
        _add(
            crate,
            {
                "@type": "SoftwareApplication",
                "@id": f"#{name}",
                "name": name,
                "version": version,
                "softwareVersion": version,
            },
        )
        for name, version in library_versions().items()
    ]
    crate.add_action(
        [code, *tools],
        identifier="#build",
        object=_add_files(crate, site, USED),
        result=_add_files(crate, site, MADE),
        properties={"name": "Build of the book", "description": "python -m reviewbook build"},
    )
    measured = [_add(crate, number_node(one)) for one in _numbers(site)]
    if measured:
        crate.root_dataset["variableMeasured"] = measured
    for run in chapter_runs(site):
        crate.add_action(
            [code, *tools],
            identifier=run.identifier,
            object=[crate.get(path) for path in run.used],
            result=[crate.get(path) for path in run.made],
            properties={"name": f"Run of the chapter: {run.title}"},
        )
    document = crate.metadata.generate()
    for entity in document["@graph"]:
        if entity["@id"] == "./":
            # The package puts the time of day here; the edition has a date of its own, or none.
            entity.pop("datePublished", None)
            if edition.issued:
                entity["datePublished"] = edition.issued
    document["@graph"].sort(key=lambda entity: str(entity["@id"]))
    path = site / "ro-crate-metadata.json"
    text = json.dumps(document, indent=1, ensure_ascii=False, sort_keys=True)
    path.write_text(text + "\n", encoding="utf-8", newline="\n")
    return path


def _numbers(site: Path) -> list[dict[str, Any]]:
    """Return the numbers of the site as its own file has them; none where there is no file."""
    path = site / "numbers.json"
    if not path.is_file():
        return []
    found: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["numbers"]
    return found


def _add(crate: ROCrate, node: Node) -> Any:
    properties = {key: value for key, value in node.items() if key != "@id"}
    return crate.add(ContextEntity(crate, node["@id"], properties=properties))


def _add_files(crate: ROCrate, site: Path, groups: tuple[tuple[str, ...], ...]) -> list[Any]:
    added = []
    for patterns in groups:
        for path in sorted({path for pattern in patterns for path in site.glob(pattern)}):
            if path.is_file():
                name = path.relative_to(site).as_posix()
                added.append(crate.add_file(path, name, properties=_properties(path)))
    return added


def _properties(path: Path) -> dict[str, Any]:
    content = path.read_bytes()
    return {
        "name": path.name,
        "encodingFormat": MEDIA_TYPES.get(path.suffix, "application/octet-stream"),
        "contentSize": str(len(content)),
        "sha256": sha256(content),
        "identifier": swhid(content),
    }
