"""Files that travel with the site: data, lock, citation files of the whole, redirects, RO-Crate."""

from __future__ import annotations

import json
import shutil
from html import escape
from pathlib import Path
from typing import Any

from rocrate.model.contextentity import ContextEntity
from rocrate.model.softwareapplication import SoftwareApplication
from rocrate.rocrate import ROCrate

from reviewbook.citation import Citation, Edition, license_url
from reviewbook.deposit import deposit_files
from reviewbook.provenance import UNKNOWN, library_versions, sha256, swhid

# Copied as they are, from the root of the repository to the same path on the site.
CARRIED = ("requirements.lock", "LICENSE", "LICENSE-CC-BY-4.0.md")
DATA_SUFFIXES = (".csv", ".json", ".bib", ".toml", ".md")
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
    ".lock": "text/plain",
}


def export_files(root: Path, site: Path, edition: Edition) -> None:
    """Write everything that travels with the pages and needs no finished site."""
    export_sources(root, site)
    for name, text in deposit_files(edition, published=True).items():
        if not name.startswith("."):
            (site / name).write_text(text, encoding="utf-8", newline="\n")
    export_citations(edition, site)
    export_redirects(edition, site)


def export_sources(root: Path, site: Path) -> list[str]:
    """Copy data, lock and citation files to the site at the paths they have in the repository."""
    paths = [root / name for name in CARRIED]
    paths += sorted(p for p in (root / "data").iterdir() if p.suffix in DATA_SUFFIXES)
    copied = []
    for path in paths:
        if path.is_file():
            target = site / path.relative_to(root)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
            copied.append(target.relative_to(site).as_posix())
    return copied


def whole_citations(edition: Edition) -> dict[str, Citation]:
    """Return the citations of the book, its data and its libraries, by the stem of their files."""
    pages = {"data": "chapters/data-dictionary", "library": "chapters/library-reference"}
    return {
        "book": edition.cite("book", note=edition.commit),
        "data": edition.cite(
            "data",
            title=f"Data of: {edition.title}",
            url=edition.url(pages["data"]),
            key="data",
            note=edition.commit,
        ),
        "library": edition.cite(
            "library",
            title=f"Code of: {edition.title}",
            url=edition.url(pages["library"]),
            key="library",
            note="; ".join(filter(None, (edition.revision or edition.commit, edition.repository))),
        ),
    }


def export_citations(edition: Edition, site: Path) -> None:
    """Write the citation files of the book, the data and the libraries."""
    folder = site / "_downloads" / "citations"
    folder.mkdir(parents=True, exist_ok=True)
    for stem, cited in whole_citations(edition).items():
        for suffix, text in cited.files().items():
            (folder / f"{stem}.{suffix}").write_text(text, encoding="utf-8", newline="\n")


def redirect_page(target: str, canonical: str = "") -> str:
    """Return a page that sends its reader to `target`, a relative address; works without script.

    A script takes the anchor along where it can, for the address of a figure or table.
    """
    here = escape(target, quote=True)
    there = json.dumps(target).replace("<", "\\u003c")
    script = f"<script>location.replace({there} + location.hash)</script>\n"
    link = f'<link rel="canonical" href="{escape(canonical, quote=True)}">\n' if canonical else ""
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<title>Moved</title>\n{script}{link}<meta http-equiv="refresh" content="0; url={here}">\n'
        '<meta name="viewport" content="width=device-width">\n</head>\n'
        f'<body><main><h1>Moved</h1><p>This page is now at <a href="{here}">{here}</a>.</p></main>'
        "</body>\n</html>\n"
    )


def export_redirects(edition: Edition, site: Path) -> None:
    """Write a page for each address that was published once and is declared to have moved.

    Raises
    ------
    ValueError
        If the target of a redirect is not a page, or a redirect would replace a page.
    """
    for old, new in edition.redirects.items():
        if not (site / f"{new}.html").is_file():
            raise ValueError(f"redirects: {old} leads to {new}, which is no page of the book.")
        page = site / f"{old}.html"
        if page.is_file():
            raise ValueError(f"redirects: {old} is still a page of the book.")
        page.parent.mkdir(parents=True, exist_ok=True)
        target = "../" * old.count("/") + f"{new}.html"
        page.write_text(redirect_page(target, edition.url(new)), encoding="utf-8", newline="\n")


