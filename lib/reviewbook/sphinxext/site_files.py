"""Files of the site beside its pages: sitemap, social card, data, citations and more."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sphinx.application import Sphinx

from reviewbook.evidence.evidence import has_data_package
from reviewbook.review.project import load_review
from reviewbook.site.carried import export_files
from reviewbook.site.html import render
from reviewbook.site.manifest import RUN_TIMES

from .citing.page import SOCIAL_CARD, edition_of
from .downloads import FOLDER
from .numbers import PARTS
from .reading import is_whole
from .shown import PARTS as SHOWN

if TYPE_CHECKING:
    from reviewbook.figures.forest.overview import Block


def write_social_card(root: Path, site: Path) -> None:
    """Draw the image that a shared link shows: title and outcomes, 1200 by 630 pixels."""
    # Here, so that a build which changes nothing does not need the drawing library.
    from reviewbook.figures.card import social_card

    review = load_review(root)
    figure = social_card(review.title, review.subtitle, _outcomes(root))
    target = site / SOCIAL_CARD
    target.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(target, metadata={"Software": None})


def _outcomes(root: Path) -> list[Block]:
    """Return the outcomes beside their printed values; none for pages without evidence."""
    if not has_data_package(root):
        return []
    from reviewbook.book import open_book
    from reviewbook.figures.forest.overview import blocks_of

    book = open_book(root)
    analyses = [book.analyse(outcome.id) for outcome in book.review.outcomes]
    topics = [analysis.outcome.topic for analysis in analyses]
    return blocks_of(analyses, [book.claims(t) for t in topics], [book.verdict(t) for t in topics])


def write_files(app: Sphinx, exception: Exception | None) -> None:
    """Write what belongs to the whole site, after its pages, and run times beside the site."""
    if exception is not None or app.builder.format != "html" or not is_whole(app):
        return
    # Here, for a build that changes nothing needs nothing that computes.
    from reviewbook.book.results.listing import write_numbers
    from reviewbook.site.number_pages import write_number_pages

    edition, out, root = edition_of(app), Path(app.outdir), Path(app.srcdir)
    export_files(root, out, edition)
    told, shown = taken(out / FOLDER / PARTS), taken(out / FOLDER / SHOWN)
    if told or shown:
        write_numbers(told, shown, out, edition.review)
        titles = {page: title.astext() for page, title in app.env.titles.items()}
        write_number_pages(shown, titles, out, edition.review)
    pages = sorted(app.env.all_docs, key=lambda page: (page != app.config.root_doc, page))
    files = {"robots.txt": "User-agent: *\nAllow: /\n"}
    if edition.base_url:  # a sitemap holds whole addresses
        addresses = [edition.url(page) for page in pages]
        files["sitemap.xml"] = render("sitemap.xml", addresses=addresses, date=edition.issued)
        files["robots.txt"] += f"Sitemap: {edition.base_url}sitemap.xml\n"
    rows = [
        f"{page},{seconds:.2f}\n"
        for page, data in sorted(app.env.nb_metadata.items())
        if (seconds := data.get("exec_data", {}).get("runtime")) is not None
    ]
    (out.parent / RUN_TIMES).write_text("".join(["page,seconds\n", *rows]), encoding="utf-8")
    for name, text in files.items():
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (out / name).write_text(text, encoding="utf-8")


def taken(folder: Path) -> list[Any]:
    """Return what the pages left in a folder, a JSON file each, and take the folder away."""
    files = sorted(folder.glob("*.json")) if folder.is_dir() else []
    found = [json.loads(file.read_text(encoding="utf-8")) for file in files]
    if folder.is_dir():
        shutil.rmtree(folder)
    return found


def setup(app: Sphinx) -> None:
    """Connect to the end of a build."""
    app.connect("build-finished", write_files)
