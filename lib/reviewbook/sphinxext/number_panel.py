"""What a click on a number shows: script and style of its panel, and where errors are reported.

The entry of a number stands at the foot of its page; the script shows it beside the number. Where
the book has a repository with issues, the list of entries says the address of a new issue, in which
the script fills in the number and how it was shown.
"""

from __future__ import annotations

import re
from html import escape
from typing import Any

from sphinx.application import Sphinx

from .actions import number_issue

NUMBER = re.compile(r'<a class="rb-number"')
SHOWN = '<a class="rb-shown"'
LIST = re.compile(r'<details class="rb-fold rb-origins"')


def add_panel(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """Load the panel on pages whose numbers say where they come from, and on no other."""
    body = context.get("body", "")
    if doctree is None or not (NUMBER.search(body) or SHOWN in body):
        return
    app.add_js_file("number-panel.js", defer="defer")
    app.add_css_file("number-panel.css")
    if address := number_issue(app, pagename):
        report = f'{LIST.pattern} data-report="{escape(address, quote=True)}"'
        context["body"] = LIST.sub(lambda _: report, body, count=1)


def setup(app: Sphinx) -> None:
    """Connect to the making of pages."""
    app.connect("html-page-context", add_panel, priority=820)
