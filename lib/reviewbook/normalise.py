"""Take out of a built site what differs between two builds of the same sources.

What a run leaves behind, such as the time of each cell, goes to a log beside the site.
"""

from __future__ import annotations

import csv
import datetime as dt
import json
import shutil
from pathlib import Path
from typing import Any

# Left by Sphinx for its own next run, or about this run only.
LEFTOVERS = (".buildinfo", ".buildinfo.bak", ".doctrees", "reports")


def normalise(site: Path) -> None:
    """Remove leftovers of the run, and times and random cell ids from notebooks, in place."""
    from reviewbook.sphinxext.site_files import plain_notebook

    for name in LEFTOVERS:
        path = site / name
        if path.is_dir():
            shutil.rmtree(path)
        elif path.is_file():
            path.unlink()
    for path in site.rglob("*.ipynb"):
        text = plain_notebook(path.read_text(encoding="utf-8"))
        path.write_text(text, encoding="utf-8", newline="\n")


def write_run_times(executed: Path, log: Path) -> None:
    """Write the seconds that each executed notebook below `executed` took to the CSV file `log`."""
    rows = []
    for path in sorted(executed.rglob("*.ipynb")):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        page = path.relative_to(executed).with_suffix("").as_posix()
        rows.append([page, f"{sum(cell_seconds(cell) for cell in cells):.2f}"])
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([["page", "seconds"], *rows])


def cell_seconds(cell: dict[str, Any]) -> float:
    """Return how long a cell ran, from the times Jupyter stored with it; 0 if it stored none."""
    times = cell.get("metadata", {}).get("execution", {})
    try:
        start = dt.datetime.fromisoformat(times["iopub.execute_input"])
        return (dt.datetime.fromisoformat(times["shell.execute_reply"]) - start).total_seconds()
    except KeyError:
        return 0.0
