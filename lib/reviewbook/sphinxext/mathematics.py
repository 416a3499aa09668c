r"""Formulas as MathML, written when the book is built.

Every current browser draws MathML Core itself, so a page with formulas needs no script and no
font, works offline, and a screen reader can speak the formula.
"""

from __future__ import annotations

import re
from html import escape

from docutils import nodes
from latex2mathml.converter import convert
from sphinx.application import Sphinx
from sphinx.util.math import get_node_equation_number
from sphinx.writers.html5 import HTML5Translator

NAME = "mathml"


def to_mathml(latex: str, *, display: bool) -> str:
    """Return MathML of `latex`; the source stays in ``alttext``.

    Raises
    ------
    ValueError
        If the converter cannot read `latex`.
    """
    try:
        mathml = convert(latex, display="block" if display else "inline")
    except Exception as error:
        raise ValueError(f"formula {latex!r} cannot be turned into MathML: {error!r}") from error
    # The converter passes an unknown command on as a variable named like it.
    unknown = re.search(r">(\\\w+)<", mathml)
    if unknown:
        raise ValueError(
            f"formula {latex!r} cannot be turned into MathML: unknown command {unknown[1]}"
        )
    alternative = escape(" ".join(latex.split()), quote=True)
    return mathml.replace("<math ", f'<math alttext="{alternative}" ', 1)


def visit_inline(translator: HTML5Translator, node: nodes.math) -> None:
    """Write an inline formula."""
    translator.body.append(to_mathml(node.astext(), display=False))
    raise nodes.SkipNode


def visit_block(translator: HTML5Translator, node: nodes.math_block) -> None:
    """Write a displayed formula, with its number if it has a label."""
    ids = "".join(f' id="{escape(name, quote=True)}"' for name in node["ids"][:1])
    translator.body.append(f'<div class="rb-equation"{ids} tabindex="0">')
    translator.body.append(to_mathml(node.astext(), display=True))
    if node["number"]:
        number = get_node_equation_number(translator, node)
        translator.body.append(f'<span class="rb-equation-number">({number})</span>')
    translator.body.append("</div>")
    raise nodes.SkipNode


def setup(app: Sphinx) -> None:
    """Register the renderer; ``html_math_renderer: mathml`` chooses it."""
    app.add_html_math_renderer(NAME, (visit_inline, None), (visit_block, None))
