"""Take out of a built site what differs between two builds of the same sources.

How long each page ran is in ``run-times.csv`` beside the site, never in it.
"""

from __future__ import annotations

import shutil
from pathlib import Path

# Left by Sphinx for its own next run, or about this run only.
LEFTOVERS = (".buildinfo", ".buildinfo.bak", ".doctrees", "reports")
RUN_TIMES = "run-times.csv"


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
