"""The reporting checklist of a systematic review, item by item, from ``prisma_checklist.csv``.

References
----------
.. [1] Page MJ, McKenzie JE, Bossuyt PM, et al. The PRISMA 2020 statement. BMJ 2021;372:n71.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from .table import BookTable, Column, Markup, escape, role

FILE = Path("data") / "prisma_checklist.csv"
DONE = {"yes": "● done", "partly": "◐ in part", "no": "○ not done"}

# The numbering of the statement: 27 items, of which seven have parts, 42 in all.
PARTS = {"10": "ab", "13": "abcdef", "16": "ab", "20": "abcd", "23": "abcd", "24": "abc"}
ITEMS = tuple(
    f"{number}{part}" for number in range(1, 28) for part in PARTS.get(str(number), ("",))
)


def load_checklist(root: Path) -> pd.DataFrame:
    """Return the checklist as text columns; the data package says what a cell may hold.

    Raises
    ------
    ValueError
        If an item is missing, twice or unknown.
    """
    frame = pd.read_csv(root / FILE, dtype=str, keep_default_na=False)
    if tuple(frame["item"]) != ITEMS:
        wrong = [item for item in frame["item"] if item not in ITEMS]
        absent = [item for item in ITEMS if item not in set(frame["item"])]
        raise ValueError(
            f"{FILE.name}: expected the items {ITEMS[0]} to {ITEMS[-1]} once each and in order; "
            f"missing {absent}, unknown {wrong}"
        )
    return frame


def checklist_table(frame: pd.DataFrame, *sections: str, name: str) -> BookTable:
    """Return the items of some sections; the article and this book have a column each.

    Raises
    ------
    ValueError
        If the checklist has no such section.
    """
    known = list(frame["section"].unique())
    unknown = [section for section in sections if section not in known]
    if unknown or not sections:
        raise ValueError(f"the checklist has no section {unknown}; there are {', '.join(known)}")
    rows = frame[frame["section"].isin(sections)]

    def ours(row: Any) -> Markup:
        pages = ", ".join(role("doc", page) for page in row["pages"].split())
        see = f" See {pages}." if pages else ""
        return Markup(f"{escape(DONE[row['done']])}. {escape(row['ours'])}{see}")

    columns = [
        Column("item", "Item"),
        Column("asks", "What it asks"),
        Column("article", "The article"),
        Column("ours", "This book", cell=ours),
    ]
    return BookTable(rows, name, f"PRISMA 2020: {', '.join(sections)}", columns)


def checklist_tally(frame: pd.DataFrame) -> str:
    """Return how many items this book does, does in part and does not do, in words."""
    counts = frame["done"].value_counts()
    kinds = {"yes": "done", "partly": "done in part", "no": "not done"}
    return ", ".join(f"{counts.get(key, 0)} {kind}" for key, kind in kinds.items())
