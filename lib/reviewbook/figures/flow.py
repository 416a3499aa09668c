"""The flow of cohorts through the rules, drawn from the rows of exclusions."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reviewbook import words
from reviewbook.figures.drawing.calls import expression
from reviewbook.figures.drawing.canvas import canvas, line, polygon, put
from reviewbook.figures.drawing.figure import BookFigure, Variant, compose
from reviewbook.figures.drawing.style import LINE, MUTED, NARROW, PAPER, WIDE, wrap

if TYPE_CHECKING:
    from reviewbook.pooling.selection import Selection

PAD, MARGIN = 0.1, 0.05
SHOWN_REASONS = 5


@dataclass(frozen=True, slots=True)
class Step:
    """A box of the main line and, beside it, what was left out to get there."""

    label: str
    size: str
    removed: str
    reasons: tuple[str, ...]


def flow(
    selection: Selection,
    *,
    name: str | None = None,
) -> BookFigure:
    """Draw which cohorts are left after each rule, and why the others left.

    Parameters
    ----------
    selection : Selection
        From ``book.select(outcome, set)``; its ``flow`` and ``excluded`` are drawn.
    """
    steps = steps_of(selection)
    outcome = selection.outcome
    what = "any outcome" if outcome is None else words.within_sentence(outcome.label)
    stem = "any-outcome" if outcome is None else outcome.id.replace("_", "-")
    first, last = steps[0], steps[-1]

    def draw(variant: Variant) -> Figure:
        return _wide(steps) if variant == "wide" else _narrow(steps)

    return compose(
        draw,
        name=name or f"fig-flow-{stem}",
        caption=f"Flow of cohorts for {what}. Patients are those of cohorts whose size is known; "
        "until the last step, those in cohorts that overlap count in each of them.",
        alt=f"Flow diagram for {what}: {first.size} identified, {last.size} included after "
        f"{words.count(len(steps) - 1, 'rule')}.",
        description=" ".join(_sentence(step) for step in steps),
        data=selection.flow,
        call=f"figures.flow({expression(selection)})",
    )


def steps_of(selection: Selection) -> list[Step]:
    """Return the boxes of the diagram."""
    steps = []
    for row in selection.flow.to_dict("records"):
        left = selection.excluded[selection.excluded["stage"] == row["stage"]]
        removed = int(row["removed_cohorts"])
        text = ""
        if removed:
            text = f"{words.count(removed, 'cohort')} left out"
            if int(row["removed_patients"]):
                text += f" ({words.count(int(row['removed_patients']), 'patient')})"
        size = words.count(int(row["cohorts"]), "cohort")
        steps.append(
            Step(
                label=str(row["label"]),
                size=f"{size}, {words.count(int(row['patients']), 'patient')}",
                removed=text,
                reasons=_reasons([str(reason) for reason in left["reason"]]),
            )
        )
    return steps


def short_reason(reason: str) -> str:
    """Return the general part of a reason: names, numbers in front and brackets are left away.

    "A 2023 (letter, 2023): not peer-reviewed; B 2024: not peer-reviewed" is "not peer-reviewed".
    """
    parts = [part.split("): ")[-1] for part in reason.split("; ")]
    parts = [re.sub(r"\s*\([^()]*\)", "", part) for part in parts]
    parts = [re.sub(r"^\d+ \w+, fewer", "with fewer", part) for part in parts]
    parts = [re.sub(r"^only \d+/\d+ ", "only ", part) for part in parts]
    parts = [part.split(" with ")[0] if part.startswith("may share") else part for part in parts]
    unique = sorted({part.strip() for part in parts})
    return "; ".join(unique)


def _reasons(reasons: list[str]) -> tuple[str, ...]:
    """Count the general reasons, most frequent first."""
    tally = Counter(short_reason(reason) for reason in reasons)
    ranked = sorted(tally.items(), key=lambda item: (-item[1], item[0]))
    if len(ranked) > SHOWN_REASONS:
        rest = sum(count for _, count in ranked[SHOWN_REASONS - 1 :])
        ranked = [*ranked[: SHOWN_REASONS - 1], ("for other reasons", rest)]
    return tuple(f"{count} {reason}" for reason, count in ranked)


def _sentence(step: Step) -> str:
    text = f"{step.label}: {step.size}."
    if step.removed:
        why = f": {'; '.join(step.reasons)}" if step.reasons else ""
        text += f" Before this, {step.removed}{why}."
    return text


def _box(ax: Axes, x: float, y: float, width: float, lines: list[tuple[str, bool]]) -> float:
    """Draw a box with its text from height `y`; return its lower edge."""
    height = LINE * len(lines) + 2 * PAD - 0.02
    corners = [(x, y), (x + width, y), (x + width, y + height), (x, y + height)]
    polygon(ax, corners, fill=PAPER, edge=MUTED, width=0.8)
    for number, (text, bold) in enumerate(lines):
        put(ax, x + PAD, y + PAD + LINE * (number + 0.45), text, bold=bold)
    return y + height


def _arrow(ax: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    (x0, _), (x1, y1) = start, end
    line(ax, [start, end], colour=MUTED, width=0.9)
    if x0 == x1:
        tip = [(x1, y1), (x1 - 0.04, y1 - 0.08), (x1 + 0.04, y1 - 0.08)]
    else:
        tip = [(x1, y1), (x1 - 0.08, y1 - 0.04), (x1 - 0.08, y1 + 0.04)]
    polygon(ax, tip, fill=MUTED)


def _main_lines(step: Step, width: float) -> list[tuple[str, bool]]:
    label = [(piece, False) for piece in wrap(step.label, width - 2 * PAD)]
    return [*label, *((piece, True) for piece in wrap(step.size, width - 2 * PAD, bold=True))]


def _side_lines(step: Step, width: float) -> list[tuple[str, bool]]:
    texts = [step.removed, *step.reasons]
    return [(piece, False) for text in texts for piece in wrap(text, width - 2 * PAD)]


def _height(lines: list[tuple[str, bool]]) -> float:
    return LINE * len(lines) + 2 * PAD - 0.02


def _wide(steps: list[Step]) -> Figure:
    main, side, gap = 3.3, 3.5, 0.22
    side_x = WIDE - MARGIN - side
    centre = MARGIN + main / 2
    total, gaps = 0.0, []
    for step in steps:
        beside = _height(_side_lines(step, side)) + 2 * 0.1 if step.removed else gap
        gaps.append(beside)
        total += _height(_main_lines(step, main)) + beside
    figure, ax = canvas(WIDE, total - gaps[0] + 0.1)
    y = 0.05
    for number, step in enumerate(steps):
        if number:
            below = y + gaps[number]
            _arrow(ax, (centre, y), (centre, below))
            if step.removed:
                middle = (y + below) / 2
                _arrow(ax, (centre, middle), (side_x, middle))
                _box(ax, side_x, y + 0.1, side, _side_lines(step, side))
            y = below
        y = _box(ax, MARGIN, y, main, _main_lines(step, main))
    return figure


def _narrow(steps: list[Step]) -> Figure:
    main, indent = NARROW - 2 * MARGIN, 0.45
    side = main - indent
    total, gaps = 0.0, []
    for step in steps:
        between = _height(_side_lines(step, side)) + 0.24 if step.removed else 0.2
        gaps.append(between)
        total += _height(_main_lines(step, main)) + between
    figure, ax = canvas(NARROW, total - gaps[0] + 0.1)
    stem = MARGIN + 0.2
    y = 0.05
    for number, step in enumerate(steps):
        if number:
            below = y + gaps[number]
            _arrow(ax, (stem, y), (stem, below))
            if step.removed:
                middle = (y + below) / 2
                line(ax, [(stem, middle), (MARGIN + indent, middle)], colour=MUTED, width=0.9)
                _box(ax, MARGIN + indent, y + 0.12, side, _side_lines(step, side))
            y = below
        y = _box(ax, MARGIN, y, main, _main_lines(step, main))
    return figure
