"""The theme: one small template, one style sheet, one script; nothing from outside the site.

It takes the place of the theme that Jupyter Book brings, whose icon fonts and scripts weigh more
than all text and figures of a chapter, and whose markup fails an accessibility check in places
that a book cannot reach.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment.adapters.toctree import TocTree
from sphinx_external_toc.api import SiteMap

from reviewbook.site.html import css_string

from .citing.page import edition_of, page_language

HERE = Path(__file__).parent
TEMPLATES = HERE / "templates"
NAME = "reviewbook"

# Style sheets of extensions whose few rules stand in ours, and scripts that no page of ours needs.
UNUSED_STYLES = ("mystnb.", "sphinx-design", "pygments", "basic.css")
UNUSED_SCRIPTS = (
    *("design-tabs.js", "documentation_options.js", "doctools.js", "sphinx_highlight.js"),
    "searchtools.js",
)
# What the switch "Show code" shows.
CODE = ("rb-code", "rb-call")


def parts_of_book(site_map: SiteMap) -> dict[str, str]:
    """Return the caption of the part that each page of the table of contents belongs to."""
    return {
        page.removesuffix(".md"): part.caption or ""
        for part in site_map.root.subtrees
        for page in part.files()
    }


def reading_path(site_map: SiteMap) -> list[str]:
    """Return the pages that are read one after the other: the first, then those of the parts.

    A page below a chapter, such as one of a reference, is looked up and not on the way.
    """
    parts = (part.files() for part in site_map.root.subtrees)
    pages = [site_map.root.docname, *(page for files in parts for page in files)]
    return [page.removesuffix(".md") for page in pages]


def steps(app: Sphinx, pagename: str, context: dict[str, Any]) -> dict[str, Any]:
    """Return what comes before and after a page, and the page that it is below, for the template.

    A page below a chapter has its neighbours there alone.
    """
    parents = context.get("parents") or []
    path = reading_path(app.config.external_site_map)
    if parents:
        below = app.env.toctree_includes
        path = next((below[page] for page in path if pagename in below.get(page, ())), [])
    if pagename not in path:
        return {}
    at = path.index(pagename)

    def step(page: str) -> dict[str, str]:
        return {"title": app.env.titles[page].astext(), "link": context["pathto"](page)}

    return {
        "prev": step(path[at - 1]) if at else None,
        "next": step(path[at + 1]) if at + 1 < len(path) else None,
        "rb_above": parents[-1] if parents else None,
    }


def page_toc(app: Sphinx, pagename: str) -> str:
    """Return the sections of a page as a list of links, empty for fewer than two."""
    if pagename not in app.env.tocs:
        return ""
    # A copy whose references are anchors of this page.
    tree = TocTree(app.env).get_toc_for(pagename, app.builder)
    inner = [item for item in tree.findall(nodes.bullet_list) if item is not tree]
    if not inner or len(inner[0].children) < 2:
        return ""
    sections = inner[0]
    for item in sections.children:
        # Two levels of headings are what a margin can hold.
        for deeper in [child for child in item.children if isinstance(child, nodes.bullet_list)]:
            item.remove(deeper)
    return str(app.builder.render_partial(sections)["fragment"])


def page_context(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """Give the template what it shows, and take away what the page does not use."""
    edition = edition_of(app)
    running = app.env.titles[pagename].astext() if pagename in app.env.titles else ""
    context.update(
        rb_above=None,
        rb_has_code=any(f'class="{name}"' in context.get("body", "") for name in CODE),
        rb_title=edition.review.title,
        rb_part=parts_of_book(app.config.external_site_map).get(pagename, ""),
        rb_license=edition.review.license.replace("CC-BY-", "CC BY "),
        rb_edition=f"Version {edition.review.version}, {edition.dated}",
        rb_page_toc=page_toc(app, pagename),
        # Hyphenation, fonts and speech follow the language.
        rb_article_language=page_language(pagename),
        rb_running_title=css_string(running or edition.review.title),
        rb_running_edition=css_string(f"Version {edition.review.version}, {edition.dated}"),
    )
    if doctree is not None:
        context.update(steps(app, pagename, context))
    context["script_files"] = [
        script
        for script in context["script_files"]
        if not str(script.filename).endswith(UNUSED_SCRIPTS)
    ]
    context["css_files"] = [
        sheet
        for sheet in context["css_files"]
        if not any(name in str(sheet.filename) for name in UNUSED_STYLES)
    ]


def add_static(app: Sphinx, config: Config) -> None:
    """Add style sheet and script to every page."""
    config.html_static_path.append(str(HERE / "static"))
    config.html_js_files.append(("reviewbook.js", {"defer": "defer"}))
    config.html_js_files.append(("modes.js", {"defer": "defer"}))


def setup(app: Sphinx) -> None:
    """Register the theme."""
    # Jupyter Book sets this option of an extension that is not loaded; unknown, it is a warning.
    app.add_config_value("comments_config", {}, "")
    app.add_html_theme(NAME, str(TEMPLATES))
    app.connect("config-inited", add_static)
    # Late, so that it sees the files other extensions have added.
    app.connect("html-page-context", page_context, priority=900)
