"""The chip of a verdict: sign and word in a rounded frame, as on the pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch

from reviewbook.words import verdict as sign_and_word

from .canvas import Anchor, put
from .style import BAD, GOOD, NEAR, OPEN, PAPER, SIZE, text_width

PAD, TALL = 0.09, 0.2
"""Inches left and right of the text, and the height of a chip."""
LOOKS: Mapping[str, tuple[str, Any]] = {
    "reproduced": (GOOD, "-"),
    "compatible": (NEAR, "-"),
    "not reproduced": (BAD, "-"),
    "cannot decide": (OPEN, (0, (3.0, 1.6))),
    "not checkable": (OPEN, (0, (1.0, 1.4))),
}
"""Verdict → colour and line of its frame; the sign and the word say the same."""


def chip(
    ax: Axes, x: float, y: float, verdict: str, *, text: str = "", anchor: Anchor = "left"
) -> None:
    """Draw the chip of `verdict` with its middle at height `y`, from or up to `x` inches.

    Parameters
    ----------
    text : str, optional
        Sign and word in another language.

    Raises
    ------
    ValueError
        When the verdict is none of those of :data:`reviewbook.words.VERDICTS`.
    """
    shown = text or str(sign_and_word(verdict))
    colour, style = LOOKS[verdict]
    width = chip_width(shown)
    left = x - {"left": 0.0, "center": width / 2, "right": width}[anchor]
    frame = FancyBboxPatch(
        (left, y - TALL / 2), width, TALL, boxstyle=f"round,pad=0,rounding_size={TALL / 2}",
        facecolor=PAPER, edgecolor=colour, linewidth=1.1, linestyle=style, zorder=3,
    )  # fmt: skip
    ax.add_patch(frame)
    put(ax, left + PAD, y, shown, colour=colour, bold=True)


def chip_width(text: str) -> float:
    """Return the width in inches of the chip with `text`."""
    return text_width(text, SIZE, bold=True) + 2 * PAD
