"""The explorer's box, script and style sheet stand on the page that asks for them, on no other."""

from __future__ import annotations

import pytest
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace

from review_copy import ReviewCopy
from reviewbook.sphinxext import explorer


def test_only_the_page_with_an_explorer_loads_its_script(
    copy: ReviewCopy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(explorer, "start", lambda app, env, docnames: None)
    (copy.root / "index.rst").write_text("Book\n====\n\n.. toctree::\n\n   explore\n")
    (copy.root / "explore.rst").write_text("Explore\n=======\n\n.. explorer::\n")
    with docutils_namespace():
        Sphinx(
            copy.root,
            None,
            copy.root / "_html",
            copy.root / "_doctrees",
            "html",
            confoverrides={
                "extensions": ["reviewbook.sphinxext.explorer"],
                "exclude_patterns": ["_html", "data"],
                "html_theme": "basic",
            },
            status=None,
            warning=None,
        ).build()
    for page, count in (("explore", 1), ("index", 0)):
        html = (copy.root / "_html" / f"{page}.html").read_text(encoding="utf-8")
        assert html.count("explorer.js") == html.count("explorer.css") == count
        assert html.count('<option value="complete_remission">Complete remission') == count
