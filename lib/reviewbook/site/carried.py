"""Files that travel with the site: data, lock, citation files of the whole, redirects."""

from __future__ import annotations

import shutil
from pathlib import Path

from reviewbook.citation.deposit import deposit_files
from reviewbook.citation.edition import Edition, whole_citations

from .html import render

# Copied as they are, from the root of the repository to the same path on the site.
CARRIED = ("requirements.lock", "LICENSE", "LICENSE-CC-BY-4.0.md")
DATA_SUFFIXES = (".csv", ".json", ".bib", ".toml", ".md")


def export_files(root: Path, site: Path, edition: Edition) -> None:
    """Write everything that travels with the pages and needs no finished site.

    Copied are data and lock; written are the citation files of the book, the data and the
    libraries, and the pages of moved addresses.
    """
    paths = [root / name for name in CARRIED]
    paths += sorted(p for p in (root / "data").iterdir() if p.suffix in DATA_SUFFIXES)
    (site / "data").mkdir(parents=True, exist_ok=True)
    for path in filter(Path.is_file, paths):
        shutil.copyfile(path, site / path.relative_to(root))
    texts = deposit_files(edition, published=True)
    texts = {name: text for name, text in texts.items() if not name.startswith(".")}
    for stem, cited in whole_citations(edition).items():
        for suffix, text in cited.files().items():
            texts[f"_downloads/citations/{stem}.{suffix}"] = text
    (site / "_downloads" / "citations").mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (site / name).write_text(text, encoding="utf-8", newline="\n")
    export_redirects(edition, site)


def export_redirects(edition: Edition, site: Path) -> None:
    """Write a page for each address that was published once and is declared to have moved.

    Raises
    ------
    ValueError
        If the target of a redirect is not a page, or a redirect would replace a page.
    """
    for old, new in edition.review.redirects.items():
        if not (site / f"{new}.html").is_file():
            raise ValueError(f"redirects: {old} leads to {new}, which is no page of the book.")
        page = site / f"{old}.html"
        if page.is_file():
            raise ValueError(f"redirects: {old} is still a page of the book.")
        page.parent.mkdir(parents=True, exist_ok=True)
        target = "../" * old.count("/") + f"{new}.html"
        moved = render("moved.html", target=target, canonical=edition.url(new))
        page.write_text(moved, encoding="utf-8", newline="\n")
