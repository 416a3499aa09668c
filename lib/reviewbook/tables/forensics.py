"""Tables of what the printed numbers imply on their own.

Each takes what a function of the same subject in :mod:`reviewbook.ledger.forensics` returns.
"""

from __future__ import annotations

from functools import partial

import pandas as pd

from reviewbook import words
from reviewbook.prose.forensics import SCALES

from .columns import OUTCOME, Row, wide
from .table import BookTable, Column, missing

PRINTED = Column("printed", "Printed")


def study_number_table(shown: pd.DataFrame, *, name: str) -> BookTable:
    """Return the p-values that a printed I² gives, a row a number of studies, a column an outcome.

    `shown` is what :func:`~reviewbook.ledger.forensics.shown_study_numbers` returns.
    """
    frame = pd.DataFrame({"k": sorted(set(shown["k"]))})
    columns = [Column("k", "Studies", "right")]
    for label, part in shown.groupby("outcome", sort=False):
        digits = int(part["p_digits"].iloc[0]) + 2
        values = part.set_index("k")[["p_low", "p_high", "fits"]]
        frame = frame.join(values.add_prefix(f"{label}: "), on="k")
        cell = partial(_p_range, label=str(label), digits=digits)
        columns.append(Column(f"{label}: p_low", str(label), cell=cell))
    caption = (
        "p-value of Q that the printed I² gives, by number of studies; a tick where it prints as "
        "in the abstract."
    )
    return BookTable(frame, name, caption, columns, kind="numbers")


def _p_range(row: Row, *, label: str, digits: int) -> str:
    low, high = (words.number(row[f"{label}: {limit}"], digits) for limit in ("p_low", "p_high"))
    shown = str(low) if low == high else f"{low} to {high}"
    return f"{shown} ✓ fits" if row[f"{label}: fits"] else shown


def heterogeneity_table(implied: pd.DataFrame, *, name: str) -> BookTable:
    """Return Q and p that each printed I² implies: ``implied_heterogeneity``."""

    def i2(row: Row) -> str:
        return words.percent(row["i2"], digits=int(row["i2_digits"]))

    def q(row: Row) -> str:
        return f"{'at most ' if row['bound'] else ''}{words.number(row['q'], 2)}"

    def p(row: Row) -> str:
        return f"{'at least ' if row['bound'] else ''}{words.number(row['p'], 3)}"

    def printed(row: Row) -> str:
        if missing(row["printed_p"]):
            return "not printed"
        return words.number(row["printed_p"], int(row["p_digits"]))

    columns = [
        OUTCOME,
        Column("i2", "I² as printed", "right", cell=i2),
        Column("q", "Q implied", "right", cell=q),
        Column("p", "p implied", "right", cell=p),
        Column("printed_p", "p printed", "right", cell=printed),
    ]
    caption = (
        "Q and its p-value that each printed I² implies with as many studies as the abstract "
        "counts."
    )
    return BookTable(implied, name, caption, columns, kind="numbers")


def scale_table(symmetry: pd.DataFrame, *, name: str) -> BookTable:
    """Return on which scales each printed interval can be symmetric, a column a scale.

    `symmetry` is what :func:`~reviewbook.ledger.forensics.symmetry` returns.
    """
    state = symmetry["cut"].map({True: "limit may be cut", False: "possible"})
    state = state.mask(symmetry["boundary"], "boundary only")
    states = symmetry.assign(state=state.where(symmetry["possible"], "ruled out"))
    scales = list(dict.fromkeys(symmetry["scale"]))
    frame = wide(states, ["outcome", "printed"], "scale", "state")

    def shown(text: str) -> str:
        return f"possible, {text}" if text == "limit may be cut" else text

    columns = [OUTCOME, PRINTED, *(Column(s, SCALES[s], format=shown) for s in scales)]
    caption = "Scales on which each printed interval can be symmetric."
    notes = (
        "Boundary only: in a single point at the edge of what rounds to the printed numbers, which "
        "is as good as ruled out."
    )
    return BookTable(frame, name, caption, columns, notes if symmetry["boundary"].any() else "")


def precision_table(precision: pd.DataFrame, *, name: str) -> BookTable:
    """Return standard errors and sample sizes that the printed intervals imply: ``precision``."""
    labels = {"se": "SE", "se_low": "at least", "se_high": "at most"}
    sizes = {"n": "Patients", "n_low": "From", "n_high": "To"}
    columns = [
        OUTCOME,
        PRINTED,
        *(Column(key, text, "right", lambda v: words.number(v, 1)) for key, text in labels.items()),
        *(Column(key, text, "right", lambda v: words.number(v, 0)) for key, text in sizes.items()),
    ]
    caption = (
        "Standard error on the raw scale (percentage points) and sample size implied by each "
        "printed interval."
    )
    return BookTable(precision, name, caption, columns, kind="numbers")
