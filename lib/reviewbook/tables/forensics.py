"""Tables of what the printed numbers imply on their own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from reviewbook import words
from reviewbook.prose.forensics import SCALES

from .table import BookTable, Column, missing

Row = Mapping[str, Any]


def study_number_table(shown: pd.DataFrame, *, name: str) -> BookTable:
    """Return the p-values that a printed I² gives, a row a number of studies, a column an outcome.

    Parameters
    ----------
    shown : DataFrame
        :func:`reviewbook.ledger.forensics.shown_study_numbers`.
    """
    parts = {
        str(label): part.set_index("k") for label, part in shown.groupby("outcome", sort=False)
    }
    frame = pd.DataFrame({"k": sorted(set(shown["k"]))})
    columns = [Column("k", "Studies", "right")]
    for label, part in parts.items():
        digits = int(part["p_digits"].iloc[0]) + 2
        keys = {key: f"{label}: {key}" for key in ("p_low", "p_high", "fits")}
        frame = frame.join(part[list(keys)].rename(columns=keys), on="k")
        columns.append(Column(keys["p_low"], label, cell=_p_range(keys, digits)))
    caption = (
        "p-value of Q that the printed I² gives, by number of studies; a tick where it prints as "
        "in the abstract."
    )
    return BookTable(frame, name, caption, columns)


def _p_range(keys: Mapping[str, str], digits: int) -> Callable[[Row], str]:
    def text(row: Row) -> str:
        low, high = (words.number(row[keys[limit]], digits) for limit in ("p_low", "p_high"))
        shown = str(low) if low == high else f"{low} to {high}"
        return f"{shown} ✓ fits" if row[keys["fits"]] else shown

    return text


def heterogeneity_table(implied: pd.DataFrame, *, name: str) -> BookTable:
    """Return Q and p that each printed I² implies.

    Parameters
    ----------
    implied : DataFrame
        :func:`reviewbook.ledger.forensics.implied_heterogeneity`.
    """

    def i2(row: Row) -> str:
        return str(words.percent(row["i2"], digits=int(row["i2_digits"])))

    def q(row: Row) -> str:
        return f"{'at most ' if row['bound'] else ''}{words.number(row['q'], 2)}"

    def p(row: Row) -> str:
        return f"{'at least ' if row['bound'] else ''}{words.number(row['p'], 3)}"

    def printed(row: Row) -> str:
        if missing(row["printed_p"]):
            return "not printed"
        return str(words.number(row["printed_p"], int(row["p_digits"])))

    columns = [
        Column("outcome", "Outcome"),
        Column("i2", "I² as printed", cell=i2),
        Column("q", "Q implied", cell=q),
        Column("p", "p implied", cell=p),
        Column("printed_p", "p printed", cell=printed),
    ]
    caption = (
        "Q and its p-value that each printed I² implies with as many studies as the abstract "
        "counts."
    )
    return BookTable(implied, name, caption, columns)


def scale_table(symmetry: pd.DataFrame, *, name: str) -> BookTable:
    """Return on which scales each printed interval can be symmetric, a column a scale.

    Parameters
    ----------
    symmetry : DataFrame
        :func:`reviewbook.ledger.forensics.symmetry`.
    """
    scales = list(dict.fromkeys(symmetry["scale"]))
    rows: dict[str, dict[str, str]] = {}
    for line in symmetry.to_dict("records"):
        row = rows.setdefault(
            line["outcome"], {"outcome": line["outcome"], "printed": line["printed"]}
        )
        cut = "limit may be cut" if line["cut"] else "possible"
        row[line["scale"]] = cut if line["possible"] else "ruled out"
    frame = pd.DataFrame(list(rows.values()))

    def state(text: str) -> str:
        return f"possible, {text}" if text == "limit may be cut" else text

    columns = [Column("outcome", "Outcome"), Column("printed", "Printed")]
    columns += [Column(scale, SCALES[scale], format=state) for scale in scales]
    caption = "Scales on which each printed interval can be symmetric."
    return BookTable(frame, name, caption, columns)


def precision_table(precision: pd.DataFrame, *, name: str) -> BookTable:
    """Return standard errors and sample sizes that the printed intervals imply.

    Parameters
    ----------
    precision : DataFrame
        :func:`reviewbook.ledger.forensics.precision`.
    """
    labels = {"se": "SE", "se_low": "at least", "se_high": "at most"}
    sizes = {"n": "Patients", "n_low": "From", "n_high": "To"}
    columns = [
        Column("outcome", "Outcome"),
        Column("printed", "Printed"),
        *(Column(key, text, "right", lambda v: words.number(v, 1)) for key, text in labels.items()),
        *(Column(key, text, "right", lambda v: words.number(v, 0)) for key, text in sizes.items()),
    ]
    caption = (
        "Standard error on the raw scale (percentage points) and sample size implied by each "
        "printed interval."
    )
    return BookTable(precision, name, caption, columns)