def crate_parts(site: Path) -> dict[str, list[str]]:
    """Return the files of the site that the crate describes, by role, as sorted relative paths."""

    def found(*patterns: str) -> list[str]:
        paths = {path for pattern in patterns for path in site.glob(pattern)}
        return sorted(path.relative_to(site).as_posix() for path in paths if path.is_file())

    return {
        "data": found("data/*"),
        "chapters": found("_sources/*.md", "_sources/chapters/*.md"),
        "lock": found("requirements.lock"),
        "notebooks": found("_downloads/notebooks/*"),
        "pages": found("index.html", "chapters/*.html"),
        "downloads": found("_downloads/figures/*", "_downloads/tables/*"),
    }


def export_crate(root: Path, site: Path, edition: Edition) -> Path:
    """Write ``ro-crate-metadata.json``: what the site holds, and what was made from what.

    The crate is the site itself: each file named in it is on the site, with size and SHA-256.
    One action, the build, links data, chapters and lock to notebooks, pages and downloads.
    """
    crate = ROCrate()
    crate.name = edition.title
    crate.description = edition.subtitle or edition.title
    crate.root_dataset["version"] = edition.version
    crate.root_dataset["identifier"] = edition.base_url
    if edition.license:
        licence = {"@type": "CreativeWork", "name": edition.license}
        crate.license = crate.add(
            ContextEntity(crate, license_url(edition.license), properties=licence)
        )
    people = [
        crate.add(
            ContextEntity(
                crate,
                f"#author-{number}",
                properties={"@type": "Organization", "name": name},
            )
        )
        for number, name in enumerate(edition.authors, start=1)
    ]
    crate.root_dataset["author"] = people
    crate.root_dataset["isBasedOn"] = crate.add(
        ContextEntity(
            crate,
            f"https://doi.org/{edition.article.doi}",
            properties={"@type": "ScholarlyArticle", "name": edition.article.title},
        )
    )
    files = {
        role: [
            crate.add_file(site / path, path, properties=_properties(site / path)) for path in paths
        ]
        for role, paths in crate_parts(site).items()
    }
    code = crate.add(
        ContextEntity(
            crate,
            edition.repository,
            properties={
                "@type": "SoftwareSourceCode",
                "name": f"Source of: {edition.title}",
                "version": edition.version,
                "identifier": edition.revision or edition.commit,
            },
        )
    )
    tools = [
        crate.add(
            SoftwareApplication(
                crate,
                f"#{name}",
                properties={"name": name, "version": version, "softwareVersion": version},
            )
        )
        for name, version in library_versions().items()
    ]
    crate.add_action(
        [code, *tools],
        identifier="#build",
        object=[*files["data"], *files["chapters"], *files["lock"]],
        result=[*files["notebooks"], *files["pages"], *files["downloads"]],
        properties={"name": "Build of the book", "description": "python -m reviewbook build"},
    )
    document = crate.metadata.generate()
    for entity in document["@graph"]:
        if entity["@id"] == "./":
            # The package puts the time of day here; the edition has a date of its own, or none.
            entity.pop("datePublished", None)
            if edition.date != UNKNOWN:
                entity["datePublished"] = edition.date
    document["@graph"].sort(key=lambda entity: str(entity["@id"]))
    path = site / "ro-crate-metadata.json"
    text = json.dumps(document, indent=1, ensure_ascii=False, sort_keys=True)
    path.write_text(text + "\n", encoding="utf-8", newline="\n")
    return path


def _properties(path: Path) -> dict[str, Any]:
    content = path.read_bytes()
    return {
        "name": path.name,
        "encodingFormat": MEDIA_TYPES.get(path.suffix, "application/octet-stream"),
        "contentSize": str(len(content)),
        "sha256": sha256(content),
        "identifier": swhid(content),
    }
