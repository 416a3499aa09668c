"""Drawings for programs other than browsers: PNG for slides and PDF for journals."""

from __future__ import annotations

import io
from typing import Any

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.text import Text
from numpy.typing import NDArray
from PIL import Image

from .small_fonts import FAMILY, holds, small_family
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
        inches = figure.get_size_inches()[0]
        dots = WIDTH / inches
        figure.savefig(buffer, format="rgba", dpi=dots, facecolor="white")
    drawn = np.frombuffer(buffer.getbuffer(), "<u4").reshape(-1, int(inches * dots))
    small = io.BytesIO()
    with_palette(drawn & 0xFFFFFF).save(small, format="png", dpi=(DPI, DPI))
    return small.getvalue()


def with_palette(codes: NDArray[np.integer[Any]]) -> Image.Image:
    """Return a drawing in its :data:`COLOURS` commonest colours, the others as the nearest.

    A palette makes the file a third of its size. Pillow's own choice of colours takes five times
    as long, and white may come out as nearly white.

    Parameters
    ----------
    codes : ndarray, shape (height, width)
        Colour of each dot: red + 2⁸ green + 2¹⁶ blue.
    """
    # By a table of hashes: Pillow's list of the colours takes ten times as long.
    counted = pd.Series(codes.ravel()).value_counts(sort=False)
    found = counted.index.to_numpy()
    colours = np.stack([found >> shift & 0xFF for shift in (0, 8, 16)], axis=1).astype(np.int64)
    red, green, blue = colours.T
    # The commonest first; of equally common ones the one with more red, and so on.
    ranked = colours[np.lexsort((blue, green, red, counted.to_numpy()))[::-1]]
    palette = ranked[:COLOURS]
    nearest = ((ranked[:, None] - palette) ** 2).sum(axis=2).argmin(axis=1)
    index = np.zeros(1 << 24, dtype=np.uint8)
    index[ranked @ (1, 1 << 8, 1 << 16)] = nearest
    flat = Image.fromarray(index[codes], "P")
    flat.putpalette(palette.astype(np.uint8).tobytes())
    return flat


def pdf(figure: Figure) -> bytes:
    """Return `figure` as PDF: vector, its fonts inside, no dates, so that two runs are equal.

    Its texts are set in :func:`.small_fonts.small_family`, here and from then on, unless one needs
    another font too: fonts come in the order of their paths, and that of the small ones is another
    in each build.
    """
    texts = figure.findobj(Text)
    if all(holds(text.get_text()) for text in texts):
        for text in texts:
            others = [family for family in text.get_fontfamily() if family != FAMILY]
            text.set_fontfamily([small_family(), *others])
    with matplotlib.rc_context({**RC, "pdf.fonttype": 42}):
        buffer = io.BytesIO()
        figure.savefig(buffer, format="pdf", facecolor="white", metadata=NO_DATES)
    return buffer.getvalue()
