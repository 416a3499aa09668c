"""Pages of a build as they are read: a bar on a terminal, one line a page elsewhere."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

VARIABLE = "REVIEWBOOK_PROGRESS"
"""Names the file to which the reading of pages writes the name of each page that is done."""
FIRST = "REVIEWBOOK_FIRST"
"""Names the page that a build reads and writes before all others, which the next build does."""


class Pages:
    """Follows the file and shows what is new in it."""

    def __init__(self, log: Path, total: int, bar: Progress | None) -> None:
        self.log, self.total, self.bar = log, total, bar
        self.done = 0
        self._task = bar.add_task("Starting", total=total) if bar else None

    def look(self) -> None:
        """Show the pages that were read since the last look."""
        if not self.log.is_file():
            return
        names = self.log.read_text(encoding="utf-8").splitlines()
        for name in names[self.done :]:
            self.done += 1
            if self.bar is not None and self._task is not None:
                what = name if self.done < self.total else "Writing the site"
                self.bar.update(self._task, completed=self.done, description=what)
            else:
                print(f"{self.done:3}/{self.total} {name}", flush=True)


@contextmanager
def following(log: Path, total: int) -> Iterator[Pages]:
    """Show the progress of a build that writes to `log`, with the time it may still take."""
    if not sys.stdout.isatty():
        yield Pages(log, total, None)
        return
    with Progress(
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("pages"),
        TimeElapsedColumn(),
        TextColumn("· left"),
        TimeRemainingColumn(),
        TextColumn("{task.description}"),
        transient=True,
    ) as bar:
        yield Pages(log, total, bar)


def slowest(times: Path, count: int = 5) -> list[tuple[str, float]]:
    """Return the pages that took longest to execute, with their seconds, from a table of times."""
    if not times.is_file():
        return []
    with times.open(encoding="utf-8", newline="") as file:
        rows = [(row["page"], float(row["seconds"])) for row in csv.DictReader(file)]
    return sorted(rows, key=lambda row: -row[1])[:count]
