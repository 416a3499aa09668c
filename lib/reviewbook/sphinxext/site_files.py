"""Files of the site beside its pages: not-found page, sitemap, robots, social card, notebooks."""

from __future__ import annotations

import textwrap
import tomllib
from html import escape
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from sphinx.application import Sphinx

from reviewbook.citation.provenance import UNKNOWN, edition_date
from reviewbook.site.html import render
from reviewbook.site.manifest import plain_notebook

from .theme import HERE, executed_notebook, has_code

CARD = "_static/social-card.png"


def review_settings(root: Path) -> dict[str, Any]:
    """Return ``data/review.toml``."""
    return tomllib.loads((root / "data" / "review.toml").read_text(encoding="utf-8"))


def not_found_page(root: Path, base_url: str) -> str:
    """Return the page for addresses that do not exist; it needs no other file."""
    review = review_settings(root)
    return render(
        "not-found.html",
        HERE / "templates",
        language=review["language"],
        title=review["title"],
        path=urlsplit(base_url).path or "/",
    )


def sitemap(pages: list[str], base_url: str, date: str) -> str:
    """Return the sitemap of `pages` below `base_url`, changed on `date`."""
    changed = "" if date == UNKNOWN else f"<lastmod>{date}</lastmod>"
    entries = "\n".join(
        f"<url><loc>{escape(base_url + ('' if page == 'index' else page + '.html'))}</loc>"
        f"{changed}</url>"
        for page in pages
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{entries}\n</urlset>\n'
    )


def write_social_card(app: Sphinx) -> None:
    """Draw title and subtitle as the image that a shared link shows, 1200 by 630 pixels."""
    if app.builder.format != "html":
        return
    # Here, so that a build of another format does not need the drawing library.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    from reviewbook.figures.drawing.style import ACCENT, INK, MUTED, PAPER

    review = review_settings(Path(app.srcdir))
    figure = Figure(figsize=(12, 6.3), dpi=100, facecolor=PAPER)
    FigureCanvasAgg(figure)
    title = textwrap.fill(review["title"], 32)
    subtitle = textwrap.fill(review.get("subtitle", ""), 58)
    figure.text(0.07, 0.86, title, size=40, color=INK, va="top", linespacing=1.3, weight="bold")
    figure.text(0.07, 0.30, subtitle, size=20, color=MUTED, va="top", linespacing=1.5)
    figure.text(0.07, 0.07, "Every number computed when the book is built", size=16, color=ACCENT)
    target = Path(app.outdir) / CARD
    target.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(target, metadata={"Software": None})


def write_files(app: Sphinx, exception: Exception | None) -> None:
    """Write what belongs to the whole site, after its pages."""
    if exception is not None or app.builder.format != "html":
        return
    root, out = Path(app.srcdir), Path(app.outdir)
    base_url = str(app.config.html_baseurl)
    pages = sorted(app.env.all_docs, key=lambda page: (page != app.config.root_doc, page))
    (out / "404.html").write_text(not_found_page(root, base_url), encoding="utf-8")
    (out / "sitemap.xml").write_text(sitemap(pages, base_url, edition_date(root)), encoding="utf-8")
    (out / "robots.txt").write_text(
        f"User-agent: *\nAllow: /\nSitemap: {base_url}sitemap.xml\n", encoding="utf-8"
    )
    folder = out / "_downloads" / "notebooks"
    folder.mkdir(parents=True, exist_ok=True)
    for page in pages:
        source = executed_notebook(app, page)
        if has_code(source):
            target = folder / f"{PurePosixPath(page).name}.ipynb"
            target.write_text(plain_notebook(source.read_text(encoding="utf-8")), encoding="utf-8")


def setup(app: Sphinx) -> None:
    """Connect to the start and the end of a build."""
    app.connect("builder-inited", write_social_card)
    app.connect("build-finished", write_files)
