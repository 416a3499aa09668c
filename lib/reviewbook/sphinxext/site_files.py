"""Files of the site beside its pages: sitemap, social card, notebooks, data, citations and more."""

from __future__ import annotations

import textwrap
from pathlib import Path

from sphinx.application import Sphinx

from reviewbook.site.carried import export_files
from reviewbook.site.html import render
from reviewbook.site.manifest import RUN_TIMES

from .citing.page import SOCIAL_CARD, edition_of
from .notebooks import notebook_files


def write_social_card(app: Sphinx) -> None:
    """Draw title and subtitle as the image that a shared link shows, 1200 by 630 pixels."""
    if app.builder.format != "html":
        return
    # Here, so that a build of another format does not need the drawing library.
    from matplotlib.figure import Figure

    from reviewbook.figures.drawing.style import ACCENT, INK, MUTED, PAPER

    edition = edition_of(app)
    figure = Figure(figsize=(12, 6.3), dpi=100, facecolor=PAPER)
    title = textwrap.fill(edition.review.title, 32)
    subtitle = textwrap.fill(edition.review.subtitle, 58)
    figure.text(0.07, 0.86, title, size=40, color=INK, va="top", linespacing=1.3, weight="bold")
    figure.text(0.07, 0.30, subtitle, size=20, color=MUTED, va="top", linespacing=1.5)
    figure.text(0.07, 0.07, "Every number computed when the book is built", size=16, color=ACCENT)
    target = Path(app.outdir) / SOCIAL_CARD
    target.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(target, metadata={"Software": None})


def write_files(app: Sphinx, exception: Exception | None) -> None:
    """Write what belongs to the whole site, after its pages, and run times beside the site."""
    if exception is not None or app.builder.format != "html":
        return
    edition, out = edition_of(app), Path(app.outdir)
    export_files(Path(app.srcdir), out, edition)
    pages = sorted(app.env.all_docs, key=lambda page: (page != app.config.root_doc, page))
    files = {"robots.txt": "User-agent: *\nAllow: /\n"}
    if edition.base_url:  # a sitemap holds whole addresses
        addresses = [edition.url(page) for page in pages]
        files["sitemap.xml"] = render("sitemap.xml", addresses=addresses, date=edition.issued)
        files["robots.txt"] += f"Sitemap: {edition.base_url}sitemap.xml\n"
    files |= dict(notebook_files(app))
    rows = [
        f"{page},{seconds:.2f}\n"
        for page, data in sorted(app.env.nb_metadata.items())
        if (seconds := data.get("exec_data", {}).get("runtime")) is not None
    ]
    (out.parent / RUN_TIMES).write_text("".join(["page,seconds\n", *rows]), encoding="utf-8")
    for name, text in files.items():
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (out / name).write_text(text, encoding="utf-8")


def setup(app: Sphinx) -> None:
    """Connect to the start and the end of a build."""
    app.connect("builder-inited", write_social_card)
    app.connect("build-finished", write_files)
