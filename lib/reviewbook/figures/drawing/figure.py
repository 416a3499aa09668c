"""BookFigure: a drawing with everything a page needs to show, describe and offer it."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import matplotlib
import pandas as pd
from matplotlib.figure import Figure

from reviewbook.words.export import csv_text
from reviewbook.words.shown import told_of

from .paper import pdf, png
from .small_fonts import han_family
from .style import RC, Variant
from .svg import inline_svg, standalone_svg

MIME = "application/vnd.reviewbook.figure+json"
_NAME = re.compile(r"fig-[a-z0-9]+(?:-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class BookFigure:
    """A finished figure of the book.

    Attributes
    ----------
    name : str
        Anchor, ``fig-…``: lower case, digits and hyphens. It is part of citations and permanent.
    caption : str
        MyST inline markdown.
    alt : str
        One or two sentences computed from the data.
    description : str
        Longer computed text; paragraphs are separated by an empty line.
    wide, narrow : str
        Inline SVG for the page's width and for phones.
    png, pdf : bytes
        The wide drawing on white.
    csv : str
        The data drawn.
    call : str
        The Python call that makes the figure.
    data : DataFrame
        The data drawn, as a frame.
    """

    name: str
    caption: str
    alt: str
    description: str
    wide: str
    narrow: str
    png: bytes
    pdf: bytes
    csv: str
    call: str
    data: pd.DataFrame = field(compare=False)

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ValueError(
                "name: 'fig-' followed by lower-case words joined by hyphens was expected, "
                f"got {self.name!r}"
            )
        if not self.alt.strip():
            raise ValueError(f"figure {self.name}: a text alternative is needed, got an empty one")

    @property
    def stem(self) -> str:
        """Name of its files, without suffix."""
        return self.name.removeprefix("fig-")

    @property
    def told(self) -> dict[str, Any] | None:
        """Where its numbers come from, on a page; see :func:`reviewbook.words.shown.told_of`."""
        numeric = self.data.select_dtypes("number")
        columns = [(str(key), str(key).replace("_", " ")) for key in numeric]
        return told_of(self.name, self.data, columns, called="figure.data")

    def to_dict(self) -> dict[str, Any]:
        """Return the payload that the page renderer reads."""
        return {
            "name": self.name,
            "caption": self.caption,
            "alt": self.alt,
            "description": self.description,
            "svg": {
                "wide": self.wide,
                "narrow": self.narrow,
                "file": standalone_svg(self.wide),
            },
            "png": base64.b64encode(self.png).decode("ascii"),
            "pdf": base64.b64encode(self.pdf).decode("ascii"),
            "csv": self.csv,
            "call": self.call,
            "told": self.told,
            "stem": self.stem,
        }

    def __repr__(self) -> str:
        return f"BookFigure({self.name!r}: {self.alt})"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return {MIME: self.to_dict(), "image/svg+xml": self.wide, "text/plain": self.alt}


def compose(
    draw: Callable[[Variant], Figure],
    *,
    name: str,
    data: pd.DataFrame,
    clip: bool = False,
    language: str = "",
    **texts: str,
) -> BookFigure:
    """Draw both variants and pack them.

    Parameters
    ----------
    draw : callable
        Gets ``"wide"`` or ``"narrow"`` and returns a new matplotlib Figure.
    data : DataFrame
        What the figure shows; becomes its CSV file, with up to ten significant digits.
    clip : bool
        Whether drawings are cut at the edge of their axes.
    language : str
        Of the words, where it is not that of the book. The SVG holds text, which the reader's own
        font sets.
    **texts
        Caption, alt, description and call, as in :class:`BookFigure`.
    """
    stem = name.removeprefix("fig-")
    set_in = {"font.family": [*RC["font.family"], han_family()]} if language else {}
    with matplotlib.rc_context({**RC, **set_in}):
        wide, small = draw("wide"), draw("narrow")
    for ax in (*wide.axes, *small.axes):
        # Labels stand level on the page; seaborn would write them at the axes a second time.
        ax.set(xlabel="", ylabel="")
    return BookFigure(
        name=name,
        wide=inline_svg(wide, f"{stem}-w", clip=clip, language=language),
        narrow=inline_svg(small, f"{stem}-n", clip=clip, language=language),
        png=png(wide),
        pdf=pdf(wide),
        csv=csv_text(data),
        data=data,
        **texts,
    )


def python_call(value: Any) -> str:
    """Return the call, after ``book = open_book()``, that gives `value`; else its `repr`.

    An Analysis is told by its `selection`, a Selection by its `flow`, printed values by their
    `topic`. A list becomes the list of its calls.
    """
    if hasattr(value, "selection"):
        return f"book.analyse({_asked(value.selection)})"
    if hasattr(value, "flow"):
        return f"book.select({_asked(value)})"
    if hasattr(value, "topic"):
        return f'book.claims("{value.topic}")'
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(python_call, value))}]"
    return repr(value)


def _asked(selection: Any) -> str:
    if selection.outcome is None:
        return f"None, {selection.set_id!r}"
    return f'"{selection.outcome.id}", "{selection.set_id}"'
