"""Drawings for programs other than browsers: PNG for slides and PDF for journals."""

from __future__ import annotations

import io

import matplotlib
from matplotlib.figure import Figure
from PIL import Image

from .style import RC

DPI = 300
WIDTH = 2244
"""Pixels of 19 cm, the width of a printed page, at :data:`DPI`."""
NO_DATES = {"CreationDate": None, "Creator": None, "Producer": None}


def png(figure: Figure) -> bytes:
    """Return `figure` as PNG on white, 19 cm wide at 300 dots per inch, in 64 colours."""
    with matplotlib.rc_context(RC):
        buffer = io.BytesIO()
        dots = WIDTH / figure.get_size_inches()[0]
        figure.savefig(buffer, format="png", dpi=dots, facecolor="white")
    drawn = Image.open(buffer).convert("RGB")
    # A palette makes the file a third of its size; these drawings have few colours.
    small = io.BytesIO()
    flat = drawn.quantize(64, dither=Image.Dither.NONE)
    flat.save(small, format="png", dpi=(DPI, DPI))
    return small.getvalue()


def pdf(figure: Figure) -> bytes:
    """Return `figure` as PDF: vector, its fonts inside, no dates, so that two runs are equal."""
    with matplotlib.rc_context({**RC, "pdf.fonttype": 42}):
        buffer = io.BytesIO()
        figure.savefig(buffer, format="pdf", facecolor="white", metadata=NO_DATES)
    return buffer.getvalue()
