"""What would move a claimed proportion to the other side, as a forest plot."""

from __future__ import annotations

from reviewbook import words
from reviewbook.figures.drawing.figure import BookFigure
from reviewbook.ledger.distance import Distance
from reviewbook.ledger.proportions import ProportionJudgement
from reviewbook.pooling.analysis import proportion

from .estimates import forest_rows
from .rows import Row

MOST_SHOWN = 4
"""Single cohorts and rules drawn of each kind; the table counts the others."""


def distance_forest(judged: ProportionJudgement, distance: Distance, *, name: str) -> BookFigure:
    """Draw the printed value, ours, and ours after each smallest change.

    Parameters
    ----------
    judged : ProportionJudgement
        The claim, with the mildest completions of its unread counts.
    distance : Distance
        The smallest changes of the counts read.
    """
    label = judged.analysis.outcome.label
    printed = judged.printed
    rows = [Row.of("Printed", printed, "printed"), Row(label="Ours", kind="heading")]
    rows.append(Row.of(f"Counts read: {judged.alone}", proportion(judged.analysis.comparison)))
    if judged.holding is not None or judged.failing is not None:
        rows.append(Row(label="With the unread counts", kind="heading"))
        for what, one in (("Holds", judged.holding), ("Does not hold", judged.failing)):
            if one is not None:
                fared = (
                    "all fared as expected"
                    if not one.patients
                    else f"{words.count(one.patients, 'patient')} fared otherwise"
                )
                rows.append(Row.of(f"{what} if {fared}", one.ours))
    changes = []
    if distance.outcomes is not None:
        text = f"{words.count(distance.outcomes.size, 'patient')} with another outcome"
        changes.append(Row.of(text, distance.outcomes.ours))
    changes += [Row.of(words.capital(one.what), one.ours) for one in distance.cohorts[:MOST_SHOWN]]
    changes += [
        Row.of(f"With the rule {one.what}", one.ours) for one in distance.rules[:MOST_SHOWN]
    ]
    turned = "no longer hold" if distance.held else "hold"
    if changes:
        heading = f"The printed value would {turned} after one of these"
        rows += [Row(label=heading, kind="heading"), *changes]
    drawn = [row for row in rows if row.drawn]
    low = min(float(row.low) for row in drawn if row.low is not None)
    high = max(float(row.high) for row in drawn if row.high is not None)
    hidden = max(len(distance.cohorts) - MOST_SHOWN, 0) + max(len(distance.rules) - MOST_SHOWN, 0)
    footer = ["The printed value holds where each of the two intervals has the other's estimate in "
              "it."]  # fmt: skip
    if judged.holding is not None or judged.failing is not None:
        footer.append(
            "What is expected of the unread counts follows from those read. Drawn are the nearest "
            "to it with which the printed value holds, and with which it does not."
        )
    if hidden:
        footer.append(f"{hidden} more single changes turn it; the table counts them.")
    now = "holds" if distance.held else "does not hold"
    begin = f"the printed value {now} by the counts read"
    after = f"and the smallest single changes with which it would {turned}"
    return forest_rows(
        rows,
        name=name,
        caption=f"{label}: {begin}, {after if changes else 'and no single change turns it'}.",
        alt=f"Forest plot of {words.within_sentence(label)}: {begin}, printed "
        f"{words.interval(printed)}, ours {words.interval(judged.analysis.comparison)}; it would "
        f"{turned} after one of these changes: {_listed(changes)}.",
        label_header="Counts pooled",
        counts_header="",
        axis_label="Pooled proportion, comparison recipe",
        limits=(max(0.0, low - 0.03), min(1.0, high + 0.03)),
        reference=printed.estimate,
        footer=footer,
        call=f"figures.distance_forest(book.judged({printed.topic!r}).proportion, book.distance("
        f"{printed.topic!r}), name={name!r})",
    )


def _listed(changes: list[Row]) -> str:
    """Return the changes that are drawn, each with what it gives."""
    told = [f"{words.within_sentence(row.label)}, {words.interval(row)}" for row in changes]
    return "; ".join(told) or "none found"
