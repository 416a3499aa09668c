"""Which scales can have printed an interval: the upper limit each implies beside the printed."""

from __future__ import annotations

import math

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reviewbook import words
from reviewbook.prose.forensics import SCALES
from reviewbook.robustness.printed_scales import BOUNDARY, POSSIBLE, RULED_OUT

from .drawing.axes import percent_axis
from .drawing.canvas import Scale, canvas, cut, line, polygon, put, put_wrapped
from .drawing.figure import BookFigure, compose
from .drawing.style import C1, INK, LINE, MUTED, PRINTED, WIDTHS, Variant, text_width, wrap

MARGIN, ROW = 0.06, 0.22
SIGNS = {POSSIBLE: "✓", BOUNDARY: "–", RULED_OUT: "≠"}
COLUMNS = (
    "outcome", "printed", "scale", "low", "high", "printed_low", "printed_high", "state",
)  # fmt: skip


def printed_scales(frame: pd.DataFrame, *, name: str = "fig-printed-scales") -> BookFigure:
    """Draw the upper limit that each scale implies, as a bar, and the printed one as a band.

    Parameters
    ----------
    frame : DataFrame
        :func:`reviewbook.robustness.printed_scales.implied_limits`.

    Raises
    ------
    ValueError
        When a column is missing or no interval is printed.
    """
    missing = [column for column in COLUMNS if column not in frame]
    if missing:
        raise ValueError(f"figure {name}: columns {missing} are missing from the frame")
    if frame.empty:
        raise ValueError(f"figure {name}: at least one printed interval was expected, got none")
    parts = [part for _, part in frame.groupby("outcome", sort=False)]
    always = [
        SCALES[str(scale)]
        for scale, part in frame.groupby("scale", sort=False)
        if (part["state"] == POSSIBLE).all()
    ]
    return compose(
        lambda variant: _draw(variant, parts),
        name=name,
        caption="Which scales can have given the printed intervals. Bars: the upper limit that an "
        "interval symmetric on the scale would have, from everything that rounds to the printed "
        "estimate and lower limit. Band: what rounds to the printed upper limit. A scale whose bar "
        "misses the band cannot have printed the interval; an arrow ends a bar that runs off.",
        alt=f"Upper limits implied by {words.count(frame['scale'].nunique(), 'scale')} beside "
        f"{words.count(len(parts), 'printed interval')}. Possible for all of them: "
        f"{words.join(always) or 'no scale'}.",
        description="\n\n".join(
            f"{part['outcome'].iloc[0]}, printed {part['printed'].iloc[0]}. "
            + " ".join(
                f"{SCALES[row['scale']]}: upper limit {words.percent(row['low'], digits=1)} to "
                f"{words.percent(row['high'], digits=1)}, {row['state']}."
                for row in part.to_dict("records")
            )
            for part in parts
        ),
        data=frame[list(COLUMNS)],
        call="from reviewbook.robustness.printed_scales import implied_limits\n"
        f"figures.printed_scales(implied_limits(book), name={name!r})",
    )


def _draw(variant: Variant, parts: list[pd.DataFrame]) -> Figure:
    """Draw a panel an outcome: two side by side on a page, below each other on a phone."""
    width, across = WIDTHS[variant], 2 if variant == "wide" else 1
    ax = canvas(width)
    room = (width - 2 * MARGIN - 0.3 * (across - 1)) / across
    y = 0.12
    for start in range(0, len(parts), across):
        row = parts[start : start + across]
        titles = max(len(wrap(part["outcome"].iloc[0], room, bold=True)) for part in row)
        ends = [
            _draw_panel(ax, part, MARGIN + number * (room + 0.3), y, room, titles)
            for number, part in enumerate(row)
        ]
        y = max(ends) + 0.3
    for piece in wrap("Upper limit, share of patients", width - 2 * MARGIN):
        put(ax, MARGIN, y - 0.12, piece, colour=MUTED)
        y += LINE
    return cut(ax, y - 0.16)


def _draw_panel(
    ax: Axes, part: pd.DataFrame, left: float, y: float, room: float, titles: int
) -> float:
    """Draw one outcome from the height `y` on; return where it ends."""
    put_wrapped(ax, left, y, part["outcome"].iloc[0], room, line=LINE, bold=True)
    y += LINE * titles
    put(ax, left, y, f"printed {part['printed'].iloc[0]}", colour=PRINTED)
    names = max(text_width(SCALES[scale]) for scale in part["scale"])
    states = max(text_width(f"{SIGNS[state]} {state}") for state in SIGNS)
    scale = Scale(*_limits(part), left + names + 0.14, left + room - states - 0.2)
    top, bottom = y + 0.14, y + 0.2 + ROW * len(part)
    band = [scale(v) for v in (part["printed_low"].iloc[0], part["printed_high"].iloc[0])]
    corners = [(band[0], top), (band[1], top), (band[1], bottom), (band[0], bottom)]
    polygon(ax, corners, fill=PRINTED, alpha=0.28, width=0, level=1)
    for number, row in enumerate(part.to_dict("records")):
        middle = y + 0.16 + ROW * (number + 0.5)
        fits = row["state"] == POSSIBLE
        colour = C1 if fits else MUTED
        ends = [(scale(row["low"]), middle), (scale(row["high"]), middle)]
        line(ax, ends, colour=colour, width=4.0 if fits else 2.0)
        if row["high"] > scale.high + 1e-9:
            x = scale.right
            tip = [(x + 0.05, middle), (x - 0.05, middle - 0.05), (x - 0.05, middle + 0.05)]
            polygon(ax, tip, fill=colour)
        put(ax, left, middle, SCALES[row["scale"]], colour=INK if fits else MUTED)
        put(ax, left + room - states, middle, f"{SIGNS[row['state']]} {row['state']}",
            colour=INK if fits else MUTED)  # fmt: skip
    scale.draw_axis(ax, bottom, percent_axis(scale.low, scale.high))
    return bottom + 0.26


def _limits(part: pd.DataFrame) -> tuple[float, float]:
    """Return an axis around the band and the bars that meet it; the others may run off it."""
    near = part[part["state"] != RULED_OUT]
    low = min(float(part["printed_low"].iloc[0]), *near["low"])
    high = max(float(part["printed_high"].iloc[0]), *near["high"])
    reach = high - low
    low, high = max(low - reach, float(part["low"].min())), min(high + reach, part["high"].max())
    low, high = math.floor(100 * low - 0.2) / 100, math.ceil(100 * high + 0.2) / 100
    return max(low, 0.0), min(high, 1.0)
