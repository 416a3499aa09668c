"""How closely the statistics agree with frozen reference values, for the library page."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from reviewbook import words
from reviewbook.words import Phrase

from . import columns
from .table import BookTable, Column

RECORDS = Path("docs") / "agreement.csv"


def agreement(root: Path) -> pd.DataFrame:
    """Return the committed comparison, one row per function and kind of value.

    A test recomputes the file, so it cannot fall behind the code.
    """
    return pd.read_csv(root / RECORDS)


def agreement_totals(root: Path) -> tuple[Phrase, Phrase]:
    """Return how many records are compared, and a sentence on the worst of them."""
    frame = agreement(root)
    total = words.number(int(frame["records"].sum()), 0)
    beyond = int((frame["worst_difference"] > frame["tolerance"]).sum())
    verdict = "every one within its tolerance." if not beyond else f"{beyond} beyond tolerance."
    return total, Phrase(verdict)


def agreement_table(root: Path, *, name: str) -> BookTable:
    """Return the comparison as a table named `name`."""
    shown = [
        Column("kind", "What is compared"),
        Column("records", "Records", "right"),
        Column("worst_difference", "Worst difference", "right", "{:.1e}".format),
        Column("tolerance", "Tolerance", "right", "{:g}".format),
    ]
    caption = "Agreement with frozen output of R and with published worked examples."
    head = columns.code("function", "Function")
    return BookTable(agreement(root), name, caption, shown, kind="numbers", group=head)
