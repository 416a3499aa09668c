"""The overview: every outcome on one axis, the printed value above ours, with the verdict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reviewbook.evidence.claims import Claims
from reviewbook.figures.drawing.axes import percent_axis
from reviewbook.figures.drawing.canvas import Scale, canvas, cut, line, put, put_wrapped
from reviewbook.figures.drawing.chip import chip
from reviewbook.figures.drawing.figure import BookFigure, compose, python_call
from reviewbook.figures.drawing.style import LINE, MUTED, NARROW, RULE, WIDE, text_width, wrap
from reviewbook.pooling.analysis import Analysis, proportion

from .layout import draw_mark, row_colour
from .overview_words import WORDINGS, Wording, wording
from .rows import Row, value_text

MARGIN, STEP = 0.06, 0.2


def overview(
    analyses: Sequence[Analysis],
    printed: Sequence[Claims],
    *,
    verdicts: Sequence[str],
    labels: Sequence[str] = (),
    language: str = "",
    name: str = "fig-at-a-glance",
) -> BookFigure:
    """Draw each outcome's printed value above ours, on one axis from 0 to 100 %.

    Parameters
    ----------
    analyses : sequence of Analysis
        One an outcome.
    printed : sequence of Claims
        What the article prints of each, in the same order.
    verdicts : sequence of str
        Verdict on each pooled proportion, in the same order.
    labels : sequence of str, optional
        Names of the outcomes, by default those of the settings.
    language : str, optional
        Language of the words of the figure, ``"zh-Hans"`` or that of the book.

    Raises
    ------
    ValueError
        When the sequences differ in length, or the language has no words.
    """
    said = wording(language)
    blocks = blocks_of(analyses, printed, verdicts, labels=labels, said=said)
    return compose(
        lambda variant: _wide(blocks) if variant == "wide" else _narrow(blocks),
        name=name,
        caption=said.caption,
        alt=" ".join([said.axis, *map(_sentence, blocks)]),
        description="\n\n".join(_sentence(one) for one in blocks),
        language=language,
        data=pd.DataFrame([record for one in blocks for record in _records(one)]),
        call=f"figures.overview(\n    {python_call(list(analyses))},\n"
        f"    {python_call(list(printed))},\n"
        f"    verdicts=[{', '.join(f'book.verdict({claims.topic!r})' for claims in printed)}],\n"
        + (f"    labels={list(labels)!r},\n" if labels else "")
        + (f"    language={language!r},\n" if language else "")
        + ")",
    )


@dataclass(frozen=True, slots=True)
class Block:
    """One outcome: its analysis, what the article prints of it, the verdict, name and words."""

    analysis: Analysis
    printed: Claims
    verdict: str
    label: str
    said: Wording

    @property
    def rows(self) -> list[Row]:
        """Return the printed value, if there is one, above the two of ours."""
        ours = [
            Row.of(self.said.ours, proportion(self.analysis.comparison), "comparison"),
            Row.of(self.said.primary, proportion(self.analysis.primary), "pooled"),
        ]
        if self.printed.estimate is None:
            return ours
        return [Row.of(self.said.printed, self.printed, "printed"), *ours]

    @property
    def chip(self) -> str:
        """Symbol and word of the verdict."""
        return str(self.said.verdict(self.verdict))

    @property
    def size(self) -> str:
        """Cohorts and patients in words."""
        selection = self.analysis.selection
        return self.said.size(selection.k, selection.n)


def blocks_of(
    analyses: Sequence[Analysis],
    printed: Sequence[Claims],
    verdicts: Sequence[str],
    *,
    labels: Sequence[str] = (),
    said: Wording = WORDINGS[""],
) -> list[Block]:
    """Return one block an outcome.

    Raises
    ------
    ValueError
        When the sequences differ in length.
    """
    if not len(analyses) == len(printed) == len(verdicts):
        raise ValueError(
            "as many printed values and verdicts as analyses were expected, got "
            f"{len(analyses)} analyses, {len(printed)} printed values and {len(verdicts)} verdicts"
        )
    names = list(labels) or [analysis.outcome.label for analysis in analyses]
    if len(names) != len(analyses):
        raise ValueError(f"labels: {len(analyses)} names of outcomes were expected, got {names}")
    return [Block(*one, said) for one in zip(analyses, printed, verdicts, names, strict=True)]


def _value(row: Row, said: Wording) -> str:
    return value_text(row, percent=True).replace(" to ", said.to)


def _value_width(blocks: list[Block]) -> float:
    return max(text_width(_value(row, one.said), bold=True) for one in blocks for row in one.rows)


def _draw_row(
    ax: Axes, row: Row, said: Wording, scale: Scale, y: float, *, name: tuple[float, float],
    end: float,
) -> None:  # fmt: skip
    """Draw mark and value of `row` at height `y`, its value up to `end`, its name at `name`."""
    colour = row_colour(row)
    draw_mark(ax, row, scale, y)
    put(ax, *name, row.label, colour=colour)
    put(ax, end, y, _value(row, said), anchor="right", colour=colour, bold=row.strong)


def _wide(blocks: list[Block]) -> Figure:
    label_width, end = 2.25, WIDE - MARGIN
    name_width = max(text_width(row.label) for one in blocks for row in one.rows)
    names = end - _value_width(blocks) - 0.14 - name_width
    scale = Scale(0.0, 1.0, MARGIN + label_width + 0.2, names - 0.25)
    labels = [wrap(one.label, label_width, bold=True) for one in blocks]
    heights = [
        max(STEP * len(one.rows), 0.18 * (len(label) + 2) + 0.08) + 0.16
        for one, label in zip(blocks, labels, strict=True)
    ]
    top = 0.34
    bottom = top + sum(heights)
    ax = canvas(WIDE)
    put(ax, MARGIN, 0.14, blocks[0].said.outcome, bold=True)
    put(ax, end, 0.14, blocks[0].said.value, anchor="right", colour=MUTED)
    line(ax, [(MARGIN, 0.28), (end, 0.28)], colour=MUTED, width=0.7)
    scale.draw_axis(ax, bottom, percent_axis(0.0, 1.0), grid_from=top)
    y = top
    for one, label, height in zip(blocks, labels, heights, strict=True):
        for number, piece in enumerate(label):
            put(ax, MARGIN, y + 0.17 + 0.18 * number, piece, bold=True)
        below = y + 0.17 + 0.18 * len(label)
        put(ax, MARGIN, below, one.size, colour=MUTED)
        chip(ax, MARGIN, below + 0.22, one.verdict, text=one.chip)
        for number, row in enumerate(one.rows):
            middle = y + 0.17 + STEP * number
            _draw_row(ax, row, one.said, scale, middle, name=(names, middle), end=end)
        y += height
        if y < bottom - 0.01:
            line(ax, [(MARGIN, y), (end, y)], colour=RULE, width=0.6)
    return cut(ax, bottom + 0.34)


def _narrow(blocks: list[Block]) -> Figure:
    end = NARROW - MARGIN
    scale = Scale(0.0, 1.0, MARGIN + 0.1, end - _value_width(blocks) - 0.22)
    ax = canvas(NARROW)
    y = 0.06
    for one in blocks:
        if one is not blocks[0]:
            line(ax, [(MARGIN, y), (end, y)], colour=RULE, width=0.6)
        label = one.label
        below = put_wrapped(ax, MARGIN, y + 0.12, label, end - MARGIN, line=LINE, bold=True)
        chip(ax, MARGIN, below + 0.03, one.verdict, text=one.chip)
        put(ax, end, below + 0.03, one.size, anchor="right", colour=MUTED)
        for number, row in enumerate(one.rows):
            above = below + 0.27 + 0.36 * number
            _draw_row(ax, row, one.said, scale, above + 0.17, name=(MARGIN, above), end=end)
        y = below + LINE + 0.1 + 0.36 * len(one.rows)
    bottom = y + 0.02
    scale.draw_axis(ax, bottom, percent_axis(0.0, 1.0))
    put(ax, end, bottom + 0.34, blocks[0].said.value, anchor="right", colour=MUTED)
    return cut(ax, bottom + 0.52)


def _sentence(one: Block) -> str:
    say, analysis = one.said.interval, one.analysis
    return one.said.sentence.format(
        label=one.label,
        size=one.size,
        printed=say(one.printed),
        ours=say(proportion(analysis.comparison)),
        primary=say(proportion(analysis.primary)),
        verdict=one.chip,
    )


def _records(one: Block) -> list[dict[str, Any]]:
    return [
        {
            "outcome": one.analysis.outcome.id,
            "cohorts": one.analysis.selection.k,
            "patients": one.analysis.selection.n,
            "source": row.label,
            "estimate": row.estimate,
            "low": row.low,
            "high": row.high,
            "verdict": one.verdict,
        }
        for row in one.rows
    ]
