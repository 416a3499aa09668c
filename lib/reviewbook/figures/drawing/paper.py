"""Drawings for programs other than browsers: PNG for slides and PDF for journals."""

from __future__ import annotations

import io

import matplotlib
import numpy as np
from matplotlib.figure import Figure
from PIL import Image

from .style import RC

DPI = 300
WIDTH = 2244
"""Pixels of 19 cm, the width of a printed page, at :data:`DPI`."""
COLOURS = 128
"""Most colours of a PNG; these drawings have a dozen, and the shades between them and white."""
NO_DATES = {"CreationDate": None, "Creator": None, "Producer": None}


def png(figure: Figure) -> bytes:
    """Return `figure` as PNG on white, 19 cm wide at 300 dots per inch, in few colours."""
    with matplotlib.rc_context(RC):
        buffer = io.BytesIO()
        dots = WIDTH / figure.get_size_inches()[0]
        figure.savefig(
            buffer, format="png", dpi=dots, facecolor="white", pil_kwargs={"compress_level": 0}
        )
    small = io.BytesIO()
    with_palette(Image.open(buffer)).save(small, format="png", dpi=(DPI, DPI))
    return small.getvalue()


def with_palette(drawn: Image.Image) -> Image.Image:
    """Return an opaque drawing in its :data:`COLOURS` commonest colours, the others as the nearest.

    A palette makes the file a third of its size. Pillow's own choice of colours takes five times
    as long, and white may come out as nearly white.
    """
    codes = np.asarray(drawn.convert("RGBA")).view("<u4")[..., 0] & 0xFFFFFF
    found = drawn.convert("RGB").getcolors(codes.size) or []
    ranked = np.array([colour for _, colour in sorted(found, reverse=True)], dtype=np.int64)
    palette = ranked[:COLOURS]
    nearest = ((ranked[:, None] - palette) ** 2).sum(axis=2).argmin(axis=1)
    index = np.zeros(1 << 24, dtype=np.uint8)
    index[ranked @ (1, 1 << 8, 1 << 16)] = nearest
    flat = Image.fromarray(index[codes], "P")
    flat.putpalette(palette.astype(np.uint8).tobytes())
    return flat


def pdf(figure: Figure) -> bytes:
    """Return `figure` as PDF: vector, its fonts inside, no dates, so that two runs are equal."""
    with matplotlib.rc_context({**RC, "pdf.fonttype": 42}):
        buffer = io.BytesIO()
        figure.savefig(buffer, format="pdf", facecolor="white", metadata=NO_DATES)
    return buffer.getvalue()
