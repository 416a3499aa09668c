"""The flow of cohorts through the rules, drawn from the rows of exclusions."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reviewbook import words
from reviewbook.pooling.selection import Selection

from .drawing.canvas import canvas, cut, line, polygon, put
from .drawing.figure import BookFigure, compose, python_call
from .drawing.style import LINE, MUTED, NARROW, PAPER, WIDE, Variant, wrap

PAD, MARGIN = 0.1, 0.05
SHOWN_REASONS = 5


@dataclass(frozen=True, slots=True)
class Layout:
    """Measures in inches of one width.

    Attributes
    ----------
    page, main, side : float
        Widths of the page, of the boxes of the main line and of those beside it.
    side_left, stem : float
        Where the boxes beside begin, and where the line down runs.
    gap : float
        Room between two boxes of the main line with nothing beside it.
    air : float
        Room above and below a box beside.
    arrow : bool
        Whether the line to a box beside has room for a tip.
    """

    page: float
    main: float
    side: float
    side_left: float
    stem: float
    gap: float
    air: float
    arrow: bool


LAYOUTS: dict[Variant, Layout] = {
    "wide": Layout(WIDE, 3.3, 3.5, WIDE - MARGIN - 3.5, MARGIN + 1.65, 0.22, 0.1, True),
    "narrow": Layout(
        NARROW, NARROW - 2 * MARGIN, NARROW - 2 * MARGIN - 0.45, MARGIN + 0.45, MARGIN + 0.2,
        0.2, 0.12, False,
    ),
}  # fmt: skip


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

    return compose(
        lambda variant: _draw(steps, LAYOUTS[variant]),
        name=name or f"fig-flow-{stem}",
        caption=f"Flow of cohorts for {what}. Patients are those of cohorts whose size is known; "
        "of cohorts that may share patients the largest counts, so their number is an upper limit.",
        alt=f"Flow diagram for {what}: {first.size} identified, {last.size} included after "
        f"{words.count(len(steps) - 1, 'rule')}.",
        description=" ".join(_sentence(step) for step in steps),
        data=selection.flow,
        call=f"figures.flow({python_call(selection)})",
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
        size = words.count(int(row["cohorts"]), "cohort")
        most = "at most " if int(row["at_most"]) < int(row["patients"]) else ""
        steps.append(
            Step(
                label=str(row["label"]),
                size=f"{size}, {most}{words.count(int(row['at_most']), 'patient')}",
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
        ranked = [*ranked[: SHOWN_REASONS - 1], ("other reasons", rest)]
    return tuple(f"{count}: {reason}" for reason, count in ranked)


def _sentence(step: Step) -> str:
    text = f"{step.label}: {step.size}."
    if step.removed:
        why = f" ({'; '.join(step.reasons)})" if step.reasons else ""
        text += f" Before this, {step.removed}{why}."
    return text


def _box(ax: Axes, x: float, y: float, width: float, lines: list[tuple[str, bool]]) -> float:
    """Draw a box with its text from height `y`; return its lower edge."""
    height = _height(lines)
    corners = [(x, y), (x + width, y), (x + width, y + height), (x, y + height)]
    polygon(ax, corners, fill=PAPER, edge=MUTED, width=0.8)
    for number, (text, bold) in enumerate(lines):
        put(ax, x + PAD, y + PAD + LINE * (number + 0.45), text, bold=bold)
    return y + height


def _height(lines: list[tuple[str, bool]]) -> float:
    return LINE * len(lines) + 2 * PAD - 0.02


def _fitted(texts: Iterable[str], width: float, *, bold: bool = False) -> list[tuple[str, bool]]:
    """Return the lines of a box, each with its weight."""
    return [(piece, bold) for text in texts for piece in wrap(text, width - 2 * PAD, bold=bold)]


def _draw(steps: list[Step], place: Layout) -> Figure:
    """Draw the boxes from top to bottom, arrows between them, and what left beside the arrows."""
    ax = canvas(place.page)
    y = 0.05
    for number, step in enumerate(steps):
        if number:
            side = _fitted([step.removed, *step.reasons], place.side)
            below = y + (_height(side) + 2 * place.air if step.removed else place.gap)
            line(ax, [(place.stem, y), (place.stem, below)], colour=MUTED, width=0.9)
            tip = [(place.stem, below), (place.stem - 0.04, below - 0.08),
                   (place.stem + 0.04, below - 0.08)]  # fmt: skip
            polygon(ax, tip, fill=MUTED)
            if step.removed:
                x, middle = place.side_left, (y + below) / 2
                line(ax, [(place.stem, middle), (x, middle)], colour=MUTED, width=0.9)
                if place.arrow:
                    tip = [(x, middle), (x - 0.08, middle - 0.04), (x - 0.08, middle + 0.04)]
                    polygon(ax, tip, fill=MUTED)
                _box(ax, x, y + place.air, place.side, side)
            y = below
        lines = _fitted([step.label], place.main) + _fitted([step.size], place.main, bold=True)
        y = _box(ax, MARGIN, y, place.main, lines)
    return cut(ax, y + 0.05)
