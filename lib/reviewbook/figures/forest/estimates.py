"""Forest plots of any rows: proportions in percent, or ratios."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from reviewbook import words
from reviewbook.figures.drawing.figure import BookFigure, compose

from .layout import draw_narrow, draw_wide
from .rows import ForestSpec, Row, frame_of, percent_limits, sentence

SCALES: Mapping[str, Mapping[str, Any]] = {
    "percent": {"value_header": "% (95% CI)"},
    "ratio": {"limits": (0.02, 10.0), "value_header": "Ratio (95% CI)", "reference": 1.0},
}
"""What a forest of each scale shows unless told otherwise."""


def forest_rows(
    rows: Sequence[Row],
    *,
    name: str,
    caption: str,
    scale: str = "percent",
    alt: str | None = None,
    call: str = "figures.forest_rows(rows, ...)",
    **shown: Any,
) -> BookFigure:
    """Draw estimates with intervals, one a row: leave-one-out, cumulative, ratios, anything alike.

    Parameters
    ----------
    scale : {"percent", "ratio"}
        percent: proportions (0–1) shown as percent, on an axis from 0 that ends where their
        intervals do; ratio: log axis with 1 as reference.
    alt : str, optional
        Text alternative; by default the lowest and the highest estimate.
    **shown
        Limits, reference, headings, axis label, footer and decimals, as in
        :class:`~reviewbook.figures.forest.rows.ForestSpec`.

    Raises
    ------
    ValueError
        When `scale` is unknown or no row has an estimate.
    """
    if scale not in SCALES:
        raise ValueError(f"scale {scale!r} is unknown; allowed: {', '.join(SCALES)}")
    if not any(row.drawn for row in rows):
        raise ValueError(f"figure {name}: at least one row with an estimate was expected, got none")
    if scale == "percent" and "limits" not in shown:
        shown["limits"] = percent_limits(rows)
    spec = ForestSpec(**{"rows": rows, "scale": scale, **SCALES[scale], **shown})
    return compose(
        lambda variant: draw_wide(spec) if variant == "wide" else draw_narrow(spec),
        name=name,
        caption=caption,
        alt=alt or _alt(spec),
        description=_description(spec),
        data=frame_of(rows),
        call=call,
    )


def _description(spec: ForestSpec) -> str:
    """Every row as a sentence, headings as beginnings of paragraphs, then the footer."""
    paragraphs: list[list[str]] = [[]]
    for row in spec.rows:
        if row.kind == "heading":
            paragraphs.append([f"{row.label}."])
        else:
            paragraphs[-1].append(sentence(row, percent=spec.percent, digits=spec.digits))
    texts = [" ".join(part) for part in paragraphs if part]
    return "\n\n".join([*texts, *spec.footer])


def _alt(spec: ForestSpec) -> str:
    drawn = [row for row in spec.rows if row.drawn and row.estimate is not None]
    lowest, highest = (end(drawn, key=lambda row: row.estimate or 0.0) for end in (min, max))
    unit = " percent" if spec.percent else ""
    return (
        f"Forest plot of {words.count(len(drawn), 'row')}: estimates from {spec.text(lowest)} "
        f"({lowest.label}) to {spec.text(highest)} ({highest.label}){unit}."
    )
